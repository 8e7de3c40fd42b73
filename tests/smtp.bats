#!/usr/bin/env bats
# smtp send with one message: the commands, their order and the number of round trips; and the single-command verbs.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/smtp

@test "send: with CHUNKING one small message is sent by DATA, and QUIT is pipelined: four round trips" {
	message m
	session PIPELINING CHUNKING 8BITMIME 'SIZE 1000000' <<-END
		C: MAIL FROM:<me@test.example> SIZE=$SIZE
		C: RCPT TO:<bob@test.example>
		C: DATA
		quiet 30
		S: 250 2.1.0 ok
		S: 250 2.1.5 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 250 2.0.0 taken
		S: 221 bye
	END
	smtp -v send -m m
	assert_success
	assert_output ''
	assert_script_ok
	assert_regex "$stderr" '\* 4 round trips'
}

@test "send: with PIPELINING the envelope and DATA are pipelined, message and QUIT follow after 354: four round trips" {
	message m
	session PIPELINING <<-END
		C: MAIL FROM:<me@test.example>
		C: RCPT TO:<bob@test.example>
		C: DATA
		quiet 50
		S: 250 ok
		S: 250 ok
		S: 354 go
		$(octets m)
		C: .
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	smtp -v send -m m
	assert_success
	assert_script_ok
	assert_regex "$stderr" '\* 4 round trips'
}

@test "send: without PIPELINING one command is sent at a time" {
	message m
	local offered
	for offered in 8BITMIME CHUNKING; do
		session $offered <<-END
			C: MAIL FROM:<me@test.example>
			quiet 30
			S: 250 ok
			C: RCPT TO:<bob@test.example>
			quiet 30
			S: 250 ok
			C: DATA
			quiet 30
			S: 354 go
			$(octets m)
			C: .
			quiet 30
			S: 250 taken
			C: QUIT
			S: 221 bye
		END
		smtp send -m m
		assert_success
		assert_script_ok
	done
}

@test "send: --no-pipelining and --no-chunking are obeyed" {
	message m
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<me@test.example>
		quiet 30
		S: 250 ok
		C: RCPT TO:<bob@test.example>
		quiet 30
		S: 250 ok
		C: DATA
		S: 354 go
		$(octets m)
		C: .
		quiet 30
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	smtp --no-pipelining send --no-chunking -m m
	assert_success
	assert_script_ok
}

@test "send: HELO is sent if the server does not implement EHLO, and MAIL then has no parameters" {
	message m
	tunnel_script <<-END
		S: 220 old.example
		C: EHLO client.example
		S: 502 what?
		C: HELO client.example
		S: 250-old.example
		S: 250 SIZE 1
		C: MAIL FROM:<me@test.example>
		S: 250 ok
		C: RCPT TO:<bob@test.example>
		S: 250 ok
		C: DATA
		S: 354 go
		$(octets m)
		C: .
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	smtp send -m m
	assert_success
	assert_script_ok
}

@test "send: the name in EHLO is a full host name or an address literal" {
	tunnel_script <<-'END'
		S: 220 mx.example
		C~ EHLO (\[127\.0\.0\.1\]|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)
		S: 250 mx.example
		C: QUIT
		S: 221 bye
	END
	run mailnet smtp -s smtp://localhost --tunnel "$TUNNEL" ehlo
	assert_success
	assert_script_ok
	start_script --listen6 <<-'END'
		S: 220 mx.example
		C~ EHLO (\[IPv6:::1\]|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)
		S: 250 mx.example
		C: QUIT
		S: 221 bye
	END
	run mailnet smtp -s "smtp://[::1]:$PORT" ehlo
	assert_success
	assert_script_ok
}

@test "send: dots are doubled in DATA and not in BDAT, line ends become CRLF, the last line gets a line end" {
	printf '.a\r..b\n\n.\r\n.\nlast' >m
	session PIPELINING <<-'END'
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		c: ..a\r\n...b\r\n\r\n..\r\n..\r\nlast\r\n.\r\nQUIT\r\n
		S: 250 taken
		S: 221 bye
	END
	smtp send -f a@x -m m b@x
	assert_success
	assert_script_ok
	session PIPELINING CHUNKING BINARYMIME <<-'END'
		c: MAIL FROM:<a@x> BODY=BINARYMIME\r\nRCPT TO:<b@x>\r\n
		S: 250 ok
		S: 250 ok
		c: BDAT 23 LAST\r\n.a\r\n..b\r\n\r\n.\r\n.\r\nlast\r\nQUIT\r\n
		S: 250 taken
		S: 221 bye
	END
	smtp send -M BODY=BINARYMIME -f a@x -m m b@x
	assert_success
	assert_script_ok
}

