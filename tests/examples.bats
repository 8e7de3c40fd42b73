#!/usr/bin/env bats
# Runs every command in the EXAMPLES of the manual pages unchanged, on loopback.

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

# new_world: make a new world in ./w, and start a server for sending on localhost.
new_world()
{
	stop_servers
	rm -rf w
	world_copy "$BATS_FILE_TMPDIR/world" "$PWD/w"
	start_folder w/server/me --smtp --lmtp-unix "$PWD/w/run/dovecot/lmtp"
	export MAILNET_SMTP=smtp://localhost:$SMTP_PORT
}

# changed: the run has printed something, or left a file that was not there.
changed()
{
	[ -n "$output" ] || [ -n "$(find w/home w/server w/delivered -newer w/example -type f 2>/dev/null | head -n 1)" ]
}

# complained: the run printed an error other than those that the pages announce.
complained()
{
	grep mailnet w/stderr | grep -qv 'The certificate is NOT trusted'
}

# try FILE: run the command in FILE; it must succeed, print no error, and have an effect.
try()
{
	new_world
	world_run "$PWD/w" "$1"
	if [ "$status" -ne 0 ] || complained || ! changed; then
		fail "exit $status of: $(cat "$1" w/stdout w/stderr)"
	fi
}

# attempt FILE: as try, to be called with `run`: its servers belong to the subshell and end with it.
attempt()
{
	local status=0
	try "$1" || status=$?
	stop_servers
	return "$status"
}

