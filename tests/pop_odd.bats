#!/usr/bin/env bats
# pop drain against odd, broken or hostile servers: the mailbox is drained, or the error explains why not.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

# session CAPABILITIES <STEPS: after the greeting and CAPA.
session()
{
	{
		printf 'S: +OK ready\nC: CAPA\n'
		if [ "$1" = none ]; then
			printf 'S: -ERR unknown\n'
		else
			printf 'S: +OK\n'
			[ -z "$1" ] || tr ' ' '\n' <<<"$1" | sed 's/^/S: /'
			printf 'S: .\n'
		fi
		cat
	} >script
	tunnel_script <script
}

drain()
{
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none drain -d Mail/
}

count()
{
	find Mail/new Mail/cur -type f | wc -l
}

@test "odd: a server without CAPA, UIDL, TOP and PIPELINING is drained" {
	session none <<-'END'
		C: STAT
		S: +OK 2 20
		C: LIST
		S: +OK
		S: 1 9
		S: 2 6
		S: .
		C: UIDL
		S: -ERR what?
		C: RETR 1
		S: +OK
		S: A: 1
		S: .
		C: RETR 2
		S: +OK
		S: A: 2
		S: .
		C: DELE 1
		S: +OK
		C: DELE 2
		S: +OK
		C: QUIT
		S: +OK
	END
	drain
	assert_success
	assert_script_ok
	assert_equal "$(count)" 2
}

@test "odd: without UIDL every message is fetched, and two identical messages are stored twice" {
	local steps
	steps=$(cat <<-'END'
		C: STAT
		S: +OK 2 18
		C: LIST
		S: +OK
		S: 1 9
		S: 2 6
		S: .
		C: UIDL
		S: -ERR
		C: RETR 1
		S: +OK
		S: A: 1
		S: .
		C: RETR 2
		S: +OK
		S: A: 1
		S: .
		C: DELE 1
	END
	)
	session '' <<<"$steps"$'\nclose'
	drain
	assert_failure 75
	assert_equal "$(count)" 2
	# After a second run with the same two messages there are still two.
	session '' <<<"$steps"$'\nS: +OK\nC: DELE 2\nS: +OK\nC: QUIT\nS: +OK'
	drain
	assert_success
	assert_script_ok
	assert_equal "$(count)" 2
}

@test "odd: without LIST, the number of messages comes from STAT" {
	session 'UIDL' <<-'END'
		C: STAT
		S: +OK 1 9
		C: LIST
		S: -ERR
		C: UIDL
		S: +OK
		S: 1 a
		S: .
		C: RETR 1
		S: +OK
		S: A: 1
		S: .
		C: NOOP
		S: +OK
		C: DELE 1
		S: +OK
		C: QUIT
		S: +OK
	END
	drain
	assert_success
	assert_script_ok
}

@test "odd: unique-ids that are long, contain blanks and slashes, appear twice or are empty are handled" {
	local long steps
	long=$(printf 'u%.0s' {1..3000})
	steps=$(cat <<-END
		C: STAT
		S: +OK 5 60
		C: LIST
		S: +OK
		S: 1 10
		S: 2 10
		S: 3 10
		S: 4 10
		S: 5 7
		S: .
		C: UIDL
		S: +OK
		S: 1 $long
		S: 2 ../../etc/passwd and more
		S: 3 twice
		S: 4 twice
		S: 5
		S: .
	END
	)
	session 'UIDL TOP' <<<"$steps
$(for i in 1 2 3 4 5; do printf 'C: RETR %d\nS: +OK\nS: A: 1%d\nS: .\n' $i $i; done)
C: DELE 1
close"
	drain
	assert_failure 75
	assert_equal "$(count)" 5
	# All messages are recorded except the one without a unique-id. Each record matches one message.
	session 'UIDL TOP' <<<"$steps
$(for i in 1 2 3 4; do printf 'C: TOP %d 0\nS: +OK\nS: A: 1%d\nS: .\n' $i $i; done)
C: RETR 5
S: +OK
S: A: 15
S: .
$(for i in 1 2 3 4 5; do printf 'C: DELE %d\nS: +OK\n' $i; done)
C: QUIT
S: +OK"
	drain
	assert_success
	assert_script_ok
	assert_equal "$(count)" 5
}

