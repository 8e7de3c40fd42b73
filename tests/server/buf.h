/*
 * buf.h - a growing run of octets with a read mark.
 *
 * The test server uses nothing of lib/: a fault there must not be able to hide itself here.
 * Memory running out ends the program (err(3)): it is a test tool.
 */
#ifndef TS_BUF_H
#define TS_BUF_H

#include <stddef.h>

struct buf {
	char *p;    /* owned; data is p[off..len) */
	size_t off; /* octets consumed from the front */
	size_t len;
	size_t cap;
};

/* Number of octets not consumed yet. */
#define buf_left(b) ((b)->len - (b)->off)

/* First octet not consumed yet; valid until the next call that adds octets. */
#define buf_data(b) ((b)->p + (b)->off)

/* Makes room for n more octets and returns where they go; the caller adds to len. */
char *buf_room(struct buf *b, size_t n);

/* Appends n octets. */
void buf_add(struct buf *b, const void *p, size_t n);

/* Takes n (<= buf_left) octets from the front; an emptied buffer starts afresh. */
void buf_take(struct buf *b, size_t n);

/* Frees the memory; the buffer is then empty and usable again. */
void buf_free(struct buf *b);

#endif
