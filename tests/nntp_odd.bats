#!/usr/bin/env bats
# nntp against old, unusual and faulty servers: which replies are accepted, reported, or exit 76.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/nntp

# ---- one command at a time ---------------------------------------------------------------------

@test "--no-pipelining: no command is pipelined, not even QUIT" {
	start_script <<-END
		=== over
		S: 200 hello
		c: CAPABILITIES\r\n
		quiet 50
		S: 101 yes
		S: VERSION 2
		S: .
		c: GROUP misc.test\r\n
		quiet 50
		S: 211 2 1 2 misc.test
		c: LIST OVERVIEW.FMT\r\n
		quiet 50
		S: 503 no
		c: OVER 1-2\r\n
		quiet 50
		S: 224 follows
		S: $(line 1)
		S: .
		C: QUIT
		S: 205 bye
		=== over A-B
		S: 200 hello
		c: GROUP misc.test\r\n
		quiet 50
		S: 211 2 1 2 misc.test
		c: LIST OVERVIEW.FMT\r\n
		quiet 50
		S: 503 no
		c: OVER 1-2\r\n
		quiet 50
		S: 224 follows
		S: $(line 1)
		S: .
		C: QUIT
		S: 205 bye
		=== date
		S: 200 hello
		c: DATE\r\n
		quiet 50
		S: 111 20261120123456
		C: QUIT
		S: 205 bye
		=== listgroup
		S: 200 hello
		c: LISTGROUP misc.test\r\n
		quiet 50
		S: 211 1 1 1 misc.test
		S: 1
		S: .
		C: QUIT
		S: 205 bye
		=== capabilities
		S: 200 hello
		c: CAPABILITIES\r\n
		quiet 50
		S: 101 yes
		S: VERSION 2
		S: .
		C: QUIT
		S: 205 bye
	END
	local words
	for words in 'over -F number misc.test' 'over -F number misc.test 1-2' date 'listgroup misc.test' capabilities; do
		# shellcheck disable=SC2086 # words
		nntp --no-pipelining $words
		assert_success
		refute_output ''
	done
	assert_script_ok
}

# ---- the next step -----------------------------------------------------------------------------

@test "401 that names a capability other than MODE-READER exits 69, without MODE READER" {
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 401 X-SECRET-HANDSHAKE wanted
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<'group misc.test'
	assert_failure 69
	assert_script_ok
}

@test "a transit server that replies 500 gets MODE READER, then the newer command again" {
	start_script <<-END
		=== over
		S: 200 hello
		C: OVER 1
		S: 500 what?
		C: XOVER 1
		S: 500 what?
		C: MODE READER
		S: 200 reader
		C: OVER 1
		S: 224 follows
		S: $(line 1)
		S: .
		C: QUIT
		S: 205 bye
		=== hdr
		S: 200 hello
		C: HDR subject 1
		S: 500 what?
		C: XHDR subject 1
		S: 500 what?
		C: MODE READER
		S: 200 reader
		C: HDR subject 1
		S: 225 follows
		S: 1 one
		S: .
		C: QUIT
		S: 205 bye
		=== description
		S: 200 hello
		C: LIST NEWSGROUPS misc.test
		S: 500 what?
		C: XGTITLE misc.test
		S: 500 what?
		C: MODE READER
		S: 200 reader
		C: LIST NEWSGROUPS misc.test
		S: 215 follows
		S: misc.test	of tests
		S: .
		C: QUIT
		S: 205 bye
	END
	local verb
	for verb in 'over 1' 'hdr subject 1' 'description misc.test'; do
		nntp -b - <<<"$verb"
		assert_success
	done
	assert_output 'of tests'
	assert_script_ok
}

@test "480 to LIST OVERVIEW.FMT: the list is requested again after the login" {
	(umask 077 && echo default login me password secret >"$HOME/.netrc")
	start_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: VERSION 2
		S: .
		c: GROUP misc.test\r\nLIST OVERVIEW.FMT\r\nOVER 1-2\r\n
		S: 211 2 1 2 misc.test
		S: 480 who are you?
		S: 480 who are you?
		C: AUTHINFO USER me
		S: 381 go on
		C: AUTHINFO PASS secret
		S: 281 welcome
		c: GROUP misc.test\r\nLIST OVERVIEW.FMT\r\nOVER 1-2\r\nQUIT\r\n
		S: 211 2 1 2 misc.test
		S: 215 format
		S: Subject:
		S: From:
		S: Date:
		S: Message-ID:
		S: References:
		S: :bytes
		S: :lines
		S: Xref:full
		S: .
		S: 224 follows
		S: 1\ta\tme\td\t<1@x>\t\t10\t2\tXref: h misc.test:1
		S: .
		S: 205 bye
	END
	nntp --json over -F number,xref misc.test 1-2
	assert_success
	assert_output '{"number": 1, "xref": "h misc.test:1"}'
	assert_script_ok
}

