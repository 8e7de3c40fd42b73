/* How much more than announced a sink accepts. */
#include "wire/bound.h"

#include "base/err.h"
#include "check.h"

static uint64_t passed;

static int
count(struct sink *s, const char *p, size_t n, struct err *e)
{
	(void)s;
	(void)p;
	(void)e;
	passed += n;
	return 0;
}

/* Returns the number of octets that are accepted of a message with these sizes. */
static void
limit_is(uint64_t announced, uint64_t max, uint64_t want)
{
	static const char octets[1024 * 1024];
	struct sink to = {count};
	struct bound b;
	struct sink *s = bound_init(&b, &to, announced, max);
	struct err e = {0};

	passed = 0;
	while (passed < want) {
		uint64_t left = want - passed;

		if (sink_write(s, octets, left < sizeof octets ? (size_t)left : sizeof octets,
			    &e) == -1)
			break;
	}
	CHECK(passed == want);
	CHECK(sink_write(s, "x", 1, &e) == -1);
	CHECK(e.status == EX_PROTOCOL);
	CHECK(passed == want);
}

int
main(void)
{
	struct sink to = {count};
	struct bound b;
	struct err e = {0};

	limit_is(0, BOUND_NONE, BOUND_LEAST);
	limit_is(4 * 1024 * 1024, BOUND_NONE, BOUND_LEAST);
	limit_is(4 * 1024 * 1024 + 1, BOUND_NONE, BOUND_LEAST + 4);
	limit_is(BOUND_NONE, 1000, BOUND_LEAST);
	limit_is(BOUND_NONE, 5 * 1024 * 1024, 20 * 1024 * 1024);
	limit_is(6 * 1024 * 1024, 5 * 1024 * 1024, 20 * 1024 * 1024);
	limit_is(1, 5 * 1024 * 1024, BOUND_LEAST);
	/* The largest numbers do not wrap around. */
	bound_init(&b, &to, UINT64_MAX / 4 + 1, UINT64_MAX - 1);
	CHECK(b.limit == BOUND_NONE);
	CHECK(sink_write(&b.sink, "x", 1, &e) == 0);
	return check_done();
}
