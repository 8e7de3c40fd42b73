#!/usr/bin/env bats
# pop drain and fetch against servers whose messages end early or whose replies are out of order: the message whose
# end is in doubt is neither stored nor deleted.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

# session [OCTETS]: the steps on stdin after greeting, CAPA and the lists of a mailbox with three messages. The third
# is announced with OCTETS octets (29: its full size; 15: up to its line with a dot).
session()
{
	{
		cat <<-END
			S: +OK ready
			C: CAPA
			S: +OK
			S: PIPELINING
			S: UIDL
			S: TOP
			S: .
			c: STAT\\r\\nLIST\\r\\nUIDL\\r\\n
			S: +OK 3 90
			S: +OK
			S: 1 29
			S: 2 29
			S: 3 ${1:-29}
			S: .
			S: +OK
			S: 1 a
			S: 2 b
			S: 3 c
			S: .
		END
		cat
	} >script
	tunnel_script <script
}

pop()
{
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none "$@"
}

# message N: print the message; its second line is a single dot.
message()
{
	printf 'A: %d\n\nfirst\n.\nrest of %d\n' "$1" "$1"
}

# stuffed N, unstuffed N: the reply to RETR with that message.
stuffed()
{
	printf 'S: +OK\n'
	message "$1" | sed 's/^\./../; s/^/S: /'
	printf 'S: .\n'
}

unstuffed()
{
	stuffed "$1" | sed 's/^S: \.\.$/S: ./'
}

# good N...: a server that expects RETR of these messages and TOP of the others, and deletes all.
good()
{
	local i commands=
	for i in 1 2 3; do
		case " $* " in
		*" $i "*) commands+="RETR $i\\r\\n" ;;
		*) commands+="TOP $i 0\\r\\n" ;;
		esac
	done
	session < <(
		printf 'c: %s\n' "$commands"
		for i in 1 2 3; do
			case " $* " in
			*" $i "*) stuffed $i ;;
			*) printf 'S: +OK\nS: A: %d\nS: \nS: .\n' $i ;;
			esac
		done
		printf 'c: DELE 1\\r\\nDELE 2\\r\\nDELE 3\\r\\nQUIT\\r\\n\n'
		printf 'S: +OK\nS: +OK\nS: +OK\nS: +OK\n'
	)
}

