#!/usr/bin/env bats
# smtp send: many messages in one pipeline, and faults of the server at each of its points. Each message has
# exactly one outcome: delivered, partly, refused, later, unknown.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/smtp

setup()
{
	common_setup
	message m
}

# envelope RCPT...: the commands before the data of one message.
envelope()
{
	echo 'C: MAIL FROM:<a@x>'
	for r; do echo "C: RCPT TO:<$r>"; done
}

# chunk: the steps that receive the message m by BDAT.
chunk()
{
	printf 'C: BDAT %d LAST\n' "$SIZE"
	octets m
}

# by_data REPLY...: DATA pipelined after MAIL and RCPT, the replies to all three, and the message m with its final dot.
by_data()
{
	echo 'C: DATA'
	printf 'S: %s\n' "$@" '354 go'
	octets m
	echo 'C: .'
}

# bdat RCPT...: the steps that receive one whole message, pipelined.
bdat()
{
	envelope "$@"
	chunk
}

# opening RCPT...: the first pipeline of several messages: the probe, to which the server replies correctly, and an
# envelope.
opening()
{
	printf 'C: BDAT 6\nC: NOOP\nC: BDAT 0 LAST\nC: RSET\n'
	envelope "$@"
	printf 'quiet 30\nS: 503 no\nS: 503 no\nS: 250 reset\n'
}

# warm RCPT...: a first message, which is delivered, so that later ones are pipelined. Its last replies are in
# `warmed`.
warm()
{
	opening "$@"
	echo 'S: 250 ok'
	for r; do echo 'S: 250 ok'; done
	chunk
	echo 'C: RSET'
}

warmed()
{
	printf 'S: 250 taken\nS: 250 reset\n'
}

