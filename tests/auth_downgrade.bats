#!/usr/bin/env bats
# No login without TLS, although an attacker between client and server removes or refuses STARTTLS.
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
	certs_make
}

# offers PROTO MECH [CAPABILITY...]: greeting and capabilities with these mechanisms.
offers()
{
	local proto=$1 mechs=$2
	shift 2
	greeting "$proto"
	if [ "$proto" = smtp ]; then
		capabilities smtp "$@" "AUTH $mechs"
	else
		capabilities "$proto" "$@" "SASL $mechs" 'AUTHINFO USER SASL' USER
	fi
}

# verb PROTO: print a verb that needs a logged-in session.
verb()
{
	case $1 in
	nntp) echo date ;;
	*) echo noop ;;
	esac
}

# sends_no_login: the last run ended with 77, the reason and the options, and its recording holds no command
# of a login.
sends_no_login()
{
	one_error 77 'no login in clear.*--allow-cleartext-auth'
	run ! grep -aiE "^(auth|user|pass|apop|rpop)|$secret" said
}

@test "downgrade: if another host does not offer STARTTLS, no mechanism logs in" {
	local proto mech options
	for proto in "${protocols[@]}"; do
		for mech in CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS PLAIN LOGIN NTLM XOAUTH2 \
			OAUTHBEARER GSSAPI EXTERNAL USER APOP RPOP X-ODD default; do
			case $proto-$mech in
			nntp-[AR]POP | smtp-[AR]POP | smtp-USER) continue ;;
			esac
			options=()
			[ $mech = default ] || options+=(--auth "$mech")
			[ $mech != X-ODD ] || options+=(--auth-command 'echo hello')
			offers "$proto" "${mech/default/CRAM-MD5 SCRAM-SHA-256 PLAIN}" >script
			goodbye "$proto" >>script
			sed -i 's/ready/<1.2@mx.example> ready/' script
			rm -f said
			tunnel_script --record "$PWD/said" <script
			safe "$proto" -s "$proto://alice@www.example.net" --no-netrc --password-command "echo $secret" \
				"${options[@]}" --tunnel "$TUNNEL" "$(verb "$proto")"
			echo "$proto $mech"
			sends_no_login
			assert_script_ok
		done
	done
}

@test "downgrade: if STARTTLS is not offered, every source of credentials and every scheme without TLS exits 77" {
	local url
	write_netrc www.example.net alice "$secret"
	for url in nntp://www.example.net pop://www.example.net smtp://www.example.net submission://www.example.net \
		lmtp://www.example.net 'smtp://www.example.net:25' 'pop://;auth=CRAM-MD5@www.example.net'; do
		local proto=${url%%://*}
		case $proto in
		submission | lmtp) proto=smtp ;;
		esac
		offers "$proto" 'CRAM-MD5 PLAIN' | if [[ $url == lmtp* ]]; then sed s/EHLO/LHLO/; else cat; fi >script
		goodbye "$proto" >>script
		rm -f said
		tunnel_script --record "$PWD/said" <script
		safe "$proto" -s "$url" --tunnel "$TUNNEL" "$(verb "$proto")"
		sends_no_login
		assert_script_ok
	done
}

@test "downgrade: with --tls off no mechanism logs in to another host" {
	local proto mech
	write_netrc www.example.net alice "$secret"
	for proto in "${protocols[@]}"; do
		for mech in CRAM-MD5 PLAIN; do
			{
				echo mayclose
				offers "$proto" "$mech" STARTTLS STLS
				goodbye "$proto"
			} >script
			rm -f said
			tunnel_script --record "$PWD/said" <script
			safe "$proto" -s "$proto://www.example.net" --tls off --auth $mech --tunnel "$TUNNEL" "$(verb "$proto")"
			one_error 77 'no login in clear.*--allow-cleartext-auth'
			run ! grep -aiE "^(auth|user|pass)|$secret" said
		done
	done
}

