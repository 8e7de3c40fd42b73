#!/usr/bin/env bats
# A spool that all users of a host share: many users add messages, its owner sends them.

# shellcheck disable=SC2030,SC2031 # each test is a subshell
bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	needs root
	common_setup
	world=$(mktemp -d /tmp/mailnet-shared.XXXXXX)
	chmod 755 "$world"
	mkdir "$world/bin" "$world/home" served
	cp "$MAILNET" "$world/mailnet"
	"$world/mailnet" --install -s "$world/bin"
	make_spool "$world/spool" nobody
	away
}

teardown()
{
	stop_servers
	[ -z "${world:-}" ] || rm -rf "$world"
}

# make_spool DIR OWNER: with the commands of mailnet-examples(7), run as the owner.
make_spool()
{
	install -d "${1%/*}"
	install -o "$2" -g "$(id -g "$2")" -d "$1"
	sed -n '/^mkdir -m.*\/var\/spool/,/^mkdir/p' "$top_srcdir/man/mailnet-examples.7" |
		sed "s#^mkdir -m 3733 /var/spool/mailnet#chmod 3733 $1#; s#/var/spool/mailnet#$1#" >recipe
	as "$2" sh -e recipe
}

# as USER COMMAND...: runs the command as that user, with the configuration of the host.
as()
{
	local user=$1
	shift
	setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups \
		env HOME="$world/home" TMPDIR=/tmp MAILNET_CONFIG="$world/config" "$@"
}

# relay URL: the configuration of the host, with this relay.
relay()
{
	cat >"$world/config" <<-END
		[sendmail]
		server = $1
		domain = host.example
		queue = always
		spool = $world/spool
	END
}

# away: stop the relay; back: start it again; it stores messages in served/sent.
away()
{
	relay smtp://127.0.0.1:1
}

back()
{
	start_folder served --smtp
	relay "smtp://127.0.0.1:$SMTP_PORT"
}

# store USER SUBJECT: a program of USER sends a message.
store()
{
	printf 'Subject: %s\n\nbody of %s\n' "$2" "$2" | as "$1" "$world/bin/sendmail" -i root
}

# in_box BOX: print its files, sorted by the time at which they were stored.
in_box()
{
	find "$world/spool/$1" -mindepth 1 -printf '%f\n' | sort
}

