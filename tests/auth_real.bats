#!/usr/bin/env bats
# Logging in to real servers: Dovecot (POP3, submission), Postfix, INN.
#
# Where each way to log in, and what belongs to it, is proven (auth_real.bats unless another file is named):
#
#   PLAIN, LOGIN, CRAM-MD5,      Dovecot and Postfix; libgsasl's server side in auth.bats, also with the wrong
#   SCRAM-SHA-1, SCRAM-SHA-256   password (DIGEST-MD5 too: Dovecot, Cyrus SASL); SCRAM's lies and rounds: auth.bats
#   SCRAM-*-PLUS                 auth.bats, libgsasl's server side: both hashes, TLS 1.2 and 1.3, one in between
#   EXTERNAL                     Dovecot, by file and by PKCS#11 token; auth.bats
#   XOAUTH2, OAUTHBEARER         Dovecot, tokens small and large; 8 KB, error JSON: auth.bats
#   GSSAPI, GS2-KRB5             Dovecot and Postfix with a KDC; GS2-KRB5: libgsasl's server side
#   NTLM                         Postfix with Cyrus SASL (Dovecot 2.3.19 has none); MS-NLMP's numbers: auth.bats
#   USER, APOP, AUTHINFO USER    Dovecot, INN; RPOP: pop_login.bats
#   --auth-command, --authzid,   auth.bats; --authzid also by GSSAPI here
#   --no-initial-response
#   passwords and where they     auth.bats, unit/test_netrc, unit/test_password
#   come from, shown nowhere
#   in clear, STARTTLS, lies     injection.bats, auth.bats, pop_login.bats
#   verification, pins, OCSP,    tls.bats; four real servers here
#   must-staple, tokens, info
#   addresses (RFC 8305), --bind conn.bats
#   --tunnel, --deadline, signals
#
# shellcheck disable=SC2016,SC2094 # for another shell; the token is read by the program, and shown nowhere

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe
load fixtures/dovecot
load fixtures/postfix
load fixtures/inn
load fixtures/krb5

# EXTERNAL uses the common name of the client certificate. Tokens are JWTs signed with this key.
oauth_key=0123456789abcdef0123456789abcdef

# shellcheck disable=SC2034 # for common_setup
file_needs=(dovecot postfix inn kdc jq openssl)

setup_file()
{
	can "${file_needs[@]}" || return 0
	export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-60}
	certs_make
	OAUTH_DIR=$(fixture_dir oauth)
	export OAUTH_DIR
	mkdir -p "$OAUTH_DIR/keys/default/HS256"
	printf %s "$oauth_key" | base64 -w 0 >"$OAUTH_DIR/keys/default/HS256/default"
	printf '%s\n' 'introspection_mode = local' "local_validation_key_dict = fs:posix:prefix=$OAUTH_DIR/keys/" \
		'username_attribute = sub' >"$OAUTH_DIR/oauth2.conf"
	chmod -R a+rX "$OAUTH_DIR"
	krb5_start pop smtp
	DOVECOT_EXTRA=$(logins_config)
	export DOVECOT_EXTRA
	dovecot_start
	dovecot_user client nobody-knows
	dovecot_user jürgen 'grüße aus köln'
	postfix_start
	inn_start
}

# Mechanisms that need more than a password file. The first passdb skips the users of the others.
logins_config()
{
	cat <<-END
		auth_mechanisms = plain login cram-md5 digest-md5 apop scram-sha-1 scram-sha-256 external xoauth2 oauthbearer gssapi
		auth_krb5_keytab = $KRB5_SERVER_KEYTAB
		auth_gssapi_hostname = "\$ALL"
		auth_ssl_username_from_cert = yes
		auth_username_chars =
	END
	if dovecot_is_new; then
		cat <<-END
			import_environment {
			  TZ = %{env:TZ}
			  KRB5_CONFIG = $KRB5_CONFIG
			}
			ssl_server_request_client_cert = yes
			ssl_server_require_crl = no
			ssl_server_cert_username_field = commonName
			oauth2 {
			  introspection_mode = local
			  username_attribute = sub
			  oauth2_local_validation {
			    dict fs {
			      fs posix {
			        prefix = $OAUTH_DIR/keys/
			      }
			    }
			  }
			}
			passdb static {
			  mechanisms_filter = external
			  fields {
			    nopassword = y
			  }
			}
		END
	else
		cat <<-END
			import_environment = TZ KRB5_CONFIG=$KRB5_CONFIG
			ssl_verify_client_cert = yes
			ssl_require_crl = no
			ssl_cert_username_field = commonName
			passdb {
			  driver = oauth2
			  mechanisms = xoauth2 oauthbearer
			  args = $OAUTH_DIR/oauth2.conf
			}
			passdb {
			  driver = static
			  mechanisms = external
			  args = nopassword=y
			}
		END
	fi
}

