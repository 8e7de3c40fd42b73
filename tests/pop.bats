#!/usr/bin/env bats
# The pop applet, verb by verb, against scripts: exact octets both ways.

load lib/common
load lib/server

# pop ARG...: run mailnet pop over the tunnel of the current script, without credentials.
pop()
{
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none "$@"
}

# pop_as USER PASSWORD ARG...: the same with a login.
pop_as()
{
	write_netrc localhost "$1" "$2"
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" "${@:3}"
}

# capa NAME...: the steps of a server that sends a greeting and its capabilities.
capa()
{
	printf 'S: +OK ready\nC: CAPA\nS: +OK\n'
	[ $# -eq 0 ] || printf 'S: %s\n' "$@"
	printf 'S: .\n'
}

# session [NAME...] <STEPS: a script with these capabilities, that ends by QUIT; half_session <STEPS:
# without capabilities, and without QUIT.
session()
{
	{
		capa "$@"
		cat
		quits
	} >script
	tunnel_script <script
}

half_session()
{
	{
		capa
		cat
	} >script
	tunnel_script <script
}

quits()
{
	printf 'C: QUIT\nS: +OK bye\neof\n'
}

bats_require_minimum_version 1.5.0

# ---- the server ------------------------------------------------------------

@test "pop: welcome prints the greeting and sends no command except QUIT" {
	tunnel_script <<-'END'
		S: +OK POP3 <1896.697170952@dbc.mtview.ca.us>
		C: QUIT
		S: +OK
	END
	pop welcome
	assert_success
	assert_output '+OK POP3 <1896.697170952@dbc.mtview.ca.us>'
	assert_script_ok
}

@test "pop: capa prints one capability a line, or one JSON object" {
	tunnel_script < <(capa TOP 'SASL PLAIN LOGIN' 'EXPIRE 60' && quits)
	pop capa
	assert_success
	assert_output $'TOP\nSASL PLAIN LOGIN\nEXPIRE 60'
	assert_script_ok
	pop --json capa
	assert_output '{"TOP": [], "SASL": ["PLAIN", "LOGIN"], "EXPIRE": ["60"]}'
}

@test "pop: capa --json makes one key of several lines with one name" {
	tunnel_script < <(capa 'SASL PLAIN' TOP 'sasl LOGIN' 'SASL' 'X-A b' && quits)
	pop --json capa
	assert_success
	assert_output '{"SASL": ["PLAIN", "LOGIN"], "TOP": [], "X-A": ["b"]}'
	pop capa
	assert_output $'SASL PLAIN\nTOP\nsasl LOGIN\nSASL\nX-A b'
}

@test "pop: capa on a server without CAPA prints nothing and exits 0" {
	tunnel_script <<-'END'
		S: +OK
		C: CAPA
		S: -ERR what?
		C: QUIT
		S: +OK
	END
	pop capa
	assert_success
	refute_output
	assert_script_ok
}

@test "pop: info and has print the capabilities" {
	tunnel_script < <(capa UIDL 'LOGIN-DELAY 900' 'IMPLEMENTATION Some Server 1.0' && quits)
	pop --json info
	assert_success
	assert_output --partial '"software": "Some Server 1.0"'
	assert_output --partial '"limits": {"LOGIN-DELAY": 900}'
	pop has uidl
	assert_success
	refute_output
	pop has TOP
	assert_failure 1
	refute_output
	assert_equal "$stderr" ''
	pop --json has TOP
	assert_failure 1
	assert_output '{"name": "TOP", "offered": false}'
}

@test "pop: --no-capa never sends CAPA" {
	tunnel_script <<-'END'
		S: +OK
		C: STAT
		S: +OK 2 320
		C: QUIT
		S: +OK
	END
	pop --no-capa stat
	assert_success
	assert_output '2 320'
	assert_script_ok
}

@test "pop: if the server closes after CAPA, the error suggests --no-capa" {
	tunnel_script <<-'END'
		S: +OK
		C: CAPA
		close
	END
	pop stat
	assert_failure 75
	assert_regex "$stderr" 'no-capa'
}

@test "pop: the response code of a refusing greeting decides the exit status" {
	local greeting code
	while read -r code greeting; do
		tunnel_script <<<"S: -ERR $greeting"
		pop stat
		assert_failure "$code"
		assert_equal "$stderr" "mailnet pop: localhost: greeting: -ERR $greeting"
	done <<-'END'
		75 [SYS/TEMP] come back
		75 [IN-USE] somebody else
		69 [SYS/PERM] go away
		69 we do not like you
	END
}

@test "pop: a greeting that is not POP3 exits 76" {
	tunnel_script <<<'S: 220 smtp.example.org ESMTP'
	pop stat
	assert_failure 76
}

# ---- the mailbox -----------------------------------------------------------

@test "pop: stat, list and uidl are pipelined with QUIT if the server offers PIPELINING" {
	tunnel_script <<-'END'
		S: +OK
		C: CAPA
		S: +OK
		S: PIPELINING
		S: .
		c: STAT\r\nQUIT\r\n
		S: +OK 2 320 and more
		S: +OK
	END
	pop -v stat
	assert_success
	assert_output '2 320'
	assert_regex "$stderr" '[*] 3 round trips'
	assert_script_ok
}

@test "pop: list and uidl print all messages, or one" {
	session <<-'END'
		C: LIST
		S: +OK 2 messages
		S: 1 120
		S: 2 200 extra
		S: .
	END
	pop list
	assert_success
	assert_output $'1 120\n2 200'
	assert_script_ok
	session <<-'END'
		C: LIST 2
		S: +OK 2 200
	END
	pop --json list 2
	assert_output '{"number": 2, "octets": 200}'
	session <<-'END'
		C: UIDL
		S: +OK
		S: 1 whqtswO00WBw418f9t5JxYwZ
		S: 2 with blanks/and slash
		S: .
	END
	pop --json uidl
	assert_success
	assert_line --index 0 '{"number": 1, "uid": "whqtswO00WBw418f9t5JxYwZ"}'
	assert_line --index 1 '{"number": 2, "uid": "with blanks/and slash"}'
}

@test "pop: invalid numbers in replies exit 76" {
	local line
	for line in 'x 1' '1 x' '1' '' '1 99999999999999999999' '-1 5'; do
		tunnel_script < <(capa && printf 'C: LIST\nS: +OK\nS: %s\nmayclose\nS: .\n' "$line")
		pop list
		assert_failure 76
		refute_output
	done
}

@test "pop: a reply about another message, or without a unique-id, exits 76" {
	local command
	for command in 'LIST 2|2 0' 'LIST 2|+OK 1 120' 'LIST|0 5' 'UIDL 2|+OK 1 abc' 'UIDL 2|+OK 2' 'UIDL 2|+OK 2 ' \
		'UIDL|0 a' 'UIDL|1' 'UIDL|1 '; do
		if [[ $command == *\ 2\|* ]]; then
			tunnel_script < <(capa && printf 'C: %s\nS: %s\nmayclose\n' "${command%|*}" "${command#*|}")
		else
			tunnel_script < <(capa && printf 'C: %s\nS: +OK\nS: %s\nmayclose\nS: .\n' "${command%|*}" "${command#*|}")
		fi
		command=${command%|*}
		# shellcheck disable=SC2086 # words
		pop ${command,,}
		assert_failure 76
		refute_output
	done
}

@test "pop: -ERR for a message number exits 1, unless a response code decides" {
	local answer code
	while read -r code answer; do
		tunnel_script < <(capa && printf 'C: LIST 7\nS: -ERR %s\nmayclose\n' "$answer" && quits)
		pop list 7
		assert_failure "$code"
		assert_equal "$stderr" "mailnet pop: localhost: LIST 7: -ERR $answer"
	done <<-'END'
		1 no such message
		75 [SYS/TEMP] try again
		69 [SYS/PERM] never
		77 [AUTH] who are you?
		75 [in-use] in lower case
		1 [UNKNOWN] a code that nobody knows
	END
}

@test "pop: arguments are checked before connecting" {
	tunnel_script < <(capa && quits)
	pop retr one
	assert_failure 65
	pop top 1 $'2\r\nDELE 1'
	assert_failure 65
	pop cmd $'NOOP\nDELE 1'
	assert_failure 65
	pop retr --raw --mbox 1
	assert_failure 64
	pop retr
	assert_failure 64
}

# ---- messages --------------------------------------------------------------

# message NUMBER: the steps of a RETR.
message()
{
	printf 'S: +OK\nS: Subject: %s\nS: \nS: ..dot\nS: From here\nS: .\n' "$1"
}

@test "pop: retr of one message prints it raw, without the added dots" {
	tunnel_script < <(capa && echo 'C: RETR 1' && message one && quits)
	pop retr 1
	assert_success
	assert_output $'Subject: one\n\n.dot\nFrom here'
	assert_script_ok
	run bash -c '"$MAILNET" pop -s pop://localhost --tunnel "$TUNNEL" --auth none --crlf retr 1 | od -An -c | tr -d " \n"'
	assert_output 'Subject:one\r\n\r\n.dot\r\nFromhere\r\n'
}

@test "pop: retr of several messages prints an mbox, in one pipeline" {
	tunnel_script < <(capa PIPELINING && printf '%s\n' 'c: RETR 1\r\nRETR 3\r\nRETR 2\r\nQUIT\r\n' &&
		message one && echo 'S: -ERR no such message' && message two && echo 'S: +OK')
	pop retr 1 3 2
	assert_failure 1
	assert_line --index 0 --regexp '^From MAILER-DAEMON ... ... .. ..:..:.. 20..$'
	assert_line --index 1 'Subject: one'
	assert_line --index 3 '>From here'
	assert_line --index 5 'Subject: two'
	assert_equal "$stderr" 'mailnet pop: localhost: RETR 3: -ERR no such message'
	assert_script_ok
}

@test "pop: retr and top as JSON contain every octet" {
	tunnel_script < <(capa && printf '%s\n' 'C: TOP 1 0' 'S: +OK' 's: Subject: a\x00\xff\r\n\r\n.\r\n' && quits)
	pop --json top 1 0
	assert_success
	assert_output '{"number": 1, "octets": 16, "raw": "U3ViamVjdDogYQD/DQoNCg=="}'
}

@test "pop: an incomplete message is a failure and has no JSON record" {
	tunnel_script < <(capa && printf '%s\n' 'C: RETR 1' 'S: +OK' 'S: Subject: half' close)
	pop --json retr 1
	assert_failure 75
	refute_output
}

@test "pop: more than 2,000 commands are sent in one pipeline" {
	local i
	{
		capa PIPELINING
		for ((i = 1; i <= 2000; i++)); do
			echo "C: RETR $i"
			printf '%s\n' 's: +OK\r\nx\r\n.\r\n'
		done
		echo 'C: QUIT'
		echo 'S: +OK'
	} >script
	tunnel_script <script
	# shellcheck disable=SC2046 # words
	pop -v retr --raw $(seq 2000)
	assert_success
	assert_equal "$(grep -c x <<<"$output")" 2000
	assert_regex "$stderr" '[*] 3 round trips'
}

@test "pop: with --no-pipelining, or on a server without PIPELINING, one command is sent at a time" {
	tunnel_script < <(capa PIPELINING && echo 'C: RETR 1' && echo 'quiet 30' && message one &&
		echo 'C: RETR 2' && echo 'quiet 30' && message two && quits)
	pop --no-pipelining retr 1 2
	assert_success
	assert_script_ok
}

# ---- deletions -------------------------------------------------------------

@test "pop: dele deletes at QUIT" {
	session PIPELINING <<-'END'
		c: DELE 1\r\nDELE 2\r\n
		S: +OK one
		S: +OK two
	END
	pop dele 1 2
	assert_success
	assert_output $'+OK one\n+OK two'
	assert_script_ok
}

@test "pop: if one DELE is refused, no QUIT is sent and nothing is deleted" {
	half_session <<-'END'
		C: DELE 1
		S: +OK
		C: DELE 9
		S: -ERR no such message
		eof
	END
	pop dele 1 9
	assert_failure 1
	assert_script_ok
}

@test "pop: a QUIT that fails is an error if messages are marked for deletion" {
	half_session <<-'END'
		C: DELE 1
		S: +OK
		C: QUIT
		S: -ERR some messages were not removed
	END
	pop dele 1
	assert_failure 75
	half_session <<-'END'
		C: DELE 1
		S: +OK
		C: QUIT
		close
	END
	pop dele 1
	assert_failure 75
	tunnel_script < <(capa && printf '%s\n' 'C: STAT' 'S: +OK 0 0' 'C: QUIT' close)
	pop stat
	assert_success
}

@test "pop: in a batch the end of the input sends QUIT, which deletes, only after success" {
	half_session <<-'END'
		C: DELE 1
		S: +OK
		C: LIST 9
		S: -ERR no
		eof
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none -b - \
		<<<$'dele 1\nlist 9\nstat'
	assert_failure 1
	assert_script_ok
	session <<-'END'
		C: DELE 1
		S: +OK
		C: RSET
		S: +OK
		C: LIST 9
		S: -ERR no
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none -b - \
		<<<$'dele 1\nrset\nlist 9'
	assert_failure 1
	assert_script_ok
}

@test "pop: in a JSON batch an explicit quit deletes even after a failure" {
	session <<-'END'
		C: DELE 1
		S: +OK marked
		C: LIST 9
		S: -ERR no
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none --json -b - \
		<<<$'dele 1\nlist 9\nquit'
	assert_failure 1
	assert_line '{"done": {"verb": "connect", "code": null, "text": "+OK ready", "exit": 0}}'
	assert_line '{"code": null, "text": "+OK marked"}'
	assert_line '{"done": {"verb": "dele", "code": null, "text": "+OK marked", "exit": 0}}'
	assert_line '{"done": {"verb": "list", "code": null, "text": "-ERR no", "exit": 1}}'
	assert_line '{"done": {"verb": "quit", "code": null, "text": "+OK bye", "exit": 0}}'
	assert_script_ok
}

# ---- cmd and the rest ------------------------------------------------------

@test "pop: cmd sends any command; --multi prints a multi-line reply" {
	tunnel_script <<-'END'
		S: +OK ready
		C: XTND XLST Subject
		S: +OK follows
		S: 1 a
		S: ..b
		S: .
		C: QUIT
		S: +OK
	END
	pop cmd XTND XLST Subject --multi
	assert_success
	assert_output $'+OK follows\n1 a\n.b'
	assert_script_ok
}

@test "pop: cmd hides passwords in traces, and the session goes on after a challenge" {
	tunnel_script <<-'END'
		S: +OK ready
		C: AUTH PLAIN
		S: +
		C: AHUAc2VjcmV0
		S: +OK
		C: PASS secret
		S: -ERR not now
		C: QUIT
		S: +OK
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none -vv -b - \
		<<<$'cmd AUTH PLAIN\ncmd AHUAc2VjcmV0\n-cmd PASS secret'
	assert_success
	assert_line --index 0 '+'
	refute_regex "$stderr" 'secret|AHUA'
	assert_script_ok
}

@test "pop: utf8, noop and rset print the reply" {
	tunnel_script <<-'END'
		S: +OK ready
		C: UTF8
		S: +OK UTF8 enabled
		C: NOOP
		S: +OK still here
		C: RSET
		S: +OK none marked
		C: QUIT
		S: +OK
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none --no-capa -b - \
		<<<$'utf8\nnoop\nrset'
	assert_success
	assert_output $'+OK UTF8 enabled\n+OK still here\n+OK none marked'
	assert_script_ok
}

@test "pop: unsolicited octets exit 76" {
	tunnel_script < <(capa && printf '%s\n' 'C: STAT' 'S: +OK 1 2' 'S: +OK 3 4' eof)
	run mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none -q -b - <<<$'stat\nstat'
	assert_failure 76
	# Also after the last verb: otherwise the unsolicited reply would count as the reply to QUIT.
	tunnel_script < <(capa && printf '%s\n' 'C: STAT' 'S: +OK 1 2' 'S: +OK 3 4' eof)
	pop stat
	assert_failure 76
	assert_output '1 2'
}
