#!/usr/bin/env bats
# The sendmail applet as a host's sendmail: local names, the queue, and SMTP on a pipe.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	common_setup
	mkdir bin served
	"$MAILNET" --install -s "$PWD/bin"
	mkdir -p "$HOME/.config/mailnet"
	printf 'From: root (Cron Daemon)\nTo: root\nSubject: Cron\n\nout\n' >in
}

# host <KEYS: start a server that stores messages, and write a section [sendmail] that names it.
host()
{
	start_folder served --smtp
	{
		printf '[sendmail]\nserver = smtp://127.0.0.1:%s\n' "$SMTP_PORT"
		cat
	} >"$HOME/.config/mailnet/config"
}

sendmail()
{
	run --separate-stderr bin/sendmail "$@"
}

# envelope N: sender and recipients of the N-th message on one line.
envelope()
{
	tr -d '\r' <"served/sent/$1.env" | tr '\n' ' '
}

@test "sendmail: the domain is added to local recipients, to -f and to a From that is added" {
	host <<<'domain = example.org'
	sendmail -i -f cron root bob@x.example <in
	assert_success
	assert_equal "$output$stderr" ''
	assert_equal "$(envelope 1)" 'cron@example.org root@example.org bob@x.example '
	assert_equal "$(grep -c '^From: root (Cron Daemon)' served/sent/1.eml)" 1
	printf 'Subject: x\n\nx\n' | bin/sendmail -f alice root
	assert_equal "$(grep -i '^From:' served/sent/2.eml | tr -d '\r')" 'From: alice@example.org'
	printf 'Subject: x\n\nx\n' | bin/sendmail root
	assert_equal "$(envelope 3)" "$(id -un)@example.org root@example.org "
}

@test "sendmail: local recipients are looked up in the aliases, also aliases of aliases" {
	host <<-END
		domain = example.org
		aliases = $PWD/aliases
	END
	cat >aliases <<-'END'
		# who reads what
		postmaster: root
		root: admin@example.net,
		    "Second" <second@example.net>, backup
		loop: pool
		pool: loop
		prog: |/bin/program
	END
	sendmail postmaster carol <in
	assert_success
	assert_equal "$(envelope 1)" \
		'root@example.org admin@example.net second@example.net backup@example.org carol@example.org '
	sendmail root@example.org <in
	assert_equal "$(envelope 2)" 'root@example.org root@example.org '
	sendmail loop <in
	assert_failure 78
	assert_regex "$stderr" "aliases:6: alias 'pool': a loop"
	sendmail prog <in
	assert_failure 78
	assert_regex "$stderr" "aliases:7: alias 'prog': a command"
	chmod o+w aliases
	sendmail root <in
	assert_failure 78
	assert_regex "$stderr" 'other users can write to the file'
	assert_not_exists served/sent/3.env
}

@test "sendmail: sender replaces the envelope sender, but not the null sender" {
	host <<<$'sender = relay@example.org\ndomain = d.example'
	sendmail -f me@x.example bob@x.example <in
	assert_equal "$(envelope 1)" 'relay@example.org bob@x.example '
	sendmail -f '<>' bob@x.example <in
	assert_equal "$(envelope 2)" ' bob@x.example '
	sendmail bob@x.example <<<$'Subject: no From\n\nx'
	assert_equal "$(grep -i '^From:' served/sent/3.eml | tr -d '\r')" "From: $(id -un)@d.example"
}

@test "sendmail: rewrite-from puts sender into From, and the old address into Reply-To" {
	local from="served/sent"
	host <<<$'sender = relay\nrewrite-from = yes\ndomain = d.example'
	sendmail -f me@x.example bob@x.example <in
	assert_success
	assert_equal "$(envelope 1)" 'relay@d.example bob@x.example '
	assert_equal "$(tr -d '\r' <$from/1.eml | grep -v '^\(Date\|Message-ID\): ')" \
		$'From: relay@d.example (Cron Daemon)\nReply-To: root@d.example\nTo: root\nSubject: Cron\n\nout'
	# A message with a folded field, 8-bit text, a Reply-To, and the null sender.
	printf 'From: "J\303\266, B."\r\n\t<jo@h.example>\r\nBcc: c@x.example\r\nReply-To: r@h.example\r\nSubject: y\r\n\r\nx\r\n' >odd
	sendmail -f '<>' bob@x.example <odd
	assert_success
	assert_equal "$(envelope 2)" ' bob@x.example '
	assert_equal "$(tr -d '\r' <$from/2.eml | grep -v '^\(Date\|Message-ID\): ')" \
		$'From: "J\303\266, B."\n\t<relay@d.example>\nReply-To: r@h.example\nSubject: y\n\nx'
	# Without From, and without a header.
	sendmail bob@x.example <<<$'Subject: no From\n\nx'
	assert_equal "$(grep -ci '^From: relay@d.example' $from/3.eml)" 1
	refute grep -qi '^Reply-To' $from/3.eml
	printf 'text only\n' | bin/sendmail bob@x.example
	assert_equal "$(grep -ci '^From: relay@d.example' $from/4.eml)" 1
	# A message that goes through the queue is rewritten once.
	mkdir -m 700 q
	printf 'queue = always\nspool = %s/q\n' "$PWD" >>"$HOME/.config/mailnet/config"
	sendmail bob@x.example <in
	assert_success
	sendmail -q
	assert_success
	assert_equal "$(tr -d '\r' <$from/5.eml | grep '^\(From\|Reply-To\): ')" \
		$'From: relay@d.example (Cron Daemon)\nReply-To: root@d.example'
	# Without a sender.
	host <<<$'rewrite-from = yes'
	sendmail bob@x.example <in
	assert_failure 78
	assert_regex "$stderr" "rewrite-from = yes needs 'sender = ADDRESS'"
}

