#include "wire/deflate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/mem.h"

/* ---- one stream -------------------------------------------------------------------------------- */

struct inflater {
	z_stream z;
	bool full, ended;
};

struct inflater *
inflater_new(bool wrapped)
{
	struct inflater *z = mem_zalloc(sizeof *z);

	/* 15 + 32: the header decides between zlib and gzip. */
	if (inflateInit2(&z->z, wrapped ? 15 + 32 : -15) != Z_OK)
		abort(); /* only lack of memory or a wrong zlib */
	return z;
}

void
inflater_free(struct inflater *z)
{
	if (z == NULL)
		return;
	inflateEnd(&z->z);
	free(z);
}

long
inflater_run(struct inflater *z, const char *in, size_t *n, char *out, size_t room, struct err *e)
{
	int rc;

	z->z.next_in = (unsigned char *)(uintptr_t)in;
	z->z.avail_in = (unsigned)*n;
	z->z.next_out = (unsigned char *)out;
	z->z.avail_out = (unsigned)room;
	rc = inflate(&z->z, Z_SYNC_FLUSH);
	z->ended = rc == Z_STREAM_END;
	if (rc != Z_OK && rc != Z_BUF_ERROR && rc != Z_STREAM_END)
		return err_set(e, EX_PROTOCOL, "broken compressed stream: %s", zError(rc));
	*n -= z->z.avail_in;
	z->full = z->z.avail_out == 0 && !z->ended;
	return (long)(room - z->z.avail_out);
}

bool
inflater_full(const struct inflater *z)
{
	return z->full;
}

bool
inflater_ended(const struct inflater *z)
{
	return z->ended;
}

/* ---- a layer of a connection ------------------------------------------------------------------- */

struct deflate {
	z_stream up;
	struct inflater *down;
	char in[32768]; /* compressed octets not yet unpacked: in[at .. at + n) */
	size_t at, n;
};

struct deflate *
deflate_new(void)
{
	struct deflate *z = mem_zalloc(sizeof *z);

	if (deflateInit2(&z->up, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) !=
		Z_OK)
		abort(); /* only lack of memory or a wrong zlib */
	z->down = inflater_new(false);
	return z;
}

void
deflate_free(struct deflate *z)
{
	if (z == NULL)
		return;
	deflateEnd(&z->up);
	inflater_free(z->down);
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
	return z->in + z->n;
}

void
deflate_took(struct deflate *z, size_t n)
{
	z->n += n;
}

bool
deflate_pending(const struct deflate *z)
{
	return z->n > 0 || inflater_full(z->down);
}

long
deflate_unpack(struct deflate *z, char *p, size_t n, struct err *e)
{
	size_t used = z->n;
	long gave;

	if (!deflate_pending(z) || n == 0)
		return 0;
	gave = inflater_run(z->down, z->in + z->at, &used, p, n, e);
	if (gave != -1 && inflater_ended(z->down))
		return err_set(e, EX_PROTOCOL, "broken compressed stream: it has ended");
	if (gave == -1)
		return -1;
	z->at += used;
	z->n -= used;
	return gave;
}

const char *
deflate_library(void)
{
	return zlibVersion();
}
