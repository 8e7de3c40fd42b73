#include <string.h>

#include "base/octets.h"
#include "base/text.h"
#include "cmd/nntp_over.h"
#include "cmd/nntp_run.h"
#include "cmd/print.h"
#include "mail/msgid.h"
#include "wire/block.h"

/* The standard fields have their places (RFC 3977, section 8.3.2): how many, and which is the message-id. */
#define OVERVIEW_STANDARD 7
#define OVERVIEW_MSGID    4

void
over_view_parse(const struct args *a, struct over_view *v)
{
	v->fields = args_get(a, "fields");
	v->decode = args_has(a, "decode");
}

void
over_view_free(struct over_view *v)
{
	rfc2047_free(&v->words);
	buf_free(&v->text);
	for (size_t i = 0; i < OVERVIEW_COLUMNS; i++)
		json_key_free(&v->keys[i]);
}

bool
over_wants_format(const struct session *s, const struct over_view *v)
{
	return (v->fields != NULL || s->out->json) && !nntp_of(s)->format_known;
}

/* How much of n octets is the name: it may be spelled as LIST OVERVIEW.FMT shows it, "Xref:full". */
static size_t
field_name(const char *p, size_t n)
{
	if (n > 5 && text_same_n(p + n - 5, 5, ":full"))
		return n - 5;
	return n > 1 && p[n - 1] == ':' ? n - 1 : n;
}

int
over_resolve(struct session *s, struct over_view *v, struct err *e)
{
	const char *p = v->fields;

	v->ncols = 0;
	while (p != NULL) {
		size_t n = strcspn(p, ",");
		int col = overview_column(&nntp_of(s)->format, p, field_name(p, n));

		if (col == -1)
			return err_set(e, EX_DATAERR, "-F: the overview has no field '%.*s'",
				(int)(n < 200 ? n : 200), p);
		if (v->ncols == OVERVIEW_COLUMNS)
			return err_set(e, EX_USAGE, "-F: more than %d fields", OVERVIEW_COLUMNS);
		v->cols[v->ncols++] = col;
		p = p[n] == ',' ? p + n + 1 : NULL;
	}
	return 0;
}

/* The value of a column, decoded if that is wanted: valid until the next call. */
static struct overview_span
shown(struct over_view *v, size_t at, struct overview_span col)
{
	/* No encoded words in message-ids and numbers (RFC 2047, section 5). */
	if (!v->decode || (at >= OVERVIEW_MSGID && at <= OVERVIEW_STANDARD) ||
		memmem(col.p, col.n, "=?", 2) == NULL)
		return col;
	buf_clear(&v->text);
	rfc2047_decode(&v->words, col.p, col.n, &v->text);
	return (struct overview_span){buf_str(&v->text), v->text.len};
}

/* Column i of a line of n, or an empty one. */
static struct overview_span
column(const struct overview_span *cols, size_t n, size_t i)
{
	return i < n ? cols[i] : (struct overview_span){"", 0};
}

static int
put_text(struct session *s, struct overview_span text, bool first, struct err *e)
{
	if (!first && out_text(s->out, "\t", 1, e) == -1)
		return -1;
	return out_text(s->out, text.p, text.n, e);
}

/* Only the columns of -F, or all of them. */
static int
print_text(struct session *s, struct over_view *v, const struct overview_span *cols, size_t n,
	struct err *e)
{
	size_t count = v->ncols != 0 ? v->ncols : n;
	bool lacks = false;

	for (size_t i = 0; i < count; i++) {
		size_t at = v->ncols != 0 ? (size_t)v->cols[i] : i;

		lacks = lacks || at >= n;
		if (put_text(s, shown(v, at, column(cols, n, at)), i == 0, e) == -1)
			return -1;
	}
	v->lacking += lacks;
	return out_eol(s->out, e);
}

static void
json_field(struct session *s, struct over_view *v, size_t at, struct overview_span col)
{
	const struct overview_field *f = &nntp_of(s)->format.fields[at - 1];
	struct overview_span value = overview_value(f, col);

	/* A full field that is there and empty still has its name in the column. */
	if (f->number)
		json_num(s->out, value.p, value.n);
	else if (col.n == 0 && at > OVERVIEW_STANDARD)
		json_null(s->out);
	else {
		value = shown(v, at, value);
		json_str(s->out, value.p, value.n);
	}
}

static int
print_json(struct session *s, struct over_view *v, const struct overview_span *cols, size_t n,
	struct err *e)
{
	const struct overview_format *f = &nntp_of(s)->format;
	size_t count = v->ncols != 0 ? v->ncols : f->n + 1;
	bool lacks = false;

	json_open(s->out, '{');
	for (size_t i = 0; i < count; i++) {
		size_t at = v->ncols != 0 ? (size_t)v->cols[i] : i;

		lacks = lacks || at >= n;
		json_ready_key(s->out, &v->keys[at]);
		if (at == 0)
			json_num(s->out, cols[0].p, cols[0].n);
		else
			json_field(s, v, at, column(cols, n, at));
	}
	json_close(s->out, '}');
	v->lacking += v->ncols != 0 && lacks;
	return json_end_line(s->out, e);
}

