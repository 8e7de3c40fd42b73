#!/usr/bin/env bats
# Requirements on TLS: key sizes, forward secrecy, names in the certificate, the protocol's name (ALPN).

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe

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

# issue NAME TEMPLATE-TEXT [KEY]: make $PWD/NAME.pem, signed by the tests' authority, with CN=localhost.
issue()
{
	printf 'cn = "localhost"\ntls_www_server\nsigning_key\nencryption_key\nexpiration_days = 30\n%s\n' "$2" >"$1.tmpl"
	certtool --no-text --generate-certificate --load-privkey "${3:-$KEY_FILE}" --load-ca-certificate "$CA_FILE" \
		--load-ca-privkey "$CERT_DIR/ca-key.pem" --template "$1.tmpl" --outfile "$1.pem" >>certtool.log 2>&1
}

rsa_key()
{
	certtool --no-text --generate-privkey --key-type rsa --bits "$1" --outfile "rsa$1.key" >>certtool.log 2>&1
}

pin_of()
{
	printf 'sha256:%s' "$(openssl x509 -in "$1" -outform DER | sha256sum | cut -d ' ' -f 1)"
}

# visit PROTO CERT KEY [SERVER-OPTION...] -- ARG...: read the greeting of a server with this certificate.
visit()
{
	local proto=$1 cert=$2 key=$3 server=()
	shift 3
	while [ "$1" != -- ]; do
		server+=("$1")
		shift
	done
	shift
	{
		greeting "$proto"
		goodbye "$proto"
	} >script
	tunnel_script --tls --cert "$cert" --key "$key" "${server[@]}" <script
	safe "$proto" -s "${proto}s://localhost" --no-netrc --tls-ca "$CA_FILE" --tunnel "$TUNNEL" "$@" welcome
}

# only_pin CERT: repeat the last visit with a pin alone, which replaces the checks.
only_pin()
{
	tunnel_script --tls --cert "$1" --key "$2" <script
	safe pop -s pops://localhost --no-netrc --tls-pin "$(pin_of "$1")" --tunnel "$TUNNEL" welcome
	assert_success
}

@test "tls policy: an RSA key of 1,024 bits exits 77; 2,048 bits, a pin or --tls-priority are accepted" {
	local proto
	rsa_key 1024
	rsa_key 2048
	issue short 'dns_name = localhost' rsa1024.key
	issue long 'dns_name = localhost' rsa2048.key
	for proto in "${protocols[@]}"; do
		visit "$proto" short.pem rsa1024.key --
		one_error 77 'TLS: '
		visit "$proto" long.pem rsa2048.key --
		assert_success
	done
	visit pop short.pem rsa1024.key -- --tls-priority 'NORMAL:%PROFILE_LOW'
	assert_success
	only_pin short.pem rsa1024.key
}

@test "tls policy: a session without forward secrecy exits 77, and is accepted with --tls-priority" {
	local proto kx=NORMAL:-VERS-TLS1.3:-KX-ALL:+RSA
	rsa_key 2048
	issue long 'dns_name = localhost' rsa2048.key
	for proto in "${protocols[@]}"; do
		visit "$proto" long.pem rsa2048.key --priority $kx --
		one_error 77 'TLS: '
	done
	visit pop long.pem rsa2048.key --priority $kx -- --tls-priority NORMAL
	assert_success
	visit pop long.pem rsa2048.key --priority NORMAL:-VERS-TLS1.3 --
	assert_success
}

@test "tls policy: a certificate without a subject alternative name of the host's kind exits 77; a pin accepts it" {
	local proto
	issue none ''
	issue address 'ip_address = 127.0.0.1'
	issue mail 'email = me@localhost'
	issue both $'ip_address = 127.0.0.1\ndns_name = localhost'
	for proto in "${protocols[@]}"; do
		for cert in none address mail; do
			visit "$proto" $cert.pem "$KEY_FILE" --
			one_error 77 'TLS: localhost: '
		done
		visit "$proto" both.pem "$KEY_FILE" --
		assert_success
	done
	visit pop none.pem "$KEY_FILE" --
	one_error 77 'no subject alternative name .*--tls-pin'
	only_pin none.pem "$KEY_FILE"
	# With --tls-ca a pin does not replace the checks.
	visit pop none.pem "$KEY_FILE" -- --tls-pin "$(pin_of none.pem)"
	one_error 77 'subject alternative name'
}

@test "tls policy: ALPN has the protocol's registered name, also after STARTTLS" {
	cat >alpn.py <<-'END'
		# A server that prints the protocol that ALPN chose; with "starttls" it begins in clear.
		import socket, ssl, sys
		cert, key, mode = sys.argv[1:]
		here = socket.socket()
		here.bind(("127.0.0.1", 0))
		here.listen(1)
		print(here.getsockname()[1], flush=True)
		c = here.accept()[0]
		if mode == "starttls":
		    f = c.makefile("rb")
		    c.sendall(b"200 ready\r\n")
		    f.readline()
		    c.sendall(b"101 these\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n")
		    f.readline()
		    c.sendall(b"382 go ahead\r\n")
		ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		ctx.load_cert_chain(cert, key)
		ctx.set_alpn_protocols(["http/1.1", "pop3", "nntp", "smtp"])
		s = ctx.wrap_socket(c, server_side=True)
		open("chosen", "w").write(str(s.selected_alpn_protocol()))
		s.close()
	END
	local proto want
	while read -r proto want; do
		in_background python3 alpn.py "$CERT_FILE" "$KEY_FILE" tls
		safe "$proto" -4 -s "${proto}s://localhost:$(head -n 1 background)" --no-netrc --tls-ca "$CA_FILE" welcome
		wait_until 60 test -s chosen
		assert_equal "$(cat chosen)" "$want"
		rm chosen
	done <<<$'nntp nntp\npop pop3\nsmtp None'
	in_background python3 alpn.py "$CERT_FILE" "$KEY_FILE" starttls
	safe nntp -4 -s "nntp://localhost:$(head -n 1 background)" --no-netrc --tls starttls --tls-ca "$CA_FILE" welcome
	wait_until 60 test -s chosen
	assert_equal "$(cat chosen)" nntp
}
