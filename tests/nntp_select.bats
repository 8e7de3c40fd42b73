#!/usr/bin/env bats
# nntp stat, head, body, article, fetch: articles named on stdin.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/nntp

# shellcheck disable=SC2034 # for nntp
nntp_options=(--compress off)

# served NUMBER...: the steps in which the client asks for these articles and the server sends them.
served()
{
	local i
	for i; do
		echo "C: ARTICLE $i"
		articles "$i"
	done
}

hello()
{
	printf '%s\n' 'S: 200 hello' 'C: GROUP misc.test' 'S: 211 9 1 9 misc.test'
}

bye()
{
	printf '%s\n' 'C: QUIT' 'S: 205 bye'
}

# news GROUP COUNT: box/news, for a server of a group.
news()
{
	local i
	mkdir -p "box/news/$1"
	for ((i = 1; i <= $2; i++)); do
		printf 'From: a@example.org\nNewsgroups: %s\nSubject: article %d\nMessage-ID: <%d@x>\n\nbody %d\n' \
			"$1" "$i" "$i" "$i" >"box/news/$1/$i"
	done
	start_news "${@:3}"
}

@test "numbers, ranges and message-ids from stdin are one pipeline with QUIT" {
	start_script < <(
		hello
		printf '%s\n' 'c: ARTICLE 7\r\nARTICLE 2\r\nARTICLE 3\r\nARTICLE <a@x>\r\nQUIT\r\n'
		for i in 7 2 3; do
			printf '%s\n' "S: 220 $i <$i@x>" "S: Subject: $i" 'S: .'
		done
		printf '%s\n' 'S: 220 0 <a@x>' 'S: Subject: a' 'S: .' 'S: 205 bye'
	)
	printf '7\n\n 2-3 \r\n \r\n<a@x>' >list
	nntp -v article --raw misc.test - <list
	assert_success
	assert_output $'Subject: 7\nSubject: 2\nSubject: 3\nSubject: a'
	rounds 3
	assert_script_ok
}

@test "stat, head and body read stdin; message-ids need no group; JSON is that of a range" {
	news misc.test 3
	nntp stat - <<<$'<2@x>\n<3@x>'
	assert_success
	assert_output $'0 <2@x>\n0 <3@x>'
	nntp stat misc.test - <<<$'3\n1'
	assert_output $'3 <3@x>\n1 <1@x>'
	nntp head --raw misc.test - <<<1
	assert_line 'Subject: article 1'
	nntp body --raw misc.test - <<<$'2-\n1'
	assert_output $'body 2\nbody 3\nbody 1'
	nntp --json fetch -d Mail/ misc.test - <<<$'3\n<1@x>'
	assert_success
	assert_equal "$(jq -r '[.number, .uid, .fate] | join(" ")' <<<"$output")" $'3 <3@x> stored\n0 <1@x> stored'
}

@test "an empty stdin is success, without a connection" {
	local verb
	for verb in stat head body article fetch 'fetch -d Mail/'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr mailnet nntp -s nntp://127.0.0.1:1 $verb misc.test - </dev/null
		assert_success
		refute_output
		assert_equal "$stderr" ''
	done
	run --separate-stderr mailnet nntp -s nntp://127.0.0.1:1 stat - <<<$'\n \r\n'
	assert_success
}

@test "a number without a group exits 64 before connecting; a malformed line is passed over" {
	run --separate-stderr mailnet nntp -s nntp://127.0.0.1:1 stat - <<<$'\n5'
	assert_failure 64
	assert_regex "$stderr" "stdin:2: '5' is an article number: give its GROUP"
	news misc.test 3
	nntp stat misc.test - < <(
		printf '1\nx\n3-2\n<a b@x>\n\0\n2 3\n'
		head -c 5000 /dev/zero | tr '\0' 9
		printf '\n<3@x>\n99999999999999999999\n'
	)
	assert_failure 65
	assert_output $'1 <1@x>\n0 <3@x>'
	assert_equal "$(grep -o 'stdin:[0-9]*' <<<"$stderr" | tr '\n' ' ')" \
		'stdin:2 stdin:3 stdin:4 stdin:5 stdin:6 stdin:7 stdin:9 '
	nntp stat misc.test - <<<$'7\nx'
	assert_failure 65
	assert_regex "$stderr" '423'
}

