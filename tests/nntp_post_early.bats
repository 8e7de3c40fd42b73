#!/usr/bin/env bats
# nntp post and ihave against servers that reply before the end of the article.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/nntp

setup()
{
	common_setup
	printf 'A: b\n\ntext\n' >article
}

# early VERB...: run the verb alone and in a batch.
early()
{
	nntp "$@"
	assert_failure 76
	assert_output ''
	nntp -b - <<<"${*@Q}"
	assert_failure 76
	assert_output ''
}

@test "post, ihave: success in one segment with the first reply exits 76, and the article is not completed" {
	local pair
	for pair in '340 240 POST' '335 235 IHAVE <1@x>'; do
		read -r go good command <<<"$pair"
		start_script <<-END
			=== *
			S: 200 hello
			C: $command
			S: $go go on
			S: $good thanks
			eof
		END
		if [ "$go" = 340 ]; then early post article; else early ihave '<1@x>' article; fi
		assert_regex "$stderr" "$good thanks"
	done
}

@test "post: a refusal in one segment with the 340 reply is the final reply" {
	start_script <<-'END'
		S: 200 hello
		C: POST
		S: 340 go on
		S: 441 not you
		eof
	END
	nntp post article
	assert_failure 69
	assert_regex "$stderr" 'POST: 441 not you'
}

@test "post: success before the end of the article, followed by 441, exits 76, whenever the replies arrive" {
	start_script <<-'END'
		S: 200 hello
		C: POST
		S: 340 go on
		recvn 3 head
		S: 240 thanks
		recvblock /dev/null
		S: 441 no
		C: QUIT
		S: 205 bye
	END
	nntp post article
	assert_failure 76
	assert_output ''
	assert_regex "$stderr" '441 no'
}
