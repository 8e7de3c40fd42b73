#!/usr/bin/env bats
# The fixtures that run real servers: each server answers a client from another project, and leaves no process or file.

bats_require_minimum_version 1.5.0
load fixtures/dovecot
load fixtures/inn
load fixtures/mailutils
load fixtures/postfix

file_needs=(dovecot postfix inn mailutils)

setup_file() {
	. "${BATS_TEST_DIRNAME}/lib/needs.bash"
	can "${file_needs[@]}" || return 0
	export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-60}
	dovecot_start
	dovecot_mail alice 12
	# The simple client below sends everything at once, which Postfix 3.9 forbids by default.
	export POSTFIX_EXTRA='smtpd_forbid_unauth_pipelining = no'
	postfix_start
	inn_group test.gaps 10 gaps
	printf 'From: a@b.example\nNewsgroups: test.one\nSubject: by hand\nDate: Fri, 20 Nov 2026 10:00:00 +0000\nMessage-ID: <by@hand>\n\n.dot\nno newline' \
		>"$BATS_FILE_TMPDIR/article"
	inn_article "$BATS_FILE_TMPDIR/article" test.one
	inn_start --innd
	smtp_sink_start -p
}

teardown_file() {
	smtp_sink_stop
	inn_stop
	postfix_stop
	mailutils_stop
	dovecot_stop
}

setup() {
	load /usr/lib/bats/bats-support/load.bash
	load /usr/lib/bats/bats-assert/load.bash
	load lib/needs
	needs "${file_needs[@]}"
}

# own_servers: the test starts its own servers, in its own directory.
own_servers() {
	own=yes
	BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR
	unset DOVECOT_DIR MAILUTILS_DIR INN_DIR POSTFIX_DIR SMTP_SINK_DIR
}

teardown() {
	[ -z "${own:-}" ] || teardown_file
}

# talk PORT LINE...: send the lines and QUIT at once, print all that comes back, without CR.
talk() {
	local port=$1 fd
	shift
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	printf '%s\r\n' "$@" QUIT >&"$fd"
	timeout 20 cat <&"$fd" | tr -d '\r'
	exec {fd}>&-
}

# tls_talk PORT OPTION LINE...: the same over TLS; OPTION is for gnutls-cli (--starttls-proto=P), or empty.
tls_talk() {
	local port=$1 option=$2 out
	shift 2
	coproc CLI { timeout 20 gnutls-cli ${option:+"$option"} --x509cafile "$CA_FILE" -p "$port" localhost 2>&1; }
	printf '%s\r\n' "$@" QUIT >&"${CLI[1]}"
	out=$(cat <&"${CLI[0]}")
	printf '%s\n' "${out//$'\r'/}"
}

# users_of DIR...: the number of processes with a descriptor, a working directory or an argument below one of these
# directories; counted in another way than by the fixtures themselves.
users_of() {
	local dir pid
	for dir; do
		# Every process of a test has the file DIR.out of bats open, also those of this pipeline: it does not match.
		as_root find /proc/[0-9]*/fd /proc/[0-9]*/cwd -lname "*$dir" -o -lname "*${dir}[/ ]*"
		as_root grep -lsF "$dir" /proc/[0-9]*/cmdline
	done 2>/dev/null | cut -d/ -f3 | sort -u | while read -r pid; do
		# except find and grep, and bats
		[ ! -d "/proc/$pid" ] || grep -qs /bats-core/ "/proc/$pid/cmdline" || echo "$pid"
	done | wc -l
}

@test "certificates: the valid certificate verifies, each of the others does not" {
	certs_verify() { certtool --verify --load-ca-certificate "$CA_FILE" --verify-hostname localhost --infile "$1"; }
	run -0 certs_verify "$CERT_FILE"
	local bad
	for bad in "$EXPIRED_CERT_FILE" "$WRONG_CERT_FILE" "$SELF_CERT_FILE" "$UNKNOWN_CERT_FILE"; do
		run ! certs_verify "$bad"
	done
	run -0 certtool --verify --load-ca-certificate "$UNKNOWN_CA_FILE" --verify-hostname localhost --infile "$UNKNOWN_CERT_FILE"
	run -0 certtool --verify --load-ca-certificate "$CA_FILE" --infile "$CLIENT_CERT_FILE"
}

