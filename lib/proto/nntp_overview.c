#include "proto/nntp_overview.h"

#include <string.h>

#include "base/text.h"
#include "mail/msgid.h"
#include "proto/nntp.h"
#include "proto/nntp_compress.h"
#include "proto/nntp_spec.h"
#include "wire/block.h"

/* ---- the format -------------------------------------------------------------------------------- */

void
overview_standard(struct overview_format *f)
{
	static const char *const lines[] = {
		"Subject:", "From:", "Date:", "Message-ID:", "References:", ":bytes", ":lines"};

	f->n = 0;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		overview_add(f, lines[i], strlen(lines[i]));
}

/* RFC 3977, section 8.4.2: metadata may go by the names that it had as header fields. */
static bool
is_metadata(const char *name, size_t n)
{
	return text_same_n(name, n, "bytes") || text_same_n(name, n, "lines");
}

bool
overview_add(struct overview_format *f, const char *line, size_t len)
{
	struct overview_field *field = &f->fields[f->n];
	const char *colon;
	size_t at = 0, n;

	while (len > 0 && text_is_space(line[len - 1]))
		len--;
	if (f->n == OVERVIEW_FIELDS || len == 0)
		return false;
	if (line[0] == ':') {
		n = len;
		field->full = false;
	} else {
		colon = memchr(line, ':', len);
		n = colon != NULL ? (size_t)(colon - line) : len;
		field->full = colon != NULL && text_same_n(colon + 1, len - n - 1, "full");
		if (!field->full && is_metadata(line, n))
			field->name[at++] = ':';
	}
	if (n + at >= OVERVIEW_NAME_MAX)
		n = OVERVIEW_NAME_MAX - 1 - at;
	for (size_t i = 0; i < n; i++)
		field->name[at++] = text_lower(line[i]);
	field->name[at] = '\0';
	field->number = field->name[0] == ':' && is_metadata(field->name + 1, at - 1);
	f->n++;
	return true;
}

int
overview_column(const struct overview_format *f, const char *name, size_t len)
{
	if (text_same_n(name, len, "number"))
		return 0;
	for (size_t i = 0; i < f->n; i++)
		if (text_same_n(name, len, f->fields[i].name))
			return (int)i + 1;
	for (size_t i = 0; i < f->n; i++)
		if (f->fields[i].name[0] == ':' && text_same_n(name, len, f->fields[i].name + 1))
			return (int)i + 1;
	return -1;
}

/* How much of n octets is the name: it may be spelled as LIST OVERVIEW.FMT shows it, "Xref:full". */
static size_t
name_length(const char *p, size_t n)
{
	if (n > 5 && text_same_n(p + n - 5, 5, ":full"))
		return n - 5;
	return n > 1 && p[n - 1] == ':' ? n - 1 : n;
}

int
overview_columns(const struct overview_format *f, const char *names, int columns[OVERVIEW_COLUMNS],
	size_t *n, struct err *e)
{
	for (*n = 0; names != NULL;) {
		size_t len = strcspn(names, ",");
		int column = overview_column(f, names, name_length(names, len));

		if (column == -1)
			return err_set(e, EX_DATAERR,
				"-F: the overview has no field '%.*s' (list overview.fmt prints "
				"the fields)",
				(int)(len < 200 ? len : 200), names);
		if (*n == OVERVIEW_COLUMNS)
			return err_set(e, EX_USAGE, "-F: more than %d fields", OVERVIEW_COLUMNS);
		columns[(*n)++] = column;
		names = names[len] == ',' ? names + len + 1 : NULL;
	}
	return 0;
}

size_t
overview_split(const char *line, size_t len, struct nntp_span cols[OVERVIEW_COLUMNS + 1])
{
	const char *end = line + len;
	size_t n = 0;

	for (;;) {
		const char *tab = memchr(line, '\t', (size_t)(end - line));

		cols[n++] = (struct nntp_span){line, (size_t)((tab != NULL ? tab : end) - line)};
		if (tab == NULL || n == OVERVIEW_COLUMNS + 1)
			return n;
		line = tab + 1;
	}
}

struct nntp_span
overview_value(const struct overview_field *f, struct nntp_span col)
{
	size_t n;

	if (!f->full)
		return col;
	n = strlen(f->name);
	if (col.n <= n || !text_same_n(col.p, n, f->name) || col.p[n] != ':')
		return col;
	for (n++; n < col.n && text_is_space(col.p[n]);)
		n++;
	return (struct nntp_span){col.p + n, col.n - n};
}

/* ---- the commands ------------------------------------------------------------------------------ */

int
nntp_put_format(struct nntp *n, struct err *e)
{
	return cmdq_put(n->q, NNTP_CMD, e, "LIST OVERVIEW.FMT");
}

/* No overview has more fields than this. */
#define FORMAT_LINES 1000

static int
read_format(struct nntp *n, struct err *e)
{
	size_t len, lines = 0;
	char *p;
	int rc;

	while ((rc = block_line(n->conn, &p, &len, e)) == 1) {
		if (lines++ == FORMAT_LINES)
			return nntp_bad_line(n, "LIST OVERVIEW.FMT: too many fields", p, len, e);
		overview_add(&n->format, p, len);
	}
	return rc;
}

/*
 * A server without the list has the standard fields (RFC 2980, section 2.1.7). If the server first requires a login or
 * MODE READER, ask again after that step.
 */
