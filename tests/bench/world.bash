# shellcheck shell=bash
# world.bash - the bench's servers: folders of messages, the test servers, relays that add latency.

# Print a message of SIZE_LARGE million octets, such as one with an attachment.
large_message()
{
	printf 'From: bench@example.org\nTo: rcpt1@example.org\nSubject: large\n'
	printf 'Date: Fri, 20 Nov 2026 12:00:00 +0000\nMessage-ID: <large.bench@example.org>\n\n'
	head -c $((SIZE_LARGE * 57000000 / 78)) /dev/urandom | base64 -w 76
}

# messages DIR COUNT SIZE [GROUP]
messages()
{
	mkdir -p "$1" &&
		LC_ALL=C awk -v dir="$1" -v n="$2" -v size="$3" -v group="${4:-}" -f "$here/messages.awk"
}

# serve VAR DIR DOOR...: a folder server; each DOOR's port is in VAR[DOOR], through a relay in VAR[DOOR-slow].
# shellcheck disable=SC2034,SC2004 # a reference to an associative array
serve()
{
	local -n ports=$1
	local dir=$2 door name
	shift 2
	start_folder "$dir" --discard --user bench --password secret --idle 7200 \
		--cert "$CERT_FILE" --key "$KEY_FILE" "${@/#/--}" || return 1
	for door; do
		name=${door^^}_PORT
		ports[$door]=${!name}
		start_relay "${!name}" --delay "$DELAYED" --idle 7200 || return 1
		ports[$door-slow]=$RELAY_PORT
	done
}

# smtp_conversation DIR RCPTS FILE...: write the commands and data that the floor sends, a file for each message.
smtp_conversation()
{
	mkdir -p "$1" || return 1
	LC_ALL=C awk -v dir="$1" -v rcpts="$2" '
		function flush(last) {
			if (text == "")
				return
			talk = (count++ ? "" : "EHLO localhost\r\n") "MAIL FROM:<bench@example.org> SIZE=" length(text) "\r\n"
			for (i = 1; i <= rcpts; i++)
				talk = talk "RCPT TO:<rcpt" i "@example.org>\r\n"
			talk = talk "BDAT " length(text) " LAST\r\n" text (last ? "QUIT\r\n" : "")
			file = sprintf("%s/%06d", dir, count)
			printf "%s", talk >file
			close(file)
			text = ""
		}
		FNR == 1 { flush(0) }
		{ text = text $0 "\r\n" }
		END { flush(1) }' "${@:3}"
}

# The same for a large message, without holding it in memory.
large_conversation()
{
	local octets
	octets=$(($(wc -c <"$1") + $(wc -l <"$1")))
	printf 'EHLO localhost\r\nMAIL FROM:<bench@example.org>\r\nRCPT TO:<rcpt1@example.org>\r\nBDAT %d LAST\r\n' $octets
	sed 's/$/\r/' "$1"
	printf 'QUIT\r\n'
}

# shellcheck disable=SC2034 # for the jobs
declare -A SMALL_PORTS LARGE_PORTS

wants()
{
	[[ -z ${BENCH_ONLY:-} || $BENCH_ONLY == *$1* || ! $BENCH_ONLY =~ nntp|pop|smtp|start ]]
}

# Make everything that the jobs need, in $work.
world_make()
{
	local group
	certs_make || return 1
	chmod 755 "$CERT_DIR" && chmod 644 "$CA_FILE"
	mkdir -p "$work/small/news" "$work/small/mail" "$work/large/mail"
	cd "$work" || return 1
	if wants nntp; then
		messages small/news/bench.over "$SIZE_OVER" 0 bench.over || return 1
		messages small/news/bench.articles "$SIZE_ARTICLES" 4096 bench.articles || return 1
		for group in $(seq -f 'bench.g%03.0f' "$GROUPS_COUNT"); do
			messages "small/news/$group" 10 4096 "$group" || return 1
			# suck does not fetch a message-id twice.
			sed -i "s/^Message-ID: </&$group./" "small/news/$group"/* || return 1
		done
	fi
	! wants pop || messages small/mail "$SIZE_POP" 4096 || return 1
	messages send "$SIZE_SMTP" 4096 || return 1
	# Copy the file in large pieces: a file that was written in small ones takes a third longer to read from the
	# page cache.
	large_message >large.lf && cp large.lf large.eml && rm large.lf || return 1
	ln large.eml large/mail/large.eml
	SEND=("$work"/send/*)
	smtp_conversation "$work/talk.send" 1 "${SEND[@]}" || return 1
	smtp_conversation "$work/talk.rcpts" "$SIZE_RCPTS" "${SEND[0]}" || return 1
	mkdir talk.large && large_conversation large.eml >talk.large/1 || return 1
	serve SMALL_PORTS "$work/small" nntp nntps pop pops smtp smtps &&
		serve LARGE_PORTS "$work/large" pop pops
}
