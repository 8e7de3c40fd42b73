/*
 * buf: a growing array of octets; NUL is an ordinary octet.
 *
 * `struct buf b = {0};` is empty. The owner calls buf_free. After the first addition a NUL always follows
 * the octets, so that a text can be used as a string. Every addition may move data.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/sink.h"

struct buf {
	char *data;
	size_t len, cap;
};

/* Make room for n more octets and a NUL from data[len] on; the caller adds the number of octets written to len. */
char *buf_grow(struct buf *b, size_t n);
static inline char *
buf_reserve(struct buf *b, size_t n)
{
	return n < b->cap - b->len ? b->data + b->len : buf_grow(b, n);
}

/* Append n octets, a string, one octet, or a formatted text. */
static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = buf_reserve(b, n);

	if (n != 0)
		memcpy(to, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}
static inline void
buf_addc(struct buf *b, char c)
{
	char *to = buf_reserve(b, 1);

	to[0] = c;
	to[1] = '\0';
	b->len++;
}
void buf_adds(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Append a decimal number; faster than buf_addf, for loops over thousands of items. */
void buf_addu(struct buf *b, uint64_t n);

/* Drop the first n octets (n <= len), all octets, or the memory too. */
void buf_drop(struct buf *b, size_t n);
void buf_clear(struct buf *b);
void buf_free(struct buf *b);

/* Overwrite the octets, then free: for secrets. Reserve first: a buffer that grows leaves a copy in freed memory. */
void buf_wipe(struct buf *b);

/* The content as a string: "" for an empty buffer; borrowed till the next change. */
const char *buf_str(const struct buf *b);

/* Pass the memory to the caller, who frees it (never NULL). The buffer is empty afterwards. */
char *buf_steal(struct buf *b);

/* Writes n octets (n may be 0) to `to`. Returns 0, or -1 with e. */
typedef int buf_writer(void *to, const char *p, size_t n, struct err *e);

/*
 * Collect octets in b so that they are written in pieces of up to 64 KiB. A piece of 32 KiB and more is not copied. The
 * caller writes what is in b at the end. On an error of write, b may hold octets that were written in part.
 */
int buf_gather(struct buf *b, const char *p, size_t n, buf_writer *write, void *to, struct err *e);

/* A sink that appends to a buffer; more than max octets in all is EX_PROTOCOL. */
struct buf_sink {
	struct sink sink;
	struct buf *buf;
	size_t max;
};
void buf_sink_init(struct buf_sink *s, struct buf *b, size_t max);

#endif