@test "downgrade: --allow-cleartext-auth logs in to another host without TLS" {
	local proto mech
	write_netrc www.example.net alice "$secret"
	for proto in "${protocols[@]}"; do
		for mech in CRAM-MD5 SCRAM-SHA-256 PLAIN; do
			{
				offers "$proto" $mech
				echo "sasl $mech alice $secret $proto"
				echo mayclose
				goodbye "$proto"
			} >script
			tunnel_script <script
			safe "$proto" -s "$proto://www.example.net" --allow-cleartext-auth --auth $mech --tunnel "$TUNNEL" welcome
			assert_success
			assert_script_ok
		done
	done
}

@test "downgrade: credentials of a netrc default entry are not used, and the session goes on" {
	local mode
	(umask 077 && echo "default login alice password $secret" >"$HOME/.netrc")
	for mode in auto off; do
		{
			echo mayclose
			offers smtp 'CRAM-MD5 PLAIN'
			printf 'C: NOOP\nS: 250 fine\n'
			goodbye smtp
		} >script
		tunnel_script <script
		safe smtp -s smtp://www.example.net --tls $mode --tunnel "$TUNNEL" noop
		assert_success
		assert_script_ok
	done
	# A server that demands a login does not get the credentials either.
	{
		echo mayclose
		offers nntp 'CRAM-MD5 PLAIN'
		printf 'C: DATE\nS: 480 log in first\n'
		goodbye nntp
	} >script
	tunnel_script --record "$PWD/said" <script
	safe nntp -s nntp://www.example.net --tunnel "$TUNNEL" -b - <<<date
	one_error 77 'no login in clear'
	run ! grep -aiE "^auth|$secret" said
}

@test "downgrade: with a login or --tls starttls, STARTTLS refused temporarily exits 75, permanently 77" {
	local proto reply status
	write_netrc www.example.net alice "$secret"
	while read -r proto status reply; do
		{
			offers "$proto" 'PLAIN' STARTTLS STLS
			echo "C: $(starttls_word "$proto")"
			echo "S: $reply"
		} >steps
		{
			cat steps
			echo mayclose
			goodbye "$proto"
		} >script
		tunnel_script <script
		safe "$proto" -s "$proto://www.example.net" --tunnel "$TUNNEL" "$(verb "$proto")"
		one_error "$status" 'STARTTLS: 4[02][01]|the server refused to start TLS: '
		assert_script_ok
		echo eof >>steps
		tunnel_script <steps
		safe "$proto" -s "$proto://localhost" --tls starttls --tunnel "$TUNNEL" "$(verb "$proto")"
		one_error "$status" 'STARTTLS: 4[02][01]|the server refused to start TLS: '
		assert_script_ok
	done <<-'END'
		smtp 75 454 4.7.0 TLS not available due to temporary reason
		smtp 75 421 4.3.2 closing
		smtp 75 450 4.3.2 later
		smtp 77 501 5.5.4 no
		smtp 77 502 5.5.1 no
		smtp 77 554 5.7.3 no
		nntp 75 400 closing
		nntp 75 403 no certificate now
		nntp 77 502 no
		nntp 77 580 cannot
		nntp 77 483 no
		pop 75 -ERR [SYS/TEMP] no entropy
		pop 75 -ERR TLS temporarily unavailable
		pop 77 -ERR [SYS/PERM] no
		pop 77 -ERR no
	END
}

@test "downgrade: without login, pin or certificate, --tls auto continues in clear if STARTTLS is refused" {
	local proto
	for proto in "${protocols[@]}"; do
		{
			greeting "$proto"
			capabilities "$proto" "$(starttls_word "$proto")"
			printf 'C: %s\nS: %s\nmayclose\n' "$(starttls_word "$proto")" "$(no_tls_now "$proto")"
			goodbye "$proto"
		} >script
		tunnel_script <script
		safe "$proto" -s "$proto://www.example.net" --no-netrc --tunnel "$TUNNEL" welcome
		assert_success
		assert_script_ok
	done
}

