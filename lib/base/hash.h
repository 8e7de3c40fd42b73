/*
 * hash: one keyed hash and one table, for everything that outsiders fill: addresses, unique-ids,
 * groups, message-ids.
 *
 * The key comes from the system's random source, once a run: a sender or server cannot choose names
 * that collide. Hashes differ from run to run and never go into a file.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4 of n octets under the run's key; of one number (already a digest, for example). */
uint64_t hash_octets(const void *p, size_t n);
uint64_t hash_number(uint64_t v);

/* The same under a given key of 16 octets (Aumasson and Bernstein, 2012). */
uint64_t hash_under(const unsigned char key[16], const void *p, size_t n);

#define HASH_NONE UINT32_MAX

/*
 * From a name (octets) to an index in an array of the caller, who keeps the names. 8 bytes a slot, two to
 * four slots an entry. `struct hash h = {0};` is empty.
 */
struct hash {
	struct hash_slot *slot;
	size_t used, cap; /* cap is 0 or a power of two */
};

/* Is the name of the caller's entry `index` these n octets? */
typedef bool hash_same(const void *ctx, uint32_t index, const char *name, size_t n);

/* The index that was put under this name, or HASH_NONE. */
uint32_t hash_get(
	const struct hash *h, const char *name, size_t n, hash_same *same, const void *ctx);

/*
 * Put index (below HASH_NONE) under this name, unless the name is there: the index that is there, or
 * HASH_NONE if the name was new. The entry need not be in the caller's array yet.
 */
uint32_t hash_put(struct hash *h, const char *name, size_t n, uint32_t index, hash_same *same,
	const void *ctx);

/* Free all; the table is empty then. */
void hash_free(struct hash *h);

#endif
