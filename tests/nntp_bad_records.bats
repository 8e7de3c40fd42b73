#!/usr/bin/env bats
# nntp: one bad record never blocks the records after it; and a 400 that means "unknown command".

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/nntp

# shellcheck disable=SC2034 # for nntp
nntp_options=(--compress off)

# five REPLY COMMAND CODE: steps for articles 1 to 5; the second gets the reply lines REPLY.
five()
{
	local second=$1 command=$2 code=$3 n
	printf '%s\n' 'S: 200 hi' 'C: GROUP misc.test' 'S: 211 5 1 5 misc.test'
	for n in 1 2 3 4 5; do
		printf '%s\n' "C: $command $n"
	done
	printf '%s\n' 'C: QUIT'
	for n in 1 2 3 4 5; do
		if [ "$n" = 2 ]; then
			printf '%b\n' "$second"
		else
			printf '%s\n' "S: $code $n <$n@x>"
			[ "$code" = 223 ] || printf '%s\n' "S: Subject: $n" 'S: ' "S: body $n" 'S: .'
		fi
	done
	printf '%s\n' 'S: 205 bye'
}

# ---- articles ----------------------------------------------------------------------------------

@test "fetch: an article that the server refuses is reported, the others are stored, and a temporary refusal stays unread" {
	local reply status rest
	while read -r reply status rest; do
		echo 'misc.test: ' >newsrc
		rm -rf box
		start_script < <(five "S: $reply no" ARTICLE 220)
		nntp fetch --newsrc newsrc -d box/ misc.test
		assert_failure "$status"
		assert_equal "$stderr" "mailnet nntp: 127.0.0.1: ARTICLE 2: $reply no"
		assert_equal "$(cat box/new/* | grep -c '^body [1345]')" 4
		assert_equal "$(cat newsrc)" "misc.test: $rest"
		assert_script_ok
	done <<-'END'
		451 1 1-5
		403 75 1,3-5
		502 69 1,3-5
		503 69 1,3-5
	END
}

@test "fetch: 423 and 430 in a range are gaps: marked read, and not a failure" {
	local reply
	for reply in 423 430; do
		echo 'misc.test: ' >newsrc
		start_script < <(five "S: $reply no" ARTICLE 220)
		nntp fetch --newsrc newsrc misc.test
		assert_success
		assert_equal "$stderr" ''
		assert_equal "$(cat newsrc)" 'misc.test: 1-5'
	done
}

@test "fetch: a group whose last articles are missing is read to its end" {
	local where
	for where in -d\ box/ ''; do
		echo 'misc.test: 1' >newsrc
		start_script <<-'END'
			S: 200 hi
			C: GROUP misc.test
			S: 211 5 1 5 misc.test
			c: ARTICLE 2\r\nARTICLE 3\r\nARTICLE 4\r\nARTICLE 5\r\nQUIT\r\n
			S: 220 2 <2@x>
			S: Subject: 2
			S: .
			S: 423 no
			S: 403 later
			S: 451 gone
			S: 205 bye
		END
		# shellcheck disable=SC2086 # words
		nntp fetch --newsrc newsrc $where misc.test
		assert_failure 75
		assert_regex "$stderr" 'ARTICLE 4: 403 later'
		assert_regex "$stderr" 'ARTICLE 5: 451 gone'
		assert_equal "$(cat newsrc)" 'misc.test: 1-3,5'
	done
}

