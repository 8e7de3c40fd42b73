#!/usr/bin/env bats
# If a server ends the session with 421 after it accepted some messages of a run, mailnet connects again for the rest.
# Replies whose lines have different codes. Which failures store a message in the spool.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/smtp

setup()
{
	common_setup
	message m
}

hello()
{
	printf 'S: 220 mx\nC~ EHLO .*\nS: 250-mx\nS: 250 PIPELINING\n'
}

envelope()
{
	printf 'C: MAIL FROM:<a@x>\nC: RCPT TO:<b@x>\nC: DATA\n'
}

# one REPLY: the steps of a message by DATA that gets this reply.
one()
{
	envelope
	printf 'S: 250 ok\nS: 250 ok\nS: 354 go\n'
	octets m
	printf 'C: .\n'
}

# send ARGUMENT...: run send against the scripted server.
send()
{
	run --separate-stderr mailnet smtp -s "smtp://127.0.0.1:$PORT" --json send -f a@x "$@" b@x
}

fates()
{
	jq -r 'select(.fate) | .fate' <<<"$output" | tr '\n' ' '
}

@test "redial: 421 after an accepted message sends the rest over other connections, each once and in order" {
	start_script <<-END
		=== first
		$(hello)
		$(one)
		$(envelope)
		S: 250 taken
		S: 421 two are too many
		mayclose
		=== second
		$(hello)
		$(one)
		$(envelope)
		S: 250 taken
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 421 not now
		mayclose
		=== third
		$(hello)
		$(one)
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	send -m m -m m -m m
	assert_success
	assert_equal "$(fates)" 'delivered delivered delivered '
	assert_script_ok
}

@test "redial: no second connection after one that accepted no message, or in a batch" {
	start_script <<-END
		=== first
		$(hello)
		$(one)
		$(envelope)
		S: 250 taken
		S: 421 enough
		mayclose
		=== second
		$(hello)
		$(envelope)
		S: 421 enough
		mayclose
	END
	send -m m -m m -m m
	assert_failure 75
	assert_equal "$(fates)" 'delivered later later '
	assert_script_ok
	start_script <<-END
		=== first
		$(hello)
		$(one)
		$(envelope)
		S: 250 taken
		S: 421 enough
		mayclose
		=== greeting
		S: 421 busy
		mayclose
	END
	send -m m -m m -m m
	assert_failure 75
	assert_equal "$(fates)" 'delivered later later '
	assert_script_ok
	start_script <<-END
		$(hello)
		$(one)
		$(envelope)
		S: 250 taken
		S: 421 enough
		mayclose
	END
	echo 'send -f a@x -m m -m m b@x' >b
	run --separate-stderr mailnet smtp -s "smtp://127.0.0.1:$PORT" --json -b b
	assert_failure 75
	assert_equal "$(fates)" 'delivered later '
	assert_script_ok
}

@test "redial: a server that closes because of the BDAT probe gets the messages by DATA" {
	start_script <<-END
		=== first
		$(hello | sed '$d')
		S: 250-PIPELINING
		S: 250 CHUNKING
		C: BDAT 6
		C: NOOP
		C: BDAT 0 LAST
		C: RSET
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		S: 503 no
		S: 421 too many errors
		mayclose
		=== second
		$(hello | sed '$d')
		S: 250-PIPELINING
		S: 250 CHUNKING
		$(one)
		$(envelope)
		S: 250 taken
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	send -m m -m m
	assert_success
	assert_script_ok
}

@test "redial: flush continues over another connection" {
	for _ in 1 2 3; do
		mailnet smtp -s smtp://localhost --tunnel false send --spool spool -f a@x -m m b@x 2>/dev/null
	done
	start_script <<-END
		=== first
		$(hello)
		$(one)
		$(envelope)
		S: 250 taken
		S: 421 enough
		mayclose
		=== second
		$(hello)
		$(one)
		$(envelope)
		S: 250 taken
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	run mailnet smtp -s "smtp://127.0.0.1:$PORT" flush spool
	assert_success
	assert_script_ok
	assert_equal "$(find spool -type f -path '*/*/*' | wc -l)" 0
}

@test "reply: the last line's code decides, in the greeting, at EHLO, MAIL, RCPT and after the data" {
	local code want step
	for code in 421 521; do
		[ $code = 421 ] && want=75 || want=69
		tunnel_script <<-END
			S: 220-banner
			S: $code go away
			mayclose
			eof
		END
		smtp send -f a@x -m m b@x
		assert_failure "$want"
		assert_regex "$stderr" "220-banner $code go away"
	done
	for step in MAIL RCPT DATA END; do
		session <<-END
			C: MAIL FROM:<a@x>
			$([ $step != MAIL ] || printf 'S: 250-wait\nS: 452 no\n')
			$([ $step = MAIL ] || printf 'S: 250 ok\nC: RCPT TO:<b@x>\n')
			$([ $step != RCPT ] || printf 'S: 250-wait\nS: 452 no\n')
			$([[ $step == [MR]* ]] || printf 'S: 250 ok\nC: DATA\n')
			$([ $step != DATA ] || printf 'S: 354-wait\nS: 452 no\n')
			$([ $step != END ] || { printf 'S: 250-wait\nS: 354 go\n' && octets m && printf 'C: .\nS: 250-wait\nS: 452 no\n'; })
			C: QUIT
			S: 221-bye
			S: 221 bye
		END
		smtp send -f a@x -m m b@x
		assert_failure 75
		assert_regex "$stderr" '452 no'
		assert_script_ok
	done
}

# kept PATTERN ARGUMENT...: a message that cannot be sent is stored, and the reason on stderr matches PATTERN.
kept()
{
	local pattern=$1
	shift
	rm -rf spool
	smtp "$@" send --spool spool -f a@x -m m b@x
	assert_success
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" "^mailnet smtp: m: stored in spool: .*$pattern"
	assert_equal "$(find spool/new -type f | wc -l)" 1
}

@test "spool: 421 as greeting and a failed or required login, TLS or password command store the message, with the reason" {
	tunnel_script <<-'END'
		S: 220-banner
		S: 421 busy
		mayclose
		eof
	END
	kept '421 busy'
	session 'AUTH PLAIN' <<-'END'
		C~ AUTH PLAIN .*
		S: 535 wrong
		C: QUIT
		S: 221 bye
	END
	kept '535 wrong' -u me --password-command 'echo x'
	kept 'password' -u me --password-command false
	session PIPELINING <<-'END'
		mayclose
		C* QUIT
	END
	kept 'STARTTLS' --tls starttls
	session <<-'END'
		C: MAIL FROM:<a@x>
		S: 530 5.7.0 log in first
		C: QUIT
		S: 221 bye
	END
	kept '530 5.7.0 log in first'
	# A message that the server refuses for its content or size is not stored.
	session <<-'END'
		C: MAIL FROM:<a@x>
		S: 552 too large
		C: QUIT
		S: 221 bye
	END
	rm -rf spool
	smtp send --spool spool -f a@x -m m b@x
	assert_failure 69
	assert_not_exists spool
}
