#!/usr/bin/env bats
# The configuration files: their places, sections and keys, precedence, accounts.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/smtp

# config <TEXT: the user's own configuration file.
config()
{
	mkdir -p "$HOME/.config/mailnet"
	cat >"$HOME/.config/mailnet/config"
}

# shown APPLET-ARGUMENTS...: the output of --print-config, without tabs and comments.
shown()
{
	run --separate-stderr mailnet "$@" --print-config
	assert_success
}

@test "config: a key of the applet's section is used, with its file and line" {
	config <<-'END'
		# mine
		[pop]
		server = pops://me@pop.example.net
		timeout = 30

		[nntp]
		timeout = 99
	END
	shown pop
	assert_line "server = pops://me@pop.example.net	# $HOME/.config/mailnet/config:3"
	assert_line "timeout = 30	# $HOME/.config/mailnet/config:4"
	refute_output --partial 99
}

@test "config: an option comes from the command line, the environment, the account or the section, in this order" {
	config <<-'END'
		[pop home]
		server = pop://home.example
		timeout = 20
		[pop]
		server = pop://section.example
		timeout = 30
		deadline = 300
		quiet = yes
	END
	shown pop
	assert_line --partial 'server = pop://section.example'
	MAILNET_POP=pop://env.example shown pop
	assert_line 'server = pop://env.example	# '"\$MAILNET_POP"
	MAILNET_POP=home shown pop
	assert_line --partial 'server = pop://home.example'
	assert_line --partial 'timeout = 20'
	assert_line --partial 'deadline = 300'
	MAILNET_POP=home shown pop -s pop://given.example --timeout 5
	assert_line 'server = pop://given.example	# command line'
	assert_line 'timeout = 5	# command line'
	refute_line --partial 'timeout = 30'
	assert_equal "$(grep -c '^server = ' <<<"$output")" 1
	shown pop -s home --deadline 7
	assert_equal "$(grep -c '^server = ' <<<"$output")" 1
	assert_line --partial 'server = pop://home.example'
	assert_line 'deadline = 7	# command line'
}

@test "config: an account disables a flag of its section, and options that exclude a given one are dropped" {
	config <<-'END'
		[pop home]
		server = pop://h
		no-capa = no
		[pop]
		no-capa = yes
		no-netrc = yes
		ipv6 = yes
		password-command = false
	END
	shown pop -s home -4 --netrc x --password-fd 3
	assert_line --partial 'no-capa = no'
	refute_line --partial 'no-capa = yes'
	refute_line --partial 'no-netrc'
	refute_line --partial 'ipv6'
	refute_line --partial 'password-command'
}

@test "config: all values of a repeatable key come from the first place that has any" {
	config <<-END
		[pop home]
		server = pop://h
		tls-pin = sha256:$(printf '%064d' 1)
		tls-pin = sha256:$(printf '%064d' 2)
		[pop]
		tls-pin = sha256:$(printf '%064d' 3)
	END
	shown pop -s home
	assert_equal "$(grep -c tls-pin <<<"$output")" 2
	refute_output --partial "$(printf '%064d' 3)"
	shown pop -s home --tls-pin "sha256:$(printf '%064d' 4)"
	assert_equal "$(grep -c tls-pin <<<"$output")" 1
}

@test "config: --config, \$MAILNET_CONFIG, XDG_CONFIG_HOME, --no-config name the files" {
	config <<<$'[pop]\nserver = pop://own'
	mkdir -p xdg/mailnet
	printf '[pop]\nserver = pop://xdg\n' >xdg/mailnet/config
	printf '[pop]\nserver = pop://one\n' >one
	printf '[pop]\nserver = pop://two\n' >two
	XDG_CONFIG_HOME=$PWD/xdg shown pop
	assert_output --partial 'pop://xdg'
	XDG_CONFIG_HOME=xdg shown pop # a relative path is ignored
	assert_output --partial 'pop://own'
	MAILNET_CONFIG=one shown pop
	assert_output --partial 'pop://one'
	MAILNET_CONFIG=one shown pop --config two
	assert_output --partial 'pop://two'
	MAILNET_CONFIG='' shown pop
	assert_output ''
	shown pop --no-config
	refute_output --partial 'pop://'
	run --separate-stderr mailnet pop --config nofile stat
	assert_failure 78
	assert_regex "$stderr" '--config: nofile: No such file'
	MAILNET_CONFIG=nofile run --separate-stderr mailnet pop stat
	assert_regex "$stderr" 'MAILNET_CONFIG: nofile: No such file'
	run --separate-stderr mailnet pop --netrc nofile -s pop://localhost stat
	assert_failure 78
	assert_regex "$stderr" '--netrc: nofile: No such file'
	run --separate-stderr mailnet pop --config one --no-config stat
	assert_failure 64
	assert_equal "$stderr" 'mailnet pop: --config and --no-config exclude each other'
}

