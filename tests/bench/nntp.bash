# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # race.bash and its jobs speak through variables
# nntp.bash - fetching overviews, and articles.

# The server of this race as mailnet names it.
nntp_url()
{
	if ((TLS)); then
		URL=(-s "nntps://localhost:$PORT" --tls-ca "$CA_FILE" --auth none)
	else
		URL=(-s "nntp://127.0.0.1:$PORT" --auth none)
	fi
}

floor_tls()
{
	((TLS)) && TLS_OPTION=(-t "$CA_FILE") || TLS_OPTION=()
}

over_mailnet()
{
	nntp_url
	CMD=("$MAILNET" nntp "${URL[@]}" --compress off over bench.over "1-$N" "$@")
}
over_mailnet_compressed()
{
	nntp_url
	CMD=("$MAILNET" nntp "${URL[@]}" --compress on over bench.over "1-$N")
}
over_mailnet_json() { over_mailnet --json; }
over_mailnet_fields() { over_mailnet -F number,subject,from; }

over_floor()
{
	floor_tls
	IN=$RUN/talk
	printf 'GROUP bench.over\r\nOVER 1-%d\r\nQUIT\r\n' "$N" >"$IN"
	CMD=("$FLOOR" "${TLS_OPTION[@]}" "$PORT")
}

python_ca()
{
	((TLS)) && PYTHON_CA=$CA_FILE || PYTHON_CA=-
}

over_python()
{
	python_ca
	CMD=(/usr/bin/python3 "$here/peers.py" over "$PORT" "$PYTHON_CA" "$N")
}

over_check()
{
	[ "$(wc -l <"$RUN/out")" -ge "$M" ]
}

articles_mailnet()
{
	nntp_url
	CMD=("$MAILNET" nntp "${URL[@]}" --compress "${1:-off}" article bench.articles "1-$N")
}
articles_mailnet_auto() { articles_mailnet auto; }

articles_floor()
{
	floor_tls
	IN=$RUN/talk
	{
		printf 'GROUP bench.articles\r\n'
		seq -f $'ARTICLE %.0f\r' "$N"
		printf 'QUIT\r\n'
	} >"$IN"
	CMD=("$FLOOR" "${TLS_OPTION[@]}" "$PORT")
}

articles_python()
{
	((DELAY == 0)) || few "$N"
	python_ca
	CMD=(/usr/bin/python3 "$here/peers.py" articles "$PORT" "$PYTHON_CA" "$M")
}

# suck and slrnpull start from a number in the group. In Debian neither supports TLS.
articles_suck()
{
	((TLS == 0)) || return 1
	((DELAY == 0)) || few "$N"
	mkdir data msgs temp
	printf 'bench.articles %d\n' $((N - M)) >data/sucknewsrc
	CMD=(suck 127.0.0.1 -N "$PORT" -m -c -q -dd data -dm msgs -dt temp)
}

articles_slrnpull()
{
	((TLS == 0)) || return 1
	((DELAY == 0)) || few "$N"
	mkdir -p spool/out.going spool/data
	printf 'bench.articles %d\n' "$M" >spool/slrnpull.conf
	CMD=(env NNTPSERVER="127.0.0.1:$PORT" slrnpull -d "$RUN/spool" -h "127.0.0.1:$PORT" --no-post)
}

articles_check()
{
	[ "$(du -sb --exclude=home --exclude=talk "$RUN" | cut -f 1)" -ge $((M * 4000)) ]
}

# Small articles, named by a range or one by one on stdin.
select_mailnet()
{
	nntp_url
	CMD=("$MAILNET" nntp "${URL[@]}" --compress off article bench.over "1-$N")
}
select_mailnet_stdin()
{
	nntp_url
	IN=$RUN/talk
	seq "$N" >"$IN"
	CMD=("$MAILNET" nntp "${URL[@]}" --compress off article bench.over -)
}

select_floor()
{
	articles_floor
	sed -i 's/^GROUP .*/GROUP bench.over\r/' "$IN"
}

select_check()
{
	[ "$(grep -c '^Message-ID: ' "$RUN/out")" -ge "$M" ]
}

