#!/usr/bin/env bats
# shellcheck disable=SC2028,SC2086 # scripts have escapes; $verb and $options are several words
#
# nntp fetch and over with --newsrc and without a group: all subscribed groups in one session; %g in a DEST.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/nntp

# shellcheck disable=SC2034 # for nntp
nntp_options=(--compress off)

# news COUNT ARTICLES: an honest server of groups g.001, g.002, ...; newsrc subscribes to all.
news()
{
	local i k group
	for ((i = 1; i <= $1; i++)); do
		printf -v group 'g.%03d' "$i"
		mkdir -p "box/news/$group"
		for ((k = 1; k <= $2; k++)); do
			printf 'From: a@example.org\nNewsgroups: %s\nSubject: %d\nMessage-ID: <%d.%s@x>\n\nbody\n' \
				"$group" "$k" "$k" "$group" >"box/news/$group/$k"
		done
		echo "$group: ${3-}"
	done >newsrc
	start_news
}

stored()
{
	find "$1/new" -type f | wc -l
}

@test "a hundred groups without news cost three round trips, and are a silent success" {
	local verb
	news 100 1 1
	cp newsrc before
	for verb in over 'fetch -d News/%g/' 'fetch -d box.mbox' fetch; do
		nntp -v $verb --newsrc newsrc
		assert_success
		assert_output ''
		rounds 3
		assert_equal "$(grep -c '^> GROUP' <<<"$stderr")" 100
		nntp $verb --newsrc newsrc
		assert_success
		assert_equal "$output$stderr" ''
	done
	cmp before newsrc
	refute [ -e News ]
}

@test "a hundred groups with three articles each cost three round trips" {
	mkdir News
	news 100 3
	nntp -v fetch -d News/%g/ --newsrc newsrc
	assert_success
	assert_equal "$(grep -c '^> ARTICLE' <<<"$stderr")" 300
	rounds 3
	assert_equal "$(find News -path '*/new/*' -type f | wc -l)" 300
	assert_equal "$(stored News/g.042)" 3
	assert_equal "$(grep -c '^g\.[0-9]*: 1-3$' newsrc)" 100
	sed -i 's/1-3/1/' newsrc
	nntp -v over --newsrc newsrc -F number
	assert_success
	rounds 3
	assert_equal "${#lines[@]}" 200
	assert_line -n 0 $'g.001\t2'
	assert_line -n 199 $'g.100\t3'
	assert_equal "$(grep -c '^g\.[0-9]*: 1-3$' newsrc)" 100
}

@test "fetch: GROUP of the next group is sent right after the articles of the last; marks and other lines are kept" {
	printf '%s\n' 'options -n a.*' 'a.b: 1-3,7' 'no.way! 1-2' 'c.d:' 'e.f: 1-4' 'g.h: 5' >newsrc
	start_script < <(
		printf '%s\n' 'S: 200 hello' 'c: GROUP a.b\r\nGROUP c.d\r\nGROUP e.f\r\nGROUP g.h\r\n'
		printf 'S: 211 %s\n' '8 1 8 a.b' '0 0 0 c.d' '4 1 4 e.f' '2 5 6 g.h'
		printf '%s\n' 'c: GROUP a.b\r\nARTICLE 4\r\nARTICLE 5\r\nARTICLE 6\r\nARTICLE 8\r\nGROUP g.h\r\nARTICLE 6\r\nQUIT\r\n'
		echo 'S: 211 8 1 8 a.b'
		articles 4 5
		printf '%s\n' 'S: 423 no' 'S: 423 no' 'S: 211 2 5 6 g.h'
		articles 6
		echo 'S: 205 bye'
	)
	nntp --log log fetch -d box/ --newsrc newsrc
	assert_success
	assert_equal "$output$stderr" ''
	assert_script_ok
	assert_equal "$(stored box)" 3
	assert_equal "$(cat newsrc)" $'options -n a.*\na.b: 1-8\nno.way! 1-2\nc.d:\ne.f: 1-4\ng.h: 5-6'
	assert_equal "$(grep -o 'group=[^ ]* number=[0-9]*' log | xargs)" 'group=a.b number=4 group=a.b number=5 group=g.h number=6'
}

