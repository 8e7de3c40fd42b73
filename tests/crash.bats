#!/usr/bin/env bats
# A sample of the attacks on a drain that "make check-crash" makes everywhere.

bats_require_minimum_version 1.5.0
load lib/common
load crash/lib

# Hundreds of runs, on a machine that may be busy.
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

# sample STRIDE ATTACK...: every STRIDE-th point of it; all must be well.
sample()
{
	# shellcheck disable=SC2034 # crash/lib reads it
	stride=$1
	"${@:2}" || wrong=$((wrong + 1)) # behind "||" the runs that must fail do not end the test
	echo "# ${*:2}: $points points${states:+ from $states states}, $lost lost, $doubled doubled, $wrong wrong, $never never came" >&3
	assert_equal "$lost $doubled $wrong" '0 0 0'
	[ "$points" -gt 5 ]
}

@test "crash: killed at a call, and run again" {
	sample 3 kill_everywhere
}

@test "crash: killed at a call, and the next run at another" {
	sample 31 kill_twice
}

@test "crash: a signal at a call, and run again" {
	memory_counts || skip "built with sanitizers, whose runtime ends at an interrupted mmap"
	sample 5 signal_everywhere
}

@test "crash: a message that ends early, at every position, in groups of 1, 2 and all" {
	local group
	for group in 1 2 4096; do
		export MAILNET_GROUP=$group
		for dest in Mail/ mbox; do
			sample 1 unstuffed_everywhere
		done
	done
}

@test "crash: a call that fails" {
	sample 5 fail_everywhere ENOSPC EIO EINTR
}

@test "crash: the disk is full in the middle of a write" {
	sample 1 short_everywhere
}

@test "crash: a mail reader moves things meanwhile" {
	sample 5 reader_everywhere
}

@test "crash: the connection is cut" {
	sample 5 cut_everywhere
}

@test "crash: an mbox, killed, failing, full and cut" {
	# shellcheck disable=SC2034 # crash/lib reads it
	dest=mbox
	sample 2 kill_everywhere
	sample 1 fail_everywhere EIO
	sample 7 fail_everywhere ENOSPC EINTR
	sample 2 short_everywhere
	sample 11 cut_everywhere
}

@test "crash: the power goes, and in the next run once more" {
	sample 11 power_everywhere 2
}

@test "crash: what power loss could take is synced before it is relied upon" {
	run check_order
	assert_success
	assert_output '5 files, 5 records before the first DELE: in order'
	# The checker would notice.
	local sync
	for sync in 'fsync(.*/tmp/' 'fsync(.*/tmp>' 'fsync(.*/new>' 'fdatasync(.*/journal>'; do
		grep -v "$sync" trace >less
		run awk -v cwd="$(pwd -P)" -f "$BATS_TEST_DIRNAME/crash/order.awk" less
		assert_failure
	done
}