# ---- many groups, each with ten articles of 4 KB or without news ----------------------------------------------------

# group_lines FORMAT: a line for each of M groups; GROUP in it is the name.
group_lines()
{
	seq -f 'bench.g%03.0f' "$M" | sed "s|.*|$1|"
}

groups_mailnet()
{
	nntp_url
	mkdir News
	group_lines "&: $READ" >newsrc
	CMD=("$MAILNET" nntp "${URL[@]}" --compress off fetch -d News/%g/ --newsrc newsrc)
}

# A fetch line for each group, as scripts did before.
groups_mailnet_batch()
{
	groups_mailnet
	IN=$RUN/talk
	group_lines 'fetch -d News/&/ --newsrc newsrc &' >"$IN"
	CMD=("$MAILNET" nntp "${URL[@]}" --compress off -b -)
}

groups_floor()
{
	IN=$RUN/talk
	{
		group_lines 'GROUP &\r'
		[ -n "$READ" ] || group_lines "GROUP &\r\n$(seq -s '\r\n' -f 'ARTICLE %.0f' 10)\r"
		printf 'QUIT\r\n'
	} >"$IN"
	CMD=("$FLOOR" "$PORT")
}

groups_suck()
{
	((DELAY == 0)) || few "$N"
	mkdir data msgs temp
	group_lines "& ${READ:+10}" | sed 's/ $/ 0/' >data/sucknewsrc
	GOOD='0 1' # 1: no new articles
	CMD=(suck 127.0.0.1 -N "$PORT" -m -c -q -dd data -dm msgs -dt temp)
}

groups_check()
{
	[ -n "$READ" ] || [ "$(grep -rc '^Message-ID: ' News msgs out 2>/dev/null | awk -F : '{ n += $2 } END { print n }')" -ge $((M * 10)) ]
}

# Octets on the wire with and without compression.
nntp_ratio()
{
	local how octets=()
	[[ nntp.over =~ ${BENCH_ONLY:-.} ]] || return 0
	for how in off on; do
		start_relay "${SMALL_PORTS[nntp]}" --idle 60 || return
		"$MAILNET" nntp -s "nntp://127.0.0.1:$RELAY_PORT" --auth none --compress $how \
			over bench.over "1-$SIZE_OVER" >/dev/null
		octets+=("$(wait_for_octets)")
	done
	printf '  octets received: %s plain, %s compressed\n' "${octets[@]}"
}

wait_for_octets()
{
	local try
	for ((try = 0; try < 200; try++)); do
		awk '/^up|[ ]up / { for (i = 1; i < NF; i++) if ($i == "down") { print $(i + 1); found = 1 } } END { exit !found }' "$RELAY_LOG" && return
		sleep 0.02
	done
	echo '?'
}

# ---- overview lines as a commercial server sends them: made before, as plain lines and compressed ------------------

# lines_world: the lines in $work/lines and $work/lines.gz, and a server of each: LINES_PORT, LINES_GZIP_PORT.
lines_world()
{
	"$MAILNET" nntp -s "nntp://127.0.0.1:${SMALL_PORTS[nntp]}" --auth none --compress off over bench.over "1-$SIZE_OVER" |
		LC_ALL=C awk -v n="$SIZE_LINES" '
			{ line[NR] = substr($0, index($0, "\t")) }
			END { for (i = 1; i <= n; i++) printf "%d%s\r\n", i, line[(i - 1) % NR + 1] }' >"$work/lines" &&
		gzip -kn "$work/lines" || return
	lines_server '' "$work/lines" && LINES_PORT=$PORT &&
		lines_server ' [COMPRESS=GZIP]' "$work/lines.gz" && LINES_GZIP_PORT=$PORT
}

