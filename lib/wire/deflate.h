/*
 * deflate: DEFLATE (RFC 1951) over spans, with bounded memory for any input. The inflater decompresses one stream; the
 * deflate layer carries raw DEFLATE in both directions of a connection (RFC 8054).
 */
#ifndef WIRE_DEFLATE_H
#define WIRE_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* ---- one stream -------------------------------------------------------------------------------- */

struct inflater;

/* wrapped: the stream is in the format of zlib (RFC 1950) or gzip (RFC 1952), with a checksum; else raw. */
struct inflater *inflater_new(bool wrapped);
void inflater_free(struct inflater *z);

/*
 * Decompress *n octets of in, and write at most room octets to out: the number written; *n becomes the number of octets
 * used. -1: EX_PROTOCOL for a broken stream or a wrong checksum.
 */
long inflater_run(
	struct inflater *z, const char *in, size_t *n, char *out, size_t room, struct err *e);

/* Did the last call fill its room, so that output may be left within zlib? Has the stream ended? */
bool inflater_full(const struct inflater *z);
bool inflater_ended(const struct inflater *z);

/* ---- a layer of a connection ------------------------------------------------------------------- */

struct deflate;

struct deflate *deflate_new(void);
void deflate_free(struct deflate *z);

/* Compress n octets, append them to out, and flush so that the peer can decompress all of them. */
void deflate_pack(struct deflate *z, const char *p, size_t n, struct buf *out);

/* Buffer for compressed input, its size in *n; after filling it call deflate_took with the number of octets. */
char *deflate_space(struct deflate *z, size_t *n);
void deflate_took(struct deflate *z, size_t n);

/* Is compressed input, or output within zlib, left to decompress? */
bool deflate_pending(const struct deflate *z);

/*
 * Unpack into p at most n octets; the number, 0 if more input is needed. -1: EX_PROTOCOL (broken
 * stream, or one that ends: the server may not end it).
 */
long deflate_unpack(struct deflate *z, char *p, size_t n, struct err *e);

/* The version of the library that runs. */
const char *deflate_library(void);

#endif
