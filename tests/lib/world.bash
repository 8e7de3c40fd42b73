# shellcheck shell=bash
# world.bash - the environment in which the examples of the manual pages run: hosts called
# news.example.org, pop.example.org and mail.example.org with certificates, mailboxes, newsgroups, and
# a home with a netrc file, messages and lists. Also the servers of Gmail and Office 365, which accept only OAuth.
# Nothing of an example's text is changed, except that the paths /etc, /run, /usr/sbin and /var/spool lead into DIR.
#
#   world_make DIR       everything, once; needs certs_make
#   world_copy DIR NEW   the same, untouched
#   world_run DIR FILE   run an example; $status, $output (stdout), $stderr
#
# The first word `mailnet` finds a wrapper: it names the CA, and instead of connecting calls `nc HOST
# PORT`, which is the test server on a socketpair. For a server in a configuration file, it does both by a copy
# of the file. ssh and systemctl run their commands here.

# world_message NUMBER LINES: a message, also fit for a newsgroup.
world_message()
{
	cat <<-END
		From: Ann Example <ann@example.org>
		To: me@example.org
		Newsgroups: comp.lang.c
		Subject: =?utf-8?q?N=C2=B0?= $1
		Date: Fri, 20 Nov 2026 12:00:$(printf %02d $(($1 % 60))) +0000
		Message-ID: <$1@example.org>
		References: <0@example.org> <$(($1 - 1))@example.org>

	END
	seq -f "line %.0f of $1" "$2"
}

# The servers: a directory for each user, which testserver serves.
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

