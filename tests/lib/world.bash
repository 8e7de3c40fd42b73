# shellcheck shell=bash
# world.bash - what the examples of the manual pages find when they are tried: hosts called
# news.example.org, pop.example.org and mail.example.org with certificates, mailboxes, newsgroups, and
# a home with a netrc file, messages and lists. Nothing of an example's text is changed.
#
#   world_make DIR       everything, once; needs certs_make
#   world_copy DIR NEW   the same, untouched
#   world_run DIR FILE   run an example; $status, $output (stdout), $stderr
#
# The first word `mailnet` finds a wrapper: it names the CA, and instead of connecting calls `nc HOST
# PORT`, which is the test server on a socketpair. ssh runs its command here.

# world_message NUMBER LINES: a message, also fit for a newsgroup.
world_message()
{
	local i
	cat <<-END
		From: Ann Example <ann@example.org>
		To: me@example.org
		Newsgroups: comp.lang.c
		Subject: =?utf-8?q?N=C2=B0?= $1
		Date: Fri, 20 Nov 2026 12:00:$(printf %02d $(($1 % 60))) +0000
		Message-ID: <$1@example.org>
		References: <0@example.org> <$(($1 - 1))@example.org>

	END
	for ((i = 1; i <= $2; i++)); do
		echo "line $i of $1"
	done
}

# The server's side: for each user a directory that testserver serves.
world_servers()
{
	local n group user
	mkdir -p "$1/server/me/sent"
	for group in comp.lang.c comp.lang.awk news.answers; do
		mkdir -p "$1/server/me/news/$group"
		for n in 1 {991..1010}; do
			world_message "$n" $((n == 1005 ? 120 : 3)) >"$1/server/me/news/$group/$n"
		done
	done
	for user in me ann bob cy; do
		mkdir -p "$1/server/$user/mail"
		for n in 1 2 3; do
			world_message "$n" 2 | sed "s/^To: .*/To: $user@example.org/" >"$1/server/$user/mail/$n"
		done
	done
	world_message 4 70000 >"$1/server/me/mail/4"
}

# The user's side.
world_home()
{
	local user
	mkdir -p "$1/home/boxes" "$1/home/News" "$1/tmp"
	printf '%s\n' ann bob cy >"$1/home/mailboxes"
	printf '%s\n' comp.lang.c comp.lang.awk news.answers >"$1/home/groups"
	printf '%s\n' one.example.org two.example.org >"$1/home/hosts"
	world_message 5 2 | sed 's/^To: .*/To: bob@example.org, cy@example.org/; s/^Newsgroups: .*/Cc: ann@example.org/' \
		>"$1/home/message.eml"
	{
		echo 'From ann@example.org Fri Nov 20 12:00:00 2026'
		cat "$1/home/message.eml"
		echo
		echo 'From ann@example.org Fri Nov 20 12:00:00 2026'
		cat "$1/home/message.eml"
		echo
	} >"$1/home/messages.mbox"
	(
		umask 077
		for user in me ann bob cy; do
			echo "machine pop.example.org login $user password secret"
		done
		printf 'machine %s login me password secret\n' news.example.org mail.example.org
	) >"$1/home/.netrc"
	chmod 600 "$1/home/.netrc"
	git -C "$1/home" init -q -b main
	for user in ann bob; do
		git -C "$1/home" -c user.name="$user" -c user.email="$user@example.org" \
			commit -q --allow-empty -m "A change by $user"
	done
	git -C "$1/home" config user.name Ann
	git -C "$1/home" config user.email ann@example.org
	echo line >"$1/home/file"
	git -C "$1/home" add file
	git -C "$1/home" commit -q -m 'A file'
}

