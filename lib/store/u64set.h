/*
 * u64set: a set of 64-bit values (digests), 8 bytes a slot, placed by base/hash: for file names by the hundred
 * thousand.
 */
#ifndef STORE_U64SET_H
#define STORE_U64SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `struct u64set s = {0};` is empty. Values that outsiders choose do not collide. */
struct u64set {
	uint64_t *slot; /* 0: free */
	size_t used, cap;
	bool zero; /* the value 0 is in it */
};

bool u64set_has(const struct u64set *s, uint64_t v);
void u64set_add(struct u64set *s, uint64_t v);
void u64set_free(struct u64set *s);

/* The first 8 octets of a digest as a value, and back; the first 8 of SHA-256 of n octets. */
uint64_t u64set_value(const unsigned char *digest);
void u64set_octets(uint64_t v, unsigned char out[8]);
uint64_t u64set_hash(const void *p, size_t n);

#endif
