/*
 * packed: single compressed blocks on an uncompressed connection, as commercial news servers send them after XFEATURE
 * COMPRESS GZIP and in reply to XZVER and XZHDR. No standard describes them. The forms that public clients accept:
 *
 *   one stream of zlib, gzip or raw DEFLATE. The line "." that ends the block is the last one in the stream, or follows
 *   the stream uncompressed, or both.
 *   yEnc lines from =ybegin to =yend, dot-stuffed and ended by "." as any block, which hold such a stream.
 *
 * The first octets of the block show its form. The end of the stream ends the block, so the octets after it on the
 * connection are the next reply. block.h reads such blocks as any other; this file is its source of octets.
 */
#ifndef WIRE_PACKED_H
#define WIRE_PACKED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "wire/conn.h"

/* The next block of c is compressed. marked: the status line shows it, so that raw DEFLATE need not be in yEnc. */
void packed_begin(struct conn *c, bool marked);

/* Forget packed_begin and what it left; NULL is allowed. */
void packed_free(struct packed *z);

/* The decompressed octets that were not read, valid until the next packed_fill. The reader may change them in place. */
char *packed_data(struct conn *c, size_t *n);
void packed_skip(struct conn *c, size_t n);

/*
 * Decompress at least one more octet: 1; 0: the stream has ended. -1: EX_PROTOCOL (broken stream, wrong checksum or
 * size, more than max octets not read), EX_TEMPFAIL as conn_fill. Checks the run's deadline and signals in each step.
 */
int packed_fill(struct conn *c, size_t max, struct err *e);

/*
 * The reader has come to the end of the block; ended: by its line ".", not only by the end of the stream. Check that
 * nothing is left, and read the "." that follows the stream. The next block is not compressed. EX_PROTOCOL.
 */
int packed_end(struct conn *c, bool ended, struct err *e);

#endif
