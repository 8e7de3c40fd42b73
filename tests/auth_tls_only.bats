#!/usr/bin/env bats
# A login that Postfix allows only in TLS, on loopback; and the replies of Dovecot, Postfix and INN without a login.
# (Dovecot treats loopback as secure.)

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe
load fixtures/dovecot
load fixtures/postfix
load fixtures/inn

file_needs=(dovecot postfix inn)

setup_file()
{
	can "${file_needs[@]}" || return 0
	export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-60}
	certs_make
	export POSTFIX_EXTRA='smtpd_tls_auth_only = yes'
	dovecot_start
	postfix_start
	inn_start
}

teardown_file()
{
	inn_stop
	postfix_stop
	dovecot_stop
}

setup()
{
	common_setup
	certs_make
	write_netrc localhost alice secret
}

@test "tls only: on loopback Postfix gets STARTTLS before the login" {
	safe smtp -s "submission://localhost:$POSTFIX_SUBMISSION_PORT" --tls-ca "$CA_FILE" -v noop
	assert_success
	assert_regex "$stderr" '> STARTTLS'
	# If the certificate is not trusted, mailnet does not log in.
	safe smtp -s "submission://localhost:$POSTFIX_SUBMISSION_PORT" noop
	one_error 77 'TLS: '
	# With --tls off mailnet does not log in either.
	safe smtp -s "submission://localhost:$POSTFIX_SUBMISSION_PORT" --tls off noop
	one_error 77 'login mechanism'
}

@test "tls only: Dovecot, Postfix and INN refuse a session without credentials: 77, and the places searched are named" {
	local want="no login: $HOME/.netrc has no entry for this host"
	safe pop -s "pops://127.0.0.1:$DOVECOT_POPS_PORT" --tls-ca "$CA_FILE" stat
	one_error 77 "$want"
	safe pop -s "pops://127.0.0.1:$DOVECOT_POPS_PORT" --tls-ca "$CA_FILE" retr 1
	one_error 77 "$want"
	safe nntp -s "nntp://127.0.0.1:$INN_PORT" group test.private
	one_error 77 "$want"
	printf 'From: me@test.example\n\nx\n' >message
	safe smtp -s "smtp://127.0.0.1:$DOVECOT_SUBMISSION_PORT" --tls off send -f me@test.example -m message ok@test.example
	one_error 77 .
}

@test "tls only: for a user without a password INN replies to AUTHINFO USER, then mailnet exits 77" {
	safe nntp -s "nntp://alice@127.0.0.1:$INN_PORT" -v group test.private
	assert_failure 77
	assert_regex "$stderr" '> AUTHINFO USER alice'
	assert_regex "$stderr" 'no password for alice'
}
