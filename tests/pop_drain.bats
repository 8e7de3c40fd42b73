#!/usr/bin/env bats
# pop fetch and drain: budgets, destinations, the journal.
#
# shellcheck disable=SC2030,SC2031 # each test is a subshell, and sets its own server

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	common_setup
	write_netrc 127.0.0.1 alice secret
}

# mails N [SIZE]: a server with N messages in box/mail.
mails()
{
	local i
	mkdir -p box/mail keep
	for ((i = 1; i <= $1; i++)); do
		{
			printf 'From: a@example.org\nSubject: message %d\nMessage-ID: <%d@example.org>\n\n' "$i" "$i"
			printf '.dot\nFrom here\n'
			[ -z "${2:-}" ] || head -c "$2" /dev/zero | tr '\0' x | fold -w 70
			echo
		} >"$(printf 'keep/m%06d' "$i")"
	done
	cp keep/* box/mail/
	start_folder box --pop --user alice --password secret "${@:3}"
	server=pop://127.0.0.1:$POP_PORT
}

pop()
{
	run --separate-stderr mailnet pop -s "$server" "$@"
}

# assert_stored DIR: the Maildir holds each original message exactly once.
assert_stored()
{
	local dir=$1
	sha256sum keep/* | cut -d ' ' -f 1 | sort >want
	find "$dir/new" "$dir/cur" -type f -exec sha256sum {} + | cut -d ' ' -f 1 | sort >got
	run diff want got
	assert_success
	assert_equal "$(find "$dir/tmp" -type f | wc -l)" 0
}

left()
{
	find box/mail -type f | wc -l
}

# ---- budgets ---------------------------------------------------------------

@test "drain: six round trips for one message and for two thousand" {
	local n
	for n in 1 2000; do
		rm -rf box keep Mail "$HOME/.local"
		mails $n
		pop -v drain -d Mail/
		assert_success
		refute_output
		assert_regex "$stderr" '[*] 6 round trips'
		assert_stored Mail
		assert_equal "$(left)" 0
		stop_servers
	done
}

@test "drain: a server without PIPELINING is drained" {
	mails 5 '' --no-pipelining
	pop drain -d Mail/
	assert_success
	assert_stored Mail
	assert_equal "$(left)" 0
}

@test "drain: an empty mailbox is success" {
	mails 1
	rm box/mail/*
	pop drain -d Mail/
	assert_success
	pop fetch
	assert_success
	refute_output
}

# ---- destinations ----------------------------------------------------------

@test "drain: a new Maildir is private, mailnet chooses file names, the server's octets are stored unchanged" {
	umask 022
	mails 3
	pop drain -d 'deep/in/Mail/'
	assert_failure 73
	mkdir -p deep/in
	pop drain -d 'deep/in/Mail/'
	assert_success
	assert_stored deep/in/Mail
	assert_equal "$(stat -c %a deep/in/Mail deep/in/Mail/new)" $'700\n700'
	assert_equal "$(find deep/in/Mail/new -type f -perm 600 | wc -l)" 3
	assert_equal "$(find deep/in/Mail/new -type f -name '*m0000*' | wc -l)" 0
}

@test "drain: a large group is synced before it is recorded, and needs few open files" {
	needs strace inspect
	mails 100
	ulimit -n 80
	ASAN_OPTIONS=detect_leaks=0 run strace -f -y -s 65536 -o trace -e trace=openat,mkdir,fsync,fdatasync,syncfs,rename,renameat,renameat2,linkat,sendto,write,pwrite64 \
		"$MAILNET" pop -s "$server" drain -d Mail/ --state "$PWD/journal"
	assert_success
	run awk -v cwd="$(pwd -P)" -f "$BATS_TEST_DIRNAME/crash/journal.awk" \
		-f "$BATS_TEST_DIRNAME/crash/order.awk" trace
	assert_success
	assert_output '100 files, 100 records before the first DELE: in order'
	run awk -v cwd="$(pwd -P)" -f "$BATS_TEST_DIRNAME/crash/journal.awk" \
		-f "$BATS_TEST_DIRNAME/crash/order.awk" <(grep -vE 'syncfs\(|fsync\(.*/tmp/' trace)
	assert_failure 1
	assert_output --partial ' before the first DELE: NOT in order'
}

@test "drain: a second run stores no message twice, even if a mail reader has moved messages" {
	mails 3
	pop fetch -d Mail/
	assert_success
	for file in Mail/new/*; do
		mv "$file" "Mail/cur/${file##*/}:2,S"
	done
	pop drain -d Mail/
	assert_success
	assert_stored Mail
	assert_equal "$(left)" 0
}

