# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # race.bash and its jobs speak through variables
# smtp.bash - sending: FILES to RCPTS recipients; TALK is the directory of the files that the floor sends. The server
# discards all messages.

# The recipients.
smtp_to()
{
	local n
	TO=()
	for ((n = 1; n <= RCPTS; n++)); do
		TO+=("rcpt$n@example.org")
	done
}

send_mailnet()
{
	local file
	((TLS)) && CMD=(--tls-ca "$CA_FILE" -s "smtps://localhost:$PORT") || CMD=(-s "smtp://127.0.0.1:$PORT")
	CMD=("$MAILNET" smtp "${CMD[@]}" --auth none send -f bench@example.org)
	for file in "${FILES[@]}"; do
		CMD+=(-m "$file")
	done
	smtp_to
	CMD+=("${TO[@]}")
}

# Send to a server without CHUNKING.
send_mailnet_data()
{
	send_mailnet
	CMD+=(--no-chunking)
}

send_floor()
{
	floor_tls
	CMD=("$FLOOR" "${TLS_OPTION[@]}" "$PORT" "$TALK"/*)
}

# The same with the steps that every program must do: see floor_mail.h.
send_floor_mail()
{
	floor_tls
	CMD=("$FLOOR" "${TLS_OPTION[@]}" -r "$RCPTS" "$PORT" "${FILES[@]}")
}

# smtp_few: the messages for a program that waits for each reply; $1: for one that starts a process for each message.
smtp_few()
{
	((DELAY > 0)) || [ -n "${1:-}" ] || return 0
	if ((N == 1 || SCALE > 1)); then
		return 0
	elif ((RCPTS > 1)); then
		few "$RCPTS"
		TO=("${TO[@]:0:M}")
	else
		few "$N"
	fi
}

send_msmtp()
{
	smtp_to
	smtp_few
	((DELAY == 0 && TLS == 0)) || smtp_few process
	((TLS)) && printf 'tls on\ntls_starttls off\ntls_trust_file %s\n' "$CA_FILE" >tls || echo tls off >tls
	{
		printf 'account bench\nhost %s\nport %s\nfrom bench@example.org\nauth off\n' "$( ((TLS)) && echo localhost || echo 127.0.0.1)" "$PORT"
		cat tls
	} >msmtprc
	chmod 600 msmtprc
	# shellcheck disable=SC2016 # for the shell that runs it
	smtp_each 'msmtp -C msmtprc -a bench -- $TO <"$file"'
}

# smtp_each COMMAND: COMMAND for each of the first M files, in one shell.
smtp_each()
{
	local count=$M
	((RCPTS == 1)) || count=1
	export TO_ALL="${TO[*]}"
	CMD=(sh -c "TO=\$TO_ALL; for file; do $1 || exit; done" sh "${FILES[@]:0:count}")
}

send_curl()
{
	local file count
	smtp_to
	smtp_few
	((RCPTS == 1)) && count=$M || count=1
	for file in "${FILES[@]:0:count}"; do
		((TLS)) && printf 'url = smtps://localhost:%s/bench\ncacert = %s\n' "$PORT" "$CA_FILE" || printf 'url = smtp://127.0.0.1:%s/bench\n' "$PORT"
		printf 'mail-from = bench@example.org\nupload-file = "%s"\ncrlf\n' "$file"
		printf 'mail-rcpt = %s\n' "${TO[@]}"
		echo next
	done | sed '$d' >curlrc
	CMD=(curl -q -s -S -f --noproxy '*' -K curlrc)
}

send_swaks()
{
	((RCPTS == 1)) || return 1 # it does not accept a long list of arguments
	smtp_to
	smtp_few process
	# shellcheck disable=SC2016
	if ((TLS)); then
		smtp_each "swaks --silent 2 --server localhost:$PORT --tls-on-connect --tls-ca-path '$CA_FILE'"' --helo localhost --from bench@example.org --to "$TO" --data @"$file"'
	else
		smtp_each "swaks --silent 2 --server 127.0.0.1:$PORT"' --helo localhost --from bench@example.org --to "$TO" --data @"$file"'
	fi
}

send_s_nail()
{
	local url=smtp://127.0.0.1:$PORT how=
	smtp_to
	smtp_few process
	((TLS == 0)) || url=smtps://localhost:$PORT how="-S tls-ca-file=$CA_FILE -S tls-ca-no-defaults -S tls-verify=strict"
	# shellcheck disable=SC2016
	smtp_each "s-nail -:/ -S v15-compat -S hostname=localhost -S mta=$url -S smtp-auth=none -S smtp-config=-all $how"' -S from=bench@example.org -s bench $TO <"$file"'
}

send_python()
{
	local count
	smtp_to
	smtp_few
	python_ca
	((RCPTS == 1)) && count=$M || count=1
	CMD=(/usr/bin/python3 "$here/peers.py" smtp "$PORT" "$PYTHON_CA" "$( ((RCPTS == 1)) && echo 1 || echo "$M")" "${FILES[@]:0:count}")
}

# Only the exit status is checked.
send_check()
{
	[ -n "$1" ]
}

smtp_races()
{
	local -n ports=SMALL_PORTS
	local all=(mailnet mailnet-data floor floor-mail msmtp curl swaks s-nail python) name
	JOB=send
	N=$SIZE_SMTP FILES=("${SEND[@]}") RCPTS=1 TALK=$work/talk.send
	name="$N messages of 4 KB"
	DELAY=0 TLS=0 PORT=${ports[smtp]}
	race smtp.small.plain "$name, plain" "${all[@]}"
	TLS=1 PORT=${ports[smtps]}
	race smtp.small.tls "$name, TLS" "${all[@]}"
	TLS=0 DELAY=$DELAYED PORT=${ports[smtp-slow]}
	race smtp.small.50ms "$name, plain, $DELAY ms" "${all[@]}"
	TLS=1 PORT=${ports[smtps-slow]}
	race smtp.small.tls.50ms "$name, TLS, $DELAY ms" "${all[@]}"
	N=1 FILES=("$work/large.eml") TALK=$work/talk.large
	name="one message of $SIZE_LARGE MB"
	DELAY=0 TLS=0 PORT=${ports[smtp]}
	race smtp.large.plain "$name, plain" "${all[@]}"
	TLS=1 PORT=${ports[smtps]}
	race smtp.large.tls "$name, TLS" "${all[@]}"
	TLS=0 DELAY=$DELAYED PORT=${ports[smtp-slow]}
	race smtp.large.50ms "$name, plain, $DELAY ms" mailnet floor floor-mail curl python
	N=$SIZE_RCPTS FILES=("${SEND[0]}") RCPTS=$SIZE_RCPTS TALK=$work/talk.rcpts
	name="one message to $RCPTS recipients"
	DELAY=0 PORT=${ports[smtp]}
	race smtp.rcpts.plain "$name, plain" "${all[@]}"
	DELAY=$DELAYED PORT=${ports[smtp-slow]}
	race smtp.rcpts.50ms "$name, plain, $DELAY ms" "${all[@]}"
}