@test "if only the last group has news, GROUP is not sent a second time" {
	printf '%s\n' 'a.b: 1-3' 'c.d: 1' >newsrc
	start_script < <(
		printf '%s\n' 'S: 200 hello' 'c: GROUP a.b\r\nGROUP c.d\r\n' 'S: 211 3 1 3 a.b' 'S: 211 2 1 2 c.d'
		echo 'c: ARTICLE 2\r\nQUIT\r\n'
		articles 2
		echo 'S: 205 bye'
	)
	nntp --json fetch -d %g/ --newsrc newsrc
	assert_success
	assert_output --regexp '^\{"group": "c\.d", "number": 2, "uid": "<2@x>",.*"fate": "stored"'
	assert_equal "$(stored c.d)" 1
	assert_script_ok
}

@test "a group that fails is reported and passed over, whether the first or the second GROUP fails" {
	printf '%s\n' 'a.b:' 'gone.1:' 'locked.2:' 'odd.3:' 'bad ranges: 1' 'bad.5: 7-x' ' : ' 'gone.4:' 'z.z:' >newsrc
	start_script < <(
		printf '%s\n' 'S: 200 hello' \
			'c: GROUP a.b\r\nGROUP gone.1\r\nGROUP locked.2\r\nGROUP odd.3\r\nGROUP gone.4\r\nGROUP z.z\r\n'
		printf 'S: %s\n' '211 1 1 1 a.b' '411 no such' '480 pay first' '211 many' '211 2 1 2 gone.4' '211 1 1 1 z.z'
		echo 'c: GROUP a.b\r\nARTICLE 1\r\nGROUP gone.4\r\nARTICLE 1\r\nARTICLE 2\r\nGROUP z.z\r\nARTICLE 1\r\nQUIT\r\n'
		echo 'S: 211 1 1 1 a.b'
		articles 1
		# The server replies from the group before.
		echo 'S: 411 it is gone'
		articles 1
		echo 'S: 423 no'
		echo 'S: 211 1 1 1 z.z'
		articles 1
		echo 'S: 205 bye'
	)
	nntp --json fetch -d box --newsrc newsrc
	assert_failure 65
	assert_script_ok
	assert_equal "$(jq -r .group <<<"$output" | xargs)" 'a.b z.z'
	assert_equal "$(grep -c '^body 1' box)" 2
	assert_equal "$(cat newsrc)" $'a.b: 1\ngone.1:\nlocked.2:\nodd.3:\nbad ranges: 1\nbad.5: 7-x\n : \ngone.4:\nz.z: 1'
	assert_equal "${#stderr_lines[@]}" 7
	assert_regex "${stderr_lines[0]}" "newsrc: 'bad ranges' is not the name of a group"
	assert_regex "${stderr_lines[1]}" 'the line of bad\.5 has invalid ranges'
	assert_regex "${stderr_lines[2]}" "newsrc: ' ' is not the name of a group"
	assert_regex "${stderr_lines[3]}" '127\.0\.0\.1: GROUP gone\.1: 411 no such'
	assert_regex "${stderr_lines[4]}" '127\.0\.0\.1: GROUP locked\.2: 480 pay first'
	assert_regex "${stderr_lines[5]}" '127\.0\.0\.1: GROUP odd\.3: the reply has no article numbers: 211 many'
	assert_regex "${stderr_lines[6]}" '127\.0\.0\.1: GROUP gone\.4: 411 it is gone'
}

