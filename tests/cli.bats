#!/usr/bin/env bats
# The program itself, without a server: which applet, help, links, usage errors, output.

load lib/common
bats_require_minimum_version 1.5.0

setup()
{
	common_setup
	# No server listens on this port: a run that connects before checking its arguments fails with another status.
	export MAILNET_NNTP=127.0.0.1:1 MAILNET_POP=127.0.0.1:1 MAILNET_SMTP=127.0.0.1:1
}

# usage_error MESSAGE ARGUMENT...: mailnet prints one line on stderr, nothing on stdout, and exits with 64.
usage_error()
{
	local want=$1
	shift
	run --separate-stderr mailnet "$@"
	assert_failure 64
	assert_output ''
	assert_equal "$stderr" "$want"
}

@test "cli: --version prints name and version, also by a link's name" {
	run mailnet --version
	assert_success
	assert_output --regexp '^mailnet [0-9]+\.[0-9]+\.[0-9]+'
	ln -s "$MAILNET" nntp
	run ./nntp --version
	assert_success
	assert_output --regexp '^mailnet [0-9]+'
}

@test "cli: --list names the applets" {
	run mailnet --list
	assert_success
	assert_output $'nntp\npop\nsmtp\nsendmail\nmailq\nnewaliases'
	usage_error 'mailnet: usage: mailnet --list' --list all
}

@test "cli: help describes the program, a protocol, a verb" {
	run mailnet help
	assert_success
	assert_line --index 0 --regexp '^usage: mailnet PROTOCOL '
	assert_line --regexp '^  sendmail  +[a-z]'
	run mailnet help nntp
	assert_success
	assert_line --regexp '^  over .*'
	assert_line 'mailnet help options lists the connection options.'
	refute_line --regexp '^ +(-s, )?--'
	assert_equal "$(grep -nE '^(read and store|send|list and look up|server and session|other):$' <<<"$output" | cut -d: -f2)" \
		$'read and store\nsend\nlist and look up\nserver and session\nother'
	run mailnet help nntp over
	assert_success
	assert_line --index 0 --regexp '^usage: mailnet nntp \[connection options\] over \[options\] '
	assert_line --regexp '^      --decode  +[A-Za-z]'
	run mailnet help sendmail
	assert_success
}

@test "cli: --help after a verb prints its help and does not connect" {
	mailnet help nntp over >want
	run mailnet nntp over --help
	assert_success
	assert_output "$(<want)"
	run mailnet nntp -h
	assert_success
	assert_output "$(mailnet help nntp)"
}

@test "cli: every verb of every protocol has a help text" {
	local proto verb
	mailnet completion fish >script
	for proto in nntp pop smtp; do
		sed -n "s/^$proto;\([^;*-][^;]*\);;;.*/\1/p" script >verbs
		[ -s verbs ]
		while read -r verb; do
			run mailnet help "$proto" "$verb"
			assert_success
			assert_line --index 0 --regexp "^usage: mailnet $proto .* $verb( |\$)"
		done <verbs
	done
}

@test "cli: help of a verb explains arguments, options, exit status, and ends with an example" {
	run mailnet help nntp over
	assert_success
	assert_line --regexp '^  GROUP  +a newsgroup'
	assert_line --regexp '^  MSGID  +a <message-id>'
	assert_line --regexp '^  -n, --last K  '
	assert_line --regexp '^exit status: 0 on success, 1 if '
	assert_line 'example:'
	assert_line '  mailnet nntp -s nntps://news.example.org over -n 20 misc.test'
}

@test "cli: help of every verb explains each argument that its usage names" {
	local proto verb name
	mailnet completion fish >script
	for proto in nntp pop smtp; do
		sed -n "s/^$proto;\([^;*-][^;]*\);;;.*/\1/p" script >verbs
		while read -r verb; do
			mailnet help "$proto" "$verb" >text
			for name in $(sed -n "1s/.* $verb//p" text | sed 's/\[options\]//' | tr '[]|. ' '\n'); do
				# The summary of expn explains LIST.
				[ "$verb $name" = 'expn LIST' ] ||
					grep -q "^  $name  *[a-z<]" text || fail "$proto $verb: $name"
			done
		done <verbs
	done
}

