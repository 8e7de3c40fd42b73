/* Stuffing and unstuffing dots gives the text in CRLF form; the counts are those of the octets. */
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"
#include "mail/crlf.h"

static void
encode(const char *p, size_t n, size_t step, bool dot, struct buf *out, struct crlf *x)
{
	struct buf_sink to;
	struct err e;

	buf_sink_init(&to, out, SIZE_MAX);
	crlf_init(x, out != NULL ? &to.sink : NULL, dot);
	MUST(feed(&x->sink, p, n, step, &e) == 0 && crlf_finish(x, dot, &e) == 0);
	crlf_free(x);
}

/* Decode a block as a receiver does: lines up to the lone dot. Returns the number of octets after it. */
static size_t
decode(const struct buf *in, struct buf *out)
{
	const char *p = in->data, *end = p + in->len;

	for (;;) {
		const char *nl = memmem(p, (size_t)(end - p), "\r\n", 2);

		MUST(nl != NULL);
		if (nl == p + 1 && *p == '.')
			return (size_t)(end - nl) - 2;
		p += *p == '.';
		buf_add(out, p, (size_t)(nl - p) + 2);
		p = nl + 2;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 1;
	struct buf plain = {0}, block = {0}, back = {0};
	struct crlf x;

	if (n == 0)
		return 0;
	encode(p, n - 1, data[0] % 8, false, &plain, &x);
	MUST(x.octets == plain.len && x.dots == 0);
	encode(p, n - 1, data[0] / 8 % 8, true, &block, &x);
	MUST(x.octets == plain.len && x.octets + x.dots + 3 == block.len);
	MUST(decode(&block, &back) == 0);
	MUST(back.len == plain.len);
	MUST(plain.len == 0 || memcmp(back.data, plain.data, plain.len) == 0);
	encode(p, n - 1, 0, false, NULL, &x);
	MUST(x.octets == plain.len);
	buf_free(&plain);
	buf_free(&block);
	buf_free(&back);
	return 0;
}
