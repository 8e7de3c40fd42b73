# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # race.bash and its jobs speak through variables
# pop.bash - draining a mailbox. $DEST is "mail/" (a Maildir) or "mbox". The server keeps the mailbox as it is
# after the deletions, so that everybody finds the same; what a client remembers is new every time.

pop_server()
{
	((TLS)) && HOST=localhost || HOST=127.0.0.1
}

# Make the Maildir for programs that do not create it.
pop_maildir()
{
	[ "$DEST" != mail/ ] || mkdir -p mail/new mail/cur mail/tmp
}

# Without pipelining, measure only a few messages where round trips are long.
pop_slow()
{
	((DELAY == 0)) || few "$N"
}

drain_mailnet()
{
	pop_server
	((TLS)) && CMD=(--tls-ca "$CA_FILE" -s "pops://$HOST:$PORT") || CMD=(-s "pop://$HOST:$PORT")
	CMD=("$MAILNET" pop "${CMD[@]}" drain -d "$DEST")
}

drain_floor()
{
	floor_tls
	IN=$RUN/talk
	{
		printf 'USER bench\r\nPASS secret\r\n'
		seq -f $'RETR %.0f\r' "$N"
		seq -f $'DELE %.0f\r' "$N"
		printf 'QUIT\r\n'
	} >"$IN"
	pop_maildir
	[ "$DEST" = mail/ ] && CMD=(-d mail) || CMD=(-m mbox)
	CMD=("$FLOOR" "${TLS_OPTION[@]}" -n "$N" "${CMD[@]}" "$PORT")
}

# The same with a journal, which every program needs that must not store a message twice: see floor_journal.h.
drain_floor_drain()
{
	[ "$DEST" = mbox ] || return 1
	floor_tls
	IN=$RUN/talk
	{
		printf 'CAPA\r\nUSER bench\r\nPASS secret\r\nSTAT\r\nLIST\r\nUIDL\r\n'
		seq -f $'RETR %.0f\r' "$N"
		seq -f $'DELE %.0f\r' "$N"
		printf 'QUIT\r\n'
	} >"$IN"
	CMD=("$FLOOR" "${TLS_OPTION[@]}" -n "$N" -m mbox -j journal "$PORT")
}

drain_mpop()
{
	pop_server
	pop_maildir
	((TLS)) && printf 'tls on\ntls_starttls off\ntls_trust_file %s\n' "$CA_FILE" >tls || echo tls off >tls
	[ "$DEST" = mail/ ] && echo "delivery maildir $RUN/mail" >how || echo "delivery mbox $RUN/mbox" >how
	(umask 077 && cat - tls how >mpoprc) <<-END
		account bench
		host $HOST
		port $PORT
		user bench
		password secret
		auth user
		uidls_file $RUN/uidls
		keep off
	END
	CMD=(mpop -q -C mpoprc bench)
}

drain_fetchmail()
{
	pop_server
	pop_slow
	[ "$DEST" = mbox ] || return 1 # it does not support Maildirs
	((TLS)) && echo "ssl sslcertck sslcertfile $CA_FILE" >tls || echo "sslproto ''" >tls
	(umask 077 && cat - tls >fetchmailrc) <<-END
		poll bench via $HOST service $PORT proto pop3 no dns
		user bench password secret fetchlimit $M fetchall
	END
	GOOD='0 13' # 13: it reached its limit
	CMD=(fetchmail -s -f fetchmailrc --nosyslog --pidfile "$RUN/pid" --idfile "$RUN/ids" --bsmtp "$RUN/mbox")
}

drain_getmail()
{
	local type=SimplePOP3Retriever dest=Mboxrd user=()
	pop_server
	# It forks for each message. Sometimes it misses the end of the child and waits for minutes.
	few "$N"
	((M <= 5)) || M=5
	SCALE=$((N / M)) LIMIT=15 TRIES=4
	pop_maildir
	((TLS == 0)) || type=SimplePOP3SSLRetriever
	[ "$DEST" != mail/ ] || dest=Maildir
	[ "$DEST" = mail/ ] || : >mbox
	cat >getmailrc <<-END
		[retriever]
		type = $type
		server = $HOST
		port = $PORT
		username = bench
		password = secret
		$( ((TLS == 0)) || echo "ca_certs = $CA_FILE")
		[destination]
		type = $dest
		path = $RUN/$DEST
		[options]
		delete = true
		read_all = true
		verbose = 0
		max_messages_per_session = $M
	END
	# It does not run as root.
	[ "$EUID" -ne 0 ] || {
		chown -R nobody "$RUN"
		user=(setpriv --reuid nobody --regid nogroup --clear-groups)
	}
	CMD=("${user[@]}" getmail --getmaildir "$RUN" --rcfile "$RUN/getmailrc")
}

# It only fetches: deleting needs another run.
drain_curl()
{
	pop_server
	pop_slow
	((TLS)) && CMD=(--cacert "$CA_FILE" "pop3s://$HOST:$PORT/[1-$M]") || CMD=("pop3://$HOST:$PORT/[1-$M]")
	CMD=(curl -q -s -S -f -u bench:secret --noproxy '*' "${CMD[@]}")
	[ "$DEST" != mail/ ] || {
		mkdir mail
		CMD+=(-o 'mail/#1')
	}
}