@test "articles that are refused for want of a login end their group; a lone refused article does not" {
	printf '%s\n' 'a.b:' 'c.d:' 'e.f:' >newsrc
	start_script < <(
		printf '%s\n' 'S: 200 hello' 'C: GROUP a.b' 'C: GROUP c.d' 'C: GROUP e.f'
		printf 'S: 211 %s\n' '3 1 3 a.b' '2 1 2 c.d' '1 1 1 e.f'
		printf '%s\n' 'C: GROUP a.b' 'C* QUIT' 'S: 211 3 1 3 a.b'
		articles 1
		echo 'S: 403 fault'
		articles 3
		printf '%s\n' 'S: 211 2 1 2 c.d' 'S: 480 no' 'S: 480 no' 'S: 211 1 1 1 e.f'
		articles 1
		echo 'S: 205 bye'
	)
	nntp fetch -d box/ --newsrc newsrc
	assert_failure 75
	assert_equal "$(cat newsrc)" $'a.b: 1,3\nc.d:\ne.f: 1'
	assert_equal "${#stderr_lines[@]}" 2
	assert_regex "${stderr_lines[0]}" '127\.0\.0\.1: a\.b: ARTICLE 2: 403 fault'
	assert_regex "${stderr_lines[1]}" '127\.0\.0\.1: c\.d: ARTICLE 1: 480 no'
	assert_script_ok
}

@test "if the connection is lost, the articles before are stored and marked, in fetch and in over" {
	local verb
	for verb in 'fetch -d box/' fetch over; do
		printf '%s\n' 'a.b:' 'c.d:' 'e.f:' >newsrc
		start_script < <(
			printf '%s\n' 'S: 200 hello' 'C: GROUP a.b' 'C: GROUP c.d' 'C: GROUP e.f'
			printf 'S: 211 %s\n' '1 1 1 a.b' '3 1 3 c.d' '1 1 1 e.f'
			printf '%s\n' 'C* QUIT' 'S: 211 1 1 1 a.b'
			if [[ $verb == over ]]; then
				printf '%s\n' 'S: 224 follows' "S: $(line 1)" 'S: .' 'S: 211 3 1 3 c.d' \
					'S: 224 follows' "S: $(line 1)"
			else
				articles 1
				echo 'S: 211 3 1 3 c.d'
				articles 1
				printf '%s\n' 'S: 220 2 <2@x>' 'S: Subject: 2'
			fi
			echo cut
		)
		nntp $verb --newsrc newsrc
		assert_failure 75
		assert_regex "$stderr" 'closed the connection'
		if [[ $verb == over ]]; then
			assert_line -n 0 $'a.b\t'"$(line 1)"
			assert_equal "$(cat newsrc)" $'a.b: 1\nc.d:\ne.f:'
		else
			assert_equal "$(cat newsrc)" $'a.b: 1\nc.d: 1\ne.f:'
		fi
	done
	assert_equal "$(stored box)" 1
}

@test "an article that ends early at the end of a group is neither stored nor marked" {
	local dest
	for dest in box/ %g/; do
		printf '%s\n' 'a.b:' 'c.d:' >newsrc
		start_script < <(
			printf '%s\n' 'S: 200 hello' 'C: GROUP a.b' 'C: GROUP c.d' 'S: 211 2 1 2 a.b' 'S: 211 1 1 1 c.d' 'C* QUIT' \
				'S: 211 2 1 2 a.b'
			articles 1 2
			printf '%s\n' 'S: the rest of the text' 'S: .' 'S: 211 1 1 1 c.d'
			articles 1
			printf '%s\n' 'S: 205 bye' mayclose
		)
		nntp fetch -d $dest --newsrc newsrc
		assert_failure 76
		assert_equal "$(stored "${dest/\%g/a.b}")" 1
		assert_equal "$(cat newsrc)" $'a.b: 1\nc.d:'
	done
}