# lines_server MARK FILE: $PORT answers OVER with this file, compressed if there is a mark.
lines_server()
{
	start_script --idle 7200 <<-END
		=== *
		mayclose
		S: 200 ready
		${1:+C: CAPABILITIES}
		${1:+S: 101 list}
		${1:+S: XFEATURE-COMPRESS GZIP}
		${1:+S: .}
		${1:+C: XFEATURE COMPRESS GZIP}
		${1:+S: 290 feature enabled}
		C: GROUP bench.over
		S: 211 $SIZE_LINES 1 $SIZE_LINES bench.over
		C: OVER 1-$SIZE_LINES
		C: QUIT
		S: 224 overview$1
		sendfile $2
		S: .
		S: 205 bye
	END
}

lines_mailnet()
{
	CMD=("$MAILNET" nntp -s "nntp://127.0.0.1:$LINES_PORT" --auth none --compress off over bench.over "1-$N")
}
lines_mailnet_gzip()
{
	CMD=("$MAILNET" nntp -s "nntp://127.0.0.1:$LINES_GZIP_PORT" --auth none --compress on over bench.over "1-$N")
}

lines_floor()
{
	IN=$RUN/talk
	printf 'GROUP bench.over\r\nOVER 1-%d\r\nQUIT\r\n' "$N" >"$IN"
	CMD=("$FLOOR" "$LINES_PORT")
}

lines_check() { over_check; }

lines_race()
{
	[[ nntp.lines =~ ${BENCH_ONLY:-.} ]] && lines_world || return 0
	JOB=lines N=$SIZE_LINES DELAY=0
	race nntp.lines "$N overviews, plain and by XFEATURE COMPRESS GZIP" mailnet mailnet-gzip floor
	printf '  octets received: %s plain, %s compressed\n' "$(stat -c %s "$work/lines")" "$(stat -c %s "$work/lines.gz")"
}

nntp_races()
{
	JOB=over N=$SIZE_OVER DELAY=0 TLS=0 PORT=${SMALL_PORTS[nntp]-}
	race nntp.over.plain "$N overviews, plain" mailnet mailnet-compressed mailnet-json mailnet-fields floor python
	nntp_ratio
	TLS=1 PORT=${SMALL_PORTS[nntps]-}
	race nntp.over.tls "$N overviews, TLS" mailnet mailnet-compressed floor python
	TLS=0 DELAY=$DELAYED PORT=${SMALL_PORTS[nntp-slow]-}
	race nntp.over.50ms "$N overviews, plain, $DELAY ms" mailnet floor python
	JOB=articles N=$SIZE_ARTICLES DELAY=0 PORT=${SMALL_PORTS[nntp]-}
	race nntp.articles.plain "$N articles of 4 KB, plain" mailnet mailnet-auto floor python suck slrnpull
	TLS=1 PORT=${SMALL_PORTS[nntps]-}
	race nntp.articles.tls "$N articles of 4 KB, TLS" mailnet mailnet-auto floor python
	TLS=0 DELAY=$DELAYED PORT=${SMALL_PORTS[nntp-slow]-}
	race nntp.articles.50ms "$N articles of 4 KB, plain, $DELAY ms" mailnet mailnet-auto floor python suck slrnpull
	JOB=select N=$((SIZE_OVER / 2)) DELAY=0 PORT=${SMALL_PORTS[nntp]-}
	race nntp.select.plain "$N small articles, by a range or through '-'" mailnet mailnet-stdin floor
	DELAY=$DELAYED PORT=${SMALL_PORTS[nntp-slow]-}
	race nntp.select.50ms "$N small articles, by a range or through '-', $DELAY ms" mailnet mailnet-stdin floor
	lines_race
	JOB=groups N=$GROUPS_COUNT READ=1-10 DELAY=$DELAYED PORT=${SMALL_PORTS[nntp-slow]-}
	race nntp.groups.idle.50ms "$N groups without news, $DELAY ms" mailnet mailnet-batch floor suck
	READ=
	race nntp.groups.50ms "$N groups, 10 articles of 4 KB each, into Maildirs, $DELAY ms" mailnet mailnet-batch floor suck
	DELAY=0 PORT=${SMALL_PORTS[nntp]-}
	race nntp.groups.plain "$N groups, 10 articles of 4 KB each, into Maildirs" mailnet mailnet-batch floor suck
}
