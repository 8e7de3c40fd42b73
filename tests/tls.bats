#!/usr/bin/env bats
# Which servers mailnet trusts under TLS; it sends no command to others.
# shellcheck disable=SC2153 # CERT and KEY_FILE come from certs.bash

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe

setup()
{
	common_setup
	certs_make
}

# trusted CERT ARG...: the session succeeds.
trusted()
{
	local cert=$1
	shift
	{
		greeting nntp
		goodbye nntp
	} >script
	tls_script "$cert" <script
	safe nntp --tunnel "$TUNNEL" "$@" welcome
	assert_success
	assert_output '200 ready'
	assert_script_ok
}

# distrusted CERT REGEX ARG...: the exit status is 77, and the server receives only the handshake.
distrusted()
{
	local cert=$1 why=$2
	shift 2
	tls_script "$cert" <<<eof
	write_netrc '*' nobody nothing
	safe nntp --tunnel "$TUNNEL" "$@" welcome
	assert_output ''
	one_error 77 "$why"
	assert_script_ok
}

# certificate_pin FILE, key_pin FILE: print the pins as other tools compute them.
certificate_pin()
{
	printf 'sha256:%s\n' "$(openssl x509 -in "$1" -outform DER | sha256sum | cut -d ' ' -f 1)"
}

key_pin()
{
	printf 'sha256:%s\n' "$(openssl x509 -in "$1" -pubkey -noout | openssl pkey -pubin -outform DER |
		sha256sum | cut -d ' ' -f 1)"
}

# ---- issuer, dates, name -------------------------------------------------------

@test "tls: an authority given by --tls-ca is trusted; a name and two addresses match" {
	trusted "$CERT_FILE" -s nntps://localhost --tls-ca "$CA_FILE"
	trusted "$CERT_FILE" -s nntps://127.0.0.1 --tls-ca "$CA_FILE"
	trusted "$CERT_FILE" -s 'nntps://[::1]' --tls-ca "$CA_FILE"
	trusted "$CERT_FILE" -s nntps://LOCALHOST. --tls-ca "$CA_FILE"
	trusted "$CERT_FILE" -s nntp://localhost --tls implicit --tls-ca "$CA_FILE"
}

@test "tls: without --tls-ca the system's authorities are used, which did not sign the test certificate" {
	distrusted "$CERT_FILE" 'localhost.*NOT trusted.*issuer is unknown.*--tls-ca FILE, or --tls-pin, which info prints' -s nntps://localhost
}

@test "tls: a wrong host name or address exits 77; --tls-name sets another name" {
	distrusted "$WRONG_CERT_FILE" 'name .*does not match.*--tls-name' -s nntps://localhost --tls-ca "$CA_FILE"
	distrusted "$CERT_FILE" 'name .*does not match' -s nntps://127.0.0.2 --tls-ca "$CA_FILE"
	distrusted "$CERT_FILE" 'name .*does not match' -s 'nntps://[::2]' --tls-ca "$CA_FILE"
	distrusted "$CERT_FILE" 'name .*does not match' -s nntps://localhost --tls-ca "$CA_FILE" \
		--tls-name www.example.net
	trusted "$WRONG_CERT_FILE" -s nntps://localhost --tls-ca "$CA_FILE" --tls-name www.example.net
}

@test "tls: an expired, not yet valid or self-signed certificate, or one of an unknown authority, exits 77" {
	distrusted "$EXPIRED_CERT_FILE" 'expired' -s nntps://localhost --tls-ca "$CA_FILE"
	make_cert future 'dns_name = localhost' tls_www_server 'activation_date = "2099-01-01 00:00:00 UTC"' \
		'expiration_date = "2099-12-31 00:00:00 UTC"'
	distrusted "$CERT" 'not yet' -s nntps://localhost --tls-ca "$CA_FILE"
	distrusted "$SELF_CERT_FILE" 'issuer is unknown.*--tls-ca FILE, or --tls-pin' -s nntps://localhost --tls-ca "$CA_FILE"
	distrusted "$UNKNOWN_CERT_FILE" 'issuer is unknown' -s nntps://localhost --tls-ca "$CA_FILE"
	trusted "$SELF_CERT_FILE" -s nntps://localhost --tls-ca "$SELF_CERT_FILE"
}

