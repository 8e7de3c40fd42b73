#!/usr/bin/env bats
# The test server and the relay, tested with other clients: bash, gnutls-cli, openssl, gzip. If the test server accepted
# wrong input, all other tests would be worthless.
#
# shellcheck disable=SC2153 # PORT comes from start_script

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

# say TEXT FD: writes TEXT with one write(2), which the printf of bash does not guarantee.
say()
{
	printf '%b' "$1" >"$BATS_TEST_TMPDIR/said"
	cat "$BATS_TEST_TMPDIR/said" >&"$2"
}

# talk PORT TEXT: sends TEXT (with printf escapes) and prints all replies until the server closes.
talk()
{
	local fd

	exec {fd}<>"/dev/tcp/127.0.0.1/$1" || return
	say "$2" "$fd"
	timeout 10 cat <&"$fd"
	exec {fd}>&-
}

# play TEXT LINE...: runs a script of LINEs on stdin and stdout, with TEXT as the client's whole input.
play()
{
	local text=$1 line args=()

	shift
	for line; do
		args+=(-e "$line")
	done
	printf '%b' "$text" | "$TESTSERVER" script --idle 5 --log "$BATS_TEST_TMPDIR/log" "${args[@]}"
}

verdict()
{
	tail -n 1 "$BATS_TEST_TMPDIR/log"
}

fails_with()
{
	assert_failure 1
	assert_equal "$(verdict)" "$1"
}

# ---- script: sending and expecting --------------------------------------------

@test "script: sends and expects lines, octets and expressions" {
	run play 'GROUP a.b\r\nabc\0\x80QUIT\r\n' 'S: 200 h\xc3\xa9\\.' 's: part' 'C: GROUP a.b' \
		'c: abc\0\x80' 'C~ QU(I|X)T' 'S: 205 bye'
	assert_success
	assert_output $'200 hé\\.\r\npart205 bye\r'
	assert_equal "$(verdict)" ok
}

@test "script: a wrong line fails with its line number and both texts, escaped" {
	run play 'QUIX\x01\r\n' '# comment' 'S: 200 hi' 'C: QUIT'
	fails_with 'FAIL line 3: expected <QUIT> got <QUIX\001>'
}

@test "script: LF in place of CRLF, a longer and a shorter line fail" {
	run play 'QUIT\n' 'C: QUIT'
	fails_with 'FAIL line 1: expected <QUIT> got <QUIT\n>'
	run play 'QUIT \r\n' 'C: QUIT'
	fails_with 'FAIL line 1: expected <QUIT> got <QUIT >'
	run play 'QUI\r\n' 'C: QUIT'
	fails_with 'FAIL line 1: expected <QUIT> got <QUI>'
	run play 'xQUIT\r\n' 'C~ QUIT'
	fails_with 'FAIL line 1: expected <QUIT> got <xQUIT>'
	run play 'abd' 'c: abc'
	fails_with 'FAIL line 1: expected <abc> got <abd>'
}

@test "script: a client that closes early or sends too much fails" {
	run play 'QU' 'C: QUIT'
	fails_with 'FAIL line 1: expected <QUIT> got <QU> (the client closed)'
	run play 'QUIT\r\nmore' 'C: QUIT' 'S: 205 bye'
	fails_with 'FAIL line 2: the script is over, but the client sent <more>'
	run play 'x' 'eof'
	fails_with 'FAIL line 1: expected the end got <x>'
}

@test "script: mayclose accepts a close, but no other octets" {
	run play '' 'mayclose' 'S: hi' 'C: QUIT'
	assert_success
	run play 'QUIX\r\n' 'mayclose' 'C: QUIT'
	fails_with 'FAIL line 2: expected <QUIT> got <QUIX>'
}

@test "script: C* skips lines, quiet expects no octets, repeat repeats steps" {
	run play 'a\r\nb\r\nEND\r\n' 'C* E.D' 'S: x'
	assert_success
	run play 'a' 'quiet 5000'
	fails_with 'FAIL line 1: expected silence got <a>'
	run play 'N\r\nN\r\nN\r\n' 'repeat 2' 'C: N' 'S: y' 'end' 'C: N' 'sendrepeat 3 %d%%\t'
	assert_success
	assert_output $'y\r\ny\r\n1%\t2%\t3%\t'
	run play 'N\r\nN\r\nN\r\n' 'repeat *' 'C: N' 'end'
	assert_success
}