@test "cli: the example of every verb is a command line that the program accepts" {
	local proto verb example
	export -f mailnet
	mailnet completion fish >script
	printf 'From: me@example.org\n\nx\n' | tee message.eml >article.txt
	for proto in nntp pop smtp; do
		sed -n "s/^$proto;\([^;*-][^;]*\);;;.*/\1/p" script >verbs
		while read -r verb; do
			example=$(mailnet help "$proto" "$verb" |
				sed -n '/^example:$/{n;s/^  //;s#//\(me@\)\{0,1\}[a-z]*\.example\.org#//\1127.0.0.1:1#;p;}')
			assert_regex "$example" "(mailnet $proto |'|\\\\n)(.* )?$verb"
			run bash -c "$example" </dev/null
			echo "$example: $status $output"
			[[ $status -ne 64 && $status -ne 65 ]]
		done <verbs
	done
}

@test "cli: help options lists each connection option once, and the help of a verb names that command" {
	local option
	run mailnet help options
	assert_success
	assert_line 'connection options of all protocols, before or after the verb:'
	for option in server password-command helo no-capa reader; do
		assert_equal "$(grep -c -e "--$option\\( \\|$\\)" <<<"$output")" 1
	done
	run mailnet help pop stat
	assert_line 'mailnet help options lists the connection options.'
}

@test "cli: help for a verb alone is that of each protocol that has it" {
	run --separate-stderr mailnet help over
	assert_success
	assert_output "$(mailnet help nntp over)"
	run --separate-stderr mailnet help stat
	assert_success
	assert_output "$(mailnet help nntp stat && echo && mailnet help pop stat)"
}

@test "cli: help for an unknown protocol or verb is a usage error" {
	usage_error "mailnet: help: unknown protocol 'nttp' (did you mean 'nntp'?)" help nttp
	usage_error "mailnet: help: nntp has no verb 'ovr' (did you mean 'over'?)" help nntp ovr
	usage_error "mailnet: help: nntp has no verb 'xyzzyx'" help nntp xyzzyx
	usage_error 'mailnet: help: too many arguments (usage: help [PROTOCOL [VERB]], or help options)' help a b c
}

@test "cli: a missing or unknown applet or verb is a usage error" {
	usage_error "mailnet: usage: mailnet PROTOCOL [connection options] VERB [options] [arguments] (try 'mailnet help')"
	usage_error "mailnet: unknown protocol or command 'snmtp' (did you mean 'smtp'?)" snmtp
	usage_error "mailnet: unknown protocol or command '--versoin' (did you mean '--version'?)" --versoin
	usage_error "mailnet: unknown protocol or command 'xyzzyx' (try 'mailnet help')" xyzzyx
	usage_error 'mailnet nntp: no verb given (mailnet help nntp lists them)' nntp
	usage_error "mailnet nntp: unknown verb 'ovr' (did you mean 'over'?)" nntp ovr
	usage_error "mailnet pop: unknown verb 'darin' (did you mean 'drain'?)" pop darin -d x/
	usage_error "mailnet smtp: unknown verb 'xyzzyx' (mailnet help smtp lists them)" smtp xyzzyx
}

@test "cli: an unknown option suggests a similar one, and an error about a value names the value" {
	usage_error "mailnet nntp: over: unknown option '--decdoe' (did you mean '--decode'?)" nntp over --decdoe
	usage_error "mailnet nntp: unknown option '--jso' (did you mean '--json'?)" nntp --jso over
	usage_error "mailnet nntp: over: unknown option '-Z'" nntp over -Z
	usage_error 'mailnet nntp: --helo is not an option of nntp' nntp --helo x over
	usage_error 'mailnet nntp: over: --json takes no argument' nntp over --json=1
	usage_error 'mailnet nntp: over: -s needs an argument: URL' nntp over -s
	usage_error "mailnet nntp: --tls: invalid value 'maybe': choose auto, starttls, implicit or off" nntp --tls maybe over
	usage_error "mailnet nntp: --timeout: '1x' is not a number of seconds from 1 to 2147483647" nntp --timeout=1x date
	usage_error 'mailnet nntp: --netrc and --no-netrc exclude each other' nntp --netrc f --no-netrc date
	usage_error 'mailnet smtp: send: stdin can be sent only once' smtp -s smtp://127.0.0.1:1 send -m - --mbox /dev/fd/0 b@x
}

@test "cli: a wrong word of four letters suggests only names one edit away; a URL as verb suggests -s" {
	usage_error "mailnet: unknown protocol or command 'imap' (try 'mailnet help')" imap
	usage_error "mailnet: unknown protocol or command 'smpt' (did you mean 'smtp'?)" smpt
	usage_error 'mailnet nntp: a URL stands where the verb is expected: give the server with -s URL' nntp nntps://news.example.org over
	usage_error 'mailnet pop: pop3s:// is not a scheme for this protocol: use pop:// or pops://' pop -s pop3s://pop.example.org stat
	usage_error 'mailnet pop: missing -d DEST (a Maildir, mbox, |COMMAND or lmtp:// URL)' pop -s pop.example.org drain
}