# ---- malformed replies -------------------------------------------------------------------------

@test "a line without a valid number is skipped: the lines after it are printed, and the exit status is 76" {
	local verb reply first bad
	while IFS='|' read -r verb reply first bad; do
		start_script < <(
			printf '%s\n' 'S: 200 hi' 'C* LIST( ACTIVE.*)?|(HDR|OVER) .*' "S: $reply" "S: $first" \
				"S: $bad" "S: ${first/1/2}" 'S: .' 'C: DATE' 'S: 111 20261120123456' 'C: QUIT' 'S: 205 bye'
		)
		eval "nntp -b - --json" <<<"$verb"$'\ndate'
		assert_failure 76
		assert_equal "$(jq -c 'select(.done | not)' <<<"$output" | wc -l)" 3
		assert_line --partial '"exit": 76}}'
		assert_line '{"date": "2026-11-20T12:34:56Z"}'
		assert_script_ok
	done <<-'END'
		list|215 list|a.b 5 1 y|a.c 5 x y
		list|215 list|a.b 5 1 y|a.c 5
		list active a.*|215 list|a.b 5 1 y|a.c 9223372036854775808 1 y
		hdr subject 1-2|225 hdr|1 one|foo two
		hdr subject 1-2|225 hdr|1 one|9223372036854775808 two
		hdr subject 1-2|225 hdr|1 one|
		over 1-2|503 no\r\n224 over|1\ta\tb\tc\t<1@x>\t\t1\t1|foo\ta\tb\tc\t<1@x>\t\t1\t1
		over 1-2|503 no\r\n224 over|1\ta\tb\tc\t<1@x>\t\t1\t1|-1\ta\tb\tc\t<1@x>\t\t1\t1
		over 1-2|503 no\r\n224 over|1\ta\tb\tc\t<1@x>\t\t1\t1|9223372036854775808\ta\tb\tc\t<1@x>\t\t1\t1
	END
}

@test "newgroups and newnews: an invalid line is skipped with 76; a message-id of more than 250 octets is a warning" {
	local verb reply first bad long
	long=$(printf '%249s' '' | tr ' ' x)
	while IFS='|' read -r verb reply first bad; do
		start_script < <(
			printf '%s\n' 'S: 200 hi' 'C: CAPABILITIES' 'S: 500 no' 'C~ .*' 'C: QUIT' "S: $reply" \
				"S: $first" "S: $bad" "S: $first" 'S: .' 'S: 205 bye'
		)
		# shellcheck disable=SC2086 # words
		nntp $verb
		assert_equal "$status" "$([[ $bad == *xxx* ]] && echo 0 || echo 76)"
		assert_equal "${#lines[@]}" 2
		assert_equal "${#stderr_lines[@]}" 1
		assert_script_ok
	done <<-END
		--json newgroups 3d|231 list|a.b 5 1 y|a.c
		newnews a.b 3d|230 list|<a@b>|a@b
		newnews a.b 3d|230 list|<a@b>|<$long>
		--json newnews a.b 3d|230 list|<a@b>|<$long>
	END
}

@test "stat, next and last require number and message-id in the reply; article does not" {
	local reply
	for reply in 223 '223 1' '223 x <a@b>' '223 1 a@b'; do
		start_script < <(printf '%s\n' === 'S: 200 hi' 'C~ .*' "S: $reply" mayclose)
		nntp -b - <<<stat
		assert_failure 76
		assert_output ''
	done
	start_script < <(printf '%s\n' 'S: 200 hi' 'C: NEXT' 'S: 223' mayclose)
	nntp -b - <<<next
	assert_failure 76
	assert_output ''
	start_script < <(printf '%s\n' 'S: 200 hi' 'C: BODY' 'S: 222 here it is' 'S: text' 'S: .' 'C: QUIT' 'S: 205 bye')
	nntp -b - <<<body
	assert_failure 76
	start_script < <(printf '%s\n' 'S: 200 hi' 'C: BODY' 'S: 222' 'S: text' 'S: .' 'C: QUIT' 'S: 205 bye')
	nntp -b - <<<body
	assert_success
	assert_output text
}

