#include "proto/nntp_lists.h"

#include <string.h>

#include "base/text.h"
#include "mail/msgid.h"
#include "wire/block.h"
#include "wire/bound.h"

/* ---- LIST -------------------------------------------------------------------------------------- */

/* The keywords that look like patterns, or whose lines are split. */
static const struct {
	const char *name;
	enum nntp_list_kind kind;
} keywords[] = {
	{"active", NNTP_LIST_ACTIVE},
	{"active.times", NNTP_LIST_LINES},
	{"distrib.pats", NNTP_LIST_LINES},
	{"newsgroups", NNTP_LIST_DESCRIPTIONS},
	{"overview.fmt", NNTP_LIST_LINES},
};

static int
find_keyword(const char *word)
{
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (text_same(word, keywords[i].name))
			return (int)i;
	return -1;
}

enum nntp_list_kind
nntp_list_kind(const char *keyword)
{
	int i = keyword != NULL ? find_keyword(keyword) : 0;

	return i != -1 ? keywords[i].kind : NNTP_LIST_LINES;
}

void
nntp_list_words(const char **keyword, const char **pattern)
{
	if (*keyword == NULL)
		return;
	if (*pattern == NULL && find_keyword(*keyword) == -1 &&
		strpbrk(*keyword, "*?.,![") != NULL) {
		*pattern = *keyword;
		*keyword = NULL;
	} else if (text_same(*keyword, "active")) {
		*keyword = NULL;
	}
}

int
nntp_list_read(struct nntp *n, struct sink *to, unsigned flags, struct err *e)
{
	struct bound b;

	/* bound_init allows four times the announced size. */
	return block_read(n->conn, bound_init(&b, to, NNTP_LIST_MAX / 4, BOUND_NONE),
		flags | BLOCK_TEXT, NULL, e);
}

/* ---- lines ------------------------------------------------------------------------------------- */

/* The line is malformed: e gets the reason. */
static int
malformed(struct nntp *n, const char *why, const struct nntp_record *r, struct err *e)
{
	nntp_odd_line(n, why, r->line.p, r->line.n, e);
	return NNTP_LINE_MALFORMED;
}

static int
split_active(struct nntp *n, struct nntp_record *r, struct err *e)
{
	const char *at = r->line.p, *end = at + r->line.n;
	uint64_t number;

	for (size_t i = 0; i < 4; i++) {
		struct nntp_span *to = &r->words[i];
		const char *word = text_word(&at, end, &to->n);

		*to = (struct nntp_span){word != NULL ? word : "", word != NULL ? to->n : 0};
		if ((i == 1 || i == 2) && !text_number(to->p, to->n, NNTP_NUMBER_MAX, &number))
			return malformed(n, "a line without article numbers", r, e);
	}
	return NNTP_LINE_GOOD;
}

static int
split_description(struct nntp_record *r)
{
	const char *p = r->line.p, *end = p + r->line.n, *word;
	size_t n = 0;

	word = text_word(&p, end, &n);
	while (p < end && text_is_space(*p))
		p++;
	r->words[0] = (struct nntp_span){word != NULL ? word : "", word != NULL ? n : 0};
	r->words[1] = (struct nntp_span){p, (size_t)(end - p)};
	return NNTP_LINE_GOOD;
}

static int
split_msgid(struct nntp *n, struct nntp_record *r, struct err *e)
{
	if (r->line.n < 3 || r->line.p[0] != '<')
		return malformed(n, "NEWNEWS: not a message-id", r, e);
	r->words[0] = r->line;
	return r->line.n > MSGID_MAX ? NNTP_LINE_LONG_ID : NNTP_LINE_GOOD;
}

/* XHDR found no article (RFC 2980, section 2.6). */
#define NONE "(none)"

/* "number value": XHDR has a message-id where HDR has 0 (RFC 2980, section 2.6). */
static int
split_header(struct nntp *n, struct nntp_record *r, struct err *e)
{
	const char *p = r->line.p, *space = memchr(p, ' ', r->line.n);
	size_t len = r->line.n, first = space != NULL ? (size_t)(space - p) : len;
	uint64_t number;

	if (len == strlen(NONE) && memcmp(p, NONE, len) == 0)
		return NNTP_LINE_NONE;
	r->words[0] = (struct nntp_span){p, first};
	r->words[1] = (struct nntp_span){p + first, len - first};
	if (space != NULL)
		r->words[1] = (struct nntp_span){space + 1, len - first - 1};
	if (text_number(p, first, NNTP_NUMBER_MAX, &number))
		return NNTP_LINE_GOOD;
	if (first > MSGID_MAX && p[0] == '<')
		return NNTP_LINE_LONG_ID;
	r->words[0] = (struct nntp_span){"0", 1};
	if (first > 2 && p[0] == '<')
		return NNTP_LINE_GOOD;
	return malformed(n, "HDR: a line without an article number", r, e);
}

