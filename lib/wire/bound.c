#include "wire/bound.h"

#include <inttypes.h>

#include "base/err.h"

/* Four times the size, 16 MiB at least. */
static uint64_t
generous(uint64_t size)
{
	if (size > BOUND_NONE / 4)
		return BOUND_NONE;
	return size * 4 < BOUND_LEAST ? BOUND_LEAST : size * 4;
}

static int
bound_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct bound *b = (struct bound *)s;

	if (n > b->limit - b->octets)
		return err_set(e, EX_PROTOCOL,
			"the server sends more than %" PRIu64 " octets, far more than it announced",
			b->limit);
	b->octets += n;
	return sink_write(b->to, p, n, e);
}

struct sink *
bound_init(struct bound *b, struct sink *to, uint64_t announced, uint64_t max)
{
	uint64_t a = generous(announced), m = generous(max);

	*b = (struct bound){.sink = {bound_write}, .to = to, .limit = a < m ? a : m};
	return &b->sink;
}