@test "send: a large message of dots arrives unchanged, by DATA and by BDAT, from a file and from a pipe" {
	local option file
	mkdir served
	start_folder served --smtp
	{
		printf 'Subject: dots\n\n'
		head -c 700000 /dev/zero | tr '\0' . | fold -w 70
		echo
		head -c 700000 /dev/zero | tr '\0' . | fold -w 69 | sed 's/$/\r/'
	} >m
	# The last line, which ends in CR alone, gets CR LF, too.
	{ sed 's/\r*$/\r/' m && echo; } >wanted
	for option in '' --no-chunking; do
		mailnet smtp -s "smtp://127.0.0.1:$SMTP_PORT" --auth none send -f a@x -m m $option b@x
		mailnet smtp -s "smtp://127.0.0.1:$SMTP_PORT" --auth none send -f a@x $option b@x < <(cat m)
	done
	for file in 1 2 3 4; do
		cmp served/sent/$file.eml wanted
	done
}

@test "send: an empty message is sent, from stdin too" {
	local lines
	for lines in 1 2; do
		session PIPELINING CHUNKING <<-'END'
			c: MAIL FROM:<>\r\nRCPT TO:<root>\r\nDATA\r\n
			S: 250 ok
			S: 250 ok
			S: 354 go
			c: .\r\nQUIT\r\n
			S: 250 taken
			S: 221 bye
		END
		if [ $lines = 1 ]; then
			smtp send -f '<>' root </dev/null
		else
			: | smtp send -f '<>' root
		fi
		assert_success
		assert_script_ok
	done
}

@test "send: a file whose size differs from its content arrives whole, from stdin too" {
	local file
	mkdir served
	start_folder served --smtp
	for file in /proc/version /sys/devices/system/cpu/online; do
		[ -s "$file" ] || [ -n "$(cat "$file")" ] || continue
		rm -rf served/sent
		mailnet smtp -s "smtp://127.0.0.1:$SMTP_PORT" --auth none send -f a@x -m "$file" b@x
		mailnet smtp -s "smtp://127.0.0.1:$SMTP_PORT" --auth none send -f a@x b@x <"$file"
		sed 's/$/\r/' "$file" >wanted
		cmp served/sent/1.eml wanted
		cmp served/sent/2.eml wanted
	done
}

@test "send: the envelope comes from the header; Bcc is never sent; all other fields are" {
	cat >m <<-'END'
		Received: x
		Sender: the sender <sender@x>
		From: a@x, b@x
		To: undisclosed: c@x, "d d"@x (comment);, C@x
		BCC: e@x,
		 f@x
		Cc: =?utf-8?q?c=40d?= <g@x>
		bcc : h@x
		Subject: Bcc: no

		Bcc: body
	END
	grep -vi -e '^bcc *:.*[eh]@x' -e '^ f@x' m >sent
	session PIPELINING CHUNKING <<-END
		C: MAIL FROM:<sender@x>
		$(for r in c@x '"d d"@x' C@x g@x e@x f@x h@x; do echo "C: RCPT TO:<$r>"; done)
		C: DATA
		S: 250 ok
		$(for r in 1 2 3 4 5 6 7; do echo "S: 250 ok"; done)
		S: 354 go
		$(octets sent)
		C: .
		C: QUIT
		S: 250 taken
		S: 221 bye
	END
	smtp send -m m
	assert_success
	assert_script_ok
}

@test "send: the envelope comes from a Resent block if there is one; several exit 65; -t adds the header's recipients" {
	printf 'From: a@x\nTo: b@x\nBcc: no@x\nResent-From: r@x\nResent-To: s@x\nResent-Bcc: t@x\n\nx\n' >m
	session PIPELINING CHUNKING <<-'END'
		c: MAIL FROM:<r@x>\r\nRCPT TO:<z@x>\r\nRCPT TO:<s@x>\r\nRCPT TO:<t@x>\r\nDATA\r\n
		S: 250 ok
		S: 250 ok
		S: 250 ok
		S: 250 ok
		S: 354 go
		c: From: a@x\r\nTo: b@x\r\nResent-From: r@x\r\nResent-To: s@x\r\n\r\nx\r\n.\r\nQUIT\r\n
		S: 250 taken
		S: 221 bye
	END
	smtp send -t -m m z@x
	assert_success
	assert_script_ok
	printf 'Resent-To: b@x\nResent-From: r@x\nResent-To: s@x\n\nx\n' >m
	TUNNEL='touch connected'
	smtp send -m m
	assert_failure 65
	assert_file_not_exists connected
}

