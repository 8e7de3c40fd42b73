#!/usr/bin/env bats
# --log: a line for each message and for each failed verb.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	common_setup
}

teardown()
{
	stop_servers
}

@test "log: a failed session is a line with time, applet, verb, host and exit status" {
	run mailnet pop -s pop://127.0.0.1:1 --log log stat
	assert_failure 75
	run cat log
	assert_output --regexp '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9]{4} mailnet\[[0-9]+\]: applet=pop verb=stat host=127\.0\.0\.1 error="127\.0\.0\.1: cannot connect .*" outcome=failed exit=75$'
	assert_equal "$(stat -c %a log)" 600
}

@test "log: each run appends, and begins a new file after a rename" {
	run mailnet pop -s pop://127.0.0.1:1 --log log stat
	run mailnet nntp -s nntp://127.0.0.1:1 --log log date
	assert_equal "$(wc -l <log)" 2
	mv log log.1
	run mailnet nntp -s nntp://127.0.0.1:1 --log log date
	assert_equal "$(wc -l <log.1)" 2
	assert_equal "$(wc -l <log)" 1
}

@test "log: text of the server cannot forge fields, lines or escape sequences" {
	tunnel_script <<-'END'
		S: 200 hi
		C: XTRY
		s: 502 a" outcome=sent exit=0 \x1b[2J\\r\r\n
		C: QUIT
		S: 205 bye
	END
	run mailnet nntp -s nntp://localhost --tunnel "$TUNNEL" --log log cmd XTRY
	assert_failure
	assert_equal "$(wc -l <log)" 1
	run cat log
	assert_output --partial 'a\" outcome=sent'
	refute_output --partial $'\x1b'
	assert_output --regexp ' outcome=failed exit=[0-9]+$'
}

@test "log: a link, a FIFO and a directory are refused before anything is sent" {
	local name
	touch target
	ln -s target link
	mkfifo fifo
	mkdir dir
	for name in link fifo dir none/log; do
		run mailnet nntp -s nntp://127.0.0.1:1 --log "$name" date
		assert_failure 73
		assert_output --partial "--log: "
	done
	assert [ ! -s target ]
}

@test "log: a batch logs the verb that failed" {
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		C: GROUP no.such
		S: 411 no such group
		C: QUIT
		S: 205 bye
	END
	run mailnet nntp -s nntp://localhost --tunnel "$TUNNEL" --log log -b - <<<$'date\ngroup no.such'
	assert_failure
	run cat log
	assert_line --regexp 'verb=group .*code=411 .*outcome=failed'
	assert_equal "${#lines[@]}" 1
}
