#!/usr/bin/env bats
# Logins: every mechanism, every source of passwords, and that passwords are never printed.
#
# shellcheck disable=SC2016,SC2153 # commands for other shells; PORT comes from the fixtures

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe

secret=hunter2secret

setup()
{
	common_setup
	certs_make
}

teardown()
{
	end_background
	stop_servers
}

# nntp_login [CAPABILITY...] <STEPS >script: the steps between CAPABILITIES and DATE.
nntp_login()
{
	greeting nntp
	capabilities nntp "$@"
	cat
	printf 'C: DATE\nS: 111 20261120120000\n'
	goodbye nntp
}

# logs_in ARG...: run a verb against ./script, in TLS to another host, with alice's password from netrc.
logs_in()
{
	rm -f "$HOME/.netrc"
	write_netrc www.example.net alice "$secret"
	tls_script "$WRONG_CERT_FILE" "${tls_options[@]}" <script
	safe nntp -s nntps://www.example.net --tls-ca "$CA_FILE" --tunnel "$TUNNEL" "$@" date
}
tls_options=()

# ---- mechanisms ------------------------------------------------------------------

@test "auth: each mechanism of libgsasl logs in, in each protocol" {
	local proto mech
	for proto in "${protocols[@]}"; do
		for mech in PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
			{
				greeting "$proto"
				if [ "$proto" = smtp ]; then
					capabilities smtp "AUTH $mech"
				else
					capabilities "$proto" "SASL $mech" AUTHINFO
				fi
				echo "sasl $mech alice $secret $proto"
				echo mayclose
				goodbye "$proto"
			} >script
			tls_script "$WRONG_CERT_FILE" <script
			rm -f "$HOME/.netrc"
			write_netrc www.example.net alice "$secret"
			safe "$proto" -s "${proto}s://www.example.net" --tls-ca "$CA_FILE" --tunnel "$TUNNEL" \
				--auth "$mech" welcome
			assert_success || echo "$proto $mech: $stderr"
			assert_script_ok
		done
	done
}

@test "auth: a wrong password exits 77 with each mechanism, and no other mechanism is tried" {
	local mech
	for mech in PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
		{
			greeting nntp
			capabilities nntp "SASL $mech PLAIN LOGIN SCRAM-SHA-1" 'AUTHINFO SASL USER'
			echo "saslfail $mech alice other nntp"
			goodbye nntp
		} >script
		logs_in --auth "$mech,PLAIN,LOGIN"
		one_error 77 'www.example.net: AUTHINFO SASL'
		assert_script_ok
	done
}

@test "auth: SCRAM-SHA-1-PLUS and SCRAM-SHA-256-PLUS log in with channel binding under TLS 1.2 and 1.3" {
	local mech priority
	for mech in SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS; do
		for priority in NORMAL NORMAL:-VERS-TLS1.3; do
			nntp_login "SASL $mech" <<<"sasl $mech alice $secret nntp" >script
			tls_options=(--priority "$priority")
			logs_in --auth "$mech"
			assert_success
			assert_script_ok
		done
	done
}

