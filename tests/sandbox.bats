#!/usr/bin/env bats
# Self-confinement: a library loaded into mailnet (tests/lib/probe.c) tries the calls of an attacker at the end of the
# run. The rest of the suite runs confined too, which proves that all verbs still work.
#
# shellcheck disable=SC2030,SC2031 # each test is a subshell, and sets its own server

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	common_setup
	# Under ASan the process is not confined, because the leak checker traces it.
	memory_counts || skip "built with sanitizers"
	write_netrc 127.0.0.1 alice secret
	mkdir outside
	echo secret >outside/secret
	probe=$top_builddir/tests/probe.so
	in_force=$(mailnet nntp -v decode x 2>&1 >/dev/null)
}

# The kernel may lack Landlock and seccomp, or a container may forbid them: then skip.
need()
{
	[[ $in_force == *"$1"* ]] || skip "no $1 here: $in_force"
}

# probed COMMAND...: runs the command with the probe, which writes its results to the file `found`.
probed()
{
	rm -f found
	run --separate-stderr env LD_PRELOAD="$probe" PROBE_LOG="$PWD/found" PROBE_DIR="$PWD/outside" "$@"
	cat found
}

# denied NAME...: the kernel refused each of these calls to the probe; a refused clone3 gives ENOSYS.
denied()
{
	local name
	for name; do
		grep -qE "^$name (EPERM|EACCES|ENOSYS)$" found || fail "$name: $(grep "^$name " found)"
	done
}

granted()
{
	local name
	for name; do
		grep -q "^$name ok$" found || fail "$name: $(grep "^$name " found)"
	done
}

files="read-outside list-outside write-outside truncate-outside create-outside remove-outside read-shadow"
calls="new-privs socket-inet socket-unix connect ptrace read-memory io-uring unshare keyctl clone3 type-ahead clock fork exec"

mails()
{
	local i
	mkdir -p box/mail
	for ((i = 1; i <= $1; i++)); do
		printf 'From: a@example.org\nSubject: message %d\n\ntext\n' "$i" >box/mail/m$i
	done
	start_folder box --pop --user alice --password secret "${@:2}"
	server=pop://127.0.0.1:$POP_PORT
}

news()
{
	local i
	mkdir -p box/news/misc.test
	for i in 1 2 3; do
		printf 'From: a@example.org\nSubject: article %d\nNewsgroups: misc.test\nMessage-ID: <%d@example.org>\nDate: Fri, 20 Nov 2026 12:00:00 +0000\n\ntext\n' \
			$i $i >box/news/misc.test/$i
	done
	start_folder box --nntp
	server=nntp://127.0.0.1:$NNTP_PORT
}

@test "sandbox: a drain can reach only its Maildir and journal" {
	need Landlock
	need seccomp
	mails 2
	mkdir -p M/{tmp,new,cur}
	PROBE_WRITABLE=$PWD/M/tmp probed "$MAILNET" pop -s "$server" drain -d M/
	assert_success
	# shellcheck disable=SC2086
	denied $files $calls
	granted create-inside
	assert_equal "$(find M/new -type f | wc -l)" 2
	assert_file_exists outside/secret
	assert_equal "$(cat outside/secret)" secret
}

@test "sandbox: an ordinary user is confined as well as root" {
	local user=() home
	need Landlock
	need seccomp
	mails 1
	home=$(mktemp -d /tmp/mailnet-sandbox.XXXXXX)
	cp -r "$MAILNET" "$probe" outside "$home"
	(umask 077 && cp .netrc "$home" 2>/dev/null || cp "$HOME/.netrc" "$home")
	if [ "$(id -u)" -eq 0 ]; then
		chown -R nobody "$home"
		user=(setpriv --reuid nobody --clear-groups --)
	fi
	rm -f found
	run env -C "$home" "${user[@]}" env HOME="$home" TMPDIR="$home" LD_PRELOAD="$home/probe.so" PROBE_LOG="$home/found" \
		PROBE_DIR="$home/outside" "$home/mailnet" pop -s "$server" drain -d "$home/M/" --state "$home/state/s"
	cp "$home/found" found
	rm -rf "$home"
	assert_success
	# Maildir and journal are directly in the home directory, so files beside them can be reached.
	# shellcheck disable=SC2086
	denied read-shadow $calls
}

@test "sandbox: --no-sandbox keeps all rights" {
	needs namespaces
	mails 1
	probed "$MAILNET" pop -s "$server" --no-sandbox -v drain -d M/
	assert_success
	# shellcheck disable=SC2154
	[[ $stderr != *sandbox* ]]
	granted new-privs read-outside write-outside create-outside socket-inet connect ptrace unshare exec fork
}

@test "sandbox: -v prints one line that names the mechanisms in force" {
	mails 1
	run --separate-stderr mailnet pop -s "$server" -v stat
	assert_success
	assert_equal "$(grep -c sandbox <<<"$stderr")" 1
	assert_equal "$(grep sandbox <<<"$stderr")" "$in_force"
	news
	run --separate-stderr mailnet nntp -s "$server" -v over misc.test
	assert_success
	assert_equal "$(grep sandbox <<<"$stderr")" "$in_force"
}

