# Read a trace (strace -f -y) of an undisturbed drain and see that what can be lost with the power is
# never relied upon: each file is synced before it is recorded as prepared, that record before the
# file is moved into sight, that move before the record of it, and that record, and every name on the
# way, before the first DELE.

function bad(what) { print "line " NR ": " what; failed = 1 }

# The path of the descriptor that is the call's first argument.
function path_of(line) {
	if (!match(line, /^[a-z0-9]+\([0-9]+<[^>]*>/)) return ""
	line = substr(line, RSTART, RLENGTH)
	sub(/^[^<]*</, "", line)
	sub(/>.*/, "", line)
	return line
}

function base(path) { sub(/.*\//, "", path); return path }
function parent(path) { return path ~ /\// ? substr(path, 1, length(path) - length(base(path)) - 1) : "." }

# The n-th quoted word.
function word(line, n,   parts) { split(line, parts, "\""); return parts[n * 2] }

{ sub(/^[0-9]+ +/, "") }
/ = -1 / { next }
/unfinished|resumed/ { next }

# A new file has its final name, or a random one, which is shorter.
/^openat\(.*\/tmp>, "[0-9a-f]+\.[0-9a-f]+", .*O_CREAT/ {
	dirty_tmp = 1
	files += length(word($0, 1)) > 50
	next
}
/^write\([0-9]+<.*\/tmp\// { unsynced[base(path_of($0))] = 1; next }
/^(rename(at|at2)?|linkat)\(.*\/tmp>.*\/tmp>/ {
	from = word($0, 1); to = word($0, 2)
	if (from in unsynced) { delete unsynced[from]; unsynced[to] = 1 }
	dirty_tmp = 1
	files++
	next
}
/^syncfs/ { for (name in unsynced) delete unsynced[name]; next }
/^f(data)?sync/ {
	path = path_of($0)
	if (path ~ /\/tmp$/) dirty_tmp = 0
	else if (path ~ /\/new$/) dirty_new = 0
	else if (path ~ /\/journal$/) dirty_journal = 0
	delete unsynced[base(path)]
	if (path == cwd) delete dirty_dir["."]
	sub(/.*\//, "", path)
	delete dirty_dir[path]
	next
}
/^pwrite64\(.*\/journal>/ {
	n = split(word($0, 1), line, "\\\\n")
	for (i = 1; i <= n; i++) {
		kind = substr(line[i], 12, 1)
		if (kind == "P") {
			split(line[i], f, " ")
			name = name_of(f[2])
			if (name in unsynced) bad(name " is recorded as prepared before it is synced")
			if (dirty_tmp) bad("tmp/ is not synced before a record of what is in it")
			prepared[name] = 1
			group[++grouped] = name
		} else if (kind == "C") {
			if (dirty_new) bad("new/ is not synced before a record of what is in it")
			for (; grouped > 0; grouped--) {
				if (!(group[grouped] in shown)) bad(group[grouped] " is recorded as stored before it is")
				recorded++
			}
		} else if (line[i] != "") bad("a record that does not belong into a drain: " line[i])
	}
	dirty_journal = 1
	next
}
/^(rename(at|at2)?|linkat)\(.*\/tmp>.*\/new>/ {
	if (dirty_journal) bad("the journal is not synced before a file appears")
	if (!(word($0, 1) in prepared)) bad(word($0, 1) " appears without a record")
	shown[word($0, 2)] = 1
	dirty_new = 1
	next
}
/^mkdir\(/ { dirty_dir[base(parent(word($0, 1)))] = 1; next }
/^rename(at2)?\(/ { dirty_dir[base(parent(word($0, 2)))] = 1; next }
/^sendto\(.*"DELE / {
	deleted = 1
	if (dirty_journal) bad("DELE before the journal is synced")
	for (dir in dirty_dir) bad("DELE before " dir " is synced")
	if (recorded < files) bad("DELE before all is recorded")
	if (files == 0) bad("no file was seen")
	next
}
END {
	if (!deleted) bad("no DELE was seen")
	print files " files, " recorded + 0 " records before the first DELE: " (failed ? "NOT " : "") "in order"
	exit failed
}