@test "stat, head, body, article: a refused or malformed record is skipped, in text, JSON and a batch" {
	local verb code reply status json
	while IFS='|' read -r verb code reply status; do
		for json in '' --json; do
			start_script < <(five "$reply" "${verb^^}" "$code")
			# shellcheck disable=SC2086 # one word or none
			nntp $json "$verb" misc.test 1-5
			assert_failure "$status"
			assert_equal "$(grep -c '"number"\|body [1345]$\|Subject: [1345]$\|^[1345] <' <<<"$output")" \
				"$([ "$verb$json" = article ] && echo 8 || { [ "$verb$json" = head ] && echo 8; } ||
					{ [ "$verb$json" = body ] && echo 8; } || echo 4)"
			assert_script_ok
		done
	done <<-'END'
		stat|223|S: 403 later|75
		stat|223|S: 502 no|69
		stat|223|S: 451 gone|1
		stat|223|S: 223 2|76
		stat|223|S: 223 two <2@x>|76
		head|221|S: 403 later|75
		body|222|S: 502 no|69
		article|220|S: 451 gone|1
		article|220|S: 220 what <2@x>\nS: a\nS: .|76
	END
	start_script < <(
		printf '%s\n' 'S: 200 hi' 'C: GROUP misc.test' 'S: 211 2 1 2 misc.test' 'c: STAT 1\r\nSTAT 2\r\n' \
			'S: 223 1' 'S: 223 2 <2@x>' 'C: DATE' 'S: 111 20261120123456' 'C: QUIT' 'S: 205 bye'
	)
	nntp -b - <<<$'-stat misc.test 1-2\ndate'
	assert_success
	assert_output $'2 <2@x>\n2026-11-20T12:34:56Z'
	assert_script_ok
}

@test "fetch: an article with a message-id of more than 250 octets is skipped with a warning, and not requested again" {
	echo 'misc.test: ' >newsrc
	start_script < <(five "S: 220 2 <$(printf %490s '' | tr ' ' x)@x>\nS: Subject: 2\nS: \nS: body 2\nS: ." ARTICLE 220)
	nntp fetch --newsrc newsrc -d box/ misc.test
	assert_success
	assert_regex "$stderr" 'warning: .*ARTICLE 2: a message-id of more than 250 octets'
	assert_equal "$(cat box/new/* | grep -c '^body [1345]')" 4
	assert_equal "$(cat newsrc)" 'misc.test: 1-5'
}

@test "fetch -o: a record that fails in every run does not prevent the output file" {
	echo 'misc.test: ' >newsrc
	start_script < <(five 'S: 451 gone' ARTICLE 220)
	nntp -o out fetch --newsrc newsrc misc.test
	assert_failure 1
	assert_equal "$(grep -c '^body' out)" 4
	assert_equal "$(cat newsrc)" 'misc.test: 1-5'
}

# ---- gaps ----------------------------------------------------------------------------------------

# Steps of a server with three articles among 20,000 numbers; $1 holds steps that go before the article commands.
sparse()
{
	printf '%b\n' 'S: 200 hi' 'C: GROUP misc.test' 'S: 211 3 1 20000 misc.test' "$1"
	printf '%s\n' 'c: ARTICLE 7\r\nARTICLE 19000\r\nARTICLE 20000\r\nQUIT\r\n'
	printf 'S: 220 %d <a@x>\nS: Subject: %d\nS: .\n' 7 7 19000 19000 20000 20000
	printf '%s\n' 'S: 205 bye'
}

@test "fetch --newsrc: one LISTGROUP finds the gaps of a sparse group, also if the server refuses its range" {
	local list='S: 7\nS: 19000\nS: 20000\nS: .' commands
	for commands in "C: LISTGROUP misc.test 4-20000\nS: 211 3 1 20000 misc.test\n$list" \
		"C: LISTGROUP misc.test 4-20000\nS: 211 list follows\nS: 2\n$list" \
		"C: LISTGROUP misc.test 4-20000\nS: 501 no range\nC: LISTGROUP misc.test\nS: 211 list follows\nS: 2\n$list"; do
		echo 'misc.test: 1-3,5,15000-18000' >newsrc
		start_script < <(sparse "$commands")
		nntp fetch --newsrc newsrc misc.test
		assert_success
		assert_equal "$(grep -c ^Subject: <<<"$output")" 3
		assert_equal "$(cat newsrc)" 'misc.test: 1-20000'
		assert_script_ok
	done
}