@test "config: options that exclude or need each other are checked when the files have set theirs" {
	config <<-'END'
		[smtp]
		tls-cert = cert.pem
		[pop]
		netrc = own
		no-netrc = yes
	END
	shown smtp --tls-key key.pem
	assert_line --partial 'tls-cert = cert.pem'
	assert_line --partial 'tls-key = key.pem'
	run --separate-stderr mailnet pop stat
	assert_failure 78
	assert_regex "$stderr" '/config:5: --netrc and --no-netrc exclude each other$'
	config <<<$'[pop]\nno-netrc = no\nnetrc = own'
	shown pop
	assert_line --partial 'netrc = own'
	config <<<$'[smtp]\ntls-key = key.pem'
	run --separate-stderr mailnet smtp ehlo
	assert_failure 78
	assert_regex "$stderr" '/config:2: --tls-key needs --tls-cert$'
}

@test "config: if the server is neither a host nor an account, the message names the file and a similar account" {
	config <<-'END'
		[smtp work]
		server = smtp://work.example
		[pop home]
		server = pop://home.example
	END
	local name
	while IFS='|' read -r name why; do
		run --separate-stderr mailnet smtp -s "$name" ehlo
		assert_failure 68
		assert_regex "$stderr" "^mailnet smtp: $name: .*no account \\[smtp $name\\] in $HOME/.config/mailnet/config$why\\)\$"
	done <<-'END'
		wrk|; did you mean 'work'\?
		home|; there is one for pop
		elsewhere|
	END
	run --separate-stderr mailnet smtp -s smtp://nowhere.invalid ehlo
	assert_failure 68
	refute_regex "$stderr" account
	: >empty
	run --separate-stderr mailnet smtp --config empty -s work ehlo
	assert_failure 68
	assert_regex "$stderr" 'no account \[smtp work\] in empty\)$'
}

# refused PATTERN <TEXT: the text is refused with 78, file, line and that pattern, whatever the applet.
refused()
{
	config
	run --separate-stderr mailnet nntp -s nntp://127.0.0.1:1 date
	assert_failure 78
	# shellcheck disable=SC2154 # run sets it
	assert_regex "$stderr" "^mailnet nntp: $HOME/.config/mailnet/config:$1\$"
	assert_equal "${#stderr_lines[@]}" 1
}

@test "config: unknown sections and keys are refused, and the nearest name is suggested" {
	refused "1: unknown section '\[ppp\]' \(did you mean '\[pop\]'\?\)" <<<'[ppp]'
	refused "1: unknown section '\[imap4\]': .*" <<<'[imap4]'
	refused "2: unknown key 'timout' \(did you mean 'timeout'\?\)" <<<$'[pop]\ntimout = 3'
	refused "2: unknown key 'compress' .*" <<<$'[pop]\ncompress = on'
	refused "2: unknown key 'config' .*" <<<$'[pop]\nconfig = x'
	refused "2: a password is not accepted in this file: .*" <<<$'[pop x]\npassword = geheim'
	refused "3: duplicate key 'user' \(first in line 2\)" <<<$'[pop]\nuser = a\nuser = b'
	refused "1: sendmail has no accounts of its own: .*" <<<'[sendmail x]'
	refused "1: .* before the first section .*" <<<'user = me'
}

