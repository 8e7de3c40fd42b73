# Print the records of a journal as in the first version of the format, without their checksums: a prepared and a
# stored record for each message. The functions are in journal.awk.

function old(kind, time, line,   f, fixed) {
	split(line, f, " ")
	fixed = unpacked(substr(line, 13, 32))
	return kind " " time " " substr(f[1], 45) " " substr(fixed, 1, 32) " " substr(fixed, 33, 16) " " \
		(f[2] == "-" ? f[2] : name_of(f[2])) " =" f[3]
}

substr($0, 12, 1) == "P" { group[++n] = $0 }
substr($0, 12, 1) == "S" { split($0, f, " "); print old("S", f[3], substr($0, 1, 11) "S" substr($0, 13, index($0, " ") - 13) " - " f[4]) }
substr($0, 12, 1) == "C" {
	for (i = 1; i <= n; i++) print old("P", substr($1, 13), group[i])
	for (i = 1; i <= n; i++) print old("S", substr($1, 13), group[i])
	n = 0
}