@test "tls: a certificate for clients is not accepted for a server" {
	make_cert client-only 'dns_name = localhost' tls_www_client
	distrusted "$CERT" 'purpose' -s nntps://localhost --tls-ca "$CA_FILE"
}

@test "tls: all three protocols verify the certificate, with implicit TLS and after STARTTLS" {
	local proto
	for proto in "${protocols[@]}"; do
		tls_script "$EXPIRED_CERT_FILE" <<<eof
		safe "$proto" -s "${proto}s://localhost" --tunnel "$TUNNEL" --tls-ca "$CA_FILE" welcome
		one_error 77 "^mailnet $proto: localhost: TLS: .*expired"
		assert_script_ok
		{
			greeting "$proto"
			capabilities "$proto" "$(starttls_word "$proto")"
			echo "C: $(starttls_word "$proto")"
			echo "S: $(go_ahead "$proto")"
			echo starttls
			echo eof
		} >script
		tunnel_script --cert "$EXPIRED_CERT_FILE" --key "$KEY_FILE" <script
		safe "$proto" -s "$proto://localhost" --tls starttls --tunnel "$TUNNEL" --tls-ca "$CA_FILE" welcome
		one_error 77 "^mailnet $proto: localhost: TLS: .*expired"
		assert_script_ok
	done
}

@test "tls: QUIT is sent after STARTTLS" {
	local proto
	certs_make
	for proto in "${protocols[@]}"; do
		{
			greeting "$proto"
			capabilities "$proto" "$(starttls_word "$proto")"
			echo "C: $(starttls_word "$proto")"
			echo "S: $(go_ahead "$proto")"
			echo starttls
			goodbye "$proto"
		} >script
		tunnel_script --cert "$CERT_FILE" --key "$KEY_FILE" <script
		echo quit >verbs
		safe "$proto" -s "$proto://localhost" --tls starttls --tunnel "$TUNNEL" --tls-ca "$CA_FILE" -b verbs
		assert_success
		assert_script_ok
	done
}

@test "tls: SNI holds the host name in A-labels without a final dot, and no address" {
	trusted "$CERT_FILE" -s nntps://localhost. --tls-ca "$CA_FILE"
	grep -Fx 'tls TLS1.3 sni=localhost' "$SERVER_LOG"
	trusted "$CERT_FILE" -s nntps://127.0.0.1 --tls-ca "$CA_FILE"
	grep -Fx 'tls TLS1.3 sni=' "$SERVER_LOG"
	make_cert idn 'dns_name = xn--bcher-kva.example' tls_www_server
	trusted "$CERT" -s nntps://bücher.example --tls-ca "$CA_FILE"
	grep -Fx 'tls TLS1.3 sni=xn--bcher-kva.example' "$SERVER_LOG"
	trusted "$CERT" -s nntps://xn--bcher-kva.example --tls-ca "$CA_FILE"
	trusted "$CERT" -s nntps://localhost --tls-ca "$CA_FILE" --tls-name BÜCHER.example
	distrusted "$CERT" 'does not match' -s nntps://büchner.example --tls-ca "$CA_FILE"
	make_cert zone 'ip_address = "fe80::1"' tls_www_server
	trusted "$CERT" -s 'nntps://[fe80::1%25lo]' --tls-ca "$CA_FILE"
}

# ---- pins ----------------------------------------------------------------------

@test "tls: a pin of the certificate or of its key replaces all other checks" {
	local cert
	for cert in "$SELF_CERT_FILE" "$EXPIRED_CERT_FILE" "$WRONG_CERT_FILE" "$UNKNOWN_CERT_FILE"; do
		trusted "$cert" -s nntps://localhost --tls-pin "$(certificate_pin "$cert")"
		trusted "$cert" -s nntps://localhost --tls-pin "$(key_pin "$cert")"
	done
}