# sent: print the subjects of the messages that the relay received.
sent()
{
	cat served/sent/*.eml 2>/dev/null | tr -d '\r' | sed -n 's/^Subject: //p' | sort
}

# flush: run flush as the owner of the spool.
flush()
{
	run --separate-stderr as nobody "$world/bin/sendmail" -q
}

mailq()
{
	run --separate-stderr as "$1" "$world/bin/mailq"
}

@test "shared spool: ten messages wait while the relay is down, are listed by mailq, and are sent when it is back" {
	local i
	for i in {1..10}; do
		store "$([ $((i % 2)) -eq 0 ] && echo daemon || echo bin)" "message $i"
	done
	mailq nobody
	assert_success
	assert_equal "$(grep -cE '^[0-9a-f.]+ [0-9]+s [0-9]+ <(bin|daemon)@host\.example> root@host\.example -$' <<<"$output")" 10
	flush
	assert_failure 75
	assert_regex "$stderr" 'cannot connect'
	mailq root
	assert_equal "${#lines[@]}" 10
	back
	printf 'log = %s/log\n' "$world" >>"$world/config"
	touch "$world/log"
	chown nobody "$world/log"
	flush
	assert_success
	assert_equal "$(grep -c ' delivered$' <<<"$output")" 10
	assert_equal "$(sent)" "$(printf 'message %d\n' {1..10} | sort)"
	# The owner of each file is in the log.
	assert_equal "$(grep -c ' owner=bin from=bin@host.example .* outcome=delivered exit=0$' "$world/log")" 5
	assert_equal "$(grep -c ' owner=daemon from=daemon@host.example .* outcome=delivered exit=0$' "$world/log")" 5
	mailq nobody
	assert_output 'queue is empty'
	flush
	assert_success
	assert_output ''
	# A user who may not write to the log can store a message.
	run --separate-stderr store daemon late
	assert_success
	assert_equal "$stderr" "mailnet sendmail: warning: --log: $world/log: Permission denied"
	assert_equal "$(in_box new | wc -l)" 1
}

@test "shared spool: other users cannot forge the last errors, or keep them from being stored" {
	local name
	store daemon mine
	name=$(in_box new)
	as bin sh -c "umask 022; echo '$name forged' >'$world/spool/.errors'"
	mailq nobody
	assert_regex "$output" ' -$'
	flush
	assert_failure 75
	mailq nobody
	assert_regex "$output" ' 127\.0\.0\.1: cannot connect to port 1: '
	rm "$world/spool/.errors"
	as bin mkdir -p "$world/spool/.errors/full"
	flush
	assert_failure 75
	mailq nobody
	assert_regex "$output" ' 127\.0\.0\.1: cannot connect to port 1: '
	assert_equal "$(in_box tmp)" ''
	back
	flush
	assert_success
	mailq nobody
	assert_output 'queue is empty'
	assert_equal "$(sent)" mine
}

@test "shared spool: other users cannot list or flush it, and the error names its owner" {
	store daemon mine
	mailq daemon
	assert_failure 73
	assert_output ''
	assert_equal "$stderr" \
		"mailnet sendmail: $world/spool: a shared spool can be listed only by its owner (user nobody) and by root"
	run --separate-stderr as daemon "$world/bin/sendmail" -q
	assert_failure 73
	assert_regex "$stderr" 'belongs to user nobody'
	assert_equal "$(in_box new | wc -l)" 1
}

@test "shared spool: two runs of flush at once send each message once" {
	local i pids=()
	for i in {1..20}; do
		store bin "message $i"
	done
	back
	as nobody "$world/bin/sendmail" -q >one 2>one.err &
	pids+=($!)
	as nobody "$world/bin/sendmail" -q >two 2>two.err &
	pids+=($!)
	for i in "${pids[@]}"; do
		wait "$i" || assert_equal $? 75
	done
	cat one.err two.err >err
	assert [ "$(wc -l <err)" -le 1 ]
	refute grep -qv 'locked by process' err
	flush
	assert_success
	assert_equal "$(sent | uniq | wc -l) $(sent | wc -l)" '20 20'
}

# flush_script COMMAND <STEPS: run flush against a scripted server; the shell command runs after the first reading.
flush_script()
{
	{
		printf 'S: 220 mx.example ready\nC~ EHLO .*\nS: 250-mx.example\nS: 250 PIPELINING\n'
		cat
		printf 'C: QUIT\nS: 221 bye\n'
	} >"$world/script"
	cp "$TESTSERVER" "$world/testserver"
	printf '#!/bin/sh\n%s\nexec %s script %s\n' "$1" "$world/testserver" "$world/script" >"$world/tunnel"
	chmod 755 "$world/tunnel"
	run --separate-stderr as nobody "$world/mailnet" smtp -s smtp://localhost --no-netrc --tunnel "$world/tunnel" flush "$world/spool"
}

# message SUBJECT: print the steps that accept this message and store it in $world/got-SUBJECT.
message()
{
	cat <<-END
		C~ MAIL FROM:.*
		S: 250 ok
		C~ RCPT TO:.*
		S: 250 ok
		C: DATA
		S: 354 go on
		recvblock $world/got-$1
		S: 250 taken
	END
}

@test "shared spool: a message that its user removes or replaces after it was read does not stop the others" {
	local files remove
	store bin first
	store bin second
	store daemon third
	mapfile -t files < <(in_box new)
	remove="cd $world/spool && PATH=/usr/sbin:/usr/bin:/sbin:/bin"
	touch "$world/got-first" "$world/got-third"
	chmod 666 "$world"/got-*
	# The tunnel runs as the owner of the spool, who may remove a file like its user.
	flush_script "$remove && rm new/${files[1]}" < <(message first && message third)
	assert_failure 74
	assert_equal "$(grep -c ' delivered$' <<<"$output")" 2
	assert_regex "$output" "${files[1]} later: the message file was removed or replaced before it was sent"
	grep -q 'body of first' "$world/got-first"
	grep -q 'body of third' "$world/got-third"
	assert_equal "$(in_box new)$(in_box sending)$(in_box unknown)$(in_box failed)" ''

	# A file with the same name in sending/ keeps only its own message from being sent.
	store bin first
	store daemon third
	mapfile -t files < <(in_box new)
	flush_script "$remove && : >sending/${files[0]}" < <(message third)
	assert_failure 74
	assert_equal "$(in_box new)" "${files[0]}"
	# The file in sending/ is treated as left by a killed run that has sent the message.
	flush
	assert_failure 75
	assert_regex "$output" "${files[0]} unknown: "
	assert_equal "$(in_box new)$(in_box sending)" ''
	assert_equal "$(in_box unknown)" "${files[0]}"
}

@test "shared spool: a message that its user removes while it is sent does not stop the others" {
	local i
	for i in {1..3}; do
		store bin "message $i"
	done
	cat >"$world/server" <<-END
		import os, sys
		def put(line):
		    sys.stdout.write(line + "\r\n")
		    sys.stdout.flush()
		put("220 ready")
		data = False
		for line in sys.stdin:
		    line = line.rstrip("\r\n")
		    if data:
		        data = line != "."
		        if not data:
		            for name in os.listdir("$world/spool/sending"):
		                os.unlink("$world/spool/sending/" + name)
		            put("250 taken")
		    elif line == "DATA":
		        data = True
		        put("354 go on")
		    else:
		        put("250 ok")
	END
	run --separate-stderr as nobody "$world/mailnet" smtp -s smtp://localhost --no-netrc \
		--tunnel "python3 $world/server" flush "$world/spool"
	assert_success
	assert_equal "$(grep -c ' delivered$' <<<"$output")" 3
	assert_equal "$(in_box new)$(in_box sending)$(in_box unknown)" ''
}

@test "shared spool: on a full disk a message is refused and leaves no file, and flush still sends" {
	needs namespaces
	back
	mkdir "$world/disk"
	sed -i "s#^spool = .*#spool = $world/disk/spool#" "$world/config"
	cat >run.sh <<-'END'
		mount -t tmpfs -o size=64k,mode=755 none "$world/disk"
		make_spool "$world/disk/spool" nobody
		printf 'Subject: small\n\nx\n' | as daemon "$world/bin/sendmail" -i root
		status=0
		{ printf 'Subject: large\n\n' && head -c 200000 /dev/zero | tr '\0' x | fold; } >big
		as daemon "$world/bin/sendmail" -i root <big || status=$?
		echo "large: $status"
		find "$world/disk/spool" -type f -printf '%P\n' | sed 's/[0-9].*//'
		dd if=/dev/zero of="$world/disk/rest" bs=4k 2>/dev/null || true
		status=0
		printf 'Subject: late\n\nx\n' | as daemon "$world/bin/sendmail" -i root || status=$?
		echo "late: $status"
		as nobody "$world/bin/sendmail" -q
		find "$world/disk/spool" -type f ! -name .lock
	END
	export world
	export -f as make_spool
	run --separate-stderr unshare -m bash -eu run.sh
	assert_success
	assert_line --index 0 'large: 74'
	assert_line --index 1 'new/'
	assert_line --index 2 'late: 74'
	assert_line --index 3 --regexp ' delivered$'
	assert_equal "${#lines[@]}" 4
	assert_equal "$(grep -c 'No space left on device' <<<"$stderr")" 2
	assert_equal "$(sent)" small
}

