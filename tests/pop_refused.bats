#!/usr/bin/env bats
# pop: one message that the server or the destination refuses does not keep the others away; and the
# message about a server that cannot pipeline.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

# three REFUSED [REPLY]: a server with three messages that refuses RETR of one (0: of none), and then accepts DELE of
# the following numbers.
three()
{
	local bad=$1 reply=$2 i commands=
	for i in "${@:3}"; do
		commands+="DELE $i\\r\\n"
	done
	{
		printf 'S: +OK\nC: CAPA\nS: +OK\nS: PIPELINING\nS: UIDL\nS: .\nc: STAT\\r\\nLIST\\r\\nUIDL\\r\\n\n'
		printf 'S: +OK 3 90\nS: +OK\nS: 1 14\nS: 2 14\nS: 3 14\nS: .\nS: +OK\nS: 1 a\nS: 2 b\nS: 3 c\nS: .\n'
		printf 'c: RETR 1\\r\\nRETR 2\\r\\nRETR 3\\r\\n\n'
		for i in 1 2 3; do
			[ $i -eq "$bad" ] && printf 'S: %s\n' "$reply" || printf 'S: +OK\nS: A: %d\nS: \nS: body\nS: .\n' $i
		done
		printf 'c: %sQUIT\\r\\n\n' "$commands"
		for i in "${@:3}" quit; do
			echo 'S: +OK'
		done
	} >script
	tunnel_script <script
}

pop()
{
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none "$@"
}

dests=(Mail/ mbox '|cat >>piped' -)

count()
{
	case $1 in
	*/) find "$1/new" -type f | wc -l ;;
	mbox) grep -c '^A: ' mbox ;;
	-) grep -c '^A: \|"raw"' <<<"$output" ;;
	*) grep -c '^A: ' piped ;;
	esac
}

@test "drain: a message that RETR refuses does not stop the others, in text and JSON" {
	local dest json reply
	for dest in "${dests[@]}"; do
		for json in '' --json; do
			while IFS='|' read -r reply want; do
				rm -rf Mail mbox piped "$HOME/.local"
				three 2 "$reply" 1 3
				# shellcheck disable=SC2086 # no option, or one
				pop $json drain -d "$dest"
				assert_failure "$want"
				assert_equal "$stderr" "mailnet pop: localhost: RETR 2: $reply"
				assert_script_ok
				assert_equal "$(count "$dest")" 2
			done <<-'END'
				-ERR no such message|1
				-ERR [SYS/TEMP] cannot open it|75
				-ERR [SYS/PERM] damaged|69
			END
		done
	done
}

@test "drain: a message that a command refuses does not stop the others, in text and JSON" {
	local json
	for json in '' --json; do
		rm -rf piped "$HOME/.local"
		three 0 '' 1 3
		# shellcheck disable=SC2086 # no option, or one
		pop $json drain -d '|grep -v "A: 2" | tee -a piped | grep -q "A: [13]"'
		assert_failure 69
		assert_regex "$stderr" 'message 2: .* ended with status 1'
		assert_script_ok
		[ -z "$json" ] || assert_equal "$(jq -c '[.number, .fate, .deleted]' <<<"$output" | paste -sd ' ')" \
			'[1,"stored",true] [2,"skipped",false] [3,"stored",true]'
	done
}

@test "drain: a message refused by LMTP stays on the server, the others are deleted" {
	local json
	for json in '' --json; do
		rm -rf "$HOME/.local"
		start_script <<-'END'
			S: 220 ready
			C~ LHLO .*
			S: 250 ok
			C: MAIL FROM:<>
			S: 250 ok
			C: RCPT TO:<bob>
			S: 250 ok
			C: DATA
			S: 354 go
			recvblock m1
			S: 250 ok
			C: MAIL FROM:<>
			S: 250 ok
			C: RCPT TO:<bob>
			S: 250 ok
			C: DATA
			S: 354 go
			recvblock m2
			S: 554 5.6.0 not this one
			C: RSET
			S: 250 ok
			C: MAIL FROM:<>
			S: 250 ok
			C: RCPT TO:<bob>
			S: 250 ok
			C: DATA
			S: 354 go
			recvblock m3
			S: 250 ok
			mayclose
			C: QUIT
			S: 221 bye
		END
		three 0 '' 1 3
		# shellcheck disable=SC2086 # no option, or one
		pop $json drain -d "lmtp://bob@127.0.0.1:$PORT"
		assert_failure 67
		assert_regex "$stderr" 'message 2: .*554 5.6.0 not this one'
		assert_script_ok
	done
}

