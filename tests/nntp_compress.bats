#!/usr/bin/env bats
# Compression as commercial news servers have it: XFEATURE COMPRESS GZIP, XZVER and XZHDR. No free server has it; the
# test server was made from public descriptions of it (tests/server/pack.h).

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/nntp
load lib/safe

# shellcheck disable=SC2034 # for nntp
nntp_options=(--no-netrc)

GZIP='XFEATURE-COMPRESS GZIP'

# gzip_on: the steps up to the accepted XFEATURE.
gzip_on()
{
	echo 'S: 200 hello'
	capabilities nntp "$GZIP"
	printf 'C: XFEATURE COMPRESS GZIP\nS: 290 feature enabled\n'
}

# block STEPS: GROUP and OVER 1-2 with these steps after the status line of OVER, and QUIT.
block()
{
	gzip_on
	printf 'mayclose\nc: GROUP misc.test\\r\\nOVER 1-2\\r\\nQUIT\\r\\n\nS: 211 2 1 2 misc.test\n'
	printf 'S: 224 overview [COMPRESS=GZIP]\n%s\n' "$1"
}

# two_lines FORM [DAMAGE]: the two lines, compressed.
two_lines()
{
	printf 'pack %s\nS: %s\nS: %s\npackend %s\n' "$1" "$(line 1)" "$(line 2)" "${2:-}"
}

over_two()
{
	nntp --compress on over misc.test 1-2
}

# ---- when it is used -----------------------------------------------------------------------------

# thousand CAPABILITY COMMAND REPLY [STEPS]: over -n 1000 of a server with this capability.
thousand()
{
	start_script <<-END
		S: 200 hello
		c: CAPABILITIES\r\nGROUP misc.test\r\n
		$(capabilities nntp "$1" | tail -n +2)
		S: 211 5000 1 5000 misc.test
		C: $2
		quiet 20
		S: $3
		c: OVER 4001-5000\r\nQUIT\r\n
		$4
		S: 205 bye
	END
	nntp -v over -n 1000 misc.test
	assert_success
	assert_output "$(line 4001)"
	assert_equal "${stderr_lines[-1]}" '* 4 round trips'
	assert_script_ok
}

@test "over of a thousand numbers uses XFEATURE COMPRESS GZIP if COMPRESS DEFLATE is not offered" {
	thousand "$GZIP" 'XFEATURE COMPRESS GZIP' '290 feature enabled' \
		"S: 224 overview [COMPRESS=GZIP]
		pack zlib
		S: $(line 4001)
		packend
		S: ."
	assert_regex "$stderr" 'XFEATURE COMPRESS GZIP'
}

@test "XFEATURE COMPRESS GZIP TERMINATOR is used if it is offered" {
	thousand "$GZIP TERMINATOR" 'XFEATURE COMPRESS GZIP TERMINATOR' '290 feature enabled' \
		"S: 224 overview [COMPRESS=GZIP]
		pack zlib
		S: $(line 4001)
		S: .
		packend"
}

@test "a reply without the mark [COMPRESS=GZIP] is not compressed" {
	thousand "$GZIP" 'XFEATURE COMPRESS GZIP' '290 feature enabled' "S: 224 overview
		S: $(line 4001)
		S: ."
}

@test "--compress auto: after 500, 501, 502 or 503 to XFEATURE the session goes on without compression" {
	local code
	for code in 500 501 502 503; do
		thousand "$GZIP" 'XFEATURE COMPRESS GZIP' "$code no" "S: 224 overview [COMPRESS=GZIP]
			S: $(line 4001)
			S: ."
		refute_regex "$stderr" 'mailnet nntp:'
	done
}

@test "--compress on: after 500, 501, 502 or 503 to XFEATURE the run fails with 69" {
	local code
	for code in 500 501 502 503; do
		start_script <<-END
			S: 200 hello
			$(capabilities nntp "$GZIP")
			C: XFEATURE COMPRESS GZIP
			S: $code no
			C: QUIT
			S: 205 bye
		END
		over_two
		one_error 69 "XFEATURE COMPRESS GZIP: $code no"
		assert_script_ok
	done
}

