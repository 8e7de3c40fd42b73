#!/usr/bin/env bats
# TLS session tickets: which sessions are kept and resumed, and that a resumed one is verified like any other.
#
# shellcheck disable=SC2153 # CERT_FILE and KEY_FILE come from certs.bash

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe

setup()
{
	common_setup
	certs_make
	export XDG_CACHE_HOME=$PWD/cache
	mkdir -p box
}

# serve [OPTION...]: a POP server with TLS from the start that issues tickets.
serve()
{
	start_folder box --pops --user alice --password secret --cert "$CERT_FILE" --key "$KEY_FILE" --tickets "$@"
}

# session full|resumed [OPTION...]: one session succeeds, and -v shows that its TLS session was full or resumed.
session()
{
	local kind=$1
	shift
	safe pop -v -s "pops://localhost:$POPS_PORT" --tls-ca "$CA_FILE" --no-netrc "$@" welcome
	assert_success
	if [ "$kind" = resumed ]; then
		assert_regex "$stderr" 'TLS session resumed'
	else
		refute_regex "$stderr" 'TLS session resumed'
	fi
}

tickets()
{
	find cache -type f 2>/dev/null | wc -l
}

@test "tickets: the second session is resumed, and the third, with TLS 1.3 and 1.2; the server sees it" {
	for version in 1.3 1.2; do
		serve --priority "NORMAL:-VERS-ALL:+VERS-TLS$version"
		session full --no-resume
		assert_equal "$(tickets)" 0
		session full
		session resumed
		session resumed
		assert_equal "$(grep -c "tls TLS$version.* resumed" "$SERVER_LOG")" 2
		assert_equal "$(tickets)" 1
		assert_equal "$(stat -c %a cache/mailnet cache/mailnet/*)" $'700\n600'
		session full --no-resume
		stop_servers
		rm -r cache
	done
}

@test "tickets: info shows a resumed session with the certificate and its pins" {
	serve
	session full
	safe pop -s "pops://localhost:$POPS_PORT" --tls-ca "$CA_FILE" --no-netrc info
	assert_success
	assert_regex "$output" '\(resumed\)'
	pin=$(sed -n 's/.*\(sha256:[0-9a-f]*\).*/\1/p' <<<"$output" | head -n 1)
	assert_regex "$pin" '^sha256:[0-9a-f]{64}$'
	safe pop --json -s "pops://localhost:$POPS_PORT" --tls-ca "$CA_FILE" --no-netrc info
	assert_equal "$(jq .tls.resumed <<<"$output")" true
}

@test "tickets: other options of verification do not find the ticket" {
	serve
	session full
	cp "$CA_FILE" other-ca.pem
	pin=sha256:$(openssl x509 -in "$CERT_FILE" -outform DER | sha256sum | cut -d ' ' -f 1)
	session full --tls-pin "$pin"
	# Another pin of the same server, that of its public key.
	key=sha256:$(openssl x509 -in "$CERT_FILE" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1)
	session full --tls-pin "$key"
	session full --tls-name localhost
	session full --tls-priority NORMAL:-VERS-TLS1.0:-VERS-TLS1.1
	session full --tls-ca other-ca.pem
	safe pop -v -s "pops://127.0.0.1:$POPS_PORT" --tls-ca "$CA_FILE" --no-netrc welcome
	assert_success
	refute_regex "$stderr" resumed
	session resumed
	session resumed --tls-pin "$pin"
	# A file of trust anchors that has changed since the ticket was made.
	cat "$UNKNOWN_CA_FILE" >other-ca.pem
	safe pop -s "pops://localhost:$POPS_PORT" --tls-ca other-ca.pem --no-netrc welcome
	one_error 77 'NOT trusted'
}

@test "tickets: a failed verification leaves no ticket" {
	serve
	safe pop -s "pops://localhost:$POPS_PORT" --no-netrc welcome
	one_error 77 'NOT trusted'
	safe pop -s "pops://localhost:$POPS_PORT" --tls-ca "$CA_FILE" --tls-name other.example --no-netrc welcome
	one_error 77 'does not match'
	safe pop -s "pops://localhost:$POPS_PORT" --tls-pin "sha256:$(printf '%064d' 0)" --no-netrc welcome
	one_error 77 'matches no --tls-pin'
	assert_equal "$(tickets)" 0
}

# resumed_twice: has the server resumed two sessions?
resumed_twice()
{
	[ "$(grep -c 'tls .* resumed' "$SERVER_LOG")" -eq 2 ]
}

@test "tickets: a session is verified again when it is resumed" {
	local name
	serve
	# Two files of trust anchors with the same length, so that the name of the ticket does not change with the file.
	for name in CA_FILE UNKNOWN_CA_FILE; do
		printf '%-8000s' "$(cat "${!name}")" >$name
	done
	cat CA_FILE >ca.pem
	touch -d @1000000000 ca.pem
	session full --tls-ca ca.pem
	session resumed --tls-ca ca.pem
	cat UNKNOWN_CA_FILE >ca.pem
	touch -d @1000000000 ca.pem
	safe pop -s "pops://localhost:$POPS_PORT" --tls-ca ca.pem --no-netrc welcome
	one_error 77 'NOT trusted'
	wait_until 60 resumed_twice
}

