#!/usr/bin/env bats
# --log: a line for each message and for each failed verb.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/smtp

@test "log: a failed verb is a line with time, applet, verb, host and exit status" {
	run mailnet pop -s pop://127.0.0.1:1 --log log stat
	assert_failure 75
	run cat log
	assert_output --regexp '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9]{4} mailnet\[[0-9]+\]: applet=pop verb=stat host=127\.0\.0\.1 error="127\.0\.0\.1: cannot connect .*" outcome=failed exit=75$'
	assert_equal "$(stat -c %a log)" 600
}

@test "log: each run appends, and starts a new file after the old one was renamed" {
	run mailnet pop -s pop://127.0.0.1:1 --log log stat
	run mailnet nntp -s nntp://127.0.0.1:1 --log log date
	assert_equal "$(wc -l <log)" 2
	mv log log.1
	run mailnet nntp -s nntp://127.0.0.1:1 --log log date
	assert_equal "$(wc -l <log.1)" 2
	assert_equal "$(wc -l <log)" 1
}

@test "log: text of the server cannot forge fields, lines or escape sequences" {
	tunnel_script <<-'END'
		S: 200 hi
		C: XTRY
		s: 502 a" outcome=sent exit=0 \x1b[2J\\r\r\n
		C: QUIT
		S: 205 bye
	END
	run mailnet nntp -s nntp://localhost --tunnel "$TUNNEL" --log log cmd XTRY
	assert_failure 69
	assert_equal "$(wc -l <log)" 1
	run cat log
	assert_output --partial 'a\" outcome=sent'
	refute_output --partial $'\x1b'
	assert_output --regexp ' outcome=failed exit=[0-9]+$'
}

@test "log: a link, a FIFO or a directory as log file is refused before any command is sent" {
	local name
	touch target
	ln -s target link
	mkfifo fifo
	mkdir dir
	for name in link fifo dir none/log; do
		run mailnet nntp -s nntp://127.0.0.1:1 --log "$name" date
		assert_failure 73
		assert_output --partial "--log: "
	done
	assert [ ! -s target ]
}

@test "log: a capability that has does not find is not logged as a failure" {
	tunnel_script <<-'END'
		S: 200 hi
		C: CAPABILITIES
		S: 101 follows
		S: VERSION 2
		S: .
		C: QUIT
		S: 205 bye
	END
	run mailnet nntp -s nntp://localhost --tunnel "$TUNNEL" --log log has POST
	assert_failure 1
	assert [ ! -s log ]
}

@test "log: a batch logs the verb that failed" {
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		C: GROUP no.such
		S: 411 no such group
		C: QUIT
		S: 205 bye
	END
	run mailnet nntp -s nntp://localhost --tunnel "$TUNNEL" --log log -b - <<<$'date\ngroup no.such'
	assert_failure 1
	run cat log
	assert_line --regexp 'verb=group .*code=411 .*outcome=failed'
	assert_equal "${#lines[@]}" 1
}

@test "log: send writes envelope, size, reply and outcome of each message, and no second line for its failure" {
	message m a@x
	message n b@x
	session PIPELINING CHUNKING <<-'END'
		C~ MAIL FROM:.*
		C: RCPT TO:<a@x>
		C: DATA
		S: 250 ok
		S: 550 5.1.1 no such user
		S: 503 no recipients
		C: QUIT
		S: 221 bye
	END
	smtp --log log send -m m
	assert_failure 67
	run cat log
	assert_equal "${#lines[@]}" 1
	assert_line --regexp " applet=smtp verb=send host=localhost message=m from=me@test\.example to=a@x octets=$SIZE reply=\"550 5\.1\.1 no such user\" error=.* outcome=refused exit=67\$"
}

@test "log: send --spool and flush write a line when a message is stored and when it is delivered" {
	message m a@x
	run mailnet smtp -s smtp://localhost --tunnel false --log log send --spool spool -m m
	assert_success
	session PIPELINING CHUNKING <<-'END'
		C~ MAIL FROM:.*
		C: RCPT TO:<a@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		recvblock got
		S: 250 queued as 7
		C: QUIT
		S: 221 bye
	END
	smtp --log log flush spool
	assert_success
	run cat log
	assert_equal "${#lines[@]}" 2
	assert_line --index 0 --regexp ' verb=send .* to=a@x .* spool=spool .* outcome=stored exit=0$'
	assert_line --index 1 --regexp ' verb=flush .* from=me@test\.example to=a@x .* reply="250 queued as 7" outcome=delivered exit=0$'
}