@test "config: a bad value is refused with its line, by the applet that would use it" {
	config <<<$'[nntp]\ntimeout = soon\n[pop]\nreader = yes'
	run --separate-stderr mailnet pop -s pop://127.0.0.1:1 stat
	assert_failure 78
	config <<<$'[nntp]\ntimeout = soon\n[pop]\nno-capa = maybe'
	run --separate-stderr mailnet nntp -s nntp://127.0.0.1:1 date
	assert_failure 78
	assert_regex "$stderr" "config:2: timeout: 'soon' is not a number"
	run --separate-stderr mailnet pop -s pop://127.0.0.1:1 stat
	assert_failure 78
	assert_regex "$stderr" "config:4: no-capa must be yes or no, not 'maybe'"
	config <<<$'[nntp]\nserver = http://x'
	run --separate-stderr mailnet nntp date
	assert_failure 78
	assert_regex "$stderr" "config:2: server: "
	config <<<$'[nntp x]\ntimeout = 3'
	run --separate-stderr mailnet nntp -s x date
	assert_failure 78
	assert_regex "$stderr" "the account 'x' has no server: add 'server = URL' to \[nntp x\]"
}

@test "config: a file that other users can write, or of another user, is refused" {
	config <<<'[pop]'
	local mode
	for mode in 620 602 666; do
		chmod "$mode" "$HOME/.config/mailnet/config"
		run --separate-stderr mailnet pop -s pop://127.0.0.1:1 stat
		assert_failure 78
		assert_regex "$stderr" "other users can write to the file \(chmod go-w "
	done
	chmod 644 "$HOME/.config/mailnet/config"
	shown pop
	needs root
	chown 65534 "$HOME/.config/mailnet/config"
	run --separate-stderr mailnet pop -s pop://127.0.0.1:1 stat
	assert_failure 78
	assert_regex "$stderr" 'belongs to another user'
}

@test "config: --accounts lists the accounts" {
	config <<-'END'
		[smtp]
		timeout = 3
		[smtp work]
		server = submissions://me@mail.example.org
		[pop home]
		server = pops://me@pop.example.net
	END
	run --separate-stderr mailnet --accounts
	assert_success
	assert_output "smtp work submissions://me@mail.example.org
pop home pops://me@pop.example.net"
	run --separate-stderr mailnet --accounts x
	assert_failure 64
}

@test "config: --accounts and --print-config do not show a password that is in a URL" {
	config <<<$'[pop home]\nserver = pops://me:sesam@pop.example.net'
	run --separate-stderr mailnet --accounts
	assert_output 'pop home pops://me:***@pop.example.net'
	run --separate-stderr mailnet pop -s home --print-config
	assert_line --partial 'server = pops://me:***@pop.example.net'
	refute_output --partial sesam
}

@test "config: an account is used with its options, alone and in a batch" {
	local command
	for command in 'stat' '-b batch'; do
		echo stat >"batch"
		start_script <<-'END'
			S: +OK hello
			C: STAT
			S: +OK 1 2
			C: QUIT
			S: +OK
		END
		config <<-END
			[pop home]
			server = pop://127.0.0.1:$PORT
			auth = none
			no-capa = yes
		END
		# shellcheck disable=SC2086 # one word or two
		run --separate-stderr mailnet pop -s home $command
		assert_success
		assert_output '1 2'
		assert_script_ok
	done
}

@test "config: the connect record of a JSON batch names host and account, also if connecting fails" {
	start_script <<-'END'
		S: +OK hello
		C: QUIT
		S: +OK
	END
	config <<-END
		[pop home]
		server = pop://127.0.0.1:$PORT
		auth = none
		no-capa = yes
		[pop down]
		server = pop://127.0.0.1:1
	END
	run --separate-stderr mailnet pop -s home --json -b - </dev/null
	assert_success
	assert_output '{"done": {"verb": "connect", "code": null, "text": "+OK hello", "host": "127.0.0.1", "account": "home", "exit": 0}}'
	run --separate-stderr mailnet pop -s down --json -b - </dev/null
	assert_failure 75
	assert_equal "$(jq -r '.done | "\(.host) \(.account) \(.exit)"' <<<"$output")" '127.0.0.1 down 75'
	# Without an account the record is that of every other verb.
	run --separate-stderr mailnet pop -s pop://127.0.0.1:1 --json -b - </dev/null
	assert_equal "$(jq -r '.done | keys | join(" ")' <<<"$output")" 'code exit text verb'
}