@test "Dovecot: greets, accepts a login, lists, and sends a message with dots in the octets of its Maildir" {
	run -0 talk "$DOVECOT_POP_PORT" CAPA 'USER alice' 'PASS secret' STAT 'RETR 2'
	assert_line --index 0 --partial '+OK'
	assert_line PIPELINING
	assert_line '+OK Logged in.'
	assert_line --regexp '^\+OK 12 [0-9]+$'
	local file expected
	file=$(find "$(dovecot_maildir alice)/cur" -name '*G000000002,*')
	expected=$(sed 's/^\./../' "$file")
	assert_output --partial "$expected"
}

@test "Mailutils: greets, accepts a login, sends a message with dots, and allows one session a mailbox" {
	mailutils_start
	mailutils_mail alice 3
	run -0 talk "$MAILUTILS_POP_PORT" CAPA 'USER alice@test.example' 'PASS secret' STAT 'RETR 2'
	assert_line --index 0 --regexp '^\+OK POP3 Ready <.+>$'
	assert_line PIPELINING
	assert_line --regexp '^\+OK 3 [0-9]+$'
	assert_line '..one dot at the start of line of message 2'
	local fd
	exec {fd}<>"/dev/tcp/127.0.0.1/$MAILUTILS_POP_PORT"
	printf '%s\r\n' 'USER bob@test.example' 'PASS secret' STAT >&"$fd"
	sed '/^+OK 0 0/q' <&"$fd"
	run -0 talk "$MAILUTILS_POP_PORT" 'USER bob@test.example' 'PASS secret'
	assert_line --partial '-ERR [IN-USE]'
	exec {fd}>&-
	mailutils_stop
}

@test "Dovecot: a wrong password is refused" {
	run -0 talk "$DOVECOT_POP_PORT" 'USER alice' 'PASS wrong'
	assert_line --partial '-ERR [AUTH]'
}

@test "Dovecot: the size that LIST gives is that of the file with CRLF" {
	local file
	file=$(find "$(dovecot_maildir alice)/cur" -name '*G000000003,*')
	run -0 talk "$DOVECOT_POP_PORT" 'USER alice' 'PASS secret' 'LIST 3'
	assert_line "+OK 3 $(sed 's/$/\r/' "$file" | wc -c)"
}

@test "Dovecot: offers pop3s and STLS" {
	run -0 tls_talk "$DOVECOT_POPS_PORT" '' 'USER alice' 'PASS secret' STAT
	assert_line '+OK Logged in.'
	run -0 tls_talk "$DOVECOT_POP_PORT" --starttls-proto=pop3 'USER alice' 'PASS secret' STAT
	assert_line '+OK Logged in.'
}

@test "Dovecot: an added message is counted and deleted; its number is not used again" {
	dovecot_user carol geheim
	dovecot_mail carol 2
	run -0 talk "$DOVECOT_POP_PORT" 'USER carol' 'PASS geheim' 'DELE 2'
	assert_line '+OK Marked to be deleted.'
	[ "$(dovecot_count carol)" -eq 1 ]
	printf 'Subject: a file\n\nby hand\n' >"$BATS_TEST_TMPDIR/m"
	dovecot_mail_file carol "$BATS_TEST_TMPDIR/m"
	[ "$(dovecot_count carol)" -eq 2 ]
	run -0 talk "$DOVECOT_POP_PORT" 'USER carol' 'PASS geheim' 'RETR 2'
	assert_line 'Subject: a file'
	assert_line 'by hand'
}

@test "Dovecot: mailboxes and messages of any size can be created" {
	dovecot_user dora geheim
	dovecot_mail dora 300 20000
	run -0 talk "$DOVECOT_POP_PORT" 'USER dora' 'PASS geheim' STAT
	assert_line --regexp '^\+OK 300 6[0-9]{6}$'
}

