/* old_journal: journals of the first version of the format, which the program reads and replaces. */
#ifndef OLD_JOURNAL_H
#define OLD_JOURNAL_H

#include <stdint.h>

#include "base/buf.h"
#include "store/u64set.h"

#define OLD_JOURNAL "mailnet-state 1\n"

/* Append a record. kind: P S V G B X; header: 32 hexadecimal digits; name: "-" if there is none; uid: encoded. */
static inline void
old_journal_add(struct buf *out, char kind, uint64_t size, const char *header, uint64_t dest,
	const char *name, const char *uid)
{
	struct buf text = {0};

	buf_addf(&text, "%c 1700000000 %llu %s %016llx %s =%s", kind, (unsigned long long)size,
		header, (unsigned long long)dest, name, uid);
	buf_addf(out, "%016llx %s\n", (unsigned long long)u64set_hash(text.data, text.len),
		text.data);
	buf_free(&text);
}

#endif
