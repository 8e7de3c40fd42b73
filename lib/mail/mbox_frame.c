#include "mail/mbox_frame.h"

#include <string.h>

#include "base/err.h"
#include "mail/addr.h"
#include "mail/header.h"

/* The first address of the field; false: it has none, or may go on behind `cut`, where the header breaks off. */
static bool
field_sender(const struct header_field *f, const char *cut, struct buf *out)
{
	struct addrs found = {0};
	struct err ignored;
	bool ok = (cut == NULL || f->raw + f->raw_len < cut) &&
		  addr_parse(f->value, f->value_len, &found, &ignored) == 0 && found.n > 0 &&
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
	struct header_field f;

	if (header_find(header, n, "Return-Path", &f) &&
		((f.value_len >= 2 && memcmp(f.value, "<>", 2) == 0) || field_sender(&f, cut, out)))
		return;
	if (header_find(header, n, "From", &f))
		field_sender(&f, cut, out);
}

/* The header is there, or as much of it as is looked at. */
static int
begin(struct mbox_frame *f, bool whole, struct err *e)
{
	struct buf from = {0}, line = {0};
	int rc;

	f->begun = true;
	mbox_sender(f->head, f->held, whole, &from);
	mbox_from_line(buf_str(&from), f->date, &line);
	rc = sink_write(f->quote.out, line.data, line.len, e);
	if (rc == 0)
		rc = sink_write(&f->quote.sink, f->head, f->held, e);
	buf_free(&from);
	buf_free(&line);
	return rc;
}

/* Is there an empty line at or behind `from`, the beginning of a line? */
static bool
header_ends(const char *from, const char *end)
{
	while (from < end) {
		const char *lf = memchr(from, '\n', (size_t)(end - from));

		if (lf == NULL)
			return false;
		if (lf == from || (lf == from + 1 && *from == '\r'))
			return true;
		from = lf + 1;
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
	memcpy(f->head + f->held, p, take);
	f->held += take;
	while (seen > 0 && f->head[seen - 1] != '\n')
		seen--;
	whole = header_ends(f->head + seen, f->head + f->held);
	if (!whole && f->held < sizeof f->head)
		return 0;
	if (begin(f, whole, e) == -1)
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
	if (!f->begun && begin(f, true, e) == -1)
		return -1;
	return mbox_quote_finish(&f->quote, e);
}
