#!/usr/bin/env bats
# The command-line contract: done records of a JSON batch about connecting and login.

load lib/common
load lib/server
bats_require_minimum_version 1.5.0

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

@test "contract: the text of a refused login is the reply as received" {
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

@test "contract: if the server offers no usable mechanism, the text is mailnet's own and the code null" {
	last_done smtp -u me --password-command 'echo pw' >got <<-'END'
		S: 220 hi
		C~ EHLO .*
		S: 250 hi
		C: QUIT
		S: 221 bye
	END
	assert_equal "$(<got)" '["login",null,"the server offers no login mechanism that mailnet knows (info lists what it offers)",77]'
	last_done pop -u me --password-command 'echo pw' >got <<-'END'
		S: +OK hi
		C: CAPA
		S: +OK
		S: TOP
		S: .
		C: QUIT
		S: +OK
	END
	assert_equal "$(<got)" '["login",null,"the server offers no login mechanism that mailnet knows (info lists what it offers)",77]'
}

# told <SCRIPT: runs the verbs in `verbs` and prints their done records, without that of connect.
told()
{
	tunnel_script
	run --separate-stderr mailnet smtp -s localhost --tunnel "$TUNNEL" --no-netrc --json -b verbs
	jq -c '.done // empty | select(.verb != "connect") | [.verb, .code, .text, .command, .exit]' <<<"$output"
}

@test "contract: a refusing reply to EHLO is reported, and never as the reply to another command" {
	local end verb
	printf 'From: a@x\n\nx\n' >m
	# A verb whose command was not sent, or got no reply, has no reply.
	for verb in noop 'mail a@x' 'vrfy b' 'cmd X'; do
		echo "$verb" >verbs
		for end in close 'S: hello'; do
			told >got <<-END
				S: 220 hi
				C~ EHLO .*
				S: 250 hi
				C~ .*
				$end
			END
			run jq -c '[.[1], .[3]]' got
			assert_output '[null,null]'
			refute grep -q 250 got
		done
	done
	printf '%s\n' '-mail -M FOO a@x' 'has SIZE' >verbs
	told >got <<-'END'
		S: 220 hi
		C~ EHLO .*
		S: 250 hi
		C: QUIT
		S: 221 bye
	END
	assert_equal "$(<got)" '["mail",null,"localhost: the server does not offer FOO",null,69]
["has",null,"",null,1]'
	echo ehlo >verbs
	told >got <<-'END'
		S: 220 hi
		C~ EHLO .*
		S: 250-hi
		S: 250 SIZE
		C: QUIT
		S: 221 bye
	END
	assert_equal "$(<got)" '["ehlo",250,"250-hi\n250 SIZE",null,0]'
	mailnet smtp -s localhost --tunnel false send --spool spool -f a@x -m m b@x
	for verb in noop 'send -f a@x -m m b@x' 'flush spool'; do
		echo "$verb" >verbs
		told >got <<-'END'
			S: 220 hi
			C~ EHLO .*
			S: 421 no
		END
		[ "$verb" = noop ] && end=null || end='"EHLO"'
		assert_equal "$(<got)" "[\"${verb%% *}\",421,\"421 no\",$end,75]"
	done
}

@test "contract: a partial delivery reports the reply that refused the other recipients" {
	printf 'From: a@x\n\nx\n' >m
	echo 'send -f a@x -m m b@x c@x' >verbs
	told >got <<-'END'
		S: 220 hi
		C~ EHLO .*
		S: 250 hi
		C: MAIL FROM:<a@x>
		S: 250 ok
		C: RCPT TO:<b@x>
		S: 550 no b
		C: RCPT TO:<c@x>
		S: 250 ok
		C: DATA
		S: 354 go
		recvblock eml
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	assert_equal "$(<got)" '["send",550,"550 no b","RCPT",1]'
}

@test "contract: if MODE READER is refused, its reply is the verb's reply" {
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
