/*
 * counted: the block of an article, kept until its end shows its size, so that no part of an article that is too large
 * is passed on. Up to 256 KiB are in memory, more in a file without a name (store/tmpcopy.h).
 */
#ifndef JOB_COUNTED_H
#define JOB_COUNTED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sink.h"
#include "proto/nntp.h"
#include "store/tmpcopy.h"

struct counted {
	struct sink sink; /* first; the rest is private, except octets */
	struct tmpcopy copy;
	uint64_t max;
	bool large;      /* no more is kept */
	uint64_t octets; /* of the content with CR LF */
};

/* max: octets of the largest article that is kept. dir: for a large copy; NULL: /var/tmp. Free with counted_free. */
void counted_init(struct counted *k, uint64_t max, const char *dir);

/*
 * Read the block of the next article, with the line ends of flags (wire/block.h). COUNTED_KEPT: counted_send writes it
 * to a sink. COUNTED_LARGE: it was larger. -1: as nntp_read_block and tmpcopy.
 */
enum { COUNTED_KEPT, COUNTED_LARGE };
int counted_read(struct counted *k, struct nntp *n, unsigned flags, struct err *e);
int counted_send(struct counted *k, struct sink *to, struct err *e);

void counted_free(struct counted *k);

#endif
