/*
 * pending: the journal's PREPARED records without an end (STORED or VOID), found by file name and destination in
 * constant time. For journal.c.
 */
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

/* What identifies a prepared message: digests (u64set_hash) of its file name and of its destination. */
struct pending_id {
	uint64_t name, dest;
};

struct pending {
	struct pending_id id;
	uint64_t offset; /* of the latest PREPARED record in the journal, in bytes */
	bool ended;      /* skip this entry; it is removed when the list would grow */
};

/* `struct pending_list l = {0};` is empty. Entries stand in the order of the journal. */
struct pending_list {
	struct pending *entry;
	size_t count, room; /* entries, including ended ones; allocated entries */
	size_t live;        /* entries that have not ended */
	struct hash ids;    /* from a pending_id to an index in entry */
};

/* Add an entry. If the id is pending already, only its offset changes. May move all entries. */
void pending_add(struct pending_list *l, const struct pending_id *id, uint64_t offset);

/* End the entry with this id, if there is one. No entry moves. */
void pending_end(struct pending_list *l, const struct pending_id *id);

/* Free all entries; the list is empty then. */
void pending_free(struct pending_list *l);

#endif
