#!/usr/bin/env bats
# The system's trust store: with the few anchors that are loaded from it, a server is trusted or refused exactly as with
# all of them, which --tls-ca loads.
#
# shellcheck disable=SC2153 # KEY_FILE comes from certs.bash

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe

# shellcheck disable=SC2034 # read by common_setup
file_needs=(namespaces ca-certificates)
store=/etc/ssl/certs/ca-certificates.crt

setup()
{
	common_setup
	grep -q "TRUST_STORE \"$store\"" "${top_builddir:-.}/config.h" || skip "GnuTLS does not read $store"
	certs_make
	anchors_make
}

# Make authorities that sign each other in CERT_DIR, once for each run. root-a and root-b signed the same key and
# name, "Cross"; twin-1 and twin-2 have one name and two keys; middle is signed by root-a.
anchors_make()
{
	(
		umask 077
		exec 9>"$CERT_DIR/.lock" && flock 9
		cd "$CERT_DIR" && [ ! -e .anchors ] || exit 0
		for key in root-a root-b twin-1 twin-2 cross-a old middle; do
			certs_tool --generate-privkey --key-type ecdsa --curve secp256r1 --outfile "$key-key.pem"
		done
		cp cross-a-key.pem cross-b-key.pem
		cp old-key.pem renewed-key.pem
		certs_ca root-a 'Root A'
		certs_ca root-b 'Root B'
		certs_ca twin-1 Twin
		certs_ca twin-2 Twin
		certs_ca renewed Old
		printf 'cn = Old\nca\ncert_signing_key\nactivation_date = "%s"\nexpiration_date = "%s"\n' \
			'2020-01-01 00:00:00 UTC' '2020-12-31 00:00:00 UTC' >old.tmpl
		certs_tool --generate-self-signed --load-privkey old-key.pem --template old.tmpl --outfile old.pem
		issue_ca cross-a root-a Cross
		issue_ca cross-b root-b Cross
		issue_ca middle root-a Middle
		for ca in root-a twin-1 twin-2 cross-a renewed middle; do
			certs_issue "by-$ca" "$ca" key.pem "$CERTS_LOCAL"
		done
		: >.anchors
	)
}

# issue_ca NAME ISSUER CN: make an authority that another one has signed.
issue_ca()
{
	printf 'cn = "%s"\nca\ncert_signing_key\nexpiration_days = 30\n' "$3" >"$1.tmpl"
	certs_tool --generate-certificate --load-privkey "$1-key.pem" --load-ca-certificate "$2.pem" \
		--load-ca-privkey "$2-key.pem" --template "$1.tmpl" --outfile "$1.pem"
}

# with_store COMMAND...: run it with the directory store/ in place of the system's.
with_store()
{
	local user=()
	[ "$EUID" -eq 0 ] || user=(-r)
	# shellcheck disable=SC2016 # of the inner shell
	unshare -m "${user[@]}" sh -c 'mount --bind store "$0" && exec "$@"' "${store%/*}" "$@"
}

# chain NAME...: join certificates of CERT_DIR in the file chain.pem.
chain()
{
	(cd "$CERT_DIR" && cat "${@/%/.pem}") >chain.pem
}

# anchors NAME...: put the system's anchors and the named ones of CERT_DIR into store/.
anchors()
{
	mkdir -p store
	cp "$store" store/
	(cd "$CERT_DIR" && cat /dev/null "${@/%/.pem}") >>"store/${store##*/}"
}

