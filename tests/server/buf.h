/*
 * buf.h - a growing array of octets with a read position.
 *
 * The test server shares no code with lib/, so that a fault in lib/ cannot hide in both.
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

/* Makes room for n more octets and returns a pointer to it; the caller adds the octets written to len. */
char *buf_room(struct buf *b, size_t n);

/* Appends n octets. */
void buf_add(struct buf *b, const void *p, size_t n);

/* Consumes n (<= buf_left) octets from the front; an empty buffer starts again at offset 0. */
void buf_take(struct buf *b, size_t n);

/* Frees the memory; the buffer is then empty and usable again. */
void buf_free(struct buf *b);

#endif
