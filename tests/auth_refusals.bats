#!/usr/bin/env bats
# The meaning of a refused login: wrong credentials, a temporary failure, or a mechanism that does not work here.
#
# shellcheck disable=SC2028 # the script server knows escapes

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe

secret=hunter2secret

setup()
{
	common_setup
	write_netrc localhost alice "$secret"
}

plain=$(printf '\0alice\0%s' "$secret" | base64 -w 0)

# run_login PROTO [ARG...] <STEPS: run a verb; STEPS come after greeting and capabilities, before the end of the
# session.
run_login()
{
	local proto=$1
	shift
	{
		greeting "$proto"
		if [ "$proto" = smtp ]; then
			capabilities smtp "AUTH ${mechs:-PLAIN LOGIN CRAM-MD5}"
		else
			capabilities "$proto" "SASL ${mechs:-PLAIN LOGIN CRAM-MD5}" 'AUTHINFO USER SASL' USER ${pipelining:+PIPELINING}
		fi
		cat
		echo mayclose
		goodbye "$proto"
	} >script
	tunnel_script <script
	safe "$proto" -s "$proto://localhost" --tunnel "$TUNNEL" "$@" welcome
}

# ---- a wrong password ------------------------------------------------------------

@test "refusal: pop: an -ERR without a code, then a close, exits 77 with the server's text after one attempt" {
	local mech
	for mech in plain login cram-md5; do
		run_login pop --auth $mech <<-END
			C~ AUTH ${mech^^}.*
			S: -ERR wrong
			eof
		END
		one_error 77 '-ERR wrong'
	done
	run_login pop --auth user <<-'END'
		C: USER alice
		S: -ERR who is that
		eof
	END
	one_error 77 '-ERR who is that'
	run_login pop --auth user <<-END
		C: USER alice
		S: +OK
		C: PASS $secret
		S: -ERR wrong
		eof
	END
	one_error 77 '-ERR wrong'
	pipelining=yes
	run_login pop --auth user <<-END
		c: USER alice\\r\\nPASS $secret\\r\\n
		S: -ERR who is that
		eof
	END
	one_error 77 '-ERR who is that'
}

@test "refusal: the message of a refused login names the user and the source of the password, never the password" {
	local steps="C: AUTH PLAIN $plain"$'\nS: 535 5.7.8 no'
	run_login smtp --auth plain <<<"$steps"
	one_error 77 "535 5.7.8 no \(user 'alice', password from $HOME/.netrc\)"
	run_login smtp -u alice --auth plain --password-command "echo $secret" <<<"$steps"
	one_error 77 "no \(user 'alice', password from --password-command\)"
	printf '[smtp]\nuser = alice\npassword-command = echo %s\n' "$secret" >cfg
	run_login smtp --config cfg --auth plain <<<"$steps"
	one_error 77 "no \(user 'alice', password from password-command in cfg:3\)"
	# If mailnet chose a stronger mechanism by itself, the server may have failed at it.
	run_login smtp <<-'END'
		C: AUTH CRAM-MD5
		S: 334 PDFAaD4=
		C~ .*
		S: 535 5.7.8 no
	END
	one_error 77 "password from $HOME/.netrc; if the password is right, try --auth plain\)"
	mechs=XOAUTH2 run_login smtp --auth xoauth2 <<<$'C~ AUTH XOAUTH2 .*\nS: 535 5.7.8 no'
	one_error 77 "user 'alice', token from $HOME/.netrc\)"
}

@test "refusal: pop: only XOAUTH2 and OAUTHBEARER are retried in two steps, and only after an -ERR without a code" {
	local mech
	for mech in XOAUTH2 OAUTHBEARER; do
		mechs=$mech run_login pop --auth $mech <<-END
			C~ AUTH $mech .+
			S: -ERR no
			C: AUTH $mech
			S: +
			C~ [A-Za-z0-9+/=]+
			S: +OK in
		END
		assert_success
		assert_script_ok
		mechs=$mech run_login pop --auth $mech <<-END
			C~ AUTH $mech .+
			S: -ERR [AUTH] no
		END
		one_error 77 'AUTH'
		assert_script_ok
	done
}