@test "drain: an mbox gets quoted From_ lines and separators" {
	mails 2
	pop drain -d box.mbox
	assert_success
	assert_equal "$(grep -c '^From a@example.org ' box.mbox)" 2
	assert_equal "$(grep -c '^>From here' box.mbox)" 2
	assert_equal "$(stat -c %a box.mbox)" 600
	assert_not_exist box.mbox.lock
	assert_equal "$(left)" 0
	echo 'Subject: later' >box/mail/later
	pop drain -d box.mbox
	assert_success
	assert_equal "$(grep -cE '^From (a@example.org|MAILER-DAEMON) ' box.mbox)" 3
}

@test "drain: a |COMMAND accepts a message by exit status 0" {
	mails 3
	pop drain -d '|cat >>all; echo >>count'
	assert_success
	assert_equal "$(wc -l <count)" 3
	assert_equal "$(grep -c '^Subject: message' all)" 3
	assert_equal "$(left)" 0
}

@test "drain: messages that a failed |COMMAND did not accept stay on the server" {
	mails 3
	pop drain -d '|grep -q "message 2" && exit 75; cat >/dev/null; exit 0'
	assert_failure 75
	assert_regex "$stderr" "message 2: .* ended with status 75"
	assert_equal "$(left)" 1
	# If the command refuses permanently, the other messages are stored and deleted.
	stop_servers
	rm -rf box keep "$HOME/.local"
	mails 3
	pop drain -d '|! grep Subject | tee -a seen | grep -q "message 2"'
	assert_failure 69
	assert_regex "$stderr" "message 2: .* ended with status 1"
	assert_equal "$(cat seen)" "$(printf 'Subject: message %d\n' 1 2 3)"
	assert_equal "$(left)" 1
}

@test "drain: a message that a command has accepted is not sent to it again" {
	mails 6
	pop drain -d '|grep Subject >>seen; ! grep -q "message 2" seen || exit 75'
	assert_failure 75
	assert_equal "$(left)" 6
	assert_equal "$(wc -l <seen)" 6
	sed -i 2,6d seen
	pop drain -d '|grep Subject >>seen; ! grep -q "message 2" seen || exit 75'
	assert_failure 75
	assert_equal "$(cat seen)" "$(printf 'Subject: message %d\n' 1 2 3 4 5 6)"
}

@test "drain: LMTP delivers over a Unix socket" {
	mails 3
	pop_server=$server
	mkdir sink
	start_folder sink --lmtp-unix "$PWD/lmtp.sock"
	server=$pop_server
	pop drain -d "lmtp://$PWD/lmtp.sock"
	assert_success
	assert_equal "$(left)" 0
	assert_equal "$(grep -rh '^Subject: message' sink | tr -d '\r' | sort)" "$(printf 'Subject: message %d\n' 1 2 3)"
	pop drain -d "lmtp://$PWD/nowhere.sock"
	assert_success
	echo 'Subject: later' >box/mail/later
	pop drain -d "lmtp://$PWD/nowhere.sock"
	assert_failure 75
	assert_equal "$(left)" 1
}

@test "drain: JSON records go to stdout, and messages are recognised by their headers" {
	mails 2
	pop drain -d - --json --keep 1s
	assert_success
	jq -r .raw <<<"${lines[1]}" | base64 -d | tr -d '\r' | cmp - keep/m000002
	sleep 1.1
	pop -v drain -d - --json
	assert_success
	refute_output
	refute_regex "$stderr" 'RETR'
	assert_equal "$(left)" 0
}

@test "drain: a signal ends the run soon, leaves no temporary file and deletes nothing" {
	mails 3
	"$MAILNET" pop -s "$server" drain -d '|sleep 100' 2>/dev/null 3>&- &
	pid=$!
	wait_until 60 pgrep -P $pid
	kill -TERM $pid # bash has background jobs ignore SIGINT
	SECONDS=0
	status=0
	wait $pid || status=$?
	assert_equal "$status" 143
	[ "$SECONDS" -le 30 ]
	assert_equal "$(left)" 3
	assert_equal "$(ls "$TMPDIR")" ''
}

@test "drain: -d - writes an mbox to stdout, but never to a terminal" {
	mails 2
	pop drain -d -
	assert_success
	assert_equal "$(grep -c '^From a@example.org ' <<<"$output")" 2
	assert_equal "$(left)" 0
	echo 'Subject: later' >box/mail/later
	run script -qec "'$MAILNET' pop -s $server drain -d -" /dev/null
	assert_failure 64
	assert_equal "$(left)" 1
	pop drain -d - -o file
	assert_failure 64
	# The messages would be recorded as fetched, even if the file is not written.
	pop fetch --new -o file
	assert_failure 64
	assert_file_not_exist file
	pop fetch -o file
	assert_success
	assert_equal "$(grep -c '^From ' file)" 1
}

