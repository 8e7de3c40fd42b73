#!/usr/bin/env bats
# nntp against scripts: exact octets, odd and old servers, round trips. Real servers: nntp-inn.bats.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/nntp

# ---- over --------------------------------------------------------------------------------------

@test "over GROUP A-B sends all commands in one pipeline after the greeting" {
	start_script <<-END
		S: 200 hello
		c: GROUP misc.test\r\nOVER 1-2\r\nQUIT\r\n
		S: 211 2 1 2 misc.test
		S: 224 follows
		S: $(line 1)
		S: ..dotted
		S: .
		S: 205 bye
	END
	nntp -v over misc.test 1-2
	assert_success
	assert_output "$(line 1)"$'\n'".dotted"
	rounds 2
	assert_script_ok
}

@test "over -F requests the format in the same pipeline" {
	start_script <<-'END'
		S: 200 hello
		c: GROUP misc.test\r\nLIST OVERVIEW.FMT\r\nOVER 1-2\r\nQUIT\r\n
		S: 211 2 1 2 misc.test
		S: 215 format
		S: Subject:
		S: From:
		S: Date:
		S: Message-ID:
		S: References:
		S: Bytes:
		S: Lines:
		S: Xref:full
		S: .
		S: 224 follows
		S: 1\tone\tme\td\t<1@x>\t\t10\t2\tXref: h misc.test:1
		S: .
		S: 205 bye
	END
	nntp -v over -F ':bytes,number,Subject,lines' misc.test 1-2
	assert_success
	assert_output $'10\t1\tone\t2'
	rounds 2
	assert_script_ok
}

@test "over -n K prints the last K numbers of the group" {
	start_script <<-END
		S: 200 hello
		C: GROUP misc.test
		S: 211 90 1 100 misc.test
		c: OVER 98-100\r\nQUIT\r\n
		S: 224 follows
		S: $(line 99)
		S: .
		S: 205 bye
	END
	nntp -v over -n 3 misc.test
	assert_success
	assert_output "$(line 99)"
	rounds 3
	assert_script_ok
}

@test "over -n of an empty group, as 0 0 0 or as first > last, exits 1" {
	local marks

	for marks in '0 0 0' '0 8 7'; do
		start_script <<-END
			S: 200 hello
			C: GROUP misc.test
			S: 211 $marks misc.test
			C: QUIT
			S: 205 bye
		END
		nntp over -n 3 misc.test
		assert_failure 1
		assert_output ''
		assert_script_ok
	done
}

@test "over: after a failed GROUP the lines of the group selected before are not printed" {
	start_script <<-END
		S: 200 hello
		C: GROUP good
		S: 211 1 1 1 good
		c: GROUP bad\r\nOVER 1-5\r\n
		S: 411 no such group
		S: 224 follows
		S: $(line 1)
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<$'group good\nover bad 1-5'
	assert_failure 1
	assert_output '1 1 1 good'
	assert_equal "$stderr" 'mailnet nntp: stdin:2: 127.0.0.1: GROUP bad: 411 no such group'
	assert_script_ok
}

@test "a server without OVER gets XOVER, in the same session if the connection is still open" {
	start_script <<-END
		S: 200 hello
		c: GROUP misc.test\r\nOVER 1-2\r\n
		S: 211 2 1 2 misc.test
		S: 500 what?
		c: GROUP misc.test\r\nXOVER 1-2\r\n
		S: 211 2 1 2 misc.test
		S: 224 follows
		S: $(line 1)
		S: .
		C: XOVER 2
		S: 224 follows
		S: $(line 2)
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<$'over misc.test 1-2\nover 2'
	assert_success
	assert_output "$(line 1)"$'\n'"$(line 2)"
	assert_script_ok
}

@test "over: connects again for XOVER if QUIT was sent in the pipeline" {
	start_script <<-END
		=== first
		S: 200 hello
		c: GROUP misc.test\r\nOVER 1-2\r\nQUIT\r\n
		S: 211 2 1 2 misc.test
		S: 500 what?
		S: 205 bye
		=== second
		S: 200 hello
		c: GROUP misc.test\r\nXOVER 1-2\r\nQUIT\r\n
		S: 211 2 1 2 misc.test
		S: 224 follows
		S: $(line 1)
		S: .
		S: 205 bye
	END
	nntp over misc.test 1-2
	assert_success
	assert_output "$(line 1)"
	assert_script_ok
}

@test "if the password can be read only once, QUIT is not pipelined" {
	local from
	printf 'secret\nnot yours\n' >password
	for from in '--password-fd 3 3<password' '--netrc <(echo default login me password secret)'; do
		start_script <<-END
			S: 200 hello
			C: CAPABILITIES
			S: 101 yes
			S: VERSION 2
			S: AUTHINFO USER
			S: .
			C: AUTHINFO USER me
			S: 381 go on
			C: AUTHINFO PASS secret
			S: 281 welcome
			c: GROUP misc.test\r\nOVER 1-2\r\n
			S: 211 2 1 2 misc.test
			S: 500 what?
			c: GROUP misc.test\r\nXOVER 1-2\r\n
			S: 211 2 1 2 misc.test
			S: 224 follows
			S: $(line 1)
			S: .
			C: QUIT
			S: 205 bye
		END
		eval "nntp -u me over misc.test 1-2 $from"
		assert_success
		assert_output "$(line 1)"
		assert_script_ok
	done
}

