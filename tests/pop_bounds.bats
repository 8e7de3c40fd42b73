#!/usr/bin/env bats
# pop: LIST and UIDL that differ from STAT and from each other, and messages that never end.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

# box COUNT LIST UIDL: the replies to STAT, LIST and UIDL (lines separated by commas), before the steps on stdin.
box()
{
	{
		printf 'S: +OK ready\nC: CAPA\nS: +OK\nS: PIPELINING\nS: UIDL\nS: TOP\nS: .\n'
		printf 'c: STAT\\r\\nLIST\\r\\nUIDL\\r\\nS: +OK %s 30\n' "$1" | sed 's/\\nS/\\n\nS/'
		printf 'S: +OK\n'
		[ -z "$2" ] || tr , '\n' <<<"$2" | sed 's/^/S: /'
		printf 'S: .\nS: +OK\n'
		[ -z "$3" ] || tr , '\n' <<<"$3" | sed 's/^/S: /'
		printf 'S: .\n'
		cat
	} >script
	tunnel_script <script
}

pop()
{
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none "$@"
}

count()
{
	find Mail/new Mail/cur -type f | wc -l
}

@test "drain: a message that arrives or disappears between LIST and UIDL is skipped" {
	# Between LIST and UIDL message 2 disappears and message 4 arrives.
	box 3 '1 10,2 10,3 6' '1 a,3 c,4 d' <<-'END'
		c: RETR 1\r\nRETR 3\r\n
		S: +OK
		S: A: 1
		S: .
		S: +OK
		S: A: 3
		S: .
		c: DELE 1\r\nDELE 3\r\nQUIT\r\n
		S: +OK
		S: +OK
		S: +OK
	END
	pop drain -d Mail/
	assert_success
	assert_equal "$stderr" ''
	assert_script_ok
	assert_equal "$(count)" 2
}

@test "drain: an empty UIDL list means that the server has no unique-ids" {
	box 1 '1 6' '' <<-'END'
		c: RETR 1\r\n
		S: +OK
		S: A: 1
		S: .
		c: DELE 1\r\nQUIT\r\n
		S: +OK
		S: +OK
	END
	pop drain -d Mail/
	assert_success
	assert_script_ok
}

@test "drain: more messages in LIST than STAT announced exit 76, and an endless LIST needs little memory" {
	box 1 '1 10,2 10' '1 a,2 b' <<<mayclose
	pop drain -d Mail/
	assert_failure 76
	assert_regex "$stderr" 'LIST: more messages than STAT announced \(1\)$'
	tunnel_script <<-'END'
		S: +OK
		C: CAPA
		S: -ERR
		C: STAT
		S: +OK 3 30
		C: LIST
		S: +OK
		mayclose
		sendrepeat 3000000 %d 10\r\n
	END
	({ ! memory_counts || ulimit -v 60000; } && exec "$MAILNET" pop -s pop://localhost --tunnel "$TUNNEL" --auth none drain -d Mail/) || status=$?
	assert_equal "$status" 76
}

@test "drain: an endless UIDL exits 76" {
	tunnel_script <<-'END'
		S: +OK
		C: CAPA
		S: -ERR
		C: STAT
		S: +OK 1 10
		C: LIST
		S: +OK
		S: 1 10
		S: .
		C: UIDL
		S: +OK
		mayclose
		sendrepeat 3000000 %d uid%d\r\n
	END
	pop drain -d Mail/
	assert_failure 76
	assert_regex "$stderr" 'UIDL: more than 10000 messages that LIST does not have$'
}

@test "drain: blanks around a unique-id are not part of it" {
	local ids
	box 1 '1 6' '1   a  ' <<-'END'
		C: RETR 1
		S: +OK
		S: A: 1
		S: .
		C: QUIT
		S: +OK
	END
	pop drain --keep 1d -d Mail/
	assert_success
	assert_script_ok
	for ids in '1 a' $'1\t a\t' '1 a '; do
		box 1 '1 6' "$ids" <<-'END'
			C: QUIT
			S: +OK
		END
		pop drain --keep 1d -d Mail/
		assert_success
		assert_script_ok
	done
	assert_equal "$(count)" 1
	tunnel_script <<-'END'
		S: +OK
		C: CAPA
		S: -ERR
		C: UIDL
		S: +OK
		s: 1  a \r\n
		S: .
		C: QUIT
		S: +OK
	END
	pop uidl
	assert_output '1 a'
}

# ---- sizes -----------------------------------------------------------------

# endless SIZE REPLY: message 2 of three is announced with SIZE octets and does not end.
endless()
{
	box 3 "1 10,2 $1,3 6" '1 a,2 b,3 c' <<-END
		mayclose
		c: RETR 1\\r\\nRETR 2\\r\\nRETR 3\\r\\n
		S: +OK
		S: A: 1
		S: .
		S: +OK
		s: A: 2\\r\\n\\r\\n
		sendrepeat ${2:-400000} all work and no play makes Jack a dull boy, again and again\\r\\n
		S: .
		S: +OK
		S: A: 3
		S: .
		c: DELE 1\\r\\nDELE 2\\r\\nDELE 3\\r\\nQUIT\\r\\n
		S: +OK
		S: +OK
		S: +OK
		S: +OK
	END
}

@test "drain: a message far over its announced size exits 76, and no part of it is kept" {
	local dest
	for dest in Mail/ mbox "|cat >>piped"; do
		rm -rf "$HOME/.local"
		endless 1000
		pop drain -d "$dest"
		assert_failure 76
		assert_regex "$stderr" 'message 2: the server sends more than 16777216 octets'
	done
	# The message before it was complete.
	assert_equal "$(count)" 1
	assert_equal "$(find Mail/tmp -type f)" ''
	assert_equal "$(grep -c '^A: ' mbox)" 1
	assert_equal "$(cat piped)" 'A: 1'
}

@test "drain: the size limit of a message is --max-size, or its announced size if that is larger" {
	endless 6000000 # 24,400,000 octets are sent
	pop drain -d Mail/
	assert_failure 76
	endless 6200000
	rm -rf "$HOME/.local" Mail
	pop drain -d Mail/
	assert_success
	assert_equal "$(count)" 3
	rm -rf "$HOME/.local" Mail
	endless 3000000
	pop drain --max-size 3000000 -d Mail/
	assert_failure 76
}

@test "retr: a message far over the size in the reply exits 76" {
	tunnel_script <<-'END'
		S: +OK
		C: CAPA
		S: -ERR
		C: RETR 1
		S: +OK 1000 octets
		mayclose
		sendrepeat 400000 all work and no play makes Jack a dull boy, again and again\r\n
		S: .
	END
	mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none -o out retr 1 2>err || status=$?
	assert_equal "$status" 76
	assert [ ! -e out ]
}