@test "drain: a full disk on stdout deletes nothing" {
	mails 2
	run bash -c "'$MAILNET' pop -s $server drain -d - >/dev/full"
	assert_failure 74
	assert_equal "$(left)" 2
	# A pipe whose reader has closed.
	mkfifo pipe
	# shellcheck disable=SC2094 # opened, not copied
	exec 5<>pipe 6>pipe 5>&-
	run bash -c "'$MAILNET' pop -s $server drain -d - >&6"
	exec 6>&-
	assert_failure 141
	assert_equal "$(left)" 2
}

@test "drain: a missing -d, or a directory that is not a Maildir, is an error" {
	mails 1
	pop drain
	assert_failure 64
	mkdir plain
	pop drain -d plain
	assert_failure 73
	pop drain -d plain/
	assert_failure 73
	assert_equal "$(left)" 1
}

@test "fetch: an mbox on stdout by default, the message alone with --raw, records with --json" {
	mails 2
	pop fetch
	assert_success
	assert_equal "$(grep -c '^From a@example.org ' <<<"$output")" 2
	pop fetch --raw
	assert_equal "$(grep -c '^From a@example.org ' <<<"$output")" 0
	assert_equal "$(grep -c '^From here' <<<"$output")" 2
	pop fetch --json
	assert_equal "$(jq -r '.uid, .number, .octets' <<<"$output" | paste -sd ' ')" \
		"m000001 1 $(($(wc -c <keep/m000001) + $(wc -l <keep/m000001))) m000002 2 $(($(wc -c <keep/m000002) + $(wc -l <keep/m000002)))"
	jq -r .raw <<<"${lines[1]}" | base64 -d | tr -d '\r' | cmp - keep/m000002
	assert_equal "$(left)" 2
	assert_not_exist "$HOME/.local"
}

@test "fetch and drain: JSON shows the outcome of each message" {
	mails 3
	pop fetch -d Mail/ --new --limit 1 --json
	assert_success
	assert_equal "$(jq -c '[.number, .uid, .fate, .deleted, (.file != null)]' <<<"$output" | paste -sd ' ')" \
		'[1,"m000001","stored",false,true] [2,"m000002","skipped",false,false] [3,"m000003","skipped",false,false]'
	assert_file_exist "Mail/new/$(jq -r .file <<<"${lines[0]}")"
	pop drain -d Mail/ --json
	assert_success
	assert_equal "$(jq -c '[.number, .fate, .deleted]' <<<"$output" | paste -sd ' ')" \
		'[1,"skipped",true] [2,"stored",true] [3,"stored",true]'
}

# ---- which messages --------------------------------------------------------

@test "fetch --new fetches only messages that were not fetched before, by unique-id and header" {
	mails 3
	pop fetch --new -d Mail/
	assert_success
	pop -v fetch --new -d Mail/
	assert_success
	refute_regex "$stderr" 'RETR'
	# If the size differs, the header decides, once.
	echo more >>box/mail/m000002
	pop -v fetch --new -d Mail/
	assert_regex "$stderr" 'TOP 2 0'
	refute_regex "$stderr" 'RETR|TOP [13]'
	pop -v fetch --new -d Mail/
	refute_regex "$stderr" 'RETR|TOP'
	sed -i 's/^Subject: .*/Subject: another/' box/mail/m000002
	pop -v fetch --new -d Mail/
	assert_regex "$stderr" 'RETR 2'
	refute_regex "$stderr" 'RETR [13]'
	assert_equal "$(find Mail/new -type f | wc -l)" 4
	# Another destination has no records of these messages.
	pop fetch --new -d Other/
	assert_equal "$(find Other/new -type f | wc -l)" 3
}

@test "fetch: --max-size and --limit leave messages where they are" {
	mails 3
	head -c 5000 /dev/zero | tr '\0' x | fold -w 70 >>box/mail/m000002
	pop drain -d Mail/ --max-size 1000
	assert_success
	assert_equal "$(left)" 1
	assert_equal "$(find Mail/new -type f | wc -l)" 2
	stop_servers
	mails 3
	pop drain -d Two/ --limit 2
	assert_success
	assert_equal "$(left)" 1
}

@test "drain --keep TIME deletes only messages stored at least that long ago" {
	mails 2
	pop drain -d Mail/ --keep 1h
	assert_success
	assert_equal "$(left)" 2
	pop -v drain -d Mail/ --keep 1h
	refute_regex "$stderr" 'RETR|TOP|DELE'
	sleep 1.1
	pop -v drain -d Mail/ --keep 1s
	assert_success
	assert_regex "$stderr" 'TOP 1 0'
	refute_regex "$stderr" 'RETR'
	assert_equal "$(left)" 0
	assert_stored Mail
	pop drain -d Mail/ --keep forever
	assert_failure 64
}