@test "after 401, MODE READER is sent alone and the pipeline is repeated" {
	start_script <<-END
		S: 200 hello (transit mode)
		c: GROUP misc.test\r\nOVER 1-2\r\n
		S: 401 MODE-READER
		S: 401 MODE-READER
		C: MODE READER
		quiet 100
		S: 200 reader
		c: GROUP misc.test\r\nOVER 1-2\r\nQUIT\r\n
		S: 211 2 1 2 misc.test
		S: 224 follows
		S: $(line 1)
		S: .
		S: 205 bye
	END
	nntp -v over misc.test 1-2
	assert_success
	assert_output "$(line 1)"
	rounds 4
	assert_script_ok
}

@test "a second 401 is an error" {
	start_script <<-END
		S: 200 hello
		C: GROUP misc.test
		S: 401 MODE-READER
		C: MODE READER
		S: 200 reader
		C: GROUP misc.test
		S: 401 MODE-READER
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<'group misc.test'
	assert_failure 69
	assert_script_ok
}

@test "JSON overviews have numbers, empty fields and full fields, also with too few columns" {
	start_script <<-'END'
		S: 200 hello
		c: GROUP misc.test\r\nLIST OVERVIEW.FMT\r\nOVER 1-3\r\nQUIT\r\n
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
		S: 1\ta "q" \xff\tme\td\t<1@x>\t\t10\t002\tXref: h misc.test:1
		S: 2\tb\tme\td\t<2@x>\t\t10\t2\t
		S: 9223372036854775807\tb
		S: .
		S: 205 bye
	END
	nntp --json over misc.test 1-3
	assert_success
	assert_line -n 0 '{"number": 1, "subject": "a \"q\" �", "from": "me", "date": "d", "message-id": "<1@x>", "references": "", ":bytes": 10, ":lines": 2, "xref": "h misc.test:1"}'
	assert_line -n 1 '{"number": 2, "subject": "b", "from": "me", "date": "d", "message-id": "<2@x>", "references": "", ":bytes": 10, ":lines": 2, "xref": null}'
	assert_line -n 2 --partial '{"number": 9223372036854775807, "subject": "b", "from": "", '
	assert_equal "$stderr" 'mailnet nntp: warning: 1 overview lines do not have the fields of LIST OVERVIEW.FMT'
	assert_script_ok
}

@test "fields missing in an overview line exit 65 only if they were requested" {
	start_script <<-'END'
		=== *
		S: 200 hello
		c: OVER 1-3\r\n
		S: 224 follows
		S: 1\tshort
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<'over 1-3'
	assert_success
	assert_output $'1\tshort'

	start_script <<-'END'
		S: 200 hello
		c: LIST OVERVIEW.FMT\r\nOVER 1-3\r\n
		S: 503 no
		S: 224 follows
		S: 1\tshort
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<'over -F number,from 1-3'
	assert_failure 65
	assert_output $'1\t'
}

@test "over -F: an unknown field exits 65" {
	start_script <<-'END'
		S: 200 hello
		c: LIST OVERVIEW.FMT\r\nOVER 1-3\r\n
		S: 503 no
		S: 224 follows
		S: 1\tx
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<'over -F number,xyzzy 1-3'
	assert_failure 65
	assert_output ''
	assert_script_ok
}

@test "over --decode decodes encoded words, column by column" {
	start_script <<-'END'
		S: 200 hello
		c: OVER 1\r\n
		S: 224 follows
		S: 1\t=?utf-8?q?caf=C3=A9?=\t=?utf-8?q?a?=\td
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<'over --decode 1'
	assert_success
	assert_output $'1\tcafé\ta\td'
}

@test "over of a thousand numbers uses COMPRESS if it is offered" {
	start_script <<-END
		S: 200 hello
		c: CAPABILITIES\r\nGROUP misc.test\r\n
		S: 101 yes
		S: VERSION 2
		S: COMPRESS DEFLATE
		S: .
		S: 211 5000 1 5000 misc.test
		C: COMPRESS DEFLATE
		S: 206 go
		compress
		c: OVER 4001-5000\r\nQUIT\r\n
		S: 224 follows
		S: $(line 4001)
		S: .
		S: 205 bye
	END
	nntp -v over -n 1000 misc.test
	assert_success
	assert_output "$(line 4001)"
	rounds 4
	assert_script_ok
}

@test "octets in clear after 206 (COMPRESS) are refused" {
	start_script <<-END
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: COMPRESS DEFLATE
		S: .
		C: COMPRESS DEFLATE
		s: 206 go\r\n211 1 1 1 misc.test\r\n
	END
	nntp --compress on group misc.test
	assert_failure 76
	assert_output ''
}

@test "--compress on: a transit server offers COMPRESS after MODE READER" {
	start_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: VERSION 2
		S: MODE-READER
		S: .
		C: MODE READER
		quiet 50
		S: 200 reader
		C: CAPABILITIES
		S: 101 yes
		S: COMPRESS DEFLATE
		S: .
		C: COMPRESS DEFLATE
		S: 206 go
		compress
		C: GROUP misc.test
		S: 211 1 1 1 misc.test
		C: QUIT
		S: 205 bye
	END
	nntp --compress on -b - <<<'group misc.test'
	assert_success
	assert_script_ok
}

@test "--compress on exits 69 if COMPRESS is not offered" {
	start_script <<-END
		S: 200 hello
		C: CAPABILITIES
		S: 500 what?
		C: QUIT
		S: 205 bye
	END
	nntp --compress on group misc.test
	assert_failure 69
	assert_script_ok
}

@test "--no-pipelining sends one command at a time" {
	start_script <<-END
		S: 200 hello
		C: GROUP misc.test
		quiet 50
		S: 211 3 1 3 misc.test
		C: ARTICLE 1
		quiet 50
		S: 220 1 <1@x>
		S: A: b
		S:
		S: .
		C: ARTICLE 2
		quiet 50
		S: 423 gone
		C: QUIT
		S: 205 bye
	END
	nntp --no-pipelining article --raw misc.test 1-2
	assert_success
	assert_output 'A: b'
	assert_script_ok
}

