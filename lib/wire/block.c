#include "wire/block.h"

#include <string.h>

#include "wire/dot.h"

static int
read_all(struct conn *c, struct sink *to, unsigned flags, uint64_t *octets, struct err *e)
{
	struct dot d;
	int rc = 0;

	dot_begin(&d, (flags & BLOCK_LF) != 0, (flags & BLOCK_TEXT) != 0 ? BLOCK_LINE : 0);
	while (rc == 0) {
		size_t n, used;
		char *p = conn_data(c, &n);

		if (n == 0) {
			if (conn_fill(c, conn_until(c), e) == -1)
				return -1;
			continue;
		}
		rc = dot_decode(&d, p, n, &used, to, e);
		conn_skip(c, used);
	}
	if (octets != NULL)
		*octets = d.octets;
	return rc == 1 ? 0 : -1;
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

int
block_line(struct conn *c, char **p, size_t *n, struct err *e)
{
	if (conn_line(c, BLOCK_LINE, 0, p, n, e) == -1)
		return conn_fail(c, e);
	trace_line(c->trace, TRACE_LINES, '<', *p, *n);
	if (*n == 0 || **p != '.')
		return 1;
	++*p;
	return --*n != 0;
}
