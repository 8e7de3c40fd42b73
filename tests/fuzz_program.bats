#!/usr/bin/env bats
# The whole-program fuzzer (tests/fuzz/program.py): some fixed cases, and what counts as a finding.

load lib/common

fuzz()
{
	run python3 "$top_srcdir/tests/fuzz/program.py" --keep "$PWD/findings" "$@"
}

# fake <SCRIPT: a program in the place of mailnet.
fake()
{
	{ printf '#!/bin/sh\n' && cat; } >fake
	chmod +x fake
}

# finding TEXT: the fuzzer reports case 1:0 of the fake program with this reason.
finding()
{
	fuzz ./fake --case 1:0 --patience 2
	assert_failure 1
	assert_output --partial "case 1:0: "
	assert_output --partial "$1"
	assert_file_exists findings/1-0/finding
}

@test "fuzz: each fixed case keeps the contract" {
	fuzz "$MAILNET" --seed 11 --cases 120 --seconds 300
	assert_success
	assert_output --partial "120 runs, 0 findings"
}

@test "fuzz: a case is the same in each run" {
	fuzz "$MAILNET" --case 5:1
	assert_success
	first=$output
	fuzz "$MAILNET" --case 5:1
	assert_success
	assert_output "$first"
}

@test "fuzz: a crash, a hang and a sanitizer report are findings" {
	# shellcheck disable=SC2016
	fake <<<'kill -SEGV $$'
	finding "died by signal 11"
	# shellcheck disable=SC2016
	fake <<<'case $* in *--deadline*) exec sleep 60 ;; esac'
	finding "still running"
	fake <<<'echo "==1==ERROR: AddressSanitizer: heap-use-after-free" >&2; exit 99'
	finding "sanitizer report"
	fake <<<'echo "mailnet.c:1: runtime error: shift" >&2; exit 1'
	finding "sanitizer report"
}

@test "fuzz: a status or an error that the contract does not have is a finding" {
	fake <<<'echo "mailnet pop: bug" >&2; exit 70'
	finding "status 70"
	fake <<<'exit 75'
	finding "status 75 without an error"
	fake <<<'printf "mailnet pop: a\nmailnet pop: b\n" >&2; exit 75'
	finding "2 lines on stderr"
	fake <<<'printf "mailnet pop: \033[2J\n" >&2; exit 75'
	finding "control characters"
	fake <<<'printf "oops\n" >&2; exit 75'
	finding "not an error of the program"
}

@test "fuzz: leftover files are findings" {
	# shellcheck disable=SC2016
	fake <<<'echo x >"$TMPDIR/mailnet.1"'
	finding "left in TMPDIR"
	fake <<<'mkdir -p M/tmp; echo x >M/tmp/a'
	finding "left in the Maildir"
	fake <<<'echo x >out; echo "mailnet pop: x" >&2; exit 75'
	finding "-o left a file"
}
