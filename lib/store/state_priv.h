/* state_priv: the journal in memory. For state.c and state_expire.c. */
#ifndef STORE_STATE_PRIV_H
#define STORE_STATE_PRIV_H

#include "store/pending.h"
#include "store/set.h"
#include "store/state.h"
#include "store/statefile.h"

#define STATE_NONE UINT32_MAX

/* A stored record. */
struct entry {
	uint64_t key; /* record_key */
	uint64_t dest;
	uint64_t size;
	uint64_t offset;
	uint64_t name; /* set_hash of the file name, 0: none */
	int64_t time;
	int64_t gone; /* 0, or since when the server does not list it */
	unsigned char header[HDRSUM];
	uint32_t next[2]; /* in its chain of each kind */
	bool used;        /* a listed message has it, or it was added in this session */
	bool voided;      /* it does not count any more */
};

/* GONE or BACK (time 0) of a key: for the entries before it in the file. */
struct mark {
	uint64_t key;
	uint64_t offset;
	int64_t time;
};

/* Entries are found by UID and size, or by UID alone. */
enum { BY_SIZE, BY_UID };

struct state {
	struct statefile file;
	uint64_t dest;
	struct entry *entry;
	size_t count, room;
	struct pending_list pending; /* of all destinations */
	struct mark *mark;           /* while reading */
	size_t mark_count, mark_room;
	struct entry
		*voids; /* while reading: what VOIDED records withdraw, with their own offsets */
	size_t void_count, void_room;
	uint32_t
		*bucket[2]; /* heads of chains of entries; used ones leave them when they are met */
	size_t buckets;     /* a power of two */
	struct set listed;  /* keys of all that the server has */
	uint64_t records;   /* in the file */
};

#endif
