#include <string.h>

#include "base/err.h"
#include "wire/conn.h"

/* What the first look did not find. */
static int
wait_line(struct conn *c, size_t limit, int64_t until, char **p, size_t *n, struct err *e)
{
	size_t seen = 0;
	bool waited = false;

	for (;;) {
		size_t have;
		char *from = conn_data(c, &have);
		char *lf = have > seen ? memchr(from + seen, '\n', have - seen) : NULL;

		if (lf != NULL && (size_t)(lf - from) <= limit + 1) {
			seen = (size_t)(lf - from) + 1;
			if (lf == from || lf[-1] != '\r')
				continue; /* a bare LF is data */
			*p = from;
			*n = seen - 2;
			conn_skip(c, seen);
			return 0;
		}
		seen = have;
		if (have > limit + 1) {
			c->dead = true;
			return err_set(e, EX_PROTOCOL, "a line of more than %zu octets", limit);
		}
		if (!waited && conn_until(c) > until)
			until = conn_until(c);
		waited = true;
		if (conn_fill(c, until, e) == -1)
			return -1;
	}
}

int
conn_line(struct conn *c, size_t limit, int64_t until, char **p, size_t *n, struct err *e)
{
	size_t have;
	char *from = conn_data(c, &have);
	char *lf = have > 0 ? memchr(from, '\n', have) : NULL;

	/* Mostly it is there, whole and plain. */
	if (lf == NULL || lf == from || lf[-1] != '\r' || (size_t)(lf - from) > limit + 1)
		return wait_line(c, limit, until, p, n, e);
	*p = from;
	*n = (size_t)(lf - from) - 1;
	conn_skip(c, *n + 2);
	return 0;
}
