#!/usr/bin/env bats
# Messages with unusual headers, given to send: no header, no body, no empty line.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/smtp

# sends FILE WANTED: the message FILE, sent by DATA, arrives as WANTED in CRLF form.
sends()
{
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets "$2")
		C: .
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	smtp send -f a@x -m "$1" b@x
	assert_success
	assert_script_ok
}

@test "header: text directly after it becomes the body, with an added empty line and a warning" {
	printf 'Subject: x\nBcc: secret@x\nthe pool is degraded\nTo: not a field\n' >m
	printf 'Subject: x\n\nthe pool is degraded\nTo: not a field\n' >wanted
	sends m wanted
	assert_equal "$stderr" \
		'mailnet smtp: warning: m: text follows the header directly: an empty line is sent between them'
	printf 'Subject: x\n\nbody\n' >m
	sends m m
	assert_equal "$stderr" ''
}

@test "header: mbox lines before it are dropped, however many, quoted or not" {
	printf '>From a@b\nFrom c@d Fri Nov 20 12:34:56 2026\n>From e\nSubject: x\n\nFrom here\n' >m
	printf 'Subject: x\n\nFrom here\n' >wanted
	sends m wanted
}

@test "header: dropping a Bcc between a bare CR and the empty line keeps the empty line" {
	printf 'Subject: x\rBcc: secret@x\n\nTo: body@x\n' >m
	printf 'Subject: x\n\nTo: body@x\n' >wanted
	sends m wanted
}

@test "eightbit: without 8BITMIME a message is refused, or sent unchanged with --eightbit send, also from a spool" {
	printf 'Subject: x\n\ngr\xc3\xbcn\n' >m
	session PIPELINING <<-'END'
		C: QUIT
		S: 221 bye
	END
	smtp send -f a@x -m m b@x
	assert_failure 69
	assert_regex "$stderr" '8BITMIME'
	smtp send --eightbit maybe -f a@x -m m b@x
	assert_failure 64
	run mailnet smtp -s smtp://localhost --tunnel false send --spool spool --eightbit send -f a@x -m m b@x
	assert_success
	accepts() {
		session PIPELINING <<-END
			C: MAIL FROM:<a@x>
			C: RCPT TO:<b@x>
			C: DATA
			S: 250 ok
			S: 250 ok
			S: 354 go
			c: Subject: x\r\n\r\ngr\xc3\xbcn\r\n.\r\nQUIT\r\n
			S: 250 taken
			S: 221 bye
		END
	}
	accepts
	smtp send --eightbit send -f a@x -m m b@x
	assert_success
	assert_script_ok
	accepts
	smtp flush spool
	assert_success
	assert_script_ok
}