@test "a number that needs a group ends the run after the articles before it" {
	news misc.test 3
	nntp stat - <<<$'<2@x>\n<3@x>\n1\n<1@x>'
	assert_failure 64
	assert_output $'0 <2@x>\n0 <3@x>'
	assert_regex "$stderr" "stdin:3: '1' is an article number"
}

@test "a missing article is reported and passed over; with --newsrc it counts as read" {
	news misc.test 9
	rm box/news/misc.test/4
	nntp fetch -d Mail/ misc.test - <<<$'2\n4\n<no@x>\n6'
	assert_failure 1
	assert_equal "$(grep -c '' <<<"$stderr")" 2
	assert_regex "$stderr" 'ARTICLE 4: 423'
	assert_regex "$stderr" 'ARTICLE <no@x>: 430'
	assert_equal "$(find Mail/new -type f | wc -l)" 2

	echo 'misc.test: 1-2' >newsrc
	nntp fetch -d Two/ --newsrc newsrc misc.test - <<<$'8\n2\n4\n<9@x>\n3-5\n7'
	assert_failure 1
	assert_equal "$(grep -h ^Subject Two/new/* | sort | tr -dc '0-9')" 35789
	assert_equal "$(cat newsrc)" 'misc.test: 1-5,7-8'
	nntp fetch --newsrc newsrc misc.test - <<<$'9\n1\n6'
	assert_success
	assert_equal "$(cat newsrc)" 'misc.test: 1-9'
	assert_equal "$(grep -c '^body' <<<"$output")" 2
}

@test "a batch on stdin cannot use it for articles; a batch in a file can, with the group that is selected" {
	news misc.test 3
	nntp -b - <<<'stat misc.test -'
	assert_failure 64
	printf 'group misc.test\nstat -\nstat 2\n' >lines
	nntp -b lines <<<$'3\n1'
	assert_success
	assert_line -n 1 '3 <3@x>'
	assert_line -n 2 '1 <1@x>'
	assert_line -n 3 '2 <2@x>'
	for words in 'over misc.test -' 'hdr Subject -' 'listgroup misc.test -' 'stat misc.test - 1' 'stat 1 -' 'fetch - misc.test'; do
		# shellcheck disable=SC2086 # words
		nntp $words </dev/null
		assert_failure 64
	done
}

# ---- as lines come -----------------------------------------------------------------------------------

# start VERB...: mailnet in the background, with descriptor 4 as its stdin and 5 as its stdout; its errors go to err.
start()
{
	mkfifo in out
	"$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" --compress off "$@" <in >out 2>err 3>&- &
	# Read as well, so that a line for a process that has ended does not end the test.
	exec 4<>in 5<out
}

# finish STATUS: close stdin; mailnet ends with that status.
finish()
{
	local status=0
	exec 4>&-
	wait $! || status=$?
	exec 5<&-
	assert_equal "$status" "$1"
}

stored()
{
	[ "$(find Mail/new -type f 2>/dev/null | wc -l)" -eq "$1" ]
}

@test "an article is printed before the next line of stdin comes, also after more than --timeout" {
	local line
	news misc.test 3
	start --timeout 2 stat misc.test -
	echo 2 >&4
	read -r -t 10 line <&5
	assert_equal "$line" '2 <2@x>'
	run ! read -r -t 2.5 line <&5
	printf '3\n<1@' >&4
	read -r -t 10 line <&5
	assert_equal "$line" '3 <3@x>'
	echo 'x>' >&4
	read -r -t 10 line <&5
	assert_equal "$line" '0 <1@x>'
	finish 0
	assert_equal "$(cat err)" ''
}

@test "while stdin waits, what was read is stored and marked" {
	news misc.test 3
	start --json fetch -d Mail/ --newsrc newsrc misc.test -
	printf '3\n1\n' >&4
	wait_until 60 stored 2
	wait_until 60 grep -q 'misc.test: 1,3' newsrc
	read -r -t 10 line <&5
	assert_equal "$(jq -r .number <<<"$line")" 3
	echo 2 >&4
	wait_until 60 stored 3
	finish 0
	assert_equal "$(cat newsrc)" 'misc.test: 1-3'
}

