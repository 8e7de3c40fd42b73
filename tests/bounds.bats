#!/usr/bin/env bats
# Bounds on work and time if servers, senders and commands do not end by themselves.
# shellcheck disable=SC2030,SC2031 # each test is a subshell, and sets its own server

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	common_setup
	write_netrc 127.0.0.1 alice secret
}

# hanging COMMAND [OPTION...]: drains one message into a command that writes `pid` and never ends.
hanging()
{
	mkdir -p box/mail
	printf 'From: a@example.org\n\ntext\n' >box/mail/m1
	start_folder box --pop --user alice --password secret
	run --separate-stderr mailnet pop -s "pop://127.0.0.1:$POP_PORT" "${@:2}" drain -d "|$1"
	assert_equal "$(find box/mail -type f | wc -l)" 1
	run -1 --separate-stderr kill -0 "$(<pid)"
}

@test "drain: a |COMMAND that does not end is killed after --timeout: 75" {
	hanging 'echo $$ >pid; cat >/dev/null; exec sleep 1000' --timeout 5
	run --separate-stderr mailnet pop -s "pop://127.0.0.1:$POP_PORT" --timeout 1 drain -d '|exec sleep 1000'
	assert_failure 75
	assert_regex "$stderr" 'was ended by mailnet: timed out'
}

@test "drain: a |COMMAND that does not end is killed at --deadline: 75" {
	hanging 'echo $$ >pid; exec sleep 1000' --deadline 5
	run --separate-stderr mailnet pop -s "pop://127.0.0.1:$POP_PORT" --deadline 1 drain -d '|exec sleep 1000'
	assert_failure 75
	assert_regex "$stderr" 'deadline'
}

# empty_blocks: a server that sends empty DEFLATE blocks without end in place of a reply.
empty_blocks()
{
	start_script --idle 30 <<-'END'
		S: 200 hi
		C: CAPABILITIES
		S: 101 list
		S: VERSION 2
		S: READER
		S: COMPRESS DEFLATE
		S: .
		C: COMPRESS DEFLATE
		S: 206 go
		mayclose
		delay 200
		sendrepeat 100000000 \x00\x00\x00\xff\xff\x00\x00\x00\xff\xff\x00\x00\x00\xff\xff\x00\x00\x00\xff\xff
	END
}

@test "empty DEFLATE blocks without end: --timeout ends the wait: 75" {
	empty_blocks
	run --separate-stderr mailnet nntp -s "nntp://127.0.0.1:$PORT" --no-netrc --compress on --timeout 1 date
	assert_failure 75
	assert_regex "$stderr" 'timed out'
}

@test "empty DEFLATE blocks without end: --deadline ends the run: 75" {
	empty_blocks
	run --separate-stderr mailnet nntp -s "nntp://127.0.0.1:$PORT" --no-netrc --compress on --deadline 1 date
	assert_failure 75
	assert_regex "$stderr" 'deadline'
}

@test "empty DEFLATE blocks without end: SIGTERM ends the run: 143" {
	empty_blocks
	"$MAILNET" nntp -v -s "nntp://127.0.0.1:$PORT" --no-netrc --compress on date 2>log 3>&- &
	pid=$!
	wait_until 60 grep -q '> DATE' log
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	assert_equal "$status" 143
}

# ---- addresses that programs read differently --------------------------------

@test "a character that IDNA changes is refused in recipients, senders and hosts: 65" {
	local odd
	for odd in $'a@b\uff20c.example' $'a@b\uff0ec.example' $'a@b\u3002c.example' $'a@ex\u00adample.org' $'a@ex\u200bample.org'; do
		run --separate-stderr mailnet smtp -s smtp://127.0.0.1:1 send "$odd" <<<$'From: a@x\n\nx'
		assert_failure 65
		run --separate-stderr mailnet smtp -s smtp://127.0.0.1:1 send -f "$odd" b@x <<<$'From: a@x\n\nx'
		assert_failure 65
		run --separate-stderr mailnet smtp -s smtp://127.0.0.1:1 send <<<"From: a@x"$'\n'"To: $odd"$'\n\nx'
		assert_failure 65
		run --separate-stderr mailnet smtp -s smtp://127.0.0.1:1 send b@x <<<"From: $odd"$'\n\nx'
		assert_failure 65
		run --separate-stderr mailnet smtp -s "smtp://${odd#*@}" ehlo
		assert_failure 65
		run --separate-stderr mailnet pop -s "me@${odd#*@}" stat
		assert_failure 65
	done
}

@test "an encoded word does not hide the end of a domain: 65" {
	run --separate-stderr mailnet smtp -s smtp://127.0.0.1:1 send <<<$'From: a@x\nTo: a@=?utf-8?q?b,c@d?=\n\nx'
	assert_failure 65
	assert_regex "$stderr" 'To: an encoded word in a domain'
}

@test "sendmail: an empty or invalid From makes the caller the sender" {
	local from
	mkdir bin served
	"$MAILNET" --install -s "$PWD/bin"
	start_folder served --smtp
	export MAILNET_SMTP=smtp://127.0.0.1:$SMTP_PORT
	for from in '' 'a b' 'a@b, ,"' 'Site: News' '(none'; do
		rm -f served/sent/*
		run --separate-stderr bin/sendmail b@x <<<"From: $from"$'\n\nx'
		assert_success
		run --separate-stderr bin/sendmail -f me@x b@x <<<"From: $from"$'\n\nx'
		assert_success
		grep -q '^me@x' served/sent/2.env
	done
	for from in '[foo] bar <a@x>' 'Site: News <a@x>' '"Joe <a@x>' 'z@b via List <a@x>'; do
		rm -f served/sent/*
		run --separate-stderr bin/sendmail b@x <<<"From: $from"$'\n\nx'
		assert_success
		grep -q '^a@x' served/sent/1.env
	done
}