# known: message 1 with UID a, header "A: 1", is stored already; the session broke off before DELE.
known()
{
	session 'UIDL TOP' <<-'END'
		C: STAT
		S: +OK 1 10
		C: LIST
		S: +OK
		S: 1 39
		S: .
		C: UIDL
		S: +OK
		S: 1 a
		S: .
		C: RETR 1
		S: +OK
		S: A: 1
		S: X-UIDL: one
		S: Status: RO
		S: 
		S: body
		S: .
		C: DELE 1
		close
	END
	drain
	assert_failure 75
	assert_equal "$(count)" 1
}

again='C: STAT
S: +OK 1 39
C: LIST
S: +OK
S: 1 39
S: .
C: UIDL
S: +OK
S: 1 a
S: .'

@test "odd: a recorded unique-id with another header is another message" {
	known
	session 'UIDL TOP' <<<"$again
C: TOP 1 0
S: +OK
S: A: 2
S: 
S: .
C: RETR 1
S: +OK
S: A: 2
S: 
S: body
S: .
C: NOOP
S: +OK
C: DELE 1
S: +OK
C: QUIT
S: +OK"
	drain
	assert_success
	assert_script_ok
	assert_equal "$(count)" 2
}

@test "odd: a message whose Status and X-UIDL the server rewrites is still the same message" {
	known
	session 'UIDL TOP' <<<"$again
C: TOP 1 0
S: +OK
S: A: 1
S: X-UIDL: two
S:  folded
S: Status: O
S: 
S: .
C: DELE 1
S: +OK
C: QUIT
S: +OK"
	drain
	assert_success
	assert_script_ok
	assert_equal "$(count)" 1
}

@test "odd: a message to which the server adds header fields, which change its size, is still the same message" {
	known
	session 'UIDL TOP' <<-'END'
		C: STAT
		S: +OK 1 99
		C: LIST
		S: +OK
		S: 1 99
		S: .
		C: UIDL
		S: +OK
		S: 1 a
		S: .
		C: TOP 1 0
		S: +OK
		S: X-IMAPbase: 1795259756 3
		S: A: 1
		S: X-UIDL: one
		S: X-UID: 1
		S: x-keywords:
		S:  $Forwarded
		S: Status: O
		S: 
		S: .
		C: DELE 1
		S: +OK
		C: QUIT
		S: +OK
	END
	drain
	assert_success
	assert_script_ok
	assert_equal "$(count)" 1
}

@test "odd: without TOP the whole message is fetched to compare it with the journal" {
	known
	session 'UIDL' <<<"$again
C: RETR 1
S: +OK
S: A: 1
S: 
S: body
S: .
C: DELE 1
S: +OK
C: QUIT
S: +OK"
	drain
	assert_success
	assert_script_ok
	assert_equal "$(count)" 1
	rm -r Mail .local home/.local 2>/dev/null || true
	known
	# A server that offers TOP and does not implement it.
	session 'UIDL TOP' <<<"$again
C: TOP 1 0
S: -ERR not implemented
C: RETR 1
S: +OK
S: A: 1
S: 
S: body
S: .
C: DELE 1
S: +OK
C: QUIT
S: +OK"
	drain
	assert_success
	assert_script_ok
	assert_equal "$(count)" 1
}

@test "odd: wrong sizes in LIST change nothing" {
	session '' <<-'END'
		C: STAT
		S: +OK 1 1
		C: LIST
		S: +OK
		S: 1 1
		S: .
		C: UIDL
		S: +OK
		S: 1 a
		S: .
		C: RETR 1
		S: +OK 7 octets
		S: Subject: longer than they say
		S: 
		S: body
		S: .
		C: DELE 1
		S: +OK
		C: QUIT
		S: +OK
	END
	drain
	assert_success
	assert_equal "$(cat Mail/new/*)" $'Subject: longer than they say\n\nbody'
}

