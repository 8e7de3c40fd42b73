#include "wire/block.h"

#include <string.h>

#include "wire/dot.h"
#include "wire/packed.h"

/* The unread octets: those of the connection, or those of a compressed block. */
static char *
unread(struct conn *c, size_t *n)
{
	return c->packed != NULL ? packed_data(c, n) : conn_data(c, n);
}

static void
skip(struct conn *c, size_t n)
{
	if (c->packed != NULL)
		packed_skip(c, n);
	else
		conn_skip(c, n);
}

/* Read more: 1; 0: the compressed data has ended; -1. */
static int
fill(struct conn *c, struct err *e)
{
	if (c->packed != NULL)
		return packed_fill(c, SIZE_MAX, e);
	return conn_fill(c, conn_until(c), e) == -1 ? -1 : 1;
}

/* The compressed data has ended without the block's "."; its last line may lack CR LF. */
static int
end_line(struct dot *d, struct sink *to, struct err *e)
{
	char eol[] = "\r\n";
	bool cr = d->state == DOT_CR || d->state == DOT_BOL_DOT_CR;
	size_t used;

	return d->state == DOT_BOL ? 0 : dot_decode(d, eol + cr, 2 - cr, &used, to, e);
}

static int
read_all(struct conn *c, struct sink *to, unsigned flags, uint64_t *octets, struct err *e)
{
	struct dot d;
	int rc = 0, more = 1;

	dot_begin(&d, (flags & BLOCK_LF) != 0, (flags & BLOCK_TEXT) != 0 ? BLOCK_LINE : 0);
	while (rc == 0 && more == 1) {
		size_t n, used;
		char *p = unread(c, &n);

		if (n == 0) {
			more = fill(c, e);
			continue;
		}
		rc = dot_decode(&d, p, n, &used, to, e);
		skip(c, used);
	}
	if (rc == 0 && more == 0)
		rc = end_line(&d, to, e);
	if (octets != NULL)
		*octets = d.octets;
	if (rc == -1 || more == -1)
		return -1;
	return c->packed != NULL ? packed_end(c, rc == 1, e) : 0;
}

int
block_read(struct conn *c, struct sink *to, unsigned flags, uint64_t *octets, struct err *e)
{
	struct trace_sink told;
	int rc;

	rc = read_all(c, trace_sink_init(&told, c->trace, '<', to), flags, octets, e);
	trace_sink_free(&told);
	if (rc == 0)
		trace_line(c->trace, TRACE_LINES, '<', ".", 1);
	return rc == -1 ? conn_fail(c, e) : 0;
}

int
block_skip(struct conn *c, struct err *e)
{
	struct sink nowhere = {sink_discard};

	return block_read(c, &nowhere, BLOCK_CRLF, NULL, e);
}

/* The next line of a compressed block with its stuffing: 1; 0: the compressed data has ended; -1. */
static int
packed_line(struct conn *c, char **p, size_t *n, struct err *e)
{
	size_t have, seen = 0;
	int rc = 1;
	char *lf;

	for (;;) {
		*p = packed_data(c, &have);
		lf = have > seen ? memchr(*p + seen, '\n', have - seen) : NULL;
		if (lf != NULL && lf > *p && lf[-1] == '\r')
			break;
		seen = lf != NULL ? (size_t)(lf - *p) + 1 : have;
		if (lf != NULL)
			continue; /* a bare LF is data */
		if (rc == 0) {
			/* The last line may lack its CR LF. */
			*n = have > 0 && (*p)[have - 1] == '\r' ? have - 1 : have;
			packed_skip(c, have);
			return have > 0;
		}
		rc = packed_fill(c, BLOCK_LINE + 2, e);
		if (rc == -1)
			return -1;
	}
	*n = (size_t)(lf - *p) - 1;
	packed_skip(c, *n + 2);
	return *n <= BLOCK_LINE
		       ? 1
		       : err_set(e, EX_PROTOCOL, "a line of more than %d octets", BLOCK_LINE);
}

int
block_line(struct conn *c, char **p, size_t *n, struct err *e)
{
	int rc = 1;

	if (c->packed != NULL)
		rc = packed_line(c, p, n, e);
	else if (conn_line(c, BLOCK_LINE, 0, p, n, e) == -1)
		rc = -1;
	if (rc == -1)
		return conn_fail(c, e);
	if (rc == 1) {
		trace_line(c->trace, TRACE_LINES, '<', *p, *n);
		if (*n == 0 || **p != '.')
			return 1;
		++*p;
		if (--*n != 0)
			return 1;
	}
	return c->packed != NULL ? packed_end(c, rc == 1, e) : 0;
}
