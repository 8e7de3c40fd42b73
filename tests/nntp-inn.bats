#!/usr/bin/env bats
# nntp against a real INN: nnrpd in clear, with STARTTLS and implicit TLS, and innd, which passes readers to nnrpd.

bats_require_minimum_version 1.5.0
load lib/common
load fixtures/inn

# shellcheck disable=SC2034 # for common_setup
file_needs=(inn jq)

setup_file()
{
	can "${file_needs[@]}" || return 0
	export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-60}
	printf '%s\n' 'From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>' 'Newsgroups: test.odd' \
		'Subject: =?ISO-8859-15?Q?D=E9buter_en_Python?=' 'Date: Fri, 20 Nov 2026 10:00:00 +0000' \
		'Message-ID: <odd@example.org>' '' 'From here' '.' '..' 'last' >"$BATS_FILE_TMPDIR/odd"
	inn_article "$BATS_FILE_TMPDIR/odd" test.odd
	inn_group test.gaps 30 gaps
	inn_group test.big 3000
	inn_start --innd
}

teardown_file()
{
	inn_stop
}

setup()
{
	common_setup
	export MAILNET_NNTP=nntp://127.0.0.1:$INN_PORT
}

nntp()
{
	mailnet nntp "$@"
}

rounds()
{
	assert_equal "${stderr_lines[-1]}" "* $1 round trips"
}

@test "over -n 10 of a group needs three round trips" {
	run --separate-stderr nntp -v over -n 10 test.open
	assert_success
	assert_equal "${#lines[@]}" 10
	assert_line -n 9 --regexp $'^20\tarticle 20 of test.open\t'
	rounds 3
}

@test "over GROUP A-B: two round trips, and the same lines over TLS and compressed" {
	run --separate-stderr nntp -v over test.open 1-20
	assert_success
	assert_equal "${#lines[@]}" 20
	rounds 2
	nntp over test.open 1-20 >lines.clear
	nntp -s "nntps://localhost:$INN_TLS_PORT" --tls-ca "$CA_FILE" over test.open 1-20 >lines.tls
	nntp -s "nntp://localhost:$INN_PORT" --tls starttls --tls-ca "$CA_FILE" over test.open 1-20 >lines.starttls
	nntp --compress on over test.open 1-20 >lines.deflate
	cmp lines.clear lines.tls
	cmp lines.clear lines.starttls
	cmp lines.clear lines.deflate
}

@test "the server's certificate is verified" {
	run --separate-stderr nntp -s "nntps://localhost:$INN_TLS_PORT" over test.open 1-2
	assert_failure 77
	assert_output ''
	run --separate-stderr nntp -s "nntps://localhost:$INN_TLS_PORT" --tls-ca "$CA_FILE" \
		--tls-name other.example.org over test.open 1-2
	assert_failure 77
}

@test "over prints every line of a large group, with COMPRESS and without" {
	nntp over test.big 1-3000 >auto
	nntp --compress off over test.big 1-3000 >plain
	assert_equal "$(wc -l <plain)" 3000
	cmp auto plain
	run --separate-stderr nntp -v over test.big 1-
	assert_regex "$stderr" 'COMPRESS DEFLATE'
}

@test "over --json prints one JSON object a line" {
	nntp --json over test.big 1-3000 >records
	assert_equal "$(jq -r '.number' records | wc -l)" 3000
	assert_equal "$(jq -r 'select(.number == 7) | ."message-id"' records)" '<7.test.big@example.org>'
	assert_equal "$(jq -r '.":bytes" | type' records | sort -u)" number
	run nntp --json over --decode test.odd 1
	assert_output --partial '"subject": "Débuter en Python", "from": "Jürgen <j@example.org>"'
}

@test "article prints the existing articles of a group with gaps, once and in order" {
	run --separate-stderr nntp -v stat test.gaps 1-
	assert_success
	assert_equal "${#lines[@]}" 30
	rounds 3
	run --separate-stderr nntp -v stat test.big 1-3000
	assert_success
	assert_equal "${#lines[@]}" 3000
	rounds 3
	run --separate-stderr nntp stat test.gaps 2
	assert_failure 1
	run --separate-stderr nntp stat test.gaps 2-3
	assert_success
	assert_output '3 <3.test.gaps@example.org>'
}