teardown_file()
{
	inn_stop
	postfix_stop
	dovecot_stop
	krb5_stop
	fixture_remove "$OAUTH_DIR"
}

setup()
{
	common_setup
	certs_make
	write_netrc localhost alice secret
}

teardown()
{
	end_background
}

b64url()
{
	base64 -w 0 | tr '+/' '-_' | tr -d =
}

# token USER [OCTETS-OF-PADDING [KEY]]: a JWT for USER, good for ten minutes.
token()
{
	local now body
	now=$(date +%s)
	body=$(printf '{"alg":"HS256","typ":"JWT"}' | b64url).$(printf \
		'{"sub":"%s","iat":%d,"nbf":%d,"exp":%d,"pad":"%s"}' "$1" "$now" $((now - 5)) $((now + 600)) \
		"$(head -c "${2:-0}" /dev/zero | tr '\0' x)" | b64url)
	printf '%s.%s\n' "$body" "$(printf %s "$body" | openssl dgst -sha256 -hmac "${3:-$oauth_key}" -binary | b64url)"
}

pop()
{
	safe pop -s "pops://localhost:$DOVECOT_POPS_PORT" --tls-ca "$CA_FILE" "$@"
}

submit()
{
	safe smtp -s "submission://localhost:$DOVECOT_SUBMISSION_PORT" --tls starttls --tls-ca "$CA_FILE" "$@"
}

@test "real logins: Dovecot accepts each mechanism, by POP3 and by submission" {
	local mech
	for mech in PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
		pop --auth "$mech" -v stat
		assert_success
		assert_regex "$stderr" "AUTH $mech"
		submit --auth "$mech" -v noop
		assert_success
		assert_regex "$stderr" "AUTH $mech"
	done
	pop --auth user stat
	assert_success
	safe pop -s "pop://localhost:$DOVECOT_POP_PORT" --auth apop -v stat
	assert_success
	assert_regex "$stderr" 'APOP'
}

@test "real logins: by default Dovecot gets SCRAM-SHA-256" {
	pop -v stat
	assert_success
	assert_regex "$stderr" 'AUTH SCRAM-SHA-256'
	submit -v noop
	assert_success
	assert_regex "$stderr" 'AUTH SCRAM-SHA-256'
}

@test "real logins: a wrong password exits 77 with every server" {
	local mech
	rm "$HOME/.netrc"
	write_netrc localhost alice wrong
	for mech in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 user; do
		pop --auth "$mech" stat
		one_error 77 'localhost: '
		refute_regex "$stderr" wrong
	done
	submit noop
	one_error 77 SCRAM-SHA-256
	safe smtp -s "submission://localhost:$POSTFIX_SUBMISSION_PORT" --tls-ca "$CA_FILE" --tls starttls noop
	one_error 77 535
	safe nntp -s "nntp://localhost:$INN_PORT" group test.private
	one_error 77 481
}

@test "real logins: a user and a password that are not ASCII are accepted" {
	rm "$HOME/.netrc"
	local mech
	for mech in PLAIN SCRAM-SHA-256; do
		pop -u jürgen --password-command "echo 'grüße aus köln'" --auth "$mech" stat
		assert_success
	done
}

@test "real logins: EXTERNAL logs in with the client certificate" {
	pop --no-netrc --auth external --tls-cert "$CLIENT_CERT_FILE" --tls-key "$CLIENT_KEY_FILE" -v stat
	assert_success
	assert_regex "$stderr" 'AUTH EXTERNAL'
	submit --no-netrc --auth external --tls-cert "$CLIENT_CERT_FILE" --tls-key "$CLIENT_KEY_FILE" noop
	assert_success
	token_make 271828
	echo 271828 >pin
	pop --no-netrc --auth external --tls-cert "pkcs11:token=mailnet;object=client?pin-source=$PWD/pin" -v stat
	assert_success
	assert_regex "$stderr" 'AUTH EXTERNAL'
	# A certificate of an authority that Dovecot does not know is accepted in the handshake and does not log in. (A
	# server that refuses it in the handshake: tls.bats.)
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=client -keyout key.pem -out cert.pem
	pop --no-netrc --auth external --tls-cert cert.pem --tls-key key.pem stat
	one_error 77 'AUTH EXTERNAL: -ERR .AUTH'
	submit --no-netrc --auth external --tls-cert cert.pem --tls-key key.pem noop
	one_error 77 'AUTH EXTERNAL: 535'
	pop --no-netrc --auth external stat
	one_error 77 'client certificate'
}

