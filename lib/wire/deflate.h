/* deflate: raw DEFLATE in both directions over spans (RFC 8054, RFC 1951), with bounded memory for any input. */
#ifndef WIRE_DEFLATE_H
#define WIRE_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

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