/* The number is without white space and leading zeros. */
static int
split_number(struct nntp_list *l, struct nntp_record *r, struct err *e)
{
	const struct nntp_marks *m = &l->n->marks;
	struct nntp_span s = r->line;

	while (s.n > 0 && text_is_space(s.p[s.n - 1]))
		s.n--;
	if (!text_number(s.p, s.n, NNTP_NUMBER_MAX, &r->number))
		return malformed(l->n, "LISTGROUP: not an article number", r, e);
	if (l->marked && (r->number < m->first || r->number > m->last))
		return nntp_bad_line(l->n, "LISTGROUP: an article number outside the group's marks",
			s.p, s.n, e);
	if (r->number <= l->before && l->before != 0)
		return nntp_bad_line(
			l->n, "LISTGROUP: article numbers that do not ascend", s.p, s.n, e);
	l->before = r->number;
	for (; s.n > 1 && *s.p == '0'; s.n--)
		s.p++;
	r->words[0] = s;
	return l->spec == NULL || (r->number >= l->spec->first && r->number <= l->spec->last)
		       ? NNTP_LINE_GOOD
		       : NNTP_LINE_NONE;
}

void
nntp_list_begin(
	struct nntp_list *l, struct nntp *n, enum nntp_list_kind kind, const struct nntp_spec *spec)
{
	struct err ignored = {0};

	*l = (struct nntp_list){.n = n, .kind = kind, .spec = spec};
	/* RFC 2980 leaves the text of LISTGROUP's reply open: only with numbers it has the marks. */
	l->marked = kind == NNTP_LIST_NUMBERS && nntp_selected(n, &ignored) == 0;
}

/* Check that the block with this line is not too long. The numbers of LISTGROUP are bounded by their order. */
static int
check_length(struct nntp_list *l, const struct nntp_record *r, struct err *e)
{
	if (l->kind == NNTP_LIST_NUMBERS)
		return 0;
	if (l->kind == NNTP_LIST_HEADERS) {
		if (l->lines++ != nntp_lines_max(l->spec))
			return 0;
		return nntp_bad_line(l->n, "HDR: far more lines than articles in the range",
			r->line.p, r->line.n, e);
	}
	l->octets += r->line.n + 2;
	if (l->octets <= NNTP_LIST_MAX)
		return 0;
	return nntp_bad_line(l->n, "a list of more than 256 MiB", r->line.p, r->line.n, e);
}

int
nntp_list_next(struct nntp_list *l, struct nntp_record *r, struct err *e)
{
	char *p;
	int rc = block_line(l->n->conn, &p, &r->line.n, e);

	if (rc != 1)
		return rc;
	r->line.p = p;
	if (check_length(l, r, e) == -1)
		return -1;
	switch (l->kind) {
	case NNTP_LIST_ACTIVE: return split_active(l->n, r, e);
	case NNTP_LIST_DESCRIPTIONS: return split_description(r);
	case NNTP_LIST_MSGIDS: return split_msgid(l->n, r, e);
	case NNTP_LIST_NUMBERS: return split_number(l, r, e);
	case NNTP_LIST_HEADERS: return split_header(l->n, r, e);
	case NNTP_LIST_LINES: break;
	}
	r->words[0] = r->line;
	return NNTP_LINE_GOOD;
}

/* ---- LISTGROUP of a survey --------------------------------------------------------------------- */

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
	struct nntp_list l;
	struct nntp_record r;
	uint64_t full = 0;
	size_t at = 0;
	int kind;

	nntp_list_begin(&l, n, NNTP_LIST_NUMBERS, NULL);
	while ((kind = nntp_list_next(&l, &r, e)) > NNTP_LIST_END) {
		if (kind == NNTP_LINE_MALFORMED)
			err_clear(e);
		else if (full == 0)
			keep_number(to, ranges, &at, r.number);
		if (full == 0 && to->n == NNTP_RUNS_MAX)
			full = to->list[to->n - 1].last;
	}
	if (kind == NNTP_LIST_END && full != 0)
		keep_rest(to, ranges, full + 1);
	return kind;
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