drain_python()
{
	pop_slow
	pop_maildir
	python_ca
	CMD=(/usr/bin/python3 "$here/peers.py" pop "$PORT" "$PYTHON_CA" "$M" "$DEST")
}

drain_check()
{
	local least=$((M * ${OCTETS:-4000}))
	[ "$N" -gt 1 ] || least=$((SIZE_LARGE * 980000))
	[ "$(du -sb --exclude=home --exclude=talk "$RUN" | cut -f 1)" -ge $least ] || return 1
	[ "$DEST" != mail/ ] || [ "$(find mail -type f | wc -l)" -ge "$M" ]
}

# ---- a mailbox of very many small messages, and long journals ------------------------------------------------------

# box_world: BOX_PORT: a mailbox of SIZE_BOX small messages; EMPTY_PORT: an empty one; in $work two journals: box.known
# of the mailbox, and box.long with five records for each of its messages.
box_world()
{
	local i
	mkdir -p "$work/box/mail" "$work/empty/mail" "$work/known"
	# shellcheck disable=SC2153 # start_folder sets it
	messages "$work/box/mail" "$SIZE_BOX" 0 &&
		start_folder "$work/box" --discard --user bench --password secret --idle 7200 --pop && BOX_PORT=$POP_PORT &&
		start_folder "$work/empty" --discard --user bench --password secret --idle 7200 --pop && EMPTY_PORT=$POP_PORT &&
		(umask 077 && echo 'machine 127.0.0.1 login bench password secret' >"$work/box.netrc") || return
	for i in 1 2 3 4 5; do
		"$MAILNET" pop -s "pop://127.0.0.1:$BOX_PORT" --netrc "$work/box.netrc" -q \
			fetch --new -d "$work/known/$i" --state "$work/box.long" || return
		((i > 1)) || cp "$work/box.long" "$work/box.known"
	done
}

# box_fetch PORT JOURNAL: set $CMD to a run with a copy of this journal.
box_fetch()
{
	(umask 077 && cp "$work/$2" journal)
	CMD=("$MAILNET" pop -s "pop://127.0.0.1:$1" fetch --new -d "$work/known/1" --state journal)
}

again_mailnet() { box_fetch "$BOX_PORT" box.known; }
again_check() { [ ! -s "$RUN/err" ]; }
long_mailnet() { box_fetch "$EMPTY_PORT" box.long; }
long_check() { [ ! -s "$RUN/err" ] && cmp -s "$RUN/journal" "$work/box.long"; }

box_races()
{
	[[ "pop.box pop.box.again pop.journal" =~ ${BENCH_ONLY:-.} ]] && box_world || return 0
	JOB=drain N=$SIZE_BOX DELAY=0 TLS=0 DEST=mbox PORT=$BOX_PORT OCTETS=150
	race pop.box "$N small messages into an mbox" mailnet floor floor-drain
	JOB=again
	race pop.box.again "the same mailbox with nothing new" mailnet
	JOB=long N=$((5 * SIZE_BOX))
	race pop.journal "an empty mailbox with a journal of $N messages" mailnet
	printf '  octets of the journal for each message: %d\n' $(($(stat -c %s "$work/box.long") / N))
	unset OCTETS
}

pop_races()
{
	local -n small=SMALL_PORTS large=LARGE_PORTS
	local all=(mailnet floor floor-drain mpop fetchmail getmail curl python) dest name
	JOB=drain
	for dest in maildir mbox; do
		[ $dest = mbox ] && DEST=mbox || DEST=mail/
		N=$SIZE_POP DELAY=0 TLS=0 PORT=${small[pop]}
		name="$N messages of 4 KB into ${dest/maildir/a Maildir}"
		race pop.$dest.plain "$name, plain" "${all[@]}"
		TLS=1 PORT=${small[pops]}
		race pop.$dest.tls "$name, TLS" "${all[@]}"
		TLS=0 DELAY=$DELAYED PORT=${small[pop-slow]}
		race pop.$dest.50ms "$name, plain, $DELAY ms" "${all[@]}"
		TLS=1 PORT=${small[pops-slow]}
		[ $dest = mbox ] || race pop.$dest.tls.50ms "$name, TLS, $DELAY ms" "${all[@]}"
		N=1 DELAY=0 TLS=0 PORT=${large[pop]}
		name="one message of $SIZE_LARGE MB into ${dest/maildir/a Maildir}"
		race pop.large.$dest.plain "$name, plain" "${all[@]}"
		TLS=1 PORT=${large[pops]}
		race pop.large.$dest.tls "$name, TLS" "${all[@]}"
	done
	DEST=mail/ TLS=0 DELAY=$DELAYED PORT=${large[pop-slow]}
	race pop.large.maildir.50ms "one message of $SIZE_LARGE MB into a Maildir, plain, $DELAY ms" "${all[@]}"
	box_races
}
