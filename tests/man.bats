#!/usr/bin/env bats
# The manual pages describe exactly the verbs and options of the program. These tests run tests/lib/mancheck, which
# compares them, and test it on pages and programs with one fault each.

load lib/common

# shellcheck disable=SC2034 # for common_setup
file_needs=(mandoc)

setup()
{
	common_setup
	mancheck=$top_srcdir/tests/lib/mancheck
	cp -r "$top_srcdir/man" pages
}

# wrong PAGE SED-SCRIPT DIFFERENCE: mancheck reports the difference if the script is applied to the page.
wrong()
{
	local page=pages/$1
	cp "$page" kept
	sed -i "$2" "$page"
	run cmp -s kept "$page"
	assert_failure 1
	run "$mancheck" pages
	assert_failure 1
	assert_line "$3"
	cp kept "$page"
}

# wrong_program SED-SCRIPT DIFFERENCE: the same, with the script applied to the help text of the program.
wrong_program()
{
	cat >program <<-END
		#!/bin/sh
		"$MAILNET" "\$@" | sed '$1'
	END
	chmod +x program
	MAILNET=$PWD/program run "$mancheck" pages
	assert_failure 1
	assert_line "$2"
}

# A copy of the sources with an additional line in one file.
wrong_source()
{
	mkdir -p sources
	cp -r "$top_srcdir/cmd" "$top_srcdir/lib" sources
	echo "$1" >>sources/cmd/mailnet.c
	top_srcdir=$PWD/sources run "$mancheck" pages
	assert_failure 1
	assert_line "$2"
}

@test "man: the pages and the program agree" {
	run "$mancheck"
	assert_success
	assert_output ''
}

@test "man: mandoc finds no error in the pages" {
	run "$top_srcdir/tests/lib/manlint" "$top_srcdir"/man/*
	assert_success
	assert_output ''
	printf '.Dd today\n.Sh X\n.Bl\n' >bad.1
	run "$top_srcdir/tests/lib/manlint" bad.1
	assert_failure 1
	run "$top_srcdir/tests/lib/manlint" missing.1
	assert_failure 2
}

@test "man: every page is installed" {
	local page
	for page in "$top_srcdir"/man/*; do
		grep -qE "^	man/${page##*/}( |\$)" "$top_srcdir/Makefile.am" || fail "${page##*/} is not in Makefile.am"
	done
}

@test "man: a missing or additional verb is found" {
	wrong mailnet-nntp.1 's/^\.It Ic date$/.It Ic time/' "mailnet-nntp: the page has a verb 'time', the program has none"
	wrong mailnet-nntp.1 's/^\.It Ic date$/.It Ic time/' "mailnet-nntp: the page lacks the verb 'date'"
}

@test "man: wrong arguments of a verb are found" {
	wrong mailnet-nntp.1 's/^\.It Ic ihave Ar MSGID Op Ar FILE$/.It Ic ihave Ar MSGID Ar FILE/' \
		"mailnet-nntp: ihave: the page has the arguments 'MSGID FILE', the program 'MSGID [FILE]'"
	wrong mailnet-pop.1 's/^\.It Ic dele Ar N \.\.\.$/.It Ic dele Ar N/' \
		"mailnet-pop: dele: the page has the arguments 'N', the program 'N...'"
}

@test "man: wrong options in a verb's line are found" {
	wrong mailnet-nntp.1 '/^\.It Ic over/s/Oo Fl Fl decode Oc //' \
		'mailnet-nntp: over: its line in the page lacks --decode'
	wrong mailnet-nntp.1 '/^\.It Ic over/s/Fl n Ar K/Fl n Ar COUNT/' \
		"mailnet-nntp: over: --last 'COUNT' in the page, 'K' in the program"
	wrong mailnet-nntp.1 '/^\.It Ic over/s/Oo Fl Fl decode Oc/& Oo Fl Fl encode Oc/' \
		'mailnet-nntp: over: the page shows --encode, the program has none'
}