@test "tls: a certificate that matches no pin is refused, even if it verifies" {
	distrusted "$CERT_FILE" 'matches no --tls-pin' -s nntps://localhost \
		--tls-pin "$(certificate_pin "$SELF_CERT_FILE")" --tls-pin "$(key_pin "$CA_FILE")"
	distrusted "$CERT_FILE" 'matches no --tls-pin' -s nntps://localhost --tls-ca "$CA_FILE" \
		--tls-pin "$(certificate_pin "$SELF_CERT_FILE")"
}

@test "tls: a match of one of several pins is enough" {
	trusted "$CERT_FILE" -s nntps://localhost --tls-pin "$(certificate_pin "$SELF_CERT_FILE")" \
		--tls-pin "$(certificate_pin "$CERT_FILE")"
}

@test "tls: with --tls-ca or --tls-name beside the pin the other checks are made, too" {
	local pin
	pin=$(key_pin "$CERT_FILE") # all test servers have this key
	trusted "$CERT_FILE" -s nntps://localhost --tls-pin "$pin" --tls-ca "$CA_FILE"
	distrusted "$EXPIRED_CERT_FILE" expired -s nntps://localhost --tls-pin "$pin" --tls-ca "$CA_FILE"
	distrusted "$UNKNOWN_CERT_FILE" 'issuer is unknown' -s nntps://localhost --tls-pin "$pin" --tls-ca "$CA_FILE"
	distrusted "$WRONG_CERT_FILE" 'does not match' -s nntps://localhost --tls-pin "$pin" --tls-ca "$CA_FILE"
	distrusted "$SELF_CERT_FILE" 'issuer is unknown.*--tls-ca FILE, or --tls-pin' -s nntps://localhost --tls-pin "$pin" --tls-name localhost
}

@test "tls: an invalid pin exits 64 before connecting" {
	local pin
	for pin in sha1:00 sha256: sha256:00 "sha256:$(printf 'g%.0s' {1..64})" 00; do
		safe nntp -s nntps://localhost --tunnel 'touch dialled' --tls-pin "$pin" welcome
		one_error 64 'tls-pin'
	done
	assert_not_exists dialled
}

# ---- client certificates ---------------------------------------------------------

@test "tls: a client certificate is sent, with its key in another file or in the same" {
	{
		greeting nntp
		goodbye nntp
	} >script
	tls_script "$CERT_FILE" --client-ca "$CA_FILE" <script
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" --tls-cert "$CLIENT_CERT_FILE" \
		--tls-key "$CLIENT_KEY_FILE" welcome
	assert_success
	assert_script_ok
	grep -F 'client=CN=client' "$SERVER_LOG"

	cat "$CLIENT_CERT_FILE" "$CLIENT_KEY_FILE" >both.pem
	tls_script "$CERT_FILE" --client-ca "$CA_FILE" <script
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" --tls-cert both.pem welcome
	assert_success
	assert_script_ok
}

@test "tls: a client certificate is sent even if the server names other authorities" {
	tls_script "$CERT_FILE" --client-ca "$UNKNOWN_CA_FILE" <<<tlsfail
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" welcome
	assert_script_ok
	grep -F 'handshake failed: Certificate is required' "$SERVER_LOG"
	tls_script "$CERT_FILE" --client-ca "$UNKNOWN_CA_FILE" <<<tlsfail
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" --tls-cert "$CLIENT_CERT_FILE" \
		--tls-key "$CLIENT_KEY_FILE" welcome
	assert_script_ok
	grep -F 'handshake failed: Error in the certificate verification' "$SERVER_LOG"
}