@test "refusal: after a definite refusal no other mechanism is tried" {
	local proto reply
	while read -r proto reply; do
		run_login "$proto" --auth plain,login <<-END
			C~ (AUTHINFO SASL|AUTH) PLAIN .*
			S: $reply
		END
		one_error 77 "${reply//[/.}"
		assert_script_ok
	done <<-'END'
		nntp 481 no
		nntp 482 no
		nntp 502 no
		pop -ERR no
		pop -ERR [AUTH] no
		smtp 535 5.7.8 no
		smtp 534 5.7.9 no
	END
}

# ---- temporary failures ------------------------------------------------------------

texts='mailbox is locked
the maildrop is in use
please try again
service unavailable
Service Unavailable right now
too many connections
Too many sessions for this user
maximum number of simultaneous sessions
max simultaneous IP addresses per login reached
maximum number of connections exceeded
system busy
please wait a few minutes'

@test "refusal: a greeting whose text names a temporary failure exits 75, whatever its code" {
	local text code
	while IFS= read -r text; do
		for code in 502 400 503 480; do
			tunnel_script <<<"S: $code $text"$'\nmayclose\nC: QUIT\nS: 205 bye'
			safe nntp -s nntp://localhost --no-netrc --tunnel "$TUNNEL" date
			one_error 75 "$text"
		done
		for code in -ERR '-ERR [SYS/PERM]' '-ERR [AUTH]'; do
			tunnel_script <<<"S: $code $text"$'\nmayclose\nC: QUIT\nS: +OK'
			safe pop -s pop://localhost --no-netrc --tunnel "$TUNNEL" stat
			one_error 75 "$text"
		done
	done <<<"$texts"
	tunnel_script <<<$'S: 502 you are not allowed\nmayclose\nC: QUIT\nS: 205 bye'
	safe nntp -s nntp://localhost --no-netrc --tunnel "$TUNNEL" date
	one_error 69 'not allowed'
	tunnel_script <<<$'S: -ERR you are blocked\nmayclose\nC: QUIT\nS: +OK'
	safe pop -s pop://localhost --no-netrc --tunnel "$TUNNEL" stat
	one_error 69 'blocked'
}

@test "refusal: a reply to a login whose text names a temporary failure exits 75, whatever its code and the mechanism" {
	local text code
	while IFS= read -r text; do
		for code in 481 482 502; do
			run_login nntp --auth plain <<<$'C~ AUTHINFO SASL PLAIN .*\nS: '"$code $text"
			one_error 75 "$text"
		done
		run_login nntp --auth user <<<$'C: AUTHINFO USER alice\nS: 381 more\nC~ AUTHINFO PASS .*\nS: 502 '"$text"
		one_error 75 "$text"
		run_login nntp --auth user <<<$'C: AUTHINFO USER alice\nS: 482 '"$text"
		one_error 75 "$text"
		for code in -ERR '-ERR [AUTH]'; do
			run_login pop --auth plain <<<$'C~ AUTH PLAIN .*\nS: '"$code $text"
			one_error 75 "$text"
			run_login pop --auth user <<<$'C: USER alice\nS: +OK\nC~ PASS .*\nS: '"$code $text"
			one_error 75 "$text"
		done
	done <<<"$texts"
}

@test "refusal: MODE READER refused for a temporary reason exits 75" {
	tunnel_script <<-'END'
		S: 200 ready
		C: MODE READER
		S: 502 too many connections from your host
		mayclose
		C: QUIT
		S: 205 bye
	END
	safe nntp -s nntp://localhost --no-netrc --reader --tunnel "$TUNNEL" date
	one_error 75 'too many connections'
}

# ---- the next mechanism --------------------------------------------------------------

@test "refusal: if the server does not implement a mechanism, the next one is tried, of --auth and by default" {
	local proto reply auth
	while read -r proto reply; do
		for auth in '--auth cram-md5,plain' ''; do
			# nntp prefers AUTHINFO USER, which is refused as unknown here too.
			{
				[ -n "$auth" ] || [ "$proto" != nntp ] || printf 'C: AUTHINFO USER alice\nS: 500 what?\n'
				printf 'C~ (AUTHINFO SASL|AUTH) CRAM-MD5\nS: %s\n' "$reply"
				echo "sasl PLAIN alice $secret $proto"
			} >steps
			# shellcheck disable=SC2086 # words
			mechs='PLAIN CRAM-MD5' run_login "$proto" $auth <steps
			assert_success || echo "$stderr"
			assert_script_ok
		done
		# No mechanism is left: 77, and the reply is shown.
		run_login "$proto" --auth cram-md5 <<<$'C~ (AUTHINFO SASL|AUTH) CRAM-MD5\nS: '"$reply"
		one_error 77 "${reply:0:3}"
		assert_script_ok
	done <<-'END'
		nntp 503 mechanism not recognized
		pop -ERR Unsupported authentication mechanism.
		pop -ERR unknown command
		smtp 504 5.5.4 Unrecognized authentication type
	END
}

