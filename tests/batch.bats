#!/usr/bin/env bats
# Many verbs in one session: -b, in text and in JSON.

load lib/common
load lib/server
bats_require_minimum_version 1.5.0

# batch [OPTION...]: runs the verb lines on stdin against the script of tunnel_script.
batch()
{
	mailnet nntp -s nntp://localhost --tunnel "$TUNNEL" "$@" -b -
}

# told LINE...: stderr consists of these lines, apart from the round trips of -v.
told()
{
	assert_equal "$stderr" "$(printf '%s\n' "$@")"
}

# Prints each done record of $output as: verb code exit.
dones()
{
	jq -r 'select(.done) | .done | "\(.verb) \(.code) \(.exit)"' <<<"$output"
}

@test "batch: one session runs all lines; lines are split into words as by a shell; comments and blank lines are skipped" {
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		C: GROUP misc test
		S: 211 3 1 3 misc test
		C: DATE
		S: 111 20261120123457
		C: QUIT
		S: 205 bye
	END
	run --separate-stderr batch <<-'END'
		# comment

		date   # trailing
		  cmd GROUP 'misc test'
		d"at"\e
	END
	assert_success
	assert_output $'2026-11-20T12:34:56Z\n211 3 1 3 misc test\n2026-11-20T12:34:57Z'
	told
	assert_script_ok
}

@test "batch: a last line without LF is run; lines may end in CR LF" {
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		C: DATE
		S: 111 20261120123457
		C: QUIT
		S: 205 bye
	END
	printf 'date\r\ndate' >verbs
	run mailnet nntp -s localhost --tunnel "$TUNNEL" -b verbs
	assert_success
	assert_output $'2026-11-20T12:34:56Z\n2026-11-20T12:34:57Z'
	assert_script_ok
}

@test "batch: the first verb that fails ends the batch; the error names file and line" {
	tunnel_script <<-'END'
		S: 200 hi
		C: GROUP no.such
		S: 411 no such group
		C: QUIT
		S: 205 bye
	END
	printf '\n# x\ngroup no.such\ndate\n' >verbs
	run --separate-stderr mailnet nntp -s localhost --tunnel "$TUNNEL" -b verbs
	assert_failure 1
	assert_output ''
	told 'mailnet nntp: verbs:3: localhost: GROUP no.such: 411 no such group'
	assert_script_ok
}

@test "batch: a failure of a line that starts with - does not end the batch" {
	tunnel_script <<-'END'
		S: 200 hi
		C: GROUP no.such
		S: 411 no such group
		C: DATE
		S: 111 20261120123456
		C: QUIT
		S: 205 bye
	END
	run --separate-stderr batch <<<$'-group no.such\n- bogus\n-"\ndate'
	assert_success
	assert_output 2026-11-20T12:34:56Z
	told 'mailnet nntp: stdin:1: localhost: GROUP no.such: 411 no such group' \
		"mailnet nntp: stdin:2: unknown verb 'bogus' (mailnet help nntp lists them)" \
		'mailnet nntp: stdin:3: unterminated double quote'
	assert_script_ok
}

@test "batch: a usage error in a line names file and line" {
	local line
	# shellcheck disable=SC1003 # a backslash at the end of the line
	for line in 'date today' 'date "x' 'date x\' 'date --json' 'post' 'ihave <a@b>'; do
		tunnel_script <<-'END'
			S: 200 hi
			C: QUIT
			S: 205 bye
		END
		run --separate-stderr batch <<<"$line"
		assert_failure 64
		assert_output ''
		assert_equal "${#stderr_lines[@]}" 1
		[[ $stderr == 'mailnet nntp: stdin:1: '* ]]
		assert_script_ok
	done
}

@test "batch: a NUL in a line, and a line without end, are refused" {
	tunnel_script <<-'END'
		S: 200 hi
		C: QUIT
		S: 205 bye
	END
	run batch < <(printf 'da\0te\n')
	assert_failure 65
	assert_script_ok
	tunnel_script <<-'END'
		S: 200 hi
		C: QUIT
		S: 205 bye
	END
	run batch < <(head -c 3000000 /dev/zero | tr '\0' x)
	assert_failure 65
	assert_line 'mailnet nntp: stdin:1: the line is longer than 1048576 octets'
}

@test "batch: quit prints the reply and ends the batch" {
	tunnel_script <<-'END'
		S: 200 hi
		C: QUIT
		S: 205 bye
	END
	run batch <<<$'quit\ndate'
	assert_success
	assert_output --partial 'bye'
	assert_script_ok
}

@test "batch: a lost connection ends the batch, also after -, also with JSON" {
	local option
	for option in -q --json; do
		tunnel_script <<-'END'
			S: 200 hi
			C: DATE
			close
		END
		run --separate-stderr batch $option <<<$'-date\ndate'
		assert_failure 75
		assert_equal "${#stderr_lines[@]}" 1
		[ $option = -q ] || assert_equal "$(dones)" $'connect 200 0\ndate null 75'
	done
}