@test "tls: a server that refuses the client's certificate, or its absence, exits 77, under TLS 1.2 and 1.3" {
	local priority
	for priority in NORMAL NORMAL:-VERS-TLS1.3; do
		tls_script "$CERT_FILE" --client-ca "$CA_FILE" --priority "$priority" <<<tlsfail
		safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" welcome
		one_error 77 'TLS: the server refused'
		assert_script_ok
		tls_script "$CERT_FILE" --client-ca "$UNKNOWN_CA_FILE" --priority "$priority" <<<tlsfail
		safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" --tls-cert "$CLIENT_CERT_FILE" \
			--tls-key "$CLIENT_KEY_FILE" welcome
		one_error 77 'TLS: the server refused'
		assert_script_ok
	done
}

@test "tls: missing or invalid certificate files exit 66 before any command is sent" {
	local option
	echo nonsense >nonsense.pem
	: >empty.pem
	for option in '--tls-ca none.pem' '--tls-ca nonsense.pem' '--tls-ca empty.pem' \
		"--tls-cert none.pem --tls-key $CLIENT_KEY_FILE" "--tls-cert $CLIENT_CERT_FILE --tls-key none.pem" \
		"--tls-cert $CLIENT_CERT_FILE --tls-key $KEY_FILE" "--tls-cert nonsense.pem"; do
		tunnel_script <<<eof
		# shellcheck disable=SC2086 # options
		safe nntp -s nntps://localhost --tunnel "$TUNNEL" $option welcome
		one_error 66 '--tls-(ca|cert|key): .*\.pem'
		assert_script_ok
	done
	tunnel_script <<<eof
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-cert "$CERT_FILE" welcome
	one_error 66 '--tls-cert: .*\.pem: contains no private key \(give it with --tls-key\)'
	assert_script_ok
}

@test "tls: certificate and key can be in a PKCS#11 token, the PIN in a file or in the URI" {
	local uri=pkcs11:token=mailnet\;object=client pin
	token_make 271828
	echo 271828 >pin
	{
		greeting nntp
		goodbye nntp
	} >script
	for pin in "pin-source=$PWD/pin" "pin-source=file:$PWD/pin" "pin-source=file://$PWD/pin&module-name=softhsm2" pin-value=271828; do
		tls_script "$CERT_FILE" --client-ca "$CA_FILE" <script
		safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" --tls-cert "$uri;type=cert" \
			--tls-key "$uri;type=private?$pin" -vv --transcript transcript welcome
		assert_success
		assert_script_ok
		grep -F 'client=CN=client' "$SERVER_LOG"
	done
	# Certificate and key under one name; then the certificate from a file.
	tls_script "$CERT_FILE" --client-ca "$CA_FILE" <script
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" --tls-cert "$uri?pin-source=$PWD/pin" welcome
	assert_success
	assert_script_ok
	tls_script "$CERT_FILE" --client-ca "$CA_FILE" <script
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" --tls-cert "$CLIENT_CERT_FILE" \
		--tls-key "$uri?pin-source=$PWD/pin" welcome
	assert_success
	assert_script_ok
}

@test "tls: a wrong PIN exits 77, a missing token or object 66; the PIN is not printed, no command is sent" {
	local uri=pkcs11:token=mailnet\;object=client option
	token_make 271828
	echo 314159 >pin
	for option in "$uri?pin-value=314159" "$uri;pin-value=314159" "$uri?pin-source=$PWD/pin" "$uri"; do
		tunnel_script <<<eof
		safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-cert "$option" -vv --transcript transcript welcome
		assert_failure 77
		assert_regex "$stderr" 'object=client;?: the token does not accept this PIN'
		run ! grep -F 314159 <<<"$stderr"
		run ! grep -F 314159 transcript
		assert_script_ok
	done
	tunnel_script <<<eof
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-cert "$uri?pin-source=none" welcome
	one_error 66 'none: No such file'
	assert_script_ok
	for option in pkcs11:token=none "pkcs11:token=mailnet;object=none" PKCS11:token=mailnet; do
		tunnel_script <<<eof
		safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-cert "$option?pin-value=271828" welcome
		one_error 66 "(pkcs|PKCS)11:token=[a-z;=]*: "
		run ! grep -F 271828 <<<"$stderr"
		assert_script_ok
	done
}

