#!/usr/bin/env bats
# The command-line contract for nntp: limits, arguments and exit statuses that other files do not test.

load lib/common
load lib/server
bats_require_minimum_version 1.5.0

# No server listens on this port: an argument that is not refused before connecting gives 75.
@test "contract: a malformed argument is an error before connecting" {
	local status_wanted text words
	while IFS='|' read -r status_wanted text words; do
		eval "run --separate-stderr mailnet nntp -s 127.0.0.1:1 $words"
		assert_failure "$status_wanted"
		assert_equal "${#stderr_lines[@]}" 1
		[[ $stderr == "mailnet nntp: "*"$text"* ]] || fail "$words: $stderr"
	done <<-'END'
		65|GROUP contains CR or LF|group $'a\nb'
		65|NAME contains CR or LF|has $'a\rb'
		65|LINE contains CR or LF|cmd DATE $'\nQUIT'
		65|WILDMAT contains CR or LF|list active $'a\n*'
		65|MSGID contains CR or LF|xpath $'<a\n@b>'
		65|the group name contains a blank|over 'a b' 1-2
		65|the range 9-1 ends before it begins|over misc.test 9-1
		65|'other.group' is not an article number|article misc.test other.group
		65|"<a@b" is not a message-id|article misc.test 1 '<a@b'
		65|"yesterday" is not a time|newnews '*' yesterday
		65|"2026-13-01" is not a time|newgroups 2026-13-01
		64|--last: 'ten' is not a number|over -n ten misc.test
		64|--mbox and --raw exclude each other|article --raw --mbox misc.test 1
		66|/nonexistent/file: No such file|post /nonexistent/file
		66|/nonexistent/file: No such file|ihave '<a@b>' /nonexistent/file
		64|--last: '0' is not a number|over -n 0 misc.test
		64|--fields: the argument is empty|over -F '' misc.test
		64|unexpected argument 'misc.test'|over 1-2 misc.test
		64|unexpected argument 'misc.test'|hdr subject 1-2 misc.test
		64|unexpected argument 'misc.test'|listgroup 1-2 misc.test
		65|the keyword is empty|list ''
		65|the keyword contains a blank|list 'a b'
		65|'<a@b>' is not a range|listgroup '<a@b>'
		65|'<a@b>' is not a range|fetch misc.test '<a@b>'
		75|cannot connect to port 1|over '<a@b>'
		75|cannot connect to port 1|over misc.test '<a@b>'
		75|cannot connect to port 1|hdr subject '<a@b>'
		75|cannot connect to port 1|list misc.test
		75|cannot connect to port 1|article 1-2 '<a@b>'
		75|cannot connect to port 1|hdr subject misc.test 1-
		75|cannot connect to port 1|listgroup 1-5
	END
}

@test "contract: NUL in a batch line exits 65" {
	tunnel_script <<-'END'
		S: 200 hi
		C: QUIT
		S: 205 bye
	END
	run --separate-stderr mailnet nntp -s localhost --tunnel "$TUNNEL" -b - < <(printf 'group a\0b\n')
	assert_failure 65
	assert_equal "$stderr" 'mailnet nntp: stdin:1: the line contains a NUL'
	assert_script_ok
}

# long N: a script line of N octets
long()
{
	printf '%*s' "$1" '' | tr ' ' x
}

@test "contract: a line over 1 MiB in a multi-line reply exits 76; a line of 1 MiB is accepted" {
	local reply verb n
	while IFS='|' read -r verb reply; do
		for n in 1048576 1048577; do
			tunnel_script < <(
				printf 'S: 200 hi\nC~ .*\nS: %s\nS: %s\nS: .\nC: QUIT\nS: 205 bye\n' \
					"$reply" "$(long "$n")"
			)
			eval "run --separate-stderr mailnet nntp -s localhost --tunnel \"\$TUNNEL\" $verb"
			if ((n > 1048576)); then
				assert_failure 76
				assert_equal "$stderr" 'mailnet nntp: localhost: a line of more than 1048576 octets'
			else
				assert_success
				[ "${#lines[-1]}" -eq 1048576 ]
			fi
		done
	done <<-'END'
		list|215 list follows
		help|100 help follows
		cmd --multi LIST|215 list follows
	END
}

