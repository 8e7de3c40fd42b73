# Loaded by every bats file ("load lib/common"): the assertions, the paths of the programs, a private home
# for each test, and certificates.
#
# shellcheck shell=bash

bats_load_library bats-support
bats_load_library bats-assert
bats_load_library bats-file

# If bats runs without "make check", it is started in the build directory or beside the sources.
if [ -z "${top_srcdir:-}" ]; then
	top_srcdir=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
fi
if [ -z "${top_builddir:-}" ]; then
	if [ -x "$PWD/mailnet" ]; then
		top_builddir=$PWD
	else
		top_builddir=$top_srcdir
	fi
fi
export top_srcdir top_builddir
export MAILNET=${MAILNET:-$top_builddir/mailnet}
export TESTSERVER=${TESTSERVER:-$top_builddir/tests/testserver}
export RELAY=${RELAY:-$top_builddir/tests/relay}
# script(1) and parallel(1) use $SHELL, which may be any shell or unset.
export LC_ALL=C.UTF-8 TZ=UTC SHELL=/bin/bash

# The program under test, as users type it.
mailnet()
{
	"$MAILNET" "$@"
}

# can and needs: skip a test where the machine lacks a program or a right.
# shellcheck source=tests/lib/needs.bash
. "$top_srcdir/tests/lib/needs.bash"

# Isolate the test from the caller's configuration: an empty home, a temporary directory, no server or netrc from
# the environment. The test runs in $BATS_TEST_TMPDIR.
common_setup()
{
	local name dir=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR} # setup_file runs before any test has a directory
	needs "${file_needs[@]}"
	for name in "${!MAILNET_@}" NNTPSERVER NETRC XDG_STATE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR; do
		unset "$name"
	done
	export HOME=$dir/home TMPDIR=$dir/tmp
	mkdir -p "$HOME" "$TMPDIR"
	cd "$dir" || return
}

# A file with another setup or teardown defines its own, which calls common_setup first, or stop_servers last.
setup()
{
	common_setup
}

teardown()
{
	# Only files that load lib/server start servers.
	! declare -F stop_servers >/dev/null || stop_servers
}

# write_netrc MACHINE LOGIN PASSWORD: an entry more in ~/.netrc, which is private as it must be.
write_netrc()
{
	(umask 077 && printf 'machine %s login %s password %s\n' "$1" "$2" "$3" >>"$HOME/.netrc")
}

# port_of NAME <OUTPUT: the port in the line "NAME PORT" that a server prints when it listens.
port_of()
{
	awk -v name="$1" '$1 == name { print $2; found = 1; exit } END { exit !found }'
}

# wait_until SECONDS COMMAND...: until COMMAND succeeds; fails when the time is over.
wait_until()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS <= end)) || return 1
		sleep 0.02
	done
}

# Throw-away certificates: certs_make, make_cert.
# shellcheck source=tests/fixtures/certs.bash
. "$top_srcdir/tests/fixtures/certs.bash"

# memory_counts: is the program built without ASan, whose own memory is far more than the program's?
memory_counts()
{
	! grep -q __asan_init "$MAILNET"
}