@test "cli: an option of a verb before the verb, a path in the URL, a file as recipient: the error names the correct way" {
	usage_error 'mailnet nntp: --newsrc is an option of the verb fetch: write it after the verb' nntp --newsrc rc fetch misc.test
	usage_error "mailnet smtp: the URL has a path, but no host before it (a socket is lmtp:///PATH)" smtp -s /run/lmtp ehlo
	usage_error "mailnet nntp: the URL has a path or query: end it after 'news.example.org'" nntp -s nntps://me@news.example.org/misc.test over
	printf 'From: me@example.org\n\nx\n' >message.eml
	run --separate-stderr mailnet smtp send message.eml </dev/null
	assert_failure 65
	assert_equal "$stderr" 'mailnet smtp: stdin: no sender: the header has no address in Sender or From (give it with -f); did you mean -m message.eml?'
}

@test "cli: too few or too many arguments are a usage error" {
	run mailnet nntp group
	assert_failure 64
	assert_output --partial 'mailnet nntp: group: too few arguments (usage: group'
	run mailnet nntp date today
	assert_failure 64
	assert_output --partial 'mailnet nntp: date: too many arguments (usage: date)'
}

@test "cli: an argument with a line end is refused before connecting" {
	run mailnet smtp --helo $'a\r\nMAIL' noop
	assert_failure 65
	assert_equal "${#lines[@]}" 1
	run mailnet pop -u $'a\nb' stat
	assert_failure 65
}

@test "cli: control characters of an argument are escaped in errors" {
	run mailnet $'\e[31m\nx\xff'
	assert_failure 64
	assert_equal "${#lines[@]}" 1
	refute_output --partial $'\e'
	refute_output --partial $'\xff'
}

@test "cli: options are accepted in all forms, before and after the verb" {
	local form
	for form in '--timeout 1 -4 date' 'date --timeout=1 -4' '-4v date --timeout 1' '--timeout=1 date -v4'; do
		# shellcheck disable=SC2086
		run mailnet nntp $form
		assert_failure 75
	done
}

@test "install: makes symbolic links by default and with -s" {
	mkdir bin
	local option
	for option in '' -s; do
		# shellcheck disable=SC2086 # an option or none
		run mailnet --install $option bin
		assert_success
		assert_output ''
		for name in $(mailnet --list); do
			assert_equal "$(readlink "bin/$name")" "$(realpath "$MAILNET")"
		done
	done
	run bin/pop
	assert_failure 64
	assert_output 'mailnet pop: no verb given (mailnet help pop lists them)'
}

@test "install: -H replaces the symbolic links by hard links" {
	mkdir bin
	cp "$MAILNET" ./copy
	run ./copy --install bin
	assert_success
	run ./copy --install -H bin
	assert_success
	assert_output ''
	for name in $(mailnet --list); do
		[ "bin/$name" -ef copy ] && [ ! -L "bin/$name" ]
	done
	run bin/nntp ovr
	assert_failure 64
	assert_output "mailnet nntp: unknown verb 'ovr' (did you mean 'over'?)"
	# A second run: the links exist already.
	run ./copy --install -H bin
	assert_success
	assert_equal "$(ls -A bin)" "$(mailnet --list | sort)"
}

@test "install: an upgrade replaces hard, symbolic, indirect and dangling links to the old program" {
	mkdir bin
	cp "$MAILNET" ./old
	printf x >>old
	ln old bin/nntp
	ln -s "$PWD/old" bin/pop
	ln -s pop bin/smtp
	ln -s /no/such/dir/mailnet bin/sendmail
	run mailnet --install bin
	assert_success
	assert_output ''
	for name in $(mailnet --list); do
		[ "bin/$name" -ef "$MAILNET" ] && [ -L "bin/$name" ]
	done
	assert_equal "$(ls -A bin)" "$(mailnet --list | sort)"
}