# sends_from SENDER OPTION...: send a message; only the account "work" leads to the server that runs.
sends_from()
{
	local from=$1
	shift
	printf 'From: %s\nTo: bob@test.example\n\nx\n' "$from" >m
	start_script <<-END
		S: 220 mx.example ESMTP
		C: EHLO account.example
		S: 250 mx.example
		C: MAIL FROM:<$from>
		S: 550 not today
		C: QUIT
		S: 221 bye
	END
	config <<-END
		[smtp]
		server = smtp://127.0.0.1:1
		auth = none
		helo = section.example
		[smtp other]
		server = smtp://127.0.0.1:1
		sender = x@y.example
		[smtp work]
		server = smtp://127.0.0.1:$PORT
		helo = account.example
		sender = boss@test.example,
		    *@Work.example
	END
	run --separate-stderr mailnet smtp send -m m "$@"
}

@test "config: the sender of a message chooses the account" {
	local from
	for from in boss@test.example bob@work.example; do
		sends_from "$from"
		assert_failure 69
		assert_script_ok
	done
	sends_from other@test.example
	assert_failure 75
	sends_from boss@test.example -s smtp://127.0.0.1:1
	assert_failure 75
	MAILNET_SMTP=smtp://127.0.0.1:1 sends_from boss@test.example
	assert_failure 75
	sends_from other@test.example -s work --helo account.example
	assert_script_ok
}

@test "config: the sender chooses the account also if server of the section is the name of an account" {
	local from section
	for from in boss other; do
		for section in smtp sendmail; do
			start_script <<-END
				S: 220 mx.example ESMTP
				C: EHLO $from.example
				S: 250 mx.example
				C: MAIL FROM:<$from@test.example>
				S: 550 not today
				C: QUIT
				S: 221 bye
			END
			config <<-END
				[$section]
				server = other
				auth = none
				[smtp other]
				server = smtp://127.0.0.1:$PORT
				helo = other.example
				[smtp boss]
				server = smtp://127.0.0.1:$PORT
				auth = none
				helo = boss.example
				sender = boss@*
			END
			if [ $section = smtp ]; then
				run mailnet smtp send -f $from@test.example bob@test.example <<<$'\nx'
			else
				run mailnet sendmail -f $from@test.example bob@test.example <<<$'\nx'
			fi
			assert_failure 69
			assert_script_ok
		done
	done
	# Each message of a spool goes by its own account, the others by that of the section.
	for from in boss other; do
		run mailnet smtp -s smtp://127.0.0.1:1 send --spool sp -f $from@test.example bob@test.example <<<$'\nx'
		assert_success
	done
	mkdir box
	start_folder box --smtp
	config <<-END
		[smtp]
		server = other
		[smtp other]
		server = smtp://127.0.0.1:1
		[smtp boss]
		server = smtp://127.0.0.1:$SMTP_PORT
		sender = boss@*
	END
	run mailnet smtp flush sp
	assert_failure 75
	assert_line --regexp ' delivered$'
	assert_line --regexp ' later: 127\.0\.0\.1: cannot connect'
	assert_equal "$(head -n 1 box/sent/*.env)" boss@test.example
}

@test "config: /dev/null is an empty file" {
	config <<<$'[pop]\ntimeout = 9'
	shown pop --config /dev/null
	assert_output ''
	MAILNET_CONFIG=/dev/null shown pop
	assert_output ''
	MAILNET_CONFIG=/dev/zero run mailnet pop --print-config
	assert_failure 78
	assert_output --partial '/dev/zero: not a regular file'
}

@test "config: an account that the sender chooses gives its options of send, too" {
	printf 'From: boss@test.example\nTo: bob@test.example\n\nx\n' >m
	config <<-END
		[smtp]
		server = smtp://127.0.0.1:1
		spool = $PWD/section
		[smtp work]
		server = smtp://127.0.0.1:1
		timeout = 7
		sender = boss@*
		spool = $PWD/account
		dsn-envid = of-the-account
	END
	run --separate-stderr mailnet smtp send <m
	assert_success
	assert_regex "$stderr" "stored in $PWD/account"
	run --separate-stderr mailnet sendmail -t <m
	assert_success
	run --separate-stderr mailnet sendmail -bs <<-END
		EHLO here
		MAIL FROM:<boss@test.example>
		RCPT TO:<bob@test.example>
		DATA
		Subject: dialogue

		x
		.
		QUIT
	END
	assert_success
	assert_equal "$(cat account/new/* | grep -c '^mail ENVID=of-the-account')" 2
	assert_equal "$(find account/new -type f | wc -l)" 3
	assert [ ! -e section ]
	run --separate-stderr mailnet smtp send --spool given -m m
	assert_success
	assert_equal "$(find given/new -type f | wc -l)" 1
	run --separate-stderr mailnet smtp --print-config send -f boss@test.example
	assert_line '# account work'
	assert_line --partial 'timeout = 7'
	assert_line --partial "spool = $PWD/account"
	refute_line --partial "$PWD/section"
}