@test "drain: a second run at the same time exits 75 at once" {
	mails 1
	mkdir -p "$HOME/.local/state/mailnet"
	local lock="$HOME/.local/state/mailnet/pop-alice@127.0.0.1:$POP_PORT.lock"
	python3 - "$lock" <<-'END' 3>&- &
		import fcntl, sys, time
		f = open(sys.argv[1], "w")
		fcntl.lockf(f, fcntl.LOCK_EX)
		open(sys.argv[1] + ".held", "w").close()
		time.sleep(60)
	END
	wait_until 60 test -e "$lock.held"
	pop drain -d Mail/
	kill %1
	assert_failure 75
	assert_regex "$stderr" 'locked'
	assert_equal "$(left)" 1
}

@test "drain: --state names the journal and is required without a home directory" {
	mails 1
	run env -u HOME "$MAILNET" pop -s "$server" --netrc "$HOME/.netrc" drain -d Mail/
	assert_failure 78
	run env -u HOME "$MAILNET" pop -s "$server" --netrc "$HOME/.netrc" drain -d Mail/ --state here/journal
	assert_success
	assert_file_exist here/journal
	mails 1
	XDG_STATE_HOME=$PWD/xdg pop drain -d Mail/
	assert_success
	assert_file_exist "xdg/mailnet/pop-alice@127.0.0.1:$POP_PORT"
	echo 'not a journal' >other
	pop drain -d Mail/ --state other
	assert_failure 78
	pop fetch --state here/journal
	assert_failure 64
}

@test "drain: in a batch messages are deleted at its end" {
	mails 2
	run mailnet pop -s "$server" -b - <<<$'drain -d Mail/\nstat'
	assert_success
	assert_output '0 0'
	assert_equal "$(left)" 0
	assert_stored Mail
	cp keep/* box/mail/
	run mailnet pop -s "$server" -b - <<<$'drain -d Mail/\nlist 9'
	assert_failure 1
	assert_equal "$(left)" 2
	# No message was lost, and the next run fetches none again.
	run mailnet pop -s "$server" -v drain -d Mail/
	assert_success
	refute_output --partial RETR
	assert_equal "$(left)" 0
	assert_stored Mail
}

# shellcheck disable=SC2016 # the command and the message have them
@test "drain: a command finds unique-id, sender, size and URL of the message in its environment" {
	export MAILNET_SENDER=of@the.caller
	mkdir -p box/mail
	printf 'From: "$(touch evil)" <a@example.org>\nReturn-Path: <ret@example.org>\nSubject: one\n\nx\n' >box/mail/1
	printf 'Subject: none\n\nx\n' >box/mail/2
	start_folder box --pop --user alice --password secret
	server=pop://alice@127.0.0.1:$POP_PORT
	pop uidl 1
	local uid=${output#1 }
	pop drain -d '|printf "%s\n" "$MAILNET_UID" "$MAILNET_SENDER" "$MAILNET_SIZE" "$MAILNET_URL" >>seen; cat >/dev/null'
	assert_success
	assert_equal "$(head -n 4 seen)" "$uid"$'\n'"ret@example.org"$'\n'"90"$'\n'"$server"
	assert_equal "$(sed -n 6,7p seen)" $'\n20'
	assert_not_exist evil
}

@test "drain: a message costs at most 150 octets in the journal, also if each run stores only one" {
	mails 40
	local i
	for i in {1..15}; do
		"$MAILNET" pop -s "$server" -q fetch --new -d One/ --limit 1 --state one
	done
	assert_equal "$(find One/new -type f | wc -l)" 15
	[ "$(stat -c %s one)" -le $((15 * 150)) ]
	pop drain -d Mail/ --state all
	assert_success
	[ "$(stat -c %s all)" -le $((40 * 150)) ]
	assert_stored Mail
}

@test "fetch --new: a journal of the first version is read and replaced, that of a later version is refused" {
	mails 3
	# As mailnet wrote it until that version.
	cat >journal <<-END
		mailnet-state 1
		167f6d89b1c5c32d S 1795946757 91 42e87e5467727fce7212eb4c96a63619 5f19042a4a58e43c - =m000001
		4a2ec57189c4b78e S 1795946757 91 cd4ba02034c80030ddb6102b244aba8c 5f19042a4a58e43c - =m000002
	END
	pop -v fetch --new -d '|cat >>all' --state journal
	assert_success
	assert_regex "$stderr" 'RETR 3'
	refute_regex "$stderr" 'RETR [12]|TOP'
	assert_equal "$(head -n 1 journal)" 'mailnet-state 2'
	pop -v fetch --new -d '|cat >>all' --state journal
	assert_success
	refute_regex "$stderr" 'RETR|TOP'
	cp journal later
	sed -i '1s/2/3/' later
	cp later kept
	pop fetch --new -d '|cat >>all' --state later
	assert_failure 78
	assert_regex "$stderr" 'later: version 3 of the journal; this mailnet can read it up to version 2 \(use a later mailnet\)'
	cmp later kept
}
