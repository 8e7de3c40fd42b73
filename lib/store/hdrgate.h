/*
 * hdrgate: a sink that holds a message back until its header is complete, and passes the message on only if that
 * header is not the one that is already stored (design: a message is known by UID and header digest).
 *
 *	hdrgate_begin(&g, known, begin, ctx)
 *	sink_write(&g.sink, …)         the message, or the answer to TOP n 0
 *	hdrgate_end(&g, &same, e)      or hdrgate_free(&g) for a message that broke off
 */
#ifndef STORE_HDRGATE_H
#define STORE_HDRGATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/sink.h"
#include "store/hdrsum.h"

/* A longer header is not compared: its message is passed on. */
#define HDRGATE_MAX (1024 * 1024)

struct hdrgate {
	struct sink sink; /* first */
	struct hdrsum sum;
	struct buf held;
	unsigned char known[HDRSUM];
	enum { HDRGATE_HOLDS, HDRGATE_SAME, HDRGATE_OTHER } state;
	/* Called once, when the header is another: where the message goes in *to. 0, or -1 with e. */
	int (*begin)(void *ctx, struct sink **to, struct err *e);
	void *ctx;
	struct sink *to;
};

/* Start a message that may be the one with this header digest (copied). ctx is for begin. */
void hdrgate_begin(struct hdrgate *g, const unsigned char known[HDRSUM],
	int (*begin)(void *ctx, struct sink **to, struct err *e), void *ctx);

/* The message is complete: was it the known one? -1: an error of begin or of its sink. Frees what g holds. */
int hdrgate_end(struct hdrgate *g, bool *same, struct err *e);

/* The message broke off. */
void hdrgate_free(struct hdrgate *g);

#endif
