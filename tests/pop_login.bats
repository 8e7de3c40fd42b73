#!/usr/bin/env bats
# Logging in to POP3 servers, against scripts.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

# pop ARG...: as alice with the password "secret", over the tunnel of the script.
pop()
{
	rm -f "$HOME/.netrc"
	write_netrc '*' nobody nothing
	write_netrc localhost alice secret
	write_netrc pop.example.org alice secret
	run --separate-stderr mailnet pop -s "${server:-pop://localhost}" --tunnel "$TUNNEL" "$@"
}

# script [CAPABILITY...] <STEPS: a script with STEPS between CAPA and STAT, QUIT.
script()
{
	{
		printf 'S: +OK ready\nC: CAPA\nS: +OK\n'
		[ $# -eq 0 ] || printf 'S: %s\n' "$@"
		printf 'S: .\n'
		cat
		printf 'C: STAT\nS: +OK 0 0\nC: QUIT\nS: +OK\n'
	} >script
	tunnel_script <script
}

# refused [CAPABILITY...] <STEPS: the login fails, and the client closes, with or without QUIT.
refused()
{
	{
		printf 'S: +OK ready\nC: CAPA\nS: +OK\n'
		[ $# -eq 0 ] || printf 'S: %s\n' "$@"
		printf 'S: .\n'
		cat
		printf 'mayclose\nC: QUIT\nS: +OK\n'
	} >script
	tunnel_script <script
}

@test "pop login: USER and PASS are pipelined if the server offers PIPELINING" {
	tunnel_script <<-'END'
		S: +OK ready
		C: CAPA
		S: +OK
		S: USER
		S: PIPELINING
		S: .
		c: USER alice\r\nPASS secret\r\n
		S: +OK
		S: +OK
		c: STAT\r\nQUIT\r\n
		S: +OK 0 0
		S: +OK
	END
	pop -v stat
	assert_success
	assert_regex "$stderr" '[*] 4 round trips'
	refute_regex "$stderr" 'secret'
	assert_script_ok
}

@test "pop login: USER and PASS are sent one after the other without PIPELINING" {
	script USER <<-'END'
		C: USER alice
		quiet 30
		S: +OK
		C: PASS secret
		S: +OK
	END
	pop stat
	assert_success
	assert_script_ok
}

@test "pop login: UTF8 is pipelined before the login if it is offered" {
	tunnel_script <<-'END'
		S: +OK ready
		C: CAPA
		S: +OK
		S: USER
		S: UTF8 USER
		S: PIPELINING
		S: .
		c: UTF8\r\nUSER alice\r\nPASS secret\r\n
		S: -ERR not today
		S: +OK
		S: +OK
		C: RETR 1
		S: +OK
		S: Subject: München
		S: .
		C: QUIT
		S: +OK
	END
	pop retr 1
	assert_success
	assert_output 'Subject: München'
	assert_script_ok
	tunnel_script <<-'END'
		S: +OK ready
		C: CAPA
		S: +OK
		S: SASL PLAIN
		S: UTF8
		S: PIPELINING
		S: .
		c: UTF8\r\nAUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n
		S: -ERR not today
		S: +OK come in
		c: STAT\r\n
		S: +OK 0 0
		C: QUIT
		S: +OK
	END
	pop --json -b - <<<stat
	assert_success
	assert_script_ok
	assert_line --partial '"text": "+OK come in"'
}

@test "pop login: UTF8 is sent without PIPELINING, and its refusal is ignored" {
	local answer
	for answer in '+OK UTF8 enabled' '-ERR not today'; do
		script USER UTF8 <<-END
			c: UTF8\\r\\n
			S: $answer
			c: USER alice\\r\\n
			S: +OK
			c: PASS secret\\r\\n
			S: +OK
		END
		pop -b - <<<stat
		assert_success
		assert_script_ok
	done
	# UTF8 is not sent without a login, or if no message will be read.
	script USER UTF8 <<-'END'
		c: USER alice\r\n
		S: +OK
		c: PASS secret\r\n
		S: +OK
	END
	pop stat
	assert_success
	assert_script_ok
	script UTF8 <<<''
	pop --auth none stat
	assert_success
	assert_script_ok
}

@test "pop login: a server without CAPA gets USER and PASS" {
	tunnel_script <<-'END'
		S: +OK ready
		C: CAPA
		S: -ERR
		C: USER alice
		S: +OK
		C: PASS secret
		S: +OK
		C: STAT
		S: +OK 0 0
		C: QUIT
		S: +OK
	END
	pop stat
	assert_success
	assert_script_ok
}

@test "pop login: PLAIN is sent with and without an initial response" {
	script 'SASL PLAIN' <<-'END'
		C: AUTH PLAIN AGFsaWNlAHNlY3JldA==
		S: +OK
	END
	pop stat
	assert_success
	assert_script_ok
	script 'SASL PLAIN' <<-'END'
		C: AUTH PLAIN
		S: +
		C: AGFsaWNlAHNlY3JldA==
		S: +OK
	END
	pop --no-initial-response stat
	assert_success
	assert_script_ok
}

@test "pop login: a refused initial response is not sent again" {
	local reply
	for reply in '-ERR line too long' '-ERR [AUTH] wrong password'; do
		refused 'SASL PLAIN' <<-END
			C: AUTH PLAIN AGFsaWNlAHNlY3JldA==
			S: $reply
		END
		pop stat
		assert_failure 77
		assert_script_ok
	done
}

@test "pop login: a token too long for a command line is sent after the challenge" {
	local token
	token=$(printf 'x%.0s' {1..400})
	rm -f "$HOME/.netrc"
	script 'SASL XOAUTH2' <<-END
		C: AUTH XOAUTH2
		S: +
		C: $(printf 'user=alice\x01auth=Bearer %s\x01\x01' "$token" | base64 -w 0)
		S: +OK
	END
	printf '%s\n' "$token" >token
	run mailnet pop -s pop://alice@localhost --no-netrc --password-command 'cat token' --auth xoauth2 \
		--tunnel "$TUNNEL" stat
	assert_success
	assert_script_ok
}

@test "pop login: CRAM-MD5 and SCRAM log in" {
	local mech
	for mech in CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
		script "SASL $mech" <<<"sasl $mech alice secret pop"
		pop stat
		assert_success
		assert_script_ok
	done
}

@test "pop login: APOP is used only with --auth, and only if the greeting has a valid msg-id" {
	local greeting
	cat >script <<-'END'
		S: +OK ready <1896.697170952@dbc.mtview.ca.us>
		C: CAPA
		S: -ERR
		C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
		S: +OK
		C: STAT
		S: +OK 0 0
		C: QUIT
		S: +OK
	END
	tunnel_script <script
	run mailnet pop -s pop://mrose@localhost --no-netrc --password-command 'echo tanstaaf' --auth apop \
		--tunnel "$TUNNEL" stat
	assert_success
	assert_script_ok
	for greeting in 'ready' 'ready <no msg-id>' 'ready <a@b' 'ready <@>'; do
		printf 'S: +OK %s\nC: CAPA\nS: -ERR\nmayclose\nC: QUIT\nS: +OK\n' "$greeting" >script
		tunnel_script <script
		pop --auth apop stat
		assert_failure 77
		assert_script_ok
	done
}

@test "pop login: RPOP sends the name alone" {
	script <<-'END'
		C: RPOP alice
		S: +OK
	END
	pop --auth rpop stat
	assert_success
	assert_script_ok
}

@test "pop login: code and text of a refusal decide the exit status" {
	local code answer
	while read -r code answer; do
		refused USER <<-END
			C: USER alice
			S: +OK
			C: PASS secret
			S: -ERR $answer
		END
		pop stat
		assert_failure "$code"
		[ "$code" != 77 ] || answer+=" (user 'alice', password from $HOME/.netrc)"
		assert_equal "$stderr" "mailnet pop: localhost: PASS ***: -ERR $answer"
		assert_script_ok
	done <<-'END'
		77 [AUTH] no
		77 invalid user name or password
		75 [IN-USE] no
		75 [LOGIN-DELAY] not so often
		75 [SYS/TEMP] no
		69 [SYS/PERM] no
		75 maildrop already locked
		75 mailbox in use by another process
		75 server busy
		75 Temporary problem
		77 Your address is blocked
	END
}

@test "pop login: if a pipelined USER is refused, the reply to PASS is discarded" {
	refused USER PIPELINING <<-'END'
		c: USER alice\r\nPASS secret\r\n
		S: -ERR [AUTH] no such user
		S: -ERR USER first
	END
	pop stat
	assert_failure 77
	assert_equal "$stderr" "mailnet pop: localhost: USER alice: -ERR [AUTH] no such user (user 'alice', password from $HOME/.netrc)"
	assert_script_ok
}

@test "pop login: no credentials are sent in clear to another host" {
	server=pop://pop.example.org
	refused USER 'SASL PLAIN LOGIN' </dev/null
	pop stat
	assert_failure 77
	assert_script_ok
	refused USER 'SASL PLAIN LOGIN' <<-'END'
		C: AUTH PLAIN AGFsaWNlAHNlY3JldA==
		S: -ERR [AUTH]
	END
	pop --allow-cleartext-auth stat
	assert_failure 77
	assert_script_ok
}

@test "pop login: a server without a usable mechanism exits 77" {
	refused </dev/null
	pop stat
	assert_failure 77
	assert_script_ok
}

# ---- STLS ------------------------------------------------------------------

tls_script()
{
	make_cert localhost
	tunnel_script --cert "$CERT" --key "$KEY"
}

@test "pop stls: capabilities from before TLS are discarded and requested again" {
	tls_script <<-'END'
		S: +OK ready
		C: CAPA
		S: +OK
		S: STLS
		S: PIPELINING
		S: USER
		S: .
		C: STLS
		S: +OK
		starttls
		C: CAPA
		S: +OK
		S: SASL PLAIN
		S: .
		C: AUTH PLAIN AGFsaWNlAHNlY3JldA==
		S: +OK
		C: STAT
		S: +OK 0 0
		C: QUIT
		S: +OK
	END
	pop --tls starttls --tls-ca "$CA_FILE" stat
	assert_success
	assert_script_ok
}

@test "pop stls: if required and not offered, or refused, the exit status is 77 and no more commands are sent" {
	refused USER </dev/null
	pop --tls starttls stat
	assert_failure 77
	assert_script_ok
	refused USER STLS <<-'END'
		C: STLS
		S: -ERR not today
	END
	pop --tls starttls stat
	assert_failure 77
	assert_script_ok
}

@test "pop stls: octets after the reply to STLS are an injection: 76" {
	tls_script <<-'END'
		S: +OK ready
		C: CAPA
		S: +OK
		S: STLS
		S: .
		C: STLS
		s: +OK\r\n+OK injected\r\n
		eof
	END
	pop --tls starttls --tls-ca "$CA_FILE" stat
	assert_failure 76
	assert_script_ok
}