@test "auth: by default the strongest mechanism is chosen: -PLUS, then SHA-256, SHA-1, CRAM-MD5, PLAIN, LOGIN" {
	local order=(SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN)
	while [ ${#order[@]} -gt 0 ]; do
		# The server offers them in the opposite order, with mechanisms that are never chosen by default.
		nntp_login "SASL ANONYMOUS OAUTHBEARER XOAUTH2 NTLM DIGEST-MD5 GSSAPI $(printf '%s\n' "${order[@]}" | tac | xargs)" \
			<<<"sasl ${order[0]} alice $secret nntp" >script
		logs_in
		assert_success
		assert_script_ok
		order=("${order[@]:1}")
	done
}

@test "auth: without channel binding, -PLUS is not chosen by default and exits 77 with --auth" {
	nntp_login 'SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256' <<<"sasl SCRAM-SHA-256 alice $secret nntp" >script
	write_netrc localhost alice "$secret"
	tunnel_script <script
	safe nntp -s nntp://localhost --tunnel "$TUNNEL" date
	assert_success
	assert_script_ok
	{
		greeting nntp
		capabilities nntp 'SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256'
		goodbye nntp
	} >script
	tunnel_script <script
	safe nntp -s nntp://localhost --tunnel "$TUNNEL" --auth scram-sha-256-plus date
	one_error 77 'no channel binding'
	assert_script_ok
}

@test "auth: channel binding tls-unique is used only with the extended master secret" {
	{
		greeting nntp
		capabilities nntp 'SASL SCRAM-SHA-256-PLUS'
		goodbye nntp
	} >script
	tls_options=(--priority 'NORMAL:-VERS-TLS1.3:%NO_SESSION_HASH')
	logs_in --auth scram-sha-256-plus
	one_error 77 'no channel binding'
	assert_script_ok
}

@test "auth: an attacker with another certificate cannot relay a -PLUS login" {
	# The attacker's TLS session is another one, so the signature over it does not match the server's.
	{
		greeting nntp
		capabilities nntp 'SASL SCRAM-SHA-256-PLUS'
		echo "sasl SCRAM-SHA-256-PLUS alice $secret nntp"
		printf 'mayclose\n'
		goodbye nntp
	} >script
	start_script --tls --cert "$CERT_FILE" --key "$KEY_FILE" <script
	local far=$PORT
	cat >between.py <<-'END'
		import socket, ssl, sys, threading
		cert, key, ca, port = sys.argv[1:]
		here = socket.socket()
		here.bind(("127.0.0.1", 0))
		here.listen(1)
		print(here.getsockname()[1], flush=True)
		server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		server.load_cert_chain(cert, key)
		near = server.wrap_socket(here.accept()[0], server_side=True)
		client = ssl.create_default_context(cafile=ca)
		far = client.wrap_socket(socket.create_connection(("127.0.0.1", int(port))), server_hostname="localhost")
		def pass_on(a, b):
		    try:
		        while (got := a.recv(65536)):
		            b.sendall(got)
		        b.shutdown(socket.SHUT_WR)
		    except OSError:
		        pass
		threading.Thread(target=pass_on, args=(far, near), daemon=True).start()
		pass_on(near, far)
	END
	in_background python3 between.py "$CERT_FILE" "$KEY_FILE" "$CA_FILE" "$far"
	write_netrc localhost alice "$secret"
	safe nntp -4 -s "nntps://localhost:$(head -n 1 background)" --tls-ca "$CA_FILE" --timeout 5 date
	one_error 77 'SCRAM-SHA-256-PLUS'
	run ! assert_script_ok
}

# ntlm HEX...: a message of NTLM in base64.
ntlm()
{
	python3 -c 'import base64, sys
print(base64.b64encode(b"NTLMSSP\0" + bytes.fromhex("".join(sys.argv[1:]))).decode())' "$@"
}

@test "auth: NTLM with --auth sends the responses that MS-NLMP computes for the user User with the password Password" {
	local challenge hello answer
	# The server's nonce is that of section 4.2.1.
	challenge=$(ntlm 02000000 0000000030000000 02020000 0123456789abcdef 0000000000000000 0000000030000000)
	hello=$(ntlm 01000000 07b20000 0400040020000000 0000000024000000 55736572)
	# Names in UTF-16 at 0x40 (user) and 0x48 (workstation), then the two responses of section 4.2.2.2.
	answer=$(ntlm 03000000 1800180050000000 1800180068000000 0000000040000000 0800080040000000 0800080048000000 \
		0000000080000000 02020000 5500730065007200 5500730065007200 \
		98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13 67c43011f30298a2ad35ece64f16331c44bdbed927841f94)
	{
		greeting pop
		capabilities pop 'SASL NTLM PLAIN'
		printf 'C: AUTH NTLM\nS: +\nC: %s\nS: + %s\nC: %s\nS: +OK in\nmayclose\n' "$hello" "$challenge" "$answer"
		goodbye pop
	} >script
	tls_script "$WRONG_CERT_FILE" <script
	safe pop -s pops://User@www.example.net --tls-ca "$CA_FILE" --tunnel "$TUNNEL" --no-netrc --auth ntlm \
		--no-initial-response --password-command 'echo Password' welcome
	assert_success
	assert_script_ok
	# In clear to another host NTLM is refused like a password.
	{
		greeting pop
		capabilities pop 'SASL NTLM'
		echo mayclose
		goodbye pop
	} >script
	tunnel_script <script
	safe pop -s pop://User@www.example.net --tunnel "$TUNNEL" --no-netrc --auth ntlm --password-command 'echo Password' stat
	one_error 77 'no login in clear'
	assert_script_ok
}

@test "auth: NTLM challenges that are too short or too long are not answered" {
	local challenge
	for challenge in "$(ntlm)" "$(ntlm 02000000 0000000000000000 02020000 01234567)" "$(head -c 4000 /dev/zero | base64 -w 0)"; do
		nntp_login 'SASL NTLM' <<<$'C~ AUTHINFO SASL NTLM .*\nS: 383 '"$challenge"$'\nC: *\nS: 481 no\nmayclose' >script
		logs_in --auth ntlm
		one_error 76 'NTLM: the challenge|NTLM: the server sent a malformed challenge'
	done
}

@test "auth: EXTERNAL logs in with a client certificate, and is not tried without one" {
	nntp_login 'SASL EXTERNAL' <<<'sasl EXTERNAL - - nntp' >script
	tls_options=(--client-ca "$CA_FILE")
	logs_in --no-netrc --auth external --tls-cert "$CLIENT_CERT_FILE" --tls-key "$CLIENT_KEY_FILE"
	assert_success
	assert_script_ok
	{
		greeting nntp
		capabilities nntp 'SASL EXTERNAL'
		goodbye nntp
	} >script
	tls_options=()
	logs_in --no-netrc --auth external
	one_error 77 'client certificate'
	assert_script_ok
}

@test "auth: the initial response is sent after the first challenge with --no-initial-response or if too long for the line" {
	local b64
	b64=$(printf '\0alice\0%s' "$secret" | base64 -w 0)
	nntp_login 'SASL PLAIN' <<<$'C: AUTHINFO SASL PLAIN\nS: 383 =\nC: '"$b64"$'\nS: 281 in' >script
	logs_in --auth plain --no-initial-response
	assert_success
	assert_script_ok
	nntp_login 'SASL PLAIN' <<<"C: AUTHINFO SASL PLAIN $b64"$'\nS: 281 in' >script
	logs_in --auth plain
	assert_success
	assert_script_ok
}

@test "auth: --authzid is sent by mechanisms that support it; other mechanisms are not chosen" {
	nntp_login 'SASL PLAIN LOGIN' <<<"C: AUTHINFO SASL PLAIN $(printf 'boss\0alice\0%s' "$secret" | base64 -w 0)"$'\nS: 281 in' >script
	logs_in --auth plain --authzid boss
	assert_success
	assert_script_ok
	{
		greeting nntp
		capabilities nntp 'SASL LOGIN'
		goodbye nntp
	} >script
	logs_in --auth login --authzid boss
	one_error 77 'authzid'
	assert_script_ok
}

@test "auth: --auth-command answers the challenges of a mechanism that mailnet does not implement" {
	nntp_login 'SASL X-ODD' <<-END >script
		C: AUTHINFO SASL X-ODD $(printf 'hello' | base64)
		S: 383 $(printf 'what is 6 by 7?' | base64)
		C: $(printf 'what is 6 by 7? 42' | base64)
		S: 281 in
	END
	logs_in --no-netrc --auth x-odd --auth-command 'echo hello; read -r q; echo "$q 42"'
	assert_success
	assert_script_ok
	# A command that waits for a challenge before its first line.
	nntp_login 'SASL X-ODD' <<-END >script
		C: AUTHINFO SASL X-ODD
		S: 383 $(printf 'what is 6 by 7?' | base64)
		C: $(printf 'it is 42' | base64)
		S: 281 in
	END
	logs_in --no-netrc --auth x-odd --auth-command 'while read -r q; do echo it is 42; done'
	assert_success
	assert_script_ok
	# A command that prints the first line, but not at once.
	nntp_login 'SASL X-ODD' <<-END >script
		C: AUTHINFO SASL X-ODD
		S: 383 =
		C: $(printf 'hello' | base64)
		S: 383 $(printf 'what is 6 by 7?' | base64)
		C: $(printf 'what is 6 by 7? 42' | base64)
		S: 281 in
	END
	# shellcheck disable=SC2016 # the command's
	logs_in --no-netrc --auth x-odd --auth-command \
		'until grep -qs "SASL X-ODD" "$SERVER_LOG"; do sleep 0.1; done; echo hello; read -r q; echo "$q 42"'
	assert_success
	assert_script_ok
	# A command that prints no line, is too slow, or prints without end.
	{
		greeting nntp
		capabilities nntp 'SASL X-ODD'
		echo mayclose
		goodbye nntp
	} >script
	logs_in --no-netrc --auth x-odd --auth-command 'exit 0'
	one_error 77 'auth-command'
	logs_in --no-netrc --timeout 1 --auth x-odd --auth-command 'sleep 100'
	one_error 77 'timed out'
	{
		greeting nntp
		capabilities nntp 'SASL X-ODD'
		printf 'C: AUTHINFO SASL X-ODD eA==\nS: 383 eA==\nrepeat *\nC~ .*\nS: 383 eA==\nend\n'
	} >script
	logs_in --no-netrc --auth x-odd --auth-command 'while :; do echo x; read -r q || exit; done'
	one_error 76 'challenges without end'
	safe nntp -s nntp://localhost --tunnel 'touch dialled' --auth-command cat date
	one_error 64 'auth'
	safe nntp -s nntp://localhost --tunnel 'touch dialled' --auth nonsense date
	one_error 64 'nonsense'
	assert_not_exists dialled
}

# ---- errors of servers -------------------------------------------------------------

@test "auth: SCRAM accepts a server only if it proves its identity" {
	write_netrc localhost alice "$secret"
	safe nntp -s nntp://localhost --tunnel "$top_srcdir/tests/lib/scram-liar none" date
	assert_success
	assert_output 2026-11-20T12:00:00Z
	assert_equal "$(cat liar)" 'went on: DATE'
	local lie
	for lie in signature nonce early; do
		rm -f liar
		safe nntp -s nntp://localhost --tunnel "$top_srcdir/tests/lib/scram-liar $lie" date
		assert_output ''
		one_error 77 SCRAM
	done
}

@test "auth: SCRAM accepts 4,096 to a million rounds" {
	write_netrc localhost alice "$secret"
	local rounds
	for rounds in 4096 5000; do
		safe nntp -s nntp://localhost --tunnel "$top_srcdir/tests/lib/scram-liar $rounds" date
		assert_success
	done
	for rounds in 0 1 4095 1000001 20000000 4294967297 99999999999999999999; do
		safe nntp -s nntp://localhost --tunnel "$top_srcdir/tests/lib/scram-liar $rounds" date
		assert_output ''
		assert_failure 77
		assert_equal "${#stderr_lines[@]}" 1
	done
}

@test "auth: SCRAM: rounds and a long password that would take minutes exit 77; other mechanisms are tried" {
	local long
	long=$(head -c 9000 /dev/zero | tr '\0' a)
	printf '%s\n' "$long" >long
	safe nntp -s nntp://alice@localhost --auth scram-sha-256 --password-command 'cat long' \
		--tunnel "$top_srcdir/tests/lib/scram-liar 1000000" date
	one_error 77 '1000000 rounds are too many for a password of 9000 octets'
	safe nntp -s nntp://alice@localhost --auth scram-sha-256 --password-command 'cat long' \
		--tunnel "$top_srcdir/tests/lib/scram-liar 4096" date
	one_error 77 'did not prove'
}

@test "auth: a challenge that is not base64, or too long, exits 76" {
	write_netrc localhost alice "$secret"
	local challenge
	for challenge in '383 !!!' '383 abc' "383 $(head -c 20000 /dev/zero | tr '\0' A)"; do
		{
			greeting nntp
			capabilities nntp 'SASL CRAM-MD5'
			printf 'C: AUTHINFO SASL CRAM-MD5\nS: %s\nmayclose\nC: *\nS: 481 as you like\n' "$challenge"
			goodbye nntp
		} >script
		tunnel_script <script
		safe nntp -s nntp://localhost --tunnel "$TUNNEL" --auth cram-md5 date
		one_error 76 'CRAM-MD5|octets'
	done
}

@test "auth: if credentials are given and no login is possible, the exit status is 77" {
	local proto
	for proto in pop smtp; do
		{
			greeting "$proto"
			capabilities "$proto" X-NOTHING
			echo mayclose
			goodbye "$proto"
		} >script
		tunnel_script <script
		safe "$proto" -s "$proto://alice@localhost" --password-command "echo $secret" --tunnel "$TUNNEL" noop
		one_error 77 'log ?in'
	done
}

# ---- in clear ------------------------------------------------------------------------

@test "auth: credentials are sent in clear to another host only with --allow-cleartext-auth" {
	local proto
	write_netrc www.example.net alice "$secret"
	for proto in "${protocols[@]}"; do
		{
			greeting "$proto"
			if [ "$proto" = smtp ]; then
				capabilities smtp 'AUTH PLAIN LOGIN'
			else
				capabilities "$proto" 'SASL PLAIN LOGIN' 'AUTHINFO USER SASL' USER
			fi
			echo mayclose
			goodbye "$proto"
		} >script
		for mode in auto off; do
			tunnel_script --record "$PWD/said" <script
			safe "$proto" -s "$proto://www.example.net" --tls $mode --tunnel "$TUNNEL" quit
			one_error 77 'in clear'
			run ! grep -e "$secret" -e alice -e AUTH said
		done
	done
	nntp_login 'AUTHINFO USER' <<<$'C: AUTHINFO USER alice\nS: 381 more\nC: AUTHINFO PASS '"$secret"$'\nS: 281 in' >script
	tunnel_script <script
	safe nntp -s nntp://www.example.net --allow-cleartext-auth --tunnel "$TUNNEL" date
	assert_success
	assert_script_ok
}

# ---- where passwords come from ------------------------------------------------------------

# user_login USER PASSWORD >script: AUTHINFO USER and PASS of exactly these.
user_login()
{
	nntp_login 'AUTHINFO USER' <<-END
		C: AUTHINFO USER $1
		S: 381 more
		C: AUTHINFO PASS $2
		S: 281 in
	END
}

# takes USER PASSWORD ARG...: with the options ARG..., mailnet logs in with this user and password.
takes()
{
	user_login "$1" "$2" >script
	shift 2
	tunnel_script <script
	safe nntp --tunnel "$TUNNEL" "$@" date
	assert_success || echo "$stderr"
	assert_script_ok
}

# private FILE: write stdin into FILE with mode 600.
private()
{
	rm -f "$1"
	(umask 077 && cat >"$1")
}

@test "auth: netrc: quotes, escapes, comments, macdef, default, several users and port are parsed" {
	private "$HOME/.netrc" <<-'END'
		# a comment
		machine other.example login x password y
		macdef init
		machine localhost login evil password evil

		machine localhost port 119 login bob password "with blank and \"quote\""
		machine localhost login carol password back\\slash\ blank
		machine localhost login dave password #nocomment
		machine localhost password onlyone
		default login nobody password default
	END
	takes bob 'with blank and "quote"' -s nntp://localhost
	takes carol 'back\\slash blank' -s nntp://localhost:1190
	takes carol 'back\\slash blank' -s nntp://localhost -u carol
	takes dave '#nocomment' -s nntp://dave@localhost
	takes eve onlyone -s nntp://eve@localhost
	takes nobody default -s nntp://127.0.0.1
}

@test "auth: netrc: a default entry before others does not hide the others from later lookups" {
	private "$HOME/.netrc" <<-'END'
		default login nobody password default
		machine localhost login bob password bobs
	END
	# The first entry that matches wins; --user chooses among the entries of a host.
	takes nobody default -s nntp://localhost
	takes bob bobs -s nntp://bob@localhost
}

@test "auth: netrc: \$NETRC, --netrc FILE and a pipe name the file, --no-netrc disables it" {
	private elsewhere <<<'machine localhost login bob password bobs'
	private "$HOME/.netrc" <<<'machine localhost login home password homes'
	takes home homes -s nntp://localhost
	NETRC=$PWD/elsewhere takes bob bobs -s nntp://localhost
	takes bob bobs -s nntp://localhost --netrc elsewhere
	takes bob bobs -s nntp://localhost --netrc <(cat elsewhere)
	printf 'S: 200 hello\nC: DATE\nC: QUIT\nS: 111 20261120120000\nS: 205 bye\n' >script
	tunnel_script <script
	safe nntp -s nntp://localhost --no-netrc --tunnel "$TUNNEL" date
	assert_success
	assert_script_ok
}

@test "auth: netrc: a file that others may read, another user's file, a directory and a missing file exit 78" {
	local mode
	for mode in 640 604 660 644 610; do
		private "$HOME/.netrc" <<<'machine localhost login bob password bobs'
		chmod $mode "$HOME/.netrc"
		safe nntp -s nntp://localhost --tunnel 'touch dialled' date
		one_error 78 '\.netrc'
		safe nntp -s nntp://localhost --netrc "$HOME/.netrc" --tunnel 'touch dialled' date
		one_error 78 '\.netrc'
	done
	if [ "$EUID" -eq 0 ]; then
		chmod 600 "$HOME/.netrc"
		chown nobody "$HOME/.netrc"
		safe nntp -s nntp://localhost --tunnel 'touch dialled' date
		one_error 78 '\.netrc'
	fi
	rm -f "$HOME/.netrc"
	mkdir "$HOME/.netrc"
	safe nntp -s nntp://localhost --tunnel 'touch dialled' date
	one_error 78 '\.netrc'
	safe nntp -s nntp://localhost --netrc none --tunnel 'touch dialled' date
	one_error 78 none
	private broken <<<$'machine localhost\nlogin'
	safe nntp -s nntp://localhost --netrc broken --tunnel 'touch dialled' date
	one_error 78 'broken:2'
	assert_not_exists dialled
	# With --auth none the file is not opened.
	tunnel_script <<<$'S: 200 hello\nC: QUIT\nS: 205 bye'
	safe nntp -s nntp://localhost --auth none --tunnel "$TUNNEL" welcome
	assert_success
}

@test "auth: a netrc default entry is not used where the server offers no login, and the session goes on" {
	private "$HOME/.netrc" <<<"default login nobody password $secret"
	{
		greeting nntp
		capabilities nntp
		printf 'C: DATE\nS: 111 20261120120000\n'
		goodbye nntp
	} >script
	tunnel_script <script
	safe nntp -s nntp://localhost --tunnel "$TUNNEL" date
	assert_success
	assert_script_ok
}

@test "auth: --password-command: its first line is the password; its stderr is shown" {
	takes alice "$secret" -s nntp://alice@localhost --password-command "printf '$secret\nmore\n'"
	takes alice "$secret" -s nntp://alice@localhost --password-command "printf $secret"
	takes alice "$secret" -s nntp://alice@localhost --password-command "printf '$secret\r\n'"
	takes alice 'a b' -s nntp://alice@localhost --password-command 'echo note >&2; echo "a b"'
	assert_equal "$stderr" note
}

@test "auth: a --password-command that fails, prints nothing or takes too long exits 78" {
	safe nntp -s nntp://alice@localhost --tunnel 'touch dialled' --password-command "echo $secret; exit 3" date
	one_error 78 'status 3'
	refute_regex "$stderr" "$secret"
	safe nntp -s nntp://alice@localhost --tunnel 'touch dialled' --password-command 'kill -9 $$' date
	one_error 78 'signal 9'
	safe nntp -s nntp://alice@localhost --tunnel 'touch dialled' --password-command true date
	one_error 78 'no password'
	local from=$SECONDS
	safe nntp -s nntp://alice@localhost --tunnel 'touch dialled' --timeout 1 \
		--password-command 'trap "" TERM; echo $$ >pid; sleep 100' date
	one_error 78 'timed out'
	[ $((SECONDS - from)) -lt 30 ]
	run ! kill -0 "$(cat pid)"
	assert_not_exists dialled
}

@test "auth: CR, LF or NUL in a credential exits 65 before connecting" {
	local word
	for word in $'a\rb' $'a\nb'; do
		safe nntp -s nntp://localhost -u "$word" --tunnel 'touch dialled' date
		one_error 65 'CR or LF'
		safe nntp -s nntp://localhost --authzid "$word" --tunnel 'touch dialled' date
		one_error 65 'CR or LF'
	done
	safe nntp -s 'nntp://a%0d%0aQUIT@localhost' --tunnel 'touch dialled' date
	one_error 65 .
	safe nntp -s nntp://alice@localhost --tunnel 'touch dialled' --password-command "printf 'a\rb\n'" date
	one_error 65 'password'
	safe nntp -s nntp://alice@localhost --tunnel 'touch dialled' --password-command "printf 'a\0b\n'" date
	one_error 65 'password'
	assert_not_exists dialled
}

@test "auth: a password in the URL is refused and not shown" {
	safe nntp -s "nntp://alice:$secret@localhost" --tunnel 'touch dialled' date
	one_error 64 'password'
	assert_regex "$stderr" '%3A, or give the user with -u'
	refute_regex "$stderr" "$secret"
	assert_not_exists dialled
}

@test "auth: --password-fd reads one line and not an octet more" {
	printf '%s\nrest\n' "$secret" >input
	user_login alice "$secret" >script
	tunnel_script <script
	{
		run --separate-stderr mailnet nntp -s nntp://alice@localhost --password-fd 7 --tunnel "$TUNNEL" date
		assert_success
		assert_script_ok
		assert_equal "$(cat <&7)" rest
	} 7<input
	safe nntp -s nntp://alice@localhost --password-fd 77 --tunnel 'touch dialled' date
	one_error 78 'password-fd'
	assert_not_exists dialled
}

@test "auth: on a terminal the password is asked for, without echo" {
	user_login alice "$secret" >script
	tunnel_script <script
	run "$top_srcdir/tests/lib/typed" 'Password for alice at localhost: ' "$secret\\n" \
		"$MAILNET" nntp -s nntp://alice@localhost --tunnel "$TUNNEL" date
	assert_line 'echo off'
	assert_line 'echo restored'
	assert_line 'exit 0'
	assert_line 2026-11-20T12:00:00Z
	refute_output --partial "$secret"
	assert_script_ok
}

@test "auth: Ctrl-C at the password prompt restores the echo and ends the program by SIGINT" {
	run "$top_srcdir/tests/lib/typed" 'Password for alice at localhost: ' '\x03' \
		"$MAILNET" nntp -s nntp://alice@localhost --tunnel 'touch dialled' date
	assert_line 'echo off'
	assert_line 'echo restored'
	assert_line 'died by SIGINT'
	assert_not_exists dialled
}

@test "auth: no password is asked for if the mechanism needs none" {
	nntp_login 'SASL EXTERNAL' <<<'sasl EXTERNAL - - nntp' >script
	tls_script "$CERT_FILE" --client-ca "$CA_FILE" <script
	run "$top_srcdir/tests/lib/typed" Password '\n' \
		"$MAILNET" nntp -s nntps://alice@localhost --tls-ca "$CA_FILE" --auth external --tls-cert "$CLIENT_CERT_FILE" \
		--tls-key "$CLIENT_KEY_FILE" --tunnel "$TUNNEL" date
	assert_line 'never asked'
	assert_line 'exit 0'
}

@test "auth: without a terminal, a user without a password exits 77" {
	{
		greeting nntp
		capabilities nntp 'AUTHINFO USER'
		printf 'C: AUTHINFO USER alice\nS: 381 more\n'
		goodbye nntp
	} >script
	tunnel_script <script
	safe nntp -s nntp://alice@localhost --tunnel "$TUNNEL" date
	one_error 77 'no password for alice'
	assert_script_ok
	{
		greeting smtp
		capabilities smtp 'AUTH PLAIN'
		goodbye smtp
	} >script
	tunnel_script <script
	safe smtp -s smtp://alice@localhost --tunnel "$TUNNEL" noop
	one_error 77 'no password for alice'
	assert_script_ok
}

@test "auth: no core is dumped while a password is in memory" {
	start_script <<<stall
	ulimit -c unlimited || true
	run "$top_srcdir/tests/lib/struck" TERM 'grep -q "Max core file size  *0  *0" /proc/$PID/limits' \
		"$MAILNET" nntp -s "nntp://alice@127.0.0.1:$PORT" --password-command "echo $secret" date
	assert_output 'died by SIGTERM'
}

# ---- secrets show nowhere -----------------------------------------------------------------------

# shows_no_secret FILE...: the files contain no secret of a login, plain or in base64, with and without the user.
shows_no_secret()
{
	local word
	for word in "$secret" "$(printf %s "$secret" | base64 -w 0)" "$(printf '\0alice\0%s' "$secret" | base64 -w 0)" \
		"$(printf 'user=alice\1auth=Bearer %s\1\1' "$secret" | base64 -w 0)"; do
		run ! grep -F -- "$word" "$@"
	done
}

@test "auth: -vv, --transcript, errors and JSON never show secrets, even if the server repeats them" {
	local mech proto b64 word failed
	for proto in "${protocols[@]}"; do
		for mech in PLAIN LOGIN XOAUTH2 USER; do
			[ "$proto$mech" != smtpUSER ] || continue
			empty=
			case $proto in
			nntp) word='AUTHINFO SASL' more=383 failed=481 empty='=' ;;
			pop) word=AUTH more=+ failed='-ERR [AUTH]' ;;
			smtp) word=AUTH more=334 failed=535 ;;
			esac
			case $mech in
			PLAIN) b64=$(printf '\0alice\0%s' "$secret" | base64 -w 0) ;;
			LOGIN) b64=$(printf %s "$secret" | base64 -w 0) ;;
			XOAUTH2) b64=$(printf 'user=alice\1auth=Bearer %s\1\1' "$secret" | base64 -w 0) ;;
			USER) b64=$secret ;;
			esac
			{
				greeting "$proto"
				if [ "$proto" = smtp ]; then
					capabilities smtp "AUTH $mech"
				else
					capabilities "$proto" "SASL PLAIN LOGIN XOAUTH2" 'AUTHINFO USER SASL' USER
				fi
				case $proto-$mech in
				*-PLAIN) printf 'C: %s PLAIN %s\n' "$word" "$b64" ;;
				*-LOGIN)
					printf 'C: %s LOGIN\nS: %s VXNlcm5hbWU6\nC: %s\nS: %s UGFzc3dvcmQ6\nC: %s\n' "$word" "$more" \
						"$(printf alice | base64)" "$more" "$b64"
					;;
				*-XOAUTH2)
					printf 'C: %s XOAUTH2 %s\nS: %s %s\nC: %s\n' "$word" "$b64" "$more" \
						"$(printf '{"status":"401","got":"%s"}' "$secret" | base64 -w 0)" \
						"$empty"
					;;
				nntp-USER) printf 'C: AUTHINFO USER alice\nS: 381 more\nC: AUTHINFO PASS %s\n' "$secret" ;;
				pop-USER) printf 'C: USER alice\nS: +OK\nC: PASS %s\n' "$secret" ;;
				esac
				printf 'S: %s what is %s and %s?\nmayclose\n' "$failed" "$b64" "$secret"
				goodbye "$proto"
			} >script
			rm -f transcript
			tunnel_script <script
			run --separate-stderr mailnet "$proto" -s "$proto://alice@localhost" --password-command "echo $secret" \
				--auth "$mech" -vv --transcript transcript --json --tunnel "$TUNNEL" -b /dev/null
			assert_failure 77
			assert_script_ok
			printf '%s\n' "$output" >out
			printf '%s\n' "$stderr" >err
			grep -F 'what is *** and ***?' err
			grep -F 'what is *** and ***?' transcript
			grep -F 'what is *** and ***?' out
			shows_no_secret out err transcript
			assert_equal "$(stat -c %a transcript)" 600
		done
	done
}

