#!/usr/bin/env bats
# A sample of the attacks on a drain that "make check-crash" makes everywhere.

bats_require_minimum_version 1.5.0
load lib/common
load crash/lib

# The tests make hundreds of runs, on a machine that may be busy.
setup_file()
{
	export BATS_TEST_TIMEOUT=400
}

setup()
{
	common_setup
	export MAILNET_GROUP=2
	world=$(world_dir)
	cd "$world" || return
	folder_world 4
}

teardown()
{
	stop_servers
	rm -rf "$world"
}

# sample STRIDE ATTACK...: try every STRIDE-th point of the attack; none may give a finding.
sample()
{
	# shellcheck disable=SC2034 # crash/lib reads it
	stride=$1
	"${@:2}" || wrong=$((wrong + 1)) # with "||", runs that fail on purpose do not end the test
	echo "# ${*:2}: $points points${states:+ from $states states}, $lost lost, $doubled doubled, $wrong wrong, $never never came" >&3
	assert_equal "$lost $doubled $wrong" '0 0 0'
	[ "$points" -gt 5 ]
}

@test "crash: a drain killed at any call and run again stores each message once" {
	sample 3 kill_everywhere
}

@test "crash: a drain killed at any call in two runs stores each message once" {
	sample 31 kill_twice
}

@test "crash: a drain that gets a signal at any call and is run again stores each message once" {
	memory_counts || skip "built with sanitizers, whose runtime ends at an interrupted mmap"
	sample 5 signal_everywhere
}

@test "crash: a message cut at any octet is not stored, in groups of 1, 2 and all" {
	local group
	for group in 1 2 4096; do
		export MAILNET_GROUP=$group
		for dest in Mail/ mbox; do
			sample 1 unstuffed_everywhere
		done
	done
}

@test "crash: a drain whose system call fails loses no message" {
	sample 5 fail_everywhere ENOSPC EIO EINTR
}

@test "crash: a disk that is full in the middle of a write loses no message" {
	sample 1 short_everywhere
}

@test "crash: a mail reader that moves messages meanwhile causes no loss and no second copy" {
	sample 5 reader_everywhere
}

@test "crash: a connection cut after any octet loses no message" {
	sample 5 cut_everywhere
}

@test "crash: a drain into an mbox that is killed, fails or is cut, or whose disk is full, loses no message" {
	# shellcheck disable=SC2034 # crash/lib reads it
	dest=mbox
	sample 2 kill_everywhere
	sample 1 fail_everywhere EIO
	sample 7 fail_everywhere ENOSPC EINTR
	sample 2 short_everywhere
	sample 11 cut_everywhere
}

@test "crash: a drain in several sessions that is killed stores each message once" {
	# shellcheck disable=SC2034 # crash/lib reads it
	more=(--commit-every 2)
	sample 7 kill_everywhere
}

@test "crash: mark that is killed or fails records no message that drain would lose" {
	sample 3 mark_everywhere
}

@test "crash: a drain that replaces a journal of the first version is killed, fails, or the power goes" {
	needs inspect
	old_start 2
	reset
	assert_equal "$(head -n 1 state/journal)" 'mailnet-state 1'
	run "${drain[@]/#-q/-v}"
	assert_success
	assert_output --partial 'TOP 2 0'
	refute_output --regexp 'RETR [12]$'
	sample 5 kill_everywhere
	sample 11 fail_everywhere ENOSPC EIO EINTR
	sample 3 power_everywhere 1
}

@test "crash: after a power failure, and another in the next run, each message is stored" {
	needs inspect
	sample 11 power_everywhere 2
}

@test "crash: data is synced before a later step relies on it" {
	needs inspect strace
	run check_order
	assert_success
	assert_output '5 files, 5 records before the first DELE: in order'
	# If a sync is missing, the checker finds it.
	local sync
	for sync in 'fsync(.*/tmp/' 'fsync(.*/tmp>' 'fsync(.*/new>' 'fdatasync(.*/journal>'; do
		grep -v "$sync" trace >less
		run awk -v cwd="$(pwd -P)" -f "$BATS_TEST_DIRNAME/crash/journal.awk" \
			-f "$BATS_TEST_DIRNAME/crash/order.awk" less
		assert_failure 1
		assert_output --partial ' before the first DELE: NOT in order'
	done
}