@test "downgrade: nntp --tls starttls tries STARTTLS on a server without CAPABILITIES" {
	printf 'S: 200 old\nC: CAPABILITIES\nS: 500 what?\nC: STARTTLS\nS: 382 go ahead\nstarttls\nC: QUIT\nS: 205 bye\n' >script
	tunnel_script --cert "$CERT_FILE" --key "$KEY_FILE" <script
	safe nntp -s nntp://localhost --no-netrc --tls starttls --tls-ca "$CA_FILE" --tunnel "$TUNNEL" welcome
	assert_success
	assert_script_ok
	# If STARTTLS is refused: 77, and nothing more is sent. With --tls auto STARTTLS is not tried.
	printf 'S: 200 old\nC: CAPABILITIES\nS: 500 what?\nC: STARTTLS\nS: 500 what?\neof\n' >script
	tunnel_script <script
	safe nntp -s nntp://localhost --no-netrc --tls starttls --tunnel "$TUNNEL" welcome
	one_error 77 'refused to start TLS'
	assert_script_ok
	write_netrc www.example.net alice "$secret"
	printf 'S: 200 old\nC: CAPABILITIES\nS: 500 what?\nC: QUIT\nS: 205 bye\n' >script
	tunnel_script <script
	safe nntp -s nntp://www.example.net --tunnel "$TUNNEL" date
	one_error 77 'no login in clear: the server does not offer (STARTTLS|STLS)'
	assert_script_ok
}

# ---- loopback ------------------------------------------------------------------------

# in_tls_only PROTO [CAPABILITY...]: STARTTLS is offered with these capabilities, and PLAIN only in TLS.
in_tls_only()
{
	local proto=$1
	shift
	greeting "$proto"
	capabilities "$proto" "$(starttls_word "$proto")" "$@"
	printf 'C: %s\nS: %s\nstarttls\n' "$(starttls_word "$proto")" "$(go_ahead "$proto")"
	if [ "$proto" = smtp ]; then
		capabilities smtp 'AUTH PLAIN'
	else
		capabilities "$proto" 'SASL PLAIN' 'AUTHINFO SASL'
	fi
	echo "sasl PLAIN alice $secret $proto"
	echo mayclose
	goodbye "$proto"
}

@test "downgrade: on loopback STARTTLS is sent if the server offers a login only in TLS" {
	local proto caps
	write_netrc localhost alice "$secret"
	for proto in "${protocols[@]}"; do
		case $proto in
		nntp) caps=$'AUTHINFO SASL\nSASL CRAM-MD5' ;;
		pop) caps='SASL CRAM-MD5' ;;
		smtp) caps='AUTH CRAM-MD5' ;;
		esac
		local list
		mapfile -t list <<<"$caps"
		in_tls_only "$proto" "${list[@]}" >script
		tunnel_script --cert "$CERT_FILE" --key "$KEY_FILE" <script
		safe "$proto" -s "$proto://localhost" --tls-ca "$CA_FILE" --auth plain --tunnel "$TUNNEL" welcome
		assert_success
		assert_script_ok
		[ "$proto" != nntp ] || continue
		in_tls_only "$proto" >script
		tunnel_script --cert "$CERT_FILE" --key "$KEY_FILE" <script
		safe "$proto" -s "$proto://localhost" --tls-ca "$CA_FILE" --tunnel "$TUNNEL" --json -b - <<<welcome
		assert_success
		assert_script_ok
		assert_line --index 1 --partial '"verb": "starttls"'
		assert_line --index 2 --partial '"verb": "login"'
	done
}

@test "downgrade: on loopback STARTTLS is sent if the server refuses a login without TLS" {
	write_netrc localhost alice "$secret"
	{
		greeting nntp
		capabilities nntp STARTTLS
		printf 'C: AUTHINFO USER alice\nS: 483 encrypt first\nC: STARTTLS\nS: 382 go ahead\nstarttls\n'
		capabilities nntp 'AUTHINFO USER'
		printf 'C: AUTHINFO USER alice\nS: 381 more\nC: AUTHINFO PASS %s\nS: 281 in\n' "$secret"
		goodbye nntp
	} >script
	tunnel_script --cert "$CERT_FILE" --key "$KEY_FILE" <script
	safe nntp -s nntp://localhost --tls-ca "$CA_FILE" --tunnel "$TUNNEL" welcome
	assert_success
	assert_script_ok
	local code
	for code in 538 530; do
		{
			greeting smtp
			capabilities smtp STARTTLS 'AUTH PLAIN'
			printf 'C~ AUTH PLAIN .*\nS: %s 5.7.0 Must issue a STARTTLS command first\n' $code
			printf 'C: STARTTLS\nS: 220 go ahead\nstarttls\n'
			capabilities smtp 'AUTH PLAIN'
			echo "sasl PLAIN alice $secret smtp"
			goodbye smtp
		} >script
		tunnel_script --cert "$CERT_FILE" --key "$KEY_FILE" <script
		safe smtp -s smtp://localhost --tls-ca "$CA_FILE" --tunnel "$TUNNEL" welcome
		assert_success
		assert_script_ok
	done
}