@test "article prints an article raw, with CRLF, as mbox and as JSON" {
	nntp article '<odd@example.org>' >raw
	tail -n 4 raw | cmp - <(printf 'From here\n.\n..\nlast\n')
	nntp --crlf article test.odd 1 >crlf
	tail -n 4 crlf | cmp - <(printf 'From here\r\n.\r\n..\r\nlast\r\n')
	nntp article --mbox test.odd 1 >mbox
	tail -n 5 mbox | cmp - <(printf '>From here\n.\n..\nlast\n\n')
	nntp --json article test.odd 1 | jq -r .raw | base64 -d | cmp - crlf
	nntp -o file body test.odd 1
	cmp file <(printf 'From here\n.\n..\nlast\n')
}

@test "fetch into a Maildir stores no article twice, whatever the group or range" {
	nntp fetch -d box/ test.open 1-5
	assert_equal "$(find box/new -type f | wc -l)" 5
	run nntp --json fetch -d box/ test.open 3-8
	assert_success
	assert_equal "${#lines[@]}" 6
	assert_equal "$(find box/new -type f | wc -l)" 8
	assert_equal "$(find box/tmp -type f | wc -l)" 0
	nntp article test.open 4 | cmp - "$(grep -l '<4.test.open@' box/new/* | head -n 1)"
}

@test "articles named on stdin: over | awk | fetch, numbers and message-ids, in few round trips" {
	fetch_some()
	{
		nntp over test.gaps | awk -F '\t' '$1 % 2 == 0 { print $1 } $1 % 2 { print $5 }' | tee some |
			nntp -v fetch -d some.d/ --newsrc some.rc test.gaps -
	}
	run --separate-stderr fetch_some
	assert_success
	rounds 3
	assert_equal "$(find some.d/new -type f | wc -l)" "$(wc -l <some)"
	run nntp fetch -d again.d/ --newsrc some.rc test.gaps - <some
	assert_success
	assert_equal "$(find again.d/new -type f | wc -l)" "$(grep -c '<' some)"
	seq 3000 >all
	run --separate-stderr nntp -v stat test.big - <all
	assert_success
	assert_equal "${#lines[@]}" 3000
	rounds 3
	run nntp -s "nntps://localhost:$INN_TLS_PORT" --tls-ca "$CA_FILE" --compress on body --raw test.big - <all
	assert_success
	assert_equal "$(grep -c '^End of article' <<<"$output")" 3000
	run nntp stat test.gaps - <<<$'1\nx\n2\n3'
	assert_failure 65
	assert_line --regexp '423'
}

@test "fetch --max-size and --limit: sizes from the overview, and counted, agree" {
	run --separate-stderr nntp -v fetch --max-size 1000 --newsrc small.rc -d small.d/ test.open
	assert_success
	rounds 4
	assert_regex "$stderr" 'warning: articles of more than 1000 octets left unread: 5'
	seq 20 >all
	run nntp -q fetch --max-size 1000 -d counted.d/ test.open - <all
	assert_success
	assert_equal "$(cd small.d/new && ls)" "$(cd counted.d/new && ls)"
	assert_equal "$(find small.d/new -type f | wc -l)" 15
	run nntp fetch --limit 4 --newsrc small.rc -d small.d/ test.open
	assert_success
	run nntp fetch --limit 4 --newsrc small.rc -d small.d/ test.open
	assert_equal "$(find small.d/new -type f | wc -l)" 20
	assert_equal "$(cat small.rc)" 'test.open: 1-20'
}

@test "fetch writes into an mbox, a pipe and stdout" {
	nntp fetch -d mbox test.odd
	grep -qx '>From here' mbox
	nntp fetch -d '|cat >>piped' test.open 1-3
	assert_equal "$(grep -c '^Message-ID:' piped)" 3
	nntp fetch test.open 1-3 >out
	assert_equal "$(grep -c '^From author[0-9]*@example.org ' out)" 3
	run nntp fetch -d '|exit 1' test.open 1-3
	assert_failure 69
}

