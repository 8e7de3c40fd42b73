#!/usr/bin/env bats
# No octet of a message may be executed as a command by a server that does not discard the octets of a
# BDAT which it refuses (RFC 3030, section 2).

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/smtp

setup()
{
	common_setup
	message m
	printf 'MAIL FROM:<forged@x>\nRCPT TO:<third@x>\n' >forged
}

# careless: a server library that replies 502 to a BDAT outside a transaction and reads its octets as commands.
careless()
{
	printf 'C: BDAT 6\nC: NOOP\nC: BDAT 0 LAST\nC: RSET\nC: MAIL FROM:<a@x>\nC: RCPT TO:<%s>\nquiet 30\n' "$1"
	printf 'S: 502 5.5.1 Missing RCPT TO command.\nS: 250 noop\nS: 502 5.5.1 Missing RCPT TO command.\nS: 250 reset\n'
}

@test "BDAT: if the only recipient is refused, the exit status is 67 and no octet of the message is sent" {
	session PIPELINING CHUNKING <<-'END'
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		quiet 30
		S: 250 ok
		S: 550 5.1.1 no such user
		S: 554 no recipients
		C: QUIT
		S: 221 bye
	END
	smtp send -f a@x -m forged b@x
	assert_failure 67
	assert_equal "$stderr" 'mailnet smtp: localhost: b@x: 550 5.1.1 no such user'
	assert_script_ok
}

@test "BDAT: a server that executes the octets of a refused chunk fails the probe and gets DATA; the outcomes are correct" {
	session PIPELINING CHUNKING <<-END
		$(careless b@x)
		S: 250 ok
		S: 550 5.1.1 no such user
		C: RSET
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		quiet 30
		S: 250 reset
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 250 2.0.0 taken
		S: 221 bye
	END
	smtp --json send -f a@x -m forged -m m b@x
	assert_failure 67
	assert_equal "$(smtp_json 0/fate 0/refused/0/text 1/fate)" $'"refused"\n"550 5.1.1 no such user"\n"delivered"'
	assert_script_ok
	# If the server accepts the first message, with DATA as well.
	session PIPELINING CHUNKING <<-END
		$(careless b@x)
		S: 250 ok
		S: 250 ok
		C: DATA
		S: 354 go
		$(octets m)
		C: .
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 taken
		S: 250 ok
		S: 550 no
		S: 502 no
		C: QUIT
		S: 221 bye
	END
	smtp --json send -f a@x -m m -m forged b@x
	assert_failure 67
	assert_equal "$(smtp_json 0/fate 1/fate)" $'"delivered"\n"refused"'
	assert_script_ok
}

@test "BDAT: a server that accepts a chunk outside a transaction gets RSET and DATA" {
	session PIPELINING CHUNKING <<-END
		$(careless b@x | sed '/^S/d')
		S: 250 6 octets
		S: 250 0 octets
		S: 250 reset
		S: 250 ok
		S: 250 ok
		C: DATA
		S: 354 go
		$(octets m)
		C: .
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
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
	smtp send -f a@x -m m -m m b@x
	assert_success
	assert_script_ok
}

@test "BDAT: a refused chunk whose octets the server executes has the outcome refused" {
	session PIPELINING CHUNKING BINARYMIME <<-END
		C: MAIL FROM:<a@x> body=binarymime
		C: RCPT TO:<b@x>
		S: 250 ok
		S: 250 ok
		C: BDAT $SIZE LAST
		S: 502 5.5.1 not implemented
		C~ From: .*
		S: 500 what?
		C~ To: .*
		S: 500 what?
		C~ Subject: .*
		S: 500 what?
		mayclose
		stall
	END
	smtp --json send -M body=binarymime -f a@x -m m b@x
	assert_failure 69
	assert_equal "$(smtp_json 0/fate)" '"refused"'
	assert_regex "$stderr" 'BDAT: 502 5.5.1 not implemented'
}

@test "BDAT: BINARYMIME cannot be sent by DATA, so BDAT waits for the replies to RCPT" {
	session PIPELINING CHUNKING BINARYMIME <<-END
		$(careless b@x | sed 's/MAIL FROM:<a@x>/& body=binarymime/')
		S: 250 ok
		S: 250 ok
		C: BDAT $SIZE LAST
		$(octets m)
		C: RSET
		C: MAIL FROM:<a@x> body=binarymime
		C: RCPT TO:<b@x>
		quiet 30
		S: 250 taken
		S: 250 reset
		S: 250 ok
		S: 550 no
		C: QUIT
		S: 221 bye
	END
	smtp send -M body=binarymime -f a@x -m m -m m b@x
	assert_failure 67
	assert_script_ok
}

@test "BDAT: the probe is sent once a connection, and only if it can save a round trip" {
	local arguments
	# No probe for one small message, also with --all-or-none.
	for arguments in '-m m' '--all-or-none -m m'; do
		session PIPELINING CHUNKING <<-END
			C: MAIL FROM:<a@x>
			C: RCPT TO:<b@x>
			$([ "$arguments" != '-m m' ] || echo 'C: DATA')
			S: 250 ok
			S: 550 no
			$([ "$arguments" != '-m m' ] || echo 'S: 554 no recipients')
			C: QUIT
			S: 221 bye
		END
		# shellcheck disable=SC2086 # words
		smtp send -f a@x $arguments b@x
		assert_failure 67
		assert_script_ok
	done
	# In a batch the probe is sent with the second message; the third one is pipelined.
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 550 no
		S: 554 no recipients
		C: RSET
		$(careless b@x | sed '/^S/d')
		S: 250 reset
		S: 503 no
		S: 503 no
		S: 250 reset
		S: 250 ok
		S: 250 ok
		C: BDAT $SIZE LAST
		$(octets m)
		S: 250 taken
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: BDAT $SIZE LAST
		$(octets m)
		S: 250 ok
		S: 250 ok
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	printf -- '-send -f a@x -m m b@x\nsend -f a@x -m m b@x\nsend -f a@x -m m b@x\n' >b
	smtp -b b
	assert_success
	assert_script_ok
}

