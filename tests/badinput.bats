#!/usr/bin/env bats
# Bad input from users and servers: one error line, the right exit status, bounded time and memory.
#
# shellcheck disable=SC2028,SC2030,SC2031 # the script server knows escapes; each test is a process of its own

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe

teardown()
{
	end_background
	stop_servers
}

# not_dialled STATUS REGEX ARG...: the arguments are refused before connecting.
not_dialled()
{
	local want=$1 why=$2
	shift 2
	safe "$1" --tunnel 'touch dialled' "${@:2}"
	assert_not_exists dialled
	one_error "$want" "$why"
}

# verb_of PROTO: prints a verb that sends a command to the server.
verb_of()
{
	case $1 in
	nntp) echo date ;;
	pop) echo stat ;;
	smtp) echo noop ;;
	esac
}

# start PROTO: prints the script up to the verb's command; the caller adds the reply. QUIT may be pipelined.
start()
{
	greeting "$1"
	case $1 in
	nntp) echo 'C: DATE' ;;
	pop)
		capabilities pop
		echo 'C: STAT'
		;;
	smtp)
		capabilities smtp 8BITMIME
		echo 'C: NOOP'
		;;
	esac
}

# asks PROTO [ARG...] <STEPS: runs the verb against this script.
asks()
{
	local proto=$1
	shift
	cat >script
	tunnel_script <script
	safe "$proto" -s "$proto://localhost" --no-netrc --tunnel "$TUNNEL" "$@" "$(verb_of "$proto")"
}

# ---- users -------------------------------------------------------------------------

@test "bad input: an unknown protocol, verb or option, or a wrong number of arguments, exits 64" {
	safe gopher
	assert_failure 64
	assert_equal "${#stderr_lines[@]}" 1
	local proto
	for proto in "${protocols[@]}"; do
		not_dialled 64 "unknown verb 'frobnicate'" "$proto" -s "$proto://localhost" frobnicate
		not_dialled 64 'frobnicate' "$proto" -s "$proto://localhost" --frobnicate "$(verb_of "$proto")"
		not_dialled 64 'argument|usage' "$proto" -s "$proto://localhost" "$(verb_of "$proto")" one too many arguments
		not_dialled 64 . "$proto" -s "$proto://localhost"
		not_dialled 64 'has|argument|usage' "$proto" -s "$proto://localhost" has
	done
	not_dialled 64 . nntp -s nntp://localhost description
	not_dialled 64 . pop -s pop://localhost top 1
	not_dialled 64 . smtp -s smtp://localhost vrfy
}

@test "bad input: an invalid URL exits 64" {
	local url
	for url in '' nntp:// nntp://: nntp://host:0 nntp://host:65536 nntp://host:x 'nntp://[::1' 'nntp://[x]' http://host \
		pop://host nntp://host/path 'nntp://host?x' nntp://::1 'nntp://h ost' nntp://-host 'nntp://a%zz@host' nntp://@:1; do
		safe nntp -s "$url" --tunnel 'touch dialled' date
		assert_equal "$url $status" "$url 64"
		assert_equal "${#stderr_lines[@]}" 1
	done
	assert_not_exists dialled
}