# stored_in DEST: print the messages there in order, one on each line: "1", or "1?" for an incomplete one.
stored_in()
{
	local file i
	rm -rf parts && mkdir parts
	case $1 in
	*/) cp "$1"/new/* parts/ 2>/dev/null ;;
	mbox) csplit -s -z -f parts/ mbox '/^From /' '{*}' 2>/dev/null && sed -i '1d' parts/* && sed -i '${/^$/d}' parts/* ;;
	*) csplit -s -z -f parts/ piped '/^A: /' '{*}' 2>/dev/null ;;
	esac
	for file in parts/*; do
		[ -s "$file" ] || continue
		i=$(sed -n '1s/A: //p' "$file")
		message "$i" | cmp -s - "$file" && echo "$i" || echo "$i?"
	done | sort | paste -sd ' '
}

# Every kind of destination except LMTP.
dests=(Mail/ mbox '|cat >>piped')

fresh()
{
	rm -rf Mail mbox piped "$HOME/.local"
}

# ---- out of sync while messages are read --------------------------------------

@test "drain: a message that ends early is not stored, the messages before it are" {
	local bad group dest i
	for bad in 1 2 3; do
		for group in 1 2 4096; do
			for dest in "${dests[@]}"; do
				fresh
				session < <(
					printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\n'
					for i in 1 2 3; do
						[ $i -eq $bad ] && unstuffed $i || stuffed $i
					done
					echo mayclose
				)
				MAILNET_GROUP=$group pop drain -d "$dest"
				assert_failure 76
				assert_regex "$stderr" "localhost: message $bad may be incomplete and was not stored: "
				refute_regex "$(cat "$SERVER_LOG")" 'DELE|QUIT'
				assert_equal "$(stored_in "$dest")" "$(seq -s ' ' $((bad - 1)))"
				# shellcheck disable=SC2046 # the numbers are words
				good $(seq $bad 3)
				pop drain -d "$dest"
				assert_success
				assert_script_ok
				assert_equal "$(stored_in "$dest")" '1 2 3'
			done
		done
	done
}

@test "drain: a reply that arrives before the final dot of the previous message is detected" {
	local dest
	for dest in "${dests[@]}"; do
		fresh
		session < <(
			printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\n'
			stuffed 1
			stuffed 2 | sed '$d'
			echo 'S: +OK'
			echo 'S: .'
			stuffed 3 | sed 1d
			echo mayclose
		)
		pop drain -d "$dest"
		assert_failure 76
		assert_equal "$(stored_in "$dest")" 1
		good 2 3
		pop drain -d "$dest"
		assert_success
		assert_script_ok
		assert_equal "$(stored_in "$dest")" '1 2 3'
	done
}

@test "fetch: a message that ends early is not stored, with a journal and without" {
	local dest options
	for options in '' --new; do
		for dest in "${dests[@]}"; do
			fresh
			session < <(
				printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\nQUIT\r\n'
				stuffed 1
				unstuffed 2
				stuffed 3
				echo mayclose
			)
			# shellcheck disable=SC2086 # no option, or one
			pop fetch $options -d "$dest"
			assert_failure 76
			assert_equal "$(stored_in "$dest")" 1
		done
	done
}

@test "drain: a message that ends early is never recorded, however often drain runs" {
	local run
	for run in 1 2 3; do
		session < <(
			[ $run -eq 1 ] && printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\n' ||
				printf '%s\n' 'c: TOP 1 0\r\nRETR 2\r\nRETR 3\r\n'
			[ $run -eq 1 ] && stuffed 1 || printf 'S: +OK\nS: A: 1\nS: \nS: .\n'
			unstuffed 2
			stuffed 3
			echo mayclose
		)
		pop --json drain -d Mail/
		assert_failure 76
		assert_equal "$(stored_in Mail/)" 1
		refute_regex "$output" '"number": 2,.*stored|"deleted": true'
	done
}

# ---- out of sync afterwards ----------------------------------------------------

# late STEP...: three messages, of which the last ends early; the rest of it comes with the replies to DELE and QUIT.
late()
{
	session 15 < <(
		printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\n'
		stuffed 1
		stuffed 2
		printf 'S: +OK\nS: A: 3\nS: \nS: first\nS: .\n'
		printf '%s\n' 'c: DELE 1\r\nDELE 2\r\nDELE 3\r\nQUIT\r\n'
		printf '%s\n' "$@" mayclose
	)
}

@test "drain: out of sync at DELE or QUIT: the last message is fetched again" {
	local steps dest
	local -a rest
	for dest in "${dests[@]}"; do
		for steps in 'rest of 3|.' '+OK|rest|of|3' '+OK|+OK|+OK|rest' '-ERR|rest' '+OK|+OK|+OK|+OK|+OK|.'; do
			fresh
			IFS='|' read -ra rest <<<"$steps"
			late "${rest[@]/#/S: }"
			pop drain -d "$dest"
			assert_failure 76
			assert_regex "$stderr" 'message 3 may be incomplete and will be fetched again: '
			good 3
			pop drain -d "$dest"
			assert_success
			assert_script_ok
			assert_regex "$(stored_in "$dest")" '^1 2 3( 3[?])?$'
		done
	done
}

@test "fetch --new: out of sync at QUIT: the last message is not stored" {
	local dest
	for dest in "${dests[@]}"; do
		fresh
		session < <(
			printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\nQUIT\r\n'
			stuffed 1
			stuffed 2
			printf 'S: +OK\nS: A: 3\nS: \nS: first\nS: .\nS: rest of 3\n'
			echo mayclose
		)
		pop fetch --new -d "$dest"
		assert_failure 76
		assert_equal "$(stored_in "$dest")" '1 2'
	done
}

@test "drain --keep: out of sync at QUIT: the last message is fetched again" {
	session 15 < <(
		printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\n'
		stuffed 1
		stuffed 2
		printf 'S: +OK\nS: A: 3\nS: \nS: first\nS: .\n'
		printf 'C: QUIT\nS: rest of 3\nmayclose\n'
	)
	pop drain --keep 9d -d Mail/
	assert_failure 76
	session < <(
		printf '%s\n' 'c: RETR 3\r\n'
		stuffed 3
		printf 'C: QUIT\nS: +OK\n'
	)
	pop drain --keep 9d -d Mail/
	assert_success
	assert_script_ok
}

@test "fetch --new in a batch: a message shorter than announced is confirmed before it is recorded" {
	session < <(
		printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\n'
		stuffed 1
		stuffed 2
		printf 'S: +OK\nS: A: 3\nS: \nS: first\nS: .\n'
		printf 'C: NOOP\nS: rest of 3\nmayclose\n'
	)
	echo 'fetch --new -d Mail/' >verbs
	pop -b verbs
	assert_failure 76
	assert_equal "$(stored_in Mail/)" '1 2'
}

@test "drain: a last message shorter than announced is confirmed by NOOP before it is recorded" {
	local dest octets
	for dest in "${dests[@]}"; do
		for octets in 30 99; do
			fresh
			session $octets < <(
				printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\n'
				stuffed 1
				stuffed 2
				stuffed 3
				printf 'C: NOOP\nS: +OK\n'
				printf '%s\n' 'c: DELE 1\r\nDELE 2\r\nDELE 3\r\nQUIT\r\n' 'S: +OK' 'S: +OK' 'S: +OK' 'S: +OK'
			)
			pop drain -d "$dest"
			assert_success
			assert_script_ok
			assert_equal "$(stored_in "$dest")" '1 2 3'
			# The message is incomplete: its rest arrives in place of the reply, or after it. No record is
			# written.
			fresh
			session $octets < <(
				printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\n'
				stuffed 1
				stuffed 2
				unstuffed 3
				echo mayclose
			)
			pop drain -d "$dest"
			assert_failure 76
			refute_regex "$(cat "$SERVER_LOG")" 'DELE|QUIT'
			assert_equal "$(stored_in "$dest")" '1 2'
		done
	done
}

@test "drain: if killed while NOOP is pending, a message of another size is not recorded" {
	local pid
	session 99 < <(
		printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\n'
		stuffed 1
		stuffed 2
		printf 'S: +OK\nS: A: 3\nS: \nS: first\nS: .\nmayclose\nC: NOOP\nstall\n'
	)
	"$MAILNET" pop -s pop://localhost --tunnel "$TUNNEL" --auth none drain -d '|cat >>piped' 2>err 3>&- &
	pid=$!
	wait_until 60 grep -q 'C: NOOP' "$SERVER_LOG"
	kill -9 $pid
	wait $pid || true
	assert_equal "$(cat piped)" "$(message 1 && message 2)"
	good 3
	pop drain -d '|cat >>piped'
	assert_success
	assert_script_ok
	assert_equal "$(stored_in piped)" '1 2 3'
}

@test "retr: text after the message exits 76, and -o keeps the old file" {
	echo old >file
	tunnel_script <<-'END'
		S: +OK
		C: CAPA
		S: -ERR
		C: RETR 1
		S: +OK
		S: A: 1
		S: .
		C: QUIT
		S: the rest
		mayclose
	END
	pop -o file retr 1
	assert_failure 76
	assert_equal "$(cat file)" old
}

# ---- the connection is lost ------------------------------------------------------

@test "drain: if the connection is lost right after a message shorter than announced, the message is fetched again" {
	local dest
	for dest in "${dests[@]}"; do
		fresh
		session < <(
			printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\n'
			stuffed 1
			printf 'S: +OK\nS: A: 2\nS: \nS: first\nS: .\nclose\n'
		)
		pop drain -d "$dest"
		assert_failure 75
		assert_equal "$(stored_in "$dest")" 1
		good 2 3
		pop drain -d "$dest"
		assert_success
		assert_script_ok
		assert_equal "$(stored_in "$dest")" '1 2 3'
	done
}

# ---- signals and the deadline ------------------------------------------------------

# waiting: two messages are complete, and the beginning of the third has arrived.
waiting()
{
	session < <(
		printf '%s\n' 'c: RETR 1\r\nRETR 2\r\nRETR 3\r\n'
		stuffed 1
		stuffed 2
		printf 'S: +OK\nS: A: 3\nS: \nS: first\nflush\nmayclose\nstall\n'
	)
}

# begun DEST: message 2 was written to its place before the commit of the group, or was given to the command.
begun()
{
	case $1 in
	*/) [ "$(find "$1/tmp" -type f 2>/dev/null | wc -l)" -eq 2 ] ;;
	mbox) [ -s mbox.lock ] ;;
	*) grep -qs 'A: 2' piped ;;
	esac
}