@test "script: errors in a script are reported before it is run" {
	run -64 "$TESTSERVER" script -e 'S: x' -e 'nonsense 1'
	assert_output --partial 'line 2: no such step: nonsense 1'
	run -64 "$TESTSERVER" script -e 's: \q'
	run -64 "$TESTSERVER" script -e 'repeat 2'
	run -64 "$TESTSERVER" script
	run -66 "$TESTSERVER" script no-such-file
}

@test "script: all octets between two expectations are sent in one write; split divides it" {
	needs strace
	printf '%s\n' 'S: one' 's: two' 'S: three' 'C: x' 'split 4' 's: 123456789' >script
	printf 'x\r\n' >in
	# A leak checker cannot work beside strace.
	ASAN_OPTIONS=detect_leaks=0 run strace -qq -e trace=write -o trace "$TESTSERVER" script script <in
	assert_success
	run sed -n 's/^write(1, .* = //p' trace
	assert_output $'15\n4\n4\n1'
}

@test "script: dots of blocks are added and removed, files are sent raw" {
	printf '.a\nb\r\n..c' >in
	run play '..a\r\nb\rc\n.\nd\r\n...e\r\n.\r\n' 'sendblock in' "recvblock $PWD/out" 'sendfile in'
	assert_success
	assert_output $'..a\r\nb\r\n...c\r\n.\r\n.a\nb\r\n..c'
	printf '.a\r\nb\rc\n.\nd\r\n..e\r\n' | cmp - out
}

@test "script: recvn and recvbdat read octets, and wrong chunks fail" {
	run play '\r\n.\r\nBDAT 3\r\nabcBDAT 0\r\nbdat 2 LAST\r\nde' "recvn 5 $PWD/n" "recvbdat $PWD/b"
	assert_success
	assert_output $'250 ok\r\n250 ok\r\n250 ok\r'
	printf '\r\n.\r\n' | cmp - n
	assert_equal "$(cat b)" abcde
	run play 'BDAT x\r\n' "recvbdat $PWD/b"
	fails_with 'FAIL line 1: expected <BDAT n> got <BDAT x\r\n>'
	run play 'BDAT 3 LAST\r\nab' "recvbdat $PWD/b"
	fails_with 'FAIL line 1: in a chunk: the client closed'
}

@test "script: compress starts raw DEFLATE in both directions" {
	start_script --idle 5 <<-'END'
		C: COMPRESS DEFLATE
		S: 206 go
		compress
		C: DATE
		S: 111 hallo hallo hallo hallo
	END
	exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'COMPRESS DEFLATE\r\n' >&"$fd"
	IFS= read -r line <&"$fd"
	assert_equal "$line" $'206 go\r'
	printf 'DATE\r\n' | gzip -n | tail -c +11 | head -c -8 >&"$fd"
	# With a gzip header before it, gzip can read the data, but complains about the missing trailer.
	answer=$({
		printf '\x1f\x8b\x08\0\0\0\0\0\0\x03'
		cat <&"$fd"
	} | gzip -dc 2>/dev/null || true)
	exec {fd}>&-
	assert_equal "$answer" $'111 hallo hallo hallo hallo\r'
	assert_script_ok
}

# ---- script: connections --------------------------------------------------------

@test "script: each connection has a section, the last section serves all further connections" {
	start_script --idle 5 <<-'END'
		S: first
		C: QUIT
		=== second
		S: second
		C: QUIT
		=== *
		S: more
		C: QUIT
	END
	for want in first second more more; do
		run talk "$PORT" 'QUIT\r\n'
		assert_output "$want"$'\r'
	done
	stop_servers
	assert_equal "$(tail -n 1 "$SERVER_LOG")" ok
}

@test "script: ends with a failure if no client connects" {
	start_script --idle 1 <<<'S: x'
	run assert_script_ok
	assert_failure 1
	assert_output --partial 'FAIL line 1: no client came'
	wait_until 60 server_gone "$SERVER_PID"
}

