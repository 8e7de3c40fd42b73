#!/usr/bin/env bats
# Files, links and locks that another local user has planted where mailnet writes.
#
# Each attack is made on root and on an ordinary user (the victim), in a directory of the attacker, where the
# kernel's own protection (fs.protected_symlinks) does not apply, and in a sticky one like /tmp.

# shellcheck disable=SC2030,SC2031 # each test is a subshell
bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	needs root
	common_setup
	world=$(mktemp -d /tmp/mailnet-users.XXXXXX)
	chmod 755 "$world"
	cp "$MAILNET" "$world/mailnet"
	mkdir -p box/mail
	printf 'From: a@example.org\nSubject: one\n\nbody\n' >box/mail/m1
	mkdir -p box/news/misc.test
	cp box/mail/m1 box/news/misc.test/1
	start_folder box --pop --nntp --user alice --password secret
}

teardown()
{
	stop_servers
	[ -z "${world:-}" ] || rm -rf "$world"
}

# scene VICTIM PLACE: an empty directory of the attacker (PLACE attacker) or a sticky one (PLACE sticky), the current
# directory; a private file of the victim is ../victim/secret.
scene()
{
	victim=$1
	[ "$victim" = root ] && attacker=nobody || attacker=daemon
	cd "$world" || return
	rm -rf place victim
	mkdir place victim
	chown "$victim" victim
	if [ "$2" = sticky ]; then
		chmod 1777 place
	else
		chown "$attacker" place && chmod 777 place
	fi
	(umask 077 && echo precious >victim/secret && echo 'default login alice password secret' >victim/.netrc)
	chown "$victim" victim/secret victim/.netrc
	cd place || return
}

# each_scene FUNCTION: calls the function in all four scenes; bats prints the scene if an assertion fails.
each_scene()
{
	local v p
	for v in root nobody; do
		for p in attacker sticky; do
			scene "$v" "$p"
			echo "victim $v in a directory that is $p"
			"$@" # not before ||, where a failed assertion would not end the test
		done
	done
}

# as USER COMMAND...: runs the command as that user.
as()
{
	local user=$1
	shift
	setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups \
		env HOME="$world/victim" TMPDIR=/tmp "$@"
}

# pop ARG..., nntp ARG...: runs mailnet as the victim.
pop()
{
	run --separate-stderr as "$victim" "$world/mailnet" pop -s "pop://127.0.0.1:$POP_PORT" --deadline 20 "$@"
}

nntp()
{
	run --separate-stderr as "$victim" "$world/mailnet" nntp -s "nntp://127.0.0.1:$NNTP_PORT" --deadline 20 "$@"
}

# plant NAME KIND: by the attacker. link: to the victim's file; far: a link to a directory of the victim; hard: a hard
# link to the victim's file; file: a file that all may write; fifo; dir.
plant()
{
	case $2 in
	link) as "$attacker" ln -s ../victim/secret "$1" ;;
	far) as "$attacker" ln -s ../victim "$1" ;;
	hard) ln ../victim/secret "$1" ;;
	file) as "$attacker" install -m 666 /dev/null "$1" ;;
	fifo) as "$attacker" mkfifo -m 666 "$1" ;;
	dir) as "$attacker" install -d -m 777 "$1" ;;
	esac
}

# refused REGEX: status 73 with one line that matches; the victim's file and the message are unchanged.
refused()
{
	assert_equal "$status" 73 || { echo "$stderr" >&2 && return 1; }
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" "$1"
	assert_equal "$(cat ../victim/secret)" precious
	assert_file_exist "$BATS_TEST_TMPDIR/box/mail/m1"
}

# ---- destinations ----------------------------------------------------------

mbox_attacks()
{
	local kind
	for kind in link hard file fifo; do
		rm -f mbox
		plant mbox $kind
		pop drain -d mbox --state "$world/victim/state"
		echo "mbox: $kind"
		refused 'mbox: .*(link|belongs to|not a regular file)'
		assert_equal "$(find . -mindepth 1 -printf %P)" mbox
	done
}

@test "other users: an mbox that is a link, hard link, file or FIFO of another user is refused" {
	each_scene mbox_attacks
}

