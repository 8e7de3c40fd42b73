#!/usr/bin/env bats
# pop against a real GNU Mailutils pop3d: mbox files, APOP, STLS, no SASL, one session a mailbox.

bats_require_minimum_version 1.5.0
load lib/common
load fixtures/mailutils

# shellcheck disable=SC2034 # for common_setup
file_needs=(mailutils jq)

setup_file()
{
	can "${file_needs[@]}" || return 0
	common_setup
	mailutils_start
}

teardown_file()
{
	mailutils_stop
}

setup()
{
	common_setup
	export CA_FILE
	write_netrc localhost alice@test.example secret
	pop=pop://localhost:$MAILUTILS_POP_PORT
	: >"$(mailutils_mbox alice)"
}

pop()
{
	run --separate-stderr mailnet pop -s "$pop" "$@"
}

# The Maildir holds the messages that mailutils_mail has made, each once, if the fields that the server added to their
# headers are ignored.
assert_stored()
{
	plain "$MAILUTILS_DIR/sent.alice" >want
	plain "$1" >got
	run diff want got
	assert_success
}

# Five messages with a body: to a message without a body the server adds an empty line when it writes its fields.
mails()
{
	mailutils_mail alice 5
}

# Print one digest for each message, with a line end at its end as in an mbox.
plain()
{
	# shellcheck disable=SC2016 # for perl
	find "$1" -type f -print0 | xargs -0 perl -MDigest::SHA=sha256_hex -0777 -ne '
		s/(?<!\n)\z/\n/;
		my ($head, $rest) = /\A(.*?\n)(\n.*|)\z/s;
		$head =~ s/^(X-UIDL|X-UID|X-IMAPbase|Status): .*\n//mg;
		print sha256_hex($head . $rest), "\n"' | sort
}

@test "mailutils: capa prints the capabilities unchanged" {
	pop capa
	assert_success
	assert_line UIDL
	assert_line PIPELINING
	refute_line --partial SASL
	# The capability lacks the blank that RFC 2449 requires, so its name is unknown.
	assert_line EXPIRENEVER
	pop has stls
	assert_success
	pop has EXPIRE
	assert_failure 1
	pop info
	assert_success
	assert_line --partial 'GNU Mailutils'
}

@test "mailutils: every mechanism that it offers logs in, in clear and over TLS" {
	local way
	mailutils_mail alice 3
	for way in '--auth user' '--auth apop' '--tls starttls --tls-ca CA' '--tls starttls --tls-ca CA --auth apop' '--no-capa'; do
		# shellcheck disable=SC2086 # words
		pop ${way/CA/$CA_FILE} stat
		assert_success
		assert_output --regexp '^3 [0-9]+$'
	done
	pop=pops://localhost:$MAILUTILS_POPS_PORT
	pop --tls-ca "$CA_FILE" stat
	assert_success
	pop stat
	assert_failure 77
	pop --tls-ca "$CA_FILE" --auth plain stat
	assert_failure 77
}

@test "mailutils: a wrong password exits 77 after one attempt" {
	local way
	printf 'machine localhost login alice@test.example password wrong\n' >"$HOME/.netrc"
	for way in user apop; do
		pop --auth $way -v stat
		assert_failure 77
		assert_equal "$(grep -cE '> (PASS|APOP)' <<<"$stderr")" 1
		assert_regex "$stderr" '\[AUTH\]'
	done
}

@test "mailutils: a mailbox in use exits 75" {
	mailutils_mail alice 1
	coproc mailnet pop -s "$pop" -b - 2>&1
	echo stat >&"${COPROC[1]}"
	read -r answer <&"${COPROC[0]}"
	assert_regex "$answer" '^1 [0-9]+$'
	pop drain -d Mail/
	assert_failure 75
	assert_regex "$stderr" '\[IN-USE\]'
	echo quit >&"${COPROC[1]}"
	wait "$COPROC_PID"
	pop drain -d Mail/
	assert_success
}

@test "mailutils: a login too soon after the last one exits 75" {
	# The server's notes must be in a file that no other user can read; the server does not create this file.
	: >none
	popauth --create --file none --output "$PWD/logins"
	(
		export BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR
		unset MAILUTILS_DIR
		MAILUTILS_EXTRA="login-delay 600; stat-file \"$PWD/logins\";" mailutils_start
		trap mailutils_stop EXIT
		pop=pop://localhost:$MAILUTILS_POP_PORT
		pop stat
		assert_success
		pop -v stat
		assert_failure 75
		assert_regex "$stderr" '\[LOGIN-DELAY\]'
		assert_equal "$(grep -c '> PASS' <<<"$stderr")" 1
	)
}