@test "script: a daemon holds no descriptor of its caller" {
	start_script --idle 5 <<<'S: x'
	run readlink "/proc/$SERVER_PID/fd/"*
	assert_equal "$(grep -vc -e '^/dev/null$' -e '^socket:' -e "^$SERVER_LOG\$" <<<"$output")" 0
	assert_equal "${#lines[@]}" 5
}

@test "script: listens on ::1 and on a Unix socket" {
	needs curl
	start_script --listen6 --idle 5 <<<'S: six'
	exec {fd}<>"/dev/tcp/::1/$PORT"
	assert_equal "$(cat <&"$fd")" $'six\r'
	exec {fd}>&-
	assert_script_ok
	start_script --listen-unix "$PWD/s" --idle 5 <<<'S: unix'
	run curl -s --http0.9 --max-time 5 --unix-socket s telnet://localhost </dev/null
	assert_output $'unix\r'
}

@test "script: reset sends RST, close does not, and stall lasts until the client closes" {
	start_script --idle 5 <<-'END'
		S: hi
		C: x
		reset
		===
		S: hi
		C: x
		close
		===
		stall
	END
	run talk "$PORT" 'x\r\n'
	assert_output --partial 'Connection reset by peer'
	run talk "$PORT" 'x\r\n'
	assert_success
	assert_output $'hi\r'
	exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'unheard' >&"$fd"
	exec {fd}>&-
	assert_script_ok
}

@test "script: record stores the client's octets, segments stores its writes" {
	start_script --idle 5 --record rec --segments seg <<-'END'
		C: a
		S: ok
		C: b
		C: c
		S: ok
	END
	exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'a\r\n' >&"$fd"
	IFS= read -r _ <&"$fd"
	say 'b\r\nc\r\n' "$fd"
	IFS= read -r _ <&"$fd"
	exec {fd}>&-
	assert_script_ok
	printf 'a\r\nb\r\nc\r\n' | cmp - rec
	assert_equal "$(cat seg)" $'read 3\nread 6'
}

# ---- script: TLS and SASL ---------------------------------------------------------

# tls_talk PORT TEXT OPTION...: as talk, through gnutls-cli; prints all its output.
tls_talk()
{
	local port=$1 text=$2

	shift 2
	printf '%b' "$text" | timeout 10 gnutls-cli --x509cafile "$CA_FILE" "$@" -p "$port" localhost 2>&1
}

@test "script: implicit TLS logs the name that the client requested" {
	make_cert server
	start_script --tls --cert "$CERT" --key "$KEY" --idle 5 <<-'END'
		S: +OK hi
		C: QUIT
		S: +OK bye
	END
	run tls_talk "$PORT" 'QUIT\r\n'
	assert_line --partial '+OK bye'
	assert_script_ok
	run cat "$SERVER_LOG"
	assert_line 'tls TLS1.3 sni=localhost'
}

@test "script: starttls starts TLS; octets in clear before the handshake fail" {
	make_cert server
	start_script --cert "$CERT" --key "$KEY" --idle 5 --priority NORMAL:-VERS-TLS1.3 <<-'END'
		S: 220 hi
		C~ EHLO .*
		S: 250 STARTTLS
		C: STARTTLS
		S: 220 go
		starttls
		mayclose
		C: QUIT
		S: 221 bye
		===
		C: STARTTLS
		starttls
	END
	run openssl s_client -starttls smtp -crlf -quiet -CAfile "$CA_FILE" -connect "127.0.0.1:$PORT" <<<QUIT
	wait_until 60 grep -q 'tls TLS1.2' "$SERVER_LOG"
	run talk "$PORT" 'STARTTLS\r\nNOOP\r\n'
	run assert_script_ok
	assert_failure 1
	assert_output --partial 'FAIL line 12: before the handshake came <NOOP\r\n>'
}

@test "script: tlsfail expects a handshake that fails" {
	make_cert server
	start_script --tls --cert "$CERT" --key "$KEY" --idle 5 <<<'tlsfail'
	run openssl s_client -verify_return_error -connect "127.0.0.1:$PORT" </dev/null
	assert_failure 1
	assert_output --partial 'unable to get local issuer certificate'
	assert_script_ok
	start_script --tls --cert "$CERT" --key "$KEY" --idle 5 <<<'tlsfail'
	run tls_talk "$PORT" ''
	run assert_script_ok
	assert_output --partial 'the TLS handshake succeeded'
}

