/*
 * hash: a keyed hash and a hash table for names from untrusted sources: addresses, unique-ids, groups,
 * message-ids.
 *
 * The key is random and new in each run, so that a sender or server cannot choose names that collide. Hashes therefore
 * differ between runs and must not be stored in a file; for files use hash_lasting.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4 of n octets under the run's key; of one number (already a digest, for example). */
uint64_t hash_octets(const void *p, size_t n);
uint64_t hash_number(uint64_t v);

/* SipHash-2-4 with the given key of 16 octets (Aumasson and Bernstein, 2012). */
uint64_t hash_under(const unsigned char key[16], const void *p, size_t n);

/*
 * A checksum for files: SipHash-1-3 under the key 0, so the same in every run. Not for tables: names that collide can
 * be computed.
 */
uint64_t hash_lasting(const void *p, size_t n);

#define HASH_NONE UINT32_MAX

/*
 * A table from a name (octets) to an index in an array of the caller, which holds the names. It needs 8 bytes a
 * slot and two to four slots an entry. `struct hash h = {0};` is empty.
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
 * Add a name with its index (below HASH_NONE). If the name exists already, the table stays as it is and the stored
 * index is returned; otherwise HASH_NONE. The caller may fill its array entry afterwards.
 */
uint32_t hash_put(struct hash *h, const char *name, size_t n, uint32_t index, hash_same *same,
	const void *ctx);

/* Free the table; it is empty afterwards and can be used again. */
void hash_free(struct hash *h);

#endif
