/*
 * pack.h - compressing blocks as commercial news servers do: one stream of zlib, gzip or raw DEFLATE, in yEnc or not.
 *
 * Made from public descriptions; no such server is free. Between pack_begin and pack_end io_put compresses.
 */
#ifndef TS_PACK_H
#define TS_PACK_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

struct pack;

/* "zlib", "gzip", "raw" or "yenc" (raw DEFLATE in yEnc lines); NULL if the form is another. */
struct pack *pack_begin(const char *form);

/* Compresses n octets. */
void pack_add(struct pack *k, const void *p, size_t n);

/*
 * Ends the stream, appends it to out and frees k. damage: "" or "cut N" (drop the last N octets of the stream), "flip"
 * (change its last octet), of yEnc also "crc", "size" (both wrong in =yend), "nocrc", "noend" (no =yend). False if it
 * is another word.
 */
bool pack_end(struct pack *k, const char *damage, struct buf *out);

#endif