@test "script: a client certificate is requested and must be valid" {
	make_cert server
	server=("$CERT" "$KEY")
	make_cert visitor tls_www_client
	start_script --tls --cert "${server[0]}" --key "${server[1]}" --client-ca "$CA_FILE" --idle 5 <<-'END'
		S: hi
		C: x
		===
		tlsfail
	END
	run tls_talk "$PORT" 'x\r\n' --x509certfile "$CERT" --x509keyfile "$KEY"
	assert_output --partial hi
	run tls_talk "$PORT" ''
	assert_script_ok
	run cat "$SERVER_LOG"
	assert_line 'tls TLS1.3 sni=localhost client=CN=visitor'
}

@test "script: an OCSP staple is sent unchanged" {
	make_cert server
	openssl ocsp -issuer "$CA_FILE" -cert "$CERT" -reqout req >/dev/null 2>&1
	printf 'V\t400101000000Z\t\t%s\tunknown\t/CN=server\n' \
		"$(openssl x509 -in "$CERT" -noout -serial | cut -d= -f2)" >index
	openssl ocsp -index index -rsigner "$CA_FILE" -rkey "$CERT_DIR/ca-key.pem" -CA "$CA_FILE" -reqin req \
		-respout staple -ndays 1 >/dev/null 2>&1
	for version in 2 3; do
		start_script --tls --cert "$CERT" --key "$KEY" --ocsp staple --idle 5 <<<'S: hi'
		run openssl s_client -status "-tls1_$version" -CAfile "$CA_FILE" -connect "127.0.0.1:$PORT" </dev/null
		assert_line --partial 'Cert Status: good'
	done
}

@test "script: sasl and saslfail accept right and wrong credentials" {
	smtp_plain=$(printf '\0me\0secret' | base64)
	run play "AUTH PLAIN $smtp_plain\r\n" 'sasl PLAIN me secret smtp'
	assert_success
	assert_output $'235 2.7.0 ok\r'
	run play "AUTHINFO SASL PLAIN\r\n$smtp_plain\r\n" 'saslfail PLAIN me other nntp'
	assert_success
	assert_output $'383 =\r\n481 no\r'
	run play "AUTH PLAIN $smtp_plain\r\n" 'sasl PLAIN me other smtp'
	fails_with 'FAIL line 1: SASL PLAIN: Error authenticating user'
	run play "AUTH PLAIN $smtp_plain\r\n" 'saslfail PLAIN me secret smtp'
	fails_with 'FAIL line 1: SASL PLAIN: Libgsasl success'
	run play 'AUTH PLAIN\r\n*\r\n' 'saslfail PLAIN me secret pop'
	assert_success
}

@test "script: CRAM-MD5 in POP's framing is computed by openssl" {
	start_script --idle 5 <<-'END'
		sasl CRAM-MD5 me secret pop
	END
	exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'AUTH CRAM-MD5\r\n' >&"$fd"
	IFS=$' \r' read -r plus challenge <&"$fd"
	assert_equal "$plus" +
	digest=$(base64 -d <<<"$challenge" | openssl dgst -md5 -hmac secret | sed 's/.* //')
	printf '%s\r\n' "$(printf 'me %s' "$digest" | base64 -w 0)" >&"$fd"
	assert_equal "$(cat <&"$fd")" $'+OK\r'
	exec {fd}>&-
	assert_script_ok
}

# ---- the tunnel ---------------------------------------------------------------------

@test "tunnel_script: the command runs the script on its stdin and stdout" {
	tunnel_script --idle 5 <<-'END'
		S: 200 it's me
		C: QUIT
	END
	run bash -c "printf 'QUIT\r\n' | $TUNNEL"
	assert_output $'200 it\'s me\r'
	assert_script_ok
}

# ---- folder ---------------------------------------------------------------------------