@test "sendmail: parameters of extensions that the server lacks are left out" {
	start_script <<-'END'
		S: 220 old.example ESMTP
		C~ EHLO .*
		S: 250 old.example
		C: MAIL FROM:<a@x.example>
		S: 250 ok
		C: RCPT TO:<b@x.example>
		S: 250 ok
		C: DATA
		S: 354 go
		recvblock got
		S: 250 ok
		C: QUIT
		S: 221 bye
	END
	printf 'Subject: gr\xc3\xbc\xc3\x9fe\nFrom: a@x.example\nDate: x\nMessage-ID: <a@b>\n\nh\xc3\xb6\n' >in
	MAILNET_SMTP=smtp://127.0.0.1:$PORT sendmail -N never -R hdrs -V id b@x.example <in
	assert_success
	assert_script_ok
}

@test "sendmail: queue = always stores without connecting; -q sends, mailq lists" {
	host <<-END
		domain = example.org
		queue = always
		spool = $PWD/spool
	END
	run bin/mailq
	assert_success
	assert_output 'queue is empty'
	sendmail -q
	assert_success
	mkdir spool
	run bin/mailq
	assert_output 'queue is empty'
	sendmail -q
	assert_success
	rmdir spool # neither of them has made a spool of the directory
	sendmail root <in
	assert_success
	assert_equal "$output$stderr" ''
	assert_not_exists served/sent
	run bin/mailq
	assert_success
	assert_regex "$output" '^[0-9a-f.]+ [0-9]+s [0-9]+ <root@example.org> root@example.org -$'
	run mailnet sendmail -bp
	assert_regex "$output" '<root@example.org> root@example.org -$'
	sendmail -q15m
	assert_success
	assert_equal "$(envelope 1)" 'root@example.org root@example.org '
	run bin/mailq
	assert_output 'queue is empty'
	sed -i '/^spool/d' "$HOME/.config/mailnet/config"
	sendmail root <in
	assert_failure 78
	assert_regex "$stderr" "queue = always needs 'spool = DIR'"
	run --separate-stderr bin/mailq
	assert_failure 78
}

@test "mailq: shows the last error of a deferred message, and files of an interrupted run" {
	printf '[sendmail]\nserver = smtp://127.0.0.1:1\nspool = %s\n' "$PWD/spool" >"$HOME/.config/mailnet/config"
	sendmail b@x.example <in
	assert_success
	mkdir -p spool/failed
	cp spool/new/* spool/failed/
	run bin/mailq
	assert_line --regexp '<root@[^ ]*> b@x.example 127.0.0.1: cannot connect to port 1: '
	assert_line --regexp '<root@[^ ]*> b@x.example failed: 127.0.0.1: '
	run bin/mailq x
	assert_failure 64
}

@test "sendmail: with a spool, a message is stored if the host of the relay is unknown" {
	MAILNET_SPOOL=$PWD/spool MAILNET_SMTP=smtp://relay.invalid sendmail -f a@x.example b@x.example <<<$'Subject: x\n\nx'
	assert_success
	assert_regex "$stderr" 'stored in .*/spool: relay.invalid: '
	assert_equal "$(find spool/new -type f | wc -l)" 1
}

@test "newaliases, -bi and -I do nothing and succeed" {
	local command
	for command in newaliases 'sendmail -bi' 'sendmail -I'; do
		# shellcheck disable=SC2086 # one word or two
		run bin/$command
		assert_success
		assert_output ''
	done
}