@test "tickets: if the server no longer accepts a ticket, the handshake is full" {
	serve
	session full
	cp cache/mailnet/* saved
	stop_servers
	rm -r cache
	serve
	session full
	cp saved cache/mailnet/*
	session full
	session resumed
}

@test "tickets: a damaged, cut, expired or foreign file is not used" {
	serve
	session full
	ticket=$(find cache -type f)
	# shellcheck disable=SC2016 # of the inner shell
	for damage in 'printf x | dd of="$1" bs=1 seek=100 conv=notrunc status=none' 'truncate -s 50 "$1"' ': >"$1"' \
		'chmod 644 "$1"' 'rm "$1"; ln -s /dev/zero "$1"' 'rm "$1"; mkfifo "$1"' 'truncate -s 10M "$1"'; do
		sh -c "$damage" - "$ticket"
		session full
		rm -f "$ticket"
		session full
		session resumed
	done
}

@test "tickets: a cache directory that is not ours alone, or not writable, is passed over in silence" {
	serve
	mkdir -p cache/mailnet
	chmod 777 cache/mailnet
	session full
	session full
	rm -r cache
	: >cache
	session full
	rm cache
	mkdir cache
	ln -s /proc cache/mailnet
	session full
	session full
	XDG_CACHE_HOME=relative session full
	[ ! -e relative ]
	unset XDG_CACHE_HOME
	HOME=$PWD/no-such-home session full
	[ ! -e no-such-home ]
	mkdir other-home
	HOME=$PWD/other-home session full
	HOME=$PWD/other-home session resumed
	assert_equal "$(find other-home -type f | wc -l)" 1
}

@test "tickets: a login with channel binding succeeds in a resumed session, with TLS 1.2 and 1.3" {
	for priority in NORMAL:-VERS-TLS1.3 NORMAL; do
		for round in first second; do
			echo "=== $round"
			greeting nntp
			capabilities nntp 'SASL SCRAM-SHA-256-PLUS'
			echo 'sasl SCRAM-SHA-256-PLUS alice secret nntp'
			printf 'C: DATE\nS: 111 20261120120000\n'
			goodbye nntp
		done | sed '1d' >script
		write_netrc localhost alice secret
		start_script --tls --cert "$CERT_FILE" --key "$KEY_FILE" --tickets --priority "$priority" <script
		for kind in refute_regex assert_regex; do
			safe nntp -v -s "nntps://localhost:$PORT" --tls-ca "$CA_FILE" --auth SCRAM-SHA-256-PLUS date
			assert_success
			"$kind" "$stderr" 'TLS session resumed'
		done
		assert_script_ok
		rm -r "$HOME/.netrc" cache
	done
}

@test "tickets: sessions with OpenSSL as the server are resumed, with TLS 1.3 and 1.2" {
	needs python3
	cat >server.py <<-'END'
		import socket, ssl, sys
		context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		context.load_cert_chain(sys.argv[1], sys.argv[2])
		context.maximum_version = ssl.TLSVersion[sys.argv[3]]
		listener = socket.create_server(("127.0.0.1", 0))
		listener.settimeout(60)
		print(listener.getsockname()[1], flush=True)
		for number in range(3):
		    plain, address = listener.accept()
		    plain.settimeout(60)
		    with context.wrap_socket(plain, server_side=True) as peer:
		        peer.sendall(b"+OK ready\r\n")
		        assert peer.recv(100) == b"QUIT\r\n"
		        peer.sendall(b"+OK bye\r\n")
		        print(peer.session_reused, flush=True)
	END
	for version in TLSv1_3 TLSv1_2; do
		rm -f said
		python3 server.py "$CERT_FILE" "$KEY_FILE" $version >said 3>&- &
		until [ -s said ]; do
			kill -0 $!
			sleep 0.05
		done
		POPS_PORT=$(cat said)
		session full
		session resumed
		session resumed
		wait $!
		assert_equal "$(sed 1d said)" $'False\nTrue\nTrue'
		rm -r cache
	done
}

@test "tickets: a run that connects again in the sandbox does not need them" {
	printf '%s\n' 'S: 200 hello' 'C: POST' 'S: 340 go on' 'recvblock /dev/null' close '=== again' 'S: 200 hello' \
		'C: STAT <1@example.org>' 'S: 223 0 <1@example.org>' 'C: QUIT' 'S: 205 bye' >script
	start_script --tls --cert "$CERT_FILE" --key "$KEY_FILE" --tickets <script
	safe nntp -s "nntps://localhost:$PORT" --tls-ca "$CA_FILE" post <<<'Message-ID: <1@example.org>'
	assert_success
	assert_output '223 0 <1@example.org>'
	assert_equal "$stderr" ''
	assert_script_ok
}