@test "mailutils: list, uidl, top and retr agree with each other" {
	mailutils_mail alice 6
	# Sizes include the fields that the server adds at the end of a session.
	pop retr 2
	pop uidl
	assert_success
	assert_equal "${#lines[@]}" 6
	pop --json list
	size=$(jq .octets <<<"${lines[1]}")
	pop --json retr 2
	assert_equal "$(jq .octets <<<"$output")" "$size"
	pop top 2 0
	assert_success
	assert_line 'Subject: message 2'
	refute_line .
	# The server's TOP has an extra empty line.
	pop top 2 3
	assert_equal "$(sed '1,/^$/d' <<<"$output" | sed '/^$/d')" $'.\n..\n.one dot at the start of line of message 2'
	pop uidl 2
	assert_output --regexp '^2 [^ ]+$'
	uid=$output
	pop uidl
	assert_line "$uid"
	pop list 2
	assert_output "2 $size"
	for verb in 'retr 9' 'top 9 1' 'list 9' 'uidl 9' 'dele 9' 'retr 0'; do
		# shellcheck disable=SC2086 # words
		pop $verb
		assert_failure 1
	done
}

@test "mailutils: dele deletes; rset and a failure undo deletions" {
	mailutils_mail alice 4
	run mailnet pop -s "$pop" -b - <<<$'dele 1 2\nstat\nretr 1'
	assert_failure 1
	assert_equal "$(mailutils_count alice)" 4
	run mailnet pop -s "$pop" -b - <<<$'dele 1 2\nrset\ndele 4'
	assert_success
	assert_equal "$(mailutils_count alice)" 3
	run mailnet pop -s "$pop" -b - <<<$'dele 1\n-dele 1\nquit'
	assert_success
	assert_equal "$(mailutils_count alice)" 2
}

@test "mailutils: retr prints lines that begin with dots and From, and a last line without line end, unchanged" {
	printf 'Subject: a\n\n.\n..\n.dot\nFrom here\n>From there\n' >one
	printf 'Subject: b\n\nnot ended' >two
	mailutils_mail_file alice one two
	pop retr 1 2
	run mailnet pop -s "$pop" retr 1
	assert_success
	assert_equal "$(sed '1,/^$/d' <<<"$output")" "$(sed '1,/^$/d' one)"
	run mailnet pop -s "$pop" retr 2
	assert_equal "$(sed '1,/^$/d' <<<"$output")" 'not ended'
}

@test "mailutils: a large mailbox is drained octet for octet, in six round trips" {
	mailutils_mail alice 1500 2000
	pop -v drain -d Mail/
	assert_success
	refute_output
	assert_regex "$stderr" '[*] 6 round trips'
	assert_stored Mail
	assert_equal "$(mailutils_count alice)" 0
	pop drain -d Mail/
	assert_success
}

@test "mailutils: an empty mailbox is success" {
	for verb in stat list uidl fetch 'drain -d Mail/'; do
		# shellcheck disable=SC2086 # words
		pop $verb
		assert_success
	done
}

@test "mailutils: header fields that it adds do not make a stored message new" {
	mails
	for _ in 1 2 3; do
		pop fetch --new -d Mail/
		assert_success
		assert_stored Mail
	done
	# From now on the sizes do not change.
	pop -v fetch --new -d Mail/
	refute_regex "$stderr" RETR
	pop -v drain -d Mail/
	assert_success
	refute_regex "$stderr" RETR
	assert_equal "$(mailutils_count alice)" 0
	assert_stored Mail
}

@test "mailutils: drain --keep stores each message once" {
	mails
	pop drain -d Mail/ --keep 1h
	pop drain -d Mail/ --keep 1h
	assert_success
	assert_stored Mail
	assert_equal "$(mailutils_count alice)" 5
}

# drained: the session of a run that was killed may not be over yet.
drained()
{
	pop drain -d Mail/ --state journal
	[ "$status" -ne 75 ]
}

@test "mailutils: a drain killed at any time stores each message exactly once" {
	needs strace
	local calls=write,sendto,recvfrom,fsync,fdatasync,syncfs,renameat,renameat2,unlinkat k=1 killed=0
	export ASAN_OPTIONS=detect_leaks=0 MAILNET_GROUP=2
	while :; do
		mails
		rm -rf Mail journal
		run strace -qq -o trace -e inject=$calls:signal=KILL:when=$k \
			"$MAILNET" pop -s "$pop" drain -d Mail/ --state journal
		[ "$status" -ne 0 ] || break
		assert_equal "$status" 137
		killed=$((killed + 1))
		wait_until 60 drained
		assert_success
		assert_stored Mail
		assert_equal "$(mailutils_count alice)" 0
		k=$((k + 2))
	done
	echo "# killed at $killed calls" >&3
	[ "$killed" -ge 10 ]
}
