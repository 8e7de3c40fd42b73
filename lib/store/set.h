/* set: a set of 64-bit values (digests), 8 bytes a slot, placed by base/hash: for file names by the hundred thousand. */
#ifndef STORE_SET_H
#define STORE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `struct set s = {0};` is empty. Values that outsiders choose do not collide. */
struct set {
	uint64_t *slot; /* 0: free */
	size_t used, cap;
	bool zero; /* the value 0 is in it */
};

bool set_has(const struct set *s, uint64_t v);
void set_add(struct set *s, uint64_t v);
void set_free(struct set *s);

/* The first 8 octets of a digest as a value, and back; the first 8 of SHA-256 of n octets. */
uint64_t set_value(const unsigned char *digest);
void set_octets(uint64_t v, unsigned char out[8]);
uint64_t set_hash(const void *p, size_t n);

#endif
