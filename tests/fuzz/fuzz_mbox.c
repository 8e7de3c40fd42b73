/* Quoting and splitting gives the same text again; the result of splitting does not depend on spans. */
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"
#include "mail/mbox.h"

static int
split(const char *p, size_t n, size_t step, struct buf *out, uint64_t *last_end)
{
	struct buf_sink to;
	struct mbox_split m;
	size_t used;
	int r = MBOX_MORE;
	struct err e;

	buf_sink_init(&to, out, SIZE_MAX);
	mbox_split_init(&m);
	for (size_t at = 0; at < n; at += used) {
		r = mbox_split(&m, p + at, n - at < step ? n - at : step, &used, &to.sink, &e);
		if (r < 0)
			return -1;
		if (r == MBOX_END)
			buf_addf(out, "[%llu-%llu]", (unsigned long long)m.begin,
				(unsigned long long)m.end);
	}
	r = mbox_split_finish(&m, &to.sink, &e);
	*last_end = m.end;
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 1;
	struct buf a = {0}, b = {0}, box = {0};
	struct buf_sink to;
	struct mbox_quote q;
	uint64_t end_a = 0, end_b = 0;
	struct err e;
	int r;

	if (n-- == 0)
		return 0;
	r = split(p, n, n + 1, &a, &end_a);
	MUST(r == split(p, n, data[0] % 8 + 1, &b, &end_b) && end_a == end_b);
	MUST(r < 0 || (a.len == b.len && memcmp(buf_str(&a), buf_str(&b), a.len) == 0));
	buf_clear(&a);
	mbox_from_line("x", 0, &box);
	buf_sink_init(&to, &box, SIZE_MAX);
	mbox_quote_init(&q, &to.sink);
	MUST(feed(&q.sink, p, n, data[0] / 8 % 8, &e) == 0 && mbox_quote_finish(&q, &e) == 0);
	MUST(split(box.data, box.len, data[0] / 64 + 1, &a, &end_a) == MBOX_END &&
		end_a == box.len);
	MUST(a.len >= n && a.len <= n + 1 && (n == 0 || memcmp(a.data, p, n) == 0));
	buf_free(&a);
	buf_free(&b);
	buf_free(&box);
	return 0;
}