@test "send: a missing sender, recipient or file exits 65 or 66 before connecting" {
	TUNNEL='touch connected'
	printf 'Subject: x\n\nx\n' >m
	smtp send -m m
	assert_failure 65
	smtp send -m m b@x
	assert_failure 65
	smtp send -f a@x -m m
	assert_failure 65
	printf 'no header\n' >m
	smtp send -f a@x -m m
	assert_failure 65
	smtp send -f a@x -m missing b@x
	assert_failure 66
	assert_regex "$stderr" 'missing: No such file'
	smtp send -f a@x -m . b@x
	assert_failure 66
	smtp send -f $'a@x\nRCPT TO:<evil@x>' -m m b@x
	assert_failure 65
	smtp send -f a@x -m m $'b@x>\r\nDATA'
	assert_failure 65
	smtp send -f a@x -m m 'b@x> NOTIFY=NEVER'
	assert_failure 65
	smtp send -f a@x -M $'BODY=8BITMIME\r\nRSET' -m m b@x
	assert_failure 65
	smtp send -f a@x --dsn-notify sometimes -m m b@x
	assert_failure 64
	smtp send -f a@x --dsn-ret some -m m b@x
	assert_failure 64
	printf 'From: a@x\nTo: a@@b\n\n' >m
	smtp send -m m
	assert_failure 65
	printf 'not an mbox\n' >box
	smtp send -f a@x --mbox box b@x
	assert_failure 65
	assert_file_not_exists connected
}

@test "send: a header over 1 MiB exits 65 if sender or recipients would be read from it" {
	{ printf 'From: a@x\nTo: b@x\n' && yes 'key: value' | head -n 100000; } >long
	local option
	for option in '' '-f a@x' 'b@x' '-t -f a@x b@x' '--add-missing -f a@x b@x'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr mailnet smtp -s smtp://localhost --tunnel 'echo >called' send $option -m long
		assert_failure 65
		assert_regex "$stderr" 'the header is longer than 1048576 octets'
		assert_not_exist called
	done
	session PIPELINING <<-END
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		recvblock $PWD/got
		S: 250 ok
		C: QUIT
		S: 221 bye
	END
	smtp send -f a@x -m long b@x
	assert_success
	assert_script_ok
	cmp <(tr -d '\r' <got) long
}

@test "send: if one of several messages is invalid, none is sent" {
	TUNNEL='touch connected'
	message good
	printf 'no header\n' >bad
	smtp send -m good -m bad
	assert_failure 65
	assert_regex "$stderr" 'bad: '
	assert_file_not_exists connected
}

@test "send: a missing extension that the message needs exits 69, before MAIL" {
	printf 'Subject: gr\xc3\xbc\xc3\x9fe\n\nx\n' >header8
	printf 'Subject: x\n\ngr\xc3\xbc\xc3\x9fe\n' >body8
	message m
	refused() {
		session "${extensions[@]}" <<-'END'
			C: QUIT
			S: 221 bye
		END
		smtp send -f a@x "$@"
		assert_failure 69
		assert_script_ok
	}
	local extensions=(PIPELINING)
	refused -m body8 b@x
	refused -m header8 b@x
	refused -m m 'jürgen@x'
	extensions=(PIPELINING 8BITMIME)
	refused -m header8 b@x
	refused -m m 'jürgen@x'
	refused -m m -M RET=FULL b@x
	refused -m m -R NOTIFY=NEVER b@x
	refused -m m --dsn-notify never b@x
	refused -m m -M FOO b@x
	refused -m m -M BODY=BINARYMIME b@x
	extensions=(PIPELINING 8BITMIME BINARYMIME) # BINARYMIME requires BDAT
	refused -m m -M BODY=BINARYMIME b@x
	extensions+=(CHUNKING)
	refused -m m -M BODY=BINARYMIME --no-chunking b@x
	extensions=(PIPELINING 8BITMIME SMTPUTF8)
	refused -m m --smtputf8 off 'jürgen@x'
	extensions=(PIPELINING 'SIZE 10')
	refused -m m b@x
	assert_regex "$stderr" 'accepts at most 10'
}

