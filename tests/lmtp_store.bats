#!/usr/bin/env bats
# fetch -d lmtp://…: an LMTP server as the destination.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	common_setup
	mkdir -p served/mail
	printf 'From: a@x\nSubject: one\n\n.dot\n' >served/mail/1
	printf 'From: a@x\nSubject: two\n\ngr\xc3\xbcn\n' >served/mail/2
	start_folder served --pop
}

# fetch URL [ARGUMENT...]
fetch()
{
	run --separate-stderr mailnet pop -s "pop://me@127.0.0.1:$POP_PORT" --password-command 'echo secret' fetch -d "$@"
}

hello()
{
	printf 'S: 220 lmtp\nC~ LHLO .*\nS: 250-lmtp\n'
	while [ $# -gt 1 ]; do
		printf 'S: 250-%s\n' "$1"
		shift
	done
	printf 'S: 250 %s\n' "$1"
}

@test "lmtp store: each message is sent when it is complete, and QUIT at the end" {
	start_script <<-END
		$(hello PIPELINING CHUNKING 8BITMIME 'SIZE 1000')
		c: MAIL FROM:<a@x> SIZE=33\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n
		quiet 30
		S: 250 ok
		S: 250 ok
		S: 354 go
		c: From: a@x\r\nSubject: one\r\n\r\n..dot\r\n.\r\n
		S: 250 taken
		C: MAIL FROM:<a@x> SIZE=34 BODY=8BITMIME
		C: RCPT TO:<bob@example.org>
		C: DATA
		quiet 30
		S: 250 ok
		S: 250 ok
		S: 354 go
		c: From: a@x\r\nSubject: two\r\n\r\ngr\xc3\xbcn\r\n.\r\n
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	fetch "lmtp://bob@example.org@127.0.0.1:$PORT"
	assert_success
	assert_script_ok
}

@test "lmtp store: DATA is used without CHUNKING; a Unix socket is a server; the default recipient is the caller" {
	start_script --listen-unix sock <<-END
		$(hello PIPELINING)
		C: MAIL FROM:<a@x>
		C: RCPT TO:<$(id -un)>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		c: From: a@x\r\nSubject: one\r\n\r\n..dot\r\n.\r\n
		S: 250 taken
		C: MAIL FROM:<a@x>
		C: RCPT TO:<$(id -un)>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		C* \.
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	fetch "lmtp://$PWD/sock"
	assert_success
	assert_script_ok
}

@test "lmtp store: if the server closes between two messages, mailnet connects again" {
	start_script <<-END
		=== one
		$(hello PIPELINING CHUNKING)
		C: MAIL FROM:<a@x>
		C: RCPT TO:<bob>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		recvblock /dev/null
		S: 250 taken
		S: 421 idle for too long
		close
		=== two
		$(hello PIPELINING CHUNKING)
		C: MAIL FROM:<a@x>
		C: RCPT TO:<bob>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		recvblock /dev/null
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	fetch "lmtp://bob@127.0.0.1:$PORT"
	assert_success
	assert_script_ok
}

@test "lmtp store: a deferred message or an unreachable server exits 75, an invalid URL 64" {
	start_script <<-END
		$(hello PIPELINING CHUNKING)
		C: MAIL FROM:<a@x>
		C: RCPT TO:<bob>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		recvblock /dev/null
		S: 452 full
		mayclose
		stall
	END
	fetch "lmtp://bob@127.0.0.1:$PORT"
	assert_failure 75
	assert_regex "$stderr" '452 full'
	fetch "lmtp://$PWD/nobody"
	assert_failure 75
	fetch lmtp://
	assert_failure 64
}

# 0.0.0.0 leads to this host, but does not count as loopback, so STARTTLS is used.
stranger()
{
	make_cert stranger 'ip_address = 0.0.0.0' tls_www_server
	start_script --cert "${1:-$CERT}" --key "$KEY"
	STRANGER="lmtp://bob@0.0.0.0:$PORT"
}

# One message is accepted in the session, then QUIT.
handed_over()
{
	printf '%s\n' 'C: MAIL FROM:<a@x>' 'C: RCPT TO:<bob>' 'C: DATA' 'S: 250 ok' 'S: 250 ok' 'S: 354 go' 'recvblock /dev/null' 'S: 250 taken'
}

@test "lmtp store: STARTTLS is used where offered, and extensions received before TLS are discarded" {
	stranger <<-END
		$(hello STARTTLS)
		C: STARTTLS
		S: 220 go ahead
		starttls
		C~ LHLO .*
		S: 250-lmtp
		S: 250-PIPELINING
		S: 250 CHUNKING
		$(handed_over)
		$(handed_over)
		C: QUIT
		S: 221 bye
	END
	fetch "$STRANGER" --tls-ca "$CA_FILE"
	assert_success
	assert_script_ok
}

@test "lmtp store: no mail goes to a server with another's certificate, or to one that sends octets before TLS" {
	make_cert server
	stranger "$CERT" <<-END
		$(hello PIPELINING CHUNKING STARTTLS)
		C: STARTTLS
		S: 220 go ahead
		starttls
		eof
	END
	fetch "$STRANGER" --tls-ca "$CA_FILE"
	assert_failure 77
	assert_regex "$stderr" '0\.0\.0\.0.*certificate'
	stranger <<-END
		$(hello PIPELINING CHUNKING STARTTLS)
		C: STARTTLS
		S: 220 go ahead
		S: 250 what a man in the middle says
		eof
	END
	fetch "$STRANGER" --tls-ca "$CA_FILE"
	assert_failure 76
	assert_script_ok
}

@test "lmtp store: mail goes in clear if STARTTLS is not offered, refused, or disabled" {
	stranger <<-END
		$(hello PIPELINING CHUNKING STARTTLS)
		C: STARTTLS
		S: 454 not now
		$(handed_over)
		$(handed_over)
		C: QUIT
		S: 221 bye
	END
	fetch "$STRANGER"
	assert_success
	assert_script_ok
	for offer in STARTTLS 8BITMIME; do
		stranger <<-END
			$(hello PIPELINING CHUNKING $offer)
			C~ MAIL FROM:<a@x>.*
			C: RCPT TO:<bob>
			S: 452 not now
			S: 503 no MAIL
			mayclose
			eof
		END
		[ $offer = STARTTLS ] && off=(--tls off) || off=()
		fetch "$STRANGER" "${off[@]}"
		assert_failure 75
		assert_regex "$stderr" '452 not now'
	done
}

# over_tls URL ARGUMENT...: drain by STARTTLS from a mailbox that has it. Messages that the destination did not accept
# stay.
over_tls()
{
	local log=$SERVER_LOG
	make_cert source 'ip_address = 127.0.0.1' tls_www_server
	start_folder served --pop --starttls --cert "$CERT" --key "$KEY"
	XDG_STATE_HOME=$PWD/state run --separate-stderr mailnet pop -s "pop://me@127.0.0.1:$POP_PORT" \
		--password-command 'echo secret' --tls starttls --tls-ca "$CA_FILE" drain -d "$@"
	SERVER_LOG=$log
}

@test "lmtp store: --tls starttls also applies to the destination, on loopback too: not offered or refused exits 77, 454 exits 75" {
	local reply want
	while IFS='|' read -r want reply; do
		start_script <<-END
			$(hello PIPELINING CHUNKING ${reply:+STARTTLS} 8BITMIME)
			${reply:+C: STARTTLS}
			${reply:+S: $reply}
			eof
		END
		over_tls "lmtp://bob@127.0.0.1:$PORT"
		assert_failure "$want"
		assert_regex "$stderr" '127\.0\.0\.1: .*STARTTLS|TLS'
		assert_script_ok
		assert_equal "$(find served/mail -type f | wc -l)" 2
	done <<-'END'
		77|
		77|502 no
		75|454 not now
		75|421 closing
	END
}

@test "lmtp store: with --tls starttls mail goes to the destination over TLS" {
	make_cert both 'ip_address = 127.0.0.1' tls_www_server
	start_script --cert "$CERT" --key "$KEY" <<-END
		$(hello STARTTLS)
		C: STARTTLS
		S: 220 go
		starttls
		C~ LHLO .*
		S: 250-lmtp
		S: 250-CHUNKING
		S: 250 8BITMIME
		C: MAIL FROM:<a@x>
		S: 250 ok
		C: RCPT TO:<bob>
		S: 250 ok
		C: DATA
		S: 354 go
		recvblock /dev/null
		S: 250 taken
		C~ MAIL FROM:<a@x>.*
		S: 250 ok
		C: RCPT TO:<bob>
		S: 250 ok
		C: DATA
		S: 354 go
		recvblock /dev/null
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	over_tls "lmtp://bob@127.0.0.1:$PORT"
	assert_success
	assert_script_ok
	assert_equal "$(find served/mail -type f | wc -l)" 0
}

@test "lmtp store: 421 at any step exits 75, and the message stays on the server" {
	local step
	for step in greeting LHLO MAIL RCPT DATA; do
		start_script <<-END
			$([ $step != greeting ] && hello CHUNKING | sed "$([ $step = LHLO ] && echo '/S: 250/d')" || echo 'S: 421 busy')
			$([ $step != LHLO ] || echo 'S: 421 busy')
			$(case $step in
			MAIL) printf 'C* MAIL FROM:<a@x>\nS: 421 busy\n' ;;
			RCPT) printf 'C* MAIL FROM:<a@x>\nS: 250 ok\nC: RCPT TO:<bob>\nS: 421 busy\n' ;;
			DATA) printf 'C* MAIL FROM:<a@x>\nS: 250 ok\nC: RCPT TO:<bob>\nS: 250 ok\nC: DATA\nS: 354 go\nrecvblock /dev/null\nS: 421 busy\n' ;;
			esac)
			mayclose
			eof
		END
		fetch "lmtp://bob@127.0.0.1:$PORT"
		assert_failure 75
		assert_regex "$stderr" '421 busy'
		assert_script_ok
	done
}