@test "over: each line begins with the group, JSON has a key for it, -n counts for each; a refused range is passed over" {
	local options
	for options in '' '--json' '-F from,number'; do
		printf '%s\n' 'a.b: 1-3' 'c.d! 1' 'e.f: 1-2,4' 'g.h:' 'i.j: 1' >newsrc
		start_script < <(
			echo 'S: 200 hello'
			[ "$options" = '' ] || printf '%s\n' 'C: LIST OVERVIEW.FMT'
			printf '%s\n' 'C: GROUP a.b' 'C: GROUP e.f' 'C: GROUP g.h' 'C: GROUP i.j'
			[ "$options" = '' ] || printf '%s\n' 'S: 503 no'
			printf '%s\n' 'S: 211 5 1 5 a.b' 'S: 211 6 1 6 e.f' 'S: 411 none' 'S: 211 1 1 1 i.j'
			echo 'c: GROUP a.b\r\nOVER 5\r\nGROUP e.f\r\nOVER 6\r\nQUIT\r\n'
			printf '%s\n' 'S: 211 5 1 5 a.b' 'S: 224 follows' "S: $(line 5)" 'S: .' 'S: 211 6 1 6 e.f' 'S: 503 fault' 'S: 205 bye'
		)
		nntp ${options%-F*} over -n 1 ${options#--json} --newsrc newsrc
		assert_failure 1
		case $options in
			'') assert_output $'a.b\t'"$(line 5)" ;;
			--json) assert_equal "$(jq -c '[.group, .number]' <<<"$output")" '["a.b",5]' ;;
			*) assert_output $'a.b\tme@example.org\t5' ;;
		esac
		assert_equal "$(cat newsrc)" $'a.b: 1-3,5\nc.d! 1\ne.f: 1-2,4\ng.h:\ni.j: 1'
		assert_regex "$stderr" 'GROUP g\.h: 411 none'
		assert_regex "$stderr" 'e\.f: OVER 6: 503 fault'
		assert_script_ok
	done
}

@test "over: after a second GROUP that fails, the lines of the group before are not printed or marked" {
	printf '%s\n' 'a.b:' 'c.d: 2' 'e.f:' >newsrc
	start_script < <(
		printf '%s\n' 'S: 200 hello' 'C: GROUP a.b' 'C: GROUP c.d' 'C: GROUP e.f'
		printf 'S: 211 %s\n' '1 1 1 a.b' '3 1 3 c.d' '1 1 1 e.f'
		printf '%s\n' 'C* QUIT' 'S: 211 1 1 1 a.b' 'S: 224 follows' "S: $(line 1)" 'S: .' 'S: 411 gone'
		printf '%s\n' 'S: 224 follows' "S: $(line 1)" 'S: .' 'S: 423 none' 'S: 211 1 1 1 e.f'
		printf '%s\n' 'S: 224 follows' "S: $(line 1)" 'S: .' 'S: 205 bye'
	)
	nntp over --newsrc newsrc
	assert_failure 1
	assert_equal "$(cut -f 1,2 <<<"$output")" $'a.b\t1\ne.f\t1'
	assert_equal "$(cat newsrc)" $'a.b: 1\nc.d: 2\ne.f: 1'
	assert_script_ok
}

@test "an old server: XOVER, and LISTGROUP without a range, each found out once for all groups" {
	printf '%s\n' 'a.b:' 'c.d:' >newsrc
	start_script < <(
		printf '%s\n' 'S: 200 hello' 'C: GROUP a.b' 'C: GROUP c.d' 'S: 211 1 1 1 a.b' 'S: 211 1 1 1 c.d' \
			'C: GROUP a.b' 'C: OVER 1' 'C: GROUP c.d' 'C: OVER 1' 'S: 211 1 1 1 a.b' 'S: 500 what' 'S: 211 1 1 1 c.d' \
			'S: 500 what' 'C: GROUP a.b' 'C: XOVER 1' 'C: GROUP c.d' 'C: XOVER 1'
		printf '%s\n' 'S: 211 1 1 1 a.b' 'S: 224 follows' "S: $(line 1)" 'S: .'
		printf '%s\n' 'S: 211 1 1 1 c.d' 'S: 224 follows' "S: $(line 1)" 'S: .' 'C: QUIT' 'S: 205 bye'
	)
	nntp -b - <<<$'over --newsrc newsrc'
	assert_success
	assert_equal "$(cut -f 1,2 <<<"$output")" $'a.b\t1\nc.d\t1'
	assert_script_ok
	printf '%s\n' 'a.b:' 'c.d:' >newsrc
	start_script < <(
		printf '%s\n' 'S: 200 hello' 'C: GROUP a.b' 'C: GROUP c.d' 'S: 211 2 1 5000 a.b' 'S: 211 2 1 5000 c.d' \
			'c: LISTGROUP a.b 1-5000\r\nLISTGROUP c.d 1-5000\r\n' 'S: 501 range?' 'S: 501 range?' \
			'c: LISTGROUP a.b\r\nLISTGROUP c.d\r\n' 'S: 211 list' 'S: 4' 'S: .' 'S: 211 list' 'S: 9' 'S: .' \
			'c: GROUP a.b\r\nARTICLE 4\r\nGROUP c.d\r\nARTICLE 9\r\nQUIT\r\n' 'S: 211 2 1 5000 a.b'
		articles 4
		echo 'S: 211 2 1 5000 c.d'
		articles 9
		echo 'S: 205 bye'
	)
	nntp fetch --newsrc newsrc
	assert_success
	assert_equal "$(cat newsrc)" $'a.b: 1-4\nc.d: 1-9'
	assert_script_ok
}

