#!/usr/bin/env bats
# tests/data/cve.tsv lists a test for each class of past faults of other mail and news programs.

bats_require_minimum_version 1.5.0
load lib/common

@test "cve: each class of past faults names a test that exists" {
	local program number class title count=0

	while IFS=$'\t' read -r program number class title; do
		[[ $program != '#'* ]] || continue
		[[ -n $class && $number =~ ^CVE-[0-9]{4}-[0-9]+$ ]] || fail "cve.tsv: bad line: $program $number"
		count=$((count + 1))
		[ ! -f "$top_srcdir/tests/unit/$title.c" ] || continue
		grep -qhF "@test \"$title\" {" "$top_srcdir"/tests/*.bats || fail "$number: no test \"$title\""
	done <"$top_srcdir/tests/data/cve.tsv"
	[ "$count" -ge 20 ]
}