# fates EXIT FATE...: check the `fate` of each record, and the exit status.
fates()
{
	local want=$1 got
	shift
	assert_equal "$status" "$want"
	got=$(python3 -c 'import json, sys
print(*[json.loads(l)["fate"] for l in sys.stdin if l.startswith("{\"message")])' <<<"$output")
	assert_equal "$got" "$*"
}

# send N [RCPT...]: send the message m N times.
send()
{
	local n=$1 files=()
	shift
	while ((n-- > 0)); do files+=(-m m); done
	smtp --json send -f a@x "${files[@]}" "${@:-b@x}"
}

@test "pipeline: after a successful probe, BDAT commands with RSET between them are sent without waiting" {
	session PIPELINING CHUNKING <<-END
		$(warm b@x)
		$(bdat b@x)
		C: RSET
		$(bdat b@x)
		C: QUIT
		$(warmed)
		$(printf 'S: 250 ok\nS: 250 ok\nS: 250 taken\n')
		$(printf 'S: 250 reset\nS: 250 ok\nS: 250 ok\nS: 250 taken\n')
		S: 221 bye
	END
	send 3
	fates 0 delivered delivered delivered
	assert_script_ok
}

@test "pipeline: with PIPELINING alone the next envelope is pipelined after the final dot: 3 + N round trips" {
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		quiet 30
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		quiet 30
		S: 250 taken
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	smtp -v send -f a@x -m m -m m b@x
	assert_success
	assert_regex "$stderr" '\* 5 round trips'
	assert_script_ok
}

@test "pipeline: a message with every RCPT refused does not affect the next one" {
	session PIPELINING CHUNKING <<-END
		$(warm b@x)
		$(bdat b@x)
		C: RSET
		$(bdat b@x)
		C: QUIT
		$(warmed)
		$(printf 'S: 250 ok\nS: 550 5.1.1 no\nS: 503 no RCPT\n')
		$(printf 'S: 250 reset\nS: 250 ok\nS: 250 ok\nS: 250 taken\n')
		S: 221 bye
	END
	send 3
	fates 67 delivered refused delivered
	assert_script_ok
	assert_equal "$(smtp_json 1/refused/0/rcpt 1/refused/0/code 1/refused/0/enhanced 1/refused/0/text)" \
		$'"b@x"\n550\n"5.1.1"\n"550 5.1.1 no"'
	assert_equal "$(smtp_json 1/accepted 2/accepted 2/refused)" $'[]\n["b@x"]\n[]'
}

@test "pipeline: a message with MAIL refused does not affect the next one" {
	session PIPELINING CHUNKING <<-END
		$(warm b@x)
		$(bdat b@x)
		C: RSET
		$(bdat b@x)
		C: QUIT
		$(warmed)
		$(printf 'S: 552 5.3.4 large\nS: 503 MAIL first\nS: 503 MAIL first\n')
		$(printf 'S: 250 reset\nS: 250 ok\nS: 250 ok\nS: 250 taken\n')
		S: 221 bye
	END
	send 3
	fates 69 delivered refused delivered
	assert_script_ok
	assert_equal "$(smtp_json 1/refused)" '[]'
}

@test "pipeline: a BDAT refused temporarily or permanently does not affect the next message" {
	local code want
	for code in 452 554; do
		session PIPELINING CHUNKING <<-END
			$(warm b@x)
			$(bdat b@x)
			C: RSET
			$(bdat b@x)
			C: QUIT
			$(warmed)
			$(printf 'S: 250 ok\nS: 250 ok\nS: %d no\n' $code)
			$(printf 'S: 250 reset\nS: 250 ok\nS: 250 ok\nS: 250 taken\n')
			S: 221 bye
		END
		send 3
		[ $code = 452 ] && want='75 delivered later' || want='69 delivered refused'
		# shellcheck disable=SC2086 # three words
		fates $want delivered
		assert_script_ok
	done
}

@test "pipeline: if some recipients are refused, the others get the message, exit 1, one line for each refusal" {
	session PIPELINING CHUNKING <<-END
		$(envelope b@x c@x d@x)
		$(by_data '250 ok' $'550-5.1.1 no\nS: 550 5.1.1 such user' '250 ok' '450 later')
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	send 1 b@x c@x d@x
	fates 1 partly
	assert_script_ok
	assert_equal "$stderr" $'b@x: 550-5.1.1 no 550 5.1.1 such user\nd@x: 450 later'
	assert_equal "$(smtp_json 0/accepted 0/refused/0/text)" $'["c@x"]\n"550-5.1.1 no\\n550 5.1.1 such user"'
}

@test "pipeline: all recipients refused exits 67, or 75 if any refusal was temporary" {
	local code want
	for code in 450 550; do
		session PIPELINING CHUNKING <<-END
			$(envelope b@x c@x)
			C: DATA
			quiet 30
			S: 250 ok
			S: 550 no
			S: $code no
			S: 554 no recipients
			C: QUIT
			S: 221 bye
		END
		send 1 b@x c@x
		[ $code = 450 ] && want='75 later' || want='67 refused'
		# shellcheck disable=SC2086 # two words
		fates $want
		assert_script_ok
	done
}

@test "pipeline: --all-or-none waits for the RCPT replies and sends nothing if one is refused" {
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: RCPT TO:<c@x>
		quiet 30
		S: 250 ok
		S: 250 ok
		S: 550 no
		C: QUIT
		S: 221 bye
	END
	smtp --json send --all-or-none -f a@x -m m b@x c@x
	fates 67 refused
	assert_script_ok
	assert_equal "$(smtp_json 0/accepted)" '[]'
	session PIPELINING CHUNKING <<-END
		$(opening b@x c@x)
		S: 250 ok
		S: 250 ok
		S: 550 no
		C: RSET
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: RCPT TO:<c@x>
		quiet 30
		S: 250 ok
		S: 250 ok
		S: 250 ok
		S: 250 ok
		C: BDAT $SIZE LAST
		$(octets m)
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	smtp --json send --all-or-none -f a@x -m m -m m b@x c@x
	fates 67 refused delivered
	assert_script_ok
}

@test "DATA: if all recipients are refused and the server still replies 354, only a dot is sent" {
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 550 no
		S: 354 go
		C: .
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 554 nobody
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	send 2
	fates 67 refused delivered
	assert_script_ok
}

@test "DATA: RCPT accepted after a refused MAIL: the outcome is refused, and no message is sent" {
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 550 not you
		S: 250 ok
		S: 503 MAIL?
		C: RSET
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 452 not now
		S: 250 ok
		S: 354 go
		flush
		eof
	END
	send 3
	fates 69 refused later later
	assert_regex "$stderr" 'MAIL: 550 not you.*MAIL: 452 not now'
	assert_script_ok
}

@test "DATA: an impossible reply to RCPT exits 76" {
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 354 go
		S: 503 RCPT?
		C: QUIT
		S: 221 bye
	END
	send 1
	fates 76 later
	assert_script_ok
}

@test "DATA: a refused DATA, or MAIL refused with RCPT accepted, does not affect the next message" {
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 451 not now
		C: RSET
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 554 spam
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	send 3
	fates 75 later refused delivered
	assert_script_ok
}

@test "421: at MAIL, RCPT, the data or RSET of a batch, messages without a reply are deferred" {
	answers() { # the replies, then the fates
		local replies=$1
		shift
		session PIPELINING CHUNKING <<-END
			$(warm b@x)
			$(bdat b@x)
			C: RSET
			$(bdat b@x)
			$(warmed)
			$(tr '|' '\n' <<<"$replies" | sed 's/^/S: /')
		END
		echo 'send -f a@x -m m -m m -m m b@x' >b
		smtp --json -b b
		fates "$@"
		assert_script_ok
	}
	answers '421 bye' 75 delivered later later
	answers '250 ok|421 bye' 75 delivered later later
	answers '250 ok|250 ok|421 bye' 75 delivered later later
	answers '250 ok|250 ok|250 ok|421 bye' 75 delivered delivered later
	answers '250 ok|250 ok|250 ok|250 ok|421 bye' 75 delivered delivered later
	answers '250 ok|550 no|503 no|250 ok|250 ok|250 ok|421 bye' 67 delivered refused later
}

@test "lost: a message that was sent and got no reply may have been delivered" {
	cut() { # the replies, then the fates
		local replies=$1
		shift
		session PIPELINING CHUNKING <<-END
			$(warm b@x)
			$(bdat b@x)
			C: RSET
			$(bdat b@x)
			C: QUIT
			$(warmed)
			$([ -z "$replies" ] || tr '|' '\n' <<<"$replies" | sed 's/^/S: /')
			close
		END
		send 3
		fates "$@"
		assert_script_ok
	}
	cut '' 75 delivered unknown unknown
	assert_regex "$stderr" 'may have been delivered'
	cut '250 ok' 75 delivered unknown unknown
	cut '250 ok|250 ok' 75 delivered unknown unknown
	cut '250 ok|250 ok|250 ok' 75 delivered delivered unknown
	cut '250 ok|550 no' 67 delivered refused unknown
	cut '550 no' 69 delivered refused unknown
	cut '250 ok|250 ok|250 ok|250 ok|452 no' 75 delivered delivered later
	cut '250 ok|250 ok|250 ok|250 ok|250 ok|250 ok|250 ok' 0 delivered delivered delivered
}

@test "lost: an incomplete reply does not count" {
	session PIPELINING CHUNKING <<-END
		$(envelope b@x)
		$(by_data '250 ok' '250 ok')
		C: QUIT
		s: 250 taken
		close
	END
	send 1
	fates 75 unknown
	session PIPELINING CHUNKING <<-END
		$(envelope b@x)
		$(by_data '250 ok' '250 ok')
		C: QUIT
		S: 250-taken
		close
	END
	send 1
	fates 75 unknown
}

@test "lost: before the end of the data the message is deferred" {
	head -c 3000000 /dev/zero | tr '\0' x | fold >big
	session PIPELINING CHUNKING <<-END
		$(opening b@x)
		S: 250 ok
		S: 250 ok
		C~ BDAT [0-9]+ LAST
		close
	END
	smtp --json send -f a@x -m big -m m b@x
	fates 75 later later
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		close
	END
	send 1
	fates 75 later
}

@test "timeout: after the end of the data the outcome is unknown" {
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		stall
	END
	smtp --json --timeout 3 send -f a@x -m m b@x
	fates 75 unknown
	assert_script_ok
}

@test "odd: garbage, a reply too long, success before the end, and RCPT accepted after a refused MAIL exit 76" {
	odd() { # the replies, then the fates
		session PIPELINING CHUNKING <<-END
			$(warm b@x)
			$(bdat b@x)
			C: RSET
			$(bdat b@x)
			C: QUIT
			$(warmed)
			$1
		END
		shift
		send 3
		fates "$@"
	}
	odd 'S: hello' 75 unknown unknown unknown
	odd 'S: 250+ok' 75 unknown unknown unknown
	odd 'S: 150 ok' 75 unknown unknown unknown
	odd 'sendrepeat 1000 250-a line of many\r\n' 75 unknown unknown unknown
	odd $'S: 550 no\nS: 250 ok' 75 unknown unknown unknown
	head -c 3000000 /dev/zero | tr '\0' x | fold >big
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		S: 250 taken already
		flush
		recvn 3000 /dev/null
		mayclose
		stall
	END
	smtp --json send -f a@x -m big b@x
	fates 76 later
}

@test "odd: 530 to every command, RSET too, exits 77, and no message is sent" {
	session PIPELINING CHUNKING <<-END
		$(opening b@x | sed '/^quiet/,$d')
		quiet 30
		$(printf 'S: 530 log in\nS: 530 log in\nS: 530 log in\nS: 530 log in\nS: 530 log in\n')
		C: RSET
		$(bdat b@x)
		C: QUIT
		$(printf 'S: 530 log in\nS: 530 log in\nS: 530 log in\nS: 530 log in\nS: 221 bye\n')
	END
	send 2
	fates 77 later later
	assert_script_ok
}

@test "odd: 530 to a MAIL whose message was pipelined ends the session" {
	session PIPELINING CHUNKING <<-END
		$(warm b@x)
		$(bdat b@x)
		C: QUIT
		$(warmed)
		S: 530 log in
		$(printf 'S: 530 log in\nS: 500 From:?\nS: 250 NOOP\nS: 250 NOOP\n')
		S: 250 NOOP
	END
	send 2
	fates 77 delivered later
}

# data_said: the steps of a message that is sent by DATA and gets no final reply.
data_said()
{
	printf 'C: MAIL FROM:<a@x>\nC: RCPT TO:<b@x>\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\n'
	octets m
	printf 'C: .\nlog said\nmayclose\nstall\n'
}

# bdat_said: the same by BDAT, which BODY=BINARYMIME requires.
bdat_said()
{
	envelope b@x | sed 's/^C: MAIL.*/& body=binarymime/'
	printf 'S: 250 ok\nS: 250 ok\n'
	chunk
	printf 'log said\nmayclose\nstall\n'
}

@test "out of sync: if QUIT's reply shows an unsolicited reply, no earlier message is reported as delivered" {
	local reply
	for reply in '550 5.7.1 refused' '452 wait' 'what?'; do
		session PIPELINING CHUNKING <<-END
			$(envelope b@x)
			$(by_data '250 ok' '250 ok')
			C: QUIT
			S: 250 nobody asked
			S: $reply
			S: 221 bye
			mayclose
		END
		send 1
		fates 75 unknown
		assert_regex "$stderr" "$reply.*: may have been delivered"
	done
	# All messages of the pipeline are unknown: each of their replies may belong to another message.
	session PIPELINING CHUNKING <<-END
		$(warm b@x c@x)
		$(bdat b@x c@x)
		C: RSET
		$(bdat b@x c@x)
		C: QUIT
		$(warmed)
		$(printf 'S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 250 nobody asked\nS: 250 taken\n')
		$(printf 'S: 250 reset\nS: 250 ok\nS: 250 ok\nS: 550 no\nS: 250 taken\n')
		S: 221 bye
		mayclose
	END
	send 3 b@x c@x
	fates 75 unknown unknown unknown
	assert_equal "$(smtp_json 0/accepted 2/accepted 2/refused)" $'[]\n[]\n[]'
}

@test "out of sync: by DATA, after an unsolicited reply the outcomes are unknown until a 354 is received" {
	session PIPELINING <<-END
		$(data_said | sed '/^log/,$d')
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 nobody asked
		S: 550 refused
		S: 250 ok
		S: 250 ok
		S: 354 go
		mayclose
	END
	send 2
	[ "$status" = 75 ]
	assert_equal "$(smtp_json 0/fate)" '"unknown"'
	# With --no-pipelining, and in single steps, an unsolicited reply has arrived when the reply is read.
	one_by_one() {
		session <<-END
			C: MAIL FROM:<a@x>
			S: 250 ok
			C: RCPT TO:<b@x>
			S: 250 ok
			C: DATA
			S: 354 go
			$(octets m)
			C: .
			S: 250 nobody asked
			S: 550 refused
			mayclose
		END
	}
	one_by_one
	send 2
	fates 75 unknown later
	one_by_one
	printf '%s\n' 'mail a@x' 'rcpt b@x' 'data m' >b
	smtp -b b
	assert_failure 75
	assert_regex "$stderr" 'unsolicited reply: 550 refused: may have been delivered$'
}

@test "out of sync: 421, 250 or no reply to QUIT leaves the message delivered" {
	local end
	for end in 'S: 421 gone' close 'S: 221 bye' 'S: 250 bye'; do
		session PIPELINING CHUNKING <<-END
			$(envelope b@x)
			$(by_data '250 ok' '250 ok')
			C: QUIT
			S: 250 taken
			$end
		END
		send 1
		fates 0 delivered
	done
}

@test "invalid reply: before the end of the data the message is deferred (76), after it its outcome is unknown (75)" {
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 354 go
		S: 250 ok
		S: 503 MAIL?
		mayclose
	END
	send 1
	fates 76 later
	session <<-END
		C: MAIL FROM:<a@x>
		S: 250 ok
		C: RCPT TO:<b@x>
		S: 250 ok
		C: DATA
		S: 250 ok
		C: QUIT
		S: 221 bye
	END
	send 1
	fates 76 later
	session PIPELINING CHUNKING <<-END
		$(envelope b@x)
		$(by_data '250 ok' '250 ok')
		C: QUIT
		S: 354 go
		S: 221 bye
	END
	send 1
	fates 75 unknown
	assert_regex "$stderr" 'DATA: 354 go: may have been delivered$'
	lsession PIPELINING CHUNKING <<-END
		$(envelope b c)
		$(by_data '250 ok' '250 ok' '250 ok')
		C: QUIT
		$(printf 'S: 250 b has it\nS: 354 c\n')
		S: 221 bye
	END
	send 1 b c
	fates 75 unknown
	assert_equal "$(smtp_json 0/accepted)" '["b"]'
}

# struck SIGNAL ARGUMENT...: run smtp against the session, and send it the signal when the server has logged "said".
struck()
{
	local sig=$1
	shift
	run --separate-stderr "$top_srcdir/tests/lib/struck" -o out "$sig" "grep -q said '$SERVER_LOG'" "$MAILNET" smtp \
		-s "${SCHEME:-smtp}://localhost" --tunnel "$TUNNEL" --no-netrc --helo client.example "$@"
	assert_output "died by SIG$sig"
}

@test "signal: after the end of the data the outcome unknown is reported, and the program dies by the signal" {
	local sig
	for sig in TERM INT HUP; do
		session PIPELINING <<<"$(data_said)"
		struck $sig --json send -f a@x -m m b@x
		assert_equal "$(jq -r .fate out)" unknown
		assert_equal "$stderr" 'mailnet smtp: localhost: interrupted: may have been delivered'
	done
	session PIPELINING CHUNKING BINARYMIME <<<"$(bdat_said)"
	struck TERM --json send -M body=binarymime -f a@x -m m b@x
	assert_equal "$(jq -r .fate out)" unknown
	lsession PIPELINING CHUNKING BINARYMIME <<<"$(bdat_said)"
	struck TERM --json send -M body=binarymime -f a@x -m m b@x
	assert_equal "$(jq -r .fate out)" unknown
}

@test "signal: after the end of the data in a batch the outcome is unknown, by send and by data" {
	session PIPELINING <<<"$(data_said)"
	echo 'send -f a@x -m m b@x' >b
	struck TERM --json -b b
	assert_equal "$(jq -r '.fate // .done.text' out | tail -n 2)" $'unknown\nlocalhost: interrupted: may have been delivered'
	session <<-END
		C: MAIL FROM:<a@x>
		S: 250 ok
		C: RCPT TO:<b@x>
		S: 250 ok
		C: DATA
		S: 354 go
		$(octets m)
		C: .
		log said
		mayclose
		stall
	END
	printf '%s\n' 'mail a@x' 'rcpt b@x' 'data m' noop >b
	struck TERM -b b
	assert_equal "$stderr" 'mailnet smtp: b:3: localhost: interrupted: may have been delivered'
}

@test "signal: while waiting for the reply to QUIT all outcomes are reported, and the program dies by the signal" {
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 250 taken
		flush
		log said
		stall
	END
	struck TERM --json send -f a@x -m m b@x
	assert_equal "$(jq -r .fate out)" delivered
	assert_equal "$stderr" ''
	tunnel_script <<-END
		S: 220 mx
		C: QUIT
		log said
		stall
	END
	echo quit >b
	struck HUP -b b
	assert_equal "$stderr" ''
}

@test "large: a reply in the middle of the message stops it, and is the reason" {
	head -c 30000000 /dev/zero | tr '\0' x | fold >big
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		flush
		recvn 100000 /dev/null
		S: 552 5.3.4 that is enough
		flush
		mayclose
		stall
	END
	smtp --json send -f a@x -m big b@x
	fates 69 refused
	assert_regex "$stderr" 'DATA: 552 5.3.4 that is enough'
	assert_script_ok
	# The server replies and closes at once; the rest of the message then resets the connection.
	start_script <<-END
		S: 220 mx
		C* EHLO .*
		S: 250-mx
		S: 250-PIPELINING
		S: 250 CHUNKING
		$(opening b@x)
		S: 250 ok
		S: 250 ok
		C~ BDAT [0-9]+ LAST
		recvn 100000 /dev/null
		S: 452 4.3.1 no room
		flush
		delay 100
		close
	END
	run --separate-stderr mailnet smtp -s "smtp://127.0.0.1:$PORT" --json send -f a@x -m big b@x
	fates 75 later
	assert_regex "$stderr" 'BDAT: 452 4.3.1 no room'
}

@test "large: BDAT waits for the replies to RCPT; if none is accepted, nothing is sent" {
	head -c 300000 /dev/zero | tr '\0' x | fold >big
	session PIPELINING CHUNKING <<-END
		$(opening b@x)
		S: 250 ok
		S: 550 no
		C: RSET
		$(bdat b@x)
		C: QUIT
		S: 250 reset
		$(printf 'S: 250 ok\nS: 250 ok\nS: 250 taken\n')
		S: 221 bye
	END
	smtp --json send -f a@x -m big -m m b@x
	fates 67 refused delivered
	assert_script_ok
}

@test "input: a file that changes between its two readings is not sent: 74" {
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		eof
	END
	TUNNEL="echo more >>m; $TUNNEL"
	send 1
	fates 74 later
	assert_script_ok
	# The messages before it have their outcomes.
	message m
	message n
	session PIPELINING CHUNKING <<-END
		$(warm b@x)
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C~ BDAT [0-9]+ LAST
		$(warmed)
		$(printf 'S: 250 ok\nS: 250 ok\n')
		eof
	END
	TUNNEL="echo more >>n; $TUNNEL"
	smtp --json send -f a@x -m m -m n -m m b@x
	fates 74 delivered later later
	assert_script_ok
}

@test "lmtp: one reply for each recipient is read and reported" {
	lsession PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b>
		C: RCPT TO:<c>
		C: RCPT TO:<d>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 550 no such user
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b>
		C: RCPT TO:<c>
		C: RCPT TO:<d>
		C: DATA
		S: 250 b has it
		S: 452 4.2.2 d is full
		S: 250 ok
		S: 250 ok
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 550 b
		S: 450 c
		S: 550 d
		S: 221 bye
	END
	send 2 b c d
	fates 1 partly later
	assert_script_ok
	assert_equal "$(smtp_json 0/accepted 0/refused/0/rcpt 0/refused/1/rcpt 0/refused/1/enhanced 1/refused/2/text)" \
		$'["b"]\n"c"\n"d"\n"4.2.2"\n"550 d"'
}

@test "lmtp: a missing reply exits 75; the received ones count" {
	lsession PIPELINING CHUNKING <<-END
		$(envelope b c d)
		$(by_data '250 ok' '250 ok' '250 ok' '250 ok')
		C: QUIT
		S: 250 b has it
		close
	END
	send 1 b c d
	fates 75 unknown
	assert_equal "$(smtp_json 0/accepted 0/refused)" $'["b"]\n[]'
}

@test "lmtp: 421 to one recipient also defers the recipients after it" {
	lsession PIPELINING CHUNKING <<-END
		$(envelope b c d)
		$(by_data '250 ok' '250 ok' '250 ok' '250 ok')
		C: QUIT
		S: 250 b has it
		S: 421 enough
	END
	smtp --json send --spool spool -f a@x -m m b c d
	fates 0 partly
	assert_equal "$(smtp_json 0/accepted 0/refused/0/rcpt 0/refused/1/rcpt 0/refused/1/text)" \
		$'["b"]\n"c"\n"d"\n"421 enough"'
	assert_equal "$(grep -ha ^rcpt spool/new/*)" $'rcpt c\nrcpt d'
	assert_script_ok
}

@test "lmtp: the BDAT of BINARYMIME waits for the replies to RCPT; if all are refused, RSET is sent and no BDAT" {
	lsession PIPELINING CHUNKING BINARYMIME <<-END
		$(envelope b c | sed 's/^C: MAIL.*/& body=binarymime/')
		quiet 30
		$(printf 'S: 250 ok\nS: 550 b\nS: 550 c\n')
		C: RSET
		$(envelope b c | sed 's/^C: MAIL.*/& body=binarymime/')
		quiet 30
		$(printf 'S: 250 reset\nS: 250 ok\nS: 250 ok\nS: 250 ok\n')
		$(chunk)
		C: QUIT
		$(printf 'S: 250 b\nS: 250 c\n')
		S: 221 bye
	END
	smtp --json send -M body=binarymime -f a@x -m m -m m b c
	fates 67 refused delivered
	assert_script_ok
}

@test "batch: done has code, text and command of the reply that decided" {
	message n
	session PIPELINING CHUNKING <<-END
		$(envelope b@x)
		$(by_data '250 ok' '250 ok')
		S: 250 2.0.0 taken
		$(opening b@x)
		S: 250 ok
		S: 550 5.1.1 no
		C: RSET
		S: 250 ok
		C: QUIT
		S: 221 bye
	END
	printf '%s\n' 'send -f a@x -m m b@x' 'send -f a@x -m m b@x' rset >b
	smtp --json -b b
	assert_failure 67
	assert_equal "$(smtp_json 2/done/command 2/done/text 4/done/command 4/done/code 4/done/exit 6/done/exit)" \
		$'"DATA"\n"250 2.0.0 taken"\n"RCPT"\n550\n67\n0'
	assert_script_ok
}

# cut_at OPTION N: send two messages through a relay that cuts at this octet, and check the outcomes: `delivered` if
# the server has the message once, `later` if the server does not have it, `unknown` if it may have it. Each call uses
# new subjects, since the server may store a message of the previous call late.
cut_at()
{
	local i fate has tag=$*
	printf 'From: a@x\nSubject: m %s\n\nbody\n' "$tag" >m
	printf 'From: a@x\nSubject: n %s\n\nbody\n' "$tag" >n
	start_relay "$SMTP_PORT" "$1" "$2"
	run --separate-stderr mailnet smtp -s "smtp://127.0.0.1:$RELAY_PORT" --json send -f a@x "${@:3}" -m m -m n b@x
	kill "$RELAY_PID"
	ended=0
	i=0
	for fate in $(jq -r .fate <<<"$output"); do
		[ $((i++)) = 0 ] && has=m || has=n
		has=$(cat served/sent/*.eml 2>/dev/null | grep -cx "Subject: $has $tag"$'\r\\?') || true
		case $fate in
		delivered) [ "$has" = 1 ] && ended=$((ended + 1)) ;;
		later) [ "$has" = 0 ] ;;
		unknown) [ "$has" -le 1 ] ;;
		*) false ;;
		esac || fail "cut $*: the server has $has of message $i, reported $fate: $output $stderr"
	done
	assert_equal "$i" 2
}

@test "lost: cut at any octet, in both directions, with BDAT and DATA, the outcomes are correct" {
	local n ended option
	mkdir served
	start_folder served --smtp
	for option in '' --no-chunking; do
		for ((n = 20; n < 1000; n += 9)); do
			cut_at --cut $n $option
			((ended < 2)) || break
		done
		assert [ $n -gt 150 ]
		for ((n = 20; n < 1000; n += 41)); do
			cut_at --cut-up $n $option
			((ended < 2)) || break
		done
		assert [ $n -gt 150 ]
	done
}

@test "cmd DATA: QUIT does not become part of a message" {
	tunnel_script <<-'END'
		S: 220 mx
		C~ EHLO .*
		S: 250 mx
		C: DATA
		S: 354 go on
		eof
	END
	smtp -b - <<<$'ehlo\ncmd DATA'
	assert_success
	assert_line '354 go on'
	assert_script_ok
}

# two_by_bdat REPLY...: after a first message, two more and QUIT are sent in one pipeline, and get these replies.
two_by_bdat()
{
	session PIPELINING CHUNKING <<-END
		$(warm b@x)
		$(bdat b@x)
		C: RSET
		$(bdat b@x)
		C: QUIT
		$(warmed)
		$(printf 'S: %s\n' "$@")
		mayclose
	END
	send 3
}

@test "out of sync: found by RSET's reply or by a later invalid reply, all outcomes are unknown" {
	# MAIL, RCPT and one extra reply: the refusal is read as the reply to RSET, and the last message's 250 as the
	# reply to QUIT.
	two_by_bdat '250 ok' '250 ok' '250 extra' '550 refused' '250 reset' '250 ok' '250 ok' '250 taken' '221 bye'
	fates 75 unknown unknown unknown
	# Two extra replies.
	two_by_bdat '250 ok' '250 ok' '250 extra' '250 extra' '550 refused' '250 reset' '250 ok' '250 ok' '250 taken' '221 bye'
	fates 75 unknown unknown unknown
	# A garbage reply.
	two_by_bdat '250 ok' '250 ok' '250 taken' '250 reset' 'xx' '250 ok' '250 taken' '221 bye'
	fates 75 unknown unknown unknown
}

@test "out of sync: 250 to QUIT as the last reply changes no outcome" {
	local code want reply
	while read -r code want reply; do
		session PIPELINING CHUNKING <<-END
			$(envelope b@x c@x)
			$(by_data "${reply%,*}" | sed 's/,/\nS: /g')
			C: QUIT
			S: ${reply##*,}
			S: 250 bye
		END
		send 1 b@x c@x
		fates "$code" "$want"
	done <<-'END'
		0 delivered 250 ok,250 ok,250 ok,250 taken
		69 refused 250 ok,250 ok,250 ok,554 spam
		1 partly 250 ok,250 ok,550 no,250 taken
	END
}

@test "out of sync: if QUIT cannot be sent, each message still has its outcome" {
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		S: 250 ok
		S: 550 no
		S: 250 extra
		mayclose
		C* QUIT
	END
	smtp --json send --all-or-none -f a@x -m m b@x
	refute_output ''
	run jq -r .fate <<<"$output"
	assert_output refused
}

@test "vrfy: a name that is not an address and not ASCII is sent with SMTPUTF8" {
	session SMTPUTF8 <<-'END'
		C: VRFY Jürgen Müller SMTPUTF8
		S: 250 <jm@x>
		C: QUIT
		S: 221 bye
	END
	smtp vrfy 'Jürgen Müller'
	assert_success
	session <<-'END'
		C: QUIT
		S: 221 bye
	END
	smtp vrfy 'Jürgen Müller'
	assert_failure 69
	assert_script_ok
}