maildir_attacks()
{
	local part
	install -o "$victim" -d ../victim/{tmp,new,cur}
	plant Mail far
	pop drain -d Mail/ --state "$world/victim/state"
	refused 'Mail: .*link'
	rm Mail
	plant Mail dir
	for part in tmp new cur; do
		as "$attacker" install -d -m 777 Mail/$part
	done
	pop drain -d Mail/ --state "$world/victim/state"
	refused 'Mail: .*belongs to user'
	assert_equal "$(find Mail -type f)" ''
	# A Maildir of the victim with a part of the attacker.
	chown "$victim" Mail Mail/*
	for part in tmp new cur; do
		rmdir Mail/$part
		as root ln -s ../../victim Mail/$part
		chown -h "$attacker" Mail/$part
		pop drain -d Mail/ --state "$world/victim/state"
		refused "$part: .*link"
		rm Mail/$part
		install -o "$attacker" -d -m 777 Mail/$part
		pop drain -d Mail/ --state "$world/victim/state"
		refused "$part: .*belongs to user"
		chown "$victim" Mail/$part
	done
}

@test "other users: a Maildir, or its tmp, new or cur, of another user is refused" {
	each_scene maildir_attacks
}

draft_attack()
{
	local tag
	# Everyone who has seen the name of one message knows the name of the draft.
	as "$victim" mkdir ../victim/box
	pop fetch -d ../victim/box/Mail/ --new --state "$world/victim/other"
	assert_success
	tag=$(cd ../victim/box/Mail/new && ls)
	as "$attacker" install -d -m 777 "Mail.${tag%%.*}"
	pop drain -d Mail/ --state "$world/victim/state"
	refused "Mail: .*(belongs to|another user)"
	assert_not_exist Mail
}

@test "other users: a directory planted under the name of a new Maildir's draft is refused" {
	scene root sticky
	draft_attack
	for place in attacker sticky; do
		scene nobody $place
		draft_attack
	done
}

own_links()
{
	install -o "$victim" -d ../victim/real ../victim/Mail ../victim/Mail/{tmp,new,cur} links
	as "$victim" ln -s ../../victim/real/mbox links/mbox
	as "$victim" ln -s ../../victim/Mail links/Mail
	as root ln -s ../../victim/real/state links/state
	as root ln -s "$world/victim/real" links/up
	pop fetch -d links/mbox --new --state links/state
	assert_success
	assert_file_contains ../victim/real/mbox 'Subject: one'
	assert_link_exists links/mbox
	assert_link_exists links/state
	assert_file_exist ../victim/real/state
	pop fetch -d links/Mail/ --new --state links/up/second
	assert_success
	assert_equal "$(find ../victim/Mail/new -type f | wc -l)" 1
	assert_file_exist ../victim/real/second
}

assert_link_exists()
{
	[ -L "$1" ]
}

@test "other users: links of the user and of root are followed, to an mbox, Maildir, journal and directories" {
	for victim in root nobody; do
		scene $victim sticky
		own_links
	done
}

@test "other users: root does not make or write another user's destination; the error shows how to run as that user" {
	scene root sticky
	install -o nobody -d alice alice/Mail alice/Mail/{tmp,new,cur}
	install -o nobody -m 600 /dev/null alice/mbox
	for dest in alice/mbox alice/Mail/ alice/newbox alice/New/; do
		pop drain -d $dest --state "$world/victim/state"
		refused "belongs to user nobody .*runuser -u nobody -- mailnet"
	done
	assert_equal "$(find alice -type f -size +0)" ''
	assert_not_exist alice/newbox
	assert_not_exist alice/New
	victim=nobody
	chown nobody ../victim ../victim/.netrc
	pop drain -d alice/newbox --state alice/state
	assert_success
	assert_equal "$(stat -c %U alice/newbox)" nobody
}

# ---- dot-locks -------------------------------------------------------------

lock_attack()
{
	local size
	as "$victim" sh -c 'umask 077 && cat >mbox' <<-END
		From MAILER-DAEMON Fri Nov 20 20:01:00 2026
		Subject: stored earlier

		text

	END
	size=$(stat -c %s mbox)
	# A lock of a dead process of this host, with a note that asks for the file to be truncated.
	{
		echo 999999999
		hostname
		cat /proc/sys/kernel/random/boot_id
		printf 'offset 0\ndate Fri Nov 20 20:01:00 2026\n'
	} >note
	as "$attacker" sh -c 'cat >mbox.lock' <note
	rm note
	pop --timeout 1 fetch -d mbox --new --state "$world/victim/state"
	assert_success
	assert_regex "$stderr" 'mbox.lock: ignored, because it belongs to another user'
	assert_file_contains mbox 'stored earlier'
	assert_file_contains mbox 'Subject: one'
	assert [ "$(stat -c %s mbox)" -gt "$size" ]
}

@test "other users: a dot-lock of another user is ignored, and the offset in it does not truncate the mbox" {
	for victim in root nobody; do
		scene $victim sticky
		lock_attack
	done
}

@test "other users: the offset in a dot-lock is used only if no other user could write or link the file" {
	local change
	for change in 'chmod 666 mbox.lock' 'ln mbox.lock other'; do
		scene root sticky
		printf 'From MAILER-DAEMON Fri Nov 20 20:01:00 2026\nSubject: stored earlier\n\ntext\n\n' >mbox
		{
			echo 999999999
			hostname
			cat /proc/sys/kernel/random/boot_id
			printf 'offset 0\ndate Fri Nov 20 20:01:00 2026\n'
		} >mbox.lock
		chmod 600 mbox.lock
		$change
		pop fetch -d mbox --new --state "$world/victim/state"
		assert_success
		assert_file_contains mbox 'stored earlier'
		rm -f other
	done
}

# ---- the journal -----------------------------------------------------------

state_attacks()
{
	local name kind
	for name in state state.lock state.new; do
		for kind in link hard file fifo; do
			rm -f state*
			plant $name $kind
			pop drain -d "$world/victim/mbox" --state state
			if [ $name = state.new ] && [ "$status" -eq 0 ]; then
				# The attacker's file could be removed.
				assert_equal "$(stat -c '%U %a %h %F' state)" "$victim 600 1 regular file"
				assert_equal "$(cat ../victim/secret)" precious
				printf 'From: a@example.org\nSubject: one\n\nbody\n' >"$BATS_TEST_TMPDIR/box/mail/m1"
			else
				echo "$name: $kind"
				refused "$name: "
			fi
			rm -f ../victim/mbox
		done
	done
}

@test "other users: the journal, its lock and its temporary file are never written through another user's file" {
	each_scene state_attacks
}

@test "other users: missing directories above the journal are not created through another user's link" {
	local victim
	for victim in root nobody; do
		scene $victim sticky
		plant up far
		pop drain -d "$world/victim/mbox" --state up/made/state
		refused 'up/made/state: .*link .up. belongs to another user'
		assert_not_exist ../victim/made
	done
}

@test "other users: a journal that other users can write is refused" {
	for mode in 620 602; do
		scene nobody sticky
		pop fetch -d "$world/victim/mbox" --new --state "$world/victim/state"
		assert_success
		chmod $mode ../victim/state
		pop drain -d "$world/victim/mbox" --state "$world/victim/state"
		assert_failure 78
		assert_regex "$stderr" 'other users can write it .chmod go-w'
		assert_file_exist "$BATS_TEST_TMPDIR/box/mail/m1"
	done
}

# ---- output ----------------------------------------------------------------

transcript_attacks()
{
	local kind
	for kind in link hard file fifo; do
		rm -f log
		plant log $kind
		pop --transcript log stat
		echo "transcript: $kind"
		refused '--transcript: log: '
	done
}

@test "other users: a transcript is not appended to another user's file, link or FIFO" {
	each_scene transcript_attacks
}

output_attacks()
{
	plant out link
	plant up far
	plant pipe fifo
	pop -o up/made stat
	refused 'up/made: .*link'
	pop -o pipe stat
	refused 'pipe: .*belongs to user'
	pop -o out stat
	# In a sticky directory the kernel keeps the attacker's file in its place.
	if [ "$status" -eq 0 ]; then
		assert_equal "$(stat -c '%F %U' out)" "regular file $victim"
	else
		refused 'out: '
	fi
	rm -f out
	plant out file
	umask 077
	pop -o out stat
	[ "$status" -ne 0 ] || assert_equal "$(stat -c '%a %U' out)" "600 $victim"
	assert_equal "$(cat ../victim/secret)" precious
}

@test "other users: -o replaces links and files of another user, and does not copy their mode" {
	each_scene output_attacks
}

# ---- newsrc ----------------------------------------------------------------

newsrc_attacks()
{
	local kind
	for kind in link hard file fifo; do
		rm -f rc*
		plant rc $kind
		nntp fetch -d "$world/victim/mbox" --newsrc rc misc.test
		echo "newsrc: $kind"
		refused 'rc: '
	done
}

@test "other users: a newsrc that another user owns or has linked is refused" {
	each_scene newsrc_attacks
}

# ---- the spool -------------------------------------------------------------

# spooled NAME: prints a file with the format of a spooled message.
spooled()
{
	printf 'mailnet-spool 1 18\nfrom a@x\nrcpt b@x\nSubject: %s\r\n\r\nbody\r\n' "$1"
}

# smtp USER ARG...: runs mailnet smtp as that user, with a server that keeps messages in box/sent.
smtp()
{
	run --separate-stderr as "$1" "$world/mailnet" smtp -s "smtp://127.0.0.1:$SMTP_PORT" --deadline 20 --no-netrc "${@:2}"
}

sent()
{
	cat "$BATS_TEST_TMPDIR"/box/sent/* 2>/dev/null | tr -d '\r' | grep '^Subject' | sort
}

# spool DIR USER MODE: makes a spool that belongs to USER.
spool()
{
	install -o "$2" -g "$(id -g "$2")" -d "$1" "$1"/{tmp,new,sending,failed,unknown}
	chmod "$3" "$1" "$1"/*
}

spool_attacks()
{
	local dest
	start_folder "$BATS_TEST_TMPDIR/box" --smtp
	plant linked far
	spool own "$victim" 700
	spool foreign "$attacker" 777
	# A shared spool in a directory where the attacker could have made it.
	spool shared "$attacker" 3733
	for dest in linked foreign shared; do
		run --separate-stderr as "$victim" "$world/mailnet" smtp -s smtp://localhost --tunnel false --no-netrc \
			send --spool "$dest" -f a@x b@x <"$BATS_TEST_TMPDIR/box/mail/m1"
		assert_failure 75
		assert_regex "$stderr" "could not be stored: $dest: .*(link|belongs to)"
		smtp "$victim" flush "$dest"
		assert_failure 73
	done
	assert_equal "$(find . ../victim -type f -size +0 ! -name secret ! -name .netrc)" ''
	for dest in tmp new sending failed unknown; do
		rmdir own/$dest
		ln -s ../foreign/$dest own/$dest
		smtp "$victim" flush own
		assert_failure 73
		rm own/$dest
		install -o "$attacker" -d own/$dest
		smtp "$victim" flush own
		assert_failure 73
		assert_regex "$stderr" "own/$dest: does not belong to the owner of the spool|$dest: own"
		rmdir own/$dest
		install -o "$victim" -d own/$dest
	done
	stop_servers
}

@test "other users: a spool, or a directory in it, of another user is refused by send and flush" {
	each_scene spool_attacks
}

planted_messages()
{
	start_folder "$BATS_TEST_TMPDIR/box" --smtp
	rm -f "$BATS_TEST_TMPDIR"/box/sent/*
	spooled secret >../victim/letter
	chmod 600 ../victim/letter
	chown "$victim" ../victim/letter
	spool q "$victim" 777
	spooled good >q/new/5
	chown "$victim" q/new/5
	as "$attacker" ln -s ../../../victim/letter q/new/1
	ln ../victim/letter q/new/2
	as "$attacker" mkfifo -m 666 q/new/3
	spooled foreign >q/new/4
	chown "$attacker" q/new/4
	chmod 644 q/new/4
	as "$attacker" mkdir -m 777 q/new/6
	smtp "$victim" flush q
	assert_failure 65
	assert_output '5 delivered'
	assert_equal "${#stderr_lines[@]}" 5
	assert_equal "$(sent)" 'Subject: good'
	# A message in sending/ is reported, but its envelope is not read through a link.
	as "$attacker" ln -s ../../../victim/letter q/sending/7
	as "$attacker" mkfifo -m 666 q/sending/8
	printf 'mailnet-spool 1 60000000\nfrom x' >q/sending/9
	rm -rf q/new/*
	smtp "$victim" --json flush q
	assert_failure 75
	assert_equal "$(jq -c '[.message, .from, .fate]' <<<"$output")" $'["7",null,"unknown"]\n["8",null,"unknown"]\n["9",null,"unknown"]'
	stop_servers
}

@test "other users: flush sends only regular files of the spool's owner, with one link" {
	each_scene planted_messages
}

@test "other users: flush sends the spool file that it has opened, not one that replaced it later" {
	local victim
	for victim in root nobody; do
		scene $victim sticky
		spool q "$victim" 777
		spooled good >q/new/1
		spooled evil >q/new/2
		touch -r q/new/1 q/new/2
		mv q/new/2 evil
		chown "$victim" q/new/1 evil
		tunnel_script <<-'END'
			S: 220 mx.example ready
			C~ EHLO .*
			S: 250-mx.example
			S: 250 PIPELINING
			C~ MAIL FROM:<a@x>.*
			S: 250 ok
			C: RCPT TO:<b@x>
			S: 250 ok
			C: DATA
			S: 354 go on
			C: Subject: good
			C:
			C: body
			C: .
			S: 250 taken
			C: QUIT
			S: 221 bye
		END
		# The tunnel is started after the first reading.
		cp "$TESTSERVER" "$world/testserver"
		cp "$BATS_TEST_TMPDIR"/script.* "$world/script"
		rm -f "$BATS_TEST_TMPDIR"/script.*
		chmod 644 "$world/script"
		run --separate-stderr as "$victim" "$world/mailnet" smtp -s smtp://localhost --deadline 20 --no-netrc \
			--tunnel "mv $PWD/evil $PWD/q/new/1 && exec $world/testserver script $world/script" flush q
		assert_success
		assert_output '1 delivered'
	done
}

@test "other users: flush opens a spool file once" {
	needs strace
	scene root sticky
	start_folder "$BATS_TEST_TMPDIR/box" --smtp
	spool q root 700
	spooled good >q/new/1764362867.1
	ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=open,openat,openat2 "$world/mailnet" smtp -s "smtp://127.0.0.1:$SMTP_PORT" --no-netrc flush q
	assert_equal "$(sent)" 'Subject: good'
	assert_equal "$(grep -c 1764362867.1 trace)" 1
}

# ---- a home of another user ------------------------------------------------

@test "other users: configuration and netrc in a home of another user that cannot be read count as missing" {
	local home=$world/home
	victim=nobody
	install -d "$home/.config/mailnet"
	printf '[pop]\nbroken\n' >"$home/.config/mailnet/config"
	echo broken >"$home/.netrc"
	# A home that cannot be searched, and files that cannot be read.
	chmod 700 "$home"
	run --separate-stderr as nobody env HOME="$home" "$world/mailnet" pop -s "pop://alice@127.0.0.1:$POP_PORT" stat
	assert_failure 77
	assert_regex "$stderr" 'no (password|login)'
	chmod 755 "$home"
	chmod 600 "$home/.netrc" "$home/.config/mailnet/config"
	run --separate-stderr as nobody env HOME="$home" "$world/mailnet" pop -s "pop://alice@127.0.0.1:$POP_PORT" stat
	assert_failure 77
	# A file of the user, or one that is named, is an error.
	chown nobody "$home/.netrc"
	chmod 000 "$home/.netrc"
	run --separate-stderr as nobody env HOME="$home" "$world/mailnet" pop -s "pop://alice@127.0.0.1:$POP_PORT" stat
	assert_failure 78
	run --separate-stderr as nobody "$world/mailnet" pop --config "$home/.config/mailnet/config" stat
	assert_failure 78
}

# ---- the shared spool ------------------------------------------------------

# store USER SUBJECT: USER adds a message to the shared spool.
store()
{
	printf 'Subject: %s\n\nbody\n' "$2" | as "$1" sh -c "umask 077; exec $world/mailnet smtp -s smtp://localhost \
		--tunnel false --no-netrc send -q --spool $world/shared -f a@x b@x"
}

@test "other users: a shared spool accepts messages of all users, and only its owner sends them" {
	scene root sticky
	start_folder "$BATS_TEST_TMPDIR/box" --smtp
	spool "$world/shared" nobody 3733
	for user in root daemon bin nobody; do
		store $user "of $user"
	done
	assert_equal "$(find ../shared/new -type f -printf '%u %g %m\n' | sort)" \
		"$(for u in bin daemon nobody root; do echo "$u $(id -gn nobody) 640"; done)"
	smtp daemon flush ../shared
	assert_failure 73
	smtp root flush ../shared
	assert_failure 73
	assert_regex "$stderr" 'runuser -u nobody -- mailnet'
	# The attacker plants a lock, a link, a FIFO, a name with a line end, and a file in each directory.
	as daemon sh -c "cd $world/shared && : >.lock && ln -s $world/victim/secret new/1 && mkfifo new/2 &&
		: >'new/3
	delivered' && for d in sending failed unknown; do : >\$d/4; done"
	smtp nobody flush ../shared
	assert_failure 75
	assert_equal "$(grep -c ' delivered$' <<<"$output")" 4
	assert_equal "$(sent)" $'Subject: of bin\nSubject: of daemon\nSubject: of nobody\nSubject: of root'
	refute grep -q '^[[:space:]]delivered' <<<"$output"
	assert_equal "$(cat ../victim/secret)" precious
}

@test "other users: the shared spool of mailnet-examples(7) accepts messages of an ordinary user" {
	scene root sticky
	start_folder "$BATS_TEST_TMPDIR/box" --smtp
	grep -E '^(mkdir -m|cd) ' "$top_srcdir/man/mailnet-examples.7" | grep -A2 'mkdir .*/var/spool/mailnet' |
		sed "s#/var/spool/mailnet#$world/shared#" >"$BATS_TEST_TMPDIR/recipe"
	assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/recipe")" 3
	as root sh -e "$BATS_TEST_TMPDIR/recipe"
	store nobody 'of nobody'
	smtp root flush ../shared
	assert_success
	assert_equal "$(sent)" 'Subject: of nobody'
}