# try_page PAGE COUNT: try all examples of man/PAGE, at least COUNT.
try_page()
{
	local example
	mkdir examples
	"$top_srcdir/tests/lib/examples" "$top_srcdir/man/$1" examples
	[ "$(find examples -type f | wc -l)" -ge "$2" ]
	for example in examples/*; do
		try "$example"
	done
}

# try_like WORDS [OTHERS]: try the one example of mailnet(1) or mailnet-examples(7) that contains WORDS but not
# OTHERS.
try_like()
{
	local page found
	for page in mailnet.1 mailnet-examples.7; do
		mkdir -p like/$page
		"$top_srcdir/tests/lib/examples" "$top_srcdir/man/$page" like/$page
	done
	# shellcheck disable=SC2046 # names without spaces
	found=$(grep -LF -e "${2:-no such words}" $(grep -rlF -e "$1" like) || :)
	[ -f "$found" ] || fail "not one example has '$1': $found"
	try "$found"
}

messages_in()
{
	find "$1/new" -type f | wc -l
}

@test "examples: the commands of mailnet(1) succeed" {
	try_page mailnet.1 8
}

@test "examples: the commands of mailnet-nntp(1) succeed" {
	try_page mailnet-nntp.1 5
}

@test "examples: the commands of mailnet-pop(1) succeed" {
	try_page mailnet-pop.1 6
}

@test "examples: the commands of mailnet-smtp(1) succeed" {
	try_page mailnet-smtp.1 7
}

@test "examples: the commands of mailnet-sendmail(1) succeed" {
	try_page mailnet-sendmail.1 3
	grep -q '^Subject: \[PATCH\] A file' w/server/me/sent/*
}

@test "examples: the commands of mailnet-examples(7) succeed" {
	try_page mailnet-examples.7 20
}

@test "examples: the checker finds a command that fails, prints errors or has no effect" {
	local bad status_wanted error
	while IFS='|' read -r status_wanted error bad; do
		echo "$bad" >bad
		run attempt bad
		assert_failure "$status_wanted"
		assert_output --partial "$error"
	done <<-'END'
		1|exit 1 of: mailnet nntp over|mailnet nntp over no.such.group
		1|unknown verb 'ovre'|mailnet nntp ovre; echo x
		1|exit 0 of: true|true
		1|exit 1 of: mailnet nntp date|mailnet nntp date | false
	END
	printf '.Dd today\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd x\n' >none.1
	mkdir none
	run "$top_srcdir/tests/lib/examples" none.1 none
	assert_failure 1
	assert_output ''
}

@test "examples: the three main jobs have the described results" {
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

@test "examples: jq reads overviews" {
	try_like 'group_by(.from)'
	assert_output --regexp $'^[0-9]+\tAnn Example <ann@example.org>$'
	try_like 'split(" ")'
	assert_equal "$(wc -l <w/stdout)" 21
	run head -n 1 w/stdout
	assert_output --partial $'<0@example.org>\tN°'
}

@test "examples: Gmail and Office 365 accept the bare token of the OAuth helpers" {
	try_like pizauth
	assert_equal "$(messages_in w/home/Mail)" 2
	grep -q '^Message-ID: <5@example.org>' w/server/me/sent/by-gmail
	grep -q '^Message-ID: <5@example.org>' w/server/me/sent/by-office
}

@test "examples: overviews become rows of a spreadsheet" {
	try_like @csv
	assert_equal "$(wc -l <w/home/overviews.csv)" 22
	assert_equal "$(head -n 1 w/home/overviews.csv)" '"number","date","from","subject","octets"'
	run tail -n 1 w/home/overviews.csv
	assert_output --regexp '^1010,"Fri, 20 Nov 2026 [^"]*","Ann Example <ann@example.org>","N° 1010",[0-9]+$'
	try_like overviews.tsv
	assert_equal "$(awk -F '\t' '{ print NF }' w/home/overviews.tsv | uniq -c | xargs)" '21 5'
}

@test "examples: awk chooses articles by their overviews" {
	try_like Ann/
	assert_equal "$(messages_in w/home/Ann)" "$(grep -l '^From:.*ann@example.org' w/server/me/news/comp.lang.c/* | wc -l)"
	try_like Thread/
	assert_equal "$(messages_in w/home/Thread)" 2
}

@test "examples: the unread articles of the subscribed groups are fetched once" {
	try_like 'fetch -d News/%g/' '* * *'
	assert_equal "$(messages_in w/home/News/comp.lang.c)" 10
	assert_equal "$(messages_in w/home/News/comp.lang.awk)" 20
	[ ! -e w/home/News/news.answers ]
	assert_equal "$(grep -c -- '-1010$' w/home/.newsrc)" 2
	try_like 'fetch -d News/\%g/' flush
	assert_equal "$(messages_in w/home/News/comp.lang.awk)" 20
}

@test "examples: one line of cron sends the spool, drains the mailbox and fetches the news of all groups" {
	try_like 'flush Spool'
	assert_equal "$(find w/home/Spool -type f ! -name .lock)" ''
	assert_equal "$(messages_in w/home/Mail)" 4
	assert_equal "$(messages_in w/home/News/comp.lang.c)" 10
	assert_equal "$(messages_in w/home/News/comp.lang.awk)" 20
	assert_equal "$(grep -c 'applet=nntp.*outcome=stored' w/home/night.log)" 30
	assert_equal "$(grep -c 'applet=pop.*outcome=stored' w/home/night.log)" 4
	assert_equal "$(grep -c 'applet=smtp.*outcome=delivered' w/home/night.log)" 1
}

@test "examples: cron and a systemd timer drain several accounts into one Maildir" {
	try_like 'for box in work home'
	assert_equal "$(messages_in w/home/Mail)" 7
	assert_equal "$(grep -c ' outcome=stored' w/home/mail.log)" 7
	try_like 'mailnet --accounts'
	assert_equal "$(messages_in w/home/Mail)" 7
	try_like 'systemctl --user'
	assert_equal "$(messages_in w/home/Mail)" 4
	if command -v systemd-analyze >/dev/null; then
		sed -i "s|^ExecStart=mailnet|ExecStart=$MAILNET|" w/home/.config/systemd/user/mailnet-pop@.service
		cp w/home/.config/systemd/user/mailnet-pop@.service w/home/.config/systemd/user/mailnet-pop@work.service
		run systemd-analyze verify --user w/home/.config/systemd/user/mailnet-pop@work.service
		refute_output --partial mailnet-pop
		run systemd-analyze calendar '*:0/10'
		assert_success
	fi
}

@test "examples: LMTP delivers to the named user and the mailbox is emptied" {
	try_like lmtp://
	assert_equal "$(grep -l '^To: me@example.org' w/server/me/sent/* | wc -l)" 4
	assert_equal "$(find w/server/me/mail -type f)" ''
}

@test "examples: git chooses the account by the committer" {
	try_like sendemail.envelopeSender
	grep -q '^Subject: \[PATCH\] A file' w/server/me/sent/*
}

@test "examples: a relay host stores mail in the spool, and root sends it to the alias" {
	try_like 'The relay works'
	grep -q '^The relay works' w/server/me/sent/*
	run cat w/stdout
	assert_output --regexp '^[^ ]+ delivered$'
	assert_equal "$(find w/var/spool/mailnet -type f ! -name .lock)" ''
	# The timer of the system; the spool is empty.
	try_like mailnet-flush.timer
	assert_equal "$(cat w/stdout)" 'Created symlink for mailnet-flush.timer.'
	if command -v systemd-analyze >/dev/null; then
		sed -i "s|^ExecStart=mailnet|ExecStart=$MAILNET|" w/etc/systemd/system/mailnet-flush.service
		run systemd-analyze verify w/etc/systemd/system/mailnet-flush.service w/etc/systemd/system/mailnet-flush.timer
		refute_output --partial mailnet-flush
	fi
}

@test "examples: GNU parallel drains many mailboxes, each into its Maildir or all into one" {
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

@test "examples: GNU parallel reads from several hosts" {
	local user
	try_like 'parallel -j 8 --sshloginfile'
	for user in ann bob cy; do
		assert_equal "$(messages_in "w/home/boxes/$user")" 3
	done
	grep -q one.example.org w/ssh.log
	grep -q two.example.org w/ssh.log
	try_like 'hosts -a groups'
	assert_equal "$(wc -l <w/home/overviews)" 60
}

@test "examples: a pin makes a self-signed server trusted" {
	try_like key-pin
	assert_output --regexp '^2[0-9]{3}-'
	# shellcheck disable=SC2016 # not expanded
	sed -i 's/--tls-pin "$pin"/--tls-pin sha256:00000000000000000000000000000000000000000000000000000000000000ff/' like/mailnet.1/*
	new_world
	world_run "$PWD/w" "$(grep -lF 000000ff like/mailnet.1/*)"
	assert_equal "$status" 77
}
