#!/usr/bin/env bats
# The programs of Debian that call /usr/sbin/sendmail, in a throw-away copy of this machine.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/host
load fixtures/postfix

# shellcheck disable=SC2034 # for common_setup
file_needs=(root namespaces)

setup_file()
{
	can "${file_needs[@]}" || return 0
	common_setup
	host_make "$BATS_FILE_TMPDIR/host"
	printf 'root: admin@example.net\n' >"$HOST/etc/aliases"
	mkdir "$HOST/etc/mailnet"
	ln -sf /usr/bin/mailnet "$HOST/sbin/sendmail"
}

setup()
{
	common_setup
	mkdir served
	start_folder served --smtp
	cat >"$HOST/etc/mailnet/config" <<-END
		[sendmail]
		server = smtp://127.0.0.1:$SMTP_PORT
		domain = host.example
		aliases = /etc/aliases
	END
}

teardown()
{
	[ -z "${daemon:-}" ] || kill "$daemon" 2>/dev/null || true
	stop_servers
	postfix_stop
}

# envelope N: sender and recipients of the N-th message on one line; text N: the message.
envelope()
{
	tr -d '\r' <"served/sent/$1.env" | tr '\n' ' '
}

text()
{
	tr -d '\r' <"served/sent/$1.eml"
}

# body N: the text of the N-th message without its transfer encoding: cron of Debian 13 sends quoted-printable.
body()
{
	text "$1" | python3 -c 'import email, sys
sys.stdout.buffer.write(email.message_from_bytes(sys.stdin.buffer.read()).get_payload(decode=True))'
}

# until_sent N COMMAND...: runs a daemon until it has sent N messages.
until_sent()
{
	start_on_host "${@:2}"
	wait_until 30 test -s "served/sent/$1.eml" || {
		cat daemon.out >&2
		return 1
	}
	kill "$daemon"
	wait "$daemon" || true
	daemon=
}

@test "callers: cron mails the output of a user's job" {
	needs cron python3
	printf 'MAILTO=user,bob@example.org\n@reboot echo "out of cron"; echo . ; echo gr\303\274n\n' >tab
	on_host crontab -u user - <tab
	until_sent 1 cron -f
	assert_equal "$(envelope 1)" 'root@host.example user@host.example bob@example.org '
	assert_equal "$(text 1 | grep -c '^From: root (Cron Daemon)$')" 1
	assert_equal "$(body 1 | tail -n 3)" $'out of cron\n.\ngr\303\274n'
	on_host crontab -u user -r
}

@test "callers: atd mails the output of a job" {
	needs at
	as_user at now 2>/dev/null <<<'echo "out of at"'
	as_user batch 2>/dev/null <<<'echo "out of batch"'
	until_sent 2 atd -f -b 0 -l 1000
	assert_equal "$(envelope 1)$(envelope 2)" \
		'user@host.example user@host.example user@host.example user@host.example '
	assert_equal "$(cat served/sent/*.eml | grep -c 'out of \(at\|batch\)')" 2
}

@test "callers: mail -s of bsd-mailx and of s-nail" {
	local mail n=0
	for mail in bsd-mailx s-nail; do
		can $mail || continue
		n=$((n + 1))
		echo "body of $mail" | as_user $mail -s "subject of $mail" root carol@example.org
		assert_regex "$(envelope $n)" '^user@[^ ]+ (admin@example\.net carol@example\.org|carol@example\.org admin@example\.net) $'
		text $n | grep -q "^Subject: subject of $mail\$"
		text $n | grep -q "^body of $mail\$"
	done
	[ $n -gt 0 ] || skip 'needs bsd-mailx or s-nail: install one'
}

@test "callers: logrotate mails the log that it removes" {
	needs logrotate bsd-mailx
	mkdir -p "$HOST/log/test"
	echo 'old line' >"$HOST/log/test/a.log.1"
	echo 'new line' >"$HOST/log/test/a.log"
	printf '/var/log/test/a.log {\nrotate 1\nmail root\nmaillast\n}\n' >"$HOST/etc/rotate"
	on_host logrotate -f -m /usr/bin/bsd-mailx -s /run/rotate /etc/rotate
	assert_equal "$(envelope 1)" 'root@host.example admin@example.net '
	assert_equal "$(text 1 | tail -n 1)" 'old line'
}

@test "callers: PHP's mail() sends, with a header, parameters and a dot on a line" {
	needs php
	# shellcheck disable=SC2016 # of PHP
	run as_user php -r 'var_dump(mail("bob@example.org, root", "grün", "line\n.\nend\n",
		"From: Site <www@example.org>\r\nBcc: carol@example.org", "-fbounce@example.org"));'
	assert_success
	assert_output 'bool(true)'
	assert_equal "$(envelope 1)" 'bounce@example.org bob@example.org admin@example.net carol@example.org '
	refute grep -qi '^bcc' <(text 1)
	assert_equal "$(text 1 | sed '1,/^$/d')" $'line\n.\nend'
	# A relay that refuses, and a relay that is down.
	# shellcheck disable=SC2016
	run as_user php -r 'var_dump(mail("refuse@example.org", "s", "t"));'
	assert_line 'bool(false)'
	stop_servers
	# shellcheck disable=SC2016
	run as_user php -r 'var_dump(mail("bob@example.org", "s", "t"));'
	assert_line 'bool(false)'
}