# ---- a set-user-ID or set-group-ID program ---------------------------------

# rights MODE GROUP NAME: makes a copy of the program as NAME, with that mode and group.
rights()
{
	memory_counts || skip 'built with sanitizers, whose runtime ends where the process cannot be traced'
	install -m "$1" -g "$2" "$MAILNET" "$world/$3"
	install -m 2755 -g mail "$(command -v id)" "$world/id"
	[ "$(as nobody "$world/id" -gn)" = mail ] || skip 'set-group-ID does not work here (nosuid)'
}

@test "other users: a set-user-ID or set-group-ID copy refuses to run, with any arguments" {
	local args mode
	scene nobody sticky
	for mode in 4755 2755 6755; do
		rights $mode mail mailnet
		for args in 'pop stat' 'smtp send a@x' 'nntp date' --version 'help smtp' '--list' ''; do
			# shellcheck disable=SC2086 # words
			run --separate-stderr as nobody "$world/mailnet" $args
			assert_failure 71
			assert_equal "${#stderr_lines[@]}" 1
			assert_regex "$stderr" '^mailnet: refusing to run with rights'
		done
	done
	# The program may be set-group-ID if called as sendmail, but not set-user-ID.
	for mode in 4755 6755; do
		rights $mode mail sendmail
		run --separate-stderr as nobody "$world/sendmail" b@x
		assert_failure 71
	done
	rights 2755 mail sendmail
	run --separate-stderr as nobody bash -c "exec -a smtp $world/sendmail --tunnel id send b@x"
	assert_failure 71
	# For root, a set-user-ID file of root gives no further rights.
	rights 4755 root mailnet
	as root "$world/mailnet" --version
}

@test "other users: a set-group-ID sendmail ignores the caller's environment and configuration" {
	needs namespaces
	scene nobody sticky
	as nobody mkdir -p ../victim/.config/mailnet
	as nobody sh -c 'umask 077; cat >../victim/.config/mailnet/config' <<-END
		[sendmail]
		server = smtp://localhost
		spool = $PWD/configured
		tunnel = touch $PWD/ran; false
	END
	# sendmail, with that environment and without a network.
	try()
	{
		run --separate-stderr unshare -n setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups \
			env HOME="$world/victim" MAILNET_SPOOL="$PWD/spool" "$@" "$world/sendmail" -f a@x b@x \
			<"$BATS_TEST_TMPDIR/box/mail/m1"
	}
	rights 755 mail sendmail
	try
	assert_success
	assert_exist ran
	rm -rf ran spool configured
	rights 2755 mail sendmail
	try
	assert_failure 75
	try MAILNET_CONFIG="$world/victim/.config/mailnet/config"
	assert_failure 75
	try MAILNET_SMTP="smtp://localhost:1" XDG_CONFIG_HOME="$world/victim/.config"
	assert_failure 75
	refute_regex "$stderr" 'localhost:1'
	assert_equal "$(ls)" ''
}
