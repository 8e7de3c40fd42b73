#!/usr/bin/env bats
# smtp, LMTP and sendmail against Postfix, smtp-sink and Dovecot.

bats_require_minimum_version 1.5.0
load lib/common
load fixtures/dovecot
load fixtures/postfix

# shellcheck disable=SC2034 # for common_setup
file_needs=(dovecot postfix)

setup_file()
{
	can "${file_needs[@]}" || return 0
	# For LMTP at an address that does not count as this host, so that STARTTLS is used.
	make_cert stranger 'ip_address = 0.0.0.0' tls_www_server || return 1
	local setting="ssl_cert = <$CERT"
	! dovecot_is_new || setting="ssl_server_cert_file = $CERT"
	export DOVECOT_EXTRA="protocol lmtp {
$setting
}"
	export POSTFIX_RECIPIENTS=20
	dovecot_start && postfix_start && smtp_sink_start || return 1
	export PLAIN_SINK_PORT=$SMTP_SINK_PORT PLAIN_SINK_DIR=$SMTP_SINK_DIR PLAIN_SINK_SENT=$SMTP_SINK_SENT
	smtp_sink_start -p
}

teardown_file()
{
	smtp_sink_stop
	SMTP_SINK_DIR=$PLAIN_SINK_DIR smtp_sink_stop
	postfix_stop
	dovecot_stop
}

setup()
{
	common_setup
	POSTFIX=smtp://127.0.0.1:$POSTFIX_PORT
	: >"$HOME/.netrc" && chmod 600 "$HOME/.netrc"
}

# messages N FILE: an mbox of N messages of about 4 KB.
messages()
{
	awk -v n="$1" 'BEGIN {
		for (i = 1; i <= n; i++) {
			printf "From me Fri Nov 20 12:00:00 2026\nFrom: me@test.example\nTo: ok@test.example\nSubject: %d\n\n", i
			for (k = 0; k < 80; k++)
				printf "message %d, line %d of some length or other\n", i, k
			printf ">From here on\n.\n\n"
		}
	}' >"$2"
}

# sunk N DIR: are at least N messages in DIR?
sunk()
{
	[ "$(cat "$2"/* | grep -c '^Subject: ')" -ge "$1" ]
}

@test "Postfix: a message arrives octet for octet, without Bcc" {
	printf 'From: me@test.example\nTo: alice@test.example\nBcc: bob@test.example\nSubject: gr\xc3\xbc\xc3\x9fe\n\n.dot\n..\nFrom me\nlast' >m
	run --separate-stderr mailnet smtp -s "$POSTFIX" -v send -m m
	assert_success
	assert_regex "$stderr" '\* 4 round trips'
	postfix_wait 1 alice
	postfix_wait 1 bob
	grep -v ^Bcc m >sent # grep adds a missing line end at the end
	postfix_message "$(postfix_mail alice | tail -n 1)" >got
	diff sent got
	postfix_message "$(postfix_mail bob | tail -n 1)" >got
	diff sent got
}