@test "install: a file that is not a link to a mailnet is kept, and the other links are made" {
	mkdir -p bin/nntp
	echo mine >bin/pop
	ln -s nowhere bin/smtp
	run mailnet --install bin
	assert_failure 73
	assert_equal "${#lines[@]}" 3
	local name
	for name in nntp pop smtp; do
		assert_line "mailnet: bin/$name: not replaced: not a link to mailnet (move the file away, then install again)"
	done
	assert_equal "$(<bin/pop)" mine
	assert_equal "$(readlink bin/smtp)" nowhere
	[ -d bin/nntp ] && [ bin/sendmail -ef "$MAILNET" ]
	# A link to another program, a hard link to a file of the user's, and a copy, which is not a link.
	rm -r bin/*
	ln -s /bin/true bin/nntp
	echo mine >file
	ln file bin/pop
	cp "$MAILNET" bin/smtp
	run mailnet --install -H bin
	assert_failure 73
	assert_equal "${#lines[@]}" 3
	assert_equal "$(readlink bin/nntp)" /bin/true
	[ bin/pop -ef file ] && [ ! bin/smtp -ef "$MAILNET" ]
}

@test "install: a missing directory or argument is an error" {
	run mailnet --install -s nowhere
	assert_failure 73
	usage_error 'mailnet: usage: mailnet --install [-H] DIR' --install
	usage_error 'mailnet: usage: mailnet --install [-H] DIR' --install -s
	usage_error 'mailnet: usage: mailnet --install [-H] DIR' --install -H
	usage_error 'mailnet: usage: mailnet --install [-H] DIR' --install a b
}

@test "cli: --version names the libraries with their versions, applets, features and mechanisms" {
	run mailnet --version
	assert_success
	assert_line --index 0 --regexp '^mailnet [0-9]+\.[0-9]+\.[0-9]+'
	assert_line --regexp '^libraries: GnuTLS [0-9.]+, GNU SASL [0-9.]+, zlib [0-9.]+, libbsd [0-9.]+$'
	assert_line "applets: $(mailnet --list | paste -sd ' ')"
	assert_line --regexp '^features: .*STARTTLS.* COMPRESS=DEFLATE'
	assert_line --regexp '^login: SCRAM-SHA-256-PLUS .* PLAIN '
	assert_line 'seconds: 64 bits'
	assert_line --regexp '^replaced: '
}

@test "dispatch: the applet is found by name, with a path, and with libtool's prefix" {
	mkdir -p a/b
	ln -s "$MAILNET" a/b/nntp
	ln -s "$MAILNET" a/b/lt-nntp
	ln -s "$MAILNET" a/b/other
	run a/b/nntp ovr
	assert_output --partial 'mailnet nntp: unknown verb'
	run a/b/lt-nntp ovr
	assert_output --partial 'mailnet nntp: unknown verb'
	run a/b/other nntp ovr
	assert_output --partial 'mailnet nntp: unknown verb'
}

@test "output: a full disk is an I/O error" {
	run bash -c '"$MAILNET" --version >/dev/full'
	assert_failure 74
	run bash -c '"$MAILNET" help nntp >/dev/full'
	assert_failure 74
	assert_output 'mailnet: stdout: No space left on device'
}

@test "output: a closed stdout is an I/O error, and no file opened later takes its place" {
	run bash -c '"$MAILNET" --list >&-'
	assert_failure 74
	run bash -c '"$MAILNET" nntp decode x >&- 2>&-'
	assert_failure 74
}

@test "output: mailnet dies by SIGPIPE, without a message, if the reader closes the pipe" {
	mkfifo pipe
	# First open both ends, then close the reader's: the pipe certainly has no reader any more.
	# shellcheck disable=SC2016
	run bash -c 'exec 4<>pipe 5>pipe 4>&-; "$MAILNET" completion fish >&5 5>&-; echo "$?"'
	assert_output 141
}

@test "output: -o replaces a file only if the run succeeds" {
	echo old >file
	run mailnet nntp -o file decode Some Subject
	assert_success
	assert_output ''
	assert_file_not_exist 'file.*'
	assert_file_contains file '^Some'
	cp file before
	run mailnet nntp -o file date
	assert_failure 75
	cmp file before
	assert_equal "$(find . -maxdepth 1 -name 'file*' | wc -l)" 1
}

@test "batch: a file that cannot be read is reported before connecting" {
	run mailnet nntp -b missing
	assert_failure 66
	assert_output 'mailnet nntp: missing: No such file or directory'
	run mailnet nntp -b .
	assert_failure 66
	assert_output 'mailnet nntp: .: Is a directory'
}

@test "batch: a verb on the command line beside -b is a usage error" {
	usage_error "mailnet nntp: unexpected argument 'date': with --batch the verbs are read from its FILE" nntp -b x date
	usage_error 'mailnet nntp: date: a verb and --batch exclude each other: the verbs are read from its FILE' nntp date -b x
}
