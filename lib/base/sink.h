/*
 * sink: a destination of octets. The reader (wire/block) and the stores (store/) meet here
 * without knowing each other. A sink is embedded as the first member of what implements it.
 */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include <stddef.h>

struct err;

struct sink {
	/* Take n octets (p is only lent for the call). 0, or -1 and e; the stream is spoiled then. */
	int (*write)(struct sink *s, const char *p, size_t n, struct err *e);
};

static inline int
sink_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	return s->write(s, p, n, e);
}

#endif