@test "--compress on exits 69 if the server offers no compression" {
	start_script <<-END
		S: 200 hello
		$(capabilities nntp)
		C: QUIT
		S: 205 bye
	END
	over_two
	one_error 69 'XFEATURE COMPRESS GZIP'
	assert_script_ok
}

@test "COMPRESS DEFLATE is preferred; if it is refused, XFEATURE COMPRESS GZIP is tried" {
	start_script <<-END
		S: 200 hello
		$(capabilities nntp 'COMPRESS DEFLATE' "$GZIP")
		C: COMPRESS DEFLATE
		S: 403 out of memory
		C: XFEATURE COMPRESS GZIP
		S: 290 feature enabled
		C: DATE
		S: 111 20261120123456
		C: QUIT
		S: 205 bye
	END
	nntp --compress on date
	assert_success
	assert_script_ok
}

@test "--compress off never asks; auto does not ask before articles or few numbers" {
	start_script <<-END
		S: 200 hello
		c: GROUP misc.test\r\nOVER 1-5000\r\nQUIT\r\n
		S: 211 2 1 5000 misc.test
		S: 423 none
		S: 205 bye
		=== 2
		S: 200 hello
		c: GROUP misc.test\r\nOVER 1-999\r\nQUIT\r\n
		S: 211 2 1 5000 misc.test
		S: 423 none
		S: 205 bye
		=== 3
		S: 200 hello
		c: CAPABILITIES\r\nGROUP misc.test\r\nLISTGROUP misc.test 1-5000\r\n
		$(capabilities nntp "$GZIP" | tail -n +2)
		S: 211 5000 1 5000 misc.test
		S: 211 list
		S: 5000
		S: .
		c: ARTICLE 5000\r\nQUIT\r\n
		S: 423 none
		S: 205 bye
	END
	nntp --compress off over misc.test 1-5000
	assert_failure 1
	nntp over misc.test 1-999
	assert_failure 1
	nntp article misc.test 1-5000
	assert_failure 1
	assert_script_ok
}

@test "the login comes before XFEATURE" {
	write_netrc 127.0.0.1 alice secret
	start_script <<-END
		S: 200 hello
		$(capabilities nntp 'AUTHINFO USER')
		C: AUTHINFO USER alice
		S: 381 go on
		C: AUTHINFO PASS secret
		S: 281 welcome
		$(capabilities nntp "$GZIP")
		C: XFEATURE COMPRESS GZIP
		S: 290 feature enabled
		C: DATE
		S: 111 20261120123456
		C: QUIT
		S: 205 bye
	END
	run --separate-stderr mailnet nntp -s "nntp://127.0.0.1:$PORT" --compress on date
	assert_success
	assert_script_ok
}

@test "480 to XFEATURE: credentials of a netrc default entry are used, and XFEATURE is sent again" {
	(umask 077 && echo 'default login alice password secret' >netrc)
	start_script <<-END
		S: 200 hello
		$(capabilities nntp "$GZIP")
		C: GROUP misc.test
		S: 211 5000 1 5000 misc.test
		C: XFEATURE COMPRESS GZIP
		S: 480 log in first
		C: OVER 1-5000
		S: 480 log in first
		C: AUTHINFO USER alice
		S: 381 go on
		C: AUTHINFO PASS secret
		S: 281 welcome
		C: CAPABILITIES
		C: GROUP misc.test
		$(capabilities nntp "$GZIP" | tail -n +2)
		S: 211 5000 1 5000 misc.test
		C: XFEATURE COMPRESS GZIP
		S: 290 feature enabled
		C: OVER 1-5000
		C: QUIT
		S: 224 overview [COMPRESS=GZIP]
		pack zlib
		S: $(line 1)
		packend
		S: .
		S: 205 bye
	END
	run --separate-stderr mailnet nntp -s "nntp://127.0.0.1:$PORT" --netrc netrc over misc.test 1-5000
	assert_success
	assert_output "$(line 1)"
	assert_script_ok
}

@test "info names the compression that is in use" {
	mkdir -p box/news
	local kind name
	while IFS='|' read -r kind name; do
		start_news --compress "$kind"
		nntp --compress on info
		assert_success
		assert_line "compression: $name"
		nntp --compress on --json info
		assert_success
		assert_output --partial "\"compression\": \"$name\""
		nntp info
		assert_success
		refute_output --partial 'compression:'
	done <<-'END'
		deflate|COMPRESS DEFLATE
		gzip|XFEATURE COMPRESS GZIP
		terminator|XFEATURE COMPRESS GZIP
		xzver|XZVER
	END
}