@test "odd: contradictory lists exit 76, and no message is fetched or deleted" {
	local list uidl
	while IFS='|' read -r list uidl; do
		rm -rf Mail
		session PIPELINING <<-END
			c: STAT\r\nLIST\r\nUIDL\r\n
			S: +OK 2 20
			S: +OK
			$(tr ' _' '\n ' <<<"$list" | sed 's/^/S: /')
			S: .
			S: +OK
			$(tr ' _' '\n ' <<<"$uidl" | sed 's/^/S: /')
			S: .
			eof
		END
		drain
		assert_failure 76
		assert_equal "$(count)" 0
	done <<-'END'
		1_10 1_10|1_a
		1_10 2_10|1_a 1_b
		1_10 2_10 3_10|1_a 2_b 3_c
		0_10|1_a
		1_10 5000000000_10|1_a
		1_10 2_9223372036854775807 3_10|1_a
		1_-5|1_a
	END
}

@test "odd: a message that is missing or cannot be deleted does not stop the others" {
	session 'PIPELINING' <<-'END'
		c: STAT\r\nLIST\r\nUIDL\r\n
		S: +OK 3 30
		S: +OK
		S: 1 10
		S: 2 10
		S: 3 6
		S: .
		S: -ERR
		c: RETR 1\r\nRETR 2\r\nRETR 3\r\n
		S: +OK
		S: A: 1
		S: .
		S: -ERR it has gone
		S: +OK
		S: A: 3
		S: .
		c: DELE 1\r\nDELE 3\r\nQUIT\r\n
		S: +OK
		S: -ERR cannot
		S: +OK
	END
	drain
	assert_failure 1
	assert_equal "$(sort <<<"$stderr")" 'mailnet pop: localhost: DELE 3: -ERR cannot
mailnet pop: localhost: RETR 2: -ERR it has gone'
	assert_script_ok
	assert_equal "$(count)" 2
}

