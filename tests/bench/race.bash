# shellcheck shell=bash
# race.bash - runs contestants side by side, measures them, prints a table for each job.
#
# A job is a function JOB_NAME for each contestant NAME. It is called in an empty directory of its own,
# $RUN, with $HOME in it, and fills CMD (and IN, SCALE); it fails if NAME cannot do this job. JOB_check
# fails after the run if the job was not done completely.

# heading: print the machine and the versions.
heading()
{
	local name
	echo "mailnet beside other programs: $("$MAILNET" --version | head -n 1), $(nproc) processors, $ROUNDS rounds"
	for name in mpop fetchmail getmail msmtp curl swaks s-nail slrnpull suck python3; do
		command -v "$name" >/dev/null || echo "not installed: $name (tests/bench/install-peers)"
	done
	echo 'wall, CPU (user and system, children too): seconds, median. xM: wall time against mailnet. xF: CPU against the floor.'
	echo 'MB: the largest process. "*K": run with a K-th of the messages, times multiplied.'
}

installed()
{
	case $1 in
	floor* | mailnet*) true ;;
	python) command -v python3 >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# few COUNT: set M to the part of COUNT messages that a slow contestant gets, and SCALE to the factor.
few()
{
	M=$(($1 / FEW))
	((M >= 5)) || M=5
	((M < $1)) || M=$1
	SCALE=$(($1 / M))
}

# attempt NAME: run and measure one contestant once; fail if it cannot do this job.
attempt()
{
	RUN=$work/run SCALE=1 IN=/dev/null CMD=() M=$N LIMIT=600 GOOD=0
	rm -rf "$RUN" && mkdir -p "$RUN/home" && cd "$RUN" || return 1
	export HOME=$RUN/home
	(umask 077 && printf 'machine %s login bench password secret\n' localhost 127.0.0.1 >"$HOME/.netrc")
	"${JOB}_${1//[^a-z0-9]/_}" || return 1
	: >"$work/measured"
	"$MEASURE" $LIMIT "$work/measured" "${CMD[@]}" <"$IN" >"$RUN/out" 2>"$RUN/err"
	read -r wall cpu peak status <"$work/measured" || return 1
	[[ " $GOOD " == *" $status "* ]] || return 0
	status=0
	"${JOB}_check" "$1" || status=incomplete
}

# put_aside: move a run's files away instead of removing them: for minutes after a removal of many files, ext4
# searches them again for each new file, which would slow down the next contestants.
put_aside()
{
	if [ "$(find "$RUN" -type f | head -n 101 | wc -l)" -gt 100 ]; then
		mv "$RUN" "$(mktemp -d "$work/aside.XXXXXX")"
	else
		rm -rf "$RUN"
	fi
}

# contest KEY ROUND NAME: the same, and record the result; fail if the contestant must not run again.
contest()
{
	local key=$1 round=$2 name=$3 wall cpu peak status state=ok try=0
	TRIES=1
	until [ "${status:-}" = 0 ] || ((try++ >= TRIES)); do
		attempt "$name" || return 1
	done
	if [ "$status" != 0 ]; then
		state=failed
		echo "  $name failed ($status): $(tail -n 1 "$RUN/err")"
	fi
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$key" "$name" "$round" "$SCALE" "$wall" "$cpu" "$peak" "$state" >>"$work/results"
	put_aside
	[ $state = ok ] && LC_ALL=C awk -v w="$wall" -v p="$PATIENCE" 'BEGIN { exit w > p }'
}

# race KEY TITLE NAME...: run all contestants in several rounds, in alternating order; then print the table.
race()
{
	local key=$1 title=$2 round name order=() run=()
	shift 2
	[[ $key =~ ${BENCH_ONLY:-.} ]] || return 0
	printf '\n%s (%s)\n' "$title" "$key"
	for name; do
		[[ ! $name =~ ${BENCH_WHO:-.} ]] || ! installed "$name" || run+=("$name")
	done
	for ((round = 1; round <= ROUNDS; round++)); do
		order=("${run[@]}") run=()
		for name in "${order[@]}"; do
			# Reverse the order for the next round. A contestant that failed or is slow does not run
			# again.
			! contest "$key" "$round" "$name" || run=("$name" "${run[@]}")
		done
	done
	table "$key" "$@"
}

# table KEY NAME...: print the results of race, in the order of NAMEs.
table()
{
	LC_ALL=C awk -F '\t' -v key="$1" -v names="${*:2}" -f "$here/table.awk" "$work/results"
}

# median KEY NAME COLUMN: print the median of the results (5 wall, 6 CPU, 7 peak), scaled; empty if there are none.
median()
{
	LC_ALL=C awk -F '\t' -v key="$1" -v name="$2" -v col="$3" '
		$1 == key && $2 == name && $8 == "ok" { print $col * (col == 7 ? 1 : $4) }' "$work/results" |
		sort -g | awk '{ v[NR] = $1 } END { if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