# ---- articles ----------------------------------------------------------------------------------

@test "article GROUP A-B sends GROUP, then the range, clipped to the group, in one pipeline; gaps are skipped" {
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 3 2 4 misc.test
		c: ARTICLE 2\r\nARTICLE 3\r\nARTICLE 4\r\nQUIT\r\n
		S: 220 2 <2@x>
		S: Subject: two
		S:
		S: From here
		S: ..
		S: .
		S: 423 gone
		S: 220 4 <4@x>
		S: Subject: four
		S: .
		S: 205 bye
	END
	nntp -v article misc.test 1-9
	assert_success
	rounds 3
	assert_equal "$(grep -c '^From MAILER-DAEMON ' <<<"$output")" 2
	assert_line '>From here'
	assert_line '.'
	assert_line 'Subject: four'
	assert_script_ok
}

@test "-d - writes an mbox, also for a single article; --raw writes the article itself" {
	start_script <<-'END'
		=== *
		S: 200 hello
		C: ARTICLE <1@x>
		C: QUIT
		S: 220 0 <1@x>
		S: Subject: one
		S:
		S: From here
		S: .
		S: 205 bye
	END
	nntp article -d - '<1@x>'
	assert_success
	assert_line -n 0 --regexp '^From MAILER-DAEMON '
	assert_line '>From here'
	nntp article -d - --raw '<1@x>'
	assert_success
	assert_output $'Subject: one\n\nFrom here'
}

@test "a range without articles exits 1; for one missing number the error is the server's reply" {
	start_script <<-'END'
		=== *
		S: 200 hello
		C: GROUP misc.test
		S: 211 3 2 4 misc.test
		c: STAT 3\r\nQUIT\r\n
		S: 423 nothing here
		S: 205 bye
	END
	nntp stat misc.test 3
	assert_failure 1
	assert_equal "$stderr" 'mailnet nntp: 127.0.0.1: STAT 3: 423 nothing here'
}

@test "LISTGROUP, pipelined with GROUP, finds the gaps of a large range" {
	start_script <<-'END'
		S: 200 hello
		c: GROUP misc.test\r\nLISTGROUP misc.test 1-5000\r\n
		S: 211 3 1 5000 misc.test
		S: 211 3 1 5000 misc.test
		S: 7
		S: 8
		S: 4711
		S: .
		c: STAT 7\r\nSTAT 8\r\nSTAT 4711\r\nQUIT\r\n
		S: 223 7 <7@x>
		S: 223 8 <8@x>
		S: 223 4711 <4711@x>
		S: 205 bye
	END
	nntp -v stat misc.test 1-5000
	assert_success
	assert_output $'7 <7@x>\n8 <8@x>\n4711 <4711@x>'
	rounds 3
	assert_script_ok
}

@test "thousands of articles are requested with a bounded number of pending replies" {
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 4000 1 4000 misc.test
		C: LISTGROUP misc.test 1-4000
		S: 211 4000 1 4000 misc.test
		sendrepeat 4000 %d\r\n
		S: .
		repeat 4000
		C~ STAT [0-9]+
		end
		C: QUIT
		sendrepeat 4000 223 %d <%d@x>\r\n
		S: 205 bye
	END
	# The script reads all commands before it replies, so all of them must fit into the window: 32 KiB are not
	# enough.
	run --separate-stderr timeout 50 "$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" --timeout 1 stat misc.test 1-4000
	assert_failure 75

	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 4000 1 4000 misc.test
		C: LISTGROUP misc.test 1-4000
		S: 211 4000 1 4000 misc.test
		sendrepeat 4000 %d\r\n
		S: .
		repeat 4000
		C~ STAT [0-9]+
		S: 223 0 <x@x>
		end
		C: QUIT
		S: 205 bye
	END
	nntp -v stat misc.test 1-4000
	assert_success
	assert_equal "${#lines[@]}" 4000
	assert_line -n 3999 '4000 <x@x>'
	rounds 3
	assert_script_ok
}

@test "an article with another number than requested exits 76" {
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 3 2 4 misc.test
		C: STAT 3
		S: 223 4 <4@x>
		mayclose
	END
	nntp stat misc.test 3
	assert_failure 76
	assert_output ''
}

@test "a connection lost within an article exits 75, and no part of it is in the Maildir" {
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 3 1 3 misc.test
		C: ARTICLE 1
		S: 220 1 <1@x>
		S: Subject: half
		close
	END
	nntp fetch -d box/ misc.test 1
	assert_failure 75
	run find box -type f
	assert_output ''
}

@test "480 in mid-session logs in once if there are credentials, then repeats the refused command" {
	(umask 077 && echo default login me password secret >"$HOME/.netrc")
	start_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: VERSION 2
		S: READER
		S: .
		C: GROUP misc.test
		S: 211 3 1 3 misc.test
		c: STAT 1\r\nSTAT 2\r\n
		S: 223 1 <1@x>
		S: 480 who are you?
		C: AUTHINFO USER me
		quiet 50
		S: 381 go on
		C: AUTHINFO PASS secret
		S: 281 welcome
		C: GROUP misc.test
		S: 211 3 1 3 misc.test
		C: STAT 2
		S: 223 2 <2@x>
		C: QUIT
		S: 205 bye
	END
	nntp stat misc.test 1-2
	assert_success
	assert_output $'1 <1@x>\n2 <2@x>'
	assert_script_ok
}

