#!/usr/bin/env bats
# The sendmail applet: the command lines of cron, git, PHP, mdadm and mutt.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	common_setup
	mkdir bin served
	"$MAILNET" --install -s "$PWD/bin"
	start_folder served --smtp
	export MAILNET_SMTP=smtp://127.0.0.1:$SMTP_PORT
}

sendmail()
{
	run --separate-stderr bin/sendmail "$@"
}

# The name of this host, which is added to local names.
this_host()
{
	local full
	full=$(hostname -f 2>/dev/null) || full=
	[[ $full == *.* && $full != localhost.* ]] || full=$(uname -n)
	echo "$full"
}

# sent N: the envelope of the N-th message on one line; its octets are in got.
sent()
{
	tr -d '\r' <"served/sent/$1.eml" >got
	tr '\n' ' ' <"served/sent/$1.env"
}

@test "sendmail: accepts cron's command line" {
	printf 'From: root (Cron Daemon)\nTo: USER\nSubject: Cron <USER@host> true\n\nout\n.\nmore\n' >in
	sendmail -FCronDaemon -i -B8BITMIME -oem USER <in
	assert_success
	assert_equal "$output$stderr" ''
	assert_equal "$(sent 1)" "root@$(this_host) USER@$(this_host) "
	assert_regex "$(cat got)" $'^Date: .*\nMessage-ID: <.*>\nFrom: root \\(Cron Daemon\\)\nTo: USER\nSubject: Cron <USER@host> true\n\nout\n\\.\nmore$'
}

@test "sendmail: -t reads recipients from the header, alone and with addresses; Bcc is read and not sent" {
	printf 'From: a@x\nTo: B <b@x>\nBcc: c@x\n\nx\n' >in
	sendmail -t -i <in
	assert_success
	assert_equal "$(sent 1)" 'a@x b@x c@x '
	refute grep -qi '^bcc' got
	sendmail -oi -t 'D <d@x>, e@x' <in
	assert_success
	assert_equal "$(sent 2)" 'a@x d@x e@x b@x c@x '
	sendmail -ti -- -dash@x <in
	assert_success
	assert_equal "$(sent 3)" 'a@x -dash@x b@x c@x '
}

@test "sendmail: -f, -r and -F set the sender; without them it is the user at this host" {
	printf 'Subject: x\n\nx\n' >in
	sendmail -f '' b@x <in
	assert_equal "$(sent 1)" ' b@x '
	sendmail -r 'Me <a@x>' -F 'Full "Name"' b@x <in
	assert_equal "$(sent 2)" 'a@x b@x '
	grep -q '^From: "Full \\"Name\\"" <a@x>$' got
	sendmail -Fgrün -fa@x b@x <in
	sent 3
	grep -q '^From: =?utf-8?B?Z3LDvG4=?= <a@x>$' got
	sendmail b@x <in
	assert_equal "$(sent 4)" "$(id -un)@$(this_host) b@x "
	grep -q "^From: $(id -un)@$(this_host)\$" got
	printf 'just text' | bin/sendmail b@x
	sent 5
	assert_equal "$(tail -n 2 got)" $'\njust text'
}

@test "sendmail: options without meaning here are accepted, with their arguments" {
	printf 'Subject: x\n\nx\n' >in
	sendmail -bm -G -U -n -m -Ac -C /etc/x -O Timeout=1 -o i -oee -odb -d0.1 -h 3 -L tag -p ESMTP -X /dev/null -x \
		-N never -R hdrs -V id -v b@x <in
	assert_success
	assert_regex "$stderr" 'MAIL FROM:.* RET=HDRS ENVID=id'
	assert_regex "$stderr" 'RCPT TO:<b@x> NOTIFY=NEVER'
}

@test "sendmail: an unsupported mode, an unknown --word and missing recipients exit 64" {
	local word
	for word in -bd -bv -bt -bx --from --rom=x; do
		sendmail "$word" b@x </dev/null
		assert_failure 64
		assert_equal "${#stderr_lines[@]}" 1
	done
	for word in --from --aliases-file=x --t; do
		sendmail bob@x "$word" root </dev/null
		assert_failure 64
		assert_regex "$stderr" "^mailnet sendmail: $word is not an option of sendmail"
	done
	sendmail </dev/null
	assert_failure 64
	sendmail b@x -f
	assert_failure 64
	sendmail -t </dev/null
	assert_failure 65
	sendmail -f 'a@x, b@x' c@x </dev/null
	assert_failure 65
	sendmail 'a b@@x' </dev/null
	assert_failure 65
	assert_not_exists served/sent
}

