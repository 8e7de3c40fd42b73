#include "mail/crlf.h"

#include <string.h>

/* The buffer of the last message, reused for the next one. */
static struct buf spare;

static int
flush(struct crlf *x, struct err *e)
{
	size_t n = x->held.len;

	x->held.len = 0;
	return n != 0 ? sink_write(x->out, x->held.data, n, e) : 0;
}

/* Write n octets: small runs are collected in the buffer, large ones are written directly. */
static int
put(struct crlf *x, const char *p, size_t n, struct err *e)
{
	if (x->out == NULL || n == 0)
		return 0;
	if (n >= CRLF_BUFFER - x->held.len && flush(x, e) < 0)
		return -1;
	if (n >= CRLF_BUFFER / 2)
		return flush(x, e) < 0 ? -1 : sink_write(x->out, p, n, e);
	if (x->held.cap == 0) {
		x->held = spare;
		spare = (struct buf){0};
		buf_reserve(&x->held, CRLF_BUFFER / 8 - 1);
	}
	buf_add(&x->held, p, n);
	return 0;
}

/* Write a run of octets, then CRLF in place of its LF or CR. */
static inline int
put_line(struct crlf *x, const char *run, size_t n, struct err *e)
{
	struct buf *b = &x->held;

	if (x->out == NULL)
		return 0;
	/* The hot path of a large message: the buffer has room for the line. */
	if (n + 2 < b->cap - b->len) {
		memcpy(b->data + b->len, run, n);
		memcpy(b->data + b->len + n, "\r\n", 2);
		b->len += n + 2;
		return 0;
	}
	return put(x, run, n, e) < 0 ? -1 : put(x, "\r\n", 2, e);
}

/* Add a dot at p, where a line begins with a dot; *run: the first octet not yet written. */
static int
stuff(struct crlf *x, const char **run, const char *p, struct err *e)
{
	if (put(x, *run, (size_t)(p - *run), e) < 0 || put(x, ".", 1, e) < 0)
		return -1;
	*run = p;
	x->dots++;
	return 0;
}

/* The first c from p on, or end. */
static const char *
find(const char *p, char c, const char *end)
{
	const char *at = memchr(p, c, (size_t)(end - p));

	return at != NULL ? at : end;
}

/* Convert a span without CRs, line by line. */
static int
lf_lines(struct crlf *x, const char *p, const char *end, struct err *e)
{
	const char *nl;

	for (; (nl = memchr(p, '\n', (size_t)(end - p))) != NULL; p = nl + 1) {
		if (x->stuff && x->bol && *p == '.' && stuff(x, &p, p, e) < 0)
			return -1;
		if (put_line(x, p, (size_t)(nl - p), e) < 0)
			return -1;
		x->octets++;
		x->bol = true;
	}
	if (p == end)
		return 0;
	if (x->stuff && x->bol && *p == '.' && stuff(x, &p, p, e) < 0)
		return -1;
	x->bol = false;
	return put(x, p, (size_t)(end - p), e);
}

/* Convert any span, line by line. */
static int
lines(struct crlf *x, const char *p, const char *end, struct err *e)
{
	const char *run = p, *nl = NULL, *cr = NULL, *stop;

	for (; p < end; p = stop + 1) {
		if (x->stuff && x->bol && *p == '.' && stuff(x, &run, p, e) < 0)
			return -1;
		/* Search again only after passing the last hit: most messages contain CRs or LFs only in one form. */
		if (nl == NULL || nl < p)
			nl = find(p, '\n', end);
		if (cr == NULL || cr < p)
			cr = find(p, '\r', end);
		stop = cr < nl ? cr : nl;
		x->bol = stop != end;
		if (!x->bol)
			break;
		if (cr + 1 == nl && nl != end) {
			stop = nl;
			continue;
		}
		x->octets++;
		if (put_line(x, run, (size_t)(stop - run), e) < 0)
			return -1;
		run = stop + 1;
	}
	return put(x, run, (size_t)(end - run), e);
}

/* Count the LFs in n octets, in blocks that the compiler can vectorise. */
static uint64_t
count_lf(const char *p, size_t n)
{
	enum { BLOCK = 192 }; /* octets; small enough that the count of a block fits in a byte */
	uint64_t count = 0;

	for (; n >= BLOCK; p += BLOCK, n -= BLOCK) {
		unsigned char part = 0;

		for (size_t i = 0; i < BLOCK; i++)
			part += p[i] == '\n';
		count += part;
	}
	for (; n != 0; p++, n--)
		count += *p == '\n';
	return count;
}

static int
crlf_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct crlf *x = (struct crlf *)s;
	const char *end = n != 0 ? p + n : p;

	if (n == 0)
		return 0;
	if (x->cr && *p == '\n')
		p++;
	n = (size_t)(end - p);
	/* A CR at the end of the span was converted at once, so an LF at the start of the next span is dropped. */
	x->cr = end[-1] == '\r';
	x->octets += n;
	if (memchr(p, '\r', n) != NULL)
		return lines(x, p, end, e);
	if (x->out != NULL || x->stuff)
		return lf_lines(x, p, end, e);
	x->octets += count_lf(p, n);
	x->bol = end[-1] == '\n';
	return 0;
}

void
crlf_init(struct crlf *x, struct sink *out, bool dot_stuff)
{
	x->sink.write = crlf_write;
	x->octets = x->dots = 0;
	x->bol = true;
	x->out = out;
	x->stuff = dot_stuff;
	x->cr = false;
	x->held = (struct buf){0};
}

void
crlf_free(struct crlf *x)
{
	if (spare.cap == 0) {
		spare = x->held;
		spare.len = 0;
		x->held = (struct buf){0};
	}
	buf_free(&x->held);
}

int
crlf_finish(struct crlf *x, bool dot, struct err *e)
{
	if (!x->bol) {
		x->octets += 2;
		x->bol = true;
		if (put(x, "\r\n", 2, e) < 0)
			return -1;
	}
	if (dot && put(x, ".\r\n", 3, e) < 0)
		return -1;
	return flush(x, e);
}
