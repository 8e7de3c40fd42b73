#!/usr/bin/env bats
# Scripts may pass on words from other people: an operand is never a command or a configuration.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe

@test "foreign: options that run commands or name configuration are refused after the verb: 64, and no command runs" {
	local proto option word
	for proto in "${protocols[@]}"; do
		for option in --tunnel --password-command --auth-command --config; do
			for word in "$option=touch run" "$option"; do
				safe "$proto" -s "$proto://127.0.0.1:1" quit "$word" 'touch run'
				one_error 64 "^mailnet $proto: quit: $option must stand before the verb \\(so that an operand from others"
				safe "$proto" -s "$proto://127.0.0.1:1" cmd NOOP "$word" 'touch run'
				one_error 64 "$option must stand before the verb"
				assert_not_exists run
			done
		done
	done
	printf 'From: a@b\n\nx\n' >message
	safe smtp -s smtp://127.0.0.1:1 send -f a@b -m message c@d '--tunnel=touch run'
	one_error 64 'send: --tunnel must stand before the verb'
	safe pop -s pop://127.0.0.1:1 fetch '--password-command=touch run'
	one_error 64 'fetch: --password-command must stand before the verb'
	assert_not_exists run
}

@test "foreign: such an option after -- is an operand" {
	tunnel_script <<-'END'
		S: +OK ready
		C: --tunnel=touch run
		S: -ERR what?
		mayclose
		C: QUIT
		S: +OK
	END
	safe pop -s pop://localhost --no-netrc --tunnel "$TUNNEL" cmd -- '--tunnel=touch run'
	one_error 69 'what'
	assert_script_ok
	assert_not_exists run
}

@test "foreign: a batch line accepts no connection option" {
	local option
	for option in --tunnel --password-command --auth-command --config; do
		tunnel_script <<<$'S: +OK ready\nmayclose\nC: QUIT\nS: +OK'
		safe pop -s pop://localhost --no-netrc --tunnel "$TUNNEL" -b - <<<"cmd NOOP '$option=touch run'"
		assert_failure 64
		assert_regex "$stderr" "$option must be given on the command line, not in a batch"
		assert_not_exists run
	done
}

@test "foreign: other connection options are accepted after the verb" {
	tunnel_script <<<$'S: +OK ready\nC: NOOP\nS: +OK\nC: QUIT\nS: +OK'
	safe pop -s pop://localhost --tunnel "$TUNNEL" noop --no-netrc --timeout 20 -q
	assert_success
	assert_script_ok
}
