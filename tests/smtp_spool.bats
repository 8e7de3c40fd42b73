#!/usr/bin/env bats
# send --spool and flush: no message is lost while the server is unreachable, and none is sent twice automatically.

# shellcheck disable=SC2034 # TUNNEL is for smtp
bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/smtp

setup()
{
	common_setup
	message m
}

# in_box BOX: print the number of messages there.
in_box()
{
	find "spool/$1" -type f | wc -l
}

# boxes NEW SENDING FAILED UNKNOWN
boxes()
{
	assert_equal "$(in_box new) $(in_box sending) $(in_box failed) $(in_box unknown)" "$*"
	assert_equal "$(in_box tmp)" 0
}

# away RCPT...: run `send --spool` while the server is unreachable.
away()
{
	run --separate-stderr mailnet smtp -s smtp://localhost --tunnel false send --spool spool -f a@x -m m "$@"
	assert_success
}

# probe: the commands before the first of several messages by BDAT; probed: their replies.
probe()
{
	printf 'C: BDAT 6\nC: NOOP\nC: BDAT 0 LAST\nC: RSET\n'
}

probed()
{
	printf 'S: 503 no\nS: 503 no\nS: 250 reset\n'
}

@test "spool: a message that cannot be sent now is stored with its envelope: exit 0 and one line" {
	printf 'From: me@test.example\nTo: b@x\nBcc: c@x\n\n.dot\n' >m
	run --separate-stderr mailnet smtp -s smtp://localhost --tunnel false --helo h send --spool spool -m m \
		-M FOO=1 --dsn-notify never
	assert_success
	assert_output ''
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" '^mailnet smtp: m: stored in spool: '
	boxes 1 0 0 0
	assert_equal "$(stat -c %a spool spool/new/* | sort -u | tr '\n' ' ')" '600 700 '
	refute grep -q Bcc -r spool/new
	session PIPELINING CHUNKING DSN FOO 'SIZE 0' <<-'END'
		C: MAIL FROM:<me@test.example> SIZE=40 FOO=1
		C: RCPT TO:<b@x> NOTIFY=NEVER
		C: RCPT TO:<c@x> NOTIFY=NEVER
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 250 ok
		S: 354 go
		c: From: me@test.example\r\nTo: b@x\r\n\r\n..dot\r\n.\r\nQUIT\r\n
		S: 250 taken
		S: 221 bye
	END
	smtp flush spool
	assert_success
	assert_regex "$output" '^[0-9a-z.]+ delivered$'
	assert_script_ok
	boxes 0 0 0 0
	smtp flush spool # an empty spool needs no connection
	assert_success
	assert_output ''
}

@test "spool: a permanent refusal, or a message that cannot be read, is not stored" {
	session PIPELINING <<-'END'
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 550 no
		S: 503 no
		C: QUIT
		S: 221 bye
	END
	smtp send --spool spool -f a@x -m m b@x
	assert_failure 67
	assert_not_exists spool
	smtp send --spool spool -f a@x -m none b@x
	assert_failure 66
	run mailnet smtp -s smtp://localhost --tunnel false send --spool m -f a@x -m m b@x
	assert_failure 75
	assert_output --partial 'could not be stored'
}

@test "spool: a message is stored if the server refuses the session or violates the protocol before the data" {
	message m
	tunnel_script <<-'END'
		S: 554 no service for you
		mayclose
		C: QUIT
	END
	smtp send --spool spool -m m
	assert_success
	assert_regex "$stderr" 'stored in spool: .*554 no service for you$'
	session PIPELINING <<-'END'
		C* MAIL FROM.*
		S: garbage
		mayclose
		C* QUIT
	END
	smtp send --spool spool -m m
	assert_success
	assert_regex "$stderr" 'stored in spool: .*invalid reply: garbage$'
	assert_equal "$(find spool/new -type f | wc -l)" 2
	# The size of the message is a reason that concerns the message.
	session 'SIZE 9' <<-'END'
		C: QUIT
		S: 221 bye
	END
	smtp send --spool spool -m m
	assert_failure 69
	assert_equal "$(find spool/new -type f | wc -l)" 2
}

