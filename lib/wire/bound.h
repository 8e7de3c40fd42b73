/*
 * bound: a sink that passes octets on to another sink and fails if far more octets come than were announced.
 *
 * The size that LIST, an overview or the user gives is a hint, so the bound is generous: the larger of four
 * times that size and 16 MiB. Without it a server could fill memory or disk with one message.
 */
#ifndef WIRE_BOUND_H
#define WIRE_BOUND_H

#include <stdint.h>

#include "base/sink.h"

#define BOUND_LEAST (UINT64_C(16) * 1024 * 1024)

/* The size is not announced, or the user has set no limit. */
#define BOUND_NONE UINT64_MAX

struct bound {
	struct sink sink; /* must be first */
	struct sink *to;
	uint64_t limit, octets;
};

/*
 * Prepare b in front of `to` (borrowed) and return its sink, for one message. announced: its size in octets
 * as the server gave it; max: the largest size that the user wants (--max-size); either may be BOUND_NONE.
 * Beyond the bound a write fails with EX_PROTOCOL and passes nothing on.
 */
struct sink *bound_init(struct bound *b, struct sink *to, uint64_t announced, uint64_t max);

#endif