@test "refusal: after an invalid challenge the next mechanism of --auth is tried, and none by default" {
	local proto go_on cancelled command
	for proto in "${protocols[@]}"; do
		command=AUTH
		case $proto in
		nntp) go_on=383 cancelled='481 as you like' command='AUTHINFO SASL' ;;
		pop) go_on=+ cancelled='-ERR as you like' ;;
		smtp) go_on=334 cancelled='501 5.7.0 as you like' ;;
		esac
		local broken
		printf -v broken 'C: %s CRAM-MD5\nS: %s !!!\nC: *\nS: %s\n' "$command" "$go_on" "$cancelled"
		run_login "$proto" --auth cram-md5,plain <<<"${broken}sasl PLAIN alice $secret $proto"
		assert_success || echo "$stderr"
		assert_script_ok
		printf -v broken 'C~ %s SCRAM-SHA-256 .*\nS: %s %s\nC: *\nS: %s\n' "$command" "$go_on" \
			"$(printf nonsense | base64)" "$cancelled"
		mechs='SCRAM-SHA-256 PLAIN' run_login "$proto" --auth scram-sha-256,plain <<<"${broken}sasl PLAIN alice $secret $proto"
		assert_success || echo "$stderr"
		assert_script_ok
		[ "$proto" != nntp ] || continue
		mechs='SCRAM-SHA-256 PLAIN' run_login "$proto" <<<"$broken"
		one_error 76 'SCRAM'
		assert_script_ok
	done
}

@test "refusal: if the server does not implement AUTHINFO USER, the next mechanism of --auth is tried" {
	local code
	for code in 500 501 503; do
		run_login nntp --auth user,plain <<<$'C: AUTHINFO USER alice\nS: '"$code no"$'\n'"sasl PLAIN alice $secret nntp"
		assert_success
		assert_script_ok
	done
	run_login pop --auth user,plain <<<$'C: USER alice\nS: -ERR unknown command\n'"sasl PLAIN alice $secret pop"
	assert_success
	assert_script_ok
}

# ---- the initial response ---------------------------------------------------------------