# in_batch VERB...: drain as JSON, in a batch, and then the verbs; a summary of the records in $told.
in_batch()
{
	printf '%s\n' "$@" >verbs
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none --json -b verbs
	told=$(jq -c 'if .done then .done | select(.verb == "drain" or .verb == "quit") | [.verb, .text, .exit]
		elif .fate then [.number, .fate, .deleted] else empty end' <<<"$output")
}

# partly LAST...: three messages, of which RETR of the second and DELE of the third are refused.
partly()
{
	session PIPELINING < <(
		cat <<-'END'
			c: STAT\r\nLIST\r\nUIDL\r\n
			S: +OK 3 30
			S: +OK
			S: 1 10
			S: 2 10
			S: 3 6
			S: .
			S: -ERR
			c: RETR 1\r\nRETR 2\r\nRETR 3\r\n
			S: +OK
			S: A: 1
			S: .
			S: -ERR it has gone
			S: +OK
			S: A: 3
			S: .
			c: DELE 1\r\nDELE 3\r\n
			S: +OK
			S: -ERR cannot
		END
		printf '%s\n' "$@"
	)
}

@test "odd: in a batch, a drain that fails in part reports marked and refused messages" {
	local want='[1,"stored",true]
[2,"skipped",false]
[3,"stored",false]
["drain","-ERR it has gone",1]'
	partly eof
	in_batch 'drain -d Mail/'
	assert_failure 1
	assert_equal "$told" "$want"
	assert_script_ok
	partly 'C: QUIT' 'S: +OK gone'
	in_batch 'drain -d Mail/' quit
	assert_failure 1
	assert_equal "$told" "$want
[\"quit\",\"+OK gone\",0]"
	assert_script_ok
}

@test "odd: if a drain fails without a reply, done has the reason" {
	session PIPELINING <<-'END'
		c: STAT\r\nLIST\r\nUIDL\r\n
		S: +OK 2 20
		S: +OK
		S: 1 10
		S: 2 6
		S: .
		S: -ERR
		c: RETR 1\r\nRETR 2\r\n
		S: +OK
		S: A: 1
		S: .
		S: +OK
		S: A: 2
		S: .
		c: DELE 2\r\n
		S: +OK
		eof
	END
	in_batch 'drain -d "|! grep -q 1"'
	assert_failure 69
	assert_equal "$told" "[1,\"skipped\",false]
[2,\"stored\",true]
[\"drain\",\"localhost: message 1: the command '! grep -q 1' ended with status 1\",69]"
	assert_script_ok
}

@test "odd: the connection lost after a DELE: no message is reported as deleted" {
	session PIPELINING <<-'END'
		c: STAT\r\nLIST\r\nUIDL\r\n
		S: +OK 2 20
		S: +OK
		S: 1 10
		S: 2 6
		S: .
		S: -ERR
		c: RETR 1\r\nRETR 2\r\n
		S: +OK
		S: A: 1
		S: .
		S: +OK
		S: A: 2
		S: .
		c: DELE 1\r\nDELE 2\r\nQUIT\r\n
		S: +OK
		close
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none --json drain -d Mail/
	assert_failure 75
	assert_equal "$(jq -c '[.fate, .deleted]' <<<"$output" | paste -sd ' ')" '["stored",false] ["stored",false]'
}

@test "odd: after a connection lost within a message, complete messages are stored and none is deleted" {
	session 'PIPELINING' <<-'END'
		c: STAT\r\nLIST\r\nUIDL\r\n
		S: +OK 2 20
		S: +OK
		S: 1 10
		S: 2 10
		S: .
		S: +OK
		S: 1 a
		S: 2 b
		S: .
		c: RETR 1\r\nRETR 2\r\n
		S: +OK
		S: A: 1
		S: .
		S: +OK
		S: A: 2
		close
	END
	drain
	assert_failure 75
	assert_equal "$(count)" 1
	assert_equal "$(find Mail/tmp -type f | wc -l)" 0
}

@test "odd: QUIT refused after DELE exits 75, and the next run only deletes" {
	known
	session 'UIDL TOP PIPELINING' <<<'c: STAT\r\nLIST\r\nUIDL\r\n
S: +OK 1 10
S: +OK
S: 1 39
S: .
S: +OK
S: 1 a
S: .
C: TOP 1 0
S: +OK
S: A: 1
S: .
c: DELE 1\r\nQUIT\r\n
S: +OK
S: -ERR [SYS/TEMP] disk full'
	drain
	assert_failure 75
	assert_script_ok
	assert_equal "$(count)" 1
}

@test "odd: NUL, bare CR and LF, long lines and dots are stored unchanged" {
	session '' <<-'END'
		C: STAT
		S: +OK 1 10
		C: LIST
		S: +OK
		S: 1 10
		S: .
		C: UIDL
		S: +OK
		S: 1 a
		S: .
		C: RETR 1
		S: +OK
		s: A: \x00\xff\r\n\r\n..\r\n...x\r\nbare\ncr\rend\n.\nno end\r.\r
		sendrepeat 300000 long 
		s: \r\n.\r\n
		C: DELE 1
		S: +OK
		C: QUIT
		S: +OK
	END
	drain
	assert_success
	assert_script_ok
	{
		printf 'A: \0\377\n\n.\n..x\nbare\ncr\rend\n.\nno end\r.\r'
		yes 'long ' | head -n 300000 | tr -d '\n'
		echo
	} >want
	cmp want Mail/new/*
}

@test "odd: a mailbox of a million messages needs a few tens of octets of memory a message" {
	local n=1000000
	memory_counts || n=10000 # without the measurement, fewer are enough
	cat >script <<-END
		S: +OK
		C: CAPA
		S: +OK
		S: PIPELINING
		S: .
		c: STAT\r\nLIST\r\nUIDL\r\n
		S: +OK $n 10
		S: +OK
		sendrepeat $n %d 4000\r\n
		S: .
		S: +OK
		sendrepeat $n %d %d.abcdef0123456789\r\n
		S: .
		C: QUIT
		S: +OK
	END
	tunnel_script <script
	run python3 - "$MAILNET" pop -s pop://localhost --tunnel "$TUNNEL" --auth none \
		drain -d Mail/ --max-size 100 <<-'END'
		import resource, subprocess, sys
		run = subprocess.run(sys.argv[1:])
		print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
		sys.exit(run.returncode)
	END
	assert_success
	! memory_counts || [ "$output" -lt 110000 ]
	assert_script_ok
	assert_equal "$(count)" 0
}

# ---- missing lists, and replies at the wrong time ------------------------------------

@test "odd: without unique-ids, --keep is refused before any message is fetched, and --new warns" {
	local -r box='C: STAT
		S: +OK 1 9
		C: LIST
		S: +OK
		S: 1 9
		S: .
		C: UIDL
		S: -ERR what?'
	session '' <<-END
		$box
		C: QUIT
		S: +OK
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none drain -d box --keep 1d
	assert_failure 69
	assert_regex "$stderr" 'message 1 has no unique-id .*--keep'
	assert_script_ok
	assert_equal "$(cat box 2>/dev/null)" ''
	local dest warnings
	for dest in box Mail/; do
		session '' <<-END
			$box
			C: RETR 1
			S: +OK
			S: A: 1
			S: .
			C: QUIT
			S: +OK
		END
		run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none fetch --new -d "$dest"
		assert_success
		assert_script_ok
		warnings=0
		[[ $dest == Mail/ ]] || warnings=1
		assert_equal "${#stderr_lines[@]}" "$warnings"
	done
}

@test "odd: LIST refused temporarily exits 75, whatever UIDL replies; STAT and LIST refused exit 69" {
	session PIPELINING <<-'END'
		C: STAT
		C: LIST
		C: UIDL
		S: +OK 1 9
		S: -ERR [SYS/TEMP] later
		S: +OK
		S: 1 a
		S: .
		C: QUIT
		S: +OK
	END
	drain
	assert_failure 75
	assert_regex "$stderr" 'LIST: -ERR \[SYS/TEMP\] later'
	assert_script_ok
	session '' <<-'END'
		C: STAT
		S: -ERR no
		C: LIST
		S: -ERR no
		C: UIDL
		S: +OK
		S: 1 a
		S: .
		C: QUIT
		S: +OK
	END
	drain
	assert_failure 69
	assert_regex "$stderr" 'STAT: -ERR no'
	assert_script_ok
}

@test "odd: after an explicit QUIT is refused, no second reply is awaited; with deletions it exits 75, whatever its code" {
	local reply
	for reply in '-ERR no' '-ERR [SYS/PERM] no'; do
		session '' <<-END
			C: DELE 1
			S: +OK
			C: QUIT
			S: $reply
		END
		run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none -b - <<<$'dele 1\nquit'
		assert_failure 75
		assert_equal "${#stderr_lines[@]}" 1
		assert_script_ok
	done
}

@test "odd: a server that closes unasked exits 75, and its -ERR is not the reply to the next command" {
	tunnel_script <<-'END'
		S: +OK ready
		C: NOOP
		S: +OK
		S: -ERR Disconnected for inactivity.
		mayclose
		C: RETR 1
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none -b - <<<$'noop\nretr 1'
	assert_failure 75
	assert_regex "$stderr" 'Disconnected for inactivity'
	# A DELE of another message must not be sent.
	tunnel_script <<-'END'
		S: +OK ready
		C: LIST 1
		S: -ERR unasked
		S: +OK 1 37
		mayclose
		C: DELE 2
		S: +OK
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none -b - <<<$'-list 1\ndele 2'
	assert_failure 75
	run ! grep '^C: QUIT' "$SERVER_LOG"
}

@test "odd: SASL mechanisms in two lines of CAPA are combined" {
	write_netrc localhost me secret
	session $'SASL\tLOGIN SASL\tPLAIN' <<-END
		C: AUTH PLAIN $(printf '\0me\0secret' | base64)
		S: +OK
		C: STAT
		S: +OK 0 0
		C: QUIT
		S: +OK
	END
	sed -i 's/^S: SASL\t/S: SASL /' script
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth plain stat
	assert_success
}

@test "done of several messages has the reply to the refused one" {
	session '' <<-'END'
		C: DELE 9
		S: -ERR none such
		C: DELE 2
		S: +OK gone
		C: QUIT
		S: +OK
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none --json -b - <<<'-dele 9 2'
	assert_equal "$(jq -c 'select(.done.verb == "dele") | .done.text' <<<"$output")" '"-ERR none such"'
}

@test "cmd LIST N refused without a code exits 1, as list N does" {
	local line want
	while read -r want line; do
		tunnel_script <<-END
			S: +OK ready
			C: $line
			S: -ERR no
			C: QUIT
			S: +OK
		END
		# shellcheck disable=SC2086 # words
		run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none cmd $line
		assert_failure "$want"
	done <<-'END'
		1 LIST 9
		1 RETR 9
		69 LIST
		69 XTND XMIT
	END
}

# ---- destinations --------------------------------------------------------------------------------

# One message, delivered and deleted.
one_message()
{
	session '' <<-'END'
		C: STAT
		S: +OK 1 9
		C: LIST
		S: +OK
		S: 1 78006
		S: .
		C: UIDL
		S: +OK
		S: 1 a
		S: .
		C: RETR 1
		S: +OK
		S: A: 1
		sendrepeat 2000 a line that is neither short nor long\r\n
		S: .
		mayclose
		C: DELE 1
		S: +OK
		C: QUIT
		S: +OK
	END
}

@test "a |COMMAND can open /dev/stdin" {
	one_message
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none drain -d '|cat /dev/stdin >got'
	assert_success
	assert_equal "$(wc -l <got)" 2001
}

@test "a file size limit exits 74, nothing is deleted, and no incomplete file stays" {
	local args
	for args in 'drain -d Mail/' 'drain -d box' '-o out fetch'; do
		one_message
		# shellcheck disable=SC2016 # bash expands it
		run --separate-stderr bash -c 'ulimit -f 8; exec "$MAILNET" pop -s pop://localhost --tunnel "$TUNNEL" --auth none '"$args"
		assert_failure 74
		assert_equal "${#stderr_lines[@]}" 1
		run ! grep '^C: DELE' "$SERVER_LOG"
		assert_equal "$(find Mail -type f 2>/dev/null | wc -l)" 0
		assert_equal "$(cat box 2>/dev/null)" ''
		assert_equal "$(find . -name 'out*' -o -name '*.lock' -size +0)" ''
	done
}

@test "drain --json: if the reader of the records has closed, nothing is deleted" {
	one_message
	run --separate-stderr "$top_srcdir/tests/lib/struck" -o closed none true \
		"$MAILNET" pop -s pop://localhost --tunnel "$TUNNEL" --auth none --json drain -d Mail/
	assert_output 'died by SIGPIPE'
	run ! grep '^C: DELE' "$SERVER_LOG"
	assert_equal "$(count)" 1
}

@test "wrong arguments are reported before a connection is made" {
	local status_wanted args
	while IFS='|' read -r status_wanted args; do
		eval "set -- $args"
		run --separate-stderr mailnet pop -s pop://localhost --tunnel 'touch dialled' "$@"
		assert_failure "$status_wanted"
		assert_equal "${#stderr_lines[@]}" 1
		assert_not_exists dialled
	done <<-'END'
		64|drain -d box --state ''
		65|drain -d 'lmtp://a%0ab@h'
		64|drain -d lmtp://h:x
		64|-u '' stat
	END
	session '' <<-'END'
		C: STAT
		S: +OK 0 0
		C: LIST
		S: +OK
		S: .
		C: UIDL
		S: +OK
		S: .
		C: QUIT
		S: +OK
	END
	MAILNET_GROUP='' drain
	assert_success
}

@test "odd: an earlier reply is never reported as the reply to QUIT, or to a command that was not sent" {
	tunnel_script <<-'END'
		S: +OK ready
		C: NOOP
		S: +OK of before
		S: -ERR idle
		mayclose
		C: QUIT
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none --json -b - <<<$'noop\nquit'
	assert_failure 75
	assert_equal "$(jq -c 'select(.done.verb == "quit") | .done | [.code, .exit]' <<<"$output")" '[null,75]'
	assert_equal "$(grep -c 'of before' <<<"$output")" 2 # NOOP's record, and its done
}

@test "odd: retr 1 2: if 1 is missing and 2 is incomplete, done has the reason of the last failure" {
	session '' <<-'END'
		C: RETR 1
		S: -ERR none such
		C: RETR 2
		close
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none --json -b - <<<'retr 1 2'
	assert_failure 75
	assert_regex "$(jq -r 'select(.done.verb == "retr") | .done.text' <<<"$output")" 'RETR 2: the server closed'
}

@test "odd: cmd QUIT refused after deletions exits 75, as quit does" {
	session '' <<-'END'
		C: DELE 1
		S: +OK
		C: QUIT
		S: -ERR some not deleted
		mayclose
	END
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none -b - <<<$'dele 1\ncmd QUIT'
	assert_failure 75
}