@test "drain: a signal commits the complete messages of the open group, and deletes nothing" {
	local signal dest pid
	for dest in "${dests[@]}"; do
		for signal in TERM INT HUP; do
			fresh
			waiting
			# A shell without job control starts background jobs with SIGINT ignored, nohup its command with SIGHUP.
			env --default-signal="$signal" "$MAILNET" pop -s pop://localhost --tunnel "$TUNNEL" --auth none drain -d "$dest" 2>err &
			pid=$!
			wait_until 60 begun "$dest"
			kill -s "$signal" $pid
			status=0
			wait $pid || status=$?
			assert_equal "$status" $((128 + $(kill -l $signal)))
			assert_equal "$(cat err)" ''
			[ "$dest" = mbox ] || assert_equal "$(stored_in "$dest")" '1 2'
			[ "$dest" != mbox ] || assert_regex "$(stored_in mbox)" '^1( 2)?$'
			refute_regex "$(cat "$SERVER_LOG")" 'DELE|QUIT'
			assert [ ! -e mbox.lock ]
			assert_equal "$(find Mail/tmp -type f 2>/dev/null)" ''
			[ "$dest" = mbox ] || good 3
			[ "$dest" != mbox ] || continue
			pop drain -d "$dest"
			assert_success
			assert_script_ok
			assert_equal "$(stored_in "$dest")" '1 2 3'
		done
	done
}

@test "drain: the deadline commits the complete messages of the open group, and deletes nothing" {
	local dest
	for dest in "${dests[@]}"; do
		fresh
		waiting
		pop --deadline 5 drain -d "$dest"
		assert_failure 75
		assert_regex "$stderr" 'deadline'
		assert_equal "$(stored_in "$dest")" '1 2'
		refute_regex "$(cat "$SERVER_LOG")" 'DELE|QUIT'
		good 3
		pop drain -d "$dest"
		assert_success
		assert_script_ok
		assert_equal "$(stored_in "$dest")" '1 2 3'
	done
}

@test "drain: after a signal a |COMMAND that is reading a message gets limited time to accept it" {
	local pid began
	waiting
	"$MAILNET" pop -s pop://localhost --tunnel "$TUNNEL" --auth none drain -d '|cat >>piped; sleep 600' 2>err &
	pid=$!
	wait_until 60 grep -qs 'A: 1' piped
	began=$SECONDS
	kill $pid
	status=0
	wait $pid || status=$?
	assert_equal "$status" 143
	[ $((SECONDS - began)) -le 30 ]
}