@test "spool: only the deferred recipients of a message are stored" {
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: RCPT TO:<c@x>
		C: RCPT TO:<d@x>
		C: DATA
		S: 250 ok
		S: 450 later
		S: 250 ok
		S: 550 never
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	smtp send --spool spool -f a@x -m m b@x c@x d@x
	assert_failure 1
	assert_equal "$stderr" $'d@x: 550 never\nmailnet smtp: m: stored in spool'
	boxes 1 0 0 0
	assert_equal "$(grep -a ^rcpt spool/new/*)" 'rcpt b@x'
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 450 later
		S: 554 no recipients
		C: QUIT
		S: 221 bye
	END
	smtp flush spool
	assert_failure 75
	assert_regex "$output" ' later: b@x: 450 later$'
	boxes 1 0 0 0
}

@test "spool: a message with outcome unknown is stored in unknown/, exits 75, and is not sent again" {
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		close
	END
	smtp send --spool spool -f a@x -m m b@x
	assert_failure 75
	assert_regex "$stderr" 'may have been delivered'
	boxes 0 0 0 1
	TUNNEL='touch connected'
	smtp flush spool
	assert_success
	assert_not_exists connected
}

@test "flush: one connection sends all, and each message moves to the directory of its outcome" {
	away b@x
	away c@x
	away d@x d2@x d3@x
	away e@x
	away f@x
	session PIPELINING CHUNKING <<-END
		$(probe)
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		$(probed)
		$(printf 'S: 250 ok\nS: 250 ok\n')
		C: BDAT $SIZE LAST
		$(octets m)
		$(for r in 'c@x' 'd@x d2@x d3@x' 'e@x' 'f@x'; do
			printf 'C: RSET\nC: MAIL FROM:<a@x>\n'
			for a in $r; do echo "C: RCPT TO:<$a>"; done
			printf 'C: BDAT %d LAST\n' "$SIZE"
			octets m
		done)
		C: QUIT
		S: 250 taken
		$(printf 'S: 250 ok\nS: 250 ok\nS: 550 no\nS: 503 nobody\n')
		$(printf 'S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 550 no\nS: 450 wait\nS: 250 taken\n')
		$(printf 'S: 250 ok\nS: 450 wait\n')
		close
	END
	smtp flush spool
	assert_failure 75
	assert_script_ok
	assert_equal "$(sed 's/[^ ]* //; s/:.*//' <<<"$output" | tr '\n' ' ')" 'delivered refused partly later unknown '
	boxes 2 0 2 1
	assert_equal "$(grep -ah ^rcpt spool/new/* | sort | tr '\n' ' ')" 'rcpt d3@x rcpt e@x '
	assert_equal "$(grep -ah ^rcpt spool/failed/* | sort | tr '\n' ' ')" 'rcpt c@x rcpt d2@x '
	assert_equal "$(grep -ah ^rcpt spool/unknown/*)" 'rcpt f@x'
	# Recipients that were refused while others were accepted.
	assert_regex "$stderr" $'(^|\n)d2@x: 550 no\nd3@x: 450 wait(\n|$)'
	assert_equal "$(grep -ah '^why d' spool/failed/*)" 'why d2@x: 550 no'
	assert_equal "$(grep -ah '^why d' spool/new/*)" 'why d3@x: 450 wait'
}

@test "flush: if the server is unreachable or requires a login, all messages stay" {
	away b@x
	away c@x
	TUNNEL=false
	smtp flush spool
	assert_failure 75
	boxes 2 0 0 0
	session PIPELINING CHUNKING <<-END
		$(probe)
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		$(printf 'S: 530 log in\nS: 530 log in\nS: 250 reset\nS: 530 log in\nS: 530 log in\n')
		C: RSET
		C: MAIL FROM:<a@x>
		C: RCPT TO:<c@x>
		C* QUIT
		$(printf 'S: 250 reset\nS: 530 log in\n')
	END
	smtp --json flush spool
	assert_failure 77
	assert_equal "$(jq -r .fate <<<"$output")" $'later\nlater'
	boxes 2 0 0 0
}