@test "overview lines with too few fields are printed, with one warning" {
	local option
	for option in --crlf '' --json 'over --decode'; do
		start_script <<-END
			S: 200 hello
			C: GROUP misc.test
			C~ LIST OVERVIEW.FMT|OVER 1-4
			$([ "$option" != --json ] || echo 'C: OVER 1-4')
			C: QUIT
			S: 211 4 1 4 misc.test
			$([ "$option" != --json ] || echo 'S: 503 no')
			S: 224 follows
			S: $(line 1)
			S: 2\ttoo\tfew
			S: 3
			S: $(line 4)\ttoo many?
			S: .
			S: 205 bye
		END
		# shellcheck disable=SC2086 # words
		nntp ${option%over*} over ${option#*over} misc.test 1-4
		assert_success
		assert_equal "${#lines[@]}" 4
		assert_equal "$stderr" \
			'mailnet nntp: warning: 2 overview lines do not have the fields of LIST OVERVIEW.FMT'
		assert_script_ok
	done
}

@test "an overview line with a message-id of more than 250 octets is skipped with a warning, wherever the input is split" {
	local n option
	for n in 250 251; do
		for option in '' --json; do
			start_script <<-END
				S: 200 hello
				c: $([ -z "$option" ] || printf %s 'LIST OVERVIEW.FMT\r\n')OVER 1-2\r\n
				$([ -z "$option" ] || echo 'S: 503 no')
				split 100
				S: 224 follows
				S: 1\ts\tf\td\t<$(printf "%$((n - 2))s" '' | tr ' ' x)>\t\t1\t1
				S: .
				mayclose
				C: QUIT
				S: 205 bye
			END
			# shellcheck disable=SC2086 # one word or none
			nntp $option -b - <<<'over 1-2'
			assert_success
			assert_equal "$(grep -c '<xxx' <<<"$output")" $((n > 250 ? 0 : 1))
			[ "$n" -le 250 ] || assert_regex "$stderr" 'warning: .*message-id of more than 250 octets'
		done
	done
}

@test "overview lines of every length and number of fields are printed, and the incomplete ones counted" {
	# Fields of 0 to 300 octets, the message-id of at most 250, by turns.
	awk 'function x(n) { return substr(xs, 1, n) }
		BEGIN {
			while (length(xs) < 300)
				xs = xs "x"
			for (i = 1; i <= 900; i++) {
				s = i
				for (f = 1; f <= i % 10; f++)
					s = s "\t" x(f == 4 ? i * 7 % 251 : (i * f * 31) % (i % 3 ? 40 : 301))
				print s
			}
		}' >lines
	odd=$(awk -F '\t' 'NF < 8' lines | wc -l)
	start_script < <(printf '%s\n' 'S: 200 hello' 'C: GROUP misc.test' 'C: OVER 1-900' 'C: QUIT' \
		'S: 211 900 1 900 misc.test' 'S: 224 follows'
		sed 's/^/S: /' lines
		printf '%s\n' 'S: .' 'S: 205 bye')
	nntp over misc.test 1-900
	assert_success
	assert_equal "$output" "$(cat lines)"
	assert_equal "$stderr" \
		"mailnet nntp: warning: $odd overview lines do not have the fields of LIST OVERVIEW.FMT"
	assert_script_ok
}

@test "a message-id of more than 250 octets is found at every position in the line" {
	local before behind n
	for before in '' 1 60 61 62 63 64 65 188 189 190 191 192 193 250 600; do
		for behind in '\t\t1\t1' '\t\t\t\t\t\t\t\t\t\t' ''; do
			n=$((before % 2 ? 251 : 300))
			start_script <<-END
				S: 200 hello
				C: OVER 1-2
				S: 224 follows
				S: $(line 1)
				S: 2\t$(printf "%${before:-0}s" '')\t\t\t$(printf "%${n}s" '' | tr ' ' y)$behind
				S: .
				mayclose
				C: QUIT
				S: 205 bye
			END
			nntp -b - <<<'over 1-2'
			assert_success
			assert_equal "${#lines[@]}" 1
			assert_output --partial '1'
			assert_regex "$stderr" 'message-id of more than 250 octets'
		done
	done
}

# ---- the group in a session --------------------------------------------------------------------

@test "a group selected by cmd is used by over -n and ranges; a failed selection keeps the previous group" {
	start_script <<-END
		S: 200 hello
		C: GROUP misc.test
		S: 211 9 1 9 misc.test
		C: OVER 8-9
		S: 224 follows
		S: $(line 9)
		S: .
		C: GROUP no.such
		S: 411 no
		C: OVER 9
		S: 224 follows
		S: $(line 9)
		S: .
		C: MODE READER
		S: 200 reader
		C: OVER 1-5000
		S: 412 select one
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<-'END'
		cmd GROUP misc.test
		over -n 2
		-cmd GROUP no.such
		over -n 1
		cmd MODE READER
		over 1-5000
	END
	assert_failure 1
	assert_line -n 1 "$(line 9)"
	assert_regex "$stderr" 'stdin:6: 127.0.0.1: OVER 1-5000: 412 select one'
	assert_script_ok
}

@test "over --newsrc reads the selected group, whichever command selected it; without one, all groups of the file" {
	local select
	for select in 'group misc.test' 'listgroup misc.test 1-3' 'cmd GROUP misc.test' 'over misc.test 1'; do
		printf 'misc.test: 1-7\n' >newsrc
		start_script <<-END
			S: 200 hello
			C* (LIST)?GROUP misc\.test.*
			S: 211 9 1 9 misc.test
			$(case $select in
				list*) printf '%s\n' 'S: 1' 'S: .' ;;
				over*) printf '%s\n' 'C: OVER 1' 'S: 224 follows' "S: $(line 1)" 'S: .' ;;
			esac)
			C: OVER 8-9
			S: 224 follows
			S: $(line 9)
			S: .
			C: GROUP no.such
			S: 411 no
			C: QUIT
			S: 205 bye
		END
		nntp --compress off -b - <<<"$select"$'\nover --newsrc newsrc\n-group no.such\nover --newsrc newsrc'
		assert_success
		assert_line -n -1 "$(line 9)"
		assert_equal "$(<newsrc)" 'misc.test: 1-9'
		assert_script_ok
	done
	# No group is selected: all groups of the file.
	printf 'misc.test: 1-7\nb.c! 1\nd.e: 1-5\n' >newsrc
	start_script <<-END
		S: 200 hi
		C: GROUP misc.test
		C: GROUP d.e
		S: 211 9 1 9 misc.test
		S: 211 5 1 5 d.e
		C: GROUP misc.test
		C: OVER 8-9
		S: 211 9 1 9 misc.test
		S: 224 follows
		S: $(line 9)
		S: .
		C: GROUP misc.test
		C: GROUP d.e
		S: 211 9 1 9 misc.test
		S: 211 5 1 5 d.e
		C: QUIT
		S: 205 bye
	END
	nntp --compress off -b - <<<$'over --newsrc newsrc\nover --newsrc newsrc'
	assert_success
	assert_output $'misc.test\t'"$(line 9)"
	assert_equal "$(<newsrc)" $'misc.test: 1-9\nb.c! 1\nd.e: 1-5'
	assert_script_ok
	start_script <<<$'S: 200 hi\nC: QUIT\nS: 205 bye'
	nntp -b - <<<'over --newsrc newsrc 1-5'
	assert_failure 1
	assert_regex "$stderr" 'no group is selected'
	assert_script_ok
}

