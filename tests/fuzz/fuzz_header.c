/* Both readings of a message agree, wherever it is cut; no Bcc is sent; the envelope can be parsed. */
#include <string.h>

#include "fuzz.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/scan.h"

/* The second reading: what is sent. */
static void
send_out(const char *p, size_t n, size_t step, struct buf *out, bool *has_header)
{
	struct buf_sink to;
	struct crlf x;
	struct bcc b;
	struct err e;

	buf_sink_init(&to, out, SIZE_MAX);
	crlf_init(&x, &to.sink, false);
	bcc_init(&b, &x.sink, &x.sink, BCC_ONLY);
	MUST(feed(&b.sink, p, n, step, &e) == 0 && bcc_finish(&b, &e) == 0);
	MUST(crlf_finish(&x, false, &e) == 0 && x.octets == out->len);
	crlf_free(&x);
	*has_header = b.has_header;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 1;
	struct envelope v = {0};
	struct header_walk w;
	struct header_field f;
	struct buf out = {0};
	struct scan s;
	struct err e;
	bool has_header;

	if (n == 0)
		return 0;
	scan_init(&s, BCC_ONLY);
	MUST(feed(&s.sink, p, n - 1, data[0] % 8, &e) == 0 && scan_finish(&s, &e) == 0);
	send_out(p, n - 1, data[0] / 8 % 8, &out, &has_header);
	MUST(s.octets == out.len && s.has_header == has_header);
	if (has_header)
		for (header_walk(&w, out.data, out.len); header_next(&w, &f);)
			MUST(!header_is(&f, "Bcc") && !header_is(&f, "Resent-Bcc"));
	envelope_read(&v, buf_str(&s.header), s.header.len, ENVELOPE_FROM | ENVELOPE_RCPTS, &e);
	envelope_free(&v);
	scan_free(&s);
	buf_free(&out);
	return 0;
}