@test "480 without credentials, and 483, exit 77" {
	local code

	for code in 480 483; do
		start_script <<-END
			S: 200 hello
			c: GROUP misc.test\r\nQUIT\r\n
			S: $code no
			S: 205 bye
		END
		nntp group misc.test
		assert_failure 77
		assert_regex "$stderr" "^mailnet nntp: 127.0.0.1: GROUP misc.test: $code no"
		assert_script_ok
	done
}

@test "480 to CAPABILITIES exits 77; info prints what it has received" {
	local verb
	for verb in capabilities 'has READER'; do
		start_script <<-'END'
			S: 200 hello
			c: CAPABILITIES\r\nQUIT\r\n
			S: 480 who are you?
			S: 205 bye
		END
		# shellcheck disable=SC2086 # words
		nntp $verb
		assert_failure 77
		assert_output ''
		assert_regex "$stderr" '^mailnet nntp: 127.0.0.1: CAPABILITIES: 480 who are you\?'
		assert_script_ok
	done
	start_script <<-'END'
		S: 200 hello
		c: CAPABILITIES\r\nQUIT\r\n
		S: 480 who are you?
		S: 205 bye
	END
	nntp info
	assert_success
	assert_line 'greeting: 200 hello'
	assert_script_ok
	(umask 077 && echo default login me password secret >"$HOME/.netrc")
	start_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 480 who are you?
		C: CAPABILITIES
		S: 480 who are you?
		C: AUTHINFO USER me
		S: 381 go on
		C: AUTHINFO PASS secret
		S: 281 welcome
		C: CAPABILITIES
		S: 101 yes
		S: VERSION 2
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp capabilities
	assert_success
	assert_output 'VERSION 2'
	assert_script_ok
	# A server without the command: no output, exit status 0.
	start_script <<-'END'
		S: 200 hello
		c: CAPABILITIES\r\nQUIT\r\n
		S: 502 what?
		S: 205 bye
	END
	rm "$HOME/.netrc"
	nntp capabilities
	assert_success
	assert_output ''
	assert_script_ok
}

# ---- sessions ----------------------------------------------------------------------------------

@test "MODE READER is sent before the login, and again after it if the server replied 480" {
	write_netrc 127.0.0.1 me secret
	start_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: MODE-READER
		S: .
		C: MODE READER
		quiet 50
		S: 480 not you
		C: AUTHINFO USER me
		S: 381 go on
		C: AUTHINFO PASS secret
		S: 281 welcome
		C: MODE READER
		quiet 50
		S: 200 reader
		C: GROUP misc.test
		S: 211 1 1 1 misc.test
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<'group misc.test'
	assert_success
	assert_script_ok
}

@test "a password is never printed" {
	write_netrc 127.0.0.1 me sesame123
	start_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 500 what?
		C: AUTHINFO USER me
		S: 381 go on
		C: AUTHINFO PASS sesame123
		S: 481 no
		C: QUIT
		S: 205 bye
	END
	nntp -vv --transcript log group misc.test
	assert_failure 77
	refute [ "$stderr" = '' ]
	run grep -c sesame123 <<<"$stderr$(cat log)"
	assert_output 0
	assert_script_ok
}

@test "SASL PLAIN is used if USER is not offered" {
	write_netrc 127.0.0.1 me secret
	start_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: AUTHINFO SASL
		S: SASL PLAIN
		S: .
		C~ AUTHINFO SASL PLAIN [A-Za-z0-9+/=]+
		quiet 50
		S: 281 welcome
		C: GROUP misc.test
		S: 211 1 1 1 misc.test
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<'group misc.test'
	assert_success
	assert_script_ok
}

@test "400 ends the session with 75, and no more commands are sent" {
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 400 going down
		eof
	END
	nntp -b - <<<$'-group misc.test\ngroup other'
	assert_failure 75
	assert_script_ok
}

@test "greeting: 400 exits 75, 502 exits 69, any other unexpected one 76" {
	local pair

	for pair in 400:75 502:69 220:76; do
		start_script <<-END
			S: ${pair%:*} hello
			mayclose
		END
		nntp group misc.test
		assert_failure "${pair#*:}"
	done
	assert_regex "$stderr" ': greeting: 220 hello \(not a server for nntp: check host and port\)$'
}

@test "invalid replies exit 76: no number, a number too large, garbage, endless lines" {
	local reply

	for reply in '211 x 1 2 g' '211 1 2' '211 1 1 9223372036854775808 g' 'hello' '2111 1 1 1'; do
		start_script <<-END
			S: 200 hello
			C: GROUP g
			S: $reply
			mayclose
		END
		nntp -b - <<<'group g'
		assert_failure 76
		assert_output ''
	done
}

@test "invalid characters in an argument exit 65, and no command is sent" {
	local arg

	start_script <<-'END'
		=== *
		S: 200 hello
		mayclose
		C: QUIT
		S: 205 bye
	END
	for arg in $'a\r\nb' 'a b' '' '5-3' '1-2-3' '9223372036854775808' '<a b@c>' '<'; do
		nntp over misc.test "$arg"
		[ "$status" -eq 65 ] || [ "$status" -eq 64 ]
		assert_output ''
	done
	nntp group $'a\r\nQUIT'
	assert_failure 65
	nntp xpath '<x'
	assert_failure 65
}

# ---- old servers, and the rest of the verbs ----------------------------------------------------

@test "a server of RFC 977, without capabilities, gets years of two digits" {
	start_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 500 what?
		C: NEWGROUPS 261120 123456 GMT
		S: 231 follow
		S: misc.test 5 1 y
		S: .
		C: QUIT
		S: 205 bye
		=== second
		S: 200 hello
		c: CAPABILITIES\r\nQUIT\r\n
		S: 500 what?
		S: 205 bye
	END
	nntp newgroups 2026-11-20T12:34:56
	assert_success
	assert_output 'misc.test 5 1 y'
	nntp capabilities
	assert_success
	assert_output ''
	assert_script_ok
}

