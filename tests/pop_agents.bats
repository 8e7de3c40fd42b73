#!/usr/bin/env bats
# pop drain into real delivery agents: procmail, maildrop and dovecot-lda, with the environment of |COMMAND.
#
# shellcheck disable=SC2016 # the command expands them

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load fixtures/dovecot

setup()
{
	common_setup
	write_netrc 127.0.0.1 alice secret
	mkdir -p box/mail got/new got/cur got/tmp
	printf 'Return-Path: <ret@example.org>\nFrom: a@example.org\nSubject: one\n\nx\n' >box/mail/1
	printf 'From: b@example.org\nSubject: two\n\nFrom here\n' >box/mail/2
	start_folder box --pop --user alice --password secret
}

# drain_through COMMAND
drain_through()
{
	run --separate-stderr mailnet pop -s "pop://127.0.0.1:$POP_PORT" drain -d "|$1"
}

# Both messages are in the Maildir got/, and not on the server any more. Dovecot 2.4.5 delivers into cur/.
assert_delivered()
{
	assert_success
	assert_equal "$(cat got/new/* got/cur/* 2>/dev/null | grep '^Subject:' | sort)" $'Subject: one\nSubject: two'
	assert_equal "$(find box/mail -type f | wc -l)" 0
}

@test "agents: procmail delivers to a Maildir, and its failure keeps the messages on the server" {
	needs procmail
	printf '%s\n' "MAILDIR=$PWD" EXITCODE=75 HOST >rc
	drain_through 'procmail ./rc'
	assert_failure 75
	assert_equal "$(find box/mail -type f | wc -l)" 2
	printf '%s\n' "MAILDIR=$PWD" "DEFAULT=$PWD/got/" >rc
	drain_through 'procmail -f "$MAILNET_SENDER" ./rc'
	assert_delivered
}

@test "agents: maildrop delivers to a Maildir" {
	needs maildrop
	(umask 077 && echo "to \"$PWD/got\"" >filter)
	drain_through 'maildrop ./filter'
	assert_delivered
}

@test "agents: dovecot-lda delivers to a Maildir with the sender of the message" {
	needs dovecot-lda
	dovecot_lda_config got >dovecot.conf
	# As root, dovecot-lda would ask the server of Dovecot for the user.
	local as=
	if [ "$EUID" -eq 0 ]; then
		as='setpriv --reuid nobody --regid nogroup --clear-groups '
		chown -R nobody:nogroup got
		chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
	fi
	drain_through "${as}env HOME=$PWD USER=nobody"' /usr/lib/dovecot/dovecot-lda -e -c dovecot.conf -f "$MAILNET_SENDER"'
	assert_delivered
	assert_equal "$(cat got/new/* got/cur/* 2>/dev/null | grep -c '^Return-Path: <ret@example.org>$')" 1
}