@test "sendmail: --help and --version are accepted alone; error messages begin with its name" {
	local word
	for word in --help -h; do
		run --separate-stderr mailnet sendmail $word </dev/null
		assert_success
		assert_regex "$output" '^usage: sendmail '
		sendmail $word </dev/null
		assert_success
		assert_regex "$output" '^usage: sendmail '
	done
	for word in mailq newaliases; do
		run --separate-stderr mailnet $word --help
		assert_success
		assert_regex "$output" "^usage: $word"
	done
	run --separate-stderr mailnet mailq -v x
	assert_failure 64
	assert_equal "$stderr" "mailnet mailq: 'x': mailq takes no arguments"
	run mailnet --version
	assert_equal "$(bin/sendmail --version </dev/null)" "$output"
	run --separate-stderr mailnet sendmail </dev/null
	assert_failure 64
	assert_regex "$stderr" '^mailnet sendmail: no recipients'
}

@test "sendmail: \$MAILNET_SPOOL stores the message if the server is unreachable" {
	printf 'From: a@x\nTo: b@x\n\nx\n' >in
	MAILNET_SPOOL=$PWD/spool MAILNET_SMTP=smtp://127.0.0.1:1 sendmail -t <in
	assert_success
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" "^mailnet sendmail: stdin: stored in $PWD/spool: "
	mailnet smtp flush spool
	assert_equal "$(sent 1)" 'a@x b@x '
}

@test "sendmail: as `mailnet sendmail`, a refused message prints the reason" {
	printf 'From: a@x\nTo: refuse@x\n\nx\n' >in
	run mailnet sendmail -t <in
	assert_failure 67
	assert_output --partial 'refuse@x: 550 5.1.1'
}

@test "sendmail: git send-email sends a patch" {
	needs git-email
	local git=(git -c user.name=Me -c user.email=me@x.example)
	git init -q repo
	cd repo || return
	"${git[@]}" commit -q --allow-empty -m base
	echo x >file
	git add file
	"${git[@]}" commit -q -m 'add a file — grün'
	"${git[@]}" send-email --sendmail-cmd="$BATS_TEST_TMPDIR/bin/sendmail" --to=b@x.example --cc=c@x.example \
		--confirm=never --suppress-cc=all -1 </dev/null >../out 2>&1
	cd ..
	assert_equal "$(sent 1)" 'me@x.example b@x.example c@x.example '
	grep -q '^+x$' got
}

@test "sendmail: s-nail sends in batch mode" {
	needs s-nail
	echo body | s-nail -n -S v15-compat=1 -S mta="$PWD/bin/sendmail" -r a@x.example -s subject -b c@x.example b@x.example
	assert_equal "$(sent 1)" 'a@x.example b@x.example c@x.example '
	grep -q '^Subject: subject$' got
	refute grep -qi '^bcc' got
}

@test "sendmail: -t, -i, -oi, -oem and -f work in each combination, without output" {
	printf 'To: root@x.example\nSubject: x\n\nx\n' >in
	local line
	for line in '-t' '-t -i' '-i -t -f mdadm@x.example' '-i root@x.example' '-oi -oem -f www@x.example root@x.example'; do
		# shellcheck disable=SC2086 # words
		sendmail $line <in
		assert_success
		assert_equal "$output$stderr" ''
	done
	local user
	user=$(id -un)@$(this_host)
	assert_equal "$(sent 1)$(sent 2)" "$user root@x.example $user root@x.example "
	assert_equal "$(sent 3)" 'mdadm@x.example root@x.example '
	assert_equal "$(sent 4)" "$user root@x.example "
	assert_equal "$(sent 5)" 'www@x.example root@x.example '
}

@test "sendmail: sends without an environment, with any umask, and with closed output and error" {
	printf 'Subject: x\n\nx\n' >in
	local umask
	for umask in 000 077; do
		run --separate-stderr bash -c "umask $umask; exec env -i MAILNET_SMTP=$MAILNET_SMTP $PWD/bin/sendmail -f a@x b@x <in"
		assert_success
		assert_equal "$output$stderr" ''
	done
	run bash -c "exec bin/sendmail -f a@x b@x <in >&- 2>&-"
	assert_success
	assert_equal "$(sent 3)" 'a@x b@x '
}

@test "sendmail: with closed stdin it sends nothing and exits 74, whatever other descriptors are closed" {
	local closed
	for closed in '' '>&-' '2>&-' '>&- 2>&-'; do
		MAILNET_SPOOL=$PWD/spool run bash -c "exec bin/sendmail -f a@x b@x <&- $closed"
		assert_failure 74
	done
	run --separate-stderr bash -c 'exec bin/sendmail -f a@x b@x <&-'
	assert_equal "$stderr" 'mailnet sendmail: stdin: Bad file descriptor'
	run bash -c 'exec bin/sendmail -bs <&-'
	assert_failure 74
	assert_not_exists served/sent
	assert_not_exists spool
}

@test "sendmail: without HOME and environment, a stored message is private with any umask" {
	printf 'Subject: x\n\nx\n' >in
	local umask
	for umask in 000 027 077; do
		run --separate-stderr bash -c "umask $umask; exec env -i MAILNET_SMTP=smtp://127.0.0.1:1 \
			MAILNET_SPOOL=$PWD/spool$umask bin/sendmail -f a@x b@x <in"
		assert_success
		assert_equal "$(find "spool$umask" -printf '%m\n' | sort -u)" $'600\n700'
	done
}
