#!/usr/bin/env bats
# nntp fetch: --limit and --max-size.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/nntp

# shellcheck disable=SC2034 # for nntp
nntp_options=(--compress off)

# news GROUP COUNT LARGE...: box/news/GROUP; the articles LARGE have more than 3000 octets.
news()
{
	local i group=$1
	mkdir -p "box/news/$group"
	awk -v group="$group" -v last="$2" 'BEGIN {
		for (i = 1; i <= last; i++) {
			file = "box/news/" group "/" i
			printf "From: a@example.org\nNewsgroups: %s\nSubject: article %d\nMessage-ID: <%d@%s>\n\nbody %d\n", group, i, i, group, i >file
			close(file)
		}
	}'
	for i in "${@:3}"; do
		head -c 3000 /dev/zero | tr '\0' x | fold -w 60 >>"box/news/$group/$i"
	done
}

# subjects DIR: the numbers in the subjects of a Maildir.
subjects()
{
	sed -n 's/^Subject: article //p' "$1"/new/* | sort -n | tr '\n' ' '
}

@test "fetch --max-size: larger articles are left unread, and are not asked for" {
	news misc.test 6 3 5
	start_news
	echo 'misc.test: 1' >newsrc
	nntp -v --json fetch --max-size 1000 --newsrc newsrc -d Mail/ misc.test
	assert_success
	assert_equal "$(subjects Mail)" '2 4 6 '
	assert_equal "$(cat newsrc)" 'misc.test: 1-2,4,6'
	assert_equal "$(jq -r 'select(.fate == "skipped") | [.number, .uid, .octets > 3000, .file] | join(" ")' <<<"$output")" \
		$'3 <3@misc.test> true \n5 <5@misc.test> true '
	assert_equal "$(jq -r 'select(.fate == "stored") | .number' <<<"$output" | xargs)" '2 4 6'
	refute_regex "$stderr" 'ARTICLE [35]'
	assert_regex "$stderr" 'mailnet nntp: warning: articles of more than 1000 octets left unread: 2'
	assert_regex "$stderr" '[*] 4 round trips'
	nntp fetch --max-size 1000 --newsrc newsrc -d Mail/ misc.test
	assert_success
	nntp -q fetch --max-size 100000 --newsrc newsrc -d Mail/ misc.test
	assert_success
	assert_equal "$stderr" ''
	assert_equal "$(cat newsrc)" 'misc.test: 1-6'
	assert_equal "$(subjects Mail)" '2 3 4 5 6 '
}

@test "fetch --max-size: articles named on stdin, and those to stdout, are read and counted" {
	news misc.test 6 3 5
	start_news
	nntp --json fetch --max-size 1000 --newsrc newsrc -d Mail/ misc.test - < <(printf '%s\n' 6 5 '<3@misc.test>' 2)
	assert_success
	assert_equal "$(subjects Mail)" '2 6 '
	assert_equal "$(cat newsrc)" 'misc.test: 2,6'
	assert_equal "$(jq -r '[.number, .fate] | join(" ")' <<<"$output")" $'6 stored\n5 skipped\n0 skipped\n2 stored'
	nntp fetch --max-size 1000 --newsrc newsrc misc.test - <<<$'1\n3\n4'
	assert_success
	assert_equal "$(grep -c '^From ' <<<"$output")" 2
	assert_equal "$(cat newsrc)" 'misc.test: 1-2,4,6'
	nntp --json fetch --max-size 1000 misc.test - <<<$'1\n3'
	assert_equal "$(jq -r '.raw' <<<"$output" | base64 -d | tr -d '\r')" "$(cat box/news/misc.test/1)"
	nntp fetch --max-size 1000 misc.test
	assert_success
	assert_equal "$(grep -c '^From ' <<<"$output")" 4
	nntp fetch --max-size 0 misc.test
	assert_success
	refute_output
}

@test "fetch --max-size: a limit that counts the last octet, and a copy in a file" {
	local octets
	news misc.test 1
	head -c 960000 /dev/zero | tr '\0' y | fold -w 60 >>box/news/misc.test/1
	echo >>box/news/misc.test/1
	start_news
	octets=$(sed 's/$/\r/' box/news/misc.test/1 | wc -c)
	nntp fetch --max-size $((octets - 1)) -d Mail/ misc.test - <<<1
	assert_success
	[ -z "$(find Mail -type f)" ]
	nntp fetch --max-size "$octets" -d Mail/ misc.test - <<<1
	assert_success
	cmp "$(find Mail/new -type f)" box/news/misc.test/1
}

# without_over LINE...: the steps of a server that has GROUP and the articles 1 to 3, and replies LINE to the other
# commands.
without_over()
{
	local i
	printf '%s\n' 'S: 200 hello' 'C: GROUP misc.test' 'S: 211 3 1 3 misc.test' "$@"
	for i in 1 2 3; do
		printf '%s\n' "C: ARTICLE $i" "S: 220 $i <$i@x>" "S: Subject: article $i" 'S: '
		[ $i != 2 ] || printf 'S: %0500d\n' 0
		printf 'S: .\n'
	done
	printf '%s\n' 'C: QUIT' 'S: 205 bye'
}

@test "fetch --max-size: without sizes in the overview articles are counted" {
	local steps
	for steps in \
		'C: OVER 1-3|S: 403 fault|' \
		'C: OVER 1-3|S: 503 no|C: XOVER 1-3|S: 503 no|' \
		'C: OVER 1-3|S: 500 what|C: XOVER 1-3|S: 500 what|' \
		'C: OVER 1-3|S: 224 here|S: 1\ts\tf\td\t<1@x>\tr\t\t1|S: 2\ts\tf\td\t<2@x>|S: 3\ts\tf\td\t<3@x>\t\tx\t|S: .|' \
		'C: OVER 1-3|S: 224 here|S: x|S: 2\ts\tf\td\t<2@x>\t\t9\t1|S: .|' \
		'C: OVER 1-3|S: 224 here|S: 3\ts\tf\td\t<1@x>\t\t1\t1|S: 2\ts\tf\td\t<2@x>\t\t9\t1|S: .|'; do
		rm -rf Mail
		mapfile -d '|' -t lines < <(printf %s "$steps")
		start_script < <(without_over "${lines[@]}")
		nntp fetch --max-size 200 -d Mail/ misc.test
		assert_success
		assert_equal "$(subjects Mail)" '1 3 '
		assert_script_ok
	done
}

@test "fetch --limit: the next articles come with the next run; missing and large ones do not count" {
	news misc.test 9 4
	rm box/news/misc.test/2
	start_news
	nntp fetch --limit 2 --newsrc newsrc -d Mail/ misc.test
	assert_success
	assert_equal "$(subjects Mail)" '1 3 '
	assert_equal "$(cat newsrc)" 'misc.test: 1-3'
	nntp fetch --limit 2 --max-size 1000 --newsrc newsrc -d Mail/ misc.test
	assert_success
	assert_equal "$(subjects Mail)" '1 3 5 6 '
	assert_equal "$(cat newsrc)" 'misc.test: 1-3,5-6'
	nntp -v fetch --limit 1 --newsrc newsrc misc.test
	assert_success
	assert_equal "$(grep '^Subject' <<<"$output")" 'Subject: article 4'
	refute_regex "$stderr" 'ARTICLE 7'
	nntp fetch --limit 0 misc.test
	assert_success
	refute_output
	nntp fetch --limit x misc.test
	assert_failure 64
}

@test "fetch --limit: of many articles, in one pipeline; of those on stdin" {
	news misc.test 1200 2
	start_news
	nntp -v fetch --limit 1100 misc.test
	assert_success
	assert_equal "$(grep -c '^From ' <<<"$output")" 1100
	assert_regex "$stderr" '[*] [3-6] round trips'
	nntp fetch --limit 3 --max-size 1000 misc.test - < <(seq 1 1200)
	assert_success
	assert_equal "$(grep '^Subject' <<<"$output" | tr -dc '0-9')" 134
	nntp fetch --limit 2 - <<<$'<1@misc.test>\n<no@x>\n<5@misc.test>\n<6@misc.test>'
	assert_failure 1
	assert_equal "$(grep '^Subject' <<<"$output" | tr -dc '0-9')" 15
}

@test "fetch --limit and --max-size: all subscribed groups" {
	news a.one 4 2
	news b.two 4 1
	news c.three 2
	start_news
	printf '%s\n' 'a.one:' 'b.two:' 'no.such:' 'c.three:' >newsrc
	nntp fetch --limit 5 --max-size 1000 --newsrc newsrc -d %g/
	assert_failure 1
	assert_equal "$(subjects a.one)/$(subjects b.two)" '1 3 4 /2 3 '
	assert_equal "$(sed 's/: *$/:/' newsrc)" $'a.one: 1,3-4\nb.two: 2-3\nno.such:\nc.three:'
	nntp fetch --max-size 1000 --newsrc newsrc -d %g/
	assert_failure 1
	assert_equal "$(subjects b.two)/$(subjects c.three)" '2 3 4 /1 2 '
	assert_equal "$(sed 's/: *$/:/' newsrc)" $'a.one: 1,3-4\nb.two: 2-4\nno.such:\nc.three: 1-2'
}