@test "bad input: an invalid URL in the environment exits 78 and names the variable" {
	local name applet
	for name in MAILNET_NNTP NNTPSERVER MAILNET_POP MAILNET_SMTP; do
		applet=${name,,}
		applet=${applet#mailnet_} applet=${applet%server}
		export "$name=http://host"
		safe "$applet" --tunnel 'touch dialled' welcome
		one_error 78 "[$]$name: http://"
		export "$name=$applet://host:65536"
		safe "$applet" --tunnel 'touch dialled' welcome
		one_error 78 "[$]$name: "
		unset "$name"
	done
	assert_not_exists dialled
}

@test "bad input: a run without a server exits 64" {
	safe nntp date
	one_error 64 'MAILNET_NNTP'
	safe pop stat
	one_error 64 'MAILNET_POP'
}

@test "bad input: missing or unreadable files exit 66, and no command is sent" {
	local file
	mkdir dir
	for file in none dir; do
		{
			greeting nntp
			echo mayclose
			goodbye nntp
		} >script
		tunnel_script <script
		safe nntp -s nntp://localhost --no-netrc --tunnel "$TUNNEL" post $file
		one_error 66 "$file"
		safe smtp -s smtp://localhost --no-netrc --tunnel 'touch dialled' send -f a@b.example -m $file c@d.example
		one_error 66 "$file"
		safe nntp -s nntp://localhost --no-netrc --tunnel 'touch dialled' -b $file
		one_error 66 "$file"
	done
	assert_not_exists dialled
	if [ "$EUID" -ne 0 ]; then
		: >locked
		chmod 000 locked
		safe smtp -s smtp://localhost --no-netrc --tunnel 'touch dialled' send -f a@b.example -m locked c@d.example
		one_error 66 locked
	fi
}

@test "bad input: an output file that cannot be created exits 73" {
	not_dialled 73 'none/out' nntp -s nntp://localhost --no-netrc -o none/out date
	mkdir dir
	not_dialled 73 'dir' nntp -s nntp://localhost --no-netrc -o dir date
	not_dialled 73 'none/transcript' nntp -s nntp://localhost --no-netrc --transcript none/transcript date
}

@test "bad input: CR or LF in an argument exits 65, and no part of the argument is sent" {
	local eol word
	for eol in $'\r' $'\n' $'\r\n'; do
		word="a${eol}QUIT"
		while IFS=: read -r proto verb; do
			{
				greeting "$proto"
				case $proto in
				pop) printf 'mayclose\nC: CAPA\nS: +OK\nS: .\n' ;;
				smtp) printf 'mayclose\nC~ EHLO .*\nS: 250 mx\n' ;;
				esac
				echo mayclose
				goodbye "$proto"
			} >script
			tunnel_script --record "$PWD/said" <script
			# shellcheck disable=SC2086 # words
			safe "$proto" -s "$proto://localhost" --no-netrc --tunnel "$TUNNEL" ${verb//@/} "$word" </dev/null
			assert_equal "$proto $verb $status ${#stderr_lines[@]}" "$proto $verb 65 1"
			[ ! -f said ] || run ! grep -F 'aQUIT' said
			[ ! -f said ] || [ "$(grep -c QUIT said)" -le 1 ]
			rm -f said
		done <<-'END'
			nntp:group
			nntp:listgroup
			nntp:list active
			nntp:description
			nntp:hdr Subject
			nntp:cmd
			pop:cmd
			smtp:vrfy
			smtp:expn
			smtp:cmd
			smtp:mail
			smtp:rcpt
			smtp:send -f a@b.example
		END
		safe smtp -s smtp://localhost --no-netrc --tunnel 'touch dialled' --helo "$word" noop
		one_error 65 'helo|CR or LF'
		safe smtp -s smtp://localhost --no-netrc --tunnel 'touch dialled' send -f "$word" c@d.example </dev/null
		one_error 65 .
		safe nntp -s "nntp://localhost$eol" --no-netrc --tunnel 'touch dialled' date
		one_error 65 .
	done
	assert_not_exists dialled
}

@test "bad input: control characters of an argument are escaped in error messages" {
	safe nntp -s nntp://localhost --tunnel 'touch dialled' $'frob\e[31m\tnicate\n'
	assert_failure 64
	assert_equal "${#stderr_lines[@]}" 1
	refute_regex "$stderr" $'\e'
}

# ---- servers -------------------------------------------------------------------------

@test "bad input: a server that closes after connecting, or within a reply, exits 75" {
	local proto
	for proto in "${protocols[@]}"; do
		asks "$proto" <<<close
		one_error 75 "^mailnet $proto: localhost: greeting: "
		asks "$proto" < <(
			greeting "$proto" | sed 's/^S: \(....\).*/s: \1/'
			echo close
		)
		one_error 75 'greeting: '
		asks "$proto" < <(
			start "$proto"
			echo close
		)
		one_error 75 'closed|lost'
		asks "$proto" < <(
			start "$proto"
			echo reset
		)
		one_error 75 'closed|lost'
		assert_output ''
	done
}

@test "bad input: an incomplete reply is not accepted and exits 75" {
	asks nntp < <(
		start nntp
		printf 's: 111 20261120120000\\r\nclose\n'
	)
	assert_output ''
	one_error 75 'DATE'
	asks pop < <(
		start pop
		printf 's: +OK 1 2\nclose\n'
	)
	assert_output ''
	one_error 75 'STAT'
	asks smtp < <(
		start smtp
		printf 's: 250-one\\r\\n250-two\\r\\n\nclose\n'
	)
	assert_output ''
	one_error 75 'NOOP'
}

