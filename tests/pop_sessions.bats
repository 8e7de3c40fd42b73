#!/usr/bin/env bats
# pop drain --commit-every: a mailbox in several sessions; pop mark: messages that are left alone.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	common_setup
	write_netrc 127.0.0.1 alice secret
	mkdir -p box/mail
}

serve()
{
	start_folder box --pop --user alice --password secret
	server=pop://127.0.0.1:$POP_PORT
}

pop()
{
	run --separate-stderr mailnet pop -s "$server" "$@"
}

left()
{
	find box/mail -type f | wc -l
}

@test "commit-every: a session for each N messages, until the mailbox is empty" {
	numbered_mails 1 7
	serve
	pop -v drain -d Mail/ --commit-every 3
	assert_success
	assert_equal "$(left)" 0
	assert_equal "$(find Mail/new -type f | wc -l)" 7
	assert_equal "$(grep -c 'round trips' <<<"$stderr")" 4
	assert_equal "$(grep -c 'QUIT$' <<<"$stderr")" 4
	pop drain -d Mail/ --commit-every 3
	assert_success
	pop drain -d Mail/ --commit-every 0
	assert_failure 64
	pop -b - <<<'drain -d Mail/ --commit-every 3'
	assert_failure 64
}

@test "commit-every: a password that can be read only once is refused before a message is fetched" {
	numbered_mails 1 3
	serve
	pop -u alice --password-fd 9 drain -d Mail/ --commit-every 1 9<<<secret
	assert_failure 64
	assert_regex "$stderr" 'the password can be read only once: use --password-command or a netrc file'
	assert_not_exists Mail/new
	assert_equal "$(left)" 3
	pop -u alice --password-command 'echo secret' drain -d Mail/ --commit-every 1
	assert_success
	assert_equal "$(left)" 0
}

@test "commit-every: --limit is for all sessions, --keep ends, and a refused message does not stop the others" {
	numbered_mails 1 7
	serve
	pop drain -d Mail/ --commit-every 2 --limit 5
	assert_success
	assert_equal "$(left)" 2
	numbered_mails 8 12
	pop drain -d Mail/ --commit-every 2 --keep 1d
	assert_success
	assert_equal "$(left)" 7
	assert_equal "$(find Mail/new -type f | wc -l)" 12
	pop drain -d '|! grep -q "message 8"' --commit-every 3 --state other
	assert_failure 69
	assert_regex "$stderr" 'message 3: .* ended with status 1'
	assert_equal "$(ls box/mail)" m000008
}

@test "commit-every: a server that does not delete ends the run" {
	session()
	{
		printf '%s\n' 'S: +OK' 'C: CAPA' 'S: -ERR' 'C: STAT' 'S: +OK 1 16' 'C: LIST' 'S: +OK' 'S: 1 16' 'S: .' \
			'C: UIDL' 'S: +OK' 'S: 1 same' 'S: .' "$@" 'S: +OK' 'S: Subject: x' 'S: ' 'S: ' 'S: .' \
			'C: DELE 1' 'S: +OK' 'C: QUIT' 'S: +OK bye'
	}
	# Each connection is served by the next script.
	cat >serve <<-END
		echo x >>count
		if [ \$(wc -l <count) = 1 ]; then command='C: RETR 1'; else command='C: TOP 1 0'; fi
		$(declare -f session)
		session "\$command" >script.\$\$
		exec '$TESTSERVER' script script.\$\$
	END
	run --separate-stderr timeout 60 "$MAILNET" pop -s pop://127.0.0.1 --auth none --tunnel 'bash ./serve' drain -d Mail/ --commit-every 1
	assert_success
	assert_equal "$(wc -l <count)" 2
	assert_equal "$(find Mail/new -type f | wc -l)" 1
}

@test "mark: later runs neither fetch nor delete the messages, for any destination" {
	numbered_mails 1 3
	serve
	pop mark
	assert_success
	refute_output
	assert_equal "$(sed 1d "$HOME"/.local/state/mailnet/pop-*[0-9] | wc -l)" 3
	cp "$HOME"/.local/state/mailnet/pop-*[0-9] marked
	pop mark
	assert_success
	cmp "$HOME"/.local/state/mailnet/pop-*[0-9] marked
	numbered_mails 4 4
	pop drain -d Mail/
	assert_success
	assert_equal "$(ls box/mail)" $'m000001\nm000002\nm000003'
	assert_equal "$(cat Mail/new/*)" "$(printf 'Subject: message 4\n\nbody\n')"
	pop fetch --new
	assert_success
	refute_output
	pop fetch
	assert_equal "$(grep -c Subject: <<<"$output")" 3
}