# struck USER INJECTION COMMAND...: runs the command with a failing system call; INJECTION is an argument for -e inject=
# of strace. $status is the exit status; $came: 1 if there was such a call.
struck()
{
	came=0
	run --separate-stderr as "$1" env ASAN_OPTIONS=detect_leaks=0 timeout 30 strace -qq -o "$world/traces/trace" \
		-e trace="${2%%:*}" -e inject="$2" "${@:3}"
	! grep -qE 'INJECTED|killed by SIGKILL' "$world/traces/trace" || came=1
	rm -f "$world/traces/trace"
}

@test "shared spool: if a call fails or the program is killed, a message is stored whole or not at all" {
	needs strace
	local call k how stored=0 points=0
	mkdir -m 777 "$world/traces"
	for how in signal=KILL error=ENOSPC; do
		for call in openat fchmod write fsync syncfs renameat2; do
			for ((k = 1; k < 100; k++)); do
				[[ $call != openat ]] || k=$((k + 6)) # skip openat calls for shared libraries
				printf 'Subject: %s\n\nbody of %s\n' $call-$how-$k $call-$how-$k >in
				struck daemon "$call:$how:when=$k" "$world/bin/sendmail" -i root <in
				[ "$status" -ne 0 ] || { stored=$((stored + 1)) && echo "$call-$how-$k" >>acknowledged; }
				[ $came = 1 ] || break
				points=$((points + 1))
			done
		done
	done
	echo "# $points points, $stored messages acknowledged, $(in_box new | wc -l) stored" >&3
	assert [ $points -ge 15 ]
	back
	flush
	assert_success
	# Each message whose sendmail succeeded was sent once and completely.
	assert_equal "$(sent | uniq -d)" ''
	assert_equal "$(comm -13 <(sent) <(sort acknowledged))" ''
	assert_equal "$(cat served/sent/*.eml | tr -d '\r' | sed -n 's/^body of //p' | sort)" "$(sent)"
}

