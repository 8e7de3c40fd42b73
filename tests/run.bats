#!/usr/bin/env bats
# The test runner: it reports tests that fail, tests that do not run, and processes that tests leave running.

load lib/common

# suite NAME <BATS-FILE: runs the test runner on this bats file, without the variables of this run; "${user[@]}"
# changes to another user first.
suite()
{
	local path
	mkdir -p src/tests build
	sed "s/^%/@/" >"src/tests/$1.bats" # with an @, bats would treat the line as a test of this file
	cp "$BATS_TEST_DIRNAME/../tests/run" src/tests/run
	cp -R "$top_srcdir/tests/lib" src/tests/lib
	# bats puts its inner programs into PATH. Since bats 1.11, the process that limits the time of a test outlives
	# a failed test, and would keep the output of this run open.
	path=$(tr : '\n' <<<"$PATH" | grep -v '/libexec/' | paste -sd :)
	run "${user[@]}" env -i PATH="$path" TMPDIR="$TMPDIR" top_srcdir="$PWD/src" top_builddir="$PWD/build" \
		MAILNET="$MAILNET" TEST_SUMMARY="$PWD/summary" TEST_STRICT="${strict:-no}" BATS_TEST_TIMEOUT= \
		bash src/tests/run 3>&-
}

@test "run: counts passed and skipped tests" {
	suite good <<-'EOF'
		%test "one" { true; }
		%test "two" { skip 'for a reason'; }
	EOF
	assert_success
	assert_line --index -1 '2 passed, 0 failed, 1 skipped'
	assert_equal "$(cat summary)" '2 0 1'
}

@test "run: with TEST_STRICT=yes a skipped test is a failure" {
	strict=yes suite good <<-'EOF'
		%test "one" { true; }
		%test "two" { skip 'for a reason'; }
	EOF
	assert_failure 1
	assert_line --partial '1 tests were skipped'
	assert_line --index -1 '2 passed, 1 failed, 0 skipped'
}

@test "run: with TEST_STRICT=yes the tests that need root are repeated through sudo" {
	local user=()
	mkdir bin
	printf '#!/bin/sh\nshift\nSUDO=yes exec "$@"\n' >bin/sudo
	chmod 755 bin/sudo
	[ "$EUID" -ne 0 ] || {
		chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
		chown nobody . "$TMPDIR"
		user=(setpriv --reuid nobody --clear-groups)
	}
	strict=yes PATH=$PWD/bin:$PATH suite rooted <<-'EOF'
		load lib/needs
		can_one() { [ "${SUDO:-}" = yes ]; }
		%test "one" { true; }
		%test "two" { needs root; }
	EOF
	assert_success
	assert_line 'tests/run: repeating as root, by sudo: rooted.bats'
	assert_line --index -1 '4 passed, 0 failed, 0 skipped'
}

@test "run: missing programs are named before the first test, with the packages that provide them" {
	mkdir bin
	ln -s "$(command -v bash)" "$(command -v sed)" "$(command -v paste)" "$(command -v cat)" bin
	PATH=$PWD/bin run bash "$top_srcdir/tests/lib/needs.bash"
	assert_success
	assert_equal "${#lines[@]}" 1
	assert_output --partial 'strace: install strace and allow ptrace(2) (in a container: --cap-add SYS_PTRACE); '
	assert_output --partial 'time: install time; '
	assert_output --partial 'zsh: install zsh; '
}

@test "run: a test that needs a missing program is skipped, with the reason" {
	suite poor <<-'EOF'
		load lib/needs
		needs_table() { echo 'no-such-tool:install no-such-tool'; }
		%test "one" { needs no-such-tool; false; }
	EOF
	assert_success
	assert_line 'ok 1 one # skip needs no-such-tool: install no-such-tool'
	assert_line --index -1 '1 passed, 0 failed, 1 skipped'
}

@test "run: a failing test is counted and shown" {
	suite bad <<-'EOF'
		%test "one" { true; }
		%test "two" { false; }
	EOF
	assert_failure 1
	assert_line 'not ok 2 two'
	assert_line --index -1 '2 passed, 1 failed, 0 skipped'
}

@test "run: tests that did not run are failures" {
	suite lost <<-'EOF'
		setup_file() { false; }
		%test "one" { true; }
		%test "two" { true; }
		%test "three" { true; }
	EOF
	assert_failure 1
	assert_line --index -1 '1 passed, 3 failed, 0 skipped'
}

@test "run: a file that bats cannot read is a failure" {
	suite broken <<-'EOF'
		%test "one" { true;
	EOF
	assert_failure 1
	assert_output --regexp '1 passed, [1-9][0-9]* failed'
}

@test "run: a process that a test leaves running is a failure" {
	suite left <<-'EOF'
		%test "one" { sleep 120 </dev/null >/dev/null 2>&1 3>&- & echo $! >"$top_builddir/pid"; }
	EOF
	kill "$(cat build/pid)"
	assert_failure 1
	assert_line 'not ok processes left behind'
	assert_line --partial 'sleep 120'
}

@test "run: a process that is left running with a clean environment is found by its directory" {
	suite left <<-'EOF'
		%test "one" {
			cd "$BATS_FILE_TMPDIR"
			env -i sleep 120 </dev/null >/dev/null 2>&1 3>&- & echo $! >"$top_builddir/pid"
		}
	EOF
	kill "$(cat build/pid)"
	assert_failure 1
	assert_line 'not ok processes left behind'
}

@test "run: a process that is left running in a mount namespace is found by the directories that are mounted there" {
	needs namespaces
	suite left <<-'EOF'
		%test "one" {
			[ "$EUID" -eq 0 ] || user=-r
			cd /
			unshare -m $user sh -c 'mount --bind "$0" /mnt && exec env -i sleep 120' "$BATS_FILE_TMPDIR" \
				</dev/null >/dev/null 2>&1 3>&- & echo $! >"$top_builddir/pid"
			until grep -q '^sleep' "/proc/$!/cmdline"; do sleep 0.02; done
		}
	EOF
	kill "$(cat build/pid)"
	assert_failure 1
	assert_line 'not ok processes left behind'
	assert_line --partial 'sleep 120'
}

@test "bootstrap: --help explains each command, an unknown one is 64" {
	run "$top_srcdir/bootstrap" --help
	assert_success
	assert_line --partial './bootstrap demo'
	assert_line --partial './bootstrap check'
	refute_line --partial 'set -eu'
	run "$top_srcdir/bootstrap" sing
	assert_failure 64
	assert_output 'bootstrap: usage: ./bootstrap [demo|check|--help]'
}
