/*
 * Compressed blocks: any octets read the same whole and by lines; a stream is restored, and a change to it is not
 * missed.
 */
#include <zlib.h>

#include "blocks.h"

/* Compress n octets in the format with these window bits, with the block's "." after the stream. */
static void
compress_block(const char *p, size_t n, int bits, struct buf *out)
{
	z_stream z = {0};
	size_t room = n + n / 8 + 100;

	MUST(deflateInit2(&z, 1, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)p;
	z.avail_in = (unsigned)n;
	z.next_out = (unsigned char *)buf_reserve(out, room);
	z.avail_out = (unsigned)room;
	MUST(deflate(&z, Z_FINISH) == Z_STREAM_END);
	out->len += z.total_out;
	deflateEnd(&z);
	buf_adds(out, ".\r\n");
}

/* The block's content, or -1. */
static int
content(const struct buf *in, struct buf *out)
{
	struct conn *c = heard(in->data, in->len);
	struct buf_sink to;
	struct err e = {0};
	int rc;

	packed_begin(c, true);
	buf_clear(out);
	buf_sink_init(&to, out, SIZE_MAX);
	rc = block_read(c, &to.sink, BLOCK_CRLF, NULL, &e);
	MUST(rc == 0 ? c->from + (c->dot_may_follow ? 3 : 0) == c->to : c->dead && e.status != 0);
	conn_close(c);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 3;
	struct buf packed = {0}, first = {0}, again = {0};
	bool gzip;

	if (n < 3)
		return 0;
	n -= 3;
	gzip = data[0] & 1;
	same_blocks(p, n, data[0] & 2 ? BLOCK_MARKED : BLOCK_UNMARKED);
	compress_block(p, n, gzip ? 15 + 16 : 15, &packed);
	if (content(&packed, &first) == 0) {
		size_t header = gzip ? 10 : 2, at = header + data[1] % (packed.len - header - 3);

		packed.data[at] = (char)(packed.data[at] ^ (1 << data[2] % 8));
		MUST(content(&packed, &again) == -1 ||
			(again.len == first.len &&
				memcmp(buf_str(&again), buf_str(&first), first.len) == 0));
	}
	buf_free(&packed);
	buf_free(&first);
	buf_free(&again);
	return 0;
}
