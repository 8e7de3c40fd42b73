/*
 * hdrsum: a digest of a message's header, by which a message on the server is known to be the one
 * that was stored. It is a sink for the message (or the answer to TOP n 0); CR does not count, so
 * lines may end in LF or CR LF; what follows the header is ignored. Fields that some servers write
 * and rewrite are left out: Status, X-Status, X-UIDL, X-UID, X-IMAP, X-IMAPbase, X-Keywords.
 */
#ifndef STORE_HDRSUM_H
#define STORE_HDRSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sink.h"

#define HDRSUM 16 /* octets */

struct digest;

struct hdrsum {
	struct sink sink;      /* first */
	struct digest *digest; /* NULL: all that counts has room in held so far */
	char start[16];        /* the beginning of the line, while it may be one of those names */
	size_t n;
	size_t nheld;
	enum { HDRSUM_START, HDRSUM_KEEP, HDRSUM_SKIP, HDRSUM_BODY } state;
	uint64_t header; /* octets of the header so far, with the empty line */
	bool skipping;   /* the field before was left out: so are its continuation lines */
	char held[4096]; /* what counts and is not in the digest yet */
};

void hdrsum_begin(struct hdrsum *h);

/* The end, also of a message that is broken off (out NULL). Must follow each begin, once. */
void hdrsum_end(struct hdrsum *h, unsigned char out[HDRSUM]);

/*
 * A sink that holds a message back until its header is complete, and passes the message on only if that
 * header is not the one that is already stored (design: a message is known by UID and header digest).
 *
 *	hdrgate_begin(&g, known, begin, ctx)
 *	sink_write(&g.sink, …)         the message, or the answer to TOP n 0
 *	hdrgate_end(&g, &same, e)      or hdrgate_free(&g) for a message that broke off
 */
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