@test "real logins: XOAUTH2 and OAUTHBEARER log in with a small and a large token that Dovecot verifies itself" {
	local size mech
	for size in 0 3000; do
		token alice $size >token
		for mech in xoauth2 oauthbearer; do
			pop --no-netrc -u alice --auth $mech --password-command 'cat token' stat
			assert_success
			submit --no-netrc -u alice --auth $mech --password-command 'cat token' noop
			assert_success
		done
	done
	token alice 0 another-key >token
	for mech in xoauth2 oauthbearer; do
		pop --no-netrc -u alice --auth $mech --password-command 'cat token' stat
		one_error 77 "AUTH ${mech^^}"
		refute_regex "$stderr" "$(cat token)"
	done
}

# Get a ticket for alice into ./ticket and name the file in KRB5CCNAME.
with_ticket()
{
	krb5_ticket alice "$PWD/ticket"
	export KRB5CCNAME=FILE:$PWD/ticket
}

@test "real logins: GSSAPI logs in to Dovecot and Postfix with a Kerberos ticket, without user and password" {
	with_ticket
	# No data of a netrc file is needed, so the file is not even opened.
	chmod 644 "$HOME/.netrc"
	pop --auth gssapi -v stat
	assert_success
	assert_regex "$stderr" 'AUTH GSSAPI'
	pop --auth gssapi -u alice stat
	assert_success
	submit --auth gssapi -v noop
	assert_success
	assert_regex "$stderr" 'AUTH GSSAPI'
	safe smtp -s "submission://localhost:$POSTFIX_SUBMISSION_PORT" --tls starttls --tls-ca "$CA_FILE" \
		--auth gssapi -v noop
	assert_success
	assert_regex "$stderr" 'AUTH GSSAPI'
	# One mechanism of several that needs no credentials is enough to log in.
	pop --no-netrc --auth plain,gssapi -v stat
	assert_success
	assert_regex "$stderr" 'AUTH GSSAPI'
}

@test "real logins: GS2-KRB5 logs in to libgsasl's server side with a Kerberos ticket" {
	with_ticket
	export KRB5_KTNAME=$KRB5_SERVER_KEYTAB
	tunnel_script <<-'END'
		S: +OK ready
		C: CAPA
		S: +OK
		S: SASL GS2-KRB5
		S: .
		sasl GS2-KRB5 - - pop
		mayclose
		C: QUIT
		S: +OK
	END
	safe pop -s pop://localhost --auth gs2-krb5 --tunnel "$TUNNEL" welcome
	assert_success
	assert_script_ok
	KRB5CCNAME=FILE:$PWD/none safe pop -s pop://localhost --auth gs2-krb5 --tunnel "$TUNNEL" welcome
	one_error 77 'no Kerberos ticket for pop@localhost'
}

@test "real logins: GSSAPI logs in as another user only if the server allows this ticket to" {
	with_ticket
	dovecot_user friend none
	sed -i 's/$/k5principals=alice@MAILNET.TEST/' "$DOVECOT_DIR/users/friend"
	dovecot_mail friend 1
	pop --no-netrc --auth gssapi --authzid friend uidl
	assert_success
	assert_output --regexp '^1 '
	pop --no-netrc --auth gssapi -u friend uidl
	assert_success
	assert_output --regexp '^1 '
	pop --no-netrc --auth gssapi -u bob stat
	one_error 77 'AUTH GSSAPI: -ERR'
	pop --no-netrc --auth gssapi --authzid bob stat
	one_error 77 'AUTH GSSAPI: -ERR'
}

@test "real logins: GSSAPI without a ticket exits 77, and no user name is sent" {
	export KRB5CCNAME=FILE:$PWD/none
	pop --auth gssapi -v stat
	assert_failure 77
	assert_regex "$stderr" 'no Kerberos ticket for pop@localhost'
	refute_regex "$stderr" '> AUTH'
	with_ticket
	safe pop -s "pop://127.0.0.1:$DOVECOT_POP_PORT" --auth gssapi stat
	one_error 77 'no Kerberos ticket for pop@127.0.0.1'
}

@test "real logins: --timeout, --deadline and Ctrl-C end the wait for a KDC that does not answer" {
	with_ticket
	in_background "$top_srcdir/tests/lib/blackhole" 127.0.0.1 0
	sed "s/kdc = 127.*/kdc = 127.0.0.1:$(cat background)/" "$KRB5_CONFIG" >silent.conf
	export KRB5_CONFIG=$PWD/silent.conf
	# Without a timeout libkrb5 gives up by itself, and the exit status is 77.
	pop --auth gssapi --timeout 1 stat
	one_error 75 'timed out waiting for Kerberos'
	pop --auth gssapi --deadline 1 stat
	one_error 75 'deadline'
	local sig
	for sig in INT TERM HUP; do
		run "$top_srcdir/tests/lib/struck" $sig 'pgrep -P $PID' "$MAILNET" pop --auth gssapi \
			-s "pops://127.0.0.1:$DOVECOT_POPS_PORT" --tls-ca "$CA_FILE" stat
		assert_line --index -1 "died by SIG$sig"
	done
}