@test "over of the selected group includes articles that arrived after the selection" {
	start_script <<-END
		S: 200 hello
		C: GROUP misc.test
		S: 211 3 1 3 misc.test
		C: CAPABILITIES
		S: 101 yes
		S: COMPRESS DEFLATE
		S: .
		C: OVER 4-
		S: 224 follows
		S: $(line 4)
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<$'group misc.test\nover 4-'
	assert_success
	assert_line -n 1 "$(line 4)"
	assert_script_ok
}

@test "421 to NEXT means that the group has no next article, and the session goes on" {
	start_script <<-'END'
		S: 200 hello
		C: NEXT
		S: 421 no next article
		C: DATE
		S: 111 20261120123456
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<$'-next\ndate'
	assert_success
	assert_output 2026-11-20T12:34:56Z
	assert_script_ok
}

@test "unsolicited data after the last reply exits 76" {
	local extra
	for extra in '111 20261120123456' 'no reply at all' ''; do
		start_script <<-END
			S: 200 hello
			C: GROUP misc.test
			S: 211 2 1 2 misc.test
			S: $extra
			mayclose
			C: QUIT
			S: 205 bye
		END
		nntp group misc.test
		assert_failure 76
	done
}

@test "date: a comment after the date is ignored" {
	start_script < <(printf '%s\n' 'S: 200 hi' 'C: DATE' 'S: 111 20261120123456 UTC, I think' 'C: QUIT' 'S: 205 bye')
	nntp date
	assert_success
	assert_output 2026-11-20T12:34:56Z
}

