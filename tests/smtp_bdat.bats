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

teardown()
{
	stop_servers
}

# careless: a server library that replies 502 to a BDAT outside a transaction and reads its octets as commands.
careless()
{
	printf 'C: BDAT 6\nC: NOOP\nC: BDAT 0 LAST\nC: RSET\nC: MAIL FROM:<a@x>\nC: RCPT TO:<%s>\nquiet 30\n' "$1"
	printf 'S: 502 5.5.1 Missing RCPT TO command.\nS: 250 noop\nS: 502 5.5.1 Missing RCPT TO command.\nS: 250 reset\n'
}

@test "BDAT: one recipient refused: 67 with its reply, and no octet of the message is sent" {
	session PIPELINING CHUNKING <<-'END'
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		quiet 30
		S: 250 ok
		S: 550 5.1.1 no such user
		C: QUIT
		S: 221 bye
	END
	smtp send -f a@x -m forged b@x
	assert_failure 67
	assert_equal "$stderr" 'mailnet smtp: localhost: b@x: 550 5.1.1 no such user'
	assert_script_ok
}

@test "BDAT: a server that executes refused octets fails the probe and gets DATA; outcomes are what it replied" {
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
	# The first one accepted, with DATA as well.
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

@test "BDAT: refused after RCPT was accepted, and its octets executed: the outcome is the refusal" {
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<a@x>
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
	smtp --json send -f a@x -m m b@x
	assert_failure 69
	assert_equal "$(smtp_json 0/fate)" '"refused"'
	assert_regex "$stderr" 'BDAT: 502 5.5.1 not implemented'
}

@test "BDAT: BINARYMIME cannot go by DATA: it waits for its RCPT replies" {
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

@test "BDAT: the probe is sent once a connection, and only where it can save a wait" {
	local arguments
	# One message, --all-or-none, --no-pipelining: none.
	for arguments in '-m m' '--all-or-none -m m'; do
		session PIPELINING CHUNKING <<-END
			C: MAIL FROM:<a@x>
			C: RCPT TO:<b@x>
			S: 250 ok
			S: 550 no
			C: QUIT
			S: 221 bye
		END
		# shellcheck disable=SC2086 # words
		smtp send -f a@x $arguments b@x
		assert_failure 67
		assert_script_ok
	done
	# In a batch: with the second message; the third is pipelined.
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		S: 250 ok
		S: 550 no
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

@test "BDAT: data in single steps without an accepted recipient goes by DATA" {
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