@test "batch: after a 400 reply no more commands are sent" {
	tunnel_script <<-'END'
		S: 200 hi
		C: GROUP a.b
		S: 400 going down
		eof
	END
	run --separate-stderr batch --json <<<$'-group a.b\ndate\nquit'
	assert_failure 75
	assert_equal "$(dones)" $'connect 200 0\ngroup 400 75'
	assert_script_ok
}

@test "batch: an invalid reply ends the batch with 76" {
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: what?
		eof
	END
	run --separate-stderr batch --json <<<$'-date\ndate'
	assert_failure 76
	assert_equal "$(dones)" $'connect 200 0\ndate null 76'
	assert_script_ok
}

@test "batch: JSON continues after a failed verb, ends each verb with done, exits with the first failure" {
	tunnel_script <<-'END'
		S: 200 hi
		C: GROUP may.fail
		S: 480 log in
		C: GROUP no.such
		S: 411 no such group
		C: GROUP misc.test
		S: 211 3 1 3 misc.test
		C: QUIT
		S: 205 bye
	END
	run --separate-stderr batch --json --no-netrc <<<$'-group may.fail\ngroup no.such\nbogus\ngroup misc.test\nquit\ndate'
	assert_failure 1
	jq -e . <<<"$output" >/dev/null
	assert_equal "$(dones)" $'connect 200 0\ngroup 480 77\ngroup 411 1\nbogus null 64\ngroup 211 0\nquit 205 0'
	assert_line '{"done": {"verb": "group", "code": 211, "text": "211 3 1 3 misc.test", "exit": 0}}'
	assert_line '{"group": "misc.test", "count": 3, "first": 1, "last": 3}'
	assert_script_ok
}

@test "batch: JSON of a connection that fails ends with connect" {
	tunnel_script <<-'END'
		S: 502 go away
		eof
	END
	run --separate-stderr batch --json <<<date
	assert_failure 69
	assert_equal "${#lines[@]}" 1
	assert_equal "$(dones)" 'connect 502 69'
}

@test "batch: a program can write verbs to a pipe and read each result" {
	tunnel_script <<-'END'
		S: 200 hi
		repeat 10
		C: DATE
		S: 111 20261120123456
		end
		C: QUIT
		S: 205 bye
	END
	coproc HELD { "$MAILNET" nntp -s localhost --tunnel "$TUNNEL" -b - 3>&-; }
	local answer to=${HELD[1]} from=${HELD[0]} pid=$HELD_PID
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		echo date >&"$to"
		read -r -t 20 -u "$from" answer
		assert_equal "$answer" 2026-11-20T12:34:56Z
	done
	exec {to}>&-
	wait "$pid"
	assert_script_ok
}

@test "batch: a signal ends the wait for the next line" {
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		eof
	END
	coproc HELD { exec "$MAILNET" nntp -s localhost --tunnel "$TUNNEL" -b - 3>&-; }
	local answer status=0 to=${HELD[1]} from=${HELD[0]} pid=$HELD_PID
	echo date >&"$to"
	read -r -t 20 -u "$from" answer
	kill -TERM "$pid"
	wait "$pid" || status=$?
	assert_equal "$status" 143
}

@test "batch: the deadline ends the wait for the next line" {
	tunnel_script <<-'END'
		S: 200 hi
		eof
	END
	mkfifo lines
	exec {held}<>lines
	run --separate-stderr timeout 20 "$MAILNET" nntp -s localhost --tunnel "$TUNNEL" --deadline 1 -b lines
	exec {held}>&-
	assert_failure 75
	told 'mailnet nntp: the deadline for the whole run has passed'
}

@test "batch: on a terminal a prompt is printed" {
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		C: QUIT
		S: 205 bye
	END
	export TUNNEL
	# shellcheck disable=SC2016 # the inner shell expands them
	run script -qec '"$MAILNET" nntp -s localhost --tunnel "$TUNNEL" -b -' /dev/null < <(printf 'date\nquit\n')
	assert_success
	assert_output --partial 'mailnet nntp> '
	assert_output --partial 2026-11-20T12:34:56Z
}

@test "batch: -o FILE gets the output of all verbs, or is not changed" {
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		C: GROUP no.such
		S: 411 no
		C: QUIT
		S: 205 bye
	END
	echo old >file
	run batch -o file <<<$'date\ngroup no.such'
	assert_failure 1
	assert_equal "$(<file)" old
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		C: DATE
		S: 111 20261120123457
		C: QUIT
		S: 205 bye
	END
	run batch -o file <<<$'date\ndate'
	assert_success
	assert_equal "$(<file)" $'2026-11-20T12:34:56Z\n2026-11-20T12:34:57Z'
}