@test "man: an option of a verb without a description is found" {
	wrong mailnet-nntp.1 's/^\.It Fl n , Fl Fl last Ar K$/.It Fl n Ar K/' \
		"mailnet-nntp: the page does not tell of '-n, --last K' of over"
	wrong mailnet-pop.1 's/^\.It Fl Fl keep Ar AGE$/.It Fl Fl hold Ar AGE/' \
		"mailnet-pop: the page has an option '--hold AGE', the program has none"
}

@test "man: a missing or additional connection option is found" {
	wrong mailnet.1 's/^\.It Fl Fl tunnel Ar CMD$/.It Fl Fl tunnel Ar COMMAND/' \
		"mailnet: the page lacks the connection option '--tunnel CMD'"
	wrong mailnet.1 's/^\.It Fl Fl crlf$/.It Fl Fl cr/' \
		"mailnet: the page has a connection option '--cr', the program has none"
}

@test "man: wrong applets, commands and names in the text are found" {
	rm pages/mailnet-pop.1
	run "$mancheck" pages
	assert_failure 1
	assert_line 'there is no page mailnet-pop'
	cp "$top_srcdir/man/mailnet-pop.1" pages/
	wrong mailnet.1 's/^\.It Cm pop$/.It Cm imap/' "mailnet: the page lacks 'pop'"
	wrong mailnet.1 's/^\.It Fl Fl list$/.It Fl Fl lists/' "mailnet: the page lacks '--list'"
	wrong mailnet-nntp.1 's/^\.Fl Fl json$/.Fl Fl xml/' 'mailnet-nntp: there is no option --xml'
	wrong mailnet-sendmail.1 's/^\.It Fl t$/.It Fl T/' 'mailnet-sendmail: the page lacks -t'
}

@test "man: wrong exit statuses and variables are found" {
	wrong mailnet.1 's/^\.It 76$/.It 72/' 'mailnet: the program never exits with 72'
	wrong mailnet.1 's/^\.It 76$/.It 72/' 'mailnet: the page lacks the exit status 76'
	wrong mailnet-nntp.1 's/^\.It Ev NNTPSERVER$/.It Ev NEWSSERVER/' 'mailnet-nntp: nothing reads the variable NEWSSERVER'
	wrong mailnet.1 's/Ev XDG_STATE_HOME$/Ev XDG_STATE/' 'mailnet: the page lacks the variable XDG_STATE_HOME'
	wrong_source 'const char *x = getenv("MAILNET_X");' 'mailnet: the page lacks the variable MAILNET_X'
	wrong_source 'int y = EX_OSFILE;' 'mailnet: the page lacks the exit status 72'
}

@test "man: a verb or option that the pages lack is found" {
	wrong_program 's/^      --decode  .*/&\n      --encode WAY  more/' 'mailnet-nntp: over: its line in the page lacks --encode'
	wrong_program 's/^      --crlf  .*/&\n      --nul  more/' "mailnet: the page lacks the connection option '--nul'"
	wrong_program 's/^  sendmail  .*/&\n  imap  more/' 'there is no page mailnet-imap'
	wrong_program 's/ | --version$/ | --licence/' "mailnet: the page lacks '--licence'"
}

@test "man: TROUBLESHOOTING has at least thirty messages, and one that no source has is found" {
	[ "$(sed -n '/^\.Sh TROUBLESHOOTING/,/^\.Sh SEE/p' "$top_srcdir/man/mailnet.1" | grep -c '^\.It .*Sy ')" -ge 30 ]
	wrong mailnet.1 's/^\.It Sy unknown verb$/.It Sy no such verb/' "mailnet: the program has no message 'no such verb'"
	wrong mailnet.1 's/^\(\.It Sy locked by\) process/\1 job/' "mailnet: the program has no message 'locked by job'"
}