# many COUNT N...: a server with COUNT messages that accepts DELE of the numbers N, and QUIT if there are any.
many()
{
	local count=$1 i commands=
	shift
	{
		printf 'S: +OK\nC: CAPA\nS: +OK\nS: PIPELINING\nS: UIDL\nS: .\nc: STAT\\r\\nLIST\\r\\nUIDL\\r\\n\nS: +OK %d 90\n' "$count"
		printf 'S: +OK\n'
		for ((i = 1; i <= count; i++)); do
			echo "S: $i 14"
		done
		printf 'S: .\nS: +OK\n'
		for ((i = 1; i <= count; i++)); do
			echo "S: $i uid$i"
		done
		echo 'S: .'
		for ((i = 1; i <= count; i++)); do
			commands+="RETR $i\\r\\n"
		done
		printf 'c: %s\n' "$commands"
		for ((i = 1; i <= count; i++)); do
			printf 'S: +OK\nS: A: %d\nS: \nS: body\nS: .\n' "$i"
		done
		commands=
		for i in "$@"; do
			commands+="DELE $i\\r\\n"
		done
		if [ $# -ne 0 ]; then
			printf 'c: %sQUIT\\r\\n\n' "$commands"
			for i in "$@" quit; do
				echo 'S: +OK'
			done
		fi
	} >script
	tunnel_script <script
}

@test "drain: a message that a command defers stays on the server, the others are deleted" {
	local json
	for json in '' --json; do
		rm -rf piped "$HOME/.local"
		many 4 2 4
		# shellcheck disable=SC2016,SC2086 # the command's own variables; no option, or one
		pop $json drain -d '|n=$(sed -n "s/A: //p"); case $n in 1 | 3) exit 75 ;; esac; echo "A: $n" >>piped'
		assert_failure 75
		assert_script_ok
		assert_equal "$(cat piped)" $'A: 2\nA: 4'
		# Each deferred message is reported on a line.
		assert_regex "$stderr" 'localhost: message 1: .* ended with status 75'
		assert_regex "$stderr" 'localhost: message 3: .* ended with status 75'
		[ -z "$json" ] || assert_equal "$(jq -c '[.number, .fate, .deleted]' <<<"$output" | paste -sd ' ')" \
			'[1,"skipped",false] [2,"stored",true] [3,"skipped",false] [4,"stored",true]'
	done
	# The next run tries the deferred messages again.
	three 0 '' 1 2 3
	pop drain -d '|cat >>piped'
	assert_success
}

@test "drain: the first message refused or deferred decides the exit status, and each is reported in a line" {
	many 3
	printf '%s\n' eof >>script
	# shellcheck disable=SC2016 # the command's own variables
	pop drain -d '|n=$(sed -n "s/A: //p"); exit 7$n'
	assert_failure 69
	assert_equal "${#stderr_lines[@]}" 3
	many 4 2
	# shellcheck disable=SC2016 # the command's own variables
	pop drain -d '|n=$(sed -n "s/A: //p"); case $n in 1) exit 75 ;; 2) exit 0 ;; esac; exit 1'
	assert_failure 75
	assert_script_ok
	assert_equal "${#stderr_lines[@]}" 3
	tunnel_script <<-'END'
		S: +OK
		C: CAPA
		S: +OK
		S: PIPELINING
		S: .
		c: DELE 1\r\nDELE 2\r\nDELE 3\r\n
		S: -ERR [SYS/TEMP] one
		S: +OK
		S: -ERR three
		C: QUIT
		S: +OK
	END
	pop dele 1 2 3
	assert_failure 75
	assert_equal "$(sort <<<"$stderr")" 'mailnet pop: localhost: DELE 1: -ERR [SYS/TEMP] one
mailnet pop: localhost: DELE 3: -ERR three'
}

@test "drain: five messages deferred in a row end the run, fewer do not" {
	many 7
	# shellcheck disable=SC2016 # the command's own variables
	pop drain -d '|n=$(sed -n "s/A: //p"); echo $n >>tried; [ $n -eq 1 ] || exit 75'
	assert_failure 75
	assert_regex "$stderr" 'the destination deferred 5 messages in a row, so the run ends: message 6: '
	assert_equal "${#stderr_lines[@]}" 5
	assert_equal "$(paste -sd ' ' tried)" '1 2 3 4 5 6'
	refute_regex "$(cat "$SERVER_LOG")" 'DELE|QUIT'
	rm -rf "$HOME/.local"
	many 7 5
	# shellcheck disable=SC2016 # the command's own variables
	pop drain -d '|n=$(sed -n "s/A: //p"); [ $n -eq 5 ] || exit 75'
	assert_failure 75
	assert_script_ok
	assert_equal "${#stderr_lines[@]}" 6
}

# lmtp_defers REPLY: an LMTP server that sends this reply to the data of message 2.
lmtp_defers()
{
	local i reply
	{
		printf 'S: 220 ready\nC~ LHLO .*\nS: 250 ok\n'
		for i in 1 2 3; do
			[ $i -eq 2 ] && reply=$1 || reply='250 ok'
			printf '%s\n' 'C: MAIL FROM:<>' 'S: 250 ok' 'C: RCPT TO:<bob>' 'S: 250 ok' 'C: DATA' 'S: 354 go' \
				"recvblock m$i" "S: $reply"
			[ $i -ne 2 ] || printf '%s\n' mayclose 'C: RSET' 'S: 250 ok'
		done
		printf 'C: QUIT\nS: 221 bye\n'
	} >lmtp
	start_script <lmtp
}

@test "drain: a message deferred by LMTP stays on the server, the others are deleted; 421 ends the run" {
	lmtp_defers '452 4.2.2 mailbox full'
	three 0 '' 1 3
	pop drain -d "lmtp://bob@127.0.0.1:$PORT"
	assert_failure 75
	assert_regex "$stderr" 'message 2: .*452 4.2.2 mailbox full'
	assert_script_ok
	rm -rf "$HOME/.local"
	rm m3
	lmtp_defers '421 4.3.2 closing'
	three 0 ''
	pop drain -d "lmtp://bob@127.0.0.1:$PORT"
	assert_failure 75
	assert_regex "$stderr" '421 4.3.2 closing'
	assert_equal "$(find . -name m3 | wc -l)" 0
}

@test "drain --json: the output of a |COMMAND goes to stderr, not between the records" {
	three 0 '' 1 2 3
	pop --json drain -d '|cat; echo printed'
	assert_success
	assert_equal "$(jq -c '[.number, .fate]' <<<"$output" | paste -sd ' ')" '[1,"stored"] [2,"stored"] [3,"stored"]'
	assert_equal "$(grep -c '^printed$' <<<"$stderr")" 3
	rm -rf "$HOME/.local"
	three 0 '' 1 2 3
	pop drain -d '|cat; echo printed'
	assert_success
	assert_equal "$(grep -c '^printed$' <<<"$output")" 3
	refute_regex "$stderr" .
}

# ---- servers that cannot pipeline ---------------------------------------------------

@test "pop: if the server hangs or closes while commands are pipelined, the error suggests --no-pipelining" {
	local verb end hint='\(try --no-pipelining\)$'
	for end in close stall; do
		for verb in 'drain -d Mail/' 'fetch --new -d Mail/' 'stat' 'retr 1 2' 'dele 1 2'; do
			rm -rf Mail "$HOME/.local"
			printf 'S: +OK\nC: CAPA\nS: +OK\nS: PIPELINING\nS: UIDL\nS: .\nC* (STAT|RETR 1|DELE 1)\nmayclose\n%s\n' $end >script
			tunnel_script <script
			# shellcheck disable=SC2086 # words
			pop --timeout 3 $verb
			assert_failure 75
			assert_regex "$stderr" "$hint"
		done
		{
			printf 'S: +OK\nC: CAPA\nS: +OK\nS: PIPELINING\nS: UIDL\nS: .\nc: STAT\\r\\nLIST\\r\\nUIDL\\r\\n\n'
			printf 'S: +OK 2 9\nS: +OK\nS: 1 9\nS: 2 9\nS: .\nS: +OK\nS: 1 a\nS: 2 b\nS: .\nc: RETR 1\\r\\nRETR 2\\r\\n\n'
			printf 'S: +OK\nS: A: 1\nflush\nmayclose\n%s\n' $end
		} >script
		tunnel_script <script
		pop --timeout 3 drain -d Mail/
		assert_failure 75
		assert_regex "$stderr" "$hint"
	done
}

@test "pop: with --no-pipelining the error does not suggest it" {
	printf 'S: +OK\nC: CAPA\nS: +OK\nS: PIPELINING\nS: .\nC: STAT\nclose\n' >script
	tunnel_script <script
	pop --no-pipelining drain -d Mail/
	assert_failure 75
	refute_regex "$stderr" 'no-pipelining'
}
