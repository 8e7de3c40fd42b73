/*
 * header_digest: a digest of a message's header, which shows whether a message on the server is the stored one.
 * It is a sink for the message or the reply to TOP n 0. CR is ignored, so that lines may end in LF or CR LF;
 * octets after the header are ignored. Fields that some servers add and rewrite are left out: Status, X-Status,
 * X-UIDL, X-UID, X-IMAP, X-IMAPbase, X-Keywords.
 */
#ifndef STORE_HEADER_DIGEST_H
#define STORE_HEADER_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sink.h"

#define HEADER_DIGEST 16 /* octets */

struct digest;

struct header_digest {
	struct sink sink;      /* must be first */
	struct digest *digest; /* NULL: all included octets are in `held` */
	char start
		[16]; /* the beginning of the line, while it may be a field name that is left out */
	size_t n;
	size_t nheld;
	enum {
		HEADER_DIGEST_START,
		HEADER_DIGEST_KEEP,
		HEADER_DIGEST_SKIP,
		HEADER_DIGEST_BODY
	} state;
	uint64_t header; /* octets of the header so far, with the empty line */
	bool skipping;   /* the field before was left out: so are its continuation lines */
	char held[4096]; /* included octets that are not in the digest yet */
};

void header_digest_begin(struct header_digest *h);

/* End the digest and fill out; out NULL: an incomplete message. Must be called once after each begin. */
void header_digest_end(struct header_digest *h, unsigned char out[HEADER_DIGEST]);

/*
 * A sink that holds a message back until its header is complete, and passes the message on only if its header differs
 * from that of the stored message (journal.h: a message is known by its UID and header digest).
 *
 *	header_gate_begin(&g, known, begin, ctx)
 *	sink_write(&g.sink, …)         the message, or the answer to TOP n 0
 *	header_gate_end(&g, &same, e)      or header_gate_free(&g) for a message that broke off
 */
/* A longer header is not compared: its message is passed on. */
#define HEADER_GATE_MAX (1024 * 1024)

struct header_gate {
	struct sink sink; /* must be first */
	struct header_digest sum;
	struct buf held;
	unsigned char known[HEADER_DIGEST];
	enum { HEADER_GATE_HOLDS, HEADER_GATE_SAME, HEADER_GATE_OTHER } state;
	/* Called once if the header differs: sets *to to the sink for the message. Returns 0, or -1 with e. */
	int (*begin)(void *ctx, struct sink **to, struct err *e);
	void *ctx;
	struct sink *to;
};

/* Start a message that may be the one with this header digest (copied). ctx is for begin. */
void header_gate_begin(struct header_gate *g, const unsigned char known[HEADER_DIGEST],
	int (*begin)(void *ctx, struct sink **to, struct err *e), void *ctx);

/* End the message. *same: it has the known header. -1: an error of begin or of its sink. Frees g's memory. */
int header_gate_end(struct header_gate *g, bool *same, struct err *e);

/* Drop an incomplete message and free g's memory. */
void header_gate_free(struct header_gate *g);

#endif