@test "article: the gaps of several ascending ranges are found by LISTGROUP" {
	start_script < <(
		printf '%s\n' 'S: 200 hi' 'c: GROUP misc.test\r\nLISTGROUP misc.test 1-90000\r\n' \
			'S: 211 3 1 20000 misc.test' 'S: 211 3 1 20000 misc.test' 'S: 7' 'S: 9000' 'S: 20000' 'S: .' \
			'c: STAT 7\r\nSTAT 20000\r\nQUIT\r\n' 'S: 223 7 <a@x>' 'S: 223 20000 <b@x>' 'S: 205 bye'
	)
	nntp stat misc.test 1-5000 10000-90000
	assert_success
	assert_output $'7 <a@x>\n20000 <b@x>'
	assert_script_ok
}

# ---- lines -------------------------------------------------------------------------------------

@test "over --newsrc: a line that cannot be parsed is reported and skipped, and the newsrc is updated" {
	local option
	for option in '' --json '-F number,subject'; do
		echo 'misc.test: ' >newsrc
		start_script <<-END
			S: 200 hi
			$([ -z "$option" ] || echo 'C~ GROUP .*')
			C~ GROUP .*|LIST OVERVIEW.FMT
			S: 211 3 1 3 misc.test
			$([ -z "$option" ] || echo 'S: 503 no')
			c: OVER 1-3\r\nQUIT\r\n
			S: 224 follows
			S: $(line 1)
			S: of a subject\tme@example.org\tFri, 20 Nov 2026 10:00:00 +0000\t<2@x>\t\t100\t3
			S: $(line 3)
			S: .
			S: 205 bye
		END
		# shellcheck disable=SC2086 # words
		nntp ${option%-F*} over ${option#--json} --newsrc newsrc misc.test
		assert_failure 76
		assert_equal "${#lines[@]}" 2
		assert_regex "$stderr" 'without an article number: of a subject'
		assert_equal "$(cat newsrc)" 'misc.test: 1-3'
	done
}

@test "over --newsrc -F: lines without the field are printed and marked, and the exit status is 65" {
	echo 'misc.test: ' >newsrc
	start_script <<-END
		S: 200 hi
		C: GROUP misc.test
		C: LIST OVERVIEW.FMT
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
		c: OVER 1-2\r\nQUIT\r\n
		S: 224 follows
		S: $(line 1)\tXref: h misc.test:1
		S: $(line 2)
		S: .
		S: 205 bye
	END
	nntp over -F number,xref --newsrc newsrc misc.test
	assert_failure 65
	assert_equal "${#lines[@]}" 2
	assert_equal "$(cat newsrc)" 'misc.test: 1-2'
}

@test "over --newsrc: a refused range stays unread; the ranges after it are printed and marked" {
	echo 'misc.test: 3' >newsrc
	start_script <<-END
		S: 200 hi
		C: GROUP misc.test
		S: 211 5 1 5 misc.test
		c: OVER 1-2\r\nOVER 4-5\r\nQUIT\r\n
		S: 403 database
		S: 224 follows
		S: $(line 4)
		S: $(line 5)
		S: .
		S: 205 bye
	END
	nntp over --newsrc newsrc misc.test
	assert_failure 75
	assert_equal "${#lines[@]}" 2
	assert_equal "$(cat newsrc)" 'misc.test: 3-5'
}

@test "listgroup: a line that is not a number is skipped; descending numbers, or numbers outside the group, exit 76" {
	local numbers status want
	while IFS='|' read -r numbers status want; do
		start_script < <(
			printf '%s\n' 'S: 200 hi' 'C: LISTGROUP misc.test' 'C: QUIT' 'S: 211 3 5 9 misc.test'
			tr ' ' '\n' <<<"$numbers" | sed 's/^/S: /'
			printf '%s\n' 'S: .' mayclose 'S: 205 bye'
		)
		nntp listgroup misc.test
		assert_failure "$status"
		assert_equal "$(tr '\n' ' ' <<<"$output")" "$want "
	done <<-'END'
		5 x 9|76|5 9
		5 7 7|76|5 7
		5 9 7|76|5 9
		5 9 10|76|5 9
		4 9|76|
	END
}

@test "JSON over: empty :bytes and :lines and absent fields are null, other empty fields \"\", numbers beyond 2^63 are kept" {
	start_script < <(
		printf '%s\n' 'S: 200 hi' 'C: LIST OVERVIEW.FMT' 'C: OVER 1-4' 'C: QUIT' 'S: 215 format' \
			'S: Subject:' 'S: From:' 'S: Date:' 'S: Message-ID:' 'S: References:' 'S: Bytes:' 'S: Lines:' \
			'S: Xref:full' 'S: .' 'S: 224 follows' 'S: 1\t\t\t\t\t\t\t\tXref:' 'S: 2\ts\tf\td\t<2@x>\t\t007\t' \
			"S: 3\ts\tf\td\t<3@x>\t\t$(printf '%5000s' '' | tr ' ' 9)\t-1\t" 'S: 4\ts' 'S: .' 'S: 205 bye'
	)
	nntp --json over 1-4
	assert_success
	assert_equal "$(jq -c '[.number, .subject, .references, .[":bytes"], .[":lines"], .xref]' <<<"$output")" \
		$'[1,"","",null,null,""]\n[2,"s","",7,null,null]\n[3,"s","",null,null,null]\n[4,"s","",null,null,null]'
}

# ---- 400 -------------------------------------------------------------------------------------

@test "hdr: a lone (none) from XHDR means that no header was found" {
	start_script <<-'END'
		S: 200 hi
		C: HDR subject <1@x>
		C: QUIT
		S: 500 what
		S: 205 bye
		=== 2
		S: 200 hi
		C: XHDR subject <1@x>
		C: QUIT
		S: 221 header
		S: (none)
		S: .
		S: 205 bye
	END
	nntp hdr subject '<1@x>'
	assert_failure 1
	assert_output ''
	assert_script_ok
}

@test "400 to CAPABILITIES, LIST OVERVIEW.FMT, OVER and HDR on a connection that stays open means unknown command" {
	write_netrc 127.0.0.1 me secret
	start_script <<-END
		S: 200 hi
		C: CAPABILITIES
		S: 400 unknown command
		C: AUTHINFO USER me
		S: 381 go on
		C: AUTHINFO PASS secret
		S: 281 welcome
		c: GROUP misc.test\r\nLIST OVERVIEW.FMT\r\nOVER 1-2\r\n
		S: 211 2 1 2 misc.test
		S: 400 unknown command
		S: 400 unknown command
		C: GROUP misc.test
		C: XOVER 1-2
		S: 211 2 1 2 misc.test
		S: 224 follows
		S: $(line 1)
		S: .
		C: GROUP misc.test
		C: HDR subject 1-2
		S: 211 2 1 2 misc.test
		S: 400 unknown command
		C: GROUP misc.test
		C: XHDR subject 1-2
		S: 211 2 1 2 misc.test
		S: 221 header
		S: 1 one
		S: .
		C: CAPABILITIES
		S: 400 unknown command
		C: DATE
		S: 400 unknown command
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<$'over -F number,subject misc.test 1-2\nhdr subject misc.test 1-2\ncapabilities'
	assert_success
	assert_output $'1\tsubject 1\n1\tone'
	assert_script_ok
}

@test "400 after which the server closes ends the session, whatever the command" {
	local command reply verb
	while IFS='|' read -r command verb; do
		start_script < <(
			printf '%b\n' 'S: 200 hi' "C: $command" 'S: 400 going down' mayclose close
		)
		eval "nntp --json -b - <<<$'$verb\ndate'"
		assert_failure 75
		assert_equal "$(jq -c 'select(.done.verb != "connect").done | [.code, .text, .exit]' <<<"$output")" \
			'[400,"400 going down",75]'
	done <<-'END'
		CAPABILITIES|capabilities
		CAPABILITIES|newgroups 1d
		LIST OVERVIEW.FMT\nC: OVER 1-2\nS: 503 no|over 1-2
		HDR subject 1-2|hdr subject 1-2
	END
	start_script <<-'END'
		S: 200 hi
		c: CAPABILITIES\r\nQUIT\r\n
		S: 400 going down
	END
	nntp capabilities
	assert_failure 75
	assert_regex "$stderr" 'CAPABILITIES: 400 going down'
}