# A folder of three messages, as articles 1, 2 and 5 and as mail.
make_folder()
{
	local n

	mkdir -p d/news/misc.test d/news/empty d/mail
	for n in 1 2 5; do
		printf 'From: a@b\nSubject: hello\n world %d\nDate: Fri, 20 Nov 2026 12:00:00 +0000\nMessage-ID: <%d@x>\nNewsgroups: misc.test\n\n.dot\nbody %d\n' \
			$n $n $n >d/news/misc.test/$n
		cp d/news/misc.test/$n d/mail/m$n
	done
	printf 'misc.test\tFor tests\n' >d/news/newsgroups
}

# session_closed N: has the log recorded the end of N sessions?
session_closed()
{
	[ "$(grep -c '^closed ' "$SERVER_LOG")" -ge "$1" ]
}

@test "folder: nntp serves groups and articles" {
	make_folder
	start_folder d --nntp
	run talk "$NNTP_PORT" 'GROUP no\r\nSTAT\r\nGROUP misc.test\r\nOVER 2-4\r\nOVER 3-4\r\nHEAD <5@x>\r\nBODY 5\r\nNEXT\r\nLAST\r\nHDR subject 1-2\r\nHDR newsgroups <1@x>\r\nLISTGROUP misc.test 2-\r\nLIST COUNTS\r\nLIST NEWSGROUPS m*\r\nNEWNEWS *,!misc.* 20000101 000000\r\nNEWGROUPS 20300101 000000\r\nNOPE\r\nQUIT\r\n'
	assert_output "$(
		cat <<-'END' | sed 's/$/\r/'
			200 testserver ready
			411 no such group
			412 no group
			211 3 1 5 misc.test
			224 overview
			2	hello world 2	a@b	Fri, 20 Nov 2026 12:00:00 +0000	<2@x>		134	2	
			.
			423 none in that range
			221 0 <5@x>
			From: a@b
			Subject: hello
			 world 5
			Date: Fri, 20 Nov 2026 12:00:00 +0000
			Message-ID: <5@x>
			Newsgroups: misc.test
			.
			222 5 <5@x>
			..dot
			body 5
			.
			421 no next
			223 2 <2@x>
			225 subject
			1 hello world 1
			2 hello world 2
			.
			225 newsgroups
			0 misc.test
			.
			211 3 1 5 misc.test
			2
			5
			.
			215 groups
			empty 0 1 0 y
			misc.test 5 1 3 y
			.
			215 descriptions
			misc.test	For tests
			.
			230 new articles
			.
			231 new groups
			.
			500 no such command
			205 bye
		END
	)"
}

@test "folder: nntp accepts an article once, and can require a login" {
	make_folder
	start_folder d --nntp --user u --password p --require-auth
	local post='POST\r\nFrom: x@y\r\nNewsgroups: misc.test\r\nMessage-ID: <new@x>\r\n\r\n..hi\r\n.\r\n'
	run talk "$NNTP_PORT" 'GROUP misc.test\r\nAUTHINFO USER u\r\nAUTHINFO PASS q\r\nQUIT\r\n'
	assert_line --index 1 --partial 480
	assert_line --index 3 --partial 481
	run talk "$NNTP_PORT" "AUTHINFO USER u\r\nAUTHINFO PASS p\r\n$post${post}GROUP misc.test\r\nQUIT\r\n"
	assert_line --partial '240 ok'
	assert_line --partial '441 that message-id is known'
	assert_line --partial '211 4 1 6 misc.test'
	printf 'From: x@y\r\nNewsgroups: misc.test\r\nMessage-ID: <new@x>\r\n\r\n.hi\r\n' | cmp - d/news/misc.test/6
}