@test "send: 8BITMIME, SMTPUTF8 and DSN are used if needed; for a domain alone A-labels are sent" {
	printf 'Subject: gr\xc3\xbc\xc3\x9fe\n\nx\n' >header8
	printf 'Subject: x\n\ngr\xc3\xbc\xc3\x9fe\n' >body8
	message m
	envelope() { # MAIL and RCPT as expected, then the arguments
		session PIPELINING 8BITMIME SMTPUTF8 DSN <<-END
			C: MAIL FROM:$1
			C: RCPT TO:$2
			C: DATA
			S: 550 no
			S: 503 no
			S: 503 no
			C: QUIT
			S: 221 bye
		END
		smtp send "${@:3}"
		assert_failure 69
		assert_script_ok
	}
	envelope '<a@x> BODY=8BITMIME' '<b@x>' -f a@x -m body8 b@x
	envelope '<a@x> BODY=8BITMIME SMTPUTF8' '<b@x>' -f a@x -m header8 b@x
	envelope '<a@x> BODY=8BITMIME' '<b@x>' --smtputf8 off -f a@x -m header8 b@x
	envelope '<a@x> SMTPUTF8' '<jürgen@bücher.example>' -f a@x -m m 'jürgen@bücher.example'
	envelope '<a@xn--bcher-kva.example>' '<b@xn--bcher-kva.example>' -f 'a@bücher.example' -m m 'b@BÜCHER.example'
	envelope '<a@x> RET=HDRS ENVID=a+2B+20b' '<b@x> NOTIFY=SUCCESS,DELAY' -f a@x -m m \
		--dsn-notify success,delay --dsn-ret hdrs --dsn-envid 'a+ b' b@x
	envelope '<a@x> BODY=7BIT RET=FULL' '<b@x> NOTIFY=NEVER ORCPT=rfc822;c@x' -f a@x -m body8 \
		-M BODY=7BIT -M RET=FULL --dsn-ret hdrs -R NOTIFY=NEVER -R 'ORCPT=rfc822;c@x' b@x
}

@test "send: an address with an invalid domain exits 65, is named, and no message is sent" {
	local from to bad
	message m
	while read -r from to bad; do
		session PIPELINING <<-'END'
			mayclose
			C: QUIT
			S: 221 bye
		END
		smtp send -f "$from" -m m c@x "$to"
		assert_failure 65
		assert_equal "${stderr#mailnet smtp: }" "$bad: its domain is not a valid domain name"
	done <<-'END'
		a@x b@-ä-.x b@-ä-.x
		a@-ü-.x b@x a@-ü-.x
		a@-ü-.x b@-ä-.x a@-ü-.x
	END
}

@test "send: --add-missing adds From, Date and Message-ID if they are absent" {
	printf 'Subject: x\n\nx\n' >m
	session PIPELINING CHUNKING <<-'END'
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		C~ Date: [A-Z][a-z][a-z], [0-9]+ [A-Z][a-z][a-z] 20[0-9][0-9] [0-9:]+ [+-][0-9]+
		C: From: "A \\"B\\" C" <a@x>
		C~ Message-ID: <[^@<>]+@[^@<>]+>
		c: Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n
		S: 250 taken
		S: 221 bye
	END
	smtp send --add-missing --full-name 'A "B" C' -f a@x -m m b@x
	assert_success
	assert_script_ok
	printf 'From: a@x\nDate: d\nMessage-Id: <m@x>\n\nx\n' >m
	session PIPELINING CHUNKING <<-'END'
		c: MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n
		S: 250 ok
		S: 250 ok
		S: 354 go
		c: From: a@x\r\nDate: d\r\nMessage-Id: <m@x>\r\n\r\nx\r\n.\r\nQUIT\r\n
		S: 250 taken
		S: 221 bye
	END
	smtp send --add-missing -m m b@x
	assert_success
	assert_script_ok
	printf 'just text\n' >m
	session PIPELINING CHUNKING <<-'END'
		C: MAIL FROM:<a@x>
		C: RCPT TO:<b@x>
		C: DATA
		S: 250 ok
		S: 250 ok
		S: 354 go
		C* Message-ID: .*
		c: \r\njust text\r\n.\r\nQUIT\r\n
		S: 250 taken
		S: 221 bye
	END
	smtp send --add-missing -f a@x -m m b@x
	assert_success
	assert_script_ok
}