@test "refusal: an initial response longer than the protocol's line is sent after the first challenge" {
	local proto n command go_on ok limit line
	for proto in "${protocols[@]}"; do
		command=AUTH
		case $proto in
		nntp) limit=512 go_on=383 ok='281 in' command='AUTHINFO SASL' ;;
		pop) limit=255 go_on=+ ok='+OK in' ;;
		smtp) limit=512 go_on=334 ok='235 in' ;;
		esac
		# shellcheck disable=SC2017 # whole groups of four octets are meant
		# PLAIN's base64 grows by four octets for three of the password: the longest line that fits, and one more.
		for ((n = (limit - ${#command} - 9) / 4 * 3 - 7, line = 0; n < limit; n++)); do
			local password b64
			password=$(head -c "$n" /dev/zero | tr '\0' x)
			b64=$(printf '\0alice\0%s' "$password" | base64 -w 0)
			line=$((${#command} + 7 + ${#b64} + 2))
			rm -f "$HOME/.netrc"
			write_netrc localhost alice "$password"
			if ((line <= limit)); then
				printf 'C: %s PLAIN %s\nS: %s\n' "$command" "$b64" "$ok" >steps
			else
				printf 'C: %s PLAIN\nS: %s\nC: %s\nS: %s\n' "$command" "$go_on" "$b64" "$ok" >steps
			fi
			run_login "$proto" --auth plain <steps
			assert_success
			assert_script_ok
			((line <= limit)) || break
		done
	done
}

@test "refusal: text in the first challenge is ignored if the mechanism starts with the client" {
	local proto command go_on ok mech hello
	for proto in "${protocols[@]}"; do
		command=AUTH
		case $proto in
		nntp) go_on=383 ok='281 in' command='AUTHINFO SASL' ;;
		pop) go_on=+ ok='+OK in' ;;
		smtp) go_on=334 ok='235 in' ;;
		esac
		local text
		for text in 'PLAIN supported' 'go ahead' "$(printf 'hello' | base64)" ''; do
			run_login "$proto" --auth plain --no-initial-response <<-END
				C: $command PLAIN
				S: $go_on $text
				C: $plain
				S: $ok
			END
			assert_success || echo "$stderr"
			assert_script_ok
		done
	done
	for mech in NTLM XOAUTH2; do
		hello='[A-Za-z0-9+/=]+'
		mechs=$mech run_login smtp --auth $mech --no-initial-response <<-END
			C: AUTH $mech
			S: 334 $mech supported
			C~ $hello
			S: 535 5.7.8 no
		END
		one_error 77 '535'
		assert_script_ok
	done
}

# ---- no credentials -----------------------------------------------------------------------

# wants_login PROTO REPLY VERB...: run the verb without credentials against a server that refuses it with REPLY.
wants_login()
{
	local proto=$1 reply=$2
	shift 2
	{
		greeting "$proto"
		echo mayclose
		[ "$proto" = nntp ] || capabilities "$proto"
		printf 'repeat *\nC~ .*\nS: %s\nend\n' "$reply"
	} >script
	tunnel_script <script
	safe "$proto" -s "$proto://127.0.0.1" --tunnel "$TUNNEL" "${options[@]}" "$@"
}
options=()

@test "refusal: a server that requires a login exits 77, and the message names the places searched for credentials" {
	local proto reply verb
	printf 'From: a@b\n\nx\n' >message
	while IFS='|' read -r proto reply verb; do
		# shellcheck disable=SC2086 # words
		wants_login "$proto" "$reply" $verb
		one_error 77 "no login: $HOME/.netrc has no entry for this host.*-u and --password-command"
		options=(--no-netrc)
		# shellcheck disable=SC2086 # words
		wants_login "$proto" "$reply" $verb
		one_error 77 'no login: .*-u and --password-command'
		options=()
		mv "$HOME/.netrc" kept
		# shellcheck disable=SC2086 # words
		wants_login "$proto" "$reply" $verb
		one_error 77 "no login: $HOME/.netrc does not exist"
		mv kept "$HOME/.netrc"
	done <<-'END'
		nntp|480 log in|date
		nntp|480 log in|group a.b
		nntp|480 log in|over -n 2 a.b
		pop|-ERR unknown command|stat
		pop|-ERR unknown command|list 1
		pop|-ERR Command is not valid in this state.|uidl
		pop|-ERR log in first|retr 1
		pop|-ERR please authenticate|top 1 0
		pop|-ERR not authorized|dele 1
		pop|-ERR what?|drain -d box/
		pop|-ERR [AUTH] what?|fetch
		smtp|530 5.7.0 Authentication required|noop
		smtp|530 5.7.0 Authentication required|vrfy bob
		smtp|530 5.7.0 Authentication required|send -f a@b -m message c@d
	END
}

@test "refusal: a user without a password exits 77, and the message names the places searched" {
	{
		greeting smtp
		capabilities smtp 'AUTH PLAIN'
		goodbye smtp
	} >script
	tunnel_script <script
	safe smtp -s smtp://bob@127.0.0.1 --tunnel "$TUNNEL" noop
	one_error 77 "no password for bob .*$HOME/.netrc has no entry for this host"
	printf 'machine 127.0.0.1 login ann\n' >rc
	chmod 600 rc
	tunnel_script <script
	safe smtp --netrc rc -s smtp://127.0.0.1 --tunnel "$TUNNEL" noop
	one_error 77 'no password for ann .*the entry for this host in rc has no password'
}

@test "refusal: pop: before a login, a missing message exits 1" {
	local text
	for text in 'no such message' 'Message 9 is not there' 'there is no message 9, only user mail'; do
		wants_login pop "-ERR $text" retr 9
		one_error 1 "$text"
	done
	# Other commands do not need a login.
	tunnel_script <<<$'S: +OK ready\nC: UTF8\nS: -ERR unknown command\nC: QUIT\nS: +OK'
	safe pop -s pop://127.0.0.1 --tunnel "$TUNNEL" utf8
	one_error 69 'unknown command'
	# A server whose session begins logged in.
	{
		greeting pop
		printf 'C: STAT\nS: +OK 1 10\nC: LIST\nS: -ERR unknown command\n'
		goodbye pop
	} >script
	tunnel_script <script
	safe pop -s pop://127.0.0.1 --no-capa --tunnel "$TUNNEL" -b - <<<$'stat\nlist'
	one_error 69 'unknown command$'
}
