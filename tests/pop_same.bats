#!/usr/bin/env bats
# pop drain and fetch --new: which message on the server is the one that is stored already.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

# session SIZE...: the steps on stdin after greeting, CAPA and the lists of messages with these sizes; $ids has
# their unique-ids (a b c ... unless set).
session()
{
	local i=0 size uids=()
	read -ra uids <<<"${ids:-a b c d}"
	{
		printf 'S: +OK\nC: CAPA\nS: +OK\nS: UIDL\nS: TOP\nS: .\nC: STAT\nS: +OK %d 99\nC: LIST\nS: +OK\n' $#
		for size in "$@"; do
			printf 'S: %d %d\n' $((++i)) "$size"
		done
		printf 'S: .\nC: UIDL\nS: +OK\n'
		for ((i = 0; i < $#; i++)); do
			printf 'S: %d %s\n' $((i + 1)) "${uids[i]}"
		done
		printf 'S: .\n'
		cat
	} >script
	tunnel_script <script
}

# retr N [SUBJECT [BODY]], top N [SUBJECT]: the command and the reply.
retr()
{
	printf 'C: RETR %d\nS: +OK\nS: Subject: %s\nS: \nS: %s\nS: .\n' "$1" "${2:-$1}" "${3:-body}"
}

top()
{
	printf 'C: TOP %d 0\nS: +OK\nS: Subject: %s\nS: \nS: .\n' "$1" "${2:-$1}"
}

dele()
{
	local i
	for i in "$@"; do
		printf 'C: DELE %d\nS: +OK\n' "$i"
	done
	printf 'C: QUIT\nS: +OK\n'
}

quit()
{
	printf 'C: QUIT\nS: +OK\n'
}

pop()
{
	run --separate-stderr mailnet pop -s pop://localhost --tunnel "$TUNNEL" --auth none "$@"
	assert_success
	assert_script_ok
}

dests=(Mail/ mbox '|cat >>piped' -)

fresh()
{
	rm -rf Mail mbox piped out "$HOME/.local"
}

# get VERB...: run the verb with -d DEST.
get()
{
	pop "$@" -d "$dest"
	[ "$dest" != - ] || printf '%s\n' "$output" >>out
}

# Print how many messages were delivered to DEST; in a Maildir, messages that were read and removed count, too.
count()
{
	case $dest in
	*/) find Mail -type f | wc -l ;;
	mbox) grep -c '^Subject: ' mbox ;;
	-) grep -c '^Subject: ' out ;;
	*) grep -c '^Subject: ' piped ;;
	esac
}

@test "fetch --new: a message whose size has changed is not fetched again" {
	local dest
	for dest in "${dests[@]}"; do
		fresh
		session 10 < <(retr 1 && quit)
		get fetch --new
		session 14 < <(top 1 && quit)
		get fetch --new
		assert_equal "$(count)" 1
		# The new size is recorded.
		session 14 <<<"$(quit)"
		get fetch --new
		# The message is deleted after its header was compared once.
		session 14 < <(top 1 && dele 1)
		get drain
		assert_equal "$(count)" 1
	done
}

@test "drain --keep: a message whose size has changed is not fetched again, and keeps its age" {
	local dest
	for dest in "${dests[@]}"; do
		fresh
		session 20 < <(retr 1 && quit)
		get drain --keep 1d
		session 24 < <(top 1 && quit)
		get drain --keep 1d
		assert_equal "$(count)" 1
		session 30 < <(top 1 && dele 1)
		get drain --keep 0s
		assert_equal "$(count)" 1
	done
}

@test "drain: if TOP differs from RETR, the message itself is compared" {
	local dest reply want
	for dest in "${dests[@]}"; do
		for reply in 'scanned' '' ' folded'; do
			fresh
			session 10 20 < <(retr 1 && retr 2 && quit)
			get fetch --new
			[ "$dest" != Mail/ ] || rm Mail/new/* # as if read and removed
			session 10 20 < <(
				top 1 "$reply."
				top 2
				retr 1
				dele 1 2
			)
			get drain
			[ "$dest" = Mail/ ] && want=0 || want=2
			assert_equal "$(count)" "$want"
		done
	done
}

@test "fetch --new: if the size changes and TOP differs, the message itself is compared" {
	local dest
	for dest in "${dests[@]}"; do
		fresh
		session 10 < <(retr 1 && quit)
		get fetch --new
		session 12 < <(top 1 scanned && retr 1 && quit)
		get fetch --new
		assert_equal "$(count)" 1
	done
}

@test "drain: a recorded unique-id with another header is another message, and is stored" {
	local dest
	for dest in "${dests[@]}"; do
		fresh
		session 24 < <(retr 1 && quit)
		get fetch --new
		session 24 < <(top 1 other && retr 1 other && dele 1)
		get drain
		assert_equal "$(count)" 2
		fresh
		session 10 < <(retr 1 && quit)
		get fetch --new
		session 12 < <(top 1 other && retr 1 other && quit)
		get fetch --new
		assert_equal "$(count)" 2
		session 12 <<<"$(quit)"
		get fetch --new
	done
}

@test "drain: among messages with the same unique-id, each is matched first with the record of its size" {
	local dest
	ids='a a a'
	for dest in Mail/ mbox; do
		fresh
		session 10 20 < <(retr 1 && retr 2 && quit)
		get fetch --new
		# A third message arrives, and the order changes.
		session 30 20 10 < <(retr 1 3 && quit)
		get fetch --new
		assert_equal "$(count)" 3
		session 30 20 10 <<<"$(top 1 3 && top 2 2 && top 3 1 && dele 1 2 3)"
		get drain
		assert_equal "$(count)" 3
	done
}

@test "drain: a message whose header is longer than the compared part is not lost" {
	local dest=mbox
	session 10 < <(
		printf 'C: RETR 1\nS: +OK\ns: Subject: 1\\r\\n\nsendrepeat 40000 X-Long: %%d and so on, for more than a mebibyte\\r\\n\nS: \nS: body\nS: .\n'
		quit
	)
	get fetch --new
	session 10 < <(
		top 1 other
		printf 'C: RETR 1\nS: +OK\ns: Subject: 1\\r\\n\nsendrepeat 40000 X-Long: %%d and so on, for more than a mebibyte\\r\\n\nS: \nS: body\nS: .\n'
		dele 1
	)
	get drain
	assert_equal "$(count)" 2
}
