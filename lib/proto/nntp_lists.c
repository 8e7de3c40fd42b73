#include "proto/nntp_lists.h"

#include <string.h>

#include "base/text.h"
#include "mail/msgid.h"
#include "wire/block.h"
#include "wire/bound.h"

/* ---- lists ------------------------------------------------------------------------------------- */

int
nntp_list_line(struct nntp *n, uint64_t *octets, char **p, size_t *len, struct err *e)
{
	int rc = block_line(n->conn, p, len, e);

	if (rc != 1)
		return rc;
	*octets += *len + 2;
	if (*octets > NNTP_LIST_MAX)
		return nntp_bad_line(n, "a list of more than 256 MiB", *p, *len, e);
	return 1;
}

int
nntp_list_read(struct nntp *n, struct sink *to, unsigned flags, uint64_t *octets, struct err *e)
{
	struct bound b;

	/* bound_init allows four times the announced size. */
	return block_read(n->conn, bound_init(&b, to, NNTP_LIST_MAX / 4, BOUND_NONE),
		flags | BLOCK_TEXT, octets, e);
}

enum nntp_line
nntp_active_line(
	struct nntp *n, const char *p, size_t len, struct nntp_span words[4], struct err *e)
{
	const char *at = p;
	uint64_t number;

	for (size_t i = 0; i < 4; i++) {
		const char *word = text_word(&at, p + len, &words[i].n);

		words[i].p = word != NULL ? word : "";
		if (word == NULL)
			words[i].n = 0;
		if ((i == 1 || i == 2) &&
			!text_number(words[i].p, words[i].n, NNTP_NUMBER_MAX, &number)) {
			nntp_odd_line(n, "a line without article numbers", p, len, e);
			return NNTP_LINE_MALFORMED;
		}
	}
	return NNTP_LINE_GOOD;
}

void
nntp_description_line(
	const char *p, size_t len, struct nntp_span *group, struct nntp_span *description)
{
	const char *end = p + len, *word;
	size_t n = 0;

	word = text_word(&p, end, &n);
	while (p < end && text_is_space(*p))
		p++;
	*group = (struct nntp_span){word != NULL ? word : "", word != NULL ? n : 0};
	*description = (struct nntp_span){p, (size_t)(end - p)};
}

enum nntp_line
nntp_newnews_line(struct nntp *n, const char *p, size_t len, struct err *e)
{
	if (len >= 3 && p[0] == '<')
		return len > MSGID_MAX ? NNTP_LINE_LONG_ID : NNTP_LINE_GOOD;
	nntp_odd_line(n, "NEWNEWS: not a message-id", p, len, e);
	return NNTP_LINE_MALFORMED;
}

/* ---- HDR --------------------------------------------------------------------------------------- */

/* XHDR found no article (RFC 2980, section 2.6). */
#define NONE "(none)"

/* "number value": XHDR has a message-id where HDR has 0 (RFC 2980, section 2.6). */
static enum nntp_line
split_hdr(struct nntp *n, const char *p, size_t len, struct nntp_hdr_line *line, struct err *e)
{
	const char *space = memchr(p, ' ', len);
	size_t first = space != NULL ? (size_t)(space - p) : len;
	uint64_t number;

	if (len == strlen(NONE) && memcmp(p, NONE, len) == 0)
		return NNTP_LINE_NONE;
	line->number = (struct nntp_span){p, first};
	line->value = (struct nntp_span){p + first, len - first};
	if (space != NULL)
		line->value = (struct nntp_span){space + 1, len - first - 1};
	if (text_number(p, first, NNTP_NUMBER_MAX, &number))
		return NNTP_LINE_GOOD;
	if (first > MSGID_MAX && p[0] == '<')
		return NNTP_LINE_LONG_ID;
	line->number = (struct nntp_span){"0", 1};
	if (first > 2 && p[0] == '<')
		return NNTP_LINE_GOOD;
	nntp_odd_line(n, "HDR: a line without an article number", p, len, e);
	return NNTP_LINE_MALFORMED;
}

int
nntp_hdr_next(struct nntp *n, const struct nntp_spec *spec, uint64_t *seen,
	struct nntp_hdr_line *line, struct err *e)
{
	size_t len;
	char *p;
	int rc = block_line(n->conn, &p, &len, e);

	if (rc != 1)
		return rc;
	if ((*seen)++ == nntp_lines_max(spec))
		return nntp_bad_line(
			n, "HDR: far more lines than articles in the range", p, len, e);
	line->whole = (struct nntp_span){p, len};
	line->kind = split_hdr(n, p, len, line, e);
	return 1;
}