@test "bad input: a server that sends nothing exits 75 within the timeout, at each stage" {
	local proto from
	for proto in "${protocols[@]}"; do
		from=$SECONDS
		asks "$proto" --timeout 1 <<<stall
		one_error 75 'greeting: timed out'
		asks "$proto" --timeout 1 < <(
			start "$proto"
			echo stall
		)
		one_error 75 'timed out'
		[ $((SECONDS - from)) -le 40 ]
	done
}

@test "bad input: garbage in place of a reply exits 76" {
	local proto words
	for proto in "${protocols[@]}"; do
		for words in 'what?' '' '99 bottles' '2x0 hm' '250_no' '600 no' $'\\0' '\\x16\\x03\\x01 binary' '\\xff\\xfe' 'HTTP/1.1 400 Bad Request' '-OK' '+ERR'; do
			asks "$proto" <<<"S: $words"$'\nmayclose\nstall'
			assert_equal "$proto <$words> $status" "$proto <$words> 76"
			assert_equal "${#stderr_lines[@]}" 1
			asks "$proto" < <(
				start "$proto"
				echo "S: $words"
				echo mayclose
				echo stall
			)
			assert_equal "$proto <$words> $status" "$proto <$words> 76"
			assert_equal "${#stderr_lines[@]}" 1
			assert_output ''
		done
	done
}

@test "bad input: control characters from a server are escaped in errors and traces" {
	local proto
	for proto in "${protocols[@]}"; do
		asks "$proto" -vv <<<'S: \e]0;title\x07\e[31mred\x9b'$'\nmayclose\nstall'
		assert_failure 76
		refute_regex "$stderr" $'[\e\a]'
	done
	tunnel_script <<<$'S: 200 \\e[31mred\nC: QUIT\nS: 205 bye'
	run "$top_srcdir/tests/lib/typed" never '' "$MAILNET" nntp -s nntp://localhost --no-netrc --tunnel "$TUNNEL" welcome
	assert_output --partial 'red'
	refute_output --partial $'\e'
}

@test "bad input: a reply whose lines never end exits 76" {
	asks smtp < <(
		start smtp
		printf 'mayclose\nsendrepeat 100000 250-line %%d\\r\\n\nstall\n'
	)
	one_error 76 'octets'
	asks smtp <<<$'mayclose\nsendrepeat 100000 220-line %d\\r\\n\nstall'
	one_error 76 'octets'
}

@test "bad input: an endless list that would be kept in memory is refused" {
	asks nntp --reader <<<$'S: 200 hi\nmayclose\nC: MODE READER\nS: 200 hi\nC: DATE\nS: 111 20261120120000\nC: QUIT\nS: 205 bye'
	assert_success
	tunnel_script <<<$'S: 200 hi\nC: CAPABILITIES\nS: 101 these\nmayclose\nsendrepeat 10000000 X-CAPABILITY-%d\\r\\n\nstall'
	safe nntp -s nntp://localhost --no-netrc --tunnel "$TUNNEL" capabilities
	one_error 76 'octets'
	tunnel_script <<<$'S: +OK hi\nC: CAPA\nS: +OK these\nmayclose\nsendrepeat 10000000 X-CAPABILITY-%d\\r\\n\nstall'
	safe pop -s pop://localhost --no-netrc --tunnel "$TUNNEL" capa
	one_error 76 'octets|lines|long'
}

# ---- memory ----------------------------------------------------------------------------

# peak_of COMMAND...: runs the command; sets $peak to its largest resident size in KiB and $status to its exit status.
# Its output goes to a file. The sanitizer's quarantine of freed memory is off.
peak_of()
{
	cat >peak.py <<-'END'
		import resource, subprocess, sys
		rc = subprocess.call(sys.argv[1:], stdout=open("out", "w"))
		print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=open("peak", "w"))
		sys.exit(rc if rc >= 0 else 128 - rc)
	END
	ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=1:thread_local_quarantine_size_kb=64 \
		run --separate-stderr python3 peak.py "$@"
	peak=$(cat peak)
}

# peak ARG...: peak_of mailnet ARG...
peak()
{
	peak_of "$MAILNET" "$@"
}