@test "sandbox: a listing, an upload and a local verb are confined, each to the rights it needs" {
	need Landlock
	need seccomp
	mails 1
	probed "$MAILNET" pop -s "$server" list
	assert_success
	# shellcheck disable=SC2086
	denied $files $calls
	mkdir sent
	start_folder sent --smtp
	probed "$MAILNET" smtp -s "smtp://127.0.0.1:$SMTP_PORT" --no-netrc send -f a@example.org b@example.org \
		<box/mail/m1
	assert_success
	# shellcheck disable=SC2086
	denied $files $calls
	probed "$MAILNET" nntp decode '=?koi8-r?q?=C1?='
	assert_success
	assert_output --partial а
	# shellcheck disable=SC2086
	denied $files $calls
}

@test "sandbox: nntp gives up the right to connect before the first multi-line reply" {
	need Landlock
	need seccomp
	news
	for verb in "over misc.test 1-2" "article misc.test 1-3" "hdr subject misc.test 1-2" "list" \
		"fetch -d M/ --newsrc rc misc.test"; do
		# shellcheck disable=SC2086
		probed "$MAILNET" nntp -s "$server" --no-netrc $verb
		assert_success
		# shellcheck disable=SC2086
		denied $calls read-shadow
		[[ $verb == fetch* ]] || denied write-outside read-outside
	done
	assert_equal "$(find M/new -type f | wc -l)" 3
	assert_equal "$(cat rc)" "misc.test: 1-3"
}

@test "sandbox: a run that may connect again keeps sockets, but cannot write to other directories" {
	need Landlock
	need seccomp
	mkdir sent
	start_folder sent --smtp
	printf 'From: a@example.org\n\nx\n' >m
	probed "$MAILNET" smtp -s "smtp://127.0.0.1:$SMTP_PORT" --no-netrc send -f a@example.org -m m -m m b@example.org
	assert_success
	granted socket-inet fork read-outside
	denied write-outside create-outside remove-outside truncate-outside new-privs ptrace exec io-uring unshare
}

@test "sandbox: |COMMAND runs with all rights of the user" {
	mails 1
	probed "$MAILNET" pop -s "$server" -v fetch -d "|grep NoNewPrivs /proc/self/status >privs; cat outside/secret >out"
	assert_success
	assert_equal "$(tr -d ' \t' <privs)" NoNewPrivs:0
	assert_equal "$(cat out)" secret
	assert_equal "$(grep -c 'sandbox: off (-d |COMMAND)' <<<"$stderr")" 1
}

@test "sandbox: --tunnel and --password-command run before the confinement starts" {
	need seccomp
	mails 1
	mkfifo said
	probed "$MAILNET" pop -s "pop://alice@localhost" --no-netrc --password-command 'echo secret' \
		--tunnel "bash -c 'exec 3<>/dev/tcp/127.0.0.1/$POP_PORT; cat <&3 & cat >&3'" stat
	assert_success
	# shellcheck disable=SC2086
	denied $calls
}

@test "sandbox: destination, journal and newsrc may be symbolic links to other directories" {
	local dir
	mails 2
	mkdir -p disk/M/{new,tmp} disk/cur disk/box disk/state
	ln -s ../cur disk/M/cur
	ln -s disk/M M
	ln -s disk/box/mbox mbox
	ln -s "$PWD/disk/state/s" state
	run mailnet pop -s "$server" fetch --new -d M/ --state state
	assert_success
	assert_equal "$(find disk/M/new -type f | wc -l)" 2
	touch disk/box/mbox
	run mailnet pop -s "$server" fetch -d mbox
	assert_success
	assert_equal "$(grep -c '^From ' disk/box/mbox)" 2
	run mailnet pop -s "$server" drain -d disk/new/ --state other/deep/state
	assert_success
	assert_equal "$(find disk/new/new -type f | wc -l)" 2
	for dir in outside/new outside/M; do
		assert_file_not_exists "$dir"
	done
}

@test "sandbox: a batch is confined unless it may name a |COMMAND" {
	need seccomp
	mails 1
	printf 'stat\nfetch -d "|cat >got"\n' >commands
	run --separate-stderr mailnet pop -s "$server" -v -b commands
	assert_success
	assert_equal "$(grep -c 'sandbox: off' <<<"$stderr")" 1
	assert_file_not_empty got
	echo stat >plain
	probed "$MAILNET" pop -s "$server" -b plain
	assert_success
	denied exec ptrace new-privs io-uring
	probed "$MAILNET" pop -s "pop://alice@127.0.0.1:$POP_PORT" --no-netrc --password-command 'echo secret' -b plain
	assert_success
	denied exec ptrace new-privs io-uring
	printf 'fetch -d "|cat >more"\n' | {
		run mailnet pop -s "$server" -b -
		assert_success
	}
	assert_file_not_empty more
}

@test "sandbox: adding to a spool and flushing it work while confined" {
	printf 'From: a@example.org\n\nx\n' >m
	run mailnet smtp -s smtp://127.0.0.1:9 --no-netrc send --spool spool -f a@example.org -m m b@example.org
	assert_success
	mkdir sent
	start_folder sent --smtp
	PROBE_WRITABLE=$PWD/spool/new probed "$MAILNET" smtp -s "smtp://127.0.0.1:$SMTP_PORT" --no-netrc flush spool
	assert_success
	[[ $in_force != *Landlock* ]] || denied write-outside create-outside remove-outside
	granted create-inside
}
