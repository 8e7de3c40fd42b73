/*
 * nntp_compress: how a server compresses what it sends: COMPRESS DEFLATE (RFC 8054), or the extensions of commercial
 * servers (wire/packed.h). nntp_reply sees which blocks are compressed; block.h decompresses them.
 */
#ifndef PROTO_NNTP_COMPRESS_H
#define PROTO_NNTP_COMPRESS_H

#include <stdbool.h>

#include "base/err.h"
#include "proto/nntp.h"

/*
 * May compression be switched on, as far as the capabilities are known? lists: overviews and other lists follow, for
 * which XFEATURE COMPRESS GZIP and XZVER count too; COMPRESS DEFLATE alone compresses articles.
 */
bool nntp_may_compress(const struct nntp *n, bool lists);

/*
 * Switch compression on by the first way that the server offers and accepts, unless it is on. must: EX_UNAVAILABLE if
 * there is none; otherwise the session goes on without. CAPABILITIES is sent first if the capabilities are unknown. No
 * reply may be pending.
 */
int nntp_compress(struct nntp *n, bool lists, bool must, struct err *e);

/* The name of the compression that is on; NULL: none is. */
const char *nntp_compression_name(const struct nntp *n);

/*
 * "XZVER" in place of "OVER", or "XZHDR" in place of "HDR", if compression is on by them and the server offers the
 * command; else NULL. range: the argument is a range or a number; neither command accepts a message-id.
 */
const char *nntp_xz_command(const struct nntp *n, const char *command, bool range);

/*
 * Does the last reply refuse the command XZVER or XZHDR itself? Then call nntp_fail_xz: it does as nntp_fail_older, so
 * that the pipeline is repeated without compression; but if nntp_compress was called with must, it does as nntp_fail.
 */
bool nntp_refused_xz(const struct nntp *n);
int nntp_fail_xz(struct nntp *n, struct err *e);

/* The reply r has been read: prepare to decompress its block if that is compressed. */
void nntp_expect_packed(const struct nntp *n, const struct reply *r);

#endif
