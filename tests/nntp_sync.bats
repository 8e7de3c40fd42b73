#!/usr/bin/env bats
# nntp: articles that end early, transfers that never end, signals, and what cmd switches on.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/nntp

# shellcheck disable=SC2034 # for nntp
nntp_options=(--compress off)

# unstuffed N: articles 1 to 3 from a server that does not dot-stuff; number N has a line with a dot.
unstuffed()
{
	local n
	printf '%s\n' 'S: 200 hi' 'C: GROUP misc.test' 'S: 211 3 1 3 misc.test' \
		'c: ARTICLE 1\r\nARTICLE 2\r\nARTICLE 3\r\nQUIT\r\n'
	for n in 1 2 3; do
		printf '%s\n' "S: 220 $n <$n@x>" "S: Subject: $n" 'S: ' "S: body $n"
		[ "$n" != "$1" ] || printf '%s\n' 'S: .' 'S: the rest of the text'
		printf '%s\n' 'S: .'
	done
	printf '%s\n' mayclose 'S: 205 bye'
}

@test "fetch: an article that ends early is not stored and stays unread, at any position" {
	local early
	for early in 1 2 3; do
		rm -rf box
		echo 'misc.test: ' >newsrc
		start_script < <(unstuffed "$early")
		nntp fetch --newsrc newsrc -d box/ misc.test
		assert_failure 76
		assert_equal "$(find box -type f | wc -l)" $((early - 1))
		assert_equal "$(sed 's/-/ /;s/.*[: ]//' newsrc)" "$([ "$early" = 1 ] || echo $((early - 1)))"
		echo 'misc.test: ' >newsrc
		start_script < <(unstuffed "$early")
		nntp fetch --newsrc newsrc misc.test
		assert_failure 76
		assert_equal "$(sed 's/-/ /;s/.*[: ]//' newsrc)" "$([ "$early" = 1 ] || echo $((early - 1)))"
	done
}

@test "fetch: an early end is found even if the text looks like an error reply to QUIT" {
	echo 'misc.test: ' >newsrc
	start_script <<-'END'
		S: 200 hi
		C: GROUP misc.test
		S: 211 1 1 1 misc.test
		c: ARTICLE 1\r\nQUIT\r\n
		S: 220 1 <1@x>
		S: Subject: 1
		S: .
		S: 423 is a code
		S: .
		mayclose
		S: 205 bye
	END
	nntp fetch --newsrc newsrc -d box/ misc.test
	assert_failure 76
	assert_equal "$(find box -type f | wc -l)" 0
	assert_equal "$(cat newsrc)" 'misc.test: '
}

@test "fetch: SIGTERM, SIGINT and SIGHUP store and mark the complete articles" {
	local signal
	for signal in TERM INT HUP; do
		rm -rf box
		echo 'misc.test: ' >newsrc
		start_script <<-'END'
			S: 200 hi
			C: GROUP misc.test
			S: 211 3 1 3 misc.test
			C* QUIT
			S: 220 1 <1@x>
			S: Subject: 1
			S: .
			S: 220 2 <2@x>
			S: Subject: 2
			S: .
			S: 220 3 <3@x>
			S: Subject: half
			flush
			log half
			stall
		END
		env --default-signal="$signal" "$MAILNET" nntp -s "127.0.0.1:$PORT" --compress off --transcript log fetch --newsrc newsrc -d box/ misc.test 3>&- &
		wait_until 60 grep -qs 'Subject: half' log
		kill -s "$signal" $!
		status=0
		wait $! || status=$?
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		assert_equal "$(cat box/new/* | sort)" $'Subject: 1\nSubject: 2'
		assert_equal "$(cat newsrc)" 'misc.test: 1-2'
		rm log
	done
}

@test "an endless list exits 76" {
	local line
	line=$(printf '%1000000s' '' | tr ' ' x)
	for verb in list help newgroups\ 1d --json\ list description\ x; do
		case $verb in
		help) reply=100 ;;
		newgroups*) reply=231 ;;
		*) reply=215 ;;
		esac
		start_script <<-END
			S: 200 hi
			$([[ $verb != newgroups* ]] || printf 'C: CAPABILITIES\nS: 500 what\n')
			C~ .*
			S: $reply list
			mayclose
			sendrepeat 300 a.group 5 1 $line\r\n
		END
		# shellcheck disable=SC2086 # words
		run --separate-stderr bash -c "\"\$MAILNET\" nntp -s 127.0.0.1:$PORT $verb | wc -c; exit \${PIPESTATUS[0]}"
		assert_failure 76
	done
	start_script <<-'END'
		S: 200 hi
		C: LIST OVERVIEW.FMT
		C: OVER 1-2
		S: 215 format
		mayclose
		sendrepeat 2000 X-%d:full\r\n
	END
	nntp -b - <<<'over -F number 1-2'
	assert_failure 76
}

@test "over, hdr: far more lines than articles in the range exit 76" {
	local verb code line
	while IFS='|' read -r verb code line; do
		start_script < <(
			printf '%s\n' 'S: 200 hi' 'C~ (OVER|HDR subject) 1-2' "s: $code follows\r\n" mayclose \
				"sendrepeat 2000 $line\r\n"
		)
		nntp -b - <<<"$verb 1-2"
		assert_failure 76
		assert_regex "$stderr" 'far more lines'
	done <<-'END'
		over|224|%d\ts\tf\td\t<a@b>\t\t1\t1
		hdr subject|225|%d value
	END
}

@test "an article of more than 1 GiB exits 76, and no part of it is kept" {
	local line
	line=$(printf '%1000000s' '' | tr ' ' x)
	memory_counts || skip 'too slow with a sanitizer'
	start_script <<-END
		S: 200 hi
		C: GROUP misc.test
		S: 211 1 1 1 misc.test
		C: ARTICLE 1
		C: QUIT
		S: 220 1 <1@x>
		mayclose
		sendrepeat 1100 $line\r\n
	END
	# shellcheck disable=SC2016 # expanded there
	run --separate-stderr bash -c '"$MAILNET" nntp -s 127.0.0.1:$PORT -q article misc.test 1 | wc -c; exit ${PIPESTATUS[0]}'
	assert_failure 76
	assert [ "$output" -le 1073741824 ]
}

@test "cmd COMPRESS or STARTTLS: the next verb exits 64 and no more commands are sent" {
	local line
	for line in 'COMPRESS DEFLATE|206 active' 'XFEATURE COMPRESS GZIP|290 on' 'STARTTLS|382 go'; do
		start_script <<-END
			S: 200 hi
			C: ${line%|*}
			S: ${line#*|}
			eof
		END
		nntp -b - <<<"cmd ${line%|*}"$'\ndate'
		assert_failure 64
		assert_output "${line#*|}"
		assert_regex "$stderr" 'switched on by'
		assert_script_ok
		start_script <<-END
			S: 200 hi
			C: ${line%|*}
			S: ${line#*|}
			eof
		END
		nntp -b - <<<"cmd ${line%|*}"
		assert_success
		assert_script_ok
	done
}
