#!/usr/bin/env bats
# pop against a real Dovecot, over TLS and in clear.

bats_require_minimum_version 1.5.0
load lib/common
load fixtures/dovecot

# shellcheck disable=SC2034 # for common_setup
file_needs=(dovecot)

setup_file()
{
	can "${file_needs[@]}" || return 0
	common_setup
	dovecot_start
}

teardown_file()
{
	dovecot_stop
}

setup()
{
	common_setup
	export CA_FILE
	dovecot_user carol 'pass word' # a new, empty mailbox for each test
	rm -rf "$(dovecot_maildir carol)"/{new,cur,tmp}/* "$(dovecot_maildir carol)"/dovecot*
	printf 'machine localhost login carol password "pass word"\n' >"$HOME/.netrc"
	chmod 600 "$HOME/.netrc"
	pops=pops://localhost:$DOVECOT_POPS_PORT
	pop=pop://localhost:$DOVECOT_POP_PORT
}

pop()
{
	run --separate-stderr mailnet pop -s "$pops" --tls-ca "$CA_FILE" "$@"
}

# Print one digest for each message, with LF line ends and a line end at its end, as POP3 transfers it.
digests()
{
	local file
	find "$1" -type f | while IFS= read -r file; do
		# shellcheck disable=SC1003 # sed's own backslash
		sed -e 's/\r$//' -e '$a\' "$file" | sha256sum | cut -d ' ' -f 1
	done | sort
}

@test "dovecot: drained over TLS in six round trips, octet for octet" {
	dovecot_mail carol 500 4000
	digests "$(dovecot_maildir carol)/cur" >want
	pop --auth plain -v drain -d Mail/
	assert_success
	assert_regex "$stderr" '[*] 6 round trips'
	digests Mail/new >got
	run diff want got
	assert_success
	assert_equal "$(dovecot_count carol)" 0
	pop drain -d Mail/
	assert_success
}

@test "dovecot: STLS is used with --tls starttls, SCRAM by default" {
	dovecot_mail carol 2
	run --separate-stderr mailnet pop -s "$pop" --tls starttls --tls-ca "$CA_FILE" -v drain -d Mail/
	assert_success
	assert_regex "$stderr" '> STLS'
	assert_regex "$stderr" '> AUTH SCRAM-SHA-256'
	assert_equal "$(dovecot_count carol)" 0
}

@test "dovecot: every mechanism that it offers logs in" {
	local mech
	dovecot_mail carol 3
	for mech in plain login cram-md5 scram-sha-1 scram-sha-256 user apop digest-md5; do
		pop --auth $mech stat
		assert_success
		assert_output --regexp '^3 [0-9]+$'
	done
}

@test "dovecot: a wrong password exits 77 after one attempt" {
	printf 'machine localhost login carol password wrong\n' >"$HOME/.netrc"
	pop -v stat
	assert_failure 77
	assert_equal "$(grep -c '> AUTH' <<<"$stderr")" 1
}

@test "dovecot: a certificate of an unknown authority exits 77" {
	run mailnet pop -s "$pops" stat
	assert_failure 77
}

@test "dovecot: list, uidl, top and retr agree with each other" {
	dovecot_mail carol 3
	pop --json list
	assert_success
	assert_equal "${#lines[@]}" 3
	size=$(jq .octets <<<"${lines[1]}")
	pop --json retr 2
	assert_equal "$(jq .octets <<<"$output")" "$size"
	jq -r .raw <<<"$output" | base64 -d | tr -d '\r' >two
	assert_equal "$(digests two)" "$(digests "$(dovecot_maildir carol)/cur" | grep -F "$(sha256sum two | cut -d ' ' -f 1)")"
	pop top 2 0
	assert_success
	grep -q '^Subject:' <<<"$output"
	pop uidl 2
	assert_output --regexp '^2 .+'
	pop retr 9
	assert_failure 1
}

@test "dovecot: drain writes an mbox, and --keep leaves the messages on the server" {
	dovecot_mail carol 10
	pop drain -d box --keep 1h
	assert_success
	assert_equal "$(dovecot_count carol)" 10
	assert_equal "$(grep -c '^From sender[0-9]*@example.org ' box)" 10
	pop -v drain -d box
	assert_success
	refute_regex "$stderr" 'RETR'
	assert_equal "$(dovecot_count carol)" 0
	assert_equal "$(grep -c '^From sender[0-9]*@example.org ' box)" 10
}

@test "dovecot: drain delivers to LMTP" {
	dovecot_user dave secret
	dovecot_mail carol 7
	pop drain -d "lmtp://nobody-here@localhost:$DOVECOT_LMTP_PORT"
	assert_failure 67
	assert_equal "$(dovecot_count carol)" 7
	pop drain -d "lmtp://dave@localhost:$DOVECOT_LMTP_PORT"
	assert_success
	assert_equal "$(dovecot_count carol)" 0
	assert_equal "$(dovecot_count dave)" 7
}

@test "dovecot: a session that fails deletes nothing" {
	dovecot_mail carol 2
	run mailnet pop -s "$pops" --tls-ca "$CA_FILE" -b - <<<$'dele 1\nretr 9'
	assert_failure 1
	assert_equal "$(dovecot_count carol)" 2
	pop dele 1
	assert_success
	assert_equal "$(dovecot_count carol)" 1
}

@test "dovecot: every operation of Python's poplib has an equivalent with the same result" {
	dovecot_mail carol 8
	cat >same.py <<-'END'
		import base64, json, os, poplib, ssl, subprocess

		port, ca = int(os.environ["DOVECOT_POPS_PORT"]), os.environ["CA_FILE"]

		def mailnet(*args):
		    command = [os.environ["MAILNET"], "pop", "-s", "pops://localhost:%d" % port, "--tls-ca", ca]
		    return subprocess.run(command + list(args), stdout=subprocess.PIPE, check=True).stdout

		def text(lines):
		    return b"".join(line + b"\r\n" for line in lines)

		p = poplib.POP3_SSL("localhost", port, context=ssl.create_default_context(cafile=ca))
		assert p.getwelcome().split()[:2] == mailnet("welcome").split()[:2]
		p.user("carol"), p.pass_("pass word")
		poplib._MAXLINE = 1 << 20 # poplib limits the length of lines, also of messages
		numbers = range(1, 9)
		stat, listed, uids, capa = p.stat(), p.list()[1], p.uidl()[1], p.capa()
		one = p.list(2), p.uidl(2)
		noop, rset = p.noop(), p.rset()
		retr = {n: text(p.retr(n)[1]) for n in numbers}
		top = {n: text(p.top(n, 3)[1]) for n in numbers}
		p.quit()

		assert mailnet("stat").split() == [b"%d" % n for n in stat]
		assert mailnet("list").splitlines() == listed
		assert mailnet("uidl").splitlines() == uids
		assert [b"+OK " + mailnet(v, "2").rstrip() for v in ("list", "uidl")] == list(one)
		assert json.loads(mailnet("--json", "capa")) == capa
		assert [mailnet(v).rstrip() for v in ("noop", "rset")] == [noop, rset]
		for n in numbers:
		    assert mailnet("--crlf", "retr", str(n)) == retr[n], n
		    assert mailnet("--crlf", "top", str(n), "3") == top[n], n
		    record = json.loads(mailnet("--json", "retr", str(n)))
		    assert base64.b64decode(record["raw"]) == retr[n] and record["octets"] == len(retr[n])
	END
	run python3 same.py
	assert_success
	refute_output
}

# Each login process of Dovecot has ticket keys of its own.
@test "dovecot: a ticket that the server refuses is followed by a full handshake, with TLS 1.3 and 1.2, also after STLS" {
	local priority
	export XDG_CACHE_HOME=$PWD/cache
	for priority in NORMAL NORMAL:-VERS-TLS1.3; do
		for _ in first second; do
			pop --tls-priority "$priority" stat
			assert_output '0 0'
			run --separate-stderr mailnet pop -s "$pop" --tls starttls --tls-ca "$CA_FILE" --tls-priority "$priority" stat
			assert_output '0 0'
		done
	done
	[ -n "$(find cache -type f)" ]
}
