#include "mail/scan.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define SCAN_OF(member, p) ((struct scan *)(void *)((char *)(p)-offsetof(struct scan, member)))

static int
head_write(struct sink *k, const char *p, size_t n, struct err *e)
{
	struct scan *s = SCAN_OF(head, k);

	s->header_8bit = s->header_8bit || text_is_8bit(p, n);
	return sink_write(&s->count.sink, p, n, e);
}

static int
body_write(struct sink *k, const char *p, size_t n, struct err *e)
{
	struct scan *s = SCAN_OF(body, k);

	s->body_8bit = s->body_8bit || text_is_8bit(p, n);
	return sink_write(&s->count.sink, p, n, e);
}

/* Collect the header, line ends made LF. */
static int
keep_write(struct sink *k, const char *p, size_t n, struct err *e)
{
	struct scan *s = SCAN_OF(keep, k);
	const char *end = p + n;

	(void)e;
	s->header_cut = s->header_cut || n > SCAN_HEADER_MAX - s->header.len;
	if (s->header_cut)
		return 0;
	while (p < end) {
		const char *cr;
		size_t run;

		if (s->cr && *p == '\n')
			p++;
		cr = memchr(p, '\r', (size_t)(end - p));
		run = (size_t)((cr != NULL ? cr : end) - p);
		buf_add(&s->header, p, run);
		s->cr = cr != NULL;
		if (s->cr)
			buf_addc(&s->header, '\n');
		p += run + (s->cr ? 1 : 0);
	}
	return 0;
}

static int
scan_write(struct sink *k, const char *p, size_t n, struct err *e)
{
	struct scan *s = SCAN_OF(sink, k);

	if (!s->read.in_body && sink_write(&s->read.sink, p, n, e) < 0)
		return -1;
	s->has_header = s->read.has_header;
	return sink_write(&s->sent.sink, p, n, e);
}

void
scan_init(struct scan *s, enum bcc_fields dropped)
{
	s->sink.write = scan_write;
	s->octets = 0;
	s->has_header = s->header_8bit = s->body_8bit = s->cr = s->header_cut = false;
	s->header = (struct buf){0};
	s->head.write = head_write;
	s->body.write = body_write;
	s->keep.write = keep_write;
	crlf_init(&s->count, NULL, false);
	bcc_init(&s->sent, &s->head, &s->body, dropped);
	bcc_init(&s->read, &s->keep, NULL, BCC_NONE);
}

/* The header ends in exactly one LF; the empty line is not part of it. */
static void
trim_header(struct scan *s)
{
	struct buf *h = &s->header;

	if (s->read.in_body && h->len != 0)
		h->data[--h->len] = '\0';
	else if (h->len != 0 && h->data[h->len - 1] != '\n')
		buf_addc(h, '\n');
}

int
scan_finish(struct scan *s, struct err *e)
{
	if (bcc_finish(&s->read, e) < 0 || bcc_finish(&s->sent, e) < 0 ||
		crlf_finish(&s->count, false, e) < 0)
		return -1;
	s->octets = s->count.octets;
	s->unended = s->sent.unended;
	trim_header(s);
	return 0;
}

void
scan_free(struct scan *s)
{
	buf_free(&s->header);
}