@test "callers: the command lines of mdadm and of smartd" {
	# mdadm --monitor writes this to popen("/usr/sbin/sendmail -t").
	printf 'From: mdadm monitoring <root>\nTo: root\nSubject: Fail event on /dev/md0:host\n\nThis is an automatically generated mail message\n' |
		on_host sh -c '/usr/sbin/sendmail -t'
	assert_equal "$(envelope 1)" 'root@host.example admin@example.net '
	text 1 | grep -q '^From: mdadm monitoring <root@host.example>$' || text 1 | grep -q '^From: mdadm monitoring <root>$'
	# smartd's run.d/10mail: mail -s SUBJECT ADDRESS... <FILE
	needs bsd-mailx
	echo 'The following warning/error was logged' >"$HOST/run/input"
	on_host sh -c "/usr/bin/bsd-mailx -s 'SMART error (EmailTest) detected on host: host' root </run/input"
	assert_equal "$(envelope 2)" 'root@host.example admin@example.net '
	assert_equal "$(text 2 | grep -c '^Subject: SMART error (EmailTest) detected on host: host$')" 1
}

# ---- a host that sends by a relay with a login -------------------------------

# recipe WORDS: the commands of mailnet-examples(7) that contain WORDS, with the values of this test. They write the
# files that the page shows before them.
recipe()
{
	mkdir -p recipes
	"$top_srcdir/tests/lib/examples" "$top_srcdir/man/mailnet-examples.7" recipes
	sed -e "s#^server = submissions://me@mail.example.org#server = ${RELAY_URL}\ntls = starttls\ntls-ca = /etc/ca.pem#" \
		-e 's#^domain = .*#domain = test.example#' -e 's#^root: .*#root: alice@test.example\nuser: bob@test.example#' \
		-e 's#^log = .*#log = /var/log/mailnet#' "$(grep -lF -e "$1" recipes/*)"
}

# relay PORT: from now on the relay is at this port.
relay()
{
	RELAY_URL=submission://alice@localhost:$1
	sed -i "s#^server = .*#server = $RELAY_URL#" "$HOST/etc/mailnet/config"
}

# waiting N: are N messages in the spool?
waiting()
{
	[ "$(find "$HOST/spool/mailnet/new" -type f | wc -l)" -eq "$1" ]
}

@test "callers: mailnet diverts Postfix's sendmail, ten mails wait for the relay, and Postfix gets them by STARTTLS and a login" {
	needs postfix mandoc cron php bsd-mailx
	local i
	postfix_start
	host_make "$BATS_TEST_TMPDIR/host"
	cp "$CA_FILE" "$HOST/etc/ca.pem"
	mkdir "$HOST/etc/mailnet"
	(umask 077 && echo secret >"$HOST/etc/mailnet/password")
	RELAY_URL=submission://alice@localhost:$POSTFIX_CYRUS_PORT

	# The commands of the manual.
	recipe dpkg-divert | on_host sh -e
	assert_equal "$(on_host dpkg-divert --truename /usr/sbin/sendmail)" /usr/sbin/sendmail.distrib
	assert_equal "$(readlink "$HOST/sbin/sendmail.distrib")" /mnt/sbin/sendmail
	recipe 'The relay works' | on_host sh -e
	postfix_wait 1 alice

	# The relay is down, and ten programs send.
	relay 1
	printf '@reboot echo "message 1"\n' | on_host crontab -u user -
	start_on_host cron -f
	wait_until 30 waiting 1
	kill "$daemon"
	wait "$daemon" || true
	daemon=
	for i in 2 3 4; do
		echo "message $i" | as_user mail -s "mail -s" root
	done
	for i in 5 6 7; do
		as_user php -r "mail('root', 'PHP', 'message $i') || exit(1);"
	done
	for i in 8 9 10; do
		printf 'To: root\nSubject: x\n\nmessage %d\n' "$i" | as_user /usr/sbin/sendmail -t
	done
	run on_host mailq
	assert_success
	assert_equal "${#lines[@]}" 10
	assert_equal "$(grep -c ' <user@test.example> alice@test.example -$' <<<"$output")" 9
	assert_line --regexp ' <root@test.example> bob@test.example -$'
	run as_user /usr/sbin/mailq
	assert_failure 73
	run on_host /usr/sbin/sendmail -q
	assert_failure 75
	run on_host mailq
	assert_equal "${#lines[@]}" 10

	# It is back: what the timer and the cron line run sends all.
	relay "$POSTFIX_CYRUS_PORT"
	run on_host sh -c "$(recipe mailnet-flush.timer | sed -n 's/^ExecStart=//p')"
	assert_success
	assert_equal "$(grep -c ' delivered$' <<<"$output")" 10
	run on_host mailq
	assert_output 'queue is empty'
	postfix_wait 10 alice
	postfix_wait 1 bob
	assert_equal "$(postfix_mail | xargs grep -ho '^message [0-9]*$' | sort -t ' ' -k 2n)" "$(printf 'message %d\n' {1..10})"
	# Postfix has seen TLS and the login; the log has a line with the owner for each message.
	assert_equal "$(postfix_mail | xargs grep -l 'with ESMTPSA' | wc -l)" 11
	grep -q 'sasl_username=alice' "$POSTFIX_DIR/log"
	assert_equal "$(grep -c ' owner=user .*reply="250 .* outcome=delivered exit=0$' "$HOST/log/mailnet")" 10
	assert_equal "$(grep -c ' outcome=delivered exit=0$' "$HOST/log/mailnet")" 11
	refute grep -q secret "$HOST/log/mailnet"
}
