# Messages of a few kilobytes for the bench, the same every time: a file each.
#
#   awk -v n=COUNT -v size=OCTETS -v dir=DIR [-v group=GROUP] -f messages.awk
#
# size 0: a header and one line. With group they are articles, named by their numbers.

function line(   s) {
	s = word[int(rand() * words)]
	while (length(s) < 60)
		s = s " " word[int(rand() * words)]
	return s
}

BEGIN {
	srand(7)
	words = split("alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november" \
		" oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu and or not" \
		" wire reply window flight message article overview server client quoted", list, " ")
	for (i = 1; i <= words; i++)
		word[i - 1] = list[i]
	for (i = 1; i <= n; i++) {
		file = sprintf(group == "" ? "%s/m%06d" : "%s/%d", dir, i)
		who = word[i % words]
		text = sprintf("Path: news.example.net!not-for-mail\nFrom: %s Example <%s.%d@example.net>\n", who, who, i % 977) \
			"To: bench@example.org\n" (group == "" ? "" : "Newsgroups: " group "\n") \
			sprintf("Subject: %s%s %s and the %s of it\n", i % 3 ? "Re: " : "", line2(), who, word[i % 7]) \
			sprintf("Date: Fri, 20 Nov 2026 %02d:%02d:%02d +0000\n", i / 3600 % 24, i / 60 % 60, i % 60) \
			sprintf("Message-ID: <%d.%s.bench@news.example.net>\n", i, who) \
			(i % 3 ? sprintf("References: <%d.ref.bench@news.example.net> <%d.more.bench@news.example.org>\n", i - 1, i - 2) : "") \
			(group == "" ? "" : "Xref: news.example.net " group ":" i "\n") "\n"
		do
			text = text line() "\n"
		while (length(text) < size)
		printf "%s", text >file
		close(file)
	}
}

function line2() {
	return word[int(rand() * words)] " " word[int(rand() * words)]
}