@test "480 in the survey: the login is made once, and the survey goes on; without credentials the group is passed over" {
	local login
	for login in yes no; do
		printf '%s\n' 'a.b:' 'c.d:' >newsrc
		start_script < <(
			echo 'S: 200 hello'
			[ $login = no ] || printf '%s\n' 'C: CAPABILITIES' 'S: 101 list' 'S: VERSION 2' 'S: READER' 'S: .'
			printf '%s\n' 'C: GROUP a.b' 'C: GROUP c.d' 'S: 211 1 1 1 a.b' 'S: 480 log in'
			[ $login = no ] || printf '%s\n' 'C: AUTHINFO USER me' 'S: 381 more' 'C: AUTHINFO PASS secret' 'S: 281 in' \
				'C: GROUP c.d' 'S: 211 1 1 1 c.d'
			printf '%s\n' 'C: GROUP a.b' 'C* QUIT' 'S: 211 1 1 1 a.b'
			articles 1
			[ $login = no ] || printf '%s\n' 'S: 211 1 1 1 c.d'
			[ $login = no ] || articles 1
			printf '%s\n' 'S: 205 bye'
		)
		printf 'default login me password secret\n' >netrc
		chmod 600 netrc
		if [ $login = yes ]; then
			nntp --netrc netrc fetch --newsrc newsrc
			assert_success
			assert_equal "$(cat newsrc)" $'a.b: 1\nc.d: 1'
		else
			nntp --no-netrc fetch --newsrc newsrc
			assert_failure 77
			assert_equal "$(cat newsrc)" $'a.b: 1\nc.d:'
			assert_regex "$stderr" 'GROUP c\.d: 480 log in'
		fi
		assert_script_ok
	done
}

@test "--limit and --max-size hold for all groups together, and the next run goes on" {
	mkdir News
	news 3 3
	nntp fetch -d News/%g/ --newsrc newsrc --limit 4
	assert_success
	assert_equal "$(cat newsrc)" $'g.001: 1-3\ng.002: 1\ng.003: '
	assert_equal "$(stored News/g.001) $(stored News/g.002)" '3 1'
	nntp fetch -d News/%g/ --newsrc newsrc --limit 10
	assert_success
	assert_equal "$(cat newsrc)" $'g.001: 1-3\ng.002: 1-3\ng.003: 1-3'
	stop_servers
	rm -rf News box
	mkdir -p News box/news/g.002
	printf 'From: a@example.org\nMessage-ID: <large@x>\n\n%5000s\n' x >box/news/g.002/3
	news 3 2
	nntp fetch -d News/%g/ --newsrc newsrc --max-size 1000
	assert_equal "$(cat newsrc)" $'g.001: 1-2\ng.002: 1-2\ng.003: 1-2'
	assert_equal "$(stored News/g.002)" 2
}

