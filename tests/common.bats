#!/usr/bin/env bats
# Conditions on which every other test relies: a clean environment, and certificates that verify.

load lib/common

setup()
{
	export MAILNET_POP=pops://caller.example NNTPSERVER=caller.example NETRC=/caller
	common_setup
}

@test "common: a test has a home of its own and none of the caller's variables" {
	assert_equal "${MAILNET_POP-none} ${NNTPSERVER-none} ${NETRC-none}" 'none none none'
	assert_file_executable "$MAILNET"
	assert_dir_exists "$HOME"
	assert_dir_exists "$TMPDIR"
	[[ $HOME == "$BATS_TEST_TMPDIR"/* && $TMPDIR == "$BATS_TEST_TMPDIR"/* ]]
	assert_equal "$(ls -A "$HOME")" ''
	assert_equal "$PWD" "$BATS_TEST_TMPDIR"
}

@test "common: write_netrc makes a file that only its owner can read" {
	write_netrc localhost me secret
	write_netrc other you secret
	assert_equal "$(stat -c %a "$HOME/.netrc")" 600
	assert_equal "$(wc -l <"$HOME/.netrc")" 2
}

@test "common: port_of prints the port that a server announced, or fails" {
	run port_of pops <<<$'pop 1110\npops 1995\n'
	assert_success
	assert_output 1995
	run port_of smtp <<<$'pop 1110\npops 1995\n'
	assert_failure 1
	assert_output ''
}

@test "common: wait_until fails after its time" {
	wait_until 60 true
	run wait_until 1 false
	assert_failure 1
}

@test "common: make_cert signs a certificate for localhost, privately and once" {
	make_cert "server$BATS_TEST_NUMBER"
	local serial
	serial=$(certtool -i --infile "$CERT" | grep 'Serial Number')
	run certtool --verify --load-ca-certificate "$CA_FILE" --infile "$CERT" \
		--verify-hostname localhost --verify-purpose 1.3.6.1.5.5.7.3.1
	assert_success
	run certtool --verify --load-ca-certificate "$CA_FILE" --infile "$CERT" \
		--verify-hostname elsewhere.example
	assert_failure 1
	assert_output --partial 'The name in the certificate does not match'
	assert_equal "$(stat -c %a "$KEY")" 600
	run certtool -i --infile "$CERT"
	assert_output --partial 'EC/ECDSA'
	assert_output --partial 'IPAddress: 127.0.0.1'
	assert_output --partial 'IPAddress: ::1'

	make_cert "server$BATS_TEST_NUMBER"
	assert_equal "$(certtool -i --infile "$CERT" | grep 'Serial Number')" "$serial"
}

@test "common: make_cert accepts the lines of another template" {
	make_cert "wrong$BATS_TEST_NUMBER" 'dns_name = "other.example"' 'expiration_days = 1'
	run certtool --verify --load-ca-certificate "$CA_FILE" --infile "$CERT" --verify-hostname localhost
	assert_failure 1
	assert_output --partial 'The name in the certificate does not match'
	run certtool --verify --load-ca-certificate "$CA_FILE" --infile "$CERT" --verify-hostname other.example
	assert_success
}
