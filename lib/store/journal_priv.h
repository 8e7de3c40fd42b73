/* journal_priv: a journal in memory, for journal.c and journal_rewrite.c. */
#ifndef STORE_JOURNAL_PRIV_H
#define STORE_JOURNAL_PRIV_H

#include "store/journal.h"
#include "store/journal_file.h"
#include "store/pending.h"
#include "store/u64set.h"

enum entry_state {
	ENTRY_PREPARED,
	ENTRY_STORED, /* no message that was listed has used it */
	ENTRY_USED, /* stored, and a listed message has used it, or it was added in this session */
	ENTRY_OVER, /* it does not count: void, voided, or replaced by another record */
};

/* A record of a message. */
struct entry {
	uint64_t key; /* journal_record_key */
	uint64_t dest;
	uint64_t size;
	uint64_t offset;
	uint64_t name; /* journal_name_id, 0: none */
	union {
		int64_t time; /* when it was stored, seconds since 1970 */
		uint64_t sum; /* ENTRY_PREPARED: the checksum of its record */
	};
	unsigned char header[HEADER_DIGEST];
	uint32_t next
		[2]; /* the next entry in the chain of each kind; BY_SIZE: its hash, until it is in a chain */
	int64_t gone : 60; /* time_t since when the server has not listed the message; 0: it lists the message */
	uint64_t state : 4; /* enum entry_state */
};

/* Entries are found by UID and size, or by UID alone. */
enum { BY_SIZE, BY_UID };

struct journal {
	struct journal_file file;
	uint64_t dest, marks; /* digests of the destination, and of JOURNAL_MARKS */
	struct entry *entry;  /* in the order of the file */
	size_t count, room;
	size_t prepared; /* entries in this state */
	size_t marked;   /* entries whose destination is JOURNAL_MARKS */
	uint64_t group; /* offset of the first prepared record of the group that is open; 0: none */
	struct pending_list old; /* while a file of the first version is read */
	struct mark *mark;       /* while reading */
	size_t mark_count, mark_room;
	struct entry
		*voids; /* while reading: what VOIDED records withdraw, with their own offsets */
	size_t void_count, void_room;
	uint32_t *bucket
		[2]; /* heads of chains of entries; used ones leave them when they are met; NULL: not made yet */
	size_t buckets;       /* a power of two */
	struct u64set listed; /* keys of all that the server has */
};

void journal_set_state(struct journal *s, struct entry *en, enum entry_state state);

/*
 * The prepared messages to which a COMMIT or VOID at this offset refers get this state. false: they are not those for
 * which it was written, so that it does not count.
 */
bool journal_settle_range(
	struct journal *s, const struct journal_record *r, uint64_t offset, enum entry_state state);

/* Put an entry into the chains that are made already. */
void journal_chain(struct journal *s, size_t i);

/* Forget everything that was read. */
void journal_clear(struct journal *s);

/*
 * Replace the file durably by one with the records that still count at this time, in the format of this version. The
 * entries are those of the old file. EX_IOERR, EX_CANTCREAT: the old file stays and is valid.
 */
int journal_rewrite(struct journal *s, time_t now, struct err *e);

#endif