@test "tls: on a terminal the PIN of a token is asked for, without echo" {
	token_make 271828
	{
		greeting nntp
		goodbye nntp
	} >script
	tls_script "$CERT_FILE" --client-ca "$CA_FILE" <script
	run "$top_srcdir/tests/lib/typed" 'PIN for mailnet: ' '271828\n' "$MAILNET" nntp -s nntps://localhost --no-netrc \
		--tunnel "$TUNNEL" --tls-ca "$CA_FILE" --tls-cert 'pkcs11:token=mailnet;object=client' welcome
	assert_line 'echo off'
	assert_line 'echo restored'
	assert_line 'exit 0'
	refute_output --partial 271828
	assert_script_ok
	tls_script "$CERT_FILE" --client-ca "$CA_FILE" <<<eof
	run "$top_srcdir/tests/lib/typed" 'PIN for mailnet: ' '\x03' "$MAILNET" nntp -s nntps://localhost --no-netrc \
		--tunnel "$TUNNEL" --tls-ca "$CA_FILE" --tls-cert 'pkcs11:token=mailnet;object=client' welcome
	assert_line 'echo restored'
	assert_line 'died by SIGINT'
	# The certificate can be that of an account that the sender chooses.
	printf '[smtp work]\nserver = smtps://localhost\nsender = me@*\ntls-cert = pkcs11:token=mailnet;object=client\n' >config
	tls_script "$CERT_FILE" --client-ca "$CA_FILE" <<<eof
	run "$top_srcdir/tests/lib/typed" 'PIN for mailnet: ' '\x03' "$MAILNET" smtp --config config --no-netrc \
		--tunnel "$TUNNEL" --tls-ca "$CA_FILE" send -f me@test.example -m "$PWD/script" you@test.example
	assert_line 'echo restored'
	assert_line 'died by SIGINT'
}

# ---- versions ----------------------------------------------------------------------

@test "tls: TLS 1.2 and 1.3 are accepted" {
	trusted "$CERT_FILE" -s nntps://localhost --tls-ca "$CA_FILE" --tls-priority NORMAL:-VERS-TLS1.3
	grep -F 'tls TLS1.2' "$SERVER_LOG"
	trusted "$CERT_FILE" -s nntps://localhost --tls-ca "$CA_FILE"
	grep -F 'tls TLS1.3' "$SERVER_LOG"
}

# A server with TLS 1.1 only, which the priority NORMAL of some GnuTLS versions permits.
old_server()
{
	tls_script "$CERT_FILE" --priority 'NORMAL:-VERS-ALL:+VERS-TLS1.1' <<<"$1"
}

@test "tls: a server with TLS 1.1 is refused: 77" {
	old_server tlsfail
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" welcome
	one_error 77 'TLS'
	assert_script_ok
}

@test "tls: TLS 1.1 is refused after the handshake, whatever the priority string allows" {
	local pin
	pin=$(certificate_pin "$CERT_FILE")
	for option in "--tls-ca $CA_FILE" "--tls-pin $pin"; do
		old_server eof
		# shellcheck disable=SC2086 # options
		safe nntp -s nntps://localhost --tunnel "$TUNNEL" $option --tls-priority 'NORMAL:-VERS-ALL:+VERS-TLS1.1' welcome
		one_error 77 'the minimum version is TLS 1\.2'
		assert_script_ok
		grep -F 'tls TLS1.1' "$SERVER_LOG"
	done
}

@test "tls: an invalid priority string exits 64" {
	tunnel_script <<<eof
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-priority NORMAL:+NONSENSE welcome
	one_error 64 'tls-priority.*NONSENSE'
	assert_script_ok
}

# ---- OCSP ----------------------------------------------------------------------------