@test "SIGTERM while stdin waits keeps what is complete" {
	news misc.test 3
	start fetch -d Mail/ --newsrc newsrc misc.test -
	echo 2 >&4
	wait_until 60 stored 1
	echo 3 >&4
	kill -TERM $!
	finish 143
	assert [ "$(find Mail/new -type f | wc -l)" -ge 1 ]
	assert_equal "$(find Mail/tmp -type f)" ''
}

@test "a server that closes while stdin waits is named, and what was read stays stored" {
	local bye
	for bye in 's: 400 idle too long\r\n' 's: '; do
		rm -rf Mail in out
		start_script < <(hello && served 7 && printf '%s\n' "$bye" close)
		start fetch -d Mail/ misc.test -
		echo 7 >&4
		wait_until 60 grep -q . err
		finish 75
		assert_regex "$(cat err)" 'the server closed the connection before the next line of stdin came \(after line 1\)'
		[[ $bye == 's: ' ]] || grep -q ': 400 idle too long$' err
		stored 1
	done
	rm -rf Mail in out
	start_script < <(hello && served 7 && printf '%s\n' 's: rest of the article\r\n')
	start fetch -d Mail/ misc.test -
	echo 7 >&4
	wait_until 60 grep -q unsolicited err
	finish 76
	run ! stored 1
}

@test "lines that keep coming do not prolong --timeout" {
	start_script < <(hello && printf '%s\n' 'C: STAT 1' stall)
	start --timeout 1 stat misc.test -
	while ! grep -q . err; do
		echo 1 >&4 || break
		sleep 0.1
	done 2>/dev/null
	finish 75
	assert_regex "$(cat err)" 'STAT 1: timed out waiting for the server|timed out waiting for the server'
}

@test "a connection that is lost in the middle exits 75; complete articles are stored and marked" {
	start_script < <(hello && served 5 2 && printf '%s\n' 'C: ARTICLE 9' 'S: 220 9 <9@x>' 'S: Subject: 9' reset)
	nntp fetch -d Mail/ --newsrc newsrc misc.test - <<<$'5\n2\n9\n1'
	assert_failure 75
	stored 2
	assert_equal "$(cat newsrc)" 'misc.test: 2,5'
}

@test "if the first article requires a login, no line is lost" {
	printf 'default login a password b\n' >netrc
	chmod 600 netrc
	start_script <<-'END'
		S: 200 hello
		C: CAPABILITIES
		S: 500 what
		C: GROUP misc.test
		S: 211 9 1 9 misc.test
		C: STAT 3
		C: STAT <a@x>
		S: 480 login
		S: 480 login
		C: AUTHINFO USER a
		S: 381 more
		C: AUTHINFO PASS b
		S: 281 in
		C: GROUP misc.test
		S: 211 9 1 9 misc.test
		C: STAT 3
		C: STAT <a@x>
		C: QUIT
		S: 223 3 <3@x>
		S: 223 0 <a@x>
		S: 205 bye
	END
	nntp --netrc netrc stat misc.test - <<<$'3\n<a@x>'
	assert_success
	assert_output $'3 <3@x>\n0 <a@x>'
}

@test "without pipelining, one command at a time" {
	start_script < <(
		hello
		for i in 3 1; do
			printf '%s\n' "C: STAT $i" 'quiet 50' "S: 223 $i <$i@x>"
		done
		bye
	)
	nntp --no-pipelining stat misc.test - <<<$'3\n1'
	assert_success
	assert_output $'3 <3@x>\n1 <1@x>'
	assert_script_ok
}

# ---- many --------------------------------------------------------------------------------------------

