#include "store/u64set.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/work.h"

/* The slot that holds v, or the free one where it would go; cap is a power of two, never full. */
static uint64_t *
slot_of(uint64_t *slot, size_t cap, uint64_t v)
{
	size_t i = (size_t)hash_number(v) & (cap - 1);

	for (work_count(1); slot[i] != 0 && slot[i] != v; work_count(1))
		i = (i + 1) & (cap - 1);
	return &slot[i];
}

static void
grow(struct u64set *s)
{
	size_t cap = s->cap == 0 ? 64 : s->cap * 2;
	uint64_t *slot = mem_zalloc(cap * sizeof *slot);

	for (size_t i = 0; i < s->cap; i++)
		if (s->slot[i] != 0)
			*slot_of(slot, cap, s->slot[i]) = s->slot[i];
	free(s->slot);
	s->slot = slot;
	s->cap = cap;
}

bool
u64set_has(const struct u64set *s, uint64_t v)
{
	if (v == 0)
		return s->zero;
	return s->cap != 0 && *slot_of(s->slot, s->cap, v) == v;
}

void
u64set_add(struct u64set *s, uint64_t v)
{
	uint64_t *slot;

	if (v == 0) {
		s->zero = true;
		return;
	}
	if (s->used * 2 >= s->cap)
		grow(s);
	slot = slot_of(s->slot, s->cap, v);
	s->used += *slot == 0;
	*slot = v;
}

void
u64set_free(struct u64set *s)
{
	free(s->slot);
	*s = (struct u64set){0};
}

uint64_t
u64set_value(const unsigned char *digest)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++)
		v = v << 8 | digest[i];
	return v;
}

void
u64set_octets(uint64_t v, unsigned char out[8])
{
	for (int i = 8; i-- > 0; v >>= 8)
		out[i] = (unsigned char)v;
}

uint64_t
u64set_hash(const void *p, size_t n)
{
	unsigned char d[DIGEST_SHA256];

	digest_sha256(p, n, d);
	return u64set_value(d);
}
