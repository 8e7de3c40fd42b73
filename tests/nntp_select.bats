#!/usr/bin/env bats
# nntp stat, head, body, article, fetch: articles named on stdin.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	common_setup
}

teardown()
{
	stop_servers
}

nntp()
{
	run --separate-stderr mailnet nntp -s "nntp://127.0.0.1:$PORT" --timeout 20 --compress off "$@"
}

# articles NUMBER...: the steps of a script that serves them.
articles()
{
	local i
	for i; do
		printf '%s\n' "C: ARTICLE $i" "S: 220 $i <$i@x>" "S: Subject: $i" 'S: ' "S: body $i" 'S: .'
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

# news GROUP COUNT: box/news, for an honest server of a group.
news()
{
	local i
	mkdir -p "box/news/$1"
	for ((i = 1; i <= $2; i++)); do
		printf 'From: a@example.org\nNewsgroups: %s\nSubject: article %d\nMessage-ID: <%d@x>\n\nbody %d\n' \
			"$1" "$i" "$i" "$i" >"box/news/$1/$i"
	done
	start_folder box --nntp "${@:3}"
	PORT=$NNTP_PORT
}

rounds()
{
	sed -n 's/.*[*] \([0-9]*\) round trips/\1/p' <<<"$stderr"
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
	assert_equal "$(rounds)" 3
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
	printf 'group misc.test\nstat -\nstat 2\n' >batch
	nntp -b batch <<<$'3\n1'
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
