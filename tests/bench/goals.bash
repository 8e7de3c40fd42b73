# shellcheck shell=bash
# goals.bash - print the goals beside the measured values; a missed goal is not an error.

# goal TEXT MEASURED: a line, if there is something measured.
goal()
{
	[[ -z $2 || $2 == *nan* ]] || printf '  %-66s %s\n' "$1" "$2"
}

# over A B: print the ratio A/B with two decimal places; empty if one is missing.
over()
{
	[ -z "$1" ] || [ -z "$2" ] || LC_ALL=C awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b }'
}

# cpu_ratio KEY [FLOOR]: mailnet's CPU against the floor's, the median of the rounds.
cpu_ratio()
{
	LC_ALL=C awk -F '\t' -v key="$1" -v floor="${2:-floor}" '
		$1 == key && $8 == "ok" && $2 == "mailnet" { m[$3] = $6 }
		$1 == key && $8 == "ok" && $2 == floor { f[$3] = $6 }
		END { for (r in m) if (f[r] > 0) print m[r] / f[r] }' "$work/results" | sort -g |
		awk '{ v[NR] = $1 } END { if (NR) printf "%.2f", v[int((NR + 1) / 2)] }'
}

# trips FAST SLOW: print how many added round trips the slow job takes longer.
trips()
{
	local fast slow
	fast=$(median "$1" mailnet 5) slow=$(median "$2" mailnet 5)
	[ -z "$fast" ] || [ -z "$slow" ] ||
		LC_ALL=C awk -v a="$fast" -v b="$slow" -v d="$DELAYED" 'BEGIN { printf "%.1f", (b - a) * 1000 / d }'
}

# best KEY: print how many times as long as mailnet the fastest other program takes.
best()
{
	local name wall least='' who='' mine
	mine=$(median "$1" mailnet 5)
	for name in mpop fetchmail getmail curl python; do
		wall=$(median "$1" $name 5)
		[ -n "$wall" ] || continue
		[ -z "$least" ] || LC_ALL=C awk -v a="$wall" -v b="$least" 'BEGIN { exit !(a < b) }' || continue
		least=$wall who=$name
	done
	[ -z "$who" ] || echo "$(over "$least" "$mine") ($who)"
}

# unpiped KEY: the same for the fastest program that does not pipeline.
unpiped()
{
	local name wall least=''
	for name in fetchmail getmail curl python; do
		wall=$(median "$1" $name 5)
		[ -z "$wall" ] || [ -n "$least" ] && LC_ALL=C awk -v a="${wall:-9e9}" -v b="${least:-9e9}" 'BEGIN { exit !(a >= b) }' || least=$wall
	done
	over "$least" "$(median "$1" mailnet 5)"
}

# peak PATTERN: print the largest memory use of mailnet in all runs whose key matches, in MB.
peak()
{
	LC_ALL=C awk -F '\t' -v key="$1" '$1 ~ key && $2 ~ /^mailnet/ && $7 > most { most = $7 } END { if (most) printf "%.1f MB", most / 1024 }' "$work/results"
}

goals()
{
	local key
	[ -s "$work/results" ] || return 0
	printf '\n  %-66s %s\n' 'Goals (at full size)' measured
	for key in nntp.over.plain nntp.over.tls; do
		goal "$key: CPU at most 1.3 times the floor" "$(cpu_ratio $key)"
	done
	goal 'nntp.over.plain: --json takes at most 3 times the CPU of text' \
		"$(over "$(median nntp.over.plain mailnet-json 6)" "$(median nntp.over.plain mailnet 6)")"
	goal 'nntp.articles: 50 ms cost less than 5 round trips' "$(trips nntp.articles.plain nntp.articles.50ms)"
	for key in pop.maildir.plain pop.maildir.tls pop.mbox.plain pop.mbox.tls pop.large.maildir.plain pop.large.mbox.plain \
		smtp.small.plain smtp.small.tls smtp.large.plain smtp.large.tls smtp.rcpts.plain; do
		goal "$key: CPU at most 1.5 times the floor" "$(cpu_ratio $key)"
	done
	for key in smtp.small.plain smtp.small.tls smtp.large.plain smtp.large.tls smtp.rcpts.plain; do
		goal "$key: CPU at most 1.5 times floor-mail" "$(cpu_ratio $key floor-mail)"
	done
	for key in pop.mbox.plain pop.mbox.tls pop.large.mbox.plain; do
		goal "$key: CPU at most 1.5 times floor-drain" "$(cpu_ratio $key floor-drain)"
	done
	for key in pop.maildir.plain pop.maildir.tls; do
		goal "$key: faster than every peer; the best takes times" "$(best $key)"
	done
	goal 'pop.maildir.50ms: mpop takes 10 times as long' \
		"$(over "$(median pop.maildir.50ms mpop 5)" "$(median pop.maildir.50ms mailnet 5)")"
	goal 'pop.maildir.50ms: those that do not pipeline take 300 times' "$(unpiped pop.maildir.50ms)"
	goal 'smtp.small: 50 ms cost at most 10 round trips' "$(trips smtp.small.plain smtp.small.50ms)"
	goal "start.store: the system's store takes at most 1.5 times as long" \
		"$(over "$(median start.store mailnet-system 5)" "$(median start.store mailnet 5)")"
	goal 'pop.journal: a million messages are read in less than 0.3 s' "$(median pop.journal mailnet 5)"
	goal 'pop.box.again: bytes of memory for each message, besides a short run' \
		"$(LC_ALL=C awk -v most="$(median pop.box.again mailnet 7)" -v least="$(median pop.large.mbox.plain mailnet 7)" \
			-v n="$SIZE_BOX" 'BEGIN { if (most && least) printf "%.0f", (most - least) * 1024 / n }')"
	for key in nntp smtp; do
		goal "$key: peak memory under 16 MB" "$(peak "^$key")"
	done
	goal 'pop.maildir, pop.mbox, pop.large: peak memory under 16 MB' "$(peak '^pop\.(maildir|mbox|large)')"
}
