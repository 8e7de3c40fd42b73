#!/usr/bin/env bats
# Every command in the EXAMPLES of the manual pages, as it stands there, on loopback.

load lib/common
load lib/server
load lib/world
load fixtures/certs

# shellcheck disable=SC2034 # for common_setup
file_needs=(mandoc parallel jq)

setup_file()
{
	can "${file_needs[@]}" || return 0
	common_setup
	certs_make
	world_make "$BATS_FILE_TMPDIR/world"
}

setup()
{
	common_setup
	certs_make
}

teardown()
{
	stop_servers
}

# new_world: a fresh one in ./w, with a server for sending on localhost beside it.
new_world()
{
	stop_servers
	rm -rf w
	world_copy "$BATS_FILE_TMPDIR/world" "$PWD/w"
	start_folder w/server/me --smtp
	export MAILNET_SMTP=smtp://localhost:$SMTP_PORT
}

# changed: the run has printed something, or left a file that was not there.
changed()
{
	[ -n "$output" ] || [ -n "$(find w/home w/server w/delivered -newer w/example -type f 2>/dev/null | head -n 1)" ]
}

# complained: but for what the pages announce.
complained()
{
	grep mailnet w/stderr | grep -qv 'The certificate is NOT trusted'
}

# try FILE: it must succeed, complain about nothing, and do something.
try()
{
	new_world
	world_run "$PWD/w" "$1"
	if [ "$status" -ne 0 ] || complained || ! changed; then
		fail "exit $status of: $(cat "$1" w/stdout w/stderr)"
	fi
}

# attempt FILE: try, for `run`: its servers are the subshell's, and end with it.
attempt()
{
	local status=0
	try "$1" || status=$?
	stop_servers
	return "$status"
}

# try_page PAGE COUNT: all of its examples, at least so many.
try_page()
{
	local example
	mkdir examples
	"$top_srcdir/tests/lib/examples" "$top_srcdir/man/$1.1" examples
	[ "$(find examples -type f | wc -l)" -ge "$2" ]
	for example in examples/*; do
		try "$example"
	done
}

# try_like WORDS [OTHERS]: the one example of mailnet(1) that holds the words, but not the others.
try_like()
{
	local found
	mkdir -p like
	"$top_srcdir/tests/lib/examples" "$top_srcdir/man/mailnet.1" like
	# shellcheck disable=SC2046 # names without spaces
	found=$(grep -LF -e "${2:-never}" $(grep -lF -e "$1" like/*) || :)
	[ -f "$found" ] || fail "not one example has '$1': $found"
	try "$found"
}

messages_in()
{
	find "$1/new" -type f | wc -l
}

@test "examples: mailnet(1)" {
	try_page mailnet 17
}

@test "examples: mailnet-nntp(1)" {
	try_page mailnet-nntp 5
}

@test "examples: mailnet-pop(1)" {
	try_page mailnet-pop 6
}

@test "examples: mailnet-smtp(1)" {
	try_page mailnet-smtp 7
}

@test "examples: mailnet-sendmail(1)" {
	try_page mailnet-sendmail 3
	grep -q '^Subject: \[PATCH\] A file' w/server/me/sent/*
}

@test "examples: a command that fails, complains or does nothing is noticed" {
	local bad
	for bad in 'mailnet nntp over no.such.group' 'mailnet nntp ovre; echo x' 'true' 'mailnet nntp date | false'; do
		echo "$bad" >bad
		run attempt bad
		assert_failure
	done
	printf '.Dd today\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd x\n' >none.1
	mkdir none
	run "$top_srcdir/tests/lib/examples" none.1 none
	assert_failure
}

@test "examples: the three jobs do what they say" {
	try_like 'over -n 10 comp.lang.c'
	assert_equal "$(wc -l <w/stdout)" 10
	try_like 'mailnet pop -s pops://me@pop.example.org drain -d Mail/' echo
	assert_equal "$(messages_in w/home/Mail)" 4
	assert_equal "$(find w/server/me/mail -type f)" ''
}

@test "examples: a bash coproc keeps one session open over ten verbs" {
	try_like 'coproc news'
	assert_equal "$(wc -l <w/stdout)" 8
	grep -q 1010 w/stdout
}

@test "examples: jq over overviews" {
	try_like 'group_by(.from)'
	assert_output --regexp $'^[0-9]+\tAnn Example <ann@example.org>$'
	try_like 'split(" ")'
	assert_equal "$(wc -l <w/stdout)" 21
	run head -n 1 w/stdout
	assert_output --partial $'<0@example.org>\tN°'
}

@test "examples: OAuth by a password command" {
	try_like oauth2-token
	grep -q '^Message-ID: <5@example.org>' w/server/me/sent/by-oauth
}

@test "examples: GNU parallel over many mailboxes, each into its Maildir or all into one" {
	local user
	try_like 'drain -d boxes/{}/' --sshloginfile
	for user in ann bob cy; do
		assert_equal "$(messages_in "w/home/boxes/$user")" 3
		grep -q "^To: $user@" "w/home/boxes/$user"/new/*
		assert_equal "$(find "w/server/$user/mail" -type f)" ''
	done
	try_like 'boxes/all/'
	assert_equal "$(messages_in w/home/boxes/all)" 9
}

@test "examples: GNU parallel over several hosts" {
	local user
	try_like 'parallel -j 8 --sshloginfile'
	for user in ann bob cy; do
		assert_equal "$(messages_in "w/home/boxes/$user")" 3
	done
	grep -q one.example.org w/ssh.log
	grep -q two.example.org w/ssh.log
	try_like '>overviews'
	assert_equal "$(wc -l <w/home/overviews)" 60
}

@test "examples: a pin is what makes the server trusted" {
	try_like key-pin
	assert_output --regexp '^2[0-9]{3}-'
	# shellcheck disable=SC2016 # not expanded
	sed -i 's/--tls-pin "$pin"/--tls-pin sha256:00000000000000000000000000000000000000000000000000000000000000ff/' like/*
	new_world
	world_run "$PWD/w" "$(grep -lF 000000ff like/*)"
	assert_equal "$status" 77
}
