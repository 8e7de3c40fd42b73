# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # race.bash and its jobs speak through variables
# start.bash - short runs over TLS: with one trusted certificate or the system's store, with a session ticket or a full
# handshake.

# starts COMMAND...: set $CMD to N runs of it, one after the other.
starts()
{
	# shellcheck disable=SC2016 # of the inner shell
	CMD=(sh -c 'n=$1; shift; while [ "$n" -gt 0 ]; do "$@" || exit; n=$((n - 1)); done' sh "$N" "$@")
}

start_one()
{
	starts "$MAILNET" nntp -s "nntps://localhost:$PORT" --tls-ca "$CA_FILE" --auth none "$@" date
}

start_mailnet() { start_one --no-resume; }
start_mailnet_ticket() { start_one; }

# The system's store and the authority of the bench, in a mount namespace in place of the system's.
start_mailnet_system()
{
	local store=/etc/ssl/certs user=() hash
	[ -e $store/ca-certificates.crt ] || return 1
	[ "$EUID" -eq 0 ] || user=(-r)
	unshare -m "${user[@]}" true 2>/dev/null || return 1
	[ -d "$work/store" ] || {
		cp -rL $store "$work/store" && cat "$CA_FILE" >>"$work/store/ca-certificates.crt" || return 1
		# The name by which the authority is found: without it, all of the bundle is loaded.
		! hash=$(openssl x509 -subject_hash -noout -in "$CA_FILE" 2>/dev/null) || cp "$CA_FILE" "$work/store/$hash.0"
	}
	starts "$MAILNET" nntp -s "nntps://localhost:$PORT" --auth none --no-resume date
	# shellcheck disable=SC2016 # of the inner shell
	CMD=(unshare -m "${user[@]}" sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh "$work/store" "$store" "${CMD[@]}")
}

start_check()
{
	[ "$(wc -l <"$RUN/out")" -eq "$N" ] &&
		{ [ "$1" != mailnet-ticket ] || [ -n "$(find "$HOME/.cache" -type f)" ]; }
}

# start_world: a server that issues tickets: START_PORT, and START_SLOW_PORT through a relay.
start_world()
{
	mkdir -p "$work/start/news"
	start_folder "$work/start" --idle 7200 --cert "$CERT_FILE" --key "$KEY_FILE" --tickets --nntps &&
		START_PORT=$NNTPS_PORT && start_relay "$START_PORT" --delay "$DELAYED" --idle 7200 && START_SLOW_PORT=$RELAY_PORT
}

start_races()
{
	[[ "start.store start.ticket start.ticket.50ms" =~ ${BENCH_ONLY:-.} ]] && start_world || return 0
	JOB=start N=$SIZE_STARTS DELAY=0 PORT=$START_PORT
	race start.store "$N runs over TLS, one trusted certificate or the system's store" mailnet mailnet-system
	race start.ticket "$N runs over TLS, full handshakes or a session ticket" mailnet mailnet-ticket
	DELAY=$DELAYED PORT=$START_SLOW_PORT
	race start.ticket.50ms "$N runs over TLS, full handshakes or a session ticket, $DELAY ms" mailnet mailnet-ticket
}