# late_login [STEP...]: a session with a netrc default entry in which GROUP gets 480, then these steps in clear,
# STARTTLS, the login, and GROUP again.
late_login()
{
	greeting nntp
	capabilities nntp STARTTLS
	printf 'C: GROUP misc.private\nS: 480 log in first\n'
	printf '%s\n' "$@" 'C: STARTTLS' 'S: 382 go ahead' starttls
	capabilities nntp 'AUTHINFO USER'
	printf 'C: AUTHINFO USER alice\nS: 381 more\nC: AUTHINFO PASS %s\nS: 281 in\n' "$secret"
	printf 'C: GROUP misc.private\nS: 211 1 1 1 misc.private\n'
	goodbye nntp
}

@test "downgrade: on loopback STARTTLS is sent if the server refuses a login without TLS in mid-session" {
	(umask 077 && echo "default login alice password $secret" >"$HOME/.netrc")
	late_login 'C: AUTHINFO USER alice' 'S: 483 encrypt first' >script
	tunnel_script --cert "$CERT_FILE" --key "$KEY_FILE" <script
	safe nntp -s nntp://localhost --tls-ca "$CA_FILE" --tunnel "$TUNNEL" group misc.private
	assert_success
	assert_output '1 1 1 misc.private'
	assert_script_ok
	# The login has no `done` record, since the first verb has begun.
	late_login 'C: AUTHINFO USER alice' 'S: 483 encrypt first' >script
	tunnel_script --cert "$CERT_FILE" --key "$KEY_FILE" <script
	safe nntp -s nntp://localhost --tls-ca "$CA_FILE" --tunnel "$TUNNEL" --json -b - <<<'group misc.private'
	assert_success
	assert_script_ok
	refute_output --partial '"verb": "starttls"'
}

@test "downgrade: a login in mid-session that needs TLS exits 77 with --tls off and if the certificate is not trusted" {
	(umask 077 && echo "default login alice password $secret" >"$HOME/.netrc")
	{
		greeting nntp
		capabilities nntp STARTTLS
		printf 'C: GROUP misc.private\nS: 480 log in first\nC: AUTHINFO USER alice\nS: 483 encrypt first\n'
		goodbye nntp
	} >script
	tunnel_script --record "$PWD/said" <script
	safe nntp -s nntp://localhost --tls off --tunnel "$TUNNEL" group misc.private
	one_error 77 '483 encrypt first'
	run ! grep -a "$secret" said
	late_login 'C: AUTHINFO USER alice' 'S: 483 encrypt first' >script
	tunnel_script --cert "$CERT_FILE" --key "$KEY_FILE" <script
	safe nntp -s nntp://localhost --tunnel "$TUNNEL" group misc.private
	one_error 77 'TLS: '
}

@test "downgrade: on loopback a login that is possible without TLS does not start TLS" {
	local proto
	write_netrc localhost alice "$secret"
	for proto in "${protocols[@]}"; do
		{
			offers "$proto" PLAIN STARTTLS STLS
			[ "$proto" != nntp ] || printf 'C: AUTHINFO USER alice\nS: 281 in\n'
			[ "$proto" = nntp ] || echo "sasl PLAIN alice $secret $proto"
			echo mayclose
			goodbye "$proto"
		} >script
		tunnel_script <script
		safe "$proto" -s "$proto://localhost" --tunnel "$TUNNEL" welcome
		assert_success
		assert_script_ok
	done
}
