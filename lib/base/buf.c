#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"

#define CHUNK (64 * 1024)

char *
buf_grow(struct buf *b, size_t n)
{
	size_t need = n < SIZE_MAX - b->len - 1 ? b->len + n + 1 : SIZE_MAX;

	if (need > b->cap) {
		size_t cap = b->cap < 64 ? 64 : b->cap;

		while (cap < need)
			cap = cap <= SIZE_MAX / 2 ? cap * 2 : need;
		b->data = mem_resize(b->data, cap, 1);
		b->cap = cap;
	}
	return b->data + b->len;
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	size_t room;
	int n;

	if (b->cap == 0)
		buf_reserve(b, 63);
	room = b->cap - b->len;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(b->data + b->len, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n >= room) {
		/* Format again into enough room. The text may be a secret, so erase the truncated copy first. */
		explicit_bzero(b->data + b->len, room);
		vsnprintf(buf_reserve(b, (size_t)n), (size_t)n + 1, fmt, again);
	}
	va_end(again);
	b->len += n > 0 ? (size_t)n : 0;
	b->data[b->len] = '\0';
}

void
buf_addu(struct buf *b, uint64_t n)
{
	char digits[20], *end = digits + sizeof digits, *p = end;

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	buf_add(b, p, (size_t)(end - p));
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n >= b->len) {
		buf_clear(b);
		return;
	}
	b->len -= n;
	memmove(b->data, b->data + n, b->len + 1);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->cap != 0)
		b->data[0] = '\0';
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}

void
buf_wipe(struct buf *b)
{
	if (b->cap != 0)
		explicit_bzero(b->data, b->cap);
	buf_free(b);
}

const char *
buf_str(const struct buf *b)
{
	return b->cap != 0 ? b->data : "";
}

char *
buf_steal(struct buf *b)
{
	char *s;

	buf_add(b, "", 0);
	s = b->data;
	*b = (struct buf){0};
	return s;
}

int
buf_gather(struct buf *b, const char *p, size_t n, buf_writer *write, void *to, struct err *e)
{
	if (n >= CHUNK / 2 || b->len + n > CHUNK) {
		if (b->len != 0 && write(to, b->data, b->len, e) == -1)
			return -1;
		b->len = 0;
	}
	if (n >= CHUNK / 2)
		return write(to, p, n, e);
	buf_add(b, p, n);
	return 0;
}

static int
buf_sink_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct buf_sink *bs = (struct buf_sink *)s;

	if (n > bs->max || bs->buf->len > bs->max - n)
		return err_set(e, EX_PROTOCOL, "the reply is longer than %zu octets", bs->max);
	buf_add(bs->buf, p, n);
	return 0;
}

void
buf_sink_init(struct buf_sink *s, struct buf *b, size_t max)
{
	s->sink.write = buf_sink_write;
	s->buf = b;
	s->max = max;
}
