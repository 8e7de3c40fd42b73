#!/usr/bin/env bats
# Limits of all three protocols: the length of commands, the wait for the reply to QUIT.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

x()
{
	printf "%$1s" '' | tr ' ' x
}

# ---- commands ----------------------------------------------------------------------------------

# too_long PROTO GREETING ARG...: the verb is 65, and the server receives QUIT alone.
too_long()
{
	local proto=$1 greeting=$2 option=
	shift 2
	[ "$proto" != pop ] || option=--no-capa
	tunnel_script <<-END
		S: $greeting
		mayclose
		C* (EHLO|CAPABILITIES|CAPA).*|QUIT
		S: $([ "$proto" = smtp ] && echo 250 hi || echo 500 -ERR)
		C: QUIT
		S: 205 bye
	END
	# shellcheck disable=SC2086 # one word or none
	run --separate-stderr mailnet "$proto" -s localhost --tunnel "$TUNNEL" $option "$@"
	assert_failure 65
	assert_equal "${#stderr_lines[@]}" 1
	# shellcheck disable=SC2314 # a failing run is the point
	! grep -q xxxx "$SERVER_LOG"
}

@test "nntp: a command of more than 512 octets exits 65 and is not sent" {
	local verb
	while read -r verb; do
		eval "too_long nntp '200 hi' $verb"
	done <<-'END'
		group $(x 505)
		over $(x 100000) 1-2
		listgroup $(x 600)
		fetch $(x 600)
		article $(x 600) 1
		hdr $(x 600) 1-2
		hdr $(x 500) 12345678
		list active $(x 510)
		descriptions $(x 497)
		newnews $(x 495) 2026-01-01
		cmd $(x 511)
		cmd $(x 300) $(x 300)
	END
}

@test "nntp: a command of 512 octets is sent" {
	start_script < <(
		printf '%s\n' 'S: 200 hi' "C: GROUP $(x 504)" "S: 411 no" 'C: QUIT' 'S: 205 bye'
	)
	run --separate-stderr mailnet nntp -s "127.0.0.1:$PORT" group "$(x 504)"
	assert_failure 1
	assert_script_ok
}

@test "nntp: a credential of more than 512 octets exits 65; a SASL response may be longer" {
	write_netrc 127.0.0.1 me "$(x 600)"
	start_script <<-'END'
		S: 200 hi
		C: CAPABILITIES
		S: 101 yes
		S: AUTHINFO USER
		S: .
		C: QUIT
		S: 205 bye
	END
	run --separate-stderr mailnet nntp -s "127.0.0.1:$PORT" date
	assert_failure 65
	assert_equal "$stderr" 'mailnet nntp: 127.0.0.1: AUTHINFO PASS ***...: a command of 616 octets, the limit is 512'
	assert_script_ok
	rm "$HOME/.netrc"
	write_netrc 127.0.0.1 me "$(x 500)"
	start_script < <(
		printf '%s\n' 'S: 200 hi' 'C: CAPABILITIES' 'S: 101 yes' 'S: AUTHINFO SASL' 'S: SASL PLAIN' 'S: .' \
			'C: AUTHINFO SASL PLAIN' 'S: 383 =' "C: $(printf '\0me\0%s' "$(x 500)" | base64 -w 0)" 'S: 281 ok' 'C: DATE' 'S: 111 20261120123456' 'C: QUIT' 'S: 205 bye'
	)
	run --separate-stderr mailnet nntp -s "127.0.0.1:$PORT" date
	assert_success
	assert_script_ok
}

@test "pop: a command of more than 255 octets exits 65 and is not sent" {
	too_long pop '+OK hi' cmd "$(x 254)"
	too_long pop '+OK hi' -b - <<<"cmd $(x 200) $(x 200)"
	write_netrc localhost me "$(x 250)"
	tunnel_script <<-'END'
		S: +OK hi
		C: QUIT
		S: +OK
	END
	run --separate-stderr mailnet pop -s localhost --tunnel "$TUNNEL" --no-capa stat
	assert_failure 65
	assert_equal "$stderr" 'mailnet pop: localhost: PASS ***...: a command of 257 octets, the limit is 255'
	assert_script_ok
}

