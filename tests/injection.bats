#!/usr/bin/env bats
# Data received in clear before TLS, or injected into it, is not used: the cases of the NO STARTTLS research.
#
# shellcheck disable=SC2028 # the script server knows escapes

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe

setup()
{
	common_setup
	certs_make
	write_netrc localhost alice hunter2secret
}

# start_of PROTO: the steps up to the command that starts TLS, which is offered.
start_of()
{
	greeting "$1"
	capabilities "$1" "$(starttls_word "$1")"
	echo "C: $(starttls_word "$1")"
}

# starts PROTO [ARG...] <STEPS: a session with --tls starttls.
starts()
{
	local proto=$1
	shift
	cat >script
	tunnel_script --cert "$CERT_FILE" --key "$KEY_FILE" <script
	safe "$proto" -s "$proto://localhost" --tls starttls --tls-ca "$CA_FILE" --tunnel "$TUNNEL" "$@"
}

# Capabilities that an attacker would inject.
injected()
{
	case $1 in
	nntp) echo '281 logged in' ;;
	pop) echo '+OK logged in' ;;
	smtp) echo '250 AUTH PLAIN' ;;
	esac
}

@test "injection: octets after the reply to STARTTLS, in the same segment, exit 76 without a handshake" {
	local proto
	for proto in "${protocols[@]}"; do
		starts "$proto" welcome < <(
			start_of "$proto"
			echo "S: $(go_ahead "$proto")"
			echo "S: $(injected "$proto")"
			echo eof
		)
		one_error 76 'unencrypted data after it accepted STARTTLS'
		assert_script_ok
	done
}

@test "injection: even one octet after the reply to STARTTLS exits 76" {
	local proto
	for proto in "${protocols[@]}"; do
		starts "$proto" welcome < <(
			start_of "$proto"
			echo "S: $(go_ahead "$proto")"
			echo 's: 2'
			echo eof
		)
		one_error 76 'unencrypted data'
		assert_script_ok
	done
}

@test "injection: octets in clear between the reply to STARTTLS and the server's handshake exit 76" {
	local proto
	for proto in "${protocols[@]}"; do
		starts "$proto" welcome < <(
			start_of "$proto"
			echo "S: $(go_ahead "$proto")"
			echo 'c: \x16\x03'
			echo "S: $(injected "$proto")"
			echo 'mayclose'
			echo 'stall'
		)
		one_error 76 'TLS'
		refute_regex "$stderr" 'logged in'
	done
}

@test "injection: STARTTLS that is required and not offered exits 77, and no more commands are sent" {
	local proto
	for proto in "${protocols[@]}"; do
		starts "$proto" welcome < <(
			greeting "$proto"
			capabilities "$proto" XNOTHING
			echo eof
		)
		assert_output ''
		one_error 77 'does not offer (STARTTLS|STLS)'
		assert_script_ok
	done
}

@test "injection: STARTTLS that is required and refused exits 77 (temporarily: 75), and no more commands are sent" {
	local proto
	for proto in "${protocols[@]}"; do
		starts "$proto" welcome < <(
			start_of "$proto"
			echo "S: $(no_tls_now "$proto")"
			echo eof
		)
		assert_output ''
		# RFC 3207, section 4: 454 is temporary.
		one_error "$([ "$proto" = smtp ] && echo 75 || echo 77)" 'refused to start TLS.*cannot'
		assert_script_ok
	done
}

@test "injection: a server that claims a login before TLS still gets STARTTLS" {
	starts nntp welcome < <(
		echo 'S: 200 ready, you are logged in'
		capabilities nntp 'AUTHINFO'
		echo eof
	)
	one_error 77 'does not offer (STARTTLS|STLS)'
	assert_script_ok
	starts nntp welcome < <(
		start_of nntp
		echo 'S: 502 you are logged in already'
		echo eof
	)
	one_error 77 'refused to start TLS: 502'
	assert_script_ok
	starts pop stat < <(
		echo 'S: +OK maildrop locked, you are logged in'
		capabilities pop
		echo eof
	)
	one_error 77 'does not offer (STARTTLS|STLS)'
	assert_script_ok
	# A greeting with another code is refused.
	starts nntp welcome <<<$'S: 281 logged in\nmayclose\neof'
	one_error 76 'greeting'
	starts pop welcome <<<$'S: * PREAUTH logged in\neof'
	one_error 76 'greeting'
	starts smtp welcome <<<$'S: 235 logged in\nmayclose\neof'
	one_error 76 'greeting'
}

@test "injection: a redirect in a reply is not followed" {
	starts pop stat < <(
		start_of pop
		echo 'S: -ERR [REFERRAL] see pop://evil.example/'
		echo eof
	)
	one_error 77 'refused to start TLS'
	assert_script_ok
	tunnel_script <<<$'S: 220 ready\nC~ EHLO .*\nS: 551 User not local; please try <evil.example>\nC~ HELO .*\nS: 551 User not local; please try <evil.example>\nmayclose\nC: QUIT\nS: 221 bye'
	safe smtp -s smtp://localhost --tunnel "$TUNNEL" --no-netrc ehlo
	one_error 69 '551 User not local'
	assert_script_ok
}