@test "lmtp store: --no-pipelining also applies to the destination" {
	start_script <<-END
		S: 220 lmtp
		C~ LHLO .*
		S: 250-lmtp
		S: 250 PIPELINING
		C: MAIL FROM:<a@x>
		quiet 30
		S: 250 ok
		C: RCPT TO:<bob>
		quiet 30
		S: 550 no
		C: QUIT
		S: 221 bye
	END
	fetch "lmtp://bob@127.0.0.1:$PORT" --no-pipelining --limit 1
	assert_failure 67
	assert_regex "$stderr" '550 no'
	assert_script_ok
}

@test "lmtp store: if all recipients are refused, RSET is sent before the next message" {
	start_script <<-END
		$(hello PIPELINING CHUNKING 8BITMIME)
		C: MAIL FROM:<a@x>
		C: RCPT TO:<bob>
		C: DATA
		quiet 30
		S: 250 ok
		S: 550 no such user
		S: 554 no recipients
		C: RSET
		C: MAIL FROM:<a@x> BODY=8BITMIME
		C: RCPT TO:<bob>
		C: DATA
		S: 250 reset
		S: 250 ok
		S: 250 ok
		S: 354 go
		recvblock /dev/null
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	fetch "lmtp://bob@127.0.0.1:$PORT"
	assert_regex "$stderr" '550 no such user'
	assert_script_ok
}

