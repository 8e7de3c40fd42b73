#!/usr/bin/env bats
# Output: -o, write errors, terminals, progress, transcripts.
#
# shellcheck disable=SC2016 # commands for a terminal are expanded by its shell
# shellcheck disable=SC2030,SC2031 # each test is a shell of its own

load lib/common
load lib/server
bats_require_minimum_version 1.5.0

setup()
{
	common_setup
	export MAILNET_NNTP=nntp://localhost
}

# A server that answers one DATE.
date_script()
{
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		C: QUIT
		S: 205 bye
	END
}

# A server with a group, which sends its three articles, the last after DELAY milliseconds.
articles_script()
{
	tunnel_script <<-END
		S: 200 hi
		C: GROUP misc.test
		S: 211 3 1 3 misc.test
		C: ARTICLE 1
		C: ARTICLE 2
		C: ARTICLE 3
		C: QUIT
		S: 220 1 <1@x>
		S: Subject: 1
		S:
		S: one
		S: .
		S: 220 2 <2@x>
		S: Subject: 2
		S:
		S: two
		S: .
		flush
		delay ${1:-0}
		S: 220 3 <3@x>
		S: Subject: 3
		S:
		S: three
		S: .
		S: 205 bye
	END
}

nntp()
{
	mailnet nntp --tunnel "$TUNNEL" "$@"
}

# on_terminal COMMAND: runs the command on a terminal and prints the octets that it writes there.
on_terminal()
{
	export TUNNEL
	run script -qec "$1" /dev/null </dev/null
}

# ---- -o ----------------------------------------------------------------------------------------

@test "output: -o creates a file, with the mode of the one it replaces" {
	date_script
	umask 027
	run nntp -o file date
	assert_success
	assert_output ''
	assert_equal "$(<file)" 2026-11-20T12:34:56Z
	assert_equal "$(stat -c %a file)" 640
	chmod 604 file
	echo old >file
	run nntp -o file date
	assert_success
	assert_equal "$(<file)" 2026-11-20T12:34:56Z
	assert_equal "$(stat -c %a file)" 604
	assert_equal "$(ls)" "$(printf '%s\n' file home "${SERVER_LOG##*/}" script* tmp | sort)"
}

@test "output: -o keeps the old file if the run fails, even after output was written" {
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		C: BOO
		S: 500 what?
		C: QUIT
		S: 205 bye
	END
	echo old >file
	run nntp -o file -b - <<<$'date\ncmd BOO\n'
	assert_failure 69
	assert_equal "$(<file)" old
	run nntp -o new -b - <<<$'date\ncmd BOO\n'
	assert_failure 69
	assert_file_not_exist new
	run find . -name 'file.*' -o -name 'new*'
	assert_output ''
}

@test "output: -o replaces the file only with exit status 0, not with 1" {
	tunnel_script <<-'END'
		S: 200 hi
		C: GROUP no.such
		S: 411 no such group
		C: QUIT
		S: 205 bye
	END
	echo old >file
	run nntp -o file group no.such
	assert_failure 1
	assert_equal "$(<file)" old
}

@test "output: -o replaces a symbolic link, and does not follow it" {
	date_script
	echo precious >target
	ln -s target link
	run nntp -o link date
	assert_success
	[ ! -L link ]
	assert_equal "$(cat link)" 2026-11-20T12:34:56Z
	assert_equal "$(<target)" precious
	ln -sf nowhere dangling
	run nntp -o dangling date
	assert_success
	[ ! -L dangling ]
	assert_file_not_exist nowhere
}

@test "output: -o writes into a FIFO, a device and a descriptor" {
	date_script
	mkfifo fifo
	nntp -o fifo date 3>&- &
	local job=$!
	assert_equal "$(timeout 20 cat fifo)" 2026-11-20T12:34:56Z
	wait "$job"
	[ -p fifo ]
	run nntp -o /dev/null date
	assert_success
	assert_output ''
	[ -c /dev/null ]
	run nntp -o /dev/stdout date
	assert_success
	assert_output 2026-11-20T12:34:56Z
	nntp -o /dev/fd/4 date 4>four
	assert_equal "$(<four)" 2026-11-20T12:34:56Z
}

@test "output: -o - is stdout, and an empty name is refused" {
	local option
	run mailnet nntp -o - decode hello
	assert_output hello
	assert_not_exists -
	for option in -o --log --transcript; do
		run mailnet nntp "$option" '' decode hello
		assert_failure 64
		assert_output --partial 'the file name is empty'
	done
}

@test "output: -o to a path that cannot be created exits 73 before connecting, and names the file" {
	TUNNEL='touch connected; false'
	run nntp -o missing/file date
	assert_failure 73
	assert_output "mailnet nntp: missing/file: the directory 'missing' does not exist (create it first)"
	mkdir directory
	run nntp -o directory date
	assert_failure 73
	assert_output 'mailnet nntp: directory: Is a directory'
	run nntp -o '' date
	assert_failure 64
	assert_file_not_exist connected
}

@test "output: -o to a full device exits 74" {
	date_script
	run nntp -o /dev/full date
	assert_failure 74
	assert_output 'mailnet nntp: /dev/full: No space left on device'
}

# ---- write errors ------------------------------------------------------------------------------

@test "output: a full disk within records or a batch exits 74, is reported once, and ends the run" {
	tunnel_script <<-'END'
		S: 200 hi
		C: DATE
		S: 111 20261120123456
		mayclose
		C: QUIT
		S: 205 bye
	END
	run bash -c 'printf "date\ndate\ndate\n" | "$MAILNET" nntp --tunnel "$0" -b - >/dev/full' "$TUNNEL"
	assert_failure 74
	assert_output 'mailnet nntp: stdin:1: stdout: No space left on device'
	run bash -c '"$MAILNET" nntp --tunnel "$0" --json date >/dev/full' "$TUNNEL"
	assert_failure 74
	assert_output 'mailnet nntp: stdout: No space left on device'
}

@test "output: if the reader closes the pipe, mailnet ends without a message and marks nothing as read" {
	mkdir -p folder/news/misc.test
	local n
	for n in {1..400}; do
		printf 'Subject: %s\nFrom: a\nDate: b\nMessage-ID: <%s@x>\nReferences: %s\n\nx\n' \
			"$n" "$n" "$(head -c 900 /dev/zero | tr '\0' r)" >"folder/news/misc.test/$n"
	done
	start_folder folder --nntp
	echo 'misc.test: 1-2' >newsrc
	cp newsrc before
	run bash -c '
		set -o pipefail
		{ "$MAILNET" nntp -s "nntp://localhost:$NNTP_PORT" over --newsrc newsrc misc.test
		  echo "$?" >status; } | head -n 1 | cut -f 1'
	assert_output 3
	assert_equal "$(<status)" 141
	cmp newsrc before
	run find . -name 'newsrc.*' ! -name '*.lock'
	assert_output ''
}

# ---- terminals ---------------------------------------------------------------------------------

hostile_script()
{
	tunnel_script <<-'END'
		S: 200 hi
		C: ARTICLE 1
		C: QUIT
		s: 220 1 <1@x>\r\nSubject: \e]0;owned\x07\xc3\xa9\r\n\r\ntab\there \x9b31m \xe2\x80\xae\r\n.\r\n
		S: 205 bye
	END
}

