#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/work.h"

struct hash_slot {
	uint32_t tag; /* low 32 bits of the name's hash */
	uint32_t end; /* index + 1; 0: free */
};

static inline uint64_t
turn(uint64_t v, int bits)
{
	return v << bits | v >> (64 - bits);
}

/* Inline, so that compilers keep the four words in registers. */
static inline void
one_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = turn(v[1], 13) ^ v[0];
	v[3] = turn(v[3], 16) ^ v[2];
	v[0] = turn(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = turn(v[1], 17) ^ v[2];
	v[3] = turn(v[3], 21) ^ v[0];
	v[2] = turn(v[2], 32);
}

/* Fewer than eight octets as a little-endian number. */
static uint64_t
little(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

/* Eight octets: compilers make one load of this. */
static inline uint64_t
little_8(const unsigned char *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
	       (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}

static inline void
mix(uint64_t v[4], uint64_t m, int rounds)
{
	v[3] ^= m;
	for (int i = 0; i < rounds; i++)
		one_round(v);
	v[0] ^= m;
}

/* SipHash with `rounds` rounds for each word, and `last` rounds at the end. */
static inline uint64_t
siphash(const unsigned char key[16], const void *octets, size_t n, int rounds, int last)
{
	const unsigned char *p = octets;
	uint64_t k0 = little_8(key), k1 = little_8(key + 8);
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
		k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
	size_t left = n;

	for (; left >= 8; left -= 8, p += 8)
		mix(v, little_8(p), rounds);
	mix(v, little(p, left) | (uint64_t)n << 56, rounds);
	v[2] ^= 0xff;
	for (int i = 0; i < last; i++)
		one_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t
hash_under(const unsigned char key[16], const void *p, size_t n)
{
	return siphash(key, p, n, 2, 4);
}

uint64_t
hash_lasting(const void *p, size_t n)
{
	static const unsigned char key[16];

	return siphash(key, p, n, 1, 3);
}

uint64_t
hash_octets(const void *p, size_t n)
{
	static unsigned char key[16];
	static bool drawn;

	if (!drawn) {
		digest_random(key, sizeof key);
		drawn = true;
	}
	return hash_under(key, p, n);
}

uint64_t
hash_number(uint64_t v)
{
	return hash_octets(&v, sizeof v);
}

/* The slot of the name, or the free one where it would go; the table has a free slot. */
static struct hash_slot *
find(const struct hash *h, const char *name, size_t n, uint32_t tag, hash_same *same,
	const void *ctx)
{
	size_t i = tag & (h->cap - 1);

	for (;; i = (i + 1) & (h->cap - 1)) {
		struct hash_slot *s = &h->slot[i];

		work_count(1);
		if (s->end == 0 || (s->tag == tag && same(ctx, s->end - 1, name, n)))
			return s;
	}
}

static void
grow(struct hash *h)
{
	struct hash bigger = {.cap = h->cap == 0 ? 16 : h->cap * 2, .used = h->used};

	bigger.slot = mem_zalloc(bigger.cap * sizeof *bigger.slot);
	for (size_t k = 0; k < h->cap; k++) {
		size_t i = h->slot[k].tag & (bigger.cap - 1);

		if (h->slot[k].end == 0)
			continue;
		while (bigger.slot[i].end != 0)
			i = (i + 1) & (bigger.cap - 1);
		bigger.slot[i] = h->slot[k];
	}
	free(h->slot);
	*h = bigger;
}

uint32_t
hash_get(const struct hash *h, const char *name, size_t n, hash_same *same, const void *ctx)
{
	if (h->used == 0)
		return HASH_NONE;
	/* A free slot has `end` 0: 0 minus 1 is HASH_NONE. */
	return find(h, name, n, (uint32_t)hash_octets(name, n), same, ctx)->end - 1;
}

uint32_t
hash_put(struct hash *h, const char *name, size_t n, uint32_t index, hash_same *same,
	const void *ctx)
{
	uint32_t tag = (uint32_t)hash_octets(name, n);
	struct hash_slot *s;

	if (h->used * 2 >= h->cap)
		grow(h);
	s = find(h, name, n, tag, same, ctx);
	if (s->end != 0)
		return s->end - 1;
	*s = (struct hash_slot){tag, index + 1};
	h->used++;
	return HASH_NONE;
}

void
hash_free(struct hash *h)
{
	free(h->slot);
	*h = (struct hash){0};
}