@test "pop: USER and PASS over the limit exit 65 before connecting with --auth user; RPOP and APOP are not sent" {
	local proto user password n
	while read -r proto user password n; do
		rm -f "$HOME/.netrc"
		write_netrc localhost "$(x "$user")" "$(x "$password")"
		run --separate-stderr mailnet "$proto" -s localhost --tunnel 'echo dialled >dialled' --auth user -b - <<<quit
		assert_failure 65
		assert_regex "$stderr" "localhost: (AUTHINFO )?(USER|PASS) [x*]*\.\.\.: a command of $n octets"
		assert_equal "${#stderr_lines[@]}" 1
		assert_file_not_exists dialled
	done <<-'END'
		pop 249 8 256
		pop 8 249 256
		nntp 497 8 513
		nntp 8 497 513
	END
	rm "$HOME/.netrc"
	write_netrc localhost "$(x 249)" secret
	too_long pop '+OK <1.2@test.example>' --auth rpop stat
	too_long pop '+OK <1.2@test.example>' --auth apop stat
	rm "$HOME/.netrc"
	write_netrc localhost "$(x 248)" "$(x 248)"
	tunnel_script < <(printf '%s\n' 'S: +OK hi' "C: USER $(x 248)" 'S: +OK' "C: PASS $(x 248)" 'S: +OK' 'C: QUIT' 'S: +OK')
	run --separate-stderr mailnet pop -s localhost --tunnel "$TUNNEL" --no-capa --auth user welcome
	assert_success
	assert_script_ok
}

@test "smtp: a command of more than 512 octets exits 65; extensions allow longer MAIL and RCPT" {
	local option octets want
	too_long smtp '220 hi' vrfy "$(x 510)"
	too_long smtp '220 hi' expn "$(x 510)"
	too_long smtp '220 hi' help "$(x 600)"
	too_long smtp '220 hi' cmd "$(x 600)"
	too_long smtp '220 hi' --helo "$(x 600)" ehlo
	# 512 octets, and 116 more for the parameters of DSN
	while read -r option octets want; do
		start_script <<-END
			S: 220 hi
			C~ EHLO .*
			S: 250-hi
			S: 250-$option
			S: 250 X-ONE
			C* MAIL.*|QUIT
			S: 250 ok
			mayclose
			C: QUIT
			S: 221 bye
		END
		run --separate-stderr mailnet smtp -s "127.0.0.1:$PORT" -b - <<<"mail -M X-ONE=$(x $((octets - 24))) a@b"
		assert_equal "$status" "$want"
		assert_equal "$(grep -c '^C: MAIL' "$SERVER_LOG")" "$((want == 0))"
	done <<-'END'
		HELP 512 0
		HELP 513 65
		DSN 628 0
		DSN 629 65
	END
}

# ---- QUIT --------------------------------------------------------------------------------------

# A wait longer than the default timeout, or than the time for QUIT, is ended.
within_six()
{
	timeout 7 "$MAILNET" "$@"
}

@test "quit: the session ends five seconds after a QUIT without a reply: nntp, pop, smtp" {
	start_script <<-'END'
		S: 200 hi
		C: DATE
		C: QUIT
		S: 111 20261120123456
		stall
	END
	run --separate-stderr within_six nntp -s "127.0.0.1:$PORT" date
	assert_success
	start_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		C: QUIT
		stall
	END
	run --separate-stderr within_six nntp -s "127.0.0.1:$PORT" -b - <<<date
	assert_success
	start_script <<-'END'
		S: +OK hi
		C: NOOP
		S: +OK
		C: QUIT
		stall
	END
	run --separate-stderr within_six pop -s "127.0.0.1:$PORT" --no-capa noop
	assert_success
	start_script <<-'END'
		S: 220 hi
		C~ EHLO .*
		S: 250 hi
		C: NOOP
		S: 250 ok
		C: QUIT
		stall
	END
	run --separate-stderr within_six smtp -s "127.0.0.1:$PORT" noop
	assert_success
}

@test "quit: a QUIT without a reply exits 75 after deletions, and in a batch that prints its reply" {
	start_script <<-'END'
		S: +OK hi
		C: DELE 1
		S: +OK
		C: QUIT
		stall
	END
	run --separate-stderr within_six pop -s "127.0.0.1:$PORT" --no-capa dele 1
	assert_failure 75
	start_script <<-'END'
		S: 200 hi
		C: QUIT
		stall
	END
	run --separate-stderr within_six nntp -s "127.0.0.1:$PORT" -b - <<<quit
	assert_failure 75
}