@test "innd gets MODE READER before over, article, list, newgroups and fetch" {
	export MAILNET_NNTP=nntp://127.0.0.1:$INND_PORT
	run nntp over test.open 1-3
	assert_success
	assert_equal "${#lines[@]}" 3
	run nntp article '<odd@example.org>'
	assert_success
	run nntp list active 'test.*'
	assert_success
	assert_output --partial test.gaps
	run nntp newgroups 3d
	assert_success
	run nntp --no-pipelining article --raw test.open 1-3
	assert_success
	run nntp --compress on over test.open 1-3
	assert_success
	run nntp --reader stat test.open 1-3
	assert_success
	run nntp fetch -d innd/ test.open 1-3
	assert_success
}

@test "a private group needs a login: without credentials 77, with wrong ones 77" {
	run --separate-stderr nntp over test.private 1-2
	assert_failure 77
	write_netrc 127.0.0.1 alice secret
	run --separate-stderr nntp over test.private 1-2
	assert_success
	assert_equal "${#lines[@]}" 2
	run --separate-stderr nntp -s "nntp://127.0.0.1:$INND_PORT" group test.private
	assert_success
	assert_output '5 1 5 test.private'
	run --separate-stderr nntp --no-netrc -u alice --password-command 'echo wrong' group test.private
	assert_failure 77
	# INN offers SCRAM and refuses it
	run --separate-stderr nntp --auth scram-sha-1 group test.open
	assert_failure 77
}

@test "a netrc default entry is used if the server offers logins" {
	(umask 077 && echo default login alice password secret >"$HOME/.netrc")
	run nntp group test.private
	assert_success
	assert_output '5 1 5 test.private'
}

@test "post sends an article that article then reads; ihave offers one" {
	write_netrc 127.0.0.1 alice secret
	printf 'From: a@example.org\nNewsgroups: test.open\nSubject: posted\nMessage-ID: <posted.%s@example.org>\n\n.dot\n..\nno end' \
		$$ >article
	run nntp post article
	assert_success
	assert_output --regexp '^240 '
	wait_until 60 nntp stat "<posted.$$@example.org>"
	nntp body "<posted.$$@example.org>" | cmp - <(printf '.dot\n..\nno end\n')
	run nntp post article
	assert_failure 69
	run nntp --no-netrc post article
	assert_failure 77

	printf 'Path: x\nFrom: a@example.org\nNewsgroups: test.open\nSubject: s\nDate: %s\nMessage-ID: <ihave.%s@example.org>\n\nb\n' \
		"$(date -uR)" $$ >article
	run nntp -s "nntp://127.0.0.1:$INND_PORT" --no-netrc ihave "<ihave.$$@example.org>" article
	assert_success
	run nntp -s "nntp://127.0.0.1:$INND_PORT" --no-netrc ihave "<ihave.$$@example.org>" article
	assert_failure 1
}

@test "group, list, description, listgroup, hdr, date, capabilities, info and has print INN's replies" {
	run nntp group test.open
	assert_output --regexp '^[0-9]+ 1 [0-9]+ test.open$'
	run nntp group no.such
	assert_failure 1
	run nntp list active test.gaps
	assert_output --regexp '^test.gaps 0*45 0*1 y$'
	run nntp --no-pipelining --json over test.gaps 1-6
	assert_success
	assert_equal "${#lines[@]}" 4
	run nntp description test.gaps
	assert_output 'A group for tests, test.gaps'
	run nntp listgroup test.gaps 1-6
	assert_output $'1\n3\n4\n6'
	run nntp hdr subject test.gaps 1-3
	assert_output $'1\tarticle 1 of test.gaps\n3\tarticle 3 of test.gaps'
	run nntp date
	assert_output --regexp '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$'
	run nntp capabilities
	assert_line 'VERSION 2'
	run nntp has over
	assert_success
	run nntp has xyzzy
	assert_failure 1
	assert_output ''
	run nntp --json -s "nntps://localhost:$INN_TLS_PORT" --tls-ca "$CA_FILE" info
	assert_success
	# The version is the one in the server's greeting.
	assert_regex "$(jq -r .greeting <<<"$output")" "NNRP server $(jq -r .software <<<"$output") ready"
	assert_regex "$(jq -r .software <<<"$output")" '^INN [0-9]+\.'
	assert_equal "$(jq -r .tls.verified <<<"$output")" true
	run nntp -s "nntps://localhost:$INN_TLS_PORT" --tls-pin "$(jq -r '.pins[1]' <<<"$output")" group test.open
	assert_success
}