@test "BDAT: data in single steps without an accepted recipient is sent by DATA" {
	local step
	for step in '-rcpt b@x' 'rset' 'cmd RSET' 'noop'; do
		session PIPELINING CHUNKING <<-END
			C: MAIL FROM:<a@x>
			S: 250 ok
			$(case $step in
			-rcpt*) printf 'C: RCPT TO:<b@x>\nS: 550 no\n' ;;
			*RSET | rset) printf 'C: RCPT TO:<b@x>\nS: 250 ok\nC: RSET\nS: 250 ok\n' ;;
			*) printf 'C: NOOP\nS: 250 ok\n' ;;
			esac)
			C: DATA
			S: 503 no recipients
			C: QUIT
			S: 221 bye
		END
		{
			echo 'mail a@x'
			[[ $step != *[rR][sS][eE][tT] ]] || echo 'rcpt b@x'
			printf '%s\ndata forged\n' "$step"
		} >b
		smtp -b b
		assert_failure 69
		assert_script_ok
	done
}

# executes REPLY...: the steps of a server that would refuse BDAT and execute its octets. After the envelope it gets
# DATA, which it accepts after these replies, and no BDAT.
executes()
{
	cat <<-END
		C: DATA
		$(printf 'S: %s\n' "$@")
		S: 354 go
		recvblock $PWD/got
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
}

@test "BDAT: content never reaches a server that executes it, by SMTP or LMTP, small or large" {
	local said='C: MAIL FROM:<a@x>\nC: RCPT TO:<b@x>\n'
	# A small message.
	session PIPELINING CHUNKING <<-END
		$(printf %b "$said")
		$(executes '250 ok' '250 ok')
	END
	smtp -v send -f a@x -m forged b@x
	assert_success
	assert_regex "$stderr" '\* 4 round trips'
	assert_script_ok
	# Small messages over LMTP, two of them.
	lsession PIPELINING CHUNKING <<-END
		$(printf %b "$said")
		$(executes '250 ok' '250 ok')
	END
	smtp send -f a@x -m forged b@x
	assert_success
	assert_script_ok
	lsession PIPELINING CHUNKING <<-END
		$(printf %b "$said")
		$(executes '250 ok' '250 ok' | sed '/^C: QUIT/,$d')
		$(printf %b "$said")
		$(executes '250 taken' '250 ok' '250 ok')
	END
	smtp send -f a@x -m forged -m forged b@x
	assert_success
	assert_script_ok
	unset SCHEME
	# A large message: the probe detects the server.
	yes "$(<forged)" | head -n 18000 >large
	session PIPELINING CHUNKING <<-END
		$(careless b@x)
		S: 250 ok
		S: 250 ok
		$(executes | sed '/^S: $/d')
	END
	smtp -v send -f a@x -m large b@x
	assert_success
	assert_regex "$stderr" '\* 5 round trips'
	assert_script_ok
	# The same in single steps.
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<a@x>
		S: 250 ok
		C: RCPT TO:<b@x>
		S: 250 ok
		C: DATA
		S: 354 go
		recvblock $PWD/got
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	smtp -b - <<<$'mail a@x\nrcpt b@x\ndata forged'
	assert_success
	assert_script_ok
}

@test "BDAT: for one large message the probe costs no round trip if the server discards it" {
	yes "$(<forged)" | head -n 18000 >large
	session PIPELINING CHUNKING <<-END
		$(careless b@x | sed '/^S/d')
		S: 503 no
		S: 503 no
		S: 250 reset
		S: 250 ok
		S: 250 ok
		recvbdat $PWD/got
		C: QUIT
		S: 221 bye
	END
	smtp -v send -f a@x -m large b@x
	assert_success
	assert_regex "$stderr" '\* 4 round trips'
	assert_script_ok
	assert_equal "$(wc -c <got)" "$(sed 's/$/\r/' large | wc -c)"
}

@test "BDAT: BINARYMIME in single steps is sent by BDAT" {
	session PIPELINING CHUNKING BINARYMIME <<-END
		C: MAIL FROM:<a@x> BODY=BINARYMIME
		S: 250 ok
		C: RCPT TO:<b@x>
		S: 250 ok
		C: BDAT $SIZE LAST
		$(octets m)
		S: 250 taken
		C: MAIL FROM:<a@x>
		S: 250 ok
		C: RCPT TO:<b@x>
		S: 250 ok
		C: DATA
		S: 354 go
		$(octets m)
		C: .
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	printf '%s\n' 'mail -M BODY=BINARYMIME a@x' 'rcpt b@x' 'data m' 'mail a@x' 'rcpt b@x' 'data m' >b
	smtp -b b
	assert_success
	assert_script_ok
}