@test "config: a message is stored in the spool of the account that its sender chooses, also in the sandbox" {
	printf 'From: boss@test.example\nTo: bob@test.example\n\nx\n' >m
	start_script <<-'END'
		S: 220 mx.example ESMTP
		C~ EHLO .*
		S: 250 mx.example
		C: MAIL FROM:<boss@test.example>
		S: 451 not now
		C: QUIT
		S: 221 bye
	END
	config <<-END
		[smtp work]
		server = smtp://127.0.0.1:$PORT
		auth = none
		sender = boss@*
		spool = $PWD/account
	END
	run --separate-stderr mailnet smtp send -m m
	assert_success
	assert_regex "$stderr" "stored in $PWD/account: .*451 not now"
	assert_equal "$(find account/new -type f | wc -l)" 1
}

@test "config: flush uses the account that the senders of all messages choose; the account's log is written" {
	local i
	printf 'From: boss@test.example\nTo: bob@test.example\n\nx\n' >m
	mkdir box
	start_folder box --smtp
	config <<-END
		[smtp]
		server = smtp://127.0.0.1:1
		auth = none
		[smtp work]
		server = smtp://127.0.0.1:$SMTP_PORT
		sender = boss@*
		log = $PWD/log
	END
	for i in 1 2; do
		run mailnet smtp -s smtp://127.0.0.1:1 send --spool spool -m m
		assert_success
	done
	run mailnet smtp flush spool
	assert_success
	assert_equal "$(grep -c 'verb=flush .* outcome=delivered' log)" 2
	run mailnet smtp send -m m
	assert_success
	assert_equal "$(grep -c 'verb=send .* outcome=delivered' log)" 1
	# Another sender has no account: its message goes to the server of the section, boss's to the account's.
	for i in boss other boss; do
		run mailnet smtp -s smtp://127.0.0.1:1 send -f $i@test.example --spool spool -m m
	done
	run mailnet smtp flush spool
	assert_failure 75
	assert_regex "${lines[0]} ${lines[1]}" '^[^ ]+ delivered [^ ]+ delivered$'
	assert_regex "${lines[2]}" '^[^ ]+ later: 127.0.0.1: .*port 1: Connection refused$'
	assert_equal "${#lines[@]}" 4
	assert_equal "$(grep -c 'verb=flush .* outcome=delivered' log)" 4
	assert_equal "$(find spool/new -type f | wc -l)" 1
	# With a server on the command line no sender chooses.
	run mailnet smtp -s smtp://127.0.0.1:1 flush spool
	assert_failure 75
	assert_equal "$(find spool/new -type f | wc -l)" 1
}

@test "config: flush sends each message over the account of its sender" {
	local account
	mkdir a b
	for account in a b; do
		start_folder $account --smtp --user $account --password secret --require-auth
		cat >>accounts <<-END
			[smtp $account]
			server = smtp://$account@127.0.0.1:$SMTP_PORT
			sender = *@$account.example
			password-command = touch ran.$account; echo secret
			log = $PWD/log.$account
		END
	done
	config <<-END
		[smtp]
		server = smtp://127.0.0.1:1
		$(cat accounts)
		[smtp c]
		sender = *@c.example
	END
	for account in a b c b a; do
		printf 'From: me@%s.example\nTo: bob@test.example\n\nx\n' $account |
			mailnet smtp -s smtp://127.0.0.1:1 send --spool spool
	done
	run mailnet smtp -v flush spool
	assert_failure 78
	assert_output --partial "the account 'c' has no server"
	for account in a b; do
		assert_equal "$(find $account -name '*.env' | wc -l)" 2
		assert_exists ran.$account
		assert_equal "$(grep -c " user=$account .* outcome=delivered" log.$account)" 2
	done
	assert_equal "$(grep -c outcome=delivered log.a log.b)" $'log.a:2\nlog.b:2'
	assert_equal "$(find spool/new -type f | wc -l)" 1
}