# The programs that examples call, if they are not to be the real ones.
world_programs()
{
	mkdir -p "$1/bin"
	cat >"$1/bin/mailnet" <<-'END'
		#!/usr/bin/env bash
		# One applet word, then perhaps -s URL somewhere: where would it connect to?
		applet=$1
		words=("$@")
		case $applet in
		nntp) url=$MAILNET_NNTP ;;
		pop) url=$MAILNET_POP ;;
		smtp) url=$MAILNET_SMTP ;;
		*) exec "$REAL_MAILNET" "$@" ;;
		esac
		for ((i = 1; i < $#; i++)); do
			[ "${words[i]}" != -s ] || url=${words[i + 1]}
		done
		case $url in
		nntps:*) port=563 ;; pops:*) port=995 ;; smtps:* | submissions:*) port=465 ;;
		submission:*) port=587 ;; smtp:*) port=25 ;; pop:*) port=110 ;; *) port=119 ;;
		esac
		host=${url##*[@/]}
		user=me
		[[ $url != *@* ]] || { user=${url%@*}; user=${user##*/}; }
		shift
		[[ " $* " == *' info '* || " $* " == *' --tls-pin '* ]] || set -- --tls-ca "$CA_FILE" "$@"
		[[ " $* " != *' --auth xoauth2 '* ]] || port=xoauth2
		[[ $url == *localhost* || " $* " == *' --tunnel '* ]] ||
			set -- --tunnel "nc $host $port $user" "$@"
		exec "$REAL_MAILNET" "$applet" "$@"
	END
	cat >"$1/bin/nc" <<-'END'
		#!/bin/sh
		# nc HOST PORT [USER]: a server that believes it is there.
		dir=$WORLD/server/${3:-me}
		case $2 in
		563) door=--nntps ;; 995) door=--pops ;; 465) door=--smtps ;; 119) door=--nntp ;;
		110) door=--pop ;; 25 | 587) door=--smtp ;;
		xoauth2) exec "$TESTSERVER" script --tls --cert "$WORLD_CERT" --key "$KEY_FILE" "$WORLD/xoauth2" ;;
		*) exit 1 ;;
		esac
		exec "$TESTSERVER" folder --dir "$dir" --starttls --cert "$WORLD_CERT" --key "$KEY_FILE" \
			--user "${3:-me}" --password secret "$door" --stdio
	END
	cat >"$1/bin/ssh" <<-'END'
		#!/bin/sh
		# ssh [OPTION...] HOST [--] COMMAND...
		while [ "${1#-}" != "$1" ]; do shift; done
		echo "$1" >>"$WORLD/ssh.log"
		shift
		[ "$1" != -- ] || shift
		exec sh -c "$*"
	END
	printf '#!/bin/sh\ncat >>%s/delivered\n' "$1" >"$1/bin/maildrop"
	# shellcheck disable=SC2016 # the script expands it
	printf '#!/bin/sh\necho "token-of-$1"\n' >"$1/bin/oauth2-token"
	chmod +x "$1"/bin/*
	{
		echo 'S: 220 mail.example.org ESMTP'
		echo 'C~ EHLO .*'
		echo 'S: 250-mail.example.org'
		echo 'S: 250 AUTH XOAUTH2'
		printf 'C: AUTH XOAUTH2 %s\n' "$(printf 'user=me\001auth=Bearer token-of-me\001\001' | base64 -w 0)"
		echo 'S: 235 welcome'
		echo 'C~ MAIL FROM:<ann@example.org>.*'
		echo 'S: 250 ok'
		echo 'C~ RCPT TO:<bob@example.org>.*'
		echo 'S: 250 ok'
		echo 'C: DATA'
		echo 'S: 354 go on'
		echo "recvblock $1/server/me/sent/by-oauth"
		echo 'S: 250 taken'
		echo 'C: QUIT'
		echo 'S: 221 bye'
	} >"$1/xoauth2"
}

world_make()
{
	world_servers "$1" && world_home "$1" || return
	(
		cd "$CERT_DIR" && exec 9>.lock && flock 9 && {
			[ -s world.pem ] || certs_issue world ca key.pem \
				$'dns_name = news.example.org\ndns_name = pop.example.org\ndns_name = mail.example.org\ntls_www_server'
		}
	)
}

world_copy()
{
	cp -a "$1" "$2" && world_programs "$2"
}

# A line for crontab(5) is run as cron does: by sh, in the home.
world_command()
{
	if grep -qE '^([0-9*/,-]+ +){5}' "$1"; then
		sed -E 's/^([0-9*\/,-]+ +){5}//' "$1"
	else
		cat "$1"
	fi
}

world_run()
{
	local shell=bash code=0
	! grep -qE '^([0-9*/,-]+ +){5}' "$2" || shell='sh'
	world_command "$2" >"$1/example"
	(
		export WORLD=$1 WORLD_CERT=$CERT_DIR/world.pem HOME=$1/home TMPDIR=$1/tmp
		export REAL_MAILNET=$MAILNET PATH=$1/bin:$PATH
		export MAILNET_NNTP=nntps://news.example.org MAILNET_POP=pops://me@pop.example.org
		cd "$HOME" && exec timeout 60 "$shell" "$1/example" 3>&-
	) >"$1/stdout" 2>"$1/stderr" </dev/null || code=$?
	# shellcheck disable=SC2034 # for the caller, like the others
	status=$code output=$(<"$1/stdout") stderr=$(<"$1/stderr")
}
