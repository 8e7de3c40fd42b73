/*
 * nntp_compress: how a server compresses what it sends: COMPRESS DEFLATE (RFC 8054), or what commercial servers have in
 * its place (wire/packed.h). nntp_reply sees which blocks are compressed; block.h decompresses them.
 */
#ifndef PROTO_NNTP_COMPRESS_H
#define PROTO_NNTP_COMPRESS_H

#include <stdbool.h>

#include "base/err.h"
#include "proto/nntp.h"

/*
 * May compression be switched on, as far as the capabilities are known? lists: overviews and other lists follow, for
 * which XFEATURE COMPRESS GZIP counts too; COMPRESS DEFLATE alone compresses articles.
 */
bool nntp_may_compress(const struct nntp *n, bool lists);

/*
 * Switch compression on by the first way that the server offers and accepts, unless it is on. must: EX_UNAVAILABLE if
 * there is none; otherwise the session goes on without. CAPABILITIES are asked if unknown. Alone at the end of a pipeline.
 */
int nntp_compress(struct nntp *n, bool lists, bool must, struct err *e);

/* The reply r has been read: prepare to decompress its block if that is compressed. */
void nntp_expect_packed(const struct nntp *n, const struct reply *r);

#endif
