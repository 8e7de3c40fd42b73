# shellcheck shell=bash
# Drains under attack: functions shared by tests/crash/run and tests/crash.bats.
#
# A world is a directory with the messages as they were (keep/) and a server that holds them. The
# program attack (attack.c) drains it again and again, each time struck at another point.
#
# shellcheck disable=SC2034,SC2317 # counters are read elsewhere, a world fills itself
#
# Counters: $points tried, $never that did not come, $lost, $doubled, $wrong of any other kind.

# shellcheck source=tests/lib/server.bash
. "${BASH_SOURCE[0]%/*}/../lib/server.bash"

: "${ATTACK:=${top_builddir:-.}/tests/attack}"

points=0 never=0 lost=0 doubled=0 wrong=0 states=
stride=${CRASH_STRIDE:-1} offset=0 # only every N-th point, from this one on

# LeakSanitizer cannot run under strace.
export ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}

# ---- worlds ----------------------------------------------------------------

# Print a directory for a world, in memory if there is room: for a killed process that makes no difference.
world_dir()
{
	local tmp=${TMPDIR:-/tmp}
	[ ! -w /dev/shm ] || tmp=/dev/shm
	mktemp -d "$tmp/crash.XXXXXX"
}

# make_messages N: make N different messages in keep/, with names as in a Maildir of the server.
make_messages()
{
	local i
	rm -rf keep && mkdir keep
	for ((i = 1; i <= $1; i++)); do
		printf 'From: sender%d@example.org\nSubject: message %d\n\n.\n..dot\nFrom %d\nend\n' \
			"$i" "$i" "$i" >"keep/1700000000.M$(printf '%03d' "$i")"
	done
	# Two messages with the same octets and different unique-ids.
	cp keep/1700000000.M001 keep/1700000000.M999
	(umask 077 && echo 'machine 127.0.0.1 login alice password secret' >netrc)
}

# folder_world N: make a world with the project's own server.
folder_world()
{
	make_messages "$1"
	mkdir -p box/mail
	start_folder box --pop --user alice --password secret --lock-wait 5000 --log /dev/null --unstuffed "$PWD/unstuffed"
	port=$POP_PORT server_dir=$PWD/box/mail
	fill() { cp -p keep/* box/mail/; }
}

# dovecot_world N: make a world with Dovecot. Its index is kept, so that unique-ids do not change.
dovecot_world()
{
	make_messages "$1"
	dovecot_user alice secret
	port=$DOVECOT_POP_PORT server_dir=$(dovecot_maildir alice)
	for file in keep/*; do
		install -m 600 "$file" "$server_dir/cur/${file##*/}:2,S"
	done
	[ "$EUID" -ne 0 ] || chown -R nobody:nogroup "$server_dir"
	printf 'uidl\nlist\n' | "$MAILNET" pop -s "pop://alice@127.0.0.1:$port" --netrc netrc -b - >/dev/null || return
	rm -rf dovecot.keep
	cp -a "$server_dir" dovecot.keep
	fill() {
		rm -rf "${server_dir:?}"/* && cp -a dovecot.keep/. "$server_dir/"
	}
}

# Reset the world: a full mailbox, no Maildir, no journal.
reset()
{
	rm -rf Mail Mail.* mbox mbox.* state
	fill
	[ -z "$begun" ] || cp -a "$begun"/. .
}

# old_start N: from now on everything starts after a run that copied N messages, with a journal of the first version.
begun=
old_start()
{
	local text
	reset
	drain_from "$port"
	"$MAILNET" pop -s "pop://alice@127.0.0.1:$port" --netrc netrc -q fetch --new --limit "$1" -d "$dest" \
		--state state/journal || return
	echo 'mailnet-state 1' >old
	while read -r text; do
		printf '%.16s %s\n' "$(printf %s "$text" | sha256sum)" "$text"
	done < <(awk -f "${BASH_SOURCE[0]%/*}/journal.awk" -f "${BASH_SOURCE[0]%/*}/old_journal.awk" state/journal) >>old
	mv old state/journal
	chmod 600 state/journal
	rm -rf begun && mkdir begun
	cp -a "${dest%/}" state begun/
	begun=begun
}

# drain_from PORT: set $drain to the command that drains the mailbox at PORT of this host into $dest: Mail/ or mbox,
# with the options $more.
dest=Mail/ more=()
drain_from()
{
	drain=("$MAILNET" pop -s "pop://alice@127.0.0.1:$1" --netrc netrc --auth plain --timeout 10
		-q drain -d "$dest" --state state/journal "${more[@]}")
}

# ---- attacks ---------------------------------------------------------------

# strike KIND [ARGUMENT...]: run the program for all points of one kind, and set the counters.
strike()
{
	reset
	# In the background, so that a trap runs at once.
	local kind=()
	[ "$dest" = Mail/ ] || kind=(-m)
	"$ATTACK" "${kind[@]}" -s "$stride" -o "$offset" "$server_dir" "$@" -- "${drain[@]}" >numbers &
	attacker=$!
	wait $attacker || return
	read -r points never lost doubled wrong states <numbers
	[ "$states" -ne 0 ] || states=
}

# kill_everywhere: kill a run at every call, then run once more undisturbed.
kill_everywhere() { drain_from "$port" && strike kill; }

# signal_everywhere: send SIGTERM at every call, then run once more undisturbed.
signal_everywhere() { drain_from "$port" && strike signal; }

# unstuffed_everywhere: in a folder_world, each message in turn is sent without dot-stuffing, in three runs.
unstuffed_everywhere()
{
	local messages=(keep/*)
	drain_from "$port" && strike unstuffed unstuffed "${#messages[@]}"
}

# kill_twice: kill the second run at every call, too, for every state that the first run can leave.
kill_twice() { drain_from "$port" && strike twice; }

# fail_everywhere ERROR...: every call that touches files fails with each error.
fail_everywhere() { drain_from "$port" && strike fail "$@"; }

# short_everywhere: each write in turn writes half of its octets, then the disk is full.
short_everywhere() { drain_from "$port" && strike short; }

# mark_everywhere: in a mailbox that was not drained, mark is killed at every call, and each of its calls fails.
mark_everywhere() { drain_from "$port" && strike mark; }

# reader_everywhere: at every call a mail reader moves all messages from new/ to cur/.
reader_everywhere() { drain_from "$port" && strike reader; }

# cut_everywhere: cut the connection after every octet that the server sends.
cut_everywhere() { drain_from '{port}' && strike cut "$port"; }

# power_everywhere TIMES: the power fails before each call in turn; data that was not synced is lost, or kept.
# With TIMES 2 the power also fails before each call of the next run.
power_everywhere() { drain_from "$port" && strike power "$1"; }

# check_order: in an undisturbed run each DELE comes after the syncs of the file, of every name on
# the way to it, and of its record.
check_order()
{
	reset
	drain_from "$port"
	strace -f -y -s 4096 -e trace=openat,mkdir,fsync,fdatasync,syncfs,rename,renameat,renameat2,linkat,sendto,write,pwrite64 -o trace \
		"${drain[@]}" >out 2>err </dev/null || return
	awk -v cwd="$(pwd -P)" -f "${BASH_SOURCE[0]%/*}/journal.awk" -f "${BASH_SOURCE[0]%/*}/order.awk" trace
}