# baseline: the peak size of the smallest session.
baseline()
{
	start_script <<<$'S: 200 hello\nC: QUIT\nS: 205 bye'
	peak nntp -s "nntp://127.0.0.1:$PORT" --no-netrc welcome
	assert_success
	base=$peak
}

@test "bad input: a line of 10 MB exits 76, in little memory" {
	baseline
	local proto
	head -c 10000000 /dev/zero | tr '\0' x >long
	for proto in "${protocols[@]}"; do
		# The line is the greeting, a reply, and (nntp, pop) a line of a list that is read line by line.
		start_script <<<$'mayclose\nsendfile long\nS: \nstall'
		peak "$proto" -s "$proto://127.0.0.1:$PORT" --no-netrc "$(verb_of "$proto")"
		one_error 76 'octets'
		[ "$peak" -lt $((base + 8192)) ]
		{
			start "$proto"
			printf 'mayclose\nsendfile long\nS: \nstall\n'
		} >script
		start_script <script
		peak "$proto" -s "$proto://127.0.0.1:$PORT" --no-netrc "$(verb_of "$proto")"
		one_error 76 'octets'
		[ "$peak" -lt $((base + 8192)) ]
	done
	start_script <<<$'S: 200 hi\nmayclose\nC: CAPABILITIES\nS: 101 these\nsendfile long\nS: \nstall'
	peak nntp -s "nntp://127.0.0.1:$PORT" --no-netrc capabilities
	one_error 76 'octets'
	[ "$peak" -lt $((base + 8192)) ]
}

@test "bad input: a line of 10 MB with -vv and a transcript needs little memory" {
	baseline
	head -c 10000000 /dev/zero | tr '\0' x >long
	start_script <<<$'S: 200 hi\nmayclose\nC: ARTICLE <1@x>\nC: QUIT\nS: 220 0 <1@x>\nsendfile long\nS: \nS: .\nS: 205 bye'
	cat >both.sh <<-'END'
		exec "$@" 2>trace
	END
	peak_of sh both.sh "$MAILNET" nntp -vv --transcript transcript -s "nntp://127.0.0.1:$PORT" --no-netrc article '<1@x>'
	assert_success
	[ "$(stat -c %s transcript)" -gt 10000000 ]
	[ "$(stat -c %s trace)" -gt 10000000 ]
	[ "$peak" -lt $((base + 8192)) ] || fail "$base $peak"
	rm -f transcript trace out
}

@test "bad input: a reply of 100 MB is printed in little memory" {
	baseline
	start_script <<<$'S: 200 hi\nmayclose\nC: HELP\nC: QUIT\nS: 100 help\nsendrepeat 1500000 a line of help that has seventy octets or so, it helps nobody, number %d\\r\\n\nS: .\nS: 205 bye'
	peak nntp -o big -s "nntp://127.0.0.1:$PORT" --no-netrc help
	assert_success
	[ "$(stat -c %s big)" -gt 100000000 ]
	[ "$peak" -lt $((base + 8192)) ]
	rm big
}

@test "bad input: a DEFLATE bomb is decompressed piece by piece, in little memory" {
	baseline
	{
		echo 'S: 200 hi'
		capabilities nntp 'COMPRESS DEFLATE'
		printf 'C: COMPRESS DEFLATE\nS: 206 go\ncompress\nmayclose\nC: DATE\n'
		printf 'sendrepeat 300 s: %s\n' "$(head -c 100000 /dev/zero | tr '\0' x)"
		echo stall
	} >script
	start_script <script
	peak nntp --compress on -s "nntp://127.0.0.1:$PORT" --no-netrc date
	one_error 76 'octets'
	[ "$peak" -lt $((base + 8192)) ]
}

@test "bad input: octets that are not valid DEFLATE exit 76" {
	{
		echo 'S: 200 hi'
		capabilities nntp 'COMPRESS DEFLATE'
		printf 'C: COMPRESS DEFLATE\nS: 206 go\nmayclose\nc: x\nstall\n'
	} >script
	sed 's/^c: x$/delay 100\ns: \\xff\\xff\\xff garbage/' script >script2
	start_script <script2
	safe nntp --compress on -s "nntp://127.0.0.1:$PORT" --no-netrc --timeout 5 date
	one_error 76 '.'
}
