#include "wire/deflate.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/mem.h"

struct deflate {
	z_stream up, down;
	unsigned char in[32768]; /* compressed octets not yet unpacked: in[at .. at + n) */
	size_t at, n;
	bool full; /* the last unpack filled all it was given: zlib may hold more */
};

struct deflate *
deflate_new(void)
{
	struct deflate *z = mem_zalloc(sizeof *z);

	if (deflateInit2(&z->up, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) !=
			Z_OK ||
		inflateInit2(&z->down, -15) != Z_OK)
		abort(); /* only lack of memory or a wrong zlib */
	return z;
}

void
deflate_free(struct deflate *z)
{
	if (z == NULL)
		return;
	deflateEnd(&z->up);
	inflateEnd(&z->down);
	free(z);
}

void
deflate_pack(struct deflate *z, const char *p, size_t n, struct buf *out)
{
	z->up.next_in = (unsigned char *)(unsigned long)p;
	z->up.avail_in = (unsigned)n;
	do {
		z->up.next_out = (unsigned char *)buf_reserve(out, 4096);
		z->up.avail_out = 4096;
		deflate(&z->up, Z_SYNC_FLUSH);
		out->len += 4096 - z->up.avail_out;
	} while (z->up.avail_out == 0);
	out->data[out->len] = '\0';
}

char *
deflate_space(struct deflate *z, size_t *n)
{
	if (z->n == 0)
		z->at = 0;
	memmove(z->in, z->in + z->at, z->n);
	z->at = 0;
	*n = sizeof z->in - z->n;
	return (char *)z->in + z->n;
}

void
deflate_took(struct deflate *z, size_t n)
{
	z->n += n;
}

bool
deflate_pending(const struct deflate *z)
{
	return z->n > 0 || z->full;
}

long
deflate_unpack(struct deflate *z, char *p, size_t n, struct err *e)
{
	int rc;
	size_t took, gave;

	if (!deflate_pending(z) || n == 0)
		return 0;
	z->down.next_in = z->in + z->at;
	z->down.avail_in = (unsigned)z->n;
	z->down.next_out = (unsigned char *)p;
	z->down.avail_out = (unsigned)n;
	rc = inflate(&z->down, Z_SYNC_FLUSH);
	if (rc != Z_OK && rc != Z_BUF_ERROR)
		return err_set(e, EX_PROTOCOL, "broken compressed stream: %s",
			rc == Z_STREAM_END ? "it has ended" : zError(rc));
	took = z->n - z->down.avail_in;
	z->at += took;
	z->n -= took;
	gave = n - z->down.avail_out;
	z->full = z->down.avail_out == 0;
	return (long)gave;
}

const char *
deflate_library(void)
{
	return zlibVersion();
}