/* The tabs in n times 64 octets; n is at most 3. */
static unsigned
tabs_in(const char *p, size_t n)
{
	const octets16 tab = (octets16){0} + '\t';
	octets16 found = {0}, octets[4];
	uint64_t sums[2];

	for (; n > 0; n--, p += sizeof octets) {
		memcpy(octets, p, sizeof octets);
		/* -1 where it is one */
		found -= (octets[0] == tab) + (octets[1] == tab) + (octets[2] == tab) +
			 (octets[3] == tab);
	}
	memcpy(sums, &found, sizeof sums);
	/* At most 24 in each octet: all of them, added up in the topmost. */
	return (unsigned)((sums[0] + sums[1]) * UINT64_C(0x0101010101010101) >> 56);
}

/*
 * Looking for each tab of each line would cost as much as all the rest. This is true for nearly every good
 * line, and for no other: an article number comes first, the standard fields are there, and the message-id ends
 * in the first 192 octets or stands in a line with no room for a long one.
 */
static bool
looks_fine(const char *p, size_t n)
{
	size_t some = n < 3 * 64 ? n / 64 : 3, digits = 0;
	unsigned tabs = tabs_in(p, some);
	char last[64] = {0};

	while (digits < n && text_is_digit(p[digits]))
		digits++;
	/* 18 digits are below NNTP_NUMBER_MAX. */
	if (digits == 0 || digits > 18 || digits == n || p[digits] != '\t')
		return false;
	if (n > MSGID_MAX && tabs <= OVERVIEW_MSGID)
		return false;
	for (p += some * 64, n -= some * 64; n >= 64 && tabs < OVERVIEW_STANDARD; p += 64, n -= 64)
		tabs += tabs_in(p, 1);
	if (tabs >= OVERVIEW_STANDARD)
		return true;
	memcpy(last, p, n);
	return tabs + tabs_in(last, 1) >= OVERVIEW_STANDARD;
}

static int
print_line(struct session *s, struct over_view *v, bool as_sent, const char *p, size_t len,
	struct err *e)
{
	struct overview_span cols[OVERVIEW_COLUMNS + 1];
	struct nntp *nntp = nntp_of(s);
	size_t n = overview_split(p, len, cols), want = nntp->format.n + 1;
	uint64_t number;

	if (!text_number(cols[0].p, cols[0].n, NNTP_NUMBER_MAX, &number)) {
		/* Text without any field, for the reader to judge. */
		if (as_sent && n == 1)
			return v->odd++, out_line(s->out, p, len, e);
		nntp_odd_line(nntp, "OVER: a line without an article number", p, len, e);
		nntp_pass_over(s, &v->passed, e);
		return 0;
	}
	if (number > v->highest)
		v->highest = number;
	if (n > OVERVIEW_MSGID && cols[OVERVIEW_MSGID].n > MSGID_MAX) {
		nntp_warn_long_id(s, "OVER", p, len);
		return 0;
	}
	/* Full fields that an article lacks may be left out at the end (RFC 2980, section 2.8). */
	if (n <= OVERVIEW_STANDARD || (nntp->format_told && n > want))
		v->odd++;
	if (s->out->json)
		return print_json(s, v, cols, n, e);
	if (v->ncols == 0 && !v->decode)
		return out_line(s->out, p, len, e);
	return print_text(s, v, cols, n, e);
}

static void
make_keys(const struct overview_format *f, struct over_view *v)
{
	json_key_make(&v->keys[0], "number", strlen("number"));
	for (size_t i = 0; i < f->n; i++)
		json_key_make(&v->keys[i + 1], f->fields[i].name, strlen(f->fields[i].name));
}

int
over_print(struct session *s, struct over_view *v, uint64_t most, uint64_t *lines, struct err *e)
{
	bool as_sent = !s->out->json && v->ncols == 0 && !v->decode && !v->watch;
	size_t n;
	char *p;
	int rc;

	*lines = 0;
	if (s->out->json)
		make_keys(&nntp_of(s)->format, v);
	while ((rc = block_line(s->c.conn, &p, &n, e)) == 1) {
		if (++*lines > most)
			return nntp_bad_line(nntp_of(s),
				"OVER: far more lines than articles in the range", p, n, e);
		rc = as_sent && looks_fine(p, n) ? out_line(s->out, p, n, e)
						 : print_line(s, v, as_sent, p, n, e);
		if (rc == -1)
			return conn_fail(s->c.conn, e);
	}
	return rc;
}

int
over_report(struct session *s, const struct over_view *v, struct err *e)
{
	if (v->lacking != 0) {
		s->passed_over = true;
		return err_set(e, EX_DATAERR, "%ju overview lines lack a field that was asked for",
			(uintmax_t)v->lacking);
	}
	if (v->odd != 0)
		print_warning(s->opt, NNTP_WHO,
			"%ju overview lines do not have the fields of LIST OVERVIEW.FMT",
			(uintmax_t)v->odd);
	return 0;
}
