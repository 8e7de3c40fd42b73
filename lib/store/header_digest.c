#include "store/header_digest.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"

/* Is it the name of a field that is left out, with its colon? */
static bool
is_left_out(const char *p, size_t n)
{
	static const char *const names[] = {
		"Status", "X-Status", "X-UIDL", "X-UID", "X-IMAP", "X-IMAPbase", "X-Keywords"};

	if (n == 0 || p[n - 1] != ':' || (*p != 'S' && *p != 's' && *p != 'X' && *p != 'x'))
		return false;
	for (n--; n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t');)
		n--;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (text_same_n(p, n, names[i]))
			return true;
	return false;
}

static void
flush(struct header_digest *h)
{
	if (h->digest == NULL)
		h->digest = digest_begin();
	digest_add(h->digest, h->held, h->nheld);
	h->nheld = 0;
}

/* Gather octets before they are hashed: a header has many lines, and each call costs as much as some dozen octets. */
static void
feed(struct header_digest *h, const char *p, size_t n)
{
	if (n > sizeof h->held - h->nheld)
		flush(h);
	if (n > sizeof h->held) {
		digest_add(h->digest, p, n);
		return;
	}
	memcpy(h->held + h->nheld, p, n);
	h->nheld += n;
}

/* It is now known whether the line is left out: add or drop its beginning, which was held. */
static void
decide(struct header_digest *h, bool skip)
{
	h->skipping = skip;
	h->state = skip ? HEADER_DIGEST_SKIP : HEADER_DIGEST_KEEP;
	if (!skip)
		feed(h, h->start, h->n);
	h->n = 0;
}

/* Is a line that begins with the octets from p to end certainly not left out? (CRs are ignored everywhere.) */
static bool
surely_counts(const char *p, const char *end)
{
	switch (*p) {
	case 'S':
	case 's': return end - p > 1 && p[1] != 't' && p[1] != 'T' && p[1] != '\r';
	case 'X':
	case 'x': return end - p > 1 && p[1] != '-' && p[1] != '\r';
	case ' ':
	case '\t':
	case '\r':
	case '\n': return false;
	default: return true;
	}
}

/* One octet at the beginning of a line. */
static void
line_start(struct header_digest *h, char c)
{
	if (h->n == 0 && c == '\n') {
		h->state = HEADER_DIGEST_BODY;
		return;
	}
	h->start[h->n++] = c;
	if (h->n == 1 && (c == ' ' || c == '\t'))
		decide(h, h->skipping);
	else if (c == ':')
		decide(h, is_left_out(h->start, h->n));
	else if (c == '\n' || h->n == sizeof h->start)
		decide(h, false);
	if (c == '\n')
		h->state = HEADER_DIGEST_START;
}

/* Add the octets from p to end to the digest, without CRs. */
static void
add(struct header_digest *h, const char *p, const char *end)
{
	while (p < end) {
		const char *cr = memchr(p, '\r', (size_t)(end - p));
		const char *stop = cr != NULL ? cr : end;

		feed(h, p, (size_t)(stop - p));
		p = cr != NULL ? cr + 1 : end;
	}
}

/* Return the position after the lines at p that are certainly not left out. */
static const char *
skip_counting(struct header_digest *h, const char *p, const char *end)
{
	do {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		h->state = lf != NULL ? HEADER_DIGEST_START : HEADER_DIGEST_KEEP;
		p = lf != NULL ? lf + 1 : end;
	} while (p < end && surely_counts(p, end));
	return p;
}

static int
header_digest_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct header_digest *h = (struct header_digest *)s;
	const char *begin = p, *end = p + n;

	(void)e;
	while (p < end && h->state != HEADER_DIGEST_BODY) {
		const char *from = p;

		if (h->state == HEADER_DIGEST_START && h->n == 0 && surely_counts(p, end))
			decide(h, false);
		if (h->state == HEADER_DIGEST_KEEP) {
			p = skip_counting(h, p, end);
			h->skipping = false;
			add(h, from, p);
		} else if (h->state == HEADER_DIGEST_SKIP) {
			const char *lf = memchr(p, '\n', (size_t)(end - p));

			h->state = lf != NULL ? HEADER_DIGEST_START : HEADER_DIGEST_SKIP;
			p = lf != NULL ? lf + 1 : end;
		} else {
			if (*p != '\r')
				line_start(h, *p);
			p++;
		}
	}
	h->header += (uint64_t)(p - begin);
	return 0;
}

/* Do not clear `held`, which is large, and only read as far as it was written. */
void
header_digest_begin(struct header_digest *h)
{
	h->sink.write = header_digest_write;
	h->digest = NULL;
	h->n = h->nheld = 0;
	h->header = 0;
	h->state = HEADER_DIGEST_START;
	h->skipping = false;
}

void
header_digest_end(struct header_digest *h, unsigned char out[HEADER_DIGEST])
{
	unsigned char full[DIGEST_SHA256];

	if (h->state == HEADER_DIGEST_START && h->n != 0)
		decide(h, false);
	if (h->digest == NULL) {
		digest_sha256(h->held, h->nheld, full);
	} else {
		flush(h);
		digest_end(h->digest, full);
		h->digest = NULL;
	}
	if (out != NULL)
		memcpy(out, full, HEADER_DIGEST);
}

/* ---- the gate ------------------------------------------------------------------------------------ */

/* The header is complete, or too long to compare: pass the held octets on, or drop them. */
static int
compare(struct header_gate *g, struct err *e)
{
	unsigned char header[HEADER_DIGEST];
	bool compared = g->sum.state == HEADER_DIGEST_BODY || g->held.len <= HEADER_GATE_MAX;

	header_digest_end(&g->sum, header);
	if (compared && memcmp(header, g->known, HEADER_DIGEST) == 0) {
		g->state = HEADER_GATE_SAME;
		return 0;
	}
	g->state = HEADER_GATE_OTHER;
	if (g->begin(g->ctx, &g->to, e) == -1)
		return -1;
	return g->held.len != 0 ? sink_write(g->to, g->held.data, g->held.len, e) : 0;
}

static int
header_gate_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct header_gate *g = (struct header_gate *)s;

	if (g->state == HEADER_GATE_OTHER)
		return sink_write(g->to, p, n, e);
	if (g->state == HEADER_GATE_SAME)
		return 0;
	buf_add(&g->held, p, n);
	sink_write(&g->sum.sink, p, n, e);
	return g->sum.state == HEADER_DIGEST_BODY || g->held.len > HEADER_GATE_MAX ? compare(g, e)
										   : 0;
}

void
header_gate_begin(struct header_gate *g, const unsigned char known[HEADER_DIGEST],
	int (*begin)(void *ctx, struct sink **to, struct err *e), void *ctx)
{
	g->sink.write = header_gate_write;
	header_digest_begin(&g->sum);
	g->held = (struct buf){0};
	memcpy(g->known, known, HEADER_DIGEST);
	g->state = HEADER_GATE_HOLDS;
	g->begin = begin;
	g->ctx = ctx;
	g->to = NULL;
}

int
header_gate_end(struct header_gate *g, bool *same, struct err *e)
{
	int rc = g->state == HEADER_GATE_HOLDS ? compare(g, e) : 0;

	*same = g->state == HEADER_GATE_SAME;
	buf_free(&g->held);
	return rc;
}

void
header_gate_free(struct header_gate *g)
{
	if (g->state == HEADER_GATE_HOLDS)
		header_digest_end(&g->sum, NULL);
	g->state = HEADER_GATE_SAME;
	buf_free(&g->held);
}