@test "newnews sends years of four digits" {
	start_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: VERSION 2
		S: .
		C: NEWNEWS misc.* 20261120 000000 GMT
		S: 230 follow
		S: <1@x>
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp --json newnews 'misc.*' 2026-11-20
	assert_success
	assert_output '{"message-id": "<1@x>"}'
	assert_script_ok
}

@test "description falls back to XGTITLE; no description exits 1" {
	start_script <<-'END'
		=== 1
		S: 200 hello
		C: LIST NEWSGROUPS misc.test
		S: 501 no
		c: XGTITLE misc.test\r\nQUIT\r\n
		S: 282 follow
		S: misc.test\tthe first
		S: misc.test\tthe second
		S: .
		S: 205 bye
		=== 2
		S: 200 hello
		C: LIST NEWSGROUPS misc.test
		S: 215 follow
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp description misc.test
	assert_success
	assert_output 'the first'
	nntp --json description misc.test
	assert_failure 1
	assert_output ''
	assert_script_ok
}

@test "xpat prints the fields that match; no match, or no such article, is 1" {
	start_script <<-'END'
		S: 200 hello
		c: GROUP misc.test\r\nXPAT subject 1-9 *one* *two*\r\n
		S: 211 9 1 9 misc.test
		S: 221 follow
		S: 1 one
		S: 7 two
		S: .
		C: XPAT subject <1@x> *one*
		S: 221 follow
		S: <1@x> one
		S: .
		C: XPAT subject 1- *three*
		S: 221 follow
		S: .
		C: XPAT subject <2@x> *
		S: 430 no such article
		C: QUIT
		S: 205 bye
	END
	nntp --json -b - <<-'END'
		xpat subject misc.test 1-9 *one* *two*
		xpat subject <1@x> *one*
		xpat subject 1- *three*
		xpat subject <2@x> *
	END
	assert_failure 1
	assert_line '{"number": 1, "value": "one"}'
	assert_line '{"number": 7, "value": "two"}'
	assert_line '{"number": 0, "value": "one"}'
	assert_line --partial '"text": "430 no such article", "exit": 1'
	assert_script_ok
	nntp xpat subject misc.test 1-9
	assert_failure 64
	nntp xpat subject misc.test 1-9 'a b'
	assert_failure 65
}

@test "hdr falls back to XHDR; the line of a message-id gets the number 0" {
	start_script <<-'END'
		S: 200 hello
		c: GROUP misc.test\r\nHDR subject 1-2\r\n
		S: 211 2 1 2 misc.test
		S: 500 what?
		c: GROUP misc.test\r\nXHDR subject 1-2\r\n
		S: 211 2 1 2 misc.test
		S: 221 follow
		S: 1 one two
		S: 2 (none)
		S: .
		C: XHDR subject <1@x>
		S: 221 follow
		S: <1@x> one two
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp -b - <<<$'hdr subject misc.test 1-2\nhdr subject <1@x>'
	assert_success
	assert_output $'1\tone two\n2\t(none)\n0\tone two'
	assert_script_ok
}

@test "list accepts keywords and patterns and prints records" {
	start_script <<-'END'
		S: 200 hello
		C: LIST
		S: 215 follow
		S: a.b 0000000005 0000000001 y
		S: .
		C: LIST ACTIVE misc.*
		S: 215 follow
		S: .
		C: LIST NEWSGROUPS
		S: 215 follow
		S: a.b \t about it all
		S: .
		C: LIST OVERVIEW.FMT
		S: 215 follow
		S: Subject:
		S: .
		C: LIST ACTIVE.TIMES
		S: 503 no
		C: QUIT
		S: 205 bye
	END
	nntp --json -b - <<<$'list\nlist misc.*\nlist newsgroups\nlist overview.fmt\n-list active.times'
	assert_success
	assert_line '{"group": "a.b", "last": 5, "first": 1, "flag": "y"}'
	assert_line '{"group": "a.b", "description": "about it all"}'
	assert_line '{"line": "Subject:"}'
	assert_line '{"done": {"verb": "list", "code": 503, "text": "503 no", "exit": 69}}'
	assert_script_ok
}

@test "listgroup with a range works on an old server that refuses the range" {
	start_script <<-'END'
		S: 200 hello
		C: LISTGROUP misc.test 2-3
		S: 501 no
		C: LISTGROUP misc.test
		S: 211 list follows
		S: 1
		S: 2
		S: 0000000003
		S: 4
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp --json listgroup misc.test 2-3
	assert_success
	assert_output $'{"number": 2}\n{"number": 3}'
	assert_script_ok
}

@test "date, help, next, last, group, xpath, slave, cmd, welcome, quit and has print the server's replies" {
	start_script <<-'END'
		S: 201 hello there
		C: DATE
		S: 111 20261120123456
		C: HELP
		S: 100 help
		S: no help
		S: .
		C: GROUP g
		S: 211 2 1 2 g
		C: NEXT
		S: 223 2 <2@x> next
		C: LAST
		S: 422 no
		C: XPATH <2@x>
		S: 223 misc/test/2
		C: SLAVE
		S: 202 noted
		C: X  Y
		S: 290 done
		C: LIST MOTD
		S: 215 follows
		S: be good
		S: .
		C: CAPABILITIES
		S: 101 yes
		S: VERSION 2
		S: .
		C: QUIT
		S: 205 closing
	END
	nntp -b - <<-'END'
		welcome
		date
		help
		group g
		next
		-last
		xpath <2@x>
		slave
		cmd 'X ' Y
		cmd --multi LIST MOTD
		has version
		quit
	END
	assert_success
	assert_output - <<-'END'
		201 hello there
		2026-11-20T12:34:56Z
		no help
		2 1 2 g
		2 <2@x>
		misc/test/2
		202 noted
		290 done
		215 follows
		be good
		205 closing
	END
	assert_equal "$stderr" 'mailnet nntp: stdin:6: 127.0.0.1: LAST: 422 no'
	assert_script_ok
}