@test "send: a long name in an added From becomes encoded words of whole characters, each at most 75 octets" {
	local name
	name=x$(printf 'ü%.0s' {1..103})
	mkdir served
	start_folder served --smtp
	printf 'Subject: x\n\nx\n' >m
	mailnet smtp -s "smtp://127.0.0.1:$SMTP_PORT" --auth none send --add-missing --full-name "$name" -f a@x -m m b@x
	run python3 -c 'import email, email.header, sys
lines = open("served/sent/1.eml", newline="").read().split("\r\n")
words = [l for l in lines if "=?" in l]
value = email.message_from_file(open("served/sent/1.eml"))["From"]
print(max(map(len, words)) <= 76, len(words) > 3)
for word in value.split()[:-1]:
    email.header.decode_header(word)[0][0].decode("utf-8")
print(str(email.header.make_header(email.header.decode_header(value))))'
	assert_output "True True
$name <a@x>"
}

@test "send: stdin used twice, or a spool without a name, exits 64 before connecting" {
	TUNNEL='touch connected'
	message m
	smtp send -f a@x -m - -m - b@x <m
	assert_failure 64
	smtp send -f a@x -m - --mbox /dev/stdin b@x <m
	assert_failure 64
	smtp send -f a@x -m m --spool '' b@x
	assert_failure 64
	assert_not_exists connected
}

@test "send: -vv shows the final dot of DATA" {
	message m
	session <<-END
		C~ MAIL .*
		S: 250 ok
		C~ RCPT .*
		S: 250 ok
		C: DATA
		S: 354 go
		$(octets m)
		C: .
		S: 250 taken
		C: QUIT
		S: 221 bye
	END
	smtp -vv send -f a@x -m m b@x
	assert_success
	assert_regex "$stderr" $'> body of m\n[^\n]*> \\.\n[^\n]*< 250 taken'
}

@test "ehlo: a repeated keyword is printed once, with the arguments of both lines" {
	session 'X-A 1 2' SIZE x-a 'X-A 3' <<-'END'
		C: QUIT
		S: 221 bye
	END
	smtp --json ehlo
	assert_output '{"greeting": "mx.example", "extensions": {"X-A": ["1", "2", "3"], "SIZE": []}}'
}

@test "ehlo: prints text and JSON, all AUTH lines combined" {
	local extensions=('AUTH PLAIN LOGIN' 'SIZE 1000' 'AUTH=login CRAM-MD5 PLAIN' 8bitmime)
	session "${extensions[@]}" <<-'END'
		C: QUIT
		S: 221 bye
	END
	smtp ehlo
	assert_success
	assert_output $'mx.example\nAUTH PLAIN LOGIN CRAM-MD5\nSIZE 1000\n8bitmime'
	assert_script_ok
	session "${extensions[@]}" <<-'END'
		C: QUIT
		S: 221 bye
	END
	smtp --json ehlo
	assert_output '{"greeting": "mx.example", "extensions": {"AUTH": ["PLAIN", "LOGIN", "CRAM-MD5"], "SIZE": ["1000"], "8bitmime": []}}'
	session "${extensions[@]}" <<-'END'
		C: QUIT
		S: 221 bye
	END
	smtp has 8BITMIME
	assert_success
	session "${extensions[@]}" <<-'END'
		C: QUIT
		S: 221 bye
	END
	smtp has CHUNKING
	assert_failure 1
	assert_equal "$stderr" ''
}

@test "verbs: single commands print their replies" {
	session <<-'END'
		C: VRFY root
		S: 252-maybe
		S: 252 root
		C: VRFY nobody
		S: 550 5.1.1 no
		C: EXPN staff
		S: 502 no
		C: HELP DATA
		S: 214 help
		C: NOOP
		S: 250 ok
		C: RSET
		S: 250 ok
		C: XYZ a b
		S: 299 odd
		C: HELO client.example
		S: 250 hello
		C: QUIT
		S: 221 bye
	END
	printf '%s\n' 'vrfy root' '-vrfy nobody' '-expn staff' 'help DATA' noop rset 'cmd XYZ a b' helo welcome quit >b
	smtp -b b
	assert_success
	assert_output $'252-maybe\n252 root\n214 help\n250 ok\n250 ok\n299 odd\n250 hello\n220 mx.example ESMTP ready\n221 bye'
	assert_script_ok
	session <<-'END'
		C: VRFY nobody
		S: 550 5.1.1 no
		C: QUIT
		S: 221 bye
	END
	smtp vrfy nobody
	assert_failure 1
	session <<-'END'
		C: VRFY nobody
		S: 450 wait
		C: QUIT
		S: 221 bye
	END
	smtp --json vrfy nobody
	assert_failure 75
}