@test "a server that refuses all groups for want of a login or permission is one error; of some, each is reported" {
	local code verb
	for code in 480 502; do
		for verb in over 'fetch -d box/'; do
			printf '%s\n' 'a.b:' 'c.d:' 'e.f:' >newsrc
			start_script < <(
				printf '%s\n' 'S: 200 hello' 'C: GROUP a.b' 'C: GROUP c.d' 'C: GROUP e.f' "S: $code no 1" "S: $code no 2" "S: $code no 3" \
					'C: QUIT' 'S: 205 bye'
			)
			nntp --no-netrc $verb --newsrc newsrc
			assert_failure $((code == 480 ? 77 : 69))
			assert_equal "${#stderr_lines[@]}" 1
			assert_regex "$stderr" "127\\.0\\.0\\.1: GROUP a\\.b: $code no 1"
			assert_script_ok
		done
		start_script < <(
			printf '%s\n' 'S: 200 hello' 'C: GROUP a.b' 'C: GROUP c.d' 'C: GROUP e.f' "S: $code no" 'S: 411 none' "S: 211 0 0 0 e.f" 'C: QUIT' 'S: 205 bye'
		)
		nntp --no-netrc over --newsrc newsrc
		assert_equal "${#stderr_lines[@]}" 2
		assert_regex "$stderr" 'GROUP c\.d: 411 none'
		assert_regex "$stderr" "GROUP a\\.b: $code no"
		assert_script_ok
	done
}

@test "%g in DEST: each group has its Maildir or mbox; a name that is not a file name, or a place that cannot be written, is passed over" {
	mkdir box News
	news 3 2
	printf '%s\n' 'x/../../y:' '.hidden:' '..:' >>newsrc
	mkdir -p 'box/news/x' News/g.002
	nntp fetch -d 'News/%g' --newsrc newsrc
	assert_failure 1
	assert_equal "$(grep -c '^From ' News/g.001)" 2
	assert_regex "$stderr" 'News/g\.002: a directory, but not a Maildir'
	assert_equal "$(sed -n 2p newsrc)" 'g.002: '
	assert_equal "$(sed -n 3p newsrc)" 'g.003: 1-2'
	stop_servers
	for group in x/../../y .hidden ..; do
		start_script < <(
			printf '%s\n' 'S: 200 hello' "C: GROUP $group" 'C: GROUP a.b' 'S: 211 1 1 1' 'S: 211 1 1 1' "C: GROUP $group" 'C* QUIT' \
				'S: 211 1 1 1'
			articles 1
			echo 'S: 211 1 1 1'
			articles 1
			echo 'S: 205 bye'
		)
		printf '%s\n' "$group:" 'a.b:' >newsrc
		nntp fetch -d 'News/%g/' --newsrc newsrc
		assert_failure 73
		assert_regex "$stderr" "the group name '$group' cannot be a file name"
		assert_equal "$(cat newsrc)" "$group:"$'\na.b: 1'
		assert_script_ok
	done
	assert_equal "$(stored News/a.b)" 1
	assert_equal "$(echo News/*)" 'News/a.b News/g.001 News/g.002 News/g.003'
	refute [ -e News/.hidden ]
}

@test "%g in DEST is the GROUP of the command line, too, or the selected group; in a command it is not special" {
	mkdir News
	news 1 2
	nntp fetch -d 'News/%g/' g.001
	assert_success
	assert_equal "$(stored News/g.001)" 2
	nntp article -d 'News/%g.mbox' g.001 1-2
	assert_success
	assert_equal "$(grep -c '^From ' News/g.001.mbox)" 2
	nntp -b - <<<$'group g.001\nbody -d News/%g.bodies 2'
	assert_success
	assert_equal "$(grep -c '^From ' News/g.001.bodies)" 1
	nntp fetch -d '|cat >/dev/null; echo %g >>lines' g.001
	assert_success
	assert_equal "$(cat lines)" $'%g\n%g'
	nntp article -d 'News/%g/' '<1.g.001@x>'
	assert_failure 64
	assert_regex "$stderr" 'no group is selected for %g'
}

