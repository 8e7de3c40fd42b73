/* The keyed hash gives its published test vector; the table; the work grows linearly with the input. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/work.h"
#include "mail/addrs.h"
#include "store/u64set.h"

#include "check.h"

/* The vector of the paper: key 00 .. 0f, message 00 .. 0e; and the empty message. */
static void
test_vector(void)
{
	unsigned char key[16], text[15];

	for (unsigned char i = 0; i < 16; i++)
		key[i] = i;
	memcpy(text, key, sizeof text);
	CHECK(hash_under(key, text, sizeof text) == 0xa129ca6149be45e5u);
	CHECK(hash_under(key, text, 0) == 0x726fdb47dd0e0e31u);
	CHECK(hash_octets(text, 15) == hash_octets(text, 15));
	CHECK(hash_octets(text, 15) != hash_under(key, text, 15));
	CHECK(hash_octets(text, 14) != hash_octets(text, 15));
}

/* A hash in a file is the same on every machine: SipHash-1-3 with the key 0, as another implementation computes it. */
static void
test_lasting(void)
{
	unsigned char text[16];

	for (unsigned char i = 0; i < 16; i++)
		text[i] = i;
	CHECK(hash_lasting(text, 1) == 0x68a914128e01e473u);
	CHECK(hash_lasting(text, 7) == 0x2f098ab0c751325au);
	CHECK(hash_lasting(text, 8) == 0xead411e67ebe2eeau);
	CHECK(hash_lasting(text, 15) == 0xf30eb725bb91c9eau);
	CHECK(hash_lasting(text, 16) == 0x8972188433a5c5b7u);
}

struct names {
	char text[5000][16];
};

static bool
same(const void *ctx, uint32_t index, const char *name, size_t n)
{
	const struct names *list = ctx;

	return strlen(list->text[index]) == n && memcmp(list->text[index], name, n) == 0;
}

static void
test_table(void)
{
	static struct names names;
	struct hash h = {0};

	CHECK(hash_get(&h, "a", 1, same, &names) == HASH_NONE);
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(names.text[i], sizeof names.text[i], "name %u", i);
		CHECK(hash_put(&h, names.text[i], strlen(names.text[i]), i, same, &names) ==
			HASH_NONE);
	}
	for (uint32_t i = 0; i < 5000; i++)
		CHECK(hash_get(&h, names.text[i], strlen(names.text[i]), same, &names) == i);
	CHECK(hash_put(&h, "name 7", 6, 9, same, &names) == 7);
	CHECK(hash_get(&h, "name", 4, same, &names) == HASH_NONE);
	CHECK(hash_get(&h, "", 0, same, &names) == HASH_NONE);
	hash_free(&h);
	CHECK(h.used == 0 && hash_get(&h, "name 7", 6, same, &names) == HASH_NONE);
}

/* FNV-1a, which the table of addresses once used: names that collide under it are easy to find. */
static uint64_t
old_hash(const char *s)
{
	uint64_t h = 14695981039346656037u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h ^ h >> 32;
}

/* The steps for count addresses that all share one place in a table without a key. */
static uint64_t
address_steps(size_t count)
{
	struct addrs a = {0};
	char text[32];
	uint64_t before;

	for (unsigned i = 0; a.n < count; i++) {
		snprintf(text, sizeof text, "u%u@x", i);
		if ((old_hash(text) & 1023) == 7)
			addrs_add(&a, text, strlen(text));
	}
	before = work_done;
	addrs_unique(&a);
	CHECK(a.n == count);
	addrs_free(&a);
	return work_done - before;
}

/* The same for digests (of unique-ids, of file names) that agree in their lower half. */
static uint64_t
digest_steps(uint64_t count)
{
	struct u64set s = {0};
	uint64_t before = work_done;

	for (uint64_t i = 1; i <= count; i++)
		u64set_add(&s, i << 32 | 5);
	CHECK(u64set_has(&s, UINT64_C(1) << 32 | 5) && !u64set_has(&s, 5));
	u64set_free(&s);
	return work_done - before;
}

static void
test_linear(void)
{
	CHECK(address_steps(400) < 400 * 16);
	CHECK(digest_steps(20000) < 3 * digest_steps(10000));
	CHECK(digest_steps(20000) < 20000 * 16);
}

int
main(void)
{
	test_vector();
	test_lasting();
	test_table();
	test_linear();
	return check_done();
}
