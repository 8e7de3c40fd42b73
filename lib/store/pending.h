/*
 * pending: the PREPARED records without an end (STORED or VOID) of a journal of the first version, found by file name
 * and destination in constant time. For journal.c.
 */
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

/* What identifies a prepared message: journal_name_id of its file name, and the digest of its destination. */
struct pending_id {
	uint64_t name, dest;
};

struct pending {
	struct pending_id id;
	uint32_t at; /* the caller's index of the latest PREPARED record */
	bool ended;  /* skip this entry; it is removed when the list would grow */
};

/* `struct pending_list l = {0};` is empty. Entries stand in the order of the journal. */
struct pending_list {
	struct pending *entry;
	size_t count, room; /* entries, including ended ones; allocated entries */
	size_t live;        /* entries that have not ended */
	struct hash ids;    /* from a pending_id to its place in entry */
};

/* Add an entry. If the id is pending already, only its index changes: returns the old one, else HASH_NONE. */
uint32_t pending_add(struct pending_list *l, const struct pending_id *id, uint32_t at);

/* End the entry with this id: returns its index, or HASH_NONE if there is none. */
uint32_t pending_end(struct pending_list *l, const struct pending_id *id);

/* Free all entries; the list is empty then. */
void pending_free(struct pending_list *l);

#endif
