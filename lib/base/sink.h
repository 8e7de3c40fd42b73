/*
 * sink: a receiver of octets: the interface between the reader of blocks (wire/block) and the stores
 * (store/), which do not include each other. An implementation embeds it as its first member.
 */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include <stddef.h>

struct err;

struct sink {
	/* Write n octets; p is valid only during the call. Returns 0, or -1 with e; after an error do not write again. */
	int (*write)(struct sink *s, const char *p, size_t n, struct err *e);
};

static inline int
sink_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	return s->write(s, p, n, e);
}

/* The write of a sink that discards everything: `struct sink nowhere = {sink_discard};` */
static inline int
sink_discard(struct sink *s, const char *p, size_t n, struct err *e)
{
	(void)s;
	(void)p;
	(void)n;
	(void)e;
	return 0;
}

#endif