@test "auth: secrets that the server repeats truncated are hidden" {
	local b64 n
	b64=$(printf '\0alice\0%s' "$secret" | base64 -w 0)
	for n in 8 16 20; do
		{
			greeting smtp
			capabilities smtp 'AUTH PLAIN'
			printf 'C~ AUTH PLAIN .*\nS: 535 5.7.8 no, AUTH PLAIN %s or %s\nmayclose\n' "${b64:0:n}" "${secret:0:10}"
			goodbye smtp
		} >script
		tunnel_script <script
		run mailnet smtp -s smtp://alice@localhost --password-command "echo $secret" --auth plain -vv \
			--tunnel "$TUNNEL" noop
		assert_failure 77
		assert_line --partial 'no, AUTH PLAIN *** or ***'
		refute_output --partial "${b64:0:n}"
		assert_script_ok
	done
}

@test "auth: credentials in the line of `cmd` are hidden in traces" {
	local proto b64 lines=() i
	b64=$(printf '\0alice\0%s' "$secret" | base64 -w 0)
	for proto in "${protocols[@]}"; do
		# Commands and replies in turn.
		case $proto in
		nntp) lines=('AUTHINFO USER alice' '381 go on' "AUTHINFO PASS $secret" "481 $secret?" \
			"authinfo sasl PLAIN $b64" "481 $b64?" 'AUTHINFO SASL PLAIN' '383 =' "$b64" "481 $b64?") ;;
		pop) lines=('USER alice' '+OK' "pass $secret" "-ERR $secret?" "AUTH PLAIN $b64" "-ERR $b64?" \
			'AUTH PLAIN' '+ ' "$b64" "-ERR $b64?") ;;
		smtp) lines=("auth PLAIN $b64" "535 $b64?" 'AUTH PLAIN' '334 ' "$b64" "535 $b64?") ;;
		esac
		: >steps
		: >verbs
		for ((i = 0; i < ${#lines[@]}; i += 2)); do
			printf 'C: %s\nS: %s\n' "${lines[@]:i:2}" >>steps
			printf -- '-cmd %s\n' "${lines[i]}" >>verbs
		done
		{
			greeting "$proto"
			[ "$proto" != smtp ] || capabilities smtp 'AUTH PLAIN'
			cat steps
			goodbye "$proto"
		} >script
		rm -f transcript
		tunnel_script <script
		run --separate-stderr mailnet "$proto" -s "$proto://localhost" --auth none -vv --transcript transcript --json \
			--tunnel "$TUNNEL" -b verbs
		assert_script_ok
		printf '%s\n' "$output" >out
		printf '%s\n' "$stderr" >err
		shows_no_secret out err transcript
	done
}

@test "auth: a password given in the wrong place is not repeated in the error" {
	local option
	for option in --password-fd=@ "--password-fd @" --password=@ -p@ "--netrc=@ --no-netrc"; do
		# shellcheck disable=SC2086 # options
		run mailnet pop -s pop://localhost ${option//@/$secret} --tunnel 'touch dialled' stat
		refute_output --partial "$secret"
	done
	private "$HOME/.netrc" <<<"machine localhost login alice passwort $secret"
	run mailnet pop -s pop://localhost --tunnel 'touch dialled' stat
	assert_failure 78
	refute_output --partial "$secret"
}

@test "auth: a password is in no argument list and no environment of a child" {
	start_script <<<stall
	write_netrc 127.0.0.1 alice "$secret"
	run "$top_srcdir/tests/lib/struck" TERM "grep -q connection '$SERVER_LOG' && ! grep -asq $secret /proc/\$PID/cmdline /proc/\$PID/environ" \
		"$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" date
	assert_output 'died by SIGTERM'
}

# ---- tokens ----------------------------------------------------------------------------------------

@test "auth: XOAUTH2 and OAUTHBEARER send a token of 8 KB, after the first challenge if the line is too long" {
	local token b64
	token=$(head -c 6144 /dev/urandom | base64 -w 0 | tr '+/' '-_')
	[ ${#token} -ge 8192 ]
	b64=$(printf 'user=alice\1auth=Bearer %s\1\1' "$token" | base64 -w 0)
	nntp_login 'SASL XOAUTH2' <<<$'C: AUTHINFO SASL XOAUTH2\nS: 383 =\nC: '"$b64"$'\nS: 281 in' >script
	printf '%s\n' "$token" >token
	logs_in --no-netrc -u alice --auth xoauth2 --password-command 'cat token'
	assert_success
	assert_script_ok
	b64=$(printf 'n,a=alice,\1host=www.example.net\1port=465\1auth=Bearer %s\1\1' "$token" | base64 -w 0)
	{
		greeting smtp
		capabilities smtp 'AUTH OAUTHBEARER'
		printf 'C: AUTH OAUTHBEARER\nS: 334 \nC: %s\nS: 235 in\nmayclose\n' "$b64"
		goodbye smtp
	} >script
	tls_script "$WRONG_CERT_FILE" <script
	safe smtp -s smtps://alice@www.example.net --tls-ca "$CA_FILE" --tunnel "$TUNNEL" --no-netrc --auth oauthbearer \
		--password-command 'cat token' welcome
	assert_success
	assert_script_ok
}

@test "auth: if the server refuses a token, its JSON error is shown decoded after an empty response" {
	{
		greeting smtp
		capabilities smtp 'AUTH OAUTHBEARER'
		printf 'C~ AUTH OAUTHBEARER .*\nS: 334 %s\nC: AQ==\nS: 535 5.7.8 no\nmayclose\n' \
			"$(printf '{"status":"invalid_token","scope":"mail"}' | base64 -w 0)"
		goodbye smtp
	} >script
	tls_script "$WRONG_CERT_FILE" <script
	safe smtp -s smtps://alice@www.example.net --tls-ca "$CA_FILE" --tunnel "$TUNNEL" --no-netrc --auth oauthbearer \
		--password-command 'echo abcdefgh' noop
	one_error 77 '535.*"status":"invalid_token"'
	assert_script_ok
}
