/* journal_lib: a journal in the scratch directory, and records in it, for the tests of the journal. */
#ifndef JOURNAL_LIB_H
#define JOURNAL_LIB_H

#include <stdio.h>

#include "base/err.h"
#include "base/hash.h"
#include "store/journal.h"

#include "check.h"
#include "scratch.h"

#define JOURNAL "dir/sub/journal"

static struct err e;
static struct journal_known known;

static inline struct journal *
open_it(const char *dest)
{
	struct journal *s = journal_open(JOURNAL, dest, &e);

	CHECK(s != NULL);
	if (s == NULL) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	return s;
}

static inline int
add(struct journal *s, enum journal_record_kind kind, const char *uid, uint64_t size,
	const char *name)
{
	struct journal_record r = {.size = size, .name = name, .name_len = strlen(name)};
	char encoded[JOURNAL_UID + 1];

	r.uid_len = journal_record_encode_uid(uid, strlen(uid), encoded);
	r.uid = encoded;
	memset(r.header, 7, sizeof r.header);
	return journal_add(s, kind, &r, 1, true, &e);
}

static inline bool
listed(struct journal *s, const char *uid, uint64_t size)
{
	return journal_listed(s, uid, strlen(uid), size, &known);
}

/* Fill, list and add a message whose record is prepared, with a file name as in a Maildir. */
static inline void
prepare(struct journal *s, const char *uid, uint64_t size)
{
	char name[64];

	snprintf(name, sizeof name, "0123456789abcdef.%016llx%016llx00000000",
		(unsigned long long)hash_lasting(uid, strlen(uid)), (unsigned long long)size);
	CHECK(add(s, JOURNAL_PREPARED, uid, size, name) == 0);
}

/* Add more than 64 KiB of records that do not count, so that journal_expire rewrites a small file. */
static inline void
add_obsolete(struct journal *s)
{
	static const bool stored[1000];

	for (uint64_t i = 0; i < sizeof stored / sizeof stored[0]; i++)
		prepare(s, "obsolete", i);
	CHECK(journal_settle(s, stored, &e) == 0);
}

static inline off_t
size_of(const char *path)
{
	struct stat sb;

	CHECK(stat(path, &sb) == 0);
	return sb.st_size;
}

#endif