# same_verdict [STATUS]: the server with chain.pem gets the same result with the system's store and with --tls-ca and
# all anchors of the store.
same_verdict()
{
	local expected

	chain_server
	run --separate-stderr "$MAILNET" nntp -s nntps://localhost --tunnel "$TUNNEL" --tls-ca "store/${store##*/}" welcome
	[ $# -eq 0 ] || assert_equal "$status" "$1"
	expected=$status:$output:$stderr
	chain_server
	run --separate-stderr with_store "$MAILNET" nntp -s nntps://localhost --tunnel "$TUNNEL" welcome
	assert_equal "$status:$output:$stderr" "$expected"
}

chain_server()
{
	tls_script chain.pem < <(greeting nntp && goodbye nntp)
}

@test "trust store: one anchor of the store signed the server, alone or above an authority that the server sends" {
	anchors root-a
	chain by-root-a
	same_verdict 0
	chain by-middle middle
	same_verdict 0
	chain by-middle middle root-a
	same_verdict 0
}

@test "trust store: an authority that is not in the store's file is not trusted, also if the directory has it by its hash" {
	anchors root-b
	cp "$CERT_DIR/root-a.pem" store/root-a.pem
	ln -s root-a.pem "store/$(openssl x509 -hash -noout -in "$CERT_DIR/root-a.pem").0"
	chain by-root-a
	same_verdict 77
	chain by-middle middle root-a
	same_verdict 77
}

@test "trust store: an empty store and none" {
	anchors
	chain by-root-a root-a
	: >"store/${store##*/}"
	chain_server
	run --separate-stderr with_store "$MAILNET" nntp -s nntps://localhost --tunnel "$TUNNEL" welcome
	one_error 77 'localhost.*NOT trusted.*issuer is unknown'
	rm "store/${store##*/}"
	chain_server
	run --separate-stderr with_store "$MAILNET" nntp -s nntps://localhost --tunnel "$TUNNEL" welcome
	one_error 77 'localhost.*NOT trusted.*issuer is unknown'
}

@test "trust store: a missing intermediate is refused, unless it is an anchor itself" {
	anchors root-a
	chain by-middle
	same_verdict 77
	anchors middle
	same_verdict 0
	chain by-middle middle
	same_verdict 0
}

@test "trust store: an authority that two roots have signed is trusted by either" {
	for root in root-a root-b; do
		anchors "$root"
		chain by-cross-a "cross-${root#root-}"
		same_verdict 0
		for order in 'cross-a cross-b' 'cross-b cross-a'; do
			# shellcheck disable=SC2086 # names
			chain by-cross-a $order
			same_verdict
		done
	done
	anchors root-a cross-b
	chain by-cross-a cross-a
	same_verdict 0
	anchors root-a root-b cross-a cross-b
	chain by-cross-a
	same_verdict 0
}

@test "trust store: two anchors of one name are both looked at" {
	for order in 'twin-1 twin-2' 'twin-2 twin-1'; do
		# shellcheck disable=SC2086 # names
		anchors $order
		chain by-twin-1
		same_verdict 0
		chain by-twin-2
		same_verdict 0
	done
	anchors twin-1
	same_verdict 77
}

@test "trust store: an expired anchor is refused; with its successor of the same name and key beside it, accepted" {
	anchors old
	chain by-renewed
	same_verdict 77
	anchors renewed
	same_verdict 0
	for order in 'old renewed' 'renewed old'; do
		# shellcheck disable=SC2086
		anchors $order
		same_verdict 0
	done
}

@test "trust store: a self-signed server that is an anchor, dates and names count as ever" {
	anchors self
	chain self
	same_verdict 0
	anchors ca
	chain expired
	same_verdict 77
	chain wrong
	same_verdict 77
}

@test "trust store: comments, CRLF and other kinds of PEM in the store" {
	anchors
	chain by-root-a
	{
		printf '# Root A\r\nsome text -----BEGIN\r\n'
		sed 's/$/\r/' "$CERT_DIR/root-a.pem"
	} >"store/${store##*/}"
	same_verdict 0
	sed 's/ CERTIFICATE/ X509 CERTIFICATE/' "$CERT_DIR/root-a.pem" >"store/${store##*/}"
	same_verdict 0
}

@test "trust store: of a damaged store no anchor is loaded" {
	anchors
	chain by-root-a
	for file in "broken.pem $CERT_DIR/root-a.pem" "$CERT_DIR/root-a.pem broken.pem" "$CERT_DIR/root-a.pem changed.pem"; do
		printf -- '-----BEGIN CERTIFICATE-----\nAAAA\n' >broken.pem
		sed 's/^MII/MIII/' "$CERT_DIR/root-a.pem" >changed.pem
		# shellcheck disable=SC2086 # names
		cat $file >"store/${store##*/}"
		chain_server
		run --separate-stderr with_store "$MAILNET" nntp -s nntps://localhost --tunnel "$TUNNEL" welcome
		one_error 77 'localhost.*NOT trusted.*issuer is unknown'
	done
}
