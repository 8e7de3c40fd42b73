# shellcheck shell=bash
# smtp.bash - functions shared by the smtp tests. Load it after common and server.

# Print the steps of a greeting and of EHLO (-l: LHLO) with the other arguments as extensions, then stdin.
smtp_steps() {
	local hello=EHLO
	[ "$1" != -l ] || { hello=LHLO && shift; }
	printf 'S: 220 mx.example ESMTP ready\nC: %s client.example\n' $hello
	if [ $# -eq 0 ]; then
		printf 'S: 250 mx.example\n'
	else
		printf 'S: 250-mx.example\n'
		while [ $# -gt 1 ]; do
			printf 'S: 250-%s\n' "$1"
			shift
		done
		printf 'S: 250 %s\n' "$1"
	fi
	cat
}

# session EXTENSION... <STEPS: a scripted server for --tunnel "$TUNNEL" that offers the extensions.
session() {
	smtp_steps "$@" >steps
	tunnel_script <steps
}

# lsession EXTENSION... <STEPS: the same, and the scheme is lmtp.
lsession() {
	smtp_steps -l "$@" >steps
	tunnel_script <steps
	SCHEME=lmtp
}

# smtp ARGUMENT...: against that session, with stdout and stderr apart.
smtp() {
	run --separate-stderr mailnet smtp -s "${SCHEME:-smtp}://localhost" --tunnel "$TUNNEL" --no-netrc \
		--helo client.example "$@"
}

# smtp_json FIELD: that field of the first record on stdout, as JSON.
smtp_json() {
	python3 -c 'import json, sys
lines = [json.loads(l) for l in sys.stdin if l.strip()]
for path in sys.argv[1:]:
    at = lines
    for key in path.split("/"):
        at = at[int(key)] if isinstance(at, list) else at[key]
    print(json.dumps(at))' "$@" <<<"$output"
}

# message NAME [RCPT...]: a small message in a file; its size in CRLF form is in SIZE.
# shellcheck disable=SC2034 # the tests read it
message() {
	local name=$1 to
	shift
	to=$(printf ', %s' "${@:-bob@test.example}")
	printf 'From: me@test.example\nTo: %s\nSubject: %s\n\nbody of %s\n' "${to#, }" "$name" "$name" >"$name"
	# shellcheck disable=SC2034 # for the tests
	SIZE=$(sed 's/$/\r/' "$name" | wc -c)
}

# octets FILE: print the steps that expect the file in CRLF form, without a final dot.
octets() {
	printf 'c: '
	sed -e 's/\\/\\\\/g' -e 's/$/\\r\\n/' "$1" | tr -d '\n'
	printf '\n'
}