@test "real logins: Postfix with Dovecot's SASL accepts a login over STARTTLS and over implicit TLS" {
	local mech
	for mech in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
		safe smtp -s "submission://localhost:$POSTFIX_SUBMISSION_PORT" --tls starttls --tls-ca "$CA_FILE" \
			--auth "$mech" -v noop
		assert_success
		assert_regex "$stderr" "AUTH $mech"
	done
	safe smtp -s "smtps://localhost:$POSTFIX_TLS_PORT" --tls-ca "$CA_FILE" -v noop
	assert_success
	assert_regex "$stderr" 'AUTH SCRAM-SHA-256'
}

@test "real logins: Postfix with Cyrus SASL accepts each mechanism; NTLM is used with --auth only" {
	local mech word
	for word in secret wrong; do
		rm "$HOME/.netrc"
		write_netrc localhost alice $word
		for mech in NTLM DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 PLAIN; do
			safe smtp -s "submission://localhost:$POSTFIX_CYRUS_PORT" --tls starttls --tls-ca "$CA_FILE" \
				--auth "$mech" noop
			if [ $word = secret ]; then
				assert_success
			else
				one_error 77 "AUTH $mech: 535"
			fi
		done
	done
	rm "$HOME/.netrc"
	write_netrc localhost alice secret
	safe smtp -s "submission://localhost:$POSTFIX_CYRUS_PORT" --tls starttls --tls-ca "$CA_FILE" -v noop
	assert_success
	assert_regex "$stderr" 'AUTH NTLM DIGEST-MD5'
	assert_regex "$stderr" '> AUTH SCRAM-SHA-256'
}

@test "real logins: INN accepts AUTHINFO USER, in clear on loopback and under TLS" {
	safe nntp -s "nntp://localhost:$INN_PORT" group test.private
	assert_success
	safe nntp -s "nntps://localhost:$INN_TLS_PORT" --tls-ca "$CA_FILE" group test.private
	assert_success
	safe nntp -s "nntp://localhost:$INN_PORT" --tls starttls --tls-ca "$CA_FILE" group test.private
	assert_success
}

@test "real TLS: each of four servers is verified, refused without its authority, and info shows its certificate" {
	local url
	for url in "pops://localhost:$DOVECOT_POPS_PORT" "pop://localhost:$DOVECOT_POP_PORT" \
		"submission://localhost:$DOVECOT_SUBMISSION_PORT" "smtp://localhost:$POSTFIX_PORT" \
		"smtps://localhost:$POSTFIX_TLS_PORT" "nntp://localhost:$INN_PORT" "nntps://localhost:$INN_TLS_PORT"; do
		local applet=${url%%:*} tls=starttls
		applet=${applet/submission/smtp}
		[[ $applet != *s ]] || tls=implicit
		safe "${applet%s}" -s "$url" --no-netrc --tls $tls --tls-ca "$CA_FILE" --json info
		assert_success
		assert_equal "$(jq -r '.tls.verified, .certificate.subject' <<<"$output" | xargs)" 'true CN=server'
		local pin
		pin=$(jq -r '.pins[1]' <<<"$output")
		safe "${applet%s}" -s "$url" --no-netrc --tls $tls info
		one_error 77 'issuer is unknown'
		assert_line 'verified: no'
		safe "${applet%s}" -s "$url" --no-netrc --tls $tls --tls-pin "$pin" welcome
		assert_success
		safe "${applet%s}" -s "${url/localhost/127.0.0.1}" --no-netrc --tls $tls --tls-ca "$CA_FILE" \
			--tls-priority NORMAL:-VERS-TLS1.3 welcome
		assert_success
	done
}

@test "real TLS: a TLS port used in clear, and a clear port used with TLS, exit with a hint" {
	safe pop -s "pops://localhost:$DOVECOT_POP_PORT" --no-netrc welcome
	one_error 76 'does not speak TLS on this port'
	safe smtp -s "smtps://localhost:$POSTFIX_PORT" --no-netrc welcome
	one_error 76 'does not speak TLS on this port'
	safe nntp -s "nntps://localhost:$INN_PORT" --no-netrc welcome
	one_error 76 'does not speak TLS on this port'
	safe pop -s "pop://localhost:$DOVECOT_POPS_PORT" --no-netrc --timeout 1 welcome
	one_error 75 'timed out waiting for the server to greet \(if the port is for TLS from the start, use pops://\)'
	safe nntp -s "nntp://localhost:$INN_TLS_PORT" --no-netrc --timeout 1 welcome
	one_error 75 'timed out waiting for the server to greet \(if the port is for TLS from the start, use nntps://\)'
}
