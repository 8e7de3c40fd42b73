#!/usr/bin/env bats
# Recipients that the server refuses as too many for one transaction (452; RFC 5321, section 4.5.3.1.10) get the
# message in a further transaction; no recipient gets it twice.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/smtp

setup()
{
	common_setup
	message m
}

# tell ADDRESS...: the steps of MAIL and the RCPTs.
tell()
{
	echo 'C: MAIL FROM:<a@x>'
	printf 'C: RCPT TO:<%s>\n' "$@"
}

# chunk: the steps that receive the message by BDAT.
chunk()
{
	printf 'C: BDAT %d LAST\n' "$SIZE"
	octets m
}

# by_data REPLY...: DATA after `tell`, the replies to all of them, and the message.
by_data()
{
	echo 'C: DATA'
	say "$@" '354 go'
	octets m
	echo 'C: .'
}

# bdat ADDRESS...: the steps that receive a whole message, pipelined.
bdat()
{
	tell "$@"
	chunk
}

# warm [ADDRESS...]: the first of several messages, with the BDAT probe before it; only its last reply is missing.
warm()
{
	[ $# -gt 0 ] || set -- b@x c@x d@x
	printf 'C: BDAT 6\nC: NOOP\nC: BDAT 0 LAST\nC: RSET\n'
	tell "$@"
	say '503 no' '503 no' '250 reset' '250 ok'
	for _; do say '250 ok'; done
	chunk
	echo 'C: RSET'
}

# say REPLY...
say()
{
	printf 'S: %s\n' "$@"
}

# outcome EXIT FATE ACCEPTED REFUSED: check the only record; the lists are in the form of jq.
outcome()
{
	assert_equal "$status" "$1"
	assert_equal "$(jq -c '[.fate, .accepted, [.refused[] | .rcpt + " " + .text]]' <<<"$output")" \
		"$(jq -nc --arg fate "$2" --argjson a "$3" --argjson r "$4" '[$fate, $a, $r]')"
}

# The first transaction, by DATA, of a message to b, c, d and e, of which two are too many.
two_of_four()
{
	tell b@x c@x d@x e@x
	echo 'C: DATA'
	say '250 ok' '250 ok' '250 ok' '452 4.5.3 too many' '452 4.5.3 too many' '354 go'
	octets m
	echo 'C: .'
}

@test "too many: further transactions send to the rest while any recipient is accepted; each is reported once" {
	session PIPELINING <<-END
		$(two_of_four)
		$(say '250 taken')
		$(tell d@x e@x)
		C: DATA
		$(say '250 ok' '250 ok' '452 4.5.3 too many' '354 go')
		$(octets m)
		C: .
		$(say '250 taken')
		$(tell e@x)
		C: DATA
		$(say '250 ok' '452 4.5.3 none today' '554 nobody')
		C: QUIT
		S: 221 bye
	END
	smtp --json send -f a@x -m m b@x c@x d@x e@x
	outcome 1 partly '["b@x","c@x","d@x"]' '["e@x 452 4.5.3 none today"]'
	assert_equal "$stderr" 'e@x: 452 4.5.3 none today'
	assert_script_ok
}

@test "too many: a further transaction is pipelined by BDAT after the messages that are already sent" {
	message n
	session PIPELINING CHUNKING <<-END
		$(warm)
		$(bdat b@x c@x d@x)
		C: RSET
		$(bdat b@x c@x d@x)
		$(say '250 taken' '250 reset')
		$(say '250 ok' '250 ok' '452 many' '552 5.5.3 many' '250 taken' '250 reset')
		$(say '250 ok' '550 no' '250 ok' '552 full' '250 taken')
		C: RSET
		$(bdat c@x d@x)
		$(say '250 reset' '250 ok' '250 ok' '250 ok' '250 taken')
		C: QUIT
		S: 221 bye
	END
	printf 'send -f a@x -m m -m m -m m b@x c@x d@x\n' >b
	smtp --json -b b
	assert_failure 1
	assert_script_ok
	assert_equal "$(jq -rc 'select(.fate) | [.fate, .accepted]' <<<"$output")" \
		$'["delivered",["b@x","c@x","d@x"]]\n["partly",["c@x"]]\n["delivered",["b@x","c@x","d@x"]]'
}

@test "too many: a 452 after QUIT was sent: these recipients are deferred" {
	start_script <<-END
		S: 220 mx
		C~ EHLO .*
		$(say 250-mx 250-PIPELINING '250 CHUNKING')
		$(warm)
		$(bdat b@x c@x d@x)
		C: QUIT
		$(say '250 taken' '250 reset' '250 ok' '250 ok' '452 many' '452 many' '250 taken' '221 bye')
	END
	run --separate-stderr mailnet smtp -s "smtp://127.0.0.1:$PORT" --json send -f a@x -m m -m m b@x c@x d@x
	output=${lines[1]}
	outcome 1 partly '["b@x"]' '["c@x 452 many","d@x 452 many"]'
	assert_script_ok
}

@test "too many: after more than 100 recipients QUIT waits for their replies, as a further transaction may be needed" {
	local many=({1..101}) oks=()
	many=("${many[@]/%/@x}")
	mapfile -t oks < <(printf '250 ok %d\n' {1..100})
	start_script <<-END
		S: 220 mx
		C~ EHLO .*
		$(say 250-mx 250-PIPELINING '250 CHUNKING')
		$(warm "${many[@]}")
		$(bdat "${many[@]}")
		$(say '250 taken' '250 reset' '250 ok' "${oks[@]}" '452 many' '250 taken')
		$(bdat 101@x)
		$(say '250 ok' '250 ok' '250 taken')
		C: QUIT
		S: 221 bye
	END
	run --separate-stderr mailnet smtp -s "smtp://127.0.0.1:$PORT" --json send -f a@x -m m -m m "${many[@]}"
	output=${lines[1]}
	outcome 0 delivered "$(printf '%s\n' "${many[@]}" | jq -Rnc '[inputs]')" '[]'
	assert_script_ok
}

@test "too many: no further transaction after another 452, if none was accepted before, with --all-or-none, or if all failed" {
	once() { # ARGUMENTS -- the replies
		local args=()
		while [ "$1" != -- ]; do args+=("$1") && shift; done
		shift
		session PIPELINING <<-END
			$(tell b@x c@x)
			$(say "$@")
			C: QUIT
			S: 221 bye
		END
		smtp --json send -f a@x -m m "${args[@]}" b@x c@x
		assert_script_ok
	}
	go=$'354 go\n'$(octets m)$'\nC: .\nS: 250 taken'
	once -- '250 ok' $'250 ok\nC: DATA' '452 4.2.2 full' "$go"
	outcome 1 partly '["b@x"]' '["c@x 452 4.2.2 full"]'
	once -- '250 ok' $'452 many\nC: DATA' '250 ok' "$go"
	outcome 1 partly '["c@x"]' '["b@x 452 many"]'
	once -- '250 ok' $'250 ok\nC: DATA' '452 4.5.3 many' '554 spam'
	outcome 69 refused '[]' '["c@x 452 4.5.3 many"]'
	once --all-or-none -- '250 ok' '250 ok' '452 many'
	outcome 75 later '[]' '["c@x 452 many"]'
}

@test "too many: if the rest is refused, deferred or lost, the recipients before it have the message" {
	rest() { # the steps after MAIL and the RCPTs of the second transaction
		session PIPELINING <<-END
			$(two_of_four)
			$(say '250 taken')
			$(tell d@x e@x)
			C: DATA
			$1
		END
		smtp --json send -f a@x -m m b@x c@x d@x e@x
		assert_script_ok
	}
	local had='["b@x","c@x"]' off='["d@x 452 4.5.3 too many","e@x 452 4.5.3 too many"]'
	local bye=$'C: QUIT\nS: 221 bye'
	rest "$(say '451 not now' '503 MAIL' '503 MAIL' '503 MAIL')"$'\n'"$bye"
	outcome 1 partly "$had" "$off"
	rest "$(say '250 ok' '250 ok' '550 no' '554 spam')"$'\n'"$bye"
	outcome 1 partly "$had" '["d@x 554 spam","e@x 550 no"]'
	rest "$(say '421 enough')"$'\nmayclose'
	outcome 1 partly "$had" "$off"
	rest "$(say '250 ok')"$'\nclose'
	outcome 1 partly "$had" "$off"
	rest "$(say '250 ok' '250 ok' '550 no' '354 go')"$'\n'"$(octets m)"$'\nC: .\nC: QUIT\nclose'
	outcome 75 unknown "$had" '["e@x 550 no"]'
	assert_regex "$stderr" 'may have been delivered'
}

@test "too many: the spool stores the recipients that are still deferred, and no others" {
	session PIPELINING <<-END
		$(two_of_four)
		$(say '250 taken')
		$(tell d@x e@x)
		C: DATA
		$(say '250 ok' '250 ok' '452 many' '354 go')
		$(octets m)
		C: .
		$(say '250 taken')
		$(tell e@x)
		C: DATA
		$(say '250 ok' '452 many' '554 nobody')
		C: QUIT
		S: 221 bye
	END
	smtp send --spool spool -f a@x -m m b@x c@x d@x e@x
	assert_success
	assert_script_ok
	assert_equal "$(grep -ha ^rcpt spool/new/*)" 'rcpt e@x'
	# The connection was lost after the end of the second transaction's data: the outcome for d is unknown, e is deferred.
	session PIPELINING <<-END
		$(two_of_four)
		$(say '250 taken')
		$(tell d@x e@x)
		C: DATA
		$(say '250 ok' '250 ok' '452 many' '354 go')
		$(octets m)
		C: .
		close
	END
	rm -r spool
	smtp send --spool spool -f a@x -m m b@x c@x d@x e@x
	assert_failure 75
	assert_equal "$(grep -ha ^rcpt spool/new/*) $(grep -ha ^rcpt spool/unknown/*)" 'rcpt e@x rcpt d@x'
	# flush does the same.
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<e@x>
		C: DATA
		$(say '250 ok' '250 ok' '354 go')
		$(octets m)
		C: .
		C: QUIT
		$(say '250 taken' '221 bye')
	END
	smtp flush spool
	assert_success
	assert_script_ok
}

@test "too many: LMTP uses further transactions" {
	lsession PIPELINING CHUNKING <<-END
		$(tell b c d)
		$(by_data '250 ok' '250 ok' '250 ok' '452 4.5.3 many')
		$(say '250 b has it' '550 5.2.2 c is full')
		$(tell d)
		$(by_data '250 ok' '250 ok')
		$(say '250 d has it')
		C: QUIT
		S: 221 bye
	END
	echo 'send -f a@x -m m b c d' >b
	smtp --json -b b
	output=$(grep fate <<<"$output")
	outcome 1 partly '["b","d"]' '["c 550 5.2.2 c is full"]'
	assert_script_ok
}

@test "too many: a message that changes between the transactions is neither sent nor stored in the spool" {
	session PIPELINING <<-END
		$(tell b@x c@x)
		C: DATA
		$(say '250 ok' '250 ok' '452 4.5.3 too many' '354 go')
		recvblock $PWD/come
		sendfile $PWD/go
		$(tell c@x)
		C: DATA
		mayclose
		$(say '250 ok' '250 ok' '354 go')
		eof
	END
	# The first transaction ends only after the message has changed.
	mkfifo come go
	(cat come >first && echo more >>m && printf '250 taken\r\n' >go) 3>&- &
	smtp send --spool spool -f a@x -m m b@x c@x
	kill $! 2>/dev/null || :
	wait $! || :
	assert_failure 75
	assert_equal "$stderr" "mailnet smtp: could not be stored: m: changed since it was first read (send it again)
c@x: 452 4.5.3 too many"
	assert_equal "$(find spool -type f)" ''
	assert_equal "$(tail -n 1 first)" $'body of m\r'
}