@test "contract: an overview line over 1 MiB exits 76" {
	local n
	for n in 1048576 1048577; do
		tunnel_script < <(
			printf 'S: 200 hi\nC: GROUP g\nC: OVER 1-2\nC: QUIT\nS: 211 2 1 2 g\n'
			printf 'S: 224 follows\nS: 1\t%s\nS: .\nS: 205 bye\n' "$(long $((n - 2)))"
		)
		run --separate-stderr mailnet nntp -s localhost --tunnel "$TUNNEL" over g 1-2
		assert_equal "$status" $((n > 1048576 ? 76 : 0))
		if ((n > 1048576)); then
			assert_equal "$stderr" 'mailnet nntp: localhost: a line of more than 1048576 octets'
		else
			[ "${#output}" -eq 1048576 ]
		fi
	done
}

@test "contract: a message-id of more than 250 octets from a server exits 76" {
	local n
	for n in 250 251; do
		tunnel_script < <(
			printf 'S: 200 hi\nC: STAT <a@b>\nS: 223 1 <%s@b>\nC: QUIT\nS: 205 bye\n' \
				"$(long $((n - 4)))"
		)
		run --separate-stderr mailnet nntp -s localhost --tunnel "$TUNNEL" stat '<a@b>'
		assert_equal "$status" $((n > 250 ? 76 : 0))
		if ((n > 250)); then
			assert_equal "$stderr" 'mailnet nntp: localhost: STAT <a@b>: a message-id of more than 250 octets'
		else
			assert_output "1 <$(long 246)@b>"
		fi
	done
}

@test "contract: if one of several SPECs is missing, the others are printed and the exit status is 1" {
	tunnel_script <<-'END'
		S: 200 hi
		C: GROUP misc.test
		S: 211 3 1 3 misc.test
		c: STAT 2\r\nSTAT 3\r\nSTAT 99\r\nQUIT\r\n
		S: 423 no 2
		S: 223 3 <3@x>
		S: 423 no 99
		S: 205 bye
	END
	run --separate-stderr mailnet nntp -s localhost --tunnel "$TUNNEL" stat misc.test 2 3 99
	assert_failure 1
	assert_output '3 <3@x>'
	assert_equal "$stderr" $'mailnet nntp: localhost: STAT 2: 423 no 2\nmailnet nntp: localhost: STAT 99: 423 no 99'
}

@test "contract: a range with gaps and an existing SPEC exits 0" {
	tunnel_script <<-'END'
		S: 200 hi
		C: GROUP misc.test
		S: 211 3 1 3 misc.test
		c: STAT 1\r\nSTAT 2\r\nSTAT 3\r\nQUIT\r\n
		S: 423 no 1
		S: 223 2 <2@x>
		S: 223 3 <3@x>
		S: 205 bye
	END
	run --separate-stderr mailnet nntp -s localhost --tunnel "$TUNNEL" stat misc.test 1-2 3
	assert_success
	assert_output $'2 <2@x>\n3 <3@x>'
}

@test "contract: an unsolicited reply exits 76, even if QUIT was sent already" {
	local quits
	for quits in 'S: 205 bye' 'S: 111 20261120123456\nS: 205 bye' 's: 205 bye\\r\\n205 bye\\r\\n'; do
		tunnel_script < <(
			printf 'S: 200 hi\nC: DATE\nC: QUIT\nS: 111 20261120123456\n%b\n' "$quits"
		)
		run --separate-stderr mailnet nntp -s localhost --tunnel "$TUNNEL" date
		assert_output 2026-11-20T12:34:56Z
		if [ "$quits" = 'S: 205 bye' ]; then
			assert_success
		else
			assert_failure 76
			assert_regex "$stderr" 'unsolicited reply'
		fi
	done
}

@test "contract: in -b - a FILE that is stdin by another name exits 64, and no command is sent" {
	local line
	for line in 'post -' 'ihave <a@b> -' 'post /dev/stdin' 'post'; do
		tunnel_script <<-'END'
			S: 200 hi
			C: QUIT
			S: 205 bye
		END
		run --separate-stderr mailnet nntp -s localhost --tunnel "$TUNNEL" -b - <<<"$line"
		assert_failure 64
		assert_regex "$stderr" ': stdin is in use by the batch \(-b -\)'
		assert_script_ok
	done
	tunnel_script <<-'END'
		S: 220 hi
		C: QUIT
		S: 221 bye
	END
	run --separate-stderr mailnet smtp -s localhost --tunnel "$TUNNEL" -b - <<<'data -'
	assert_failure 64
	assert_regex "$stderr" ': data: stdin is in use by the batch \(-b -\)'
	assert_script_ok
}