# queue_errors: print recipient and last error of each message as mailq shows them.
queue_errors()
{
	MAILNET_SPOOL=$PWD/spool mailnet sendmail -bp | sed -E 's/^[^>]*> //'
}

@test "mailq: shows the error of the last flush of each message that waits" {
	away b@x
	away c@x
	assert_equal "$(queue_errors | grep -c '^[bc]@x .*closed the connection$')" 2
	session PIPELINING <<-'END'
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 450 4.2.1 the mailbox is full
		S: 503 nobody
		C: RSET
		C: MAIL FROM:<a@x>
		C: RCPT TO:<c@x>
		C: DATA
		S: 250 ok
		S: 451-later
		S: 451 try again
		S: 503 MAIL?
		S: 503 MAIL?
		C* QUIT
		S: 221 bye
	END
	smtp flush spool
	assert_failure 75
	assert_script_ok
	assert_equal "$(queue_errors)" $'b@x b@x: 450 4.2.1 the mailbox is full\nc@x MAIL: 451-later 451 try again'
	TUNNEL=false
	smtp flush spool
	assert_failure 75
	assert_equal "$(queue_errors | grep -c '^[bc]@x .*closed the connection$')" 2
	tunnel_script <<-'END'
		S: 554 no service for you
		mayclose
		C: QUIT
	END
	smtp flush spool
	assert_equal "$(queue_errors)" $'b@x localhost: greeting: 554 no service for you\nc@x localhost: greeting: 554 no service for you'
	# Only a plain file is read; the errors with which the messages were stored are left.
	mv spool/.errors errors
	ln -s ../errors spool/.errors
	assert_equal "$(queue_errors | grep -c '^[bc]@x .*closed the connection$')" 2
	rm spool/.errors
	mkdir -p spool/.errors/full
	TUNNEL=false
	smtp flush spool
	assert_failure 75
	assert [ -f spool/.errors ]
	boxes 2 0 0 0
}