@test "folder: pop serves messages, and deletes them only at the end of the session" {
	make_folder
	printf 'Subject: last\r\n\r\nno end' >d/mail/m6
	start_folder d --pop --user u --password p
	run talk "$POP_PORT" 'STAT\r\nUSER u\r\nPASS q\r\nUSER u\r\nPASS p\r\nSTAT\r\nUIDL 3\r\nLIST\r\nTOP 1 1\r\nRETR 4\r\nRETR 5\r\nDELE 1\r\nDELE 1\r\nDELE 2\r\nRSET\r\nDELE 3\r\nSTAT\r\nQUIT\r\n'
	assert_output "$(
		cat <<-'END' | sed 's/$/\r/'
			+OK testserver ready
			-ERR unknown here
			+OK
			-ERR [AUTH] wrong name or password
			+OK
			+OK 4 messages
			+OK 4 427
			+OK 3 m5
			+OK
			1 134
			2 134
			3 134
			4 25
			.
			+OK 134 octets
			From: a@b
			Subject: hello
			 world 1
			Date: Fri, 20 Nov 2026 12:00:00 +0000
			Message-ID: <1@x>
			Newsgroups: misc.test

			..dot
			.
			+OK 25 octets
			Subject: last

			no end
			.
			-ERR no such message
			+OK
			-ERR no such message
			+OK
			+OK
			+OK
			+OK 3 293
			+OK bye
		END
	)"
	assert_equal "$(cd d/mail && echo *)" 'm1 m2 m6'
	# Without QUIT nothing is removed.
	exec {fd}<>"/dev/tcp/127.0.0.1/$POP_PORT"
	say 'USER u\r\nPASS p\r\nDELE 1\r\n' "$fd"
	for _ in 1 2 3 4; do IFS= read -r line <&"$fd"; done
	assert_equal "$line" $'+OK\r'
	exec {fd}>&-
	wait_until 60 session_closed 2
	assert_equal "$(cd d/mail && echo *)" 'm1 m2 m6'
}

@test "folder: a mailbox has one pop session at a time; the file names of a Maildir have no flags" {
	mkdir -p d/mail/new d/mail/cur d/mail/tmp
	printf 'a\n' >d/mail/cur/1:2,S
	printf 'b\n' >d/mail/new/2
	start_folder d --pop --lock-wait 0
	exec {held}<>"/dev/tcp/127.0.0.1/$POP_PORT"
	printf 'USER u\r\nPASS p\r\n' >&"$held"
	for _ in 1 2 3; do IFS= read -r line <&"$held"; done
	assert_equal "$line" $'+OK 2 messages\r'
	run talk "$POP_PORT" 'USER u\r\nPASS p\r\nQUIT\r\n'
	assert_line --partial '-ERR [IN-USE]'
	printf 'UIDL\r\nQUIT\r\n' >&"$held"
	assert_equal "$(cat <&"$held")" $'+OK\r\n1 1\r\n2 2\r\n.\r\n+OK bye\r'
	exec {held}>&-
}

@test "folder: smtp accepts messages by DATA and BDAT; the name of a recipient decides the reply" {
	mkdir d
	start_folder d --smtp
	run talk "$SMTP_PORT" 'RCPT TO:<x>\r\nEHLO me\r\nMAIL FROM:<a@b> SIZE=9\r\nRCPT TO:<c@d>\r\nRCPT TO:<refuse@d>\r\nRCPT TO:<later@d>\r\nRCPT TO:<"e>f"@g>\r\nDATA\r\n..x\r\ny\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<c@d>\r\nBDAT 5\r\nab\r\n.BDAT 0 LAST\r\nMAIL FROM:<x@y> SIZE=99999999999\r\nQUIT\r\n'
	assert_line --index 0 --partial '220 '
	assert_line --index 1 --partial '503 '
	assert_line --partial '250-CHUNKING'
	assert_equal "$(printf '%s\n' "${lines[@]:10}" | cut -c1-3 | xargs)" \
		'250 250 250 550 451 250 354 250 250 250 250 250 552 221'
	printf '.x\r\ny\r\n' | cmp - d/sent/1.eml
	assert_equal "$(cat d/sent/1.env)" $'a@b\nc@d\n"e>f"@g'
	printf 'ab\r\n.' | cmp - d/sent/2.eml
	assert_equal "$(cat d/sent/2.env)" $'\nc@d'
}

@test "folder: an incomplete message is not stored" {
	mkdir d
	start_folder d --smtp
	exec {fd}<>"/dev/tcp/127.0.0.1/$SMTP_PORT"
	printf 'EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhalf\r\n.' >&"$fd"
	exec {fd}>&-
	wait_until 60 grep -q 'closed smtp' "$SERVER_LOG"
	assert_equal "$(ls d/sent)" ''
}

