/* facts: what a server shows of itself: its capabilities, its software, its limits. */
#ifndef CLIENT_FACTS_H
#define CLIENT_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A number that the server announces: "SIZE" 10240000. */
struct client_limit {
	const char *name; /* static */
	uint64_t value;
};

/* `struct client_facts f = {0};` has no facts. */
struct client_facts {
	struct buf
		capabilities; /* a line each (proto/caps.h); in SMTP the lines of one extension are merged */
	struct buf software;     /* empty: unknown */
	const char *compression; /* that is in use, static; NULL: none */
	struct client_limit limits[2];
	size_t nlimits;
};

static inline void
client_facts_free(struct client_facts *f)
{
	buf_free(&f->capabilities);
	buf_free(&f->software);
}

#endif