@test "verbs: CR or LF in an argument exits 65 before connecting" {
	TUNNEL='touch connected'
	local bad
	for bad in $'a\nQUIT' $'a\r'; do
		for verb in vrfy expn help cmd mail rcpt 'mail -M' 'rcpt -R'; do
			# shellcheck disable=SC2046,SC2086 # two words
			smtp $verb "$bad" $([[ $verb != *' '* ]] || echo a@x)
			assert_failure 65
		done
	done
	assert_not_exists connected
}

@test "verbs: mail, rcpt and data accept their own parameters" {
	message m
	session PIPELINING CHUNKING DSN <<-END
		C: MAIL FROM:<a@x> RET=FULL
		S: 250 ok
		C: RCPT TO:<b@x> NOTIFY=NEVER
		S: 250 ok
		C: RCPT TO:<c@x>
		S: 550 no
		C: DATA
		S: 354 go
		$(octets m)
		C: .
		S: 250 taken
		C: MAIL FROM:<>
		S: 250 ok
		C: RSET
		S: 250 ok
		C: QUIT
		S: 221 bye
	END
	printf '%s\n' 'mail -M RET=FULL a@x' 'rcpt -R NOTIFY=NEVER b@x' '-rcpt c@x' 'data m' 'mail <>' '-rcpt -R FOO=1 d@x' rset >b
	smtp --json -b b
	assert_success
	assert_script_ok
	assert_equal "$(smtp_json 2/done/verb 1/code 5/done/exit 6/text 7/done/code 10/done/exit)" \
		$'"mail"\n250\n67\n"250 taken"\n250\n69'
}

@test "verbs: arguments that are not ASCII are sent as by send, and exit 69 if the server lacks the extension" {
	local verb
	printf 'From: a@x\n\ngr\xc3\xbc\xc3\x9fe\n' >body8
	for verb in 'mail jürgen@x' 'rcpt jürgen@x' 'vrfy jürgen' 'expn jürgen@grün.x'; do
		session PIPELINING 8BITMIME <<-'END'
			C: QUIT
			S: 221 bye
		END
		echo "$verb" >b
		smtp -b b
		assert_failure 69
		assert_regex "$stderr" 'needs SMTPUTF8'
		assert_script_ok
	done
	session PIPELINING 8BITMIME <<-'END'
		C: MAIL FROM:<a@xn--grn-ioa.x> BODY=8BITMIME
		S: 250 ok
		C: RCPT TO:<b@xn--grn-ioa.x>
		S: 250 ok
		C: VRFY b@xn--grn-ioa.x
		S: 252 may be
		C: QUIT
		S: 221 bye
	END
	printf '%s\n' 'mail -M BODY=8BITMIME <a@grün.x>' 'rcpt b@grün.x' 'vrfy b@grün.x' >b
	smtp -b b
	assert_success
	assert_script_ok
	session SMTPUTF8 <<-'END'
		C: MAIL FROM:<jürgen@grün.x> SMTPUTF8
		S: 250 ok
		C: MAIL FROM:<a@grün.x> SMTPUTF8
		S: 250 ok
		C: RCPT TO:<jürgen@x>
		S: 250 ok
		C: VRFY jürgen SMTPUTF8
		S: 252 may be
		C: QUIT
		S: 221 bye
	END
	printf '%s\n' 'mail jürgen@grün.x' 'mail -M SMTPUTF8 a@grün.x' 'rcpt jürgen@x' 'vrfy jürgen' '-data body8' >b
	smtp -b b
	assert_success
	assert_regex "$stderr" 'the message needs 8BITMIME'
	assert_script_ok
}

@test "lmtp: data in single steps prints one reply for each recipient" {
	message m
	lsession PIPELINING <<-END
		C: MAIL FROM:<a@x>
		S: 250 ok
		C: RCPT TO:<b@x>
		S: 250 ok
		C: RCPT TO:<c@x>
		S: 250 ok
		C: DATA
		S: 354 go
		$(octets m)
		C: .
		S: 250 b has it
		S: 552 c is full
		C: QUIT
		S: 221 bye
	END
	printf '%s\n' 'mail a@x' 'rcpt b@x' 'rcpt c@x' 'data m' >b
	smtp -b b
	assert_failure 1
	assert_line '250 b has it'
	assert_line '552 c is full'
	assert_script_ok
}
