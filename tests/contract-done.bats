#!/usr/bin/env bats
# The command-line contract: what the done records of a JSON batch tell of the opening of a session.

load lib/common
load lib/server
bats_require_minimum_version 1.5.0

setup()
{
	common_setup
}

teardown()
{
	stop_servers
}

# last_done PROTOCOL [OPTION...] <SCRIPT: the last line of a batch with one verb, in short
last_done()
{
	local protocol=$1
	shift
	tunnel_script
	echo noop >verbs
	run --separate-stderr mailnet "$protocol" -s localhost --tunnel "$TUNNEL" --json "$@" -b verbs
	jq -c '.done | [.verb, .code, .text, .exit]' <<<"${lines[-1]}"
}

@test "contract: a refused login's text is the reply as received" {
	last_done pop -u me --password-command 'echo pw' --auth user >got <<-'END'
		S: +OK hi
		C: CAPA
		S: -ERR no
		C: USER me
		S: +OK
		C: PASS pw
		S: -ERR [AUTH] bad
		C: QUIT
		S: +OK
	END
	assert_equal "$(<got)" '["login",null,"-ERR [AUTH] bad",77]'
}

@test "contract: where no way to log in is offered, the text is mailnet's own, the code null" {
	last_done smtp -u me --password-command 'echo pw' >got <<-'END'
		S: 220 hi
		C~ EHLO .*
		S: 250 hi
		C: QUIT
		S: 221 bye
	END
	assert_equal "$(<got)" '["login",null,"the server offers no way to log in that is known here",77]'
	last_done pop -u me --password-command 'echo pw' >got <<-'END'
		S: +OK hi
		C: CAPA
		S: +OK
		S: TOP
		S: .
		C: QUIT
		S: +OK
	END
	assert_equal "$(<got)" '["login",null,"the server offers no way to log in that is known here",77]'
}

@test "contract: the refusal of MODE READER is the verb's reply" {
	tunnel_script <<-'END'
		S: 200 hi
		C: MODE READER
		S: 502 go away
	END
	run --separate-stderr mailnet nntp -s localhost --tunnel "$TUNNEL" --json --reader -b - <<<date
	assert_failure 69
	run jq -c '.done | [.verb, .code, .text, .exit]' <<<"${lines[-1]}"
	assert_output '["date",502,"502 go away",69]'
}
