#!/usr/bin/env bats
# nntp: articles that the server or the destination refuses or defers: each is reported, and the others are stored.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/nntp

# shellcheck disable=SC2034 # for nntp
nntp_options=(--compress off)

# serve RANGE [NUMBER REPLY]...: a server of GROUP and those articles, each with one line, or with that REPLY.
serve()
{
	local i last=${1#*-} first=${1%-*}
	declare -A reply=()
	shift
	while [ $# -ge 2 ]; do
		reply[$1]=$2
		shift 2
	done
	printf '%s\n' 'S: 200 hello' 'C: GROUP misc.test' 'S: 211 9 1 9 misc.test'
	for ((i = first; i <= last; i++)); do
		printf '%s\n' "C: ARTICLE $i"
		if [ -n "${reply[$i]:-}" ]; then
			printf '%s\n' "S: ${reply[$i]}"
		else
			articles "$i"
		fi
	done
	printf '%s\n' mayclose 'C: QUIT' 'S: 205 bye'
}

# The messages on stderr, without the program's and the host's name, sorted.
reported()
{
	sed -n 's/^mailnet nntp: 127\.0\.0\.1: //p' <<<"$stderr" | LC_ALL=C sort
}

# pipe CASES: print a |COMMAND that ends as CASES define for the body's last digit, and otherwise appends the body to
# `got`.
pipe()
{
	# shellcheck disable=SC2016 # for the shell that runs it
	printf '|body=$(grep body); case $body in %s esac; echo "$body" >>got' "$1"
}

# ---- each one is reported --------------------------------------------------------------------------

@test "fetch -d: every article that the server or a |COMMAND refuses or defers is reported" {
	local option
	for option in '' --json; do
		echo 'misc.test: ' >newsrc
		rm -f got
		start_script < <(serve 1-9 2 '403 later' 7 '502 no')
		# shellcheck disable=SC2086 # one word or none
		nntp $option fetch --newsrc newsrc \
			-d "$(pipe '*1) exit 1 ;; *4) exit 75 ;; *9) kill $$ ;;')" misc.test
		assert_failure 75 # of the first article whose outcome was known
		assert_equal "$(reported | sed 's/'"'"'.*'"'"'/CMD/')" \
			'ARTICLE 2: 403 later
ARTICLE 7: 502 no
article 1: the command CMD ended with status 1
article 4: the command CMD ended with status 75
article 9: the command CMD was ended by signal 15'
		assert_equal "$(cut -c 6 got | tr -d '\n')" 3568
		assert_equal "$(cat newsrc)" 'misc.test: 3,5-6,8'
		assert_script_ok
	done
}

@test "stat: every named article that is missing is reported" {
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 9 1 9 misc.test
		C: STAT 4
		S: 423 none such
		C: STAT 5
		S: 223 5 <5@x>
		C: STAT <6@x>
		S: 430 not here
		C: QUIT
		S: 205 bye
	END
	nntp stat misc.test 4 5 '<6@x>'
	assert_failure 1
	assert_output '5 <5@x>'
	assert_equal "$(reported)" $'STAT 4: 423 none such\nSTAT <6@x>: 430 not here'
}

# ---- deferred -------------------------------------------------------------------------------------

@test "fetch -d |COMMAND: a deferred article stays unread, the others are stored, 75 at the end" {
	echo 'misc.test: ' >newsrc
	start_script < <(serve 1-9)
	nntp fetch --newsrc newsrc -d "$(pipe '*[14579]) exit 75 ;;')" misc.test
	assert_failure 75
	assert_equal "$(reported | grep -c '^article [14579]: .* ended with status 75$')" 5
	assert_equal "$(cut -c 6 got | tr -d '\n')" 2368
	assert_equal "$(cat newsrc)" 'misc.test: 2-3,6,8'
	assert_script_ok
}

@test "fetch -d |COMMAND: five deferrals in a row end the run; a permanent refusal restarts the count" {
	echo 'misc.test: ' >newsrc
	start_script < <(serve 1-9)
	nntp fetch --newsrc newsrc -d "$(pipe '*1) ;; *) exit 75 ;;')" misc.test
	assert_failure 75
	assert_equal "$(reported | grep -c '^article [2345]: ')" 4
	assert_regex "$stderr" 'the destination deferred 5 articles in a row, so the run ends: article 6: '
	assert_equal "$(cat newsrc)" 'misc.test: 1'
	start_script < <(serve 2-9)
	nntp fetch --newsrc newsrc -d "$(pipe '*[56]) exit 1 ;; *9) ;; *) exit 75 ;;')" misc.test
	assert_failure 75
	assert_equal "$(reported | grep -c '^article [2-8]: ')" 7
	assert_equal "$(cat newsrc)" 'misc.test: 1,9'
	assert_script_ok
}

# lmtp STEPS: an LMTP server whose replies to the transaction of article 2 are STEPS; its port in LMTP.
lmtp()
{
	start_script < <(
		printf '%s\n' 'S: 220 lmtp' 'C~ LHLO .*' 'S: 250 ok'
		deliver 'S: 250 ok\nC~ RCPT .*\nS: 250 ok\nC: DATA\nS: 354 go\nC: Subject: 1\nC:\nC: body 1\nC: .\nS: 250 ok'
		deliver "$1"
		[ $# -eq 1 ] || deliver "$2"
		printf '%s\n' mayclose 'C: QUIT' 'S: 221 bye'
	)
	LMTP=$PORT
}

deliver()
{
	printf '%b\n' "C~ MAIL .*\n$1"
}

@test "fetch -d lmtp://: an article that is deferred stays unread, the next one is delivered" {
	local steps
	for steps in 'S: 452 full' 'S: 250 ok\nC~ RCPT .*\nS: 450 busy' \
		'S: 250 ok\nC~ RCPT .*\nS: 250 ok\nC: DATA\nS: 354 go\nC: Subject: 2\nC:\nC: body 2\nC: .\nS: 451 later'; do
		echo 'misc.test: ' >newsrc
		steps+='\nC: RSET\nS: 250 ok'
		lmtp "$steps" 'S: 250 ok\nC~ RCPT .*\nS: 250 ok\nC: DATA\nS: 354 go\nC: Subject: 3\nC:\nC: body 3\nC: .\nS: 250 ok'
		start_script < <(serve 1-3)
		nntp fetch --newsrc newsrc -d "lmtp://me@127.0.0.1:$LMTP" misc.test 1-3
		assert_failure 75
		assert_equal "$(cat newsrc)" 'misc.test: 1,3'
		assert_regex "$stderr" 'article 2: '
	done
}

@test "fetch -d lmtp://: 421 and a lost connection end the run" {
	local steps
	for steps in 'S: 421 going down\nclose' 'close'; do
		echo 'misc.test: ' >newsrc
		lmtp "$steps"
		start_script < <(serve 1-3)
		nntp fetch --newsrc newsrc -d "lmtp://me@127.0.0.1:$LMTP" misc.test 1-3
		assert_failure 75
		assert_equal "$(cat newsrc)" 'misc.test: 1'
	done
}

# ---- -o ----------------------------------------------------------------------------------------------

@test "-o in a batch: skipped records do not prevent the output file if all lines were run" {
	local option lines status
	while IFS='|' read -r option lines status; do
		echo 'misc.test: ' >newsrc
		echo old >out
		start_script < <(serve 1-3 2 '451 gone')
		# shellcheck disable=SC2086 # one word or none
		nntp $option -o out -b - < <(printf '%b' "$lines")
		assert_failure "$status"
		assert_regex "$(cat out)" 'Subject: 3|"number": 3,'
		assert_equal "$(cat newsrc)" 'misc.test: 1-3'
		assert_script_ok
	done <<-'END'
		|fetch --newsrc newsrc misc.test 1-3\n|1
		|fetch --newsrc newsrc misc.test 1-3|1
		|fetch --newsrc newsrc misc.test 1-3\n\n # the end\n\r\n|1
		--json|fetch --newsrc newsrc misc.test 1-3\nquit\n|1
	END
}

@test "-o in a batch: the old file stays if a line was not run, or failed" {
	local option lines
	while IFS='|' read -r option lines; do
		echo 'misc.test: ' >newsrc
		echo old >out
		start_script < <(serve 1-3 2 '451 gone')
		# shellcheck disable=SC2086 # one word or none
		nntp $option -o out -b - < <(printf '%b' "$lines")
		assert_failure 1
		assert_equal "$(cat out)" old
		assert_equal "$(cat newsrc)" 'misc.test: '
	done <<-'END'
		|fetch --newsrc newsrc misc.test 1-3\nquit\n
		--json|fetch --newsrc newsrc misc.test 1-3\nnosuchverb\n
	END
}

@test "-o: the output file has the records of stored articles even if the destination refused one" {
	start_script < <(serve 1-3)
	nntp --json -o out fetch -d "$(pipe '*2) exit 75 ;;')" misc.test 1-3
	assert_failure 75
	assert_equal "$(jq -r .fate out | tr '\n' ' ')" 'stored skipped stored '
}

@test "-o over -F: lines without a field do not prevent the output file and the marks" {
	echo 'misc.test: ' >newsrc
	start_script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		C: LIST OVERVIEW.FMT
		S: 211 1 1 1 misc.test
		S: 503 no
		C: OVER 1
		S: 224 follows
		S: 1\ts
		S: .
		mayclose
		C: QUIT
		S: 205 bye
	END
	nntp -o out over -F number,date --newsrc newsrc misc.test
	assert_failure 65
	assert_equal "$(cat out)" $'1\t'
	assert_equal "$(cat newsrc)" 'misc.test: 1'
}