int
nntp_take_format(struct nntp *n, struct err *e)
{
	if (nntp_reply(n, NULL, e) == -1 || (n->r.code != 215 && nntp_step_refused(n, e) == -1))
		return -1;
	n->format_known = true;
	n->format.n = 0;
	if (n->r.code == 215 && read_format(n, e) == -1)
		return -1;
	n->format_told = n->format.n != 0;
	if (!n->format_told)
		overview_standard(&n->format);
	return 0;
}

int
nntp_put_over(struct nntp *n, const struct nntp_spec *spec, struct err *e)
{
	const char *xz = nntp_xz_command(n, "OVER", nntp_spec_is_range(spec));
	struct buf range = {0};
	int rc;

	nntp_spec_text(spec, &range);
	rc = cmdq_put(n->q, NNTP_CMD, e, "%s%s%s",
		xz != NULL    ? xz
		: n->old_over ? "XOVER"
			      : "OVER",
		range.len != 0 ? " " : "", buf_str(&range));
	buf_free(&range);
	return rc;
}

int
nntp_take_over(struct nntp *n, const struct nntp_spec *spec, struct err *e)
{
	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	if (nntp_refused_xz(n) && !n->over_known)
		return nntp_fail_xz(n, e);
	switch (n->r.code) {
	case 224: n->over_known = true; return NNTP_OVER_BLOCK;
	case 420:
	case 423: return NNTP_OVER_EMPTY;
	case 503:
		/* With a message-id, the server refuses message-ids only, not the command. */
		if (spec->msgid != NULL || n->over_known)
			return NNTP_OVER_REFUSED;
		/* fall through */
	case 400:
	case 500:
		if (n->old_over)
			return NNTP_OVER_REFUSED;
		n->old_over = true;
		return nntp_fail_older(n, e);
	default: return NNTP_OVER_REFUSED;
	}
}

/* ---- lines ------------------------------------------------------------------------------------- */

#define SPAN 64

/* The tabs in n times SPAN octets. Compilers turn the inner loop, of fixed length, into vector instructions. */
static unsigned
tabs_in(const char *p, size_t n)
{
	unsigned tabs = 0;

	for (; n > 0; n--, p += SPAN) {
		unsigned char found = 0;

		for (size_t i = 0; i < SPAN; i++)
			found = (unsigned char)(found + (p[i] == '\t'));
		tabs += found;
	}
	return tabs;
}

/*
 * A quick test of a line, since looking for each tab would cost as much as all the rest. True for nearly every good
 * line, and for no bad one: an article number comes first, the standard fields are there, and the message-id ends
 * in the first 192 octets or stands in a line with no room for a long one.
 */
static bool
looks_fine(const char *p, size_t n)
{
	size_t some = n < 3 * SPAN ? n / SPAN : 3, digits = 0;
	unsigned tabs = tabs_in(p, some);
	char last[SPAN] = {0};

	while (digits < n && p[digits] >= '0' && p[digits] <= '9')
		digits++;
	/* 18 digits are below NNTP_NUMBER_MAX. */
	if (digits == 0 || digits > 18 || digits == n || p[digits] != '\t')
		return false;
	if (n > MSGID_MAX && tabs <= OVERVIEW_MSGID)
		return false;
	for (p += some * SPAN, n -= some * SPAN; n >= SPAN && tabs < OVERVIEW_STANDARD;
		p += SPAN, n -= SPAN)
		tabs += tabs_in(p, 1);
	if (tabs >= OVERVIEW_STANDARD)
		return true;
	memcpy(last, p, n);
	return tabs + tabs_in(last, 1) >= OVERVIEW_STANDARD;
}

static int
split(struct overview_reader *r, struct overview_line *line, struct err *e)
{
	const struct nntp *n = r->n;
	uint64_t number;

	line->ncols = overview_split(line->p, line->len, line->cols);
	if (!text_number(line->cols[0].p, line->cols[0].n, NNTP_NUMBER_MAX, &number)) {
		/* A line without a tab: the caller decides what to do with it. */
		if (r->as_sent && line->ncols == 1)
			return r->odd++, OVERVIEW_PLAIN;
		nntp_odd_line(
			r->n, "OVER: a line without an article number", line->p, line->len, e);
		return OVERVIEW_MALFORMED;
	}
	if (number > r->highest)
		r->highest = number;
	if (line->ncols > OVERVIEW_MSGID && line->cols[OVERVIEW_MSGID].n > MSGID_MAX)
		return OVERVIEW_LONG_ID;
	/* Full fields that an article lacks may be left out at the end (RFC 2980, section 2.8). */
	if (line->ncols <= OVERVIEW_STANDARD || (n->format_told && line->ncols > n->format.n + 1))
		r->odd++;
	return OVERVIEW_SPLIT;
}

int
overview_next(struct overview_reader *r, struct overview_line *line, struct err *e)
{
	struct conn *c = r->n->conn;
	char *p;
	size_t n;
	int rc = block_line(c, &p, &n, e);

	if (rc != 1)
		return rc;
	line->p = p;
	line->len = n;
	if (++r->seen > r->most)
		return nntp_bad_line(
			r->n, "OVER: far more lines than articles in the range", p, n, e);
	return r->as_sent && looks_fine(p, n) ? OVERVIEW_PLAIN : split(r, line, e);
}