# The home directory of the user.
world_home()
{
	local user
	mkdir -p "$1/home/boxes" "$1/home/News" "$1/tmp" "$1/etc/mailnet" "$1/run/dovecot" "$1/usr/sbin" "$1/var/spool"
	echo secret >"$1/etc/mailnet/password"
	printf '%s\n' ann bob cy >"$1/home/mailboxes"
	printf '%s\n' comp.lang.c comp.lang.awk news.answers >"$1/home/groups"
	printf '%s\n' one.example.org two.example.org >"$1/home/hosts"
	printf '%s\n' 'comp.lang.c: 1-1000' 'news.answers! 1-5' 'comp.lang.awk: 1-990' >"$1/home/.newsrc"
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
	# A spool with a message that could not be sent.
	mkdir -m 700 "$1/home/Spool"
	"$MAILNET" smtp --no-config --no-netrc -s smtp://127.0.0.1:1 send --spool "$1/home/Spool" <"$1/home/message.eml" 2>/dev/null
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

# world_oauth_pop FILE USER TOKEN: the script of a POP3 server with one message, which accepts this token only.
world_oauth_pop()
{
	local response
	response=$(printf 'user=%s\001auth=Bearer %s\001\001' "$2" "$3" | base64 -w 0)
	cat >"$1" <<-END
		S: +OK ready
		C: CAPA
		S: +OK
		S: TOP
		S: UIDL
		S: SASL XOAUTH2
		S: .
		C: AUTH XOAUTH2 $response
		S: +OK
		C: STAT
		S: +OK 1 33
		C: LIST
		S: +OK
		S: 1 33
		S: .
		C: UIDL
		S: +OK
		S: 1 one
		S: .
		C: RETR 1
		S: +OK
		s: From: x@example.org\r\n\r\nby OAuth\r\n
		S: .
		C: DELE 1
		S: +OK
		C: QUIT
		S: +OK
	END
}

# world_oauth_smtp FILE USER TOKEN SENT [starttls]: the script of an SMTP server, which stores the message in SENT.
world_oauth_smtp()
{
	local response
	response=$(printf 'user=%s\001auth=Bearer %s\001\001' "$2" "$3" | base64 -w 0)
	{
		[ -z "${5-}" ] || printf '%s\n' 'S: 220 ready' 'C~ EHLO .*' 'S: 250-ready' 'S: 250 STARTTLS' \
			'C: STARTTLS' 'S: 220 go ahead' starttls 'C~ EHLO .*'
		[ -n "${5-}" ] || printf '%s\n' 'S: 220 ready' 'C~ EHLO .*'
		cat <<-END
			S: 250-ready
			S: 250 AUTH XOAUTH2
			C: AUTH XOAUTH2 $response
			S: 235 ok
			C: MAIL FROM:<$2>
			S: 250 ok
			C: RCPT TO:<bob@example.org>
			S: 250 ok
			C: DATA
			S: 354 go ahead
			recvblock $4
			S: 250 ok
			C: QUIT
			S: 221 bye
		END
	} >"$1"
}

# Replacements for programs that examples call.
world_programs()
{
	mkdir -p "$1/bin"
	cat >"$1/bin/mailnet" <<-'END'
		#!/usr/bin/env bash
		# Print the host and port to which a command line would connect.
		tunnel_to()
		{
			local port host=${1##*[@/]} user=me
			case $1 in
			nntps:*) port=563 ;; pops:*) port=995 ;; smtps:* | submissions:*) port=465 ;;
			submission:*) port=587 ;; smtp:*) port=25 ;; pop:*) port=110 ;; *) port=119 ;;
			esac
			[[ $1 != *@* ]] || { user=${1%@*}; user=${user##*/}; }
			echo "nc $host $port $user"
		}
		[ "${0##*/}" = mailnet ] || set -- "${0##*/}" "$@"
		applet=$1
		words=("$@")
		case $applet in
		--install)
			for link in sendmail mailq newaliases; do ln -sf "$WORLD/bin/mailnet" "$2/$link"; done
			exit ;;
		nntp) url=$MAILNET_NNTP ;;
		pop) url=$MAILNET_POP ;;
		smtp) url=$MAILNET_SMTP ;;
		esac
		for config in "$HOME/.config/mailnet/config" "$WORLD/etc/mailnet/config"; do
			[ -e "$config" ] || continue
			unset MAILNET_SMTP
			MAILNET_CONFIG=$(mktemp "$WORLD/tmp/config.XXXXXX")
			export MAILNET_CONFIG
			while IFS= read -r line; do
				echo "$line"
				[[ $line != 'server = '*://* ]] || printf 'tunnel = %s\ntls-ca = %s\n' \
					"$(tunnel_to "${line#server = }")" "$CA_FILE"
			done <"$config" >"$MAILNET_CONFIG"
		done
		for ((i = 1; i < $#; i++)); do
			[ "${words[i]}" != -s ] || url=${words[i + 1]}
		done
		[[ $url == *.* || $url == *localhost* ]] || exec "$REAL_MAILNET" "$@"
		shift
		[[ "$applet $* " == 'nntp '*' info '* || " $* " == *' --tls-pin '* ]] || set -- --tls-ca "$CA_FILE" "$@"
		[[ $url == *localhost* || " $* " == *' --tunnel '* ]] || set -- --tunnel "$(tunnel_to "$url")" "$@"
		exec "$REAL_MAILNET" "$applet" "$@"
	END
	cat >"$1/bin/nc" <<-'END'
		#!/bin/sh
		# nc HOST PORT [USER]: run testserver as this host.
		dir=$WORLD/server/${3:-me}
		case $1.$2 in
		*.gmail.com.* | outlook.office365.com.*) exec "$TESTSERVER" script --tls \
			--cert "$WORLD_CERT" --key "$KEY_FILE" "$WORLD/$1" ;;
		smtp.office365.com.587) exec "$TESTSERVER" script --cert "$WORLD_CERT" --key "$KEY_FILE" "$WORLD/$1" ;;
		*.563) door=--nntps ;; *.995) door=--pops ;; *.465) door=--smtps ;; *.119) door=--nntp ;;
		*.110) door=--pop ;; *.25 | *.587) door=--smtp ;;
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
	cat >"$1/bin/dpkg-divert" <<-'END'
		#!/bin/sh
		# dpkg-divert --local --rename --add FILE
		echo "Adding 'local diversion of $4 to $4.distrib'"
	END
	cat >"$1/bin/systemctl" <<-'END'
		#!/bin/sh
		# systemctl [--user] enable --now NAME[@ACCOUNT].timer: run the service of this timer once.
		units=$WORLD/etc/systemd/system
		[ "$1" != --user ] || { units=$HOME/.config/systemd/user && shift; }
		name=${3%.timer} account=
		case $name in *@*) account=${name#*@} name=${name%@*}@ ;; esac
		echo "Created symlink for $3."
		grep -q '^\[Timer\]' "$units/$name.timer" || exit 1
		command=$(sed -n 's/^ExecStart=//p' "$units/$name.service" | sed "s|%i|$account|g; s|%h|$HOME|g")
		exec sh -c "$command"
	END
	printf '#!/bin/sh\ncat >>%s/delivered\n' "$1" >"$1/bin/maildrop"
	printf '#!/bin/sh\necho secret\n' >"$1/bin/pass"
	# shellcheck disable=SC2016 # the scripts expand it
	printf '#!/bin/sh\necho "token-of-$2"\n' >"$1/bin/pizauth"
	# shellcheck disable=SC2016 # the script expands it
	printf '#!/bin/sh\necho "token-of-${1##*/}"\n' >"$1/bin/mutt_oauth2.py"
	chmod +x "$1"/bin/*
	world_oauth_pop "$1/pop.gmail.com" me@gmail.com token-of-gmail
	world_oauth_pop "$1/outlook.office365.com" me@example.org token-of-.office.tokens
	world_oauth_smtp "$1/smtp.gmail.com" me@gmail.com token-of-gmail "$1/server/me/sent/by-gmail"
	world_oauth_smtp "$1/smtp.office365.com" me@example.org token-of-.office.tokens \
		"$1/server/me/sent/by-office" starttls
}

world_make()
{
	world_servers "$1" && world_home "$1" || return
	(
		cd "$CERT_DIR" && exec 9>.lock && flock 9 && {
			[ -s world.pem ] || certs_issue world ca key.pem \
				"$(printf 'dns_name = %s\n' {news,pop,mail}.example.org {pop,smtp}.gmail.com \
					{outlook,smtp}.office365.com)"$'\ntls_www_server'
		}
	)
}

world_copy()
{
	cp -a "$1" "$2" && world_programs "$2"
}

# world_command WORLD FILE: a line for crontab(5) is run as cron does: by sh, in the home. Paths of the system lead
# into the world.
world_command()
{
	sed -E -e 's/^([0-9*\/,-]+ +){5}//' -e "s#(^|[ >\"'=/@])/(etc|run|usr/sbin|var/spool)(/|\)| |\$)#\1$1/\2\3#g" "$2"
}

world_run()
{
	local shell=bash code=0
	! grep -qE '^([0-9*/,-]+ +){5}' "$2" || shell='sh'
	world_command "$1" "$2" >"$1/example"
	(
		export WORLD=$1 WORLD_CERT=$CERT_DIR/world.pem HOME=$1/home TMPDIR=$1/tmp
		export REAL_MAILNET=$MAILNET PATH=$1/bin:$PATH
		export MAILNET_NNTP=nntps://news.example.org MAILNET_POP=pops://me@pop.example.org
		cd "$HOME" && exec timeout 60 "$shell" "$1/example" 3>&-
	) >"$1/stdout" 2>"$1/stderr" </dev/null || code=$?
	# shellcheck disable=SC2034 # for the caller, like the others
	status=$code output=$(<"$1/stdout") stderr=$(<"$1/stderr")
}
