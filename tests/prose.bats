#!/usr/bin/env bats
# No comment, message, manual page or title contains a word that the style bans, and the checker finds such words.

load lib/common

# found TEXT LINE: in a file README with the line LINE the checker finds the banned words TEXT.
found()
{
	printf '%s\n' "$2" >README
	run "$top_srcdir/tests/lib/prose" .
	assert_failure 1
	assert_output "README:1: $1: $2"
}

# plant FILE: a file of a tree in the current directory, from stdin.
plant()
{
	mkdir -p "$(dirname "$1")"
	cat >"$1"
}

@test "prose: the sources contain no banned word" {
	run "$top_srcdir/tests/lib/prose" "$top_srcdir"
	assert_output ''
	assert_success
}

@test "prose: each banned word is found" {
	found behind 'The dot is sent behind the message.'
	found 'is no number' 'The argument is no number.'
	found nobody 'It waits although nobody reads.'
	found somebody 'It waits as somebody may read.'
	found whoever 'It is sent to whoever reads.'
	found says 'The server says 250.'
	found tells 'The server tells its name.'
	found heard 'The reply was not heard.'
	found unheard 'The reply goes unheard.'
	found 'so long' 'It waits so long.'
	found thus 'It is thus sent.'
	found astray 'The reply went astray.'
	found 'of that' 'The length of that is unknown.'
	found 'to be had' 'A reply is not to be had.'
	found 'for good' 'The message is refused for good.'
	found taken 'The message was taken.'
	found Behind 'Behind the message comes a dot.'
	found What 'What was sent is lost.'
	found Who 'The end. Who reads it learns more.'
}

@test "prose: banned words are found in comments, strings, pages and titles" {
	printf '/* One\n * two thus */\n' | plant lib/mail/a.c
	printf 'err_set(e, 1, "sent thus");\n' | plant cmd/pop/a.c
	printf '.\\" thus\nIt is thus sent.\n' | plant man/a.1
	printf '@test "a thus b" {\n\tx #\tthus\n}\n' | plant tests/a.bats
	printf '# thus\n' | plant tests/lib/a.bash
	run "$top_srcdir/tests/lib/prose" .
	assert_failure 1
	assert_output - <<-'END'
		cmd/pop/a.c:1: thus: sent thus
		lib/mail/a.c:2: thus: two thus
		man/a.1:2: thus: It is thus sent.
		tests/a.bats:1: thus: a thus b
		tests/a.bats:2: thus: thus
		tests/lib/a.bash:1: thus: thus
	END
	run "$top_srcdir/tests/lib/prose" -c .
	assert_failure 1
	assert_line '6 findings'
}

@test "prose: quoted protocol text and code are exempt" {
	cat <<-'END' | plant lib/mail/a.c
		/* The server replies "250 taken" or `-ERR nobody`. */
		const char *thus = "250 message taken";
		const char *reply = "-ERR nobody is here";
		const char *word = "nobody";
	END
	printf 'good("a, somebody <b@c>");\n' | plant tests/unit/a.c
	printf '@test "a" {\n\techo "S: 250 taken"\n}\n' | plant tests/a.bats
	printf 'A file that is no longer used. What is sent?\n' >README
	run "$top_srcdir/tests/lib/prose" .
	assert_output ''
	assert_success
}