# ---- posting -----------------------------------------------------------------------------------

@test "post sends CRLF line ends and doubled dots; the final reply decides the exit status" {
	start_script <<-END
		S: 200 hello
		C: POST
		quiet 50
		S: 340 go on
		recvblock $BATS_TEST_TMPDIR/got
		S: 240 thanks
		C: QUIT
		S: 205 bye
	END
	printf 'A: b\n\n.one\r\ntwo\n..\nlast' >article
	nntp post article
	assert_success
	assert_output '240 thanks'
	assert_script_ok
	printf 'A: b\r\n\r\n.one\r\ntwo\r\n..\r\nlast\r\n' | cmp - got
}

@test "post: a reply before the end of the article is the result, and the article is not completed" {
	local answer
	head -c 3000000 /dev/zero | tr '\0' x | fold -w 70 >article
	for answer in '69 441 too large' '75 400 no room' '76 thanks'; do
		start_script <<-END
			S: 200 hello
			C: POST
			S: 340 go on
			recvn 100000 head
			S: ${answer#* }
			delay 200
			mayclose
			reset
		END
		nntp post article
		assert_failure "${answer%% *}"
		assert_regex "$stderr" "POST: .*${answer#* }"
		assert_equal "${#stderr_lines[@]}" 1
	done
}

@test "post: with -vv the article is shown as it is sent" {
	start_script <<-'END'
		S: 200 hello
		C: POST
		S: 340 go on
		recvblock /dev/null
		S: 240 thanks
		C: QUIT
		S: 205 bye
	END
	nntp -vv post <<<$'A: b\n\n.dot'
	assert_success
	assert_regex "$stderr" $'> A: b\n[^\n]* > \n[^\n]* > \\.\\.dot\n[^\n]* > \\.\n'
}

@test "post: 440 and 441 exit 69, and no article is sent after 440" {
	start_script <<-'END'
		S: 201 hello
		C: POST
		S: 440 no
		C: QUIT
		S: 205 bye
		=== 2
		S: 200 hello
		C: POST
		S: 340 go on
		recvblock /dev/null
		S: 441 no Newsgroups
		C: QUIT
		S: 205 bye
	END
	nntp post <<<'A: b'
	assert_failure 69
	nntp post <<<'A: b'
	assert_failure 69
	assert_equal "$stderr" 'mailnet nntp: 127.0.0.1: POST: 441 no Newsgroups'
	assert_script_ok
}

@test "ihave: 435 exits 1, 436 exits 75, 437 exits 69" {
	local pair

	for pair in 435:1 436:75 437:69; do
		start_script <<-END
			S: 200 hello
			C: IHAVE <1@x>
			S: ${pair%:*} no
			C: QUIT
			S: 205 bye
		END
		nntp ihave '<1@x>' <<<'A: b'
		assert_failure "${pair#*:}"
		assert_script_ok
	done
}

@test "post: a connection lost after the final dot exits 75, as the article may have been posted" {
	start_script <<-'END'
		S: 200 hello
		C: POST
		S: 340 go on
		recvblock /dev/null
		close
	END
	nntp post <<<'A: b'
	assert_failure 75
	assert_regex "$stderr" 'may have been posted'
}

@test "post: after a lost connection STAT in another session finds the article, or not" {
	local lost=$'S: 200 hello\nC: POST\nS: 340 go on\nrecvblock /dev/null\nclose\n=== again\nS: 200 hello\n'

	start_script <<<"$lost"$'C: STAT <1@example.org>\nS: 223 0 <1@example.org>\nC: QUIT\nS: 205 bye'
	nntp post <<<'Message-ID: <1@example.org>'
	assert_success
	assert_output '223 0 <1@example.org>'
	assert_script_ok
	start_script <<<"$lost"$'C: STAT <1@example.org>\nS: 430 no such article\nC: QUIT\nS: 205 bye'
	nntp post <<<'Message-ID: <1@example.org>'
	assert_failure 75
	assert_regex "$stderr" 'does not have <1@example.org>: post the article again with this message-id'
	assert_script_ok
	lost=${lost/POST/IHAVE <1@example.org>}
	start_script <<<"${lost/340/335}"$'C: STAT <1@example.org>\nS: 223 0 <1@example.org>\nC: QUIT\nS: 205 bye'
	nntp ihave '<1@example.org>' <<<'Message-ID: <1@example.org>'
	assert_success
	assert_script_ok
	# If the other session fails, the outcome stays unknown.
	lost=${lost/IHAVE <1@example.org>/POST}
	start_script <<<"$lost"$'C: STAT <1@example.org>\nclose'
	nntp post <<<'Message-ID: <1@example.org>'
	assert_failure 75
	assert_regex "$stderr" 'may have been posted'
}

@test "post: --add-missing adds From, Date and Message-ID where they are missing, and no other octet" {
	local fields

	for fields in '' $'Subject: s\n' $'From: a@example.org\nDate: Fri, 20 Nov 2026 12:34:56 +0000\nMessage-ID: <1@example.org>\n'; do
		start_script <<-END
			S: 200 hello
			C: POST
			S: 340 go on
			recvblock $BATS_TEST_TMPDIR/got
			S: 240 thanks
			C: QUIT
			S: 205 bye
		END
		printf '%s\n.text\n' "$fields" >article
		nntp post --add-missing article
		assert_success
		for name in From Date Message-ID; do
			assert_equal "$(sed '/^\r$/q' got | grep -c "^$name: ..*")" 1
		done
		sed 's/\r$//' got >plain
		tail -c "$(wc -c <article)" plain | cmp - article
		[[ -z $fields || $fields == Subject* ]] || cmp plain article
	done
}

@test "post: a missing file exits 66 before connecting" {
	run --separate-stderr mailnet nntp -s 127.0.0.1:1 post missing
	assert_failure 66
}

# ---- decode ------------------------------------------------------------------------------------

@test "decode reads arguments and stdin and prints text or JSON" {
	run mailnet nntp decode 'Some subject' '=?ISO-8859-15?Q?D=E9buter_en_Python?=' \
		'Re: =?UTF-8?B?cHJvYmzDqG1lIGRlIG1hdHJpY2U=?='
	assert_success
	assert_output $'Some subject\nDébuter en Python\nRe: problème de matrice'
	run mailnet nntp --json decode < <(printf '=?utf-8?q?a?= =?utf-8?q?b?=\r\nlast')
	assert_success
	assert_output $'{"text": "ab"}\n{"text": "last"}'
}

# ---- TLS ---------------------------------------------------------------------------------------

# remote ARG...: the same at a host that is not loopback, through $TUNNEL.
remote()
{
	mailnet nntp -s nntp://news.example.org --tunnel "$TUNNEL" --tls-name localhost --tls-ca "$CA_FILE" \
		--timeout 10 "$@"
}

@test "STARTTLS is used with another host if it is offered" {
	make_cert server
	tunnel_script --cert "$CERT" --key "$KEY" <<-END
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: STARTTLS
		S: .
		C: STARTTLS
		quiet 50
		S: 382 go
		starttls
		c: GROUP misc.test\r\nOVER 1-2\r\nQUIT\r\n
		S: 211 2 1 2 misc.test
		S: 224 follows
		S: $(line 1)
		S: .
		S: 205 bye
	END
	run --separate-stderr remote -v over misc.test 1-2
	assert_success
	assert_output "$(line 1)"
	rounds 4
	assert_script_ok

	tunnel_script <<-END
		S: 200 hello
		C: CAPABILITIES
		S: 500 what?
		c: GROUP misc.test\r\nOVER 1-2\r\nQUIT\r\n
		S: 211 2 1 2 misc.test
		S: 224 follows
		S: $(line 1)
		S: .
		S: 205 bye
	END
	run --separate-stderr remote -v over misc.test 1-2
	assert_success
	rounds 3
	assert_script_ok
}

@test "no credentials are sent in clear to another host" {
	write_netrc news.example.org me secret
	certs_make
	tunnel_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: AUTHINFO USER
		S: .
		C: QUIT
		S: 205 bye
	END
	run --separate-stderr remote group misc.test
	assert_failure 77
	assert_script_ok
}

@test "--tls starttls exits 77 if STARTTLS is not offered or is refused, and no more commands are sent" {
	certs_make
	tunnel_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: .
		C: QUIT
		S: 205 bye
	END
	run --separate-stderr remote --tls starttls group misc.test
	assert_failure 77
	tunnel_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: STARTTLS
		S: .
		C: STARTTLS
		S: 580 no
		C: QUIT
		S: 205 bye
	END
	run --separate-stderr remote --tls starttls group misc.test
	assert_failure 77
}

@test "octets in clear after 382 (STARTTLS) are refused" {
	make_cert server
	tunnel_script --cert "$CERT" --key "$KEY" <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 101 yes
		S: STARTTLS
		S: .
		C: STARTTLS
		s: 382 go\r\n211 1 1 1 misc.test\r\n
		mayclose
	END
	run --separate-stderr remote group misc.test
	assert_failure 76
	assert_output ''
}

# ---- newsrc ------------------------------------------------------------------------------------

@test "over --newsrc prints only unread articles, marks them afterwards, and keeps other lines of the file" {
	printf 'a.b! 1-5\nmisc.test:  1-3,6\nodd line\n' >newsrc
	start_script <<-END
		S: 200 hello
		C: GROUP misc.test
		S: 211 9 2 9 misc.test
		c: OVER 4-5\r\nOVER 7-9\r\nQUIT\r\n
		S: 224 follows
		S: $(line 4)
		S: .
		S: 224 follows
		S: $(line 8)
		S: .
		S: 205 bye
	END
	nntp -v --compress off over --newsrc newsrc misc.test
	assert_success
	assert_output "$(line 4)"$'\n'"$(line 8)"
	rounds 3
	assert_script_ok
	# 5 and 7 do not exist; 9 may still arrive
	run cat newsrc
	assert_line -n 0 'a.b! 1-5'
	assert_line -n 1 --regexp '^misc\.test: +1-8$'
	assert_line -n 2 'odd line'
}

@test "over --newsrc: no new articles is success; a missing group exits 1 and marks nothing" {
	echo 'misc.test: 1-9' >newsrc
	cp newsrc before
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 9 1 9 misc.test
		C: QUIT
		S: 205 bye
	END
	nntp --compress off over --newsrc newsrc misc.test
	assert_success
	assert_output ''
	assert_script_ok
	start_script <<-'END'
		S: 200 hello
		C: GROUP no.such
		S: 411 no
		C: QUIT
		S: 205 bye
	END
	nntp --compress off over --newsrc newsrc no.such
	assert_failure 1
	cmp before newsrc
}

@test "over --newsrc marks nothing if the list is incomplete or stdout cannot be written" {
	echo 'misc.test: 1-3' >newsrc
	cp newsrc before
	start_script <<-END
		S: 200 hello
		C: GROUP misc.test
		S: 211 9 1 9 misc.test
		C: OVER 4-9
		C: QUIT
		S: 224 follows
		S: $(line 4)
		close
	END
	nntp --compress off over --newsrc newsrc misc.test
	assert_failure 75
	cmp before newsrc

	start_script <<-END
		S: 200 hello
		C: GROUP misc.test
		S: 211 9 1 9 misc.test
		mayclose
		C: OVER 4-9
		C: QUIT
		S: 224 follows
		S: $(line 4)
		S: .
		S: 205 bye
	END
	# shellcheck disable=SC2016 # expanded there
	run --separate-stderr bash -c '"$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" --compress off over --newsrc newsrc misc.test >/dev/full'
	assert_failure 74
	cmp before newsrc
}

@test "over and fetch --newsrc with -o: nothing is marked unless the file appears" {
	local verb quit
	for verb in over fetch; do
		for quit in '' 'S: 205 again'; do
			rm -f out
			printf 'misc.test: 1-3\n' >newsrc
			start_script <<-END
				S: 200 hello
				C: GROUP misc.test
				S: 211 4 1 4 misc.test
				C~ (OVER|ARTICLE) 4
				C: QUIT
				$([ $verb = over ] && echo 'S: 224 follows' || echo 'S: 220 4 <4@x>')
				S: $(line 4)
				S: .
				S: 205 bye
				$quit
			END
			nntp -o out --compress off $verb --newsrc newsrc misc.test
			if [ -z "$quit" ]; then
				assert_success
				assert_exists out
				assert_equal "$(<newsrc)" 'misc.test: 1-4'
			else
				assert_failure 76
				assert_not_exists out
				assert_equal "$(<newsrc)" 'misc.test: 1-3'
			fi
			assert_not_exists newsrc.lock
		done
	done
}

@test "--newsrc with -o in a batch: marks are saved once, after the output file, and not after a failure" {
	local end
	for end in date xyzzy; do
		rm -f out
		printf 'a.b: 1-3\nc.d: 1\n' >newsrc
		start_script <<-END
			S: 200 hello
			C: GROUP a.b
			S: 211 4 1 4 a.b
			C: OVER 4
			S: 224 follows
			S: $(line 4)
			S: .
			C: GROUP c.d
			S: 211 2 1 2 c.d
			C: OVER 2
			S: 224 follows
			S: $(line 2)
			S: .
			C: GROUP a.b
			S: 211 4 1 4 a.b
			C* DATE|QUIT
			$([ $end = xyzzy ] || printf '%s\n' 'S: 111 20261120123456' 'C: QUIT')
			S: 205 bye
		END
		nntp -o out --compress off -b - <<-END
			over --newsrc newsrc a.b
			over --newsrc newsrc c.d
			over --newsrc newsrc a.b
			$end
		END
		if [ $end = date ]; then
			assert_success
			assert_equal "$(<newsrc)" $'a.b: 1-4\nc.d: 1-2'
			assert_equal "$(wc -l <out)" 3
		else
			assert_failure 64
			assert_equal "$(<newsrc)" $'a.b: 1-3\nc.d: 1'
			assert_not_exists out
		fi
		assert_script_ok
	done
}

@test "--newsrc: a renumbered group is a warning, and all its articles are unread" {
	echo 'misc.test: 1-100' >newsrc
	start_script <<-END
		S: 200 hello
		C: GROUP misc.test
		S: 211 2 1 2 misc.test
		c: OVER 1-2\r\nQUIT\r\n
		S: 224 follows
		S: $(line 2)
		S: .
		S: 205 bye
	END
	nntp --compress off over --newsrc newsrc misc.test
	assert_success
	assert_output "$(line 2)"
	assert_regex "$stderr" 'renumbered'
	assert_equal "$(cat newsrc)" 'misc.test: 1-2'
	assert_script_ok
}

@test "fetch --newsrc marks the stored articles, even if the connection is lost later" {
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 3 1 3 misc.test
		c: ARTICLE 1\r\nARTICLE 2\r\nARTICLE 3\r\nQUIT\r\n
		S: 220 1 <1@x>
		S: Subject: one
		S: .
		S: 423 gone
		S: 220 3 <3@x>
		S: Subject: three
		S: .
		S: 205 bye
	END
	nntp --compress off fetch -d box/ --newsrc newsrc misc.test
	assert_success
	assert_equal "$(cat newsrc)" 'misc.test: 1-3'
	assert_equal "$(find box/new -type f | wc -l)" 2
	assert_script_ok

	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 5 1 5 misc.test
		c: ARTICLE 4\r\nARTICLE 5\r\nQUIT\r\n
		S: 220 4 <4@x>
		S: Subject: four
		S: .
		S: 220 5 <5@x>
		S: Subject: half
		close
	END
	nntp --compress off fetch -d box/ --newsrc newsrc misc.test
	assert_failure 75
	assert_equal "$(cat newsrc)" 'misc.test: 1-4'
	assert_equal "$(find box/new -type f | wc -l)" 3
	assert_equal "$(find box/tmp -type f | wc -l)" 0

	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 5 1 5 misc.test
		c: ARTICLE 5\r\nQUIT\r\n
		S: 220 5 <5@x>
		S: Subject: five
		S: .
		S: 205 bye
	END
	nntp --compress off fetch --newsrc newsrc misc.test
	assert_success
	assert_line 'Subject: five'
	assert_equal "$(cat newsrc)" 'misc.test: 1-5'
}
