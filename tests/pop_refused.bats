#!/usr/bin/env bats
# pop: one message that the server or the destination refuses does not keep the others away; and the
# message about a server that cannot pipeline.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

teardown()
{
	stop_servers
}

# three REFUSED [REPLY]: an honest server of three messages that refuses RETR of one (0: of none), and then
# accepts DELE of the numbers after.
three()
{
	local bad=$1 reply=$2 i commands=
	for i in "${@:3}"; do
		commands+="DELE $i\\r\\n"
	done
	{
		printf 'S: +OK\nC: CAPA\nS: +OK\nS: PIPELINING\nS: UIDL\nS: .\nc: STAT\\r\\nLIST\\r\\nUIDL\\r\\n\n'
		printf 'S: +OK 3 90\nS: +OK\nS: 1 12\nS: 2 12\nS: 3 12\nS: .\nS: +OK\nS: 1 a\nS: 2 b\nS: 3 c\nS: .\n'
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

@test "drain: a message that RETR refuses does not keep the others away, in text and JSON" {
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

@test "drain: a message that a command refuses does not keep the others away, in text and JSON" {
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

@test "drain: a message refused by LMTP stays on the server, the others do not" {
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
		assert_failure
		assert_regex "$stderr" 'message 2: .*554 5.6.0 not this one'
		assert_script_ok
	done
}

@test "drain --json: the output of a command goes to stderr, not between the records" {
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

@test "pop: a server that hangs or closes while commands are pipelined: the message names --no-pipelining" {
	local verb end hint='\(does --no-pipelining help\?\)$'
	for end in close stall; do
		for verb in 'drain -d Mail/' 'fetch --new -d Mail/' 'stat' 'retr 1 2' 'dele 1 2'; do
			rm -rf Mail "$HOME/.local"
			printf 'S: +OK\nC: CAPA\nS: +OK\nS: PIPELINING\nS: UIDL\nS: .\nC* (STAT|RETR 1|DELE 1)\nmayclose\n%s\n' $end >script
			tunnel_script <script
			# shellcheck disable=SC2086 # words
			pop --timeout 1 $verb
			assert_failure 75
			assert_regex "$stderr" "$hint"
		done
		{
			printf 'S: +OK\nC: CAPA\nS: +OK\nS: PIPELINING\nS: UIDL\nS: .\nc: STAT\\r\\nLIST\\r\\nUIDL\\r\\n\n'
			printf 'S: +OK 2 9\nS: +OK\nS: 1 9\nS: 2 9\nS: .\nS: +OK\nS: 1 a\nS: 2 b\nS: .\nc: RETR 1\\r\\nRETR 2\\r\\n\n'
			printf 'S: +OK\nS: A: 1\nflush\nmayclose\n%s\n' $end
		} >script
		tunnel_script <script
		pop --timeout 1 drain -d Mail/
		assert_failure 75
		assert_regex "$stderr" "$hint"
	done
}

@test "pop: with --no-pipelining the message does not name it" {
	printf 'S: +OK\nC: CAPA\nS: +OK\nS: PIPELINING\nS: .\nC: STAT\nclose\n' >script
	tunnel_script <script
	pop --no-pipelining drain -d Mail/
	assert_failure 75
	refute_regex "$stderr" 'no-pipelining'
}