@test "100,000 lines need three round trips and little memory" {
	needs time
	local n=100000
	memory_counts || n=5000
	news misc.test 3
	run --separate-stderr bash -c "seq $n | awk '{ print \$1 % 3 + 1 }' |
		/usr/bin/env time -f 'kb %M' '$MAILNET' nntp -s nntp://127.0.0.1:$PORT -v stat misc.test - | sort | uniq -c"
	assert_success
	assert_equal "$(awk '{ sum += $1 } END { print NR, sum }' <<<"$output")" "3 $n"
	assert_regex "$stderr" '[*] 3 round trips'
	! memory_counts || assert [ "$(sed -n 's/^kb //p' <<<"$stderr")" -lt 16000 ]
}

@test "large articles and many pending message-ids do not block each other" {
	local long
	printf -v long '%0200d' 0
	mkdir -p box/news/misc.test
	{
		printf 'Newsgroups: misc.test\nSubject: x\nMessage-ID: <%s@x>\n\n' "$long"
		head -c 200000 /dev/zero | tr '\0' x | fold -w 70
	} >box/news/misc.test/1
	start_news
	run --separate-stderr bash -c "yes '<$long@x>' | head -n 500 |
		'$MAILNET' nntp -s nntp://127.0.0.1:$PORT --timeout 20 article --raw - | wc -c"
	assert_success
	assert [ "$output" -gt 100000000 ]
}

@test "a range of a sparse group is narrowed by LISTGROUP, between other lines" {
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 3 1 5000 misc.test
		C: STAT 1
		S: 223 1 <1@x>
		C: LISTGROUP misc.test 10-5000
		S: 211 3 1 5000 misc.test
		S: 1
		S: 3000
		S: 5000
		S: .
		C: STAT 3000
		C: STAT 5000
		C: STAT 7
		C: QUIT
		S: 223 3000 <3@x>
		S: 223 5000 <5@x>
		S: 223 7 <7@x>
		S: 205 bye
	END
	nntp stat misc.test - <<<$'1\n10-\n7'
	assert_success
	assert_output $'1 <1@x>\n3000 <3@x>\n5000 <5@x>\n7 <7@x>'
	assert_script_ok
}

@test "a server that knows LISTGROUP only without a range gets it so, and no line is lost" {
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 3 1 5000 misc.test
		C: STAT 1
		S: 223 1 <1@x>
		C: LISTGROUP misc.test 10-5000
		S: 501 what
		C: LISTGROUP misc.test
		S: 211 3 1 5000 misc.test
		S: 1
		S: 3000
		S: .
		C: STAT 3000
		C: STAT 7
		C: QUIT
		S: 223 3000 <3@x>
		S: 223 7 <7@x>
		S: 205 bye
	END
	nntp stat misc.test - <<<$'1\n10-\n7'
	assert_success
	assert_output $'1 <1@x>\n3000 <3@x>\n7 <7@x>'
	assert_script_ok
}

@test "over | awk | fetch stores the articles that awk has chosen" {
	news misc.test 50
	over_awk_fetch()
	{
		mailnet nntp -s "nntp://127.0.0.1:$PORT" over misc.test | awk -F '\t' '$1 % 10 == 0 { print $1 }' |
			mailnet nntp -s "nntp://127.0.0.1:$PORT" fetch -d Mail/ misc.test -
	}
	run over_awk_fetch
	assert_success
	assert_equal "$(grep -h ^Subject Mail/new/* | sort -k 3n | tr -dc '0-9\n' | xargs)" '10 20 30 40 50'
}

@test "over | grep | fetch stores the articles whose overview lines grep has chosen, however long they are" {
	news misc.test 3
	printf 'Newsgroups: misc.test\nSubject: article 4\nMessage-ID: <4@x>\nReferences:%s\n\nbody 4\n' \
		"$(printf ' <%0200d@x>' {1..20})" >box/news/misc.test/4
	mailnet nntp -s "nntp://127.0.0.1:$PORT" over misc.test >lines
	grep -E 'article [24]' lines | mailnet nntp -s "nntp://127.0.0.1:$PORT" fetch -d Mail/ misc.test -
	assert_equal "$(cat Mail/new/* | grep ^body | sort)" $'body 2\nbody 4'
	mailnet nntp -s "nntp://127.0.0.1:$PORT" hdr subject misc.test 1-2 >lines
	nntp stat misc.test - <lines
	assert_success
	assert_output $'1 <1@x>\n2 <2@x>'
}