/* ---- LISTGROUP --------------------------------------------------------------------------------- */

void
nntp_numbers_begin(struct nntp_numbers *l, struct nntp *n)
{
	struct err ignored = {0};

	/* RFC 2980 leaves the text of this reply open: only with numbers it has the marks. */
	*l = (struct nntp_numbers){.n = n, .marked = nntp_selected(n, &ignored) == 0};
}

int
nntp_numbers_line(
	struct nntp_numbers *l, const char *p, size_t len, uint64_t *number, struct err *e)
{
	const struct nntp_marks *m = &l->n->marks;

	while (len > 0 && text_is_space(p[len - 1]))
		len--;
	if (!text_number(p, len, NNTP_NUMBER_MAX, number)) {
		nntp_odd_line(l->n, "LISTGROUP: not an article number", p, len, e);
		return 0;
	}
	if (l->marked && (*number < m->first || *number > m->last))
		return nntp_bad_line(
			l->n, "LISTGROUP: an article number outside the group's marks", p, len, e);
	if (*number <= l->before && l->before != 0)
		return nntp_bad_line(
			l->n, "LISTGROUP: article numbers that do not ascend", p, len, e);
	l->before = *number;
	return 1;
}

/* Add a number to the runs in `to` if one of the ranges from *at on holds the number. */
static void
keep_number(struct nntp_specs *to, const struct nntp_specs *ranges, size_t *at, uint64_t number)
{
	struct nntp_spec *last = to->n != 0 ? &to->list[to->n - 1] : NULL;

	while (*at < ranges->n && ranges->list[*at].last < number)
		++*at;
	if (*at == ranges->n || number < ranges->list[*at].first)
		return;
	if (last != NULL && last->last + 1 == number)
		last->last = number;
	else
		nntp_specs_add(to, (struct nntp_spec){.first = number, .last = number});
}

/* Add the ranges from number `from` on as they are. */
static void
keep_rest(struct nntp_specs *to, const struct nntp_specs *ranges, uint64_t from)
{
	for (size_t i = 0; i < ranges->n; i++) {
		struct nntp_spec spec = ranges->list[i];

		if (spec.first < from)
			spec.first = from;
		if (spec.first <= spec.last)
			nntp_specs_add(to, spec);
	}
}

static int
read_numbers(struct nntp *n, const struct nntp_specs *ranges, struct nntp_specs *to, struct err *e)
{
	struct nntp_numbers l;
	uint64_t number, full = 0;
	size_t len, at = 0;
	char *p;
	int rc;

	nntp_numbers_begin(&l, n);
	while ((rc = block_line(n->conn, &p, &len, e)) == 1) {
		rc = nntp_numbers_line(&l, p, len, &number, e);
		if (rc == -1)
			return -1;
		if (rc == 0)
			err_clear(e);
		else if (full == 0)
			keep_number(to, ranges, &at, number);
		if (full == 0 && to->n == NNTP_RUNS_MAX)
			full = to->list[to->n - 1].last;
	}
	if (rc == 0 && full != 0)
		keep_rest(to, ranges, full + 1);
	return rc;
}

static int
keep_listed(struct nntp *n, struct nntp_specs *s, struct err *e)
{
	struct nntp_specs listed = {0};

	if (read_numbers(n, s, &listed, e) == -1) {
		nntp_specs_free(&listed);
		return -1;
	}
	nntp_specs_free(s);
	*s = listed;
	return 0;
}

int
nntp_put_listgroup(struct nntp *n, const char *group, const struct nntp_specs *s, struct err *e)
{
	struct nntp_spec all = {.first = s->list[0].first, .last = s->list[s->n - 1].last};
	struct buf range = {0};
	int rc;

	nntp_spec_text(&all, &range);
	/* Some old servers support LISTGROUP only without a range (RFC 2980, section 1.4). */
	rc = n->old_listgroup
		     ? cmdq_put(n->q, NNTP_LISTGROUP, e, "LISTGROUP %s", group)
		     : cmdq_put(n->q, NNTP_LISTGROUP, e, "LISTGROUP %s %s", group, buf_str(&range));
	buf_free(&range);
	return rc;
}

int
nntp_take_listgroup(struct nntp *n, struct nntp_specs *s, struct err *e)
{
	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	if (n->r.code == 501 && !n->old_listgroup) {
		n->old_listgroup = true;
		return nntp_fail_older(n, e);
	}
	return n->r.code == 211 ? keep_listed(n, s, e) : nntp_step_refused(n, e);
}