@test "Postfix: 1,000 messages in four round trips, each arrives once" {
	messages 1000 box
	run --separate-stderr mailnet smtp -s "$POSTFIX" -v send --mbox box -f me@test.example ok1@test.example
	assert_success
	assert_regex "$stderr" '\* 4 round trips'
	postfix_wait 1000 ok1
	assert_equal "$(as_root sh -c "cat '$POSTFIX_DIR'/mail/ok1/new/* | grep '^Subject: ' | sort -u | wc -l")" 1000
	assert_equal "$(as_root sh -c "cat '$POSTFIX_DIR'/mail/ok1/new/* | grep -c '^>*From here on'")" 1000
	refute as_root grep -q '^>From here' -r "$POSTFIX_DIR/mail/ok1/new"
}

@test "Postfix: sending by DATA and without pipelining needs the expected round trips" {
	messages 10 box
	run --separate-stderr mailnet smtp -s "$POSTFIX" -v send --no-chunking --mbox box -f me@test.example ok2@test.example
	assert_success
	assert_regex "$stderr" '\* 13 round trips'
	run --separate-stderr mailnet smtp -s "$POSTFIX" -v --no-pipelining send --mbox box -f me@test.example ok2@test.example
	assert_success
	assert_regex "$stderr" '\* 43 round trips'
	postfix_wait 20 ok2
}

@test "Postfix: refused and deferred recipients are reported, and a refused message does not affect the next" {
	messages 1 box
	run --separate-stderr mailnet smtp -s "$POSTFIX" send --mbox box nobody@test.example ok3@test.example later@test.example
	assert_failure 1
	assert_equal "${#stderr_lines[@]}" 2
	assert_regex "$stderr" '^nobody@test.example: 550 5\.1\.1 '
	assert_regex "$stderr" 'later@test.example: 450 4\.2\.1 '
	run mailnet smtp -s "$POSTFIX" send --mbox box nobody@test.example
	assert_failure 67
	run mailnet smtp -s "$POSTFIX" send --mbox box nobody@test.example later@test.example
	assert_failure 75
	run mailnet smtp -s "$POSTFIX" send --all-or-none --mbox box nobody@test.example ok3@test.example
	assert_failure 67
	printf 'From: a@x\nTo: nobody@test.example\n\nx\n' >bad
	printf 'From: a@x\nTo: ok3@test.example\n\nx\n' >good
	run --separate-stderr mailnet smtp -s "$POSTFIX" --json -v send -m good -m bad -m bad -m good -m bad -m good
	assert_failure 67
	assert_regex "$stderr" '\* 4 round trips'
	assert_equal "$(grep -c '"fate": "delivered", "accepted": \["ok3@test.example"\]' <<<"$output")" 3
	postfix_wait 4 ok3
	assert_equal "$(postfix_mail ok3 | wc -l)" 4
}

@test "Postfix: more recipients than one transaction accepts each get the message once, by BDAT, DATA and without pipelining" {
	local options i rcpts=()
	printf 'From: me@test.example\nSubject: many\n\nx\n' >m
	for ((i = 101; i <= 150; i++)); do rcpts+=("ok$i@test.example"); done
	for options in '-v' '-v --no-chunking' '-v --no-pipelining'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr mailnet smtp -s "$POSTFIX" send $options -m m "${rcpts[@]}"
		assert_success
		assert_regex "$stderr" '452 4\.5\.3 '
	done
	for ((i = 101; i <= 150; i++)); do
		postfix_wait 3 "ok$i"
		assert_equal "$(postfix_mail "ok$i" | wc -l)" 3
	done
}

@test "Postfix: addresses and headers that are not ASCII are delivered" {
	printf 'From: me@test.example\nTo: jürgen@test.example\nSubject: grüße\n\nx\n' >m
	run --separate-stderr mailnet smtp -s "$POSTFIX" -v send -m m
	assert_success
	assert_regex "$stderr" 'MAIL FROM:<me@test.example> SIZE=[0-9]+ BODY=8BITMIME SMTPUTF8'
	postfix_wait 1 jürgen
}

@test "Postfix: submission accepts STARTTLS and AUTH; without a login it exits 77 and nothing is sent" {
	printf 'From: me@test.example\nTo: you@elsewhere.example\n\nx\n' >m
	write_netrc 127.0.0.1 alice secret
	run --separate-stderr mailnet smtp -s "submission://127.0.0.1:$POSTFIX_SUBMISSION_PORT" --tls starttls \
		--tls-ca "$CA_FILE" --auth plain -v send -m m
	assert_success
	assert_regex "$stderr" '\* 7 round trips'
	run --separate-stderr mailnet smtp -s "smtps://127.0.0.1:$POSTFIX_TLS_PORT" --tls-ca "$CA_FILE" --auth plain -v send -m m
	assert_success
	assert_regex "$stderr" '\* 5 round trips'
	run mailnet smtp -s "submission://127.0.0.1:$POSTFIX_SUBMISSION_PORT" --tls starttls --tls-ca "$CA_FILE" \
		--no-netrc send -m m -m m
	assert_failure 67
	run mailnet smtp -s "$POSTFIX" --no-netrc send -m m
	assert_failure 67
}

@test "Postfix: a message of 200 MB needs little memory, and SIZE is checked before the data" {
	needs time
	{ printf 'From: me@test.example\nTo: ok4@test.example\n\n' && head -c 200000000 /dev/zero | tr '\0' 'x' | fold -w 998; } >big
	run --separate-stderr /usr/bin/env time -f 'kb %M' "$MAILNET" smtp -s "$POSTFIX" send -m big
	assert_success
	! memory_counts || assert [ "$(sed -n 's/^kb //p' <<<"$stderr")" -lt 16000 ]
	run --separate-stderr /usr/bin/env time -f 'kb %M' sh -c "cat big | '$MAILNET' smtp -s '$POSTFIX' send"
	assert_success
	! memory_counts || assert [ "$(sed -n 's/^kb //p' <<<"$stderr")" -lt 16000 ]
	postfix_wait 2 ok4
	head -c 101000000 /dev/zero | tr '\0' x | fold -w 998 >>big
	run --separate-stderr mailnet smtp -s "$POSTFIX" -v send -m big
	assert_failure 69
	refute_regex "$stderr" 'MAIL FROM'
}

@test "smtp-sink: messages arrive by PIPELINING without CHUNKING, and without both" {
	messages 20 box
	run --separate-stderr mailnet smtp -s "smtp://127.0.0.1:$PLAIN_SINK_PORT" -v send --mbox box
	assert_success
	assert_regex "$stderr" '\* 23 round trips'
	wait_until 60 sunk 20 "$PLAIN_SINK_SENT"
	run --separate-stderr mailnet smtp -s "smtp://127.0.0.1:$SMTP_SINK_PORT" -v send --mbox box
	assert_success
	assert_regex "$stderr" '\* 83 round trips'
	wait_until 60 sunk 20 "$SMTP_SINK_SENT"
	assert_equal "$(cat "$SMTP_SINK_SENT"/* | grep -c '^From here on')" 20
}

@test "Dovecot: submission accepts pipelined BDAT" {
	messages 5 box
	write_netrc 127.0.0.1 alice secret
	run --separate-stderr mailnet smtp -s "submission://127.0.0.1:$DOVECOT_SUBMISSION_PORT" --auth plain -v \
		send --mbox box -f me@test.example you@test.example
	assert_success
	assert_regex "$stderr" '\* 5 round trips'
	wait_until 60 sunk 5 "$DOVECOT_SENT"
	run mailnet smtp -s "submission://127.0.0.1:$DOVECOT_SUBMISSION_PORT" --no-netrc send --mbox box -f me@test.example you@test.example
	assert_failure 77
}

@test "Dovecot: LMTP delivers over TCP and a Unix socket, and each recipient is reported" {
	messages 3 box
	run --separate-stderr mailnet smtp -s "lmtp://127.0.0.1:$DOVECOT_LMTP_PORT" --json -v send --mbox box alice nobody bob
	assert_failure 1
	assert_regex "$stderr" '\* 6 round trips'
	assert_equal "$(grep -c '"fate": "partly", "accepted": \["alice", "bob"\], "refused": \[{"rcpt": "nobody", "code": 550' <<<"$output")" 3
	run --separate-stderr mailnet smtp -s "lmtp://$DOVECOT_LMTP_SOCKET" send --no-chunking --mbox box alice bob
	assert_success
	assert_equal "$(dovecot_count alice)" 6
	assert_equal "$(dovecot_count bob)" 6
}

@test "Dovecot: pop fetch delivers to LMTP" {
	local before
	before=$(dovecot_count bob)
	write_netrc 127.0.0.1 alice secret
	run mailnet pop -s "pop://127.0.0.1:$DOVECOT_POP_PORT" fetch -d "lmtp://bob@$DOVECOT_LMTP_SOCKET"
	assert_success
	assert_equal "$(dovecot_count bob)" $((before + $(dovecot_count alice)))
	run --separate-stderr mailnet pop -s "pop://127.0.0.1:$DOVECOT_POP_PORT" -v fetch --limit 1 \
		-d "lmtp://bob@0.0.0.0:$DOVECOT_LMTP_PORT" --tls-ca "$CA_FILE"
	assert_success
	assert_equal "$(grep -oE '> (LHLO|STARTTLS)' <<<"$stderr" | tr '\n' ' ')" '> LHLO > STARTTLS > LHLO '
	run mailnet pop -s "pop://127.0.0.1:$DOVECOT_POP_PORT" drain -d "lmtp://nobody@127.0.0.1:$DOVECOT_LMTP_PORT"
	assert_failure 67
	assert [ "$(dovecot_count alice)" -gt 0 ]
	run mailnet pop -s "pop://127.0.0.1:$DOVECOT_POP_PORT" drain -d "lmtp://bob@127.0.0.1:$DOVECOT_LMTP_PORT"
	assert_success
	assert_equal "$(dovecot_count alice)" 0
}

@test "Postfix: ehlo, has, info, vrfy and a session through a coprocess print its replies" {
	run mailnet smtp -s "$POSTFIX" ehlo
	assert_line CHUNKING
	assert_line 'SIZE 300000000'
	run mailnet smtp -s "$POSTFIX" --json info
	assert_regex "$output" '"software": "Postfix"'
	run mailnet smtp -s "$POSTFIX" vrfy nobody@test.example
	assert_failure 1
	run mailnet smtp -s "$POSTFIX" has smtputf8
	assert_success
}