@test "shared spool: flush killed at any call loses no message and sends none twice" {
	needs strace
	local call k points=0
	mkdir -m 777 "$world/traces"
	back
	for call in sendto renameat2 unlinkat fsync; do
		for ((k = 1; k < 40; k++)); do
			store bin "$call-$k-a"
			store daemon "$call-$k-b"
			struck nobody "$call:signal=KILL:when=$k" "$world/bin/sendmail" -q
			printf '%s\n' "$call-$k-a" "$call-$k-b" >>all
			run as nobody "$world/bin/sendmail" -q
			[ $came = 1 ] || break
			points=$((points + 1))
		done
	done
	echo "# $points points, $(sent | wc -l) of $(wc -l <all) messages sent, $(in_box unknown | wc -l) with unknown outcome" >&3
	assert [ $points -ge 10 ]
	assert_equal "$(sent | uniq -d)" ''
	# A message that was not sent is in unknown/.
	cat "$world"/spool/unknown/* | tr -d '\r' | sed -n 's/^Subject: //p' >unknown
	assert_equal "$(comm -13 <(sent | sort -u - unknown) <(sort all))" ''
	assert_equal "$(in_box new)$(in_box sending)$(in_box failed)" ''
}

@test "shared spool: a message that its user changes while it is sent does not stop the others" {
	local change name
	cp "$TESTSERVER" "$world/testserver"
	install -d -o nobody "$world/served"
	for change in 'echo more >>' 'truncate -s 5000'; do
		{ echo 'Subject: large' && echo && head -c 600000 /dev/zero | tr '\0' x | fold; } | as daemon "$world/bin/sendmail" -i root
		store bin "after $change"
		name=$(in_box new | head -n 1)
		chmod 666 "$world/spool/new/$name" # the tunnel, run by the spool's owner, does what the user can do
		cat >"$world/tunnel" <<-END
			#!/bin/sh
			[ ! -e $world/spool/new/$name ] || $change $world/spool/new/$name
			exec $world/testserver folder --dir $world/served --smtp --stdio
		END
		chmod 755 "$world/tunnel"
		run --separate-stderr as nobody "$world/mailnet" smtp -s smtp://localhost --no-netrc --tunnel "$world/tunnel" flush "$world/spool"
		assert_failure 74
		assert_equal "$(grep -c ' delivered$' <<<"$output")" 1
		assert_regex "$output" "$name later: "
		assert_equal "$(in_box new) $(in_box sending)$(in_box unknown)" "$name "
		rm "$world/spool/new/$name"
	done
	assert_equal "$(cat "$world"/served/sent/*.eml | grep -c '^Subject: after')" 2
}