@test "folder: lmtp replies for each recipient, over a Unix socket too" {
	mkdir d
	start_folder d --lmtp --lmtp-unix "$PWD/l"
	assert_exists l
	run talk "$LMTP_PORT" 'EHLO x\r\nLHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<full@d>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n'
	assert_line --index 1 --partial '500 '
	assert_equal "$(printf '%s\n' "${lines[@]: -4}" | cut -c1-3 | xargs)" '354 250 552 221'
}

@test "folder: STARTTLS discards earlier input; implicit TLS has its own port" {
	make_cert server
	make_folder
	start_folder d --pop --pops --starttls --cert "$CERT" --key "$KEY"
	run tls_talk "$POP_PORT" 'CAPA\r\nQUIT\r\n' --starttls-proto=pop3
	assert_output --partial 'PIPELINING'
	refute_output --partial 'STLS'
	run tls_talk "$POPS_PORT" 'QUIT\r\n'
	assert_output --partial '+OK bye'
	exec {fd}<>"/dev/tcp/127.0.0.1/$POP_PORT"
	say 'STLS\r\nUSER evil\r\n' "$fd"
	wait_until 60 grep -q 'dropped what came before TLS: USER evil' "$SERVER_LOG"
	exec {fd}>&-
}

@test "folder: with --no-pipelining, PIPELINING is neither offered nor accepted" {
	mkdir -p d/mail
	start_folder d --pop --no-pipelining
	exec {fd}<>"/dev/tcp/127.0.0.1/$POP_PORT"
	say 'CAPA\r\n' "$fd"
	run sed $'/^\\.\r$/q' <&"$fd"
	assert_line $'TOP\r'
	refute_output --partial PIPELINING
	exec {fd}>&-
	run talk "$POP_PORT" 'NOOP\r\nQUIT\r\n'
	refute_output --partial bye
	assert_equal "$(grep -c 'the client pipelined' "$SERVER_LOG")" 1
}

@test "folder: ends when its parent process ends" {
	mkdir -p d/mail
	sleep 60 3>&- &
	parent=$!
	start_folder d --pop --parent "$parent"
	kill -0 "$SERVER_PID"
	kill "$parent"
	wait "$parent" || true
	wait_until 60 server_gone "$SERVER_PID"
}

# ---- relay --------------------------------------------------------------------------------

@test "relay: adds latency, forwards all octets, counts them" {
	start_script --idle 5 <<-'END'
		C: go
		sendrepeat 20000 line %d\r\n
		C: QUIT
	END
	start_relay "$PORT" --delay 200
	exec {fd}<>"/dev/tcp/127.0.0.1/$RELAY_PORT"
	begin=${EPOCHREALTIME/./}
	printf 'go\r\nQUIT\r\n' >&"$fd"
	IFS= read -r line <&"$fd"
	took=$((${EPOCHREALTIME/./} - begin))
	assert_equal "$line" $'line 1\r'
	[ "$took" -ge 200000 ]
	assert_equal "$(cat <&"$fd" | md5sum)" "$(seq -f $'line %.0f\r' 2 20000 | md5sum)"
	exec {fd}>&-
	assert_script_ok
	wait_until 60 grep -qx 'up 10 down 228894' "$RELAY_LOG"
}

@test "relay: cuts after an exact number of octets, from the client or from the server" {
	start_script --idle 5 <<-'END'
		mayclose
		S: 0123456789
		C: x
		=== *
		C: abc
	END
	start_relay "$PORT" --cut 5
	run talk "$RELAY_PORT" ''
	assert_line --index 0 --partial 01234
	refute_output --partial 5
	assert_output --partial 'Connection reset by peer'
	wait_until 60 grep -qx 'up 0 down 5 cut' "$RELAY_LOG"
	start_relay "$PORT" --cut-up 3
	run talk "$RELAY_PORT" 'abc\r\n'
	wait_until 60 grep -qx 'up 3 down 0 cut' "$RELAY_LOG"
	run assert_script_ok
	assert_output --partial 'expected <abc> got <abc> (the client closed)'
}

@test "relay: --fin cuts with FIN, --to-unix forwards to a socket" {
	start_script --listen-unix "$PWD/s" --idle 5 <<-'END'
		mayclose
		S: 0123456789
		C: x
	END
	start_relay 0 --to-unix "$PWD/s" --cut 5 --fin
	run talk "$RELAY_PORT" ''
	assert_success
	assert_output 01234
}