@test "cmd POST: QUIT does not become part of an article" {
	start_script <<-'END'
		S: 200 hello
		C: POST
		S: 340 go on
		eof
	END
	nntp cmd POST
	assert_success
	assert_output '340 go on'
	assert_script_ok
}

@test "xpath and slave log in if the server requires it; if the server lacks the command, no other command is tried" {
	local verb command
	(umask 077 && echo default login me password secret >"$HOME/.netrc")
	for verb in 'xpath <1@x>' slave; do
		command=${verb/xpath/XPATH}
		command=${command/slave/SLAVE}
		start_script <<-END
			S: 200 hello
			C: CAPABILITIES
			S: 500 what?
			C: $command
			S: 480 who are you?
			C: AUTHINFO USER me
			S: 381 go on
			C: AUTHINFO PASS secret
			S: 281 welcome
			C: $command
			S: $([[ $verb == slave ]] && echo 202 || echo 223) misc.test/1
			C: QUIT
			S: 205 bye
		END
		# shellcheck disable=SC2086 # words
		nntp $verb
		assert_success
		assert_script_ok
		start_script <<-END
			S: 200 hello
			C: CAPABILITIES
			S: 101 these
			S: VERSION 2
			S: .
			C: $command
			S: 500 what?
			C: QUIT
			S: 205 bye
		END
		# shellcheck disable=SC2086 # words
		nntp $verb
		assert_failure 69
		assert_script_ok
	done
}

@test "description finds the group if the server ignores the name and lists all groups" {
	start_script <<-'END'
		S: 200 hello
		C: LIST NEWSGROUPS misc.test
		S: 215 these
		S: alt.test	another one
		S: misc.test	this one
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp description misc.test
	assert_success
	assert_output 'this one'
}

@test "over -F accepts fields as LIST OVERVIEW.FMT prints them; --decode keeps message-ids unchanged" {
	start_script <<-END
		S: 200 hello
		C: LIST OVERVIEW.FMT
		S: 215 these
		$(printf 'S: %s\n' Subject: From: Date: Message-ID: References: Bytes: Lines: Xref:full)
		S: .
		C: OVER 1
		S: 224 follows
		S: 1\t=?utf-8?q?s?=\tf\td\t<=?utf-8?q?a?=@x>\t<=?utf-8?q?r?=@x>\t1\t2\tXref: a misc.test:1
		S: .
		C: OVER 1
		S: 224 follows
		S: 1\t=?utf-8?q?s?=\tf\td\t<=?utf-8?q?a?=@x>\t<=?utf-8?q?r?=@x>\t1\t2\tXref: a misc.test:1
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<$'over -F Subject:,Xref:full,Bytes:,:lines 1\nover --decode 1'
	assert_success
	assert_line -n 0 $'=?utf-8?q?s?=\tXref: a misc.test:1\t1\t2'
	assert_line -n 1 $'1\ts\tf\td\t<=?utf-8?q?a?=@x>\t<=?utf-8?q?r?=@x>\t1\t2\tXref: a misc.test:1'
	assert_script_ok
}

# ---- where articles go ---------------------------------------------------------------------------