@test "Dovecot: LMTP delivers" {
	[ -S "$DOVECOT_LMTP_SOCKET" ]
	run -0 talk "$DOVECOT_LMTP_PORT" 'LHLO test' 'MAIL FROM:<a@b.example>' 'RCPT TO:<bob@test.example>' \
		'RCPT TO:<unknown@test.example>' DATA 'Subject: by lmtp' '' hello .
	assert_line --regexp '^250 2.0.0 <bob@test.example>'
	assert_line --regexp '^550 5.1.1 <unknown@test.example>'
	run -0 talk "$DOVECOT_POP_PORT" 'USER bob' 'PASS secret' 'RETR 1'
	assert_line 'Subject: by lmtp'
}

@test "Dovecot: submission relays to its sink" {
	local plain
	plain=$(printf '\0alice\0secret' | base64)
	run -0 talk "$DOVECOT_SUBMISSION_PORT" 'EHLO test' "AUTH PLAIN $plain" 'MAIL FROM:<a@b.example>' \
		'RCPT TO:<c@d.example>' DATA 'Subject: submitted' '' hello .
	assert_line --regexp '^250[- ]CHUNKING$'
	assert_line --partial '235 2.7.0'
	run -0 cat "$DOVECOT_SENT"/*
	assert_output --partial 'Subject: submitted'
	assert_output --partial 'X-Rcpt-Args: <c@d.example>'
}

@test "INN: reading needs no login, also in a group with gaps" {
	run -0 talk "$INN_PORT" CAPABILITIES 'GROUP test.open' 'OVER 2-3' 'LISTGROUP test.gaps'
	assert_line --index 0 --regexp '^200 '
	assert_line 'COMPRESS DEFLATE'
	assert_line STARTTLS
	assert_line '211 20 1 20 test.open'
	assert_line --regexp $'^3\tarticle 3 of test.open\t.*\t<3.test.open@example.org>\t'
	assert_line '211 10 1 15 test.gaps'
	assert_line 13
	refute_line 14
}

@test "INN: an article is found by its message-id, with the octets that were posted" {
	run -0 talk "$INN_PORT" 'ARTICLE <by@hand>' 'STAT <2.test.open@example.org>'
	assert_line '220 0 <by@hand> article'
	assert_line '..dot'
	assert_line 'no newline'
	assert_line '223 0 <2.test.open@example.org> status'
}

@test "INN: test.private requires a login" {
	run -0 talk "$INN_PORT" 'GROUP test.private' 'AUTHINFO USER alice' 'AUTHINFO PASS wrong' \
		'AUTHINFO USER alice' 'AUTHINFO PASS secret' 'GROUP test.private'
	assert_line --regexp '^480 '
	assert_line --regexp '^481 '
	assert_line --regexp '^281 '
	assert_line '211 5 1 5 test.private'
}

@test "INN: offers implicit TLS and STARTTLS" {
	run -0 tls_talk "$INN_TLS_PORT" '' 'GROUP test.open'
	assert_line '211 20 1 20 test.open'
	run -0 tls_talk "$INN_PORT" --starttls-proto=nntp 'GROUP test.open'
	assert_line '211 20 1 20 test.open'
}

@test "INN: innd starts in transit mode, accepts an article and passes readers to nnrpd" {
	run -0 talk "$INND_PORT" CAPABILITIES 'TAKETHIS <taken@b.example>' 'Path: b.example!not-for-mail' \
		'From: a@b.example' 'Newsgroups: test.empty' 'Subject: taken' \
		"Date: $(LC_ALL=C date -R)" 'Message-ID: <taken@b.example>' '' body .
	assert_line MODE-READER
	assert_line '239 <taken@b.example>'
	local fd line
	exec {fd}<>"/dev/tcp/127.0.0.1/$INND_PORT"
	IFS= read -r -t 20 line <&"$fd"
	# innd discards what is sent after MODE READER before its reply
	printf 'MODE READER\r\n' >&"$fd"
	IFS= read -r -t 20 line <&"$fd"
	[[ $line == 200\ * ]]
	printf 'DATE\r\nQUIT\r\n' >&"$fd"
	run -0 timeout 20 cat <&"$fd"
	assert_line --regexp '^111 '
	exec {fd}>&-
	run -0 talk "$INN_PORT" 'ARTICLE <taken@b.example>'
	assert_line 'Subject: taken'
}

@test "INN: nnrpd posts to innd after a login" {
	local fd
	exec {fd}<>"/dev/tcp/127.0.0.1/$INN_PORT"
	printf '%s\r\n' 'AUTHINFO USER alice' 'AUTHINFO PASS secret' POST >&"$fd"
	until IFS= read -r -t 20 line <&"$fd" && [[ $line == 3[48]0* ]]; do
		[ -n "$line" ]
	done
	printf '%s\r\n' 'From: a@b.example' 'Newsgroups: test.empty' 'Subject: posted' \
		'Message-ID: <posted@b.example>' '' hello . QUIT >&"$fd"
	run -0 timeout 20 cat <&"$fd"
	assert_line --partial '240 '
	exec {fd}>&-
	run -0 talk "$INN_PORT" 'ARTICLE <posted@b.example>'
	assert_line 'Subject: posted'
}

@test "Postfix: delivers a message octet for octet" {
	printf '%s\r\n' 'From: x@y.example' 'Subject: 8-bit' '' $'gr\303\274n \344' '.one dot' 'end' >"$BATS_TEST_TMPDIR/m"
	run -0 talk "$POSTFIX_PORT" 'EHLO test' 'MAIL FROM:<a@b.example> BODY=8BITMIME' 'RCPT TO:<ok7@test.example>' \
		'RCPT TO:<nobody@test.example>' 'RCPT TO:<later@test.example>' 'RCPT TO:<c@elsewhere.example>' \
		DATA "$(sed -e 's/^\./../' -e 's/\r$//' -e '$!s/$/\r/' "$BATS_TEST_TMPDIR/m")" .
	assert_line '250-PIPELINING'
	assert_line '250 CHUNKING'
	assert_line --partial '550 5.1.1 <nobody@test.example>'
	assert_line --partial '450 4.2.1 <later@test.example>'
	assert_line --partial '554 5.7.1 <c@elsewhere.example>'
	assert_line --partial '250 2.0.0 Ok: queued'
	postfix_wait 1 ok7
	postfix_message "$(postfix_mail ok7)" >"$BATS_TEST_TMPDIR/got"
	run -0 cmp "$BATS_TEST_TMPDIR/got" <(tr -d '\r' <"$BATS_TEST_TMPDIR/m")
}

@test "Postfix: offers smtps and STARTTLS, and relays after AUTH by Dovecot" {
	local plain
	plain=$(printf '\0alice\0secret' | base64)
	run -0 tls_talk "$POSTFIX_TLS_PORT" '' 'EHLO test' "AUTH PLAIN $plain" 'MAIL FROM:<a@b.example>' 'RCPT TO:<c@elsewhere.example>'
	assert_line --partial '235 2.7.0'
	assert_line --partial '250 2.1.5'
	run -0 tls_talk "$POSTFIX_PORT" --starttls-proto=smtp 'EHLO test' 'MAIL FROM:<a@b.example>' 'RCPT TO:<c@elsewhere.example>'
	assert_line --partial '554 5.7.1'
}

@test "Postfix: submission requires TLS and AUTH" {
	local plain
	plain=$(printf '\0bob\0secret' | base64)
	run -0 talk "$POSTFIX_SUBMISSION_PORT" 'EHLO test' 'MAIL FROM:<a@b.example>'
	assert_line --partial '530 5.7.0'
	run -0 tls_talk "$POSTFIX_SUBMISSION_PORT" --starttls-proto=smtp 'EHLO test' 'MAIL FROM:<a@b.example>' \
		'RCPT TO:<ok@test.example>' RSET "AUTH PLAIN $plain" 'MAIL FROM:<a@b.example>' 'RCPT TO:<ok@test.example>'
	assert_line --partial '554 5.7.1'
	assert_line --partial '250 2.1.5'
}

@test "smtp-sink: accepts a message; an option removes PIPELINING" {
	local fd line
	exec {fd}<>"/dev/tcp/127.0.0.1/$SMTP_SINK_PORT"
	for line in 'EHLO test' 'MAIL FROM:<a@b.example>' 'RCPT TO:<c@d.example>' DATA $'Subject: sunk\r\n\r\nhello\r\n.' QUIT; do
		IFS= read -r -t 20 reply <&"$fd"
		while [[ $reply == ???-* ]]; do
			[[ $reply != *PIPELINING* ]]
			IFS= read -r -t 20 reply <&"$fd"
		done
		[[ $reply == [23]* ]]
		printf '%s\r\n' "$line" >&"$fd"
	done
	exec {fd}>&-
	run -0 cat "$SMTP_SINK_SENT"/*
	assert_output --partial 'Subject: sunk'
}

@test "fixtures: stop leaves no process and no file, even if a client is still connected" {
	needs inspect
	own_servers
	local fd port
	dovecot_start
	mailutils_start
	inn_start --innd
	postfix_start
	smtp_sink_start
	for port in $DOVECOT_POP_PORT $DOVECOT_SUBMISSION_PORT $MAILUTILS_POP_PORT $INN_PORT $INND_PORT $POSTFIX_PORT $SMTP_SINK_PORT; do
		exec {fd}<>"/dev/tcp/127.0.0.1/$port"
		IFS= read -r -t 20 _ <&"$fd"
	done
		local dirs=("$DOVECOT_DIR" "$INN_DIR" "$POSTFIX_DIR" "$SMTP_SINK_DIR" "$MAILUTILS_DIR")
	[ "$(users_of "${dirs[@]}")" -gt 10 ]
	smtp_sink_stop
	inn_stop
	postfix_stop
	mailutils_stop
	dovecot_stop
	[ "$(users_of "${dirs[@]}")" -eq 0 ]
	local dir
	for dir in "${dirs[@]}"; do
		[ ! -e "$dir" ]
	done
}

@test "fixtures: a start that fails prints the reason and leaves no process and no file" {
	own_servers
	eval "good_$(declare -f dovecot_config)"
	dovecot_config() { good_dovecot_config && echo 'no_such_setting = 1'; }
	run -1 dovecot_start
	assert_output --partial no_such_setting
	MAILUTILS_EXTRA='no-such-setting 1;' run -1 mailutils_start
	assert_output --partial no-such-setting
	eval "good_$(declare -f postfix_master)"
	postfix_master() { good_postfix_master && echo nonsense; }
	run -1 postfix_start
	assert_output --partial 'could not be started'
	INN_BIN=/nonexistent run -1 inn_start
	assert_output --partial 'could not be started'
	# nnrpd is running when innd fails to start
	inn_run_innd() { false; }
	run -1 inn_start --innd
	[ "$(users_of "$BATS_TEST_TMPDIR")" -eq 0 ]
	run -0 find "$BATS_TEST_TMPDIR" -mindepth 1
	assert_output ''
}

@test "fixtures: if a port is already in use, another one is tried" {
	needs inspect
	export taken="$DOVECOT_POP_PORT $INN_PORT $POSTFIX_PORT $SMTP_SINK_PORT $DOVECOT_POPS_PORT $POSTFIX_TLS_PORT"
	own_servers
	eval "good_$(declare -f free_ports)"
	free_ports() {
		[ -e "$BATS_TEST_TMPDIR/tried" ] && good_free_ports "$1" && return
		: >"$BATS_TEST_TMPDIR/tried"
		cut -d' ' -f"1-$1" <<<"$taken"
	}
	dovecot_start
	rm "$BATS_TEST_TMPDIR/tried"
	mailutils_start
	rm "$BATS_TEST_TMPDIR/tried"
	inn_start
	rm "$BATS_TEST_TMPDIR/tried"
	postfix_start
	rm "$BATS_TEST_TMPDIR/tried"
	smtp_sink_start
	for port in $DOVECOT_POP_PORT $MAILUTILS_POP_PORT $INN_PORT $POSTFIX_PORT $SMTP_SINK_PORT; do
		[[ " $taken " != *" $port "* ]]
	done
	run -0 talk "$INN_PORT" DATE
	assert_line --regexp '^111 '
	smtp_sink_stop
	postfix_stop
	inn_stop
	mailutils_stop
	dovecot_stop
	[ "$(users_of "$BATS_TEST_TMPDIR")" -eq 0 ]
}
