#include "store/hdrgate.h"

#include <string.h>

/* The header is complete, or too long: pass on what was held, or nothing. */
static int
decide(struct hdrgate *g, struct err *e)
{
	unsigned char header[HDRSUM];
	bool compared = g->sum.state == HDRSUM_BODY || g->held.len <= HDRGATE_MAX;

	hdrsum_end(&g->sum, header);
	if (compared && memcmp(header, g->known, HDRSUM) == 0) {
		g->state = HDRGATE_SAME;
		return 0;
	}
	g->state = HDRGATE_OTHER;
	if (g->begin(g->ctx, &g->to, e) == -1)
		return -1;
	return g->held.len != 0 ? sink_write(g->to, g->held.data, g->held.len, e) : 0;
}

static int
hdrgate_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct hdrgate *g = (struct hdrgate *)s;

	if (g->state == HDRGATE_OTHER)
		return sink_write(g->to, p, n, e);
	if (g->state == HDRGATE_SAME)
		return 0;
	buf_add(&g->held, p, n);
	sink_write(&g->sum.sink, p, n, e);
	return g->sum.state == HDRSUM_BODY || g->held.len > HDRGATE_MAX ? decide(g, e) : 0;
}

void
hdrgate_begin(struct hdrgate *g, const unsigned char known[HDRSUM],
	int (*begin)(void *ctx, struct sink **to, struct err *e), void *ctx)
{
	g->sink.write = hdrgate_write;
	hdrsum_begin(&g->sum);
	g->held = (struct buf){0};
	memcpy(g->known, known, HDRSUM);
	g->state = HDRGATE_HOLDS;
	g->begin = begin;
	g->ctx = ctx;
	g->to = NULL;
}

int
hdrgate_end(struct hdrgate *g, bool *same, struct err *e)
{
	int rc = g->state == HDRGATE_HOLDS ? decide(g, e) : 0;

	*same = g->state == HDRGATE_SAME;
	buf_free(&g->held);
	return rc;
}

void
hdrgate_free(struct hdrgate *g)
{
	if (g->state == HDRGATE_HOLDS)
		hdrsum_end(&g->sum, NULL);
	g->state = HDRGATE_SAME;
	buf_free(&g->held);
}
