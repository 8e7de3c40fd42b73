#include "mail/mbox_frame.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "mail/addr.h"
#include "mail/header.h"

/*
 * The first address of the field. False: it has none, or the address may go on after `cut`, the end of the part
 * that was read.
 */
static bool
field_sender(const struct header_field *f, const char *cut, struct buf *out)
{
	struct addrs found = {0};
	struct err ignored;
	const char *plain;
	size_t len;
	bool ok;

	if (cut != NULL && f->raw + f->raw_len >= cut)
		return false;
	if (addr_plain(f->value, f->value_len, &plain, &len)) {
		buf_add(out, plain, len);
		return true;
	}
	ok = addr_parse(f->value, f->value_len, &found, &ignored) == 0 && found.n > 0 &&
	     strlen(found.list[0]) <= ADDR_MAX;
	if (ok)
		buf_adds(out, found.list[0]);
	addrs_free(&found);
	return ok;
}

void
mbox_sender(const char *header, size_t n, bool whole, struct buf *out)
{
	const char *cut = whole ? NULL : header + n;
	struct header_field f, from = {0};
	struct header_walk w;

	for (header_walk(&w, header, n); header_next(&w, &f);) {
		if (from.raw == NULL && header_is(&f, "From"))
			from = f;
		if (!header_is(&f, "Return-Path"))
			continue;
		if ((f.value_len >= 2 && memcmp(f.value, "<>", 2) == 0) ||
			field_sender(&f, cut, out))
			return;
		break;
	}
	if (from.raw != NULL || header_find(w.p, (size_t)(w.end - w.p), "From", &from))
		field_sender(&from, cut, out);
}

/* Write the From_ line and the n octets that have arrived: the header (whole: all of it) and what follows it. */
static int
begin(struct mbox_frame *f, const char *p, size_t n, bool whole, struct err *e)
{
	struct buf from = {0}, line = {0};
	int rc;

	f->begun = true;
	mbox_sender(p, n, whole, &from);
	mbox_from_line(buf_str(&from), f->date, &line);
	rc = sink_write(f->quote.out, line.data, line.len, e);
	if (rc == 0)
		rc = sink_write(&f->quote.sink, p, n, e);
	buf_free(&from);
	buf_free(&line);
	return rc;
}

/* Is there an empty line at or after p, the beginning of a line? */
static bool
header_ends(const char *p, const char *end)
{
	if (p < end && *p == '\n')
		return true;
	if (end - p > 1 && p[0] == '\r' && p[1] == '\n')
		return true;
	while ((p = text_find_pair(p, end, '\n', '\n', '\r')) != NULL) {
		if (p[1] == '\n' || (end - p > 2 && p[2] == '\n'))
			return true;
		p++;
	}
	return false;
}

static int
frame_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct mbox_frame *f = (struct mbox_frame *)s;
	size_t take = sizeof f->head - f->held, seen = f->held;
	bool whole;

	if (f->begun)
		return sink_write(&f->quote.sink, p, n, e);
	take = take < n ? take : n;
	/* The first span nearly always contains the whole header. */
	if (seen == 0 && header_ends(p, p + take))
		return begin(f, p, n, true, e);
	memcpy(f->head + f->held, p, take);
	f->held += take;
	while (seen > 0 && f->head[seen - 1] != '\n')
		seen--;
	whole = header_ends(f->head + seen, f->head + f->held);
	if (!whole && f->held < sizeof f->head)
		return 0;
	if (begin(f, f->head, f->held, whole, e) == -1)
		return -1;
	return take < n ? sink_write(&f->quote.sink, p + take, n - take, e) : 0;
}

void
mbox_frame_init(struct mbox_frame *f, struct sink *out, time_t date)
{
	f->sink.write = frame_write;
	mbox_quote_init(&f->quote, out);
	f->date = date;
	f->begun = false;
	f->held = 0;
}

int
mbox_frame_finish(struct mbox_frame *f, struct err *e)
{
	if (!f->begun && begin(f, f->head, f->held, true, e) == -1)
		return -1;
	return mbox_quote_finish(&f->quote, e);
}
