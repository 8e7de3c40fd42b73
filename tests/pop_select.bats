#!/usr/bin/env bats
# pop retr, top, dele, list, uidl: messages named by unique-id, and messages named on stdin.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	common_setup
	write_netrc 127.0.0.1 alice secret
}

# mails N: a server with N messages.
mails()
{
	numbered_mails 1 "$1"
	start_folder box --pop --user alice --password secret
	server=pop://127.0.0.1:$POP_PORT
}

pop()
{
	run --separate-stderr mailnet pop -s "$server" "$@"
}

@test "uid: names a message for retr, top, list, uidl and dele, with one UIDL" {
	mails 3
	pop uidl
	assert_success
	uid=$(awk '$1 == 2 { print $2 }' <<<"$output")
	pop -v retr "uid:$uid" 3 "uid:$uid"
	assert_success
	assert_equal "$(grep -c 'Subject: message 2' <<<"$output")" 2
	assert_equal "$(grep -c 'UIDL$' <<<"$stderr")" 1
	pop top "uid:$uid" 0
	assert_output 'Subject: message 2'
	pop list "uid:$uid"
	assert_output --regexp '^2 '
	pop uidl "uid:$uid"
	assert_output "2 $uid"
	pop dele "uid:$uid"
	assert_success
	assert_equal "$(ls box/mail)" $'m000001\nm000003'
}

@test "uid: a unique-id that no message has, or that two have, exits 1; an unsafe one 65" {
	mails 2
	pop retr uid:none 1
	assert_failure 1
	assert_regex "$stderr" 'no message has the unique-id none'
	assert_output --partial 'Subject: message 1'
	pop dele uid:none
	assert_failure 1
	assert_equal "$(find box/mail -type f | wc -l)" 2
	for word in uid: $'uid:a\rb' $'uid:a\nDELE 1' $'uid:\tx' uidx x1; do
		pop dele "$word"
		assert_failure 65
	done
	start_script <<-'END'
		S: +OK
		C: CAPA
		S: -ERR
		C: UIDL
		S: +OK
		S: 1 same
		S: 2 same
		S: .
		C: QUIT
		S: +OK
	END
	run --separate-stderr mailnet pop -s "pop://127.0.0.1:$PORT" --auth none dele uid:same
	assert_failure 1
	assert_regex "$stderr" 'more than one message has the unique-id same'
	assert_script_ok
}

@test "stdin: numbers and unique-ids, one a line, in few round trips" {
	mails 2000
	{
		seq 1 1500
		printf '\n 1501 \r\n'
		mailnet pop -s "$server" uidl | awk '$1 > 1501 { print "uid:" $2 }'
	} >list
	pop -v retr - <list
	assert_success
	assert_equal "$(grep -c '^Subject: message' <<<"$output")" 2000
	assert [ "$(sed -n 's/.*[*] \([0-9]*\) round trips/\1/p' <<<"$stderr")" -le 8 ]
	pop top - 0 <list
	assert_equal "$(grep -c '^Subject: message' <<<"$output")" 2000
	sed -i '$d' list
	pop dele - <list
	assert_success
	assert_equal "$(ls box/mail)" m002000
}

@test "stdin: the first message is printed before the end of stdin" {
	mails 3
	mkfifo in out
	"$MAILNET" pop -s "$server" retr --raw - <in >out 2>err 3>&- &
	exec 4>in 5<out
	echo 2 >&4
	read -r -t 10 line <&5
	assert_equal "$line" 'Subject: message 2'
	read -r -t 10 line <&5
	read -r -t 10 line <&5
	echo 3 >&4
	read -r -t 10 line <&5
	assert_equal "$line" 'Subject: message 3'
	exec 4>&-
	wait $!
	exec 5<&-
}

@test "stdin: a line that is not a message is reported and the others are done; an empty stdin is success" {
	mails 3
	pop retr - <<<$'1\nx\n9\nuid:none\n3'
	assert_failure 65
	assert_equal "$(grep -c '^Subject: message' <<<"$output")" 2
	assert_regex "$stderr" "stdin:2: 'x' is neither"
	pop retr - </dev/null
	assert_success
	refute_output
	pop retr - 1 </dev/null
	assert_failure 64
	pop list - </dev/null
	assert_failure 64
	pop -b - <<<'retr -'
	assert_failure 64
}