@test "flush: files that a killed run left in sending/ become unknown and are reported" {
	away b@x
	mv spool/new/* spool/sending/
	TUNNEL='touch connected'
	smtp flush spool
	assert_failure 75
	assert_regex "$output" '^[0-9a-z.]+ unknown: '
	boxes 0 0 0 1
	assert_not_exists connected
	smtp --json flush spool
	assert_success
	assert_output ''
	mv spool/unknown/* spool/sending/
	smtp --json flush spool
	assert_equal "$(jq -r '.fate, .from' <<<"$output")" $'unknown\na@x'
}

@test "flush: a locked spool, a missing spool and an invalid spool file are errors" {
	away b@x
	mkfifo hold
	python3 -c 'import fcntl, sys
f = open("spool/.lock", "w"); fcntl.lockf(f, fcntl.LOCK_EX); open("locked", "w"); open("hold").read()' 3>&- &
	local holder=$!
	wait_until 60 test -e locked
	TUNNEL='touch connected'
	smtp flush spool
	assert_failure 75
	assert_regex "$stderr" 'locked by process [0-9]+'
	assert_not_exists connected
	echo >hold
	wait $holder
	smtp flush nowhere
	assert_failure 66
	rm spool/new/*
	echo 'no message' >spool/new/odd
	smtp flush spool
	assert_failure 65
	assert_exists spool/new/odd
	assert_equal "${stderr_lines[0]}" 'mailnet smtp: spool/new/odd: not a message of a spool (the first line is not "mailnet-spool 1 LENGTH")'
	assert_not_exists connected
}

@test "flush: at most ten completed messages are pending" {
	local i
	for i in $(seq 12); do away "r$i@x"; done
	session PIPELINING CHUNKING <<-END
		$(probe)
		$(for i in $(seq 10); do
			[ "$i" = 1 ] || echo 'C: RSET'
			printf 'C: MAIL FROM:<a@x>\nC: RCPT TO:<r%d@x>\n' "$i"
			[ "$i" != 1 ] || { probed && printf 'S: 250 ok\nS: 250 ok\n'; }
			printf 'C: BDAT %d LAST\n' "$SIZE"
			octets m
		done)
		quiet 100
		close
	END
	smtp flush spool
	assert_failure 75
	assert_script_ok
	boxes 2 0 0 10
}

@test "flush: after an unsolicited or invalid reply no message counts as delivered or refused" {
	local end
	for end in 'S: 250 nobody asked\nS: 550 refused' 'S: 354 go\nS: 221 bye'; do
		rm -rf spool
		away b@x
		session PIPELINING CHUNKING <<-END
			C: MAIL FROM:<a@x>
			C: RCPT TO:<b@x>
			C: DATA
			S: 250 ok
			S: 250 ok
			S: 354 go
			$(octets m)
			C: .
			C: QUIT
			$(printf %b "$end")
			mayclose
		END
		smtp flush spool
		assert_failure 75
		boxes 0 0 0 1
		assert_regex "$output" ' unknown: .*: may have been delivered$'
	done
	rm -rf spool
	away b@x
	session <<-END
		C: MAIL FROM:<a@x>
		S: 250 ok
		C: RCPT TO:<b@x>
		S: 250 ok
		C: DATA
		S: 250 ok
		C: QUIT
		S: 221 bye
	END
	smtp flush spool
	assert_failure 75
	boxes 1 0 0 0
	assert_regex "$output" ' later: DATA: 250 ok$'
}

@test "flush: a deferred message decides the exit status, whatever was refused before" {
	away b@x
	away c@x
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 550 not you
		S: 503 MAIL?
		S: 503 MAIL?
		C: RSET
		C: MAIL FROM:<a@x>
		C: RCPT TO:<c@x>
		C: DATA
		S: 250 reset
		S: 452 not now
		S: 503 MAIL?
		S: 503 MAIL?
		C: QUIT
		S: 221 bye
	END
	smtp flush spool
	assert_failure 75
	boxes 1 0 1 0
}

@test "flush: a server that refuses the session or breaks the protocol leaves all messages waiting: 75" {
	local steps
	away b@x
	away c@x
	for steps in 'S: 554 no service for you' 'S: garbage' \
		'S: 220 mx\nC* EHLO .*\nS: 550 not you\nC* HELO .*\nS: 550 not you' \
		'S: 220 mx\nC* EHLO .*\nS: garbage'; do
		tunnel_script < <(printf '%b\nmayclose\nC: QUIT\n' "$steps")
		smtp flush spool
		assert_failure 75
		assert_equal "$(grep -c ' later: ' <<<"$output")" 2
		boxes 2 0 0 0
	done
	# A host name that is unknown today may be known tomorrow.
	run mailnet smtp -s smtp://relay.invalid flush spool
	assert_failure 75
	assert_output --partial 'relay.invalid: '
	# Someone has to act if the login fails.
	session 'AUTH PLAIN' <<-'END'
		C~ AUTH PLAIN .*
		S: 535 wrong
		C: QUIT
		S: 221 bye
	END
	smtp -u me --password-command 'echo x' flush spool
	assert_failure 77
	boxes 2 0 0 0
}

# struck ARGUMENT...: run smtp against a server that does not reply to the message, and send it SIGTERM then.
struck()
{
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		log said
		mayclose
		stall
	END
	run --separate-stderr "$top_srcdir/tests/lib/struck" -o out TERM "grep -q said '$SERVER_LOG'" "$MAILNET" smtp \
		-s smtp://localhost --tunnel "$TUNNEL" --no-netrc --helo client.example "$@"
	assert_output 'died by SIGTERM'
}

@test "spool: on a signal after the end of the data the message is stored in unknown/" {
	struck send --spool spool -f a@x -m m b@x
	boxes 0 0 0 1
	rm -r spool
	away b@x
	struck flush spool
	boxes 0 0 0 1
	assert_regex "$(<out)" ' unknown: interrupted: may have been delivered$'
}

# killed_in_content STEP: store a message of 2 MB, and kill the flush once the server has received what STEP reads.
killed_in_content()
{
	rm -rf spool
	away b@x
	session PIPELINING CHUNKING <<-END
		$(probe)
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		$(probed)
		S: 250 ok
		S: 250 ok
		C~ BDAT .*
		$1
		log said
		mayclose
		stall
	END
	run --separate-stderr "$top_srcdir/tests/lib/struck" -o out KILL "grep -q said '$SERVER_LOG'" "$MAILNET" smtp \
		-s smtp://localhost --tunnel "$TUNNEL" --no-netrc --helo client.example flush spool
	assert_output 'died by SIGKILL'
}

@test "flush: a large message is marked as sent just before its last octets" {
	head -c 2000000 /dev/zero | tr '\0' x | fold >>m
	killed_in_content 'recvn 100000 part'
	boxes 1 0 0 0
	killed_in_content "recvn $(sed 's/$/\r/' m | wc -c) whole"
	boxes 0 1 0 0
	session PIPELINING <<-END
		quit
	END
	smtp flush spool
	assert_failure 75
	assert_regex "$output" ' unknown: may have been delivered by a run that was broken off$'
	boxes 0 0 0 1
}

# killed CALL K: run a flush that is killed before the K-th CALL, then another one. ran_through is 1 if the first one
# was not killed. Do not call it as a condition.
killed()
{
	local sent
	ran_through=0
	rm -rf spool served/sent
	away b@x
	away c@x
	# LeakSanitizer cannot work under ptrace.
	ASAN_OPTIONS=detect_leaks=0 timeout 30 strace -qq -o strace.out -e trace="$1" -e inject="$1:signal=KILL:when=$2" \
		"$MAILNET" smtp -s "smtp://127.0.0.1:$SMTP_PORT" flush spool >out 2>err && ran_through=1
	mailnet smtp -s "smtp://127.0.0.1:$SMTP_PORT" flush spool >out2 2>err2 || true
	sent=$(cat served/sent/*.env 2>/dev/null | grep -c '^[bc]@x') || true
	# Each message is sent once, or is reported as unknown; none is sent twice.
	assert_equal "$(cat served/sent/*.env 2>/dev/null | grep '^[bc]@x' | sort | uniq -d)" ''
	assert [ $((sent + $(in_box unknown))) -ge 2 ]
	assert_equal "$(in_box new) $(in_box sending)" '0 0'
}

@test "flush: killed at every call it loses no message and sends none twice" {
	needs strace
	mkdir served
	start_folder served --smtp
	local call k ran_through kills=0
	for call in write sendto recvfrom poll renameat2 unlinkat fsync; do
		for ((k = 1; k < 100; k++)); do
			killed $call $k
			((ran_through == 0)) || break
			kills=$((kills + 1))
		done
	done
	assert [ $kills -ge 15 ]
}

@test "spool: deferred recipients are reported even if the message is not stored" {
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: RCPT TO:<c@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 451 later
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 554 spam
		S: 221 bye
	END
	smtp send --spool spool -f a@x -m m b@x c@x
	assert_failure 69
	assert_regex "$stderr" 'c@x: 451 later'
	assert_not_exists spool
}

@test "spool: an envelope stays readable, however long the replies are" {
	local reply
	reply=$(printf '%8000s' '' | tr ' ' z)
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: RCPT TO:<c@x>
		C: DATA
		S: 250 ok
		S: 451 $reply
		S: 451 $reply
		S: 554 no recipients
		C: QUIT
		S: 221 bye
	END
	smtp send --spool spool -f a@x -m m b@x c@x
	assert_success
	[ "$(wc -c <"$(echo spool/new/*)")" -lt 2000 ]
}
