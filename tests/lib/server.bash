# shellcheck shell=bash
# server.bash - the project's own server and relay, from bats.
#
#   start_script [OPTION...] <<'END'     a scripted server on a port: $PORT, $SERVER_PID, $SERVER_LOG
#   tunnel_script [OPTION...] <<'END'    $TUNNEL for --tunnel: the script on a socketpair
#   assert_script_ok                     waits for the script's end; fails, with its log, unless all was met
#   start_folder DIR [OPTION...]         an honest server of DIR: $NNTP_PORT, $POPS_PORT, ...
#   start_relay PORT [OPTION...]         $RELAY_PORT forwards to PORT
#   stop_servers                         for teardown: ends the servers that these functions have started
#
# The servers inherit no descriptor of the caller, so that bats never waits for them, and end after --idle seconds
# without a client. tests/server/script.h describes the language of scripts.

: "${TESTSERVER:=${top_builddir:-.}/tests/testserver}"
: "${RELAY:=${top_builddir:-.}/tests/relay}"

_server_pids=()

# Print a new file name in the test's directory, at its top level, since paths of Unix sockets must be short.
_server_file()
{
	mktemp "${BATS_TEST_TMPDIR:-${BATS_FILE_TMPDIR:-${TMPDIR:-/tmp}}}/$1.XXXXXX"
}

start_script()
{
	local script announced door=--listen option

	for option in "$@"; do
		[[ $option != --listen* ]] || door=
	done
	script=$(_server_file script)
	SERVER_LOG=$(_server_file log)
	cat >"$script"
	announced=$("$TESTSERVER" script $door --daemon --log "$SERVER_LOG" "$@" "$script" 3>&-) || return
	read -r PORT SERVER_PID <<<"$announced"
	_server_pids+=("$SERVER_PID")
	export PORT SERVER_PID SERVER_LOG
}

tunnel_script()
{
	local script

	script=$(_server_file script)
	SERVER_LOG=$(_server_file log)
	SERVER_PID=
	cat >"$script"
	printf -v TUNNEL '%q ' "$TESTSERVER" script --log "$SERVER_LOG" "$@" "$script"
	export TUNNEL SERVER_LOG
}

# The verdict is the last line of the log, written when the connection has ended.
assert_script_ok()
{
	local deadline=$((SECONDS + ${1:-20})) verdict=

	while ((SECONDS < deadline)); do
		verdict=$(tail -n 1 "$SERVER_LOG")
		[[ $verdict != ok && $verdict != FAIL* ]] || break
		sleep 0.02
	done
	[[ $verdict != ok ]] || return 0
	{
		echo "-- the script was not met --"
		cat "$SERVER_LOG"
		echo "--"
	} >&2
	return 1
}

# numbered_mails FIRST LAST: a small message for each number, in box/mail, for "start_folder box".
numbered_mails()
{
	local i
	mkdir -p box/mail
	for ((i = $1; i <= $2; i++)); do
		printf 'Subject: message %d\n\nbody\n' "$i" >"$(printf 'box/mail/m%06d' "$i")"
	done
}

start_folder()
{
	local dir=$1 announced name value

	shift
	SERVER_LOG=$(_server_file log)
	announced=$("$TESTSERVER" folder --daemon --dir "$dir" --log "$SERVER_LOG" "$@" 3>&-) || return
	while read -r name value; do
		case $name in
		pid) SERVER_PID=$value ;;
		*) export "${name^^}_PORT=$value" ;;
		esac
	done <<<"$announced"
	_server_pids+=("$SERVER_PID")
	export SERVER_PID SERVER_LOG
}

start_relay()
{
	local port=$1 announced

	shift
	RELAY_LOG=$(_server_file relay)
	announced=$("$RELAY" --to "$port" --daemon --log "$RELAY_LOG" "$@" 3>&-) || return
	read -r RELAY_PORT RELAY_PID <<<"$announced"
	_server_pids+=("$RELAY_PID")
	export RELAY_PORT RELAY_PID RELAY_LOG
}

# server_gone PID: has the process ended? A zombie counts as ended, and so does a pid that now belongs to another
# program.
server_gone()
{
	local stat

	read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
	[[ $stat == *') Z '* ]] || [[ $stat != *'(testserver) '* && $stat != *'(relay) '* ]]
}

# Ends all servers and waits for them.
stop_servers()
{
	local pid deadline=$((SECONDS + 5))

	for pid in "${_server_pids[@]}"; do
		server_gone "$pid" || kill "$pid" 2>/dev/null || true
	done
	for pid in "${_server_pids[@]}"; do
		until server_gone "$pid"; do
			((SECONDS < deadline)) || kill -KILL "$pid" 2>/dev/null || true
			sleep 0.01
		done
	done
	_server_pids=()
}