# serve_articles RANGE: a server of GROUP and those articles, each with one line.
serve_articles()
{
	local i
	printf '%s\n' 'S: 200 hello' "C: GROUP misc.test" "S: 211 9 1 9 misc.test"
	for ((i = ${1%-*}; i <= ${1#*-}; i++)); do
		printf '%s\n' "C: ARTICLE $i" "S: 220 $i <$i@x>" "S: Subject: $i" 'S: ' "S: body $i" 'S: .'
	done
	printf '%s\n' mayclose 'C: QUIT' 'S: 205 bye'
}

@test "fetch -d |COMMAND: an article that the command refuses is reported, all others are stored and marked" {
	local number
	echo 'misc.test: ' >newsrc
	start_script < <(serve_articles 1-9)
	nntp --compress off fetch --newsrc newsrc -d '|grep "body [1-47-9]" >>got' misc.test
	assert_failure 69
	assert_equal "${#stderr_lines[@]}" 2
	for number in 5 6; do
		assert_regex "$stderr" "127.0.0.1: article $number: the command 'grep \"body \[1-47-9\]\" >>got' ended with status 1"
	done
	assert_equal "$(cut -c 6 got | tr -d '\n')" 1234789
	assert_equal "$(cat newsrc)" 'misc.test: 1-4,7-9'
	# The next run requests only the refused articles.
	start_script < <(serve_articles 5-6)
	nntp --compress off fetch --newsrc newsrc -d '|grep body >>got' misc.test
	assert_success
	assert_script_ok
	assert_equal "$(cat newsrc)" 'misc.test: 1-9'
	assert_equal "$(cut -c 6 got | tr -d '\n')" 123478956
	start_script < <(serve_articles 1-6)
	nntp --json fetch -d '|grep -q "body [1256]"' misc.test 1-6
	assert_failure 69
	assert_equal "$(jq -r 'select(.fate) | [.number, .fate] | join(" ")' <<<"$output" | tr '\n' ,)" \
		'1 stored,2 stored,3 skipped,4 skipped,5 stored,6 stored,'
}

@test "fetch stores an article although its Maildir already has its header alone" {
	start_script <<-'END'
		S: 200 hello
		C: HEAD <1@x>
		S: 221 0 <1@x>
		S: Subject: 1
		S: .
		C: ARTICLE <1@x>
		S: 220 0 <1@x>
		S: Subject: 1
		S:
		S: text
		S: .
		C: BODY <1@x>
		S: 222 0 <1@x>
		S: text
		S: .
		C: ARTICLE <1@x>
		S: 220 0 <1@x>
		S: Subject: 1
		S:
		S: text
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<-'END'
		head -d box/ <1@x>
		article -d box/ <1@x>
		body -d box/ <1@x>
		article -d box/ <1@x>
	END
	assert_success
	assert_script_ok
	assert_equal "$(cat box/new/* | sort | tr '\n' ,)" ',Subject: 1,Subject: 1,text,text,'
}

# ---- the reply in done ---------------------------------------------------------------------------

@test "done has the refusing reply, for every verb" {
	local verb command reply want
	while IFS='|' read -r verb command reply want; do
		start_script <<-END
			S: 200 hello
			$command
			S: $reply
			mayclose
			C: QUIT
			S: 205 bye
		END
		nntp --json -b - <<<"$verb"
		assert_equal "$(jq -c '.done | [.code, .text, .exit]' <<<"${lines[-1]}")" "$want"
	done <<-'END'
		xpath <1@x>|C: XPATH <1@x>|500 what|[500,"500 what",69]
		slave|C: SLAVE|500 what|[500,"500 what",69]
		stat <1@x>|C: STAT <1@x>|480 login|[480,"480 login",77]
		body 1|C: BODY 1|483 tls|[483,"483 tls",77]
		article|C: ARTICLE|480 login|[480,"480 login",77]
		capabilities|C: CAPABILITIES|400 busy|[400,"400 busy",75]
		newgroups 1d|C: CAPABILITIES|400 busy|[400,"400 busy",75]
		newnews * 1d|C: CAPABILITIES|400 busy|[400,"400 busy",75]
		stat 4|C: STAT 4|423 none such|[423,"423 none such",1]
	END
}

@test "done of several articles has the reply for the missing one" {
	start_script <<-'END'
		S: 200 hello
		C: STAT 1
		S: 223 1 <1@x>
		C: STAT 4
		S: 423 none such
		C: QUIT
		S: 205 bye
	END
	nntp --json -b - <<<'stat 1 4'
	assert_failure 1
	assert_equal "$(jq -c '.done | [.code, .text, .exit]' <<<"${lines[-1]}")" '[423,"423 none such",1]'
}