@test "lmtp store: MAIL has the address of Return-Path, else of From, else the null sender" {
	local i=0 script=
	rm served/mail/*
	add()
	{
		i=$((i + 1))
		printf '%b\nSubject: x\n\nbody\n' "$1" >"served/mail/$i"
		script+=$(printf 'C: MAIL FROM:<%s>%s\nS: 250 ok\nC: RCPT TO:<bob>\nS: 250 ok\nC: DATA\nS: 354 go\nrecvblock /dev/null\nS: 250 taken' "$2" "${3:-}")$'\n'
	}
	add 'From: Ann <ann@example.org>\nReturn-Path: <bounce+1@example.org>' bounce+1@example.org
	add 'From: Ann <ann@example.org>\nReturn-Path: <>' ''
	add 'From: "x\\">" <mallory@x> BODY=7BIT' ''
	add 'From: =?utf-8?q?a=0D=0ARCPT?= <ann@example.org>' ann@example.org
	add 'From: a@x\r\n RCPT TO:<evil@x>' evil@x
	add 'From: gr\xc3\xbcn@example.org' $'gr\xc3\xbcn@example.org' ' BODY=8BITMIME SMTPUTF8'
	add 'To: nobody' ''
	start_script <<-END
		S: 220 lmtp
		C~ LHLO .*
		S: 250-lmtp
		S: 250-8BITMIME
		S: 250 SMTPUTF8
		$script
		C: QUIT
		S: 221 bye
	END
	fetch "lmtp://bob@127.0.0.1:$PORT"
	assert_success
	assert_script_ok
}