@test "log: drain and fetch: a line for each message that is stored or deleted, with the credentials hidden" {
	mkdir -p box/mail
	printf 'From: a@x\n\none\n' >box/mail/1
	printf 'From: a@x\n\ntwo\n' >box/mail/2
	start_folder box --pop --user alice --password secret
	local -a pop=(mailnet pop -s "pop://alice@127.0.0.1:$POP_PORT" --password-command 'echo secret' --log log)
	run "${pop[@]}" fetch --new -d Mail/
	assert_success
	run "${pop[@]}" drain -d Mail/
	assert_success
	run cat log
	assert_equal "${#lines[@]}" 4
	assert_line --index 0 --regexp ' applet=pop verb=fetch host=127\.0\.0\.1 user=alice number=1 uid=.* octets=[0-9]+ file=.* deleted=no outcome=stored exit=0$'
	assert_line --index 3 --regexp ' verb=drain .* number=2 .* outcome=deleted exit=0$'
	refute_output --partial secret
}

@test "log: post and fetch of news write a line for each article" {
	tunnel_script <<-'END'
		S: 200 hi
		C: POST
		S: 340 go
		recvblock got
		S: 240 received
		C: QUIT
		S: 205 bye
	END
	printf 'From: a@x\nNewsgroups: misc.test\nSubject: s\n\nbody\n' >article
	run mailnet nntp -s nntp://localhost --tunnel "$TUNNEL" --log log post article
	assert_success
	run cat log
	assert_line --regexp ' applet=nntp verb=post host=localhost octets=[0-9]+ reply="240 received" outcome=sent exit=0$'
	tunnel_script <<-'END'
		S: 200 hi
		C: POST
		S: 340 go
		recvblock got
		S: 240 received
		C: QUIT
		S: 205 bye
	END
	run mailnet nntp -s nntp://localhost --tunnel "$TUNNEL" --log log post --add-missing article
	run tail -n 1 log
	assert_output --partial " message-id=$(sed -n 's/^Message-ID: //p' got | tr -d '\r') octets="
}

@test "log: a message in single steps is a line with its envelope, delivered or refused" {
	message m
	session PIPELINING <<-END
		C: MAIL FROM:<me@x> SIZE=10
		S: 501 no
		C: MAIL FROM:<me@x>
		S: 250 ok
		C: RCPT TO:<a@x>
		S: 250 ok
		C: RCPT TO:<b@x>
		S: 550 no
		C: RCPT TO:<c@x>
		S: 250 ok
		C: DATA
		S: 354 go
		recvblock /dev/null
		S: 250 queued as 7
		C: MAIL FROM:<>
		S: 250 ok
		C: RCPT TO:<d@x>
		S: 250 ok
		C: DATA
		S: 554 not today
		C: QUIT
		S: 221 bye
	END
	smtp --log log -b - <<-'END'
		-cmd MAIL FROM:<me@x> SIZE=10
		mail me@x
		rcpt a@x
		-rcpt b@x
		rcpt c@x
		data m
		mail <>
		rcpt d@x
		data m
	END
	assert_failure 69
	run grep verb=data log
	assert_equal "${#lines[@]}" 2
	assert_line --index 0 --regexp " applet=smtp verb=data host=localhost message=m from=me@x to=a@x,c@x octets=$SIZE reply=\"250 queued as 7\" outcome=delivered exit=0\$"
	assert_line --index 1 --regexp " message=m from=\"\" to=d@x octets=$SIZE reply=\"554 not today\" error=.* outcome=refused exit=69\$"
}

@test "log: drain writes one line for each message that the destination refuses" {
	local n
	mkdir -p box/mail
	for n in 1 2 3; do
		printf 'From: a@x\nX-Number: %s\n\ntext\n' "$n" >"box/mail/$n"
	done
	printf '#!/bin/sh\ngrep -q "X-Number: 2" || exit 1\n' >keep
	chmod +x keep
	start_folder box --pop --user alice --password secret
	run mailnet pop -s "pop://alice@127.0.0.1:$POP_PORT" --password-command 'echo secret' --log log drain -d '|./keep'
	assert_failure 69
	run cat log
	assert_equal "${#lines[@]}" 3
	assert_line --regexp ' verb=drain .* error=".*message 1: .*" outcome=failed exit=69$'
	assert_line --regexp ' verb=drain .* error=".*message 3: .*" outcome=refused exit=69$'
	assert_line --regexp ' verb=drain .* number=2 .* deleted=yes outcome=stored exit=0$'
}

@test "log: a password with a quote and a backslash is hidden where the server repeats it" {
	tunnel_script <<-'END'
		S: +OK hi
		C: USER alice
		S: +OK
		C: PASS a"b\\c
		S: -ERR [AUTH] a"b\\c is wrong
	END
	run mailnet pop -s pop://alice@localhost --no-capa --tunnel "$TUNNEL" --password-command "printf '%s\\n' 'a\"b\\c'" \
		--auth user --log log stat
	assert_failure 77
	run cat log
	assert_output --partial 'is wrong'
	refute_output --partial "b\\"
}