@test "a batch keeps one session open" {
	run nntp -b - <<-'END'
		group test.gaps
		stat
		next
		last
		stat 45
		-next
		cmd GROUP test.open
		cmd GROUP test.gaps
		over -n 1
		quit
	END
	assert_success
	assert_line -n 0 '30 1 45 test.gaps'
	assert_line -n 1 '1 <1.test.gaps@example.org>'
	assert_line -n 2 '3 <3.test.gaps@example.org>'
	assert_line -n 3 '1 <1.test.gaps@example.org>'
	assert_line -n 4 '45 <45.test.gaps@example.org>'
	assert_line -n 5 --partial 'NEXT: 421 '
	assert_line -n 8 --regexp $'^45\t'
	assert_line -n 9 --regexp '^205 '
}

@test "newsrc: over and fetch read each article once" {
	run nntp over --newsrc newsrc test.gaps
	assert_success
	assert_equal "${#lines[@]}" 30
	assert_equal "$(cat newsrc)" 'test.gaps: 1-45'
	run nntp over --newsrc newsrc test.gaps
	assert_success
	assert_output ''
	nntp fetch -d box/ --newsrc newsrc test.big
	assert_equal "$(find box/new -type f | wc -l)" 3000
	assert_equal "$(tail -n 1 newsrc)" 'test.big: 1-3000'
	sed -i 's/1-3000/1-10,12-2999/' newsrc
	run nntp over -F number --newsrc newsrc test.big
	assert_output $'11\n3000'
}

@test "newsrc: LISTGROUP finds the existing articles of a large unread part" {
	echo 'test.big: 1-100,200-300' >newsrc
	run --separate-stderr nntp -v fetch --newsrc newsrc -d box test.big
	assert_success
	assert_equal "$(grep -c '^From ' box)" 2799
	assert_equal "$(cat newsrc)" 'test.big: 1-3000'
	assert_equal "$(grep -c '^> LISTGROUP test.big 101-3000' <<<"$stderr")" 1
	assert_equal "$(grep -c '^> ARTICLE' <<<"$stderr")" 2799
}

@test "newsrc: all subscribed groups in one session; a missing group is passed over" {
	local open
	# Other tests post to this group.
	open=$(nntp group test.open | cut -d ' ' -f 3)
	mkdir News
	printf '%s\n' 'test.gaps: 1-10' 'no.such:' 'test.big! 1' 'test.open:' 'test.odd:' >newsrc
	run --separate-stderr nntp -v fetch -d News/%g/ --newsrc newsrc
	assert_failure 1
	rounds 3
	assert_regex "$stderr" 'GROUP no\.such: 411 '
	assert_equal "$(find News/test.open/new -type f | wc -l)" "$open"
	assert_equal "$(find News/test.odd/new -type f | wc -l)" 1
	assert_equal "$(grep -lr '^Newsgroups: test.gaps' News/test.gaps/new | wc -l)" "$(nntp over -F number test.gaps 11- | wc -l)"
	assert_equal "$(cat newsrc)" $'test.gaps: 1-45\nno.such:\ntest.big! 1\ntest.open: 1-'"$open"$'\ntest.odd: 1'
	sed -i -e '/no.such/d' -e 's/1-45/1-44/' -e 's/! 1/: 1-2998/' newsrc
	run --separate-stderr nntp -v --json over --newsrc newsrc
	assert_success
	rounds 3
	assert_equal "$(jq -r '"\(.group) \(.number)"' <<<"$output")" $'test.gaps 45\ntest.big 2999\ntest.big 3000'
	run nntp over --newsrc newsrc
	assert_success
	assert_output ''
}