# dialogue LINE...: what -bs replies to these lines, each ended by $EOL.
dialogue()
{
	printf "%s${EOL-\r\n}" "$@" | bin/sendmail -bs 2>err | tr -d '\r'
}

@test "sendmail -bs: a message in CR LF lines ends only at CR LF dot CR LF, and added dots are removed" {
	host <<<'domain = example.org'
	run dialogue 'EHLO me' 'MAIL FROM:<me> BODY=8BITMIME' 'RCPT TO:<bob>' 'RCPT TO:<c@x.example>' DATA \
		'Subject: x' '' '..dot' $'a\n.\nb' . 'MAIL FROM:<>' 'RCPT TO:<d@x.example>' DATA '' x . QUIT
	assert_success
	assert_line '250-SIZE'
	assert_line '250-DSN'
	assert_equal "$(grep -c '^250 2.0.0 accepted$' <<<"$output")" 2
	assert_line '221 2.0.0 closing'
	assert_equal "$(envelope 1)" 'me@example.org bob@example.org c@x.example '
	assert_equal "$(envelope 2)" ' d@x.example '
	assert_equal "$(tr -d '\r' <served/sent/1.eml | tail -n 4)" $'.dot\na\n.\nb'
	assert_equal "$(cat err)" ''
}

@test "sendmail -bs: a client need not send EHLO or HELO" {
	host <<<'domain = example.org'
	run dialogue 'MAIL FROM: <me>' 'RCPT TO: bob' DATA 'Subject: x' '' x . QUIT
	assert_success
	assert_line '250 2.0.0 accepted'
	assert_equal "$(envelope 1)" 'me@example.org bob@example.org '
}

@test "sendmail -bs: a client may end lines in LF alone" {
	host <<<'domain = example.org'
	EOL='\n' run dialogue 'EHLO me' 'MAIL FROM:<me>' 'RCPT TO:<bob>' DATA 'Subject: x' '' '..dot' y . QUIT
	assert_success
	assert_line '250 2.0.0 accepted'
	assert_equal "$(tr -d '\r' <served/sent/1.eml | tail -n 2)" $'.dot\ny'
}

@test "sendmail -bs: the reply to the data reports the outcome of the message" {
	start_script <<-'END'
		S: 220 mx.example ESMTP
		C~ EHLO .*
		S: 250 mx.example
		C~ MAIL FROM.*
		S: 250 ok
		C~ RCPT TO.*
		S: 550 5.1.1 no such user
		C: QUIT
		S: 221 bye
	END
	MAILNET_SMTP=smtp://127.0.0.1:$PORT run dialogue 'HELO me' 'MAIL FROM:<a@x>' 'RCPT TO:<b@x>' DATA 'Subject: x' '' x . QUIT
	assert_line --regexp '^550 5\.0\.0 .*550 5\.1\.1 no such user'
	MAILNET_SMTP=smtp://127.0.0.1:1 run dialogue 'HELO me' 'MAIL FROM:<a@x>' 'RCPT TO:<b@x>' DATA 'Subject: x' '' x . QUIT
	assert_line --regexp '^451 4\.0\.0 .*cannot connect'
	MAILNET_SMTP=smtp://127.0.0.1:1 MAILNET_SPOOL=$PWD/spool run dialogue 'HELO me' 'MAIL FROM:<a@x>' 'RCPT TO:<b@x>' DATA 'Subject: x' '' x . QUIT
	assert_line '250 2.0.0 accepted'
	assert_equal "$(find spool/new -type f | wc -l)" 1
}

@test "sendmail -bs: input that ends within a message sends nothing" {
	host <<<'domain = example.org'
	run --separate-stderr bash -c "printf 'EHLO x\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\nx\r\n' | bin/sendmail -bs"
	assert_failure 65
	assert_regex "$stderr" 'stdin ended within a message'
	assert_not_exists served/sent
}

@test "sendmail -bs: Python's smtplib sends over a pipe" {
	host <<<'domain = example.org'
	cat >client.py <<-'END'
		import smtplib, socket, subprocess
		mine, its = socket.socketpair()
		child = subprocess.Popen(["bin/sendmail", "-bs"], stdin=its, stdout=its)
		its.close()
		class Pipe(smtplib.SMTP):
		    def _get_socket(self, host, port, timeout):
		        return mine
		s = Pipe("pipe", 1, local_hostname="client")
		print(s.sendmail("me@x.example", ["bob", "carol@x.example"], "Subject: x\r\n\r\nbody\r\n"))
		s.quit()
		print(child.wait())
	END
	run python3 client.py
	assert_success
	assert_output $'{}\n0'
	assert_equal "$(envelope 1)" 'me@x.example bob@example.org carol@x.example '
}