# ---- the forms of a compressed block ---------------------------------------------------------------

@test "blocks of zlib, gzip and raw DEFLATE, with the final dot inside, outside, or both" {
	local form
	for form in zlib gzip raw; do
		start_script <<-END
			$(block "$(two_lines $form)"$'\nS: .\nS: 205 bye')
			=== 2
			$(block "pack $form
			S: $(line 1)
			S: $(line 2)
			S: .
			packend
			S: 205 bye")
			=== 3
			$(block "pack $form
			S: $(line 1)
			S: $(line 2)
			S: .
			packend
			S: .
			S: 205 bye")
			=== 4
			$(block "pack $form
			S: $(line 1)
			s: $(line 2)
			packend
			s: \r\n.\r\n205 bye\r\n")
			=== 5
			$(block "pack $form
			S: $(line 1)
			s: $(line 2)
			packend
			S: .
			S: 205 bye")
		END
		for _ in {1..5}; do
			over_two
			assert_success
			assert_output "$(line 1)"$'\n'"$(line 2)"
		done
		assert_script_ok
	done
}

@test "a compressed block in segments of one octet" {
	start_script <<-END
		$(block "split 1
		$(two_lines gzip)
		S: .
		S: 205 bye")
	END
	over_two
	assert_success
	assert_output "$(line 1)"$'\n'"$(line 2)"
	assert_script_ok
}

@test "an empty compressed block, with an empty stream or without a stream" {
	start_script <<-END
		$(block $'pack zlib\npackend\nS: .\nS: 205 bye')
		=== 2
		$(block $'S: .\nS: 205 bye')
		=== 3
		$(block $'pack raw\nS: .\npackend\nS: 205 bye')
	END
	for _ in {1..3}; do
		over_two
		one_error 1 'no article found'
	done
	assert_script_ok
}

@test "pipelined blocks, compressed and not: each reply begins where the stream before it ends" {
	printf 'misc.test: 2,4\n' >newsrc
	start_script <<-END
		$(gzip_on)
		C: GROUP misc.test
		S: 211 5 1 5 misc.test
		c: OVER 1\r\nOVER 3\r\nOVER 5\r\nQUIT\r\n
		S: 224 overview [COMPRESS=GZIP]
		pack zlib
		S: $(line 1)
		S: .
		packend
		S: 224 overview
		S: $(line 3)
		S: .
		S: 224 overview [compress=gzip]
		pack raw
		S: $(line 5)
		packend
		S: .
		S: 205 bye
	END
	nntp --compress on over --newsrc newsrc misc.test
	assert_success
	assert_output "$(line 1)"$'\n'"$(line 3)"$'\n'"$(line 5)"
	assert_script_ok
}

@test "the final dot may follow once more after the last block of a session" {
	start_script <<-END
		$(gzip_on)
		C: GROUP misc.test
		S: 211 2 1 2 misc.test
		C: OVER 1-2
		S: 224 overview [COMPRESS=GZIP]
		pack zlib
		S: $(line 1)
		S: .
		packend
		S: .
		C: DATE
		S: 111 20261120123456
		C: QUIT
		S: 205 bye
	END
	nntp --compress on --no-pipelining -b - <<<$'over misc.test 1-2\ndate'
	assert_success
	assert_script_ok
}

@test "compressed LIST, XHDR and the cmd verb; dot-stuffing is undone" {
	start_script <<-END
		$(gzip_on)
		C: LIST
		S: 215 groups [COMPRESS=GZIP]
		pack zlib
		S: ..odd 2 1 y
		S: misc.test 5 1 y
		packend
		S: .
		C: HDR Subject <a@x>
		S: 225 fields [COMPRESS=GZIP]
		pack gzip
		S: 0 hello
		S: .
		packend
		C: HELP
		S: 100 help [COMPRESS=GZIP]
		pack raw
		S: some text
		S: .
		packend
		C: QUIT
		S: 205 bye
	END
	nntp --compress on -b - <<<$'list\nhdr Subject <a@x>\ncmd --multi HELP'
	assert_success
	assert_output $'.odd 2 1 y\nmisc.test 5 1 y\n0\thello\n100 help [COMPRESS=GZIP]\nsome text'
	assert_script_ok
}

# ---- XZVER and XZHDR -----------------------------------------------------------------------------

@test "over of a thousand numbers uses XZVER if no other compression is offered" {
	start_script <<-END
		S: 200 hello
		c: CAPABILITIES\r\nGROUP misc.test\r\n
		$(capabilities nntp XZVER XZHDR | tail -n +2)
		S: 211 5000 1 5000 misc.test
		c: XZVER 4001-5000\r\nQUIT\r\n
		S: 224 compressed data follows
		pack yenc
		S: $(line 4001)
		packend
		S: .
		S: 205 bye
	END
	nntp -v over -n 1000 misc.test
	assert_success
	assert_output "$(line 4001)"
	assert_regex "$stderr" 'XZVER 4001-5000'
	assert_equal "${stderr_lines[-1]}" '* 3 round trips'
	assert_script_ok
}

@test "XFEATURE COMPRESS GZIP is preferred to XZVER; if it is refused, XZVER is used" {
	start_script <<-END
		S: 200 hello
		$(capabilities nntp "$GZIP" XZVER XZHDR)
		C: XFEATURE COMPRESS GZIP
		S: 503 no
		c: GROUP misc.test\r\nXZVER 1-2\r\nQUIT\r\n
		S: 211 2 1 2 misc.test
		S: 224 compressed data follows
		$(two_lines yenc)
		S: .
		S: 205 bye
	END
	over_two
	assert_success
	assert_output "$(line 1)"$'\n'"$(line 2)"
	assert_script_ok
}

# xz STEPS: GROUP and XZVER 1-2 with these steps as its reply.
xz()
{
	printf 'S: 200 hello\n'
	capabilities nntp XZVER XZHDR
	printf 'mayclose\nc: GROUP misc.test\\r\\nXZVER 1-2\\r\\nQUIT\\r\\n\nS: 211 2 1 2 misc.test\n%s\n' "$1"
}

@test "replies to XZVER: yEnc, and a compressed stream with or without the mark" {
	start_script <<-END
		$(xz "S: 224 overview
		$(two_lines yenc)
		S: .
		S: 205 bye")
		=== 2
		$(xz "S: 224 overview
		pack yenc
		S: $(line 1)
		S: $(line 2)
		S: .
		packend nocrc
		S: .
		S: 205 bye")
		=== 3
		$(xz "S: 224 Overview Information Follows [COMPRESS=GZIP]
		pack zlib
		S: $(line 1)
		S: $(line 2)
		S: .
		packend
		S: 205 bye")
		=== 4
		$(xz "S: 224 overview
		$(two_lines gzip)
		S: .
		S: 205 bye")
		=== 5
		$(xz "split 1
		S: 224 overview
		$(two_lines yenc)
		S: .
		S: 205 bye")
	END
	for _ in {1..5}; do
		over_two
		assert_success
		assert_output "$(line 1)"$'\n'"$(line 2)"
	done
	assert_script_ok
	start_script < <(xz $'S: 224 overview\nS: =ybegin line=128 size=-1\nS: =yend crc=00000000\nS: .\nS: 205 bye')
	over_two
	one_error 1 'no article found'
	start_script < <(xz $'S: 420 none\nS: 205 bye')
	over_two
	one_error 1 'XZVER 1-2: 420 none'
}

@test "XZHDR takes the place of HDR for numbers and ranges, not for a message-id" {
	start_script <<-END
		S: 200 hello
		$(capabilities nntp XZVER XZHDR)
		C: GROUP misc.test
		C: XZHDR Subject 1-2
		S: 211 2 1 2 misc.test
		S: 221 fields
		pack yenc
		S: 1 one
		S: 2 two
		packend
		S: .
		C: HDR Subject <a@x>
		S: 225 fields
		S: 0 three
		S: .
		C: OVER <a@x>
		S: 224 overview
		S: $(line 0)
		S: .
		C: QUIT
		S: 205 bye
	END
	nntp --compress on -b - <<<$'hdr Subject misc.test 1-2\nhdr Subject <a@x>\nover <a@x>'
	assert_success
	assert_output $'1\tone\n2\ttwo\n0\tthree\n'"$(line 0)"
	assert_script_ok
}

@test "XZVER refused by 400, 500, 501, 502 or 503: auto repeats the pipeline with OVER, on fails" {
	local code
	for code in 400 500 501 502 503; do
		start_script <<-END
			S: 200 hello
			C: CAPABILITIES
			C: GROUP misc.test
			$(capabilities nntp XZVER XZHDR | tail -n +2)
			S: 211 5000 1 5000 misc.test
			C: XZVER 1-5000
			S: $code no
			C: GROUP misc.test
			S: 211 5000 1 5000 misc.test
			C: OVER 1-5000
			S: 224 overview
			S: $(line 7)
			S: .
			C: OVER 1-4000
			S: 224 overview
			S: $(line 8)
			S: .
			C: QUIT
			S: 205 bye
		END
		nntp -b - <<<$'over misc.test 1-5000\nover 1-4000'
		assert_success
		assert_output "$(line 7)"$'\n'"$(line 8)"
		assert_script_ok
		start_script < <(xz "S: $code no"$'\nS: 205 bye')
		over_two
		assert_failure $((code == 400 ? 75 : 69))
		assert_regex "$stderr" "XZVER 1-2: $code no"
	done
}

@test "XZVER refused after QUIT was sent with it: another connection uses OVER" {
	start_script <<-END
		S: 200 hello
		c: CAPABILITIES\r\nGROUP misc.test\r\n
		$(capabilities nntp XZVER XZHDR | tail -n +2)
		S: 211 5000 1 5000 misc.test
		c: XZVER 4001-5000\r\nQUIT\r\n
		S: 500 what?
		S: 205 bye
		=== 2
		S: 200 hello
		C: GROUP misc.test
		S: 211 5000 1 5000 misc.test
		c: OVER 4001-5000\r\nQUIT\r\n
		S: 224 overview
		S: $(line 4001)
		S: .
		S: 205 bye
	END
	nntp over -n 1000 misc.test
	assert_success
	assert_output "$(line 4001)"
	assert_script_ok
}

@test "damaged replies to XZVER exit 76, and 75 if the connection is lost" {
	local reply='S: 224 overview' damage
	for damage in crc size noend flip 'cut 3'; do
		start_script < <(xz "$reply
			$(two_lines yenc "$damage")
			S: .
			S: 205 bye")
		over_two
		one_error 76 'yEnc|broken compressed stream|ends early'
		assert_script_ok
	done
	start_script < <(xz "$reply"$'\nS: '"$(line 1)"$'\nS: .\nS: 205 bye')
	over_two
	one_error 76 'neither yEnc nor compressed'
	start_script < <(xz "$reply
		$(two_lines yenc)
		S: 205 bye")
	over_two
	one_error 76 'no "\." after a compressed block'
	start_script < <(xz "$reply
		$(two_lines yenc noend)
		close")
	over_two
	one_error 75 'closed the connection'
}

@test "yEnc lines without data and without end: --timeout and --deadline end the run" {
	local endless=$'S: 224 overview\nS: =ybegin line=128\nsendrepeat 100000000 \\r\\n\nstall'
	start_script --idle 30 < <(xz "$endless")
	nntp --compress on --timeout 1 over misc.test 1-2
	one_error 75 'timed out'
	start_script --idle 30 < <(xz "$endless")
	nntp --compress on --deadline 1 over misc.test 1-2
	one_error 75 'deadline'
}

# ---- damage --------------------------------------------------------------------------------------

# damaged REGEX STEPS: the block is refused with 76, whatever is printed of it, and no command follows.
damaged()
{
	start_script < <(block "$2")
	over_two
	one_error 76 "$1"
	assert_script_ok
}

@test "a compressed block with a wrong checksum, a broken stream or garbage around it exits 76" {
	local form
	for form in zlib gzip; do
		damaged 'broken compressed stream' "$(two_lines $form flip)"$'\nS: .\nS: 205 bye'
	done
	damaged 'broken compressed stream' $'s: \\xff\\xff garbage\nS: .'
	damaged 'no "\." after a compressed block, but: garbage' "$(two_lines zlib)"$'\nS: garbage\nS: .'
	damaged 'no "\." after a compressed block, but: 205 bye' "$(two_lines raw)"$'\nS: 205 bye'
	damaged 'data after the end of a compressed block' "pack zlib
		S: $(line 1)
		S: .
		S: $(line 2)
		packend
		S: ."
	damaged '.' "S: $(line 1)
		S: $(line 2)
		S: .
		S: 205 bye
		close"
}

@test "a compressed block that ends early: 75 if the connection is closed, 75 at the timeout" {
	local form
	for form in zlib gzip raw; do
		start_script < <(block "$(two_lines $form 'cut 6')"$'\nclose')
		over_two
		one_error 75 'closed the connection'
		start_script < <(block "$(two_lines $form 'cut 6')"$'\nstall')
		nntp --compress on --timeout 1 over misc.test 1-2
		one_error 75 'timed out'
	done
	start_script < <(block $'close')
	over_two
	one_error 75 'closed the connection'
	start_script < <(block "$(two_lines zlib)"$'\nclose')
	over_two
	one_error 75 'closed the connection'
}

@test "a cut compressed block that is followed by the next reply exits 76" {
	damaged 'broken compressed stream' "$(two_lines zlib 'cut 4')"$'\nS: .\nS: 205 bye'
}

# bomb STEPS: the steps up to a block of these, which the client may leave.
bomb()
{
	start_script --idle 30 < <(block "$1"$'\nstall')
}

@test "a compressed block of one line without end exits 76, in little memory" {
	bomb "pack zlib
		sendrepeat 300 $(head -c 100000 /dev/zero | tr '\0' x)
		packend"
	limited()
	{
		! memory_counts || ulimit -v 60000
		mailnet nntp -s "nntp://127.0.0.1:$PORT" --no-netrc --timeout 20 "$@"
	}
	run --separate-stderr limited --compress on over misc.test 1-2
	one_error 76 'a line of more than'
}

@test "a compressed block of far more lines than articles exits 76" {
	bomb "pack gzip
		sendrepeat 100000 %d\ts\tf\td\t<%d@x>\t\t1\t1\r\n
		packend"
	over_two
	assert_failure 76
	assert_regex "$stderr" 'far more lines'
}

@test "empty DEFLATE blocks without end in a compressed block: --timeout, --deadline and SIGTERM end the run" {
	local endless='sendrepeat 100000000 \x00\x00\x00\xff\xff\x00\x00\x00\xff\xff\x00\x00\x00\xff\xff\x00\x00\x00\xff\xff' status
	bomb "$endless"
	nntp --compress on --timeout 1 over misc.test 1-2
	one_error 75 'timed out'
	bomb "$endless"
	nntp --compress on --deadline 1 over misc.test 1-2
	one_error 75 'deadline'
	bomb "$endless"
	"$MAILNET" nntp -v -s "nntp://127.0.0.1:$PORT" --no-netrc --compress on over misc.test 1-2 2>log 3>&- &
	wait_until 60 grep -q '< 224' log
	kill -TERM $!
	status=0
	wait $! || status=$?
	assert_equal "$status" 143
}

# ---- the whole server ----------------------------------------------------------------------------

@test "the output is the same with each kind of compression" {
	local i kind verb
	mkdir -p box/news/misc.test
	for i in {1..40}; do
		printf 'From: me@example.org\nSubject: number %d\nDate: Fri, 20 Nov 2026 10:00:00 +0000\nMessage-ID: <%d@x>\n\ntext\n' \
			"$i" "$i" >"box/news/misc.test/$i"
	done
	for kind in none deflate gzip terminator xzver; do
		start_news --compress $kind
		[ $kind = none ] || set -- --compress on
		for verb in 'over misc.test 3-30' 'hdr Subject misc.test 3-30' list 'list overview.fmt' 'article --raw misc.test 1-3' \
			'over -F number,subject misc.test 1-40'; do
			# shellcheck disable=SC2086 # words
			nntp "$@" $verb
			assert_success
			printf '%s\n' "$output"
		done >"$kind"
		cmp none "$kind"
	done
}