# ocsp_response CERT STATE OUT: STATE is a line's beginning in openssl's index: V (good) or R (revoked).
ocsp_response()
{
	local serial
	serial=$(openssl x509 -in "$1" -noout -serial | cut -d = -f 2)
	[ $((${#serial} % 2)) -eq 0 ] || serial=0$serial
	if [ "$2" = V ]; then
		printf 'V\t991231235959Z\t\t%s\tunknown\t/CN=x\n' "$serial" >index
	else
		printf 'R\t991231235959Z\t250101000000Z,keyCompromise\t%s\tunknown\t/CN=x\n' "$serial" >index
	fi
	openssl ocsp -issuer "$CA_FILE" -cert "$1" -reqout request -no_nonce &&
		openssl ocsp -index index -CA "$CA_FILE" -rsigner "$CA_FILE" -rkey "$CERT_DIR/ca-key.pem" \
			-reqin request -respout "$3" -ndays "${4:-2}"
}

@test "tls: a stapled OCSP response is checked: revoked exits 77" {
	{
		greeting nntp
		goodbye nntp
	} >script
	ocsp_response "$CERT_FILE" V good.der
	tls_script "$CERT_FILE" --ocsp "$PWD/good.der" <script
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" welcome
	assert_success
	ocsp_response "$CERT_FILE" R revoked.der
	tls_script "$CERT_FILE" --ocsp "$PWD/revoked.der" <<<eof
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" welcome
	one_error 77 'revoked'
	assert_script_ok
}

@test "tls: a certificate that requires stapling exits 77 without a staple" {
	make_cert staple 'dns_name = localhost' tls_www_server 'tls_feature = 5'
	{
		greeting nntp
		goodbye nntp
	} >script
	ocsp_response "$CERT" V good.der
	tls_script "$CERT" --ocsp "$PWD/good.der" <script
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" welcome
	assert_success
	assert_script_ok

	tls_script "$CERT" <<<eof
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" welcome
	one_error 77 'OCSP'
	assert_script_ok

	ocsp_response "$CERT_FILE" V other.der
	tls_script "$CERT" --ocsp "$PWD/other.der" <<<eof
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" welcome
	one_error 77 'OCSP'
	assert_script_ok
}

# ---- peers without TLS, and TLS where it is not expected ---------------------------------

@test "tls: TLS to a port in clear exits 76 with a hint" {
	local words
	for words in '200 news.example ready' '+OK pop.example ready <1.2@pop>' '220 mx.example ESMTP' '500 what?'; do
		tunnel_script <<<"S: $words"$'\nc: \\x16\\x03\nclose'
		safe nntp -s nntps://localhost --tunnel "$TUNNEL" welcome
		one_error 76 'does not speak TLS on this port'
		assert_script_ok
	done
}

@test "tls: octets that are neither text nor TLS exit 76" {
	tunnel_script <<<$'s: \\x01\\x02\\x03\\x04\\x05\\x06\\x07\nmayclose\nstall'
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" welcome
	one_error 76 'TLS'
}

@test "tls: a silent server with implicit TLS times out: 75" {
	tunnel_script <<<$'c: \\x16\\x03\nstall'
	safe nntp -s nntps://localhost --timeout 1 --tunnel "$TUNNEL" welcome
	one_error 75 'timed out in the TLS handshake'
}

@test "tls: a server that closes in the handshake exits 75" {
	tunnel_script <<<$'c: \\x16\\x03\nclose'
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" welcome
	one_error 75 'lost during the handshake'
}

@test "tls: endless warning alerts do not prolong the handshake" {
	tunnel_script <<<$'c: \\x16\\x03\nsendrepeat 2000000000 \\x15\\x03\\x03\\x00\\x02\\x01\\x5a\nmayclose\nstall'
	local from=$SECONDS
	safe nntp -s nntps://localhost --timeout 2 --tunnel "$TUNNEL" welcome
	assert_failure 75
	[ $((SECONDS - from)) -le 30 ]
}

@test "tls: a clear connection to a port with implicit TLS gets a hint" {
	local proto
	for proto in "${protocols[@]}"; do
		tls_script "$CERT_FILE" <<<tlsfail
		safe "$proto" -s "$proto://localhost" --timeout 1 --tunnel "$TUNNEL" welcome
		one_error 75 "timed out.*TLS from the start, use ${proto}s://"
		# A server that sends a TLS alert in clear.
		tunnel_script <<<$'s: \\x15\\x03\\x01\\x00\\x02\\x02\\x0a\nclose'
		safe "$proto" -s "$proto://localhost" --tunnel "$TUNNEL" welcome
		one_error 76 "expects TLS from the start: use ${proto}s://"
	done
}

@test "tls: a scheme and a --tls option that contradict each other exit 64" {
	safe nntp -s nntps://localhost --tls off --tunnel 'touch dialled' welcome
	one_error 64 'contradicts'
	safe nntp -s nntps://localhost --tls starttls --tunnel 'touch dialled' welcome
	one_error 64 'contradicts'
	assert_not_exists dialled
}

# ---- info ----------------------------------------------------------------------------------

@test "tls: info shows version, cipher, chain, dates, and pins in the form of --tls-pin" {
	cat "$CERT_FILE" "$CA_FILE" >chain.pem
	{
		greeting nntp
		capabilities nntp
		goodbye nntp
	} >script
	tls_script "$PWD/chain.pem" <script
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" --no-pipelining --json info
	assert_success
	assert_equal "$(jq -r '.tls.version, .tls.verified, .tls.problem' <<<"$output" | xargs)" 'TLS1.3 true null'
	assert_regex "$(jq -r .tls.cipher <<<"$output")" 'AES|CHACHA'
	assert_equal "$(jq -r '.certificate.subject, .certificate.issuer' <<<"$output")" \
		$'CN=server\nCN=Test authority'
	assert_equal "$(jq -r '.certificate.chain[].subject' <<<"$output")" 'CN=Test authority'
	assert_equal "$(date -u -d "$(jq -r '.certificate["not-after"]' <<<"$output")" +%s)" \
		"$(date -u -d "$(openssl x509 -in "$CERT_FILE" -noout -enddate | cut -d = -f 2)" +%s)"
	assert_equal "$(jq -r '.pins[]' <<<"$output")" "$(certificate_pin "$CERT_FILE")
$(key_pin "$CERT_FILE")"
	tls_script "$PWD/chain.pem" <script
	safe nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "$CA_FILE" --no-pipelining info
	assert_success
	assert_line "pin: $(certificate_pin "$CERT_FILE")"
	assert_line "key-pin: $(key_pin "$CERT_FILE")"
	assert_line 'verified: yes'
	assert_line --regexp '^chain: CN=Test authority'
}

@test "tls: info of a server that fails verification shows the certificate, exits 77 and sends no command" {
	local proto cert
	for proto in "${protocols[@]}"; do
		for cert in "$SELF_CERT_FILE" "$EXPIRED_CERT_FILE"; do
			tls_script "$cert" <<<eof
			safe "$proto" -s "${proto}s://localhost" --tunnel "$TUNNEL" --tls-ca "$CA_FILE" info
			one_error 77 'TLS: localhost:'
			assert_line "pin: $(certificate_pin "$cert")"
			assert_line "key-pin: $(key_pin "$cert")"
			assert_line 'verified: no'
			assert_line --regexp '^problem: .*(expired|unknown)'
			assert_script_ok
		done
		{
			greeting "$proto"
			capabilities "$proto" "$(starttls_word "$proto")"
			echo "C: $(starttls_word "$proto")"
			echo "S: $(go_ahead "$proto")"
			echo starttls
			echo eof
		} >script
		tunnel_script --cert "$SELF_CERT_FILE" --key "$KEY_FILE" <script
		safe "$proto" -s "$proto://localhost" --tls starttls --tunnel "$TUNNEL" --json info
		one_error 77 'TLS: localhost:'
		assert_equal "$(jq -r '.pins[0], .tls.verified' <<<"$output" | xargs)" "$(certificate_pin "$SELF_CERT_FILE") false"
		assert_script_ok
	done
}
