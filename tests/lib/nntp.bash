# shellcheck shell=bash
# nntp.bash - functions shared by the nntp tests against the project's own server. Load it after common and server.

# Options of every run of nntp in a file.
nntp_options=()

# nntp ARG...: run mailnet nntp at the server of this test, stdout and stderr apart.
nntp()
{
	run --separate-stderr mailnet nntp -s "nntp://127.0.0.1:$PORT" --timeout 20 "${nntp_options[@]}" "$@"
}

# start_news [OPTION...]: an honest server of box/news on $PORT.
start_news()
{
	start_folder box --nntp "$@"
	PORT=$NNTP_PORT
}

# rounds N: the last run, with -v, needed N round trips.
rounds()
{
	assert_equal "${stderr_lines[-1]}" "* $1 round trips"
}

# articles NUMBER...: print the steps that reply to ARTICLE with these.
articles()
{
	local i
	for i; do
		printf '%s\n' "S: 220 $i <$i@x>" "S: Subject: $i" 'S: ' "S: body $i" 'S: .'
	done
}

# line NUMBER: print the overview line of article NUMBER.
line()
{
	printf '%s\tsubject %s\tme@example.org\tFri, 20 Nov 2026 10:00:00 +0000\t<%s@x>\t\t100\t3' "$1" "$1" "$1"
}