@test "output: control characters are escaped on a terminal, and only there" {
	hostile_script
	nntp article 1 >file
	printf 'Subject: \e]0;owned\x07\xc3\xa9\n\ntab\there \x9b31m \xe2\x80\xae\n' | cmp - file
	nntp -o file2 article 1
	cmp file file2
	nntp article 1 | cmp - file
	on_terminal '"$MAILNET" nntp --tunnel "$TUNNEL" article 1'
	assert_success
	assert_equal "$output" $'Subject: ^[]0;owned\\aé\r\n\r\ntab\there M^[31m M-bM^@M-.\r'
}

@test "output: without UTF-8 in the locale a terminal gets ASCII" {
	hostile_script
	LC_ALL=C on_terminal '"$MAILNET" nntp --tunnel "$TUNNEL" article 1'
	assert_success
	assert_line --index 0 $'Subject: ^[]0;owned\\aM-CM-)\r'
}

@test "output: errors and -v are escaped even if stderr is a file" {
	tunnel_script <<-'END'
		S: 200 hi
		C: GROUP misc.test
		s: 411 \e[31m\x01 no\r\n
		C: QUIT
		S: 205 bye
	END
	run --separate-stderr nntp -v group misc.test
	assert_failure 1
	[[ $stderr != *[$'\e\x01']* ]]
	[[ $stderr == *'< 411 ^[[31m^A no'*'GROUP misc.test: 411 ^[[31m^A no'* ]]
}

# ---- progress ----------------------------------------------------------------------------------

# progress_lines: prints each state of the progress line.
progress_lines()
{
	tr '\r' '\n' <<<"$output" | sed 's/\x1b\[K//' | grep -E '^[0-9]+(/[0-9]+)? (articles|messages)' || :
}

@test "output: progress shows count, rate and time left after a second, and is cleared" {
	articles_script 1300
	on_terminal '"$MAILNET" nntp --tunnel "$TUNNEL" article misc.test 1-3 >file'
	assert_success
	run progress_lines
	assert_output --regexp '^[23]/3 articles, [0-9]+/s, [0-9.]+ K?B, [0-9.]+ K?B/s, 0:00:00 left$'
	assert_equal "$(grep -c '^Subject' file)" 3
	articles_script 1300
	on_terminal '"$MAILNET" nntp --tunnel "$TUNNEL" article misc.test 1-3 >file'
	assert_equal "${output: -4}" $'\r\e[K'
}

@test "output: progress is not shown with -q, or if stderr is not a terminal" {
	articles_script 1300
	on_terminal '"$MAILNET" nntp -q --tunnel "$TUNNEL" article misc.test 1-3 >file'
	assert_success
	assert_output ''
	on_terminal '"$MAILNET" nntp --tunnel "$TUNNEL" article misc.test 1-3 >file 2>errors'
	assert_success
	assert_output ''
	assert_equal "$(<errors)" ''
}

@test "output: an error message is printed on its own line after the progress line is cleared" {
	tunnel_script <<-'END'
		S: 200 hi
		C: GROUP misc.test
		S: 211 3 1 3 misc.test
		c: ARTICLE 1\r\nARTICLE 2\r\nARTICLE 3\r\n
		s: 220 1 <1@x>\r\n\r\n.\r\n
		delay 1300
		s: 220 2 <2@x>\r\n\r\n.\r\n
		flush
		mayclose
		close
	END
	on_terminal '"$MAILNET" nntp --tunnel "$TUNNEL" article misc.test 1-3 >file'
	assert_failure 75
	[[ $output == *$'/3 articles'*$'\r\e[Kmailnet nntp: localhost: '* ]]
}

@test "output: progress of a drain shows the octets and time left" {
	mkdir -p folder/mail
	local n
	for n in 1 2 3; do
		printf 'Subject: %s\n\n%s\n' "$n" "$(head -c 3000 /dev/zero | tr '\0' x)" >"folder/mail/$n"
	done
	start_folder folder --pop
	start_relay "$POP_PORT" --delay 1200
	export RELAY_PORT
	on_terminal '"$MAILNET" pop -s "pop://localhost:$RELAY_PORT" --no-netrc -u me --password-fd 4 4<<<x drain -d Mail/'
	assert_success
	run progress_lines
	assert_output --regexp '[0-3]/3 messages, [0-9]+/s, [0-9.]+ KB, [0-9.]+ K?B/s, 0:00:0[0-9] left'
}

@test "output: progress is shown within one message and within a listing" {
	tunnel_script <<-'END'
		S: 200 hi
		C: ARTICLE 1
		C: QUIT
		s: 220 1 <1@x>\r\n\r\n
		sendrepeat 4000 this is line %d of a long article\r\n
		flush
		delay 1300
		sendrepeat 4000 this is line %d of a long article\r\n
		s: .\r\n
		S: 205 bye
	END
	on_terminal '"$MAILNET" nntp --tunnel "$TUNNEL" article 1 >file'
	assert_success
	run grep -cE '^0/1 articles, 0/s, [0-9.]+ KB, ' <(tr '\r' '\n' <<<"$output")
	refute_output 0
	tunnel_script <<-'END'
		S: 200 hi
		C~ LIST.*
		C: QUIT
		S: 215 list
		sendrepeat 4000 a.group.%d 0000000009 0000000001 y\r\n
		flush
		delay 1300
		sendrepeat 4000 b.group.%d 0000000009 0000000001 y\r\n
		s: .\r\n
		S: 205 bye
	END
	on_terminal '"$MAILNET" nntp --tunnel "$TUNNEL" list >file'
	assert_success
	run grep -cE '^[0-9.]+ KB, [0-9.]+ KB/s' <(tr '\r' '\n' <<<"$output")
	refute_output 0
	assert_equal "$(wc -l <file)" 8000
}

@test "output: progress of sending shows the octets left" {
	{
		printf 'From: a@example.org\nTo: b@example.org\n\n'
		yes 'a line of a long message, and then another' | head -n 100000
	} >message
	tunnel_script <<-END
		S: 220 hi
		C~ EHLO .*
		S: 250 hi
		C~ MAIL .*
		S: 250 ok
		C~ RCPT .*
		S: 250 ok
		C: DATA
		S: 354 go on
		flush
		delay 1300
		recvblock $PWD/received
		S: 250 ok
		C: QUIT
		S: 221 bye
	END
	on_terminal '"$MAILNET" smtp -s smtp://localhost --tunnel "$TUNNEL" send <message'
	assert_success
	run grep -cE '^0/1 messages, 0/s, [0-9.]+ [KM]B, [0-9.]+ [KM]B/s, 0:00:[0-9]+ left$' \
		<(tr '\r' '\n' <<<"${output//$'\e[K'/}")
	refute_output 0
	assert_equal "$(wc -l <received)" 100003
}

@test "output: flush shows progress between its lines" {
	local n
	for n in 1 2 3; do
		run mailnet smtp -s smtp://localhost --tunnel false send --spool spool -f a@x b@x <<<"$n"
		assert_success
	done
	tunnel_script <<-END
		S: 220 hi
		C~ EHLO .*
		S: 250-hi
		S: 250 PIPELINING
		$(for n in 1 2 3; do
			printf '%s\n' 'C~ MAIL .*' 'C~ RCPT .*' 'C: DATA' 'S: 250 ok' 'S: 250 ok' 'S: 354 go on' flush \
				"recvblock $PWD/received" "delay $((n == 2 ? 1300 : 0))" 'S: 250 ok' flush
		done)
		C: QUIT
		S: 221 bye
	END
	on_terminal '"$MAILNET" smtp -s smtp://localhost --tunnel "$TUNNEL" flush spool'
	assert_success
	run grep -cE '^[123]/3 messages, [0-9]+/s, [0-9.]+ K?B, [0-9.]+ K?B/s, 0:00:[0-9]+ left$' \
		<(tr '\r' '\n' <<<"${output//$'\e[K'/}")
	refute_output 0
}

# ---- -q, warnings, transcripts -----------------------------------------------------------------

@test "output: -q suppresses warnings, but not errors" {
	local option warnings
	for option in -v -q; do
		echo 'misc.test: 1-100' >newsrc
		tunnel_script <<-'END'
			S: 200 hi
			C: GROUP misc.test
			S: 211 2 1 2 misc.test
			c: OVER 1-2\r\nQUIT\r\n
			S: 224 follows
			S: .
			S: 205 bye
		END
		run --separate-stderr nntp $option --compress off over --newsrc newsrc misc.test
		assert_success
		warnings=$(grep -c 'warning: .*renumbered' <<<"$stderr" || :)
		[ $option = -q ] || assert_equal "$warnings" 1
		[ $option = -v ] || assert_equal "$stderr" ''
	done
	tunnel_script <<-'END'
		S: 200 hi
		C: GROUP misc.test
		S: 411 no such group
		C: QUIT
		S: 205 bye
	END
	run --separate-stderr nntp -q group misc.test
	assert_failure 1
	assert_equal "$stderr" 'mailnet nntp: localhost: GROUP misc.test: 411 no such group'
}

@test "output: --transcript appends the trace of -vv to a private file" {
	date_script
	umask 0
	nntp --transcript log date
	assert_equal "$(stat -c %a log)" 600
	nntp --transcript log -vv date 2>shown
	assert_equal "$(grep -c '> DATE$' log)" 2
	# The second half equals the output on the terminal, except for the fractions of a second.
	assert_equal "$(tail -n "$(wc -l <shown)" log | cut -c 14-)" "$(cut -c 14- shown)"
	ln -s elsewhere link
	run nntp --transcript link date
	assert_failure 73
	assert_file_not_exist elsewhere
}

@test "output: --transcript refuses a FIFO, with or without a reader, and a device" {
	local file
	date_script
	mkfifo fifo read
	exec 8<>"read"
	for file in fifo read /dev/null; do
		run --separate-stderr nntp --transcript "$file" date
		assert_failure 73
		assert_equal "$stderr" "mailnet nntp: --transcript: $file: not written, because it is not a regular file"
	done
	exec 8>&-
}

@test "output: lines end in LF, and with --crlf in CR LF" {
	articles_script
	nntp article misc.test 1-3 --raw >lf
	nntp article misc.test 1-3 --raw --crlf >crlf
	[[ $(<lf) != *$'\r'* ]]
	sed 's/$/\r/' lf | cmp - crlf
}

@test "output: with --crlf all lines end in CR LF, not only those of messages" {
	tunnel_script <<-'END'
		S: 200 hi
		C: GROUP misc.test
		S: 211 1 1 1 misc.test
		C: OVER 1
		S: 224 follows
		S: 1\ts\tf\td\t<1@x>\t\t1\t1
		S: .
		C: LIST OVERVIEW.FMT
		S: 503 no
		C: OVER 1
		S: 224 follows
		S: 1\ts\tf\td\t<1@x>\t\t1\t1
		S: .
		C: HDR subject 1
		S: 225 follows
		S: 1 s
		S: .
		C: QUIT
		S: 205 bye
	END
	printf '%s\n' 'group misc.test' 'over 1' 'over -F subject,number 1' 'hdr subject 1' >verbs
	nntp --crlf -b verbs >crlf
	printf '%s\r\n' '1 1 1 misc.test' $'1\ts\tf\td\t<1@x>\t\t1\t1' $'s\t1' $'1\ts' | cmp - crlf
	assert_script_ok
}
