# The table of one job. Ratios are medians of the ratios of single rounds; a contestant that ran in
# fewer rounds is compared in those.

function middle(s,   v, n, i, k, t) {
	n = split(s, v, " ")
	for (i = 2; i <= n; i++)
		for (k = i; k > 1 && v[k - 1] + 0 > v[k] + 0; k--) {
			t = v[k]
			v[k] = v[k - 1]
			v[k - 1] = t
		}
	return n == 0 ? "" : n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

$1 == key && $8 == "ok" {
	seen[$2] = 1
	scale[$2] = $4
	wall[$2, $3] = $5 * $4
	cpu[$2, $3] = $6 * $4
	walls[$2] = walls[$2] " " $5 * $4
	cpus[$2] = cpus[$2] " " $6 * $4
	peaks[$2] = peaks[$2] " " $7
	if ($3 > rounds)
		rounds = $3
}

END {
	n = split(names, name, " ")
	printf "  %-20s %9s %7s %9s %7s %7s\n", "", "wall", "xM", "CPU", "xF", "MB"
	for (i = 1; i <= n; i++) {
		c = name[i]
		if (!seen[c])
			continue
		xm = xf = ""
		for (r = 1; r <= rounds; r++) {
			if (wall[c, r] > 0 && wall["mailnet", r] > 0)
				xm = xm " " wall[c, r] / wall["mailnet", r]
			if (cpu[c, r] > 0 && cpu["floor", r] > 0)
				xf = xf " " cpu[c, r] / cpu["floor", r]
		}
		line = sprintf("  %-20s %9.3f %7s", c, middle(walls[c]), xm == "" ? "-" : sprintf("%.2f", middle(xm)))
		line = line sprintf(" %9.3f %7s", middle(cpus[c]), xf == "" ? "-" : sprintf("%.2f", middle(xf)))
		line = line sprintf(" %7.1f", middle(peaks[c]) / 1024)
		print line (scale[c] > 1 ? "  *" scale[c] : "")
	}
}
