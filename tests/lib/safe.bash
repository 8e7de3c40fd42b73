# shellcheck shell=bash
# Functions shared by the tests of TLS, logins, connections and bad input.

# safe ARG...: mailnet, stdout and stderr apart.
safe()
{
	run --separate-stderr mailnet "$@"
}

# one_error STATUS REGEX: the last run ended with this status, and printed one line on stderr, which names the program
# and matches.
one_error()
{
	assert_equal "$status" "$1" || {
		printf '%s\n' "$stderr" >&2
		return 1
	}
	# shellcheck disable=SC2154 # set by run
	assert_equal "${#stderr_lines[@]}" 1 || {
		printf '%s\n' "$stderr" >&2
		return 1
	}
	assert_regex "$stderr" '^mailnet [a-z]+: '
	assert_regex "$stderr" "$2"
}

# tls_script CERT [OPTION...] <STEPS: a scripted server for --tunnel "$TUNNEL" with implicit TLS and the certificate
# CERT.
tls_script()
{
	local cert=$1
	shift
	certs_make && tunnel_script --tls --cert "$cert" --key "$KEY_FILE" "$@"
}

# greeting PROTO, goodbye PROTO: the steps at both ends of a session.
greeting()
{
	case $1 in
	nntp) echo 'S: 200 ready' ;;
	pop) echo 'S: +OK ready' ;;
	smtp) echo 'S: 220 mx.example ready' ;;
	esac
}

goodbye()
{
	case $1 in
	nntp) printf 'C: QUIT\nS: 205 bye\n' ;;
	pop) printf 'C: QUIT\nS: +OK bye\n' ;;
	smtp) printf 'C: QUIT\nS: 221 bye\n' ;;
	esac
}

# capabilities PROTO [NAME...]: the steps in which the client asks for the capabilities and the server lists these.
capabilities()
{
	local proto=$1 last
	shift
	case $proto in
	nntp) printf 'C: CAPABILITIES\nS: 101 these\nS: VERSION 2\nS: READER\n' ;;
	pop) printf 'C: CAPA\nS: +OK these\n' ;;
	smtp)
		printf 'C~ EHLO .*\n'
		set -- mx.example "$@"
		last=${*: -1}
		set -- "${@:1:$#-1}"
		[ $# -eq 0 ] || printf 'S: 250-%s\n' "$@"
		printf 'S: 250 %s\n' "$last"
		return
		;;
	esac
	[ $# -eq 0 ] || printf 'S: %s\n' "$@"
	printf 'S: .\n'
}

# starttls_word PROTO; go_ahead PROTO; no_tls_now PROTO: the command that starts TLS, and the positive and the
# negative reply.
starttls_word()
{
	[ "$1" = pop ] && echo STLS || echo STARTTLS
}

go_ahead()
{
	case $1 in
	nntp) echo '382 go ahead' ;;
	pop) echo '+OK go ahead' ;;
	smtp) echo '220 go ahead' ;;
	esac
}

no_tls_now()
{
	case $1 in
	nntp) echo '580 cannot' ;;
	pop) echo '-ERR cannot' ;;
	smtp) echo '454 4.7.0 cannot' ;;
	esac
}

# The protocols that the tests go through.
# shellcheck disable=SC2034,SC2206 # used by them; words
protocols=(${PROTOCOLS:-nntp pop smtp})

# ---- processes of a test ---------------------------------------------------------

# in_background COMMAND...: start it without the test's descriptors, with its output in ./background, and return when
# it has printed something. end_background ends it.
in_background()
{
	: >background
	(
		exec 3>&-
		exec "$@"
	) >background 2>&1 &
	background_pids+=($!)
	wait_until 60 test -s background
}

end_background()
{
	local pid
	for pid in "${background_pids[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	background_pids=()
}
background_pids=()

# with_names COMMAND...: with the host names in ./names, and no others (format: tests/lib/names.c).
with_names()
{
	NAMES=$PWD/names LD_PRELOAD=$top_builddir/tests/names.so ASAN_OPTIONS=verify_asan_link_order=0 "$@"
}