@test "config: a bad value of an option of send is refused with its file and line" {
	local line
	printf 'From: a@test.example\nTo: bob@test.example\n\nx\n' >m
	for line in 'eightbit = maybe' 'smtputf8 = on' 'dsn-notify = often' 'dsn-ret = all' 'from = a b@c' \
		'dsn-envid =' 'mail-param = A B' 'spool ='; do
		config <<<$'[smtp]\n\n'"$line"
		run --separate-stderr mailnet smtp -s smtp://127.0.0.1:1 send -m m
		assert_failure 78
		assert_regex "$stderr" "$HOME/.config/mailnet/config:3: ${line%% *}: "
	done
	config <<<$'[sendmail]\nqueue = never'
	run --separate-stderr mailnet sendmail -t <m
	assert_failure 78
	assert_regex "$stderr" "$HOME/.config/mailnet/config:2: queue: "
}

@test "config: options of send in the file are used unless the command line gives them" {
	printf 'From: a@test.example\nTo: bob@test.example\n\nx\n' >m
	config <<-END
		[smtp]
		server = smtp://127.0.0.1:1
		auth = none
		spool = $PWD/spool
	END
	run --separate-stderr mailnet smtp send -m m
	assert_success
	assert_equal "$(find spool/new -type f | wc -l)" 1
	run --separate-stderr mailnet smtp send --spool other -m m
	assert_success
	assert_equal "$(find other/new -type f | wc -l)" 1
	echo 'send -m m' >"batch"
	run --separate-stderr mailnet smtp -b batch
	assert_failure 75 # the session comes first
	run --separate-stderr mailnet smtp --print-config
	assert_line "spool = $PWD/spool	# $HOME/.config/mailnet/config:4"
	run --separate-stderr mailnet smtp --print-config send --spool other
	assert_line 'spool = other	# command line'
	refute_line --partial "$PWD/spool"
	config <<<$'[sendmail]\nserver = smtp://127.0.0.1:1\nauth = none\nspool = '"$PWD/sendmail"
	run --separate-stderr mailnet sendmail --print-config
	assert_success
	assert_line "spool = $PWD/sendmail	# $HOME/.config/mailnet/config:4"
	MAILNET_SPOOL=other run --separate-stderr mailnet sendmail --print-config
	assert_line 'spool = other	# command line'
	run --separate-stderr mailnet sendmail --print-config bob@test.example <m
	assert_failure 64
	run --separate-stderr mailnet sendmail bob@test.example <m
	assert_success
	assert_equal "$(find sendmail/new -type f | wc -l)" 1
	run --separate-stderr mailnet smtp send -m m
	assert_equal "$(find sendmail/new -type f | wc -l)" 1
}

@test "config: two mailboxes are drained by the names of their accounts, and an LMTP account sends by its sender" {
	local box
	mkdir -p {home,work}/mail lmtp
	for box in home work; do
		printf 'From: a@x\nSubject: for %s\n\nx\n' $box >$box/mail/1
	done
	start_folder home --pop --user me --password one
	local home=$POP_PORT
	start_folder work --pop --user you --password two
	start_folder lmtp --lmtp-unix "$PWD/lmtp.sock"
	config <<-END
		[pop]
		auth = plain
		[pop home]
		server = pop://me@127.0.0.1:$home
		password-command = echo one
		[pop work]
		server = pop://you@127.0.0.1:$POP_PORT
		password-command = echo two
		[smtp]
		server = smtp://127.0.0.1:1
		[smtp here]
		server = lmtp://$PWD/lmtp.sock
		sender = *@here.example
		no-netrc = yes
	END
	for box in home work; do
		mailnet pop -q -s $box drain -d "$box.box/"
		assert_equal "$(grep -h '^Subject' "$box.box"/new/*)" "Subject: for $box"
		assert_equal "$(find "$box/mail" -type f)" ''
	done
	printf 'From: me@here.example\nTo: bob@test.example\nSubject: by From\n\nx\n' >m
	mailnet smtp send <m
	mailnet smtp -s here send -f other@test.example bob@test.example <m
	assert_equal "$(cat lmtp/sent/*.env | tr -d '\r' | tr '\n' ' ')" \
		'me@here.example bob@test.example other@test.example bob@test.example '
	printf 'From: other@test.example\nTo: bob@test.example\n\nx\n' >m
	run mailnet smtp send <m
	assert_failure 75
}