@test "injection: capabilities received before TLS are discarded: nntp" {
	# An attacker injects AUTHINFO USER; the server itself offers SCRAM.
	starts nntp date < <(
		greeting nntp
		capabilities nntp STARTTLS 'AUTHINFO USER' 'SASL PLAIN'
		printf 'C: STARTTLS\nS: 382 go ahead\nstarttls\n'
		capabilities nntp 'AUTHINFO SASL' 'SASL SCRAM-SHA-256'
		echo 'sasl SCRAM-SHA-256 alice hunter2secret nntp'
		printf 'C: DATE\nS: 111 20261120120000\n'
		goodbye nntp
	)
	assert_success
	assert_script_ok
}

@test "injection: capabilities received before TLS are discarded: pop" {
	starts pop stat < <(
		greeting pop
		capabilities pop STLS USER 'SASL PLAIN' PIPELINING
		printf 'C: STLS\nS: +OK go ahead\nstarttls\n'
		capabilities pop STLS 'SASL SCRAM-SHA-256'
		echo 'sasl SCRAM-SHA-256 alice hunter2secret pop'
		printf 'mayclose\nC: CAPA\nS: +OK\nS: UIDL\nS: .\n' >after
		printf 'C: STAT\nS: +OK 0 0\n'
		goodbye pop
	)
	assert_success
	assert_script_ok
}

@test "injection: extensions received before TLS are discarded: smtp" {
	starts smtp vrfy alice < <(
		greeting smtp
		capabilities smtp STARTTLS 'AUTH PLAIN LOGIN'
		printf 'C: STARTTLS\nS: 220 go ahead\nstarttls\n'
		capabilities smtp 'AUTH SCRAM-SHA-256'
		echo 'sasl SCRAM-SHA-256 alice hunter2secret smtp'
		# RFC 4954, section 4: after a login without a security layer the list of extensions is still valid.
		printf 'C: VRFY alice\nS: 250 alice@example.org\n'
		goodbye smtp
	)
	assert_success
	assert_script_ok
}

@test "injection: to another host --tls auto starts TLS, and without TLS no credentials are sent" {
	local proto
	write_netrc www.example.net alice hunter2secret
	for proto in "${protocols[@]}"; do
		{
			greeting "$proto"
			capabilities "$proto" "$([ "$proto" = smtp ] && echo 'AUTH PLAIN' || echo 'SASL PLAIN')"
			echo mayclose
			goodbye "$proto"
		} >script
		tunnel_script --record said <script
		safe "$proto" -s "$proto://www.example.net" --tunnel "$TUNNEL" has X
		one_error 77 'in clear'
		run ! grep -i auth said
	done
}

@test "injection: if another host does not offer STARTTLS, a pin or a client certificate exits 77" {
	local option
	for option in "--tls-pin sha256:$(printf '00%.0s' {1..32})" \
		"--tls-cert $CLIENT_CERT_FILE --tls-key $CLIENT_KEY_FILE"; do
		{
			greeting nntp
			capabilities nntp
			echo eof
		} >script
		tunnel_script <script
		# shellcheck disable=SC2086 # options
		safe nntp -s nntp://news.example.net --no-netrc $option --tunnel "$TUNNEL" date
		one_error 77 'does not offer (STARTTLS|STLS)'
		assert_script_ok
	done
}

@test "injection: an unsolicited reply exits 76" {
	tunnel_script <<-'END'
		S: 200 ready
		S: 200 ready again
		mayclose
		C: CAPABILITIES
		stall
	END
	safe nntp -s nntp://localhost --no-netrc --tunnel "$TUNNEL" capabilities
	one_error 76 'unsolicited reply|invalid reply|CAPABILITIES'
}

@test "injection: TLS data after the reply to the login is not read as the next reply" {
	{
		greeting nntp
		capabilities nntp 'AUTHINFO USER'
		printf 'C: AUTHINFO USER alice\nS: 381 password\nC: AUTHINFO PASS hunter2secret\n'
		printf 'S: 281 welcome\nS: 111 20000101000000\nmayclose\nstall\n'
	} >script
	tls_script "$CERT_FILE" <script
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" date
	assert_output ''
	one_error 76 'unsolicited reply'
}

@test "injection: octets in clear after the reply to COMPRESS exit 76" {
	{
		greeting nntp
		capabilities nntp 'COMPRESS DEFLATE'
		printf 'C: COMPRESS DEFLATE\nS: 206 go\nS: 111 20000101000000\neof\n'
	} >script
	tunnel_script <script
	safe nntp -s nntp://localhost --no-netrc --compress on --tunnel "$TUNNEL" date
	assert_output ''
	one_error 76 'after it accepted compression'
	assert_script_ok
}