@test "fetch without a group: a missing newsrc is 66, one without subscriptions a warning, and no newsrc 64" {
	start_script <<<$'S: 200 hello\nC: QUIT\nS: 205 bye'
	nntp fetch --newsrc none
	assert_failure 66
	assert_regex "$stderr" 'none: the file does not exist'
	refute [ -e none ]
	start_script <<<$'S: 200 hello\nC: QUIT\nS: 205 bye'
	printf '%s\n' 'a.b! 1' >newsrc
	nntp fetch --newsrc newsrc
	assert_success
	assert_regex "$stderr" 'newsrc: no group is subscribed'
	start_script <<<$'S: 200 hello\nC: QUIT\nS: 205 bye'
	nntp fetch --newsrc newsrc -d box/
	assert_success
	assert_regex "$stderr" 'newsrc: no group is subscribed'
	nntp fetch
	assert_failure 64
	assert_regex "$stderr" 'missing GROUP \(or --newsrc FILE'
	nntp fetch --newsrc newsrc 1-5
	assert_failure 64
	assert_regex "$stderr" "missing GROUP before '1-5'"
}

@test "a signal in the middle of a run: what is complete is stored and marked, in all groups" {
	printf '%s\n' 'a.b:' 'c.d:' 'e.f:' >newsrc
	start_script < <(
		printf '%s\n' 'S: 200 hello' 'C: GROUP a.b' 'C: GROUP c.d' 'C: GROUP e.f'
		printf 'S: 211 %s\n' '1 1 1 a.b' '2 2 3 c.d' '1 1 1 e.f'
		printf '%s\n' 'C* QUIT' 'S: 211 1 1 1 a.b'
		articles 1
		echo 'S: 211 2 2 3 c.d'
		articles 2
		printf '%s\n' 'S: 220 3 <3@x>' 'S: Subject: 3' flush 'log half' stall
	)
	"$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" --compress off fetch -d box/ --newsrc newsrc 3>&- &
	until grep -q half "$SERVER_LOG"; do sleep 0.02; done
	until [ -n "$(ls box/tmp 2>/dev/null)" ]; do sleep 0.02; done
	kill -TERM $!
	wait $! || assert_equal $? 143
	assert_equal "$(stored box)" 2
	assert_equal "$(cat newsrc)" $'a.b: 1\nc.d: 2\ne.f:'
}

# marked_is_stored DEST: each article that newsrc marks is in DEST, where %g is its group. Groups have two articles.
marked_is_stored()
{
	local group marks number dest
	while read -r group marks; do
		group=${group%:}
		dest=${1/\%g/$group}
		case $marks in
			1-2) marks='1 2' ;;
			1 | 2 | '') ;;
			*) fail "marks of $group: $marks" ;;
		esac
		for number in $marks; do
			grep -qrs "^Message-ID: <$number.$group@x>" "${dest%/}"/new "${dest%/}"/cur ||
				fail "$group: $number is marked and not stored"
		done
	done <newsrc
}

@test "a run over two groups that is killed at any call marks nothing that is not stored, and the next run stores the rest" {
	needs strace
	local dest call k step points=0 run
	news 2 2
	for dest in News/%g/ News/all/; do
		run=("$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" --compress off fetch -d "$dest" --newsrc newsrc)
		for call in fsync fdatasync syncfs rename renameat renameat2 mkdir mkdirat unlinkat write pwrite64 openat close; do
			step=1
			[[ $call != openat && $call != close ]] || step=9
			for ((k = 1; ; k += step)); do
				rm -rf News
				mkdir News
				printf '%s\n' 'g.001: ' 'g.002: ' >newsrc
				LSAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e "inject=$call:signal=KILL:when=$k" "${run[@]}" \
					2>/dev/null && break
				points=$((points + 1))
				marked_is_stored "$dest"
				"${run[@]}"
				assert_equal "$(cat newsrc)" $'g.001: 1-2\ng.002: 1-2'
				assert_equal "$(find News -path '*/new/*' -type f | wc -l)" 4
			done
		done
	done
	echo "# $points points" >&3
	[ $points -gt 30 ]
}
