#include "proto/nntp_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "mail/msgid.h"
#include "wire/block.h"
#include "wire/bound.h"

/* ---- lists of what is wanted ------------------------------------------------------------------- */

void
nntp_specs_add(struct nntp_specs *s, struct nntp_spec spec)
{
	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 8 : s->cap * 2;
		s->list = mem_resize(s->list, s->cap, sizeof *s->list);
	}
	s->list[s->n++] = spec;
}

void
nntp_specs_free(struct nntp_specs *s)
{
	free(s->list);
	*s = (struct nntp_specs){0};
}

static bool
is_range(const struct nntp_spec *spec)
{
	return spec->msgid == NULL && !spec->current;
}

uint64_t
nntp_specs_count(const struct nntp_specs *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct nntp_spec *spec = &s->list[i];
		uint64_t n = is_range(spec) ? spec->last - spec->first + 1 : 1;

		sum = n > UINT64_MAX - sum ? UINT64_MAX : sum + n;
	}
	return sum;
}

void
nntp_specs_clip(struct nntp_specs *s, const struct nntp_marks *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct nntp_spec spec = s->list[i];

		if (is_range(&spec) && !spec.named) {
			if (spec.first < m->first)
				spec.first = m->first;
			if (spec.last > m->last)
				spec.last = m->last;
			if (spec.first > spec.last || m->last == 0)
				continue;
		}
		s->list[kept++] = spec;
	}
	s->n = kept;
}

bool
nntp_specs_ascend(const struct nntp_specs *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct nntp_spec *spec = &s->list[i];

		if (!is_range(spec) || spec->named || (i > 0 && spec->first <= s->list[i - 1].last))
			return false;
	}
	return s->n != 0;
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

/*
 * So many runs of numbers are kept at most, about 32 MiB. The numbers after them are asked for one by one, so
 * that the memory in use is bounded whatever the server lists.
 */
#define RUNS_MAX 1000000

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
		if (full == 0 && to->n == RUNS_MAX)
			full = to->list[to->n - 1].last;
	}
	if (rc == 0 && full != 0)
		keep_rest(to, ranges, full + 1);
	return rc;
}

int
nntp_take_listgroup(struct nntp *n, struct nntp_specs *s, int *refused, struct err *e)
{
	struct nntp_specs there = {0};
	int rc;

	*refused = 0;
	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	if (n->r.code != 211) {
		*refused = n->r.code;
		return nntp_step_refused(n, e);
	}
	rc = read_numbers(n, s, &there, e);
	if (rc == 0) {
		nntp_specs_free(s);
		*s = there;
		return 0;
	}
	nntp_specs_free(&there);
	return -1;
}

/* ---- reading ----------------------------------------------------------------------------------- */

static const struct {
	const char *command;
	int code;
} parts[] = {{"STAT", 223}, {"HEAD", 221}, {"BODY", 222}, {"ARTICLE", 220}};

void
nntp_read_init(
	struct nntp_reader *rd, struct nntp *n, enum nntp_part part, const struct nntp_specs *specs)
{
	*rd = (struct nntp_reader){.n = n, .part = part, .specs = specs->list, .nspecs = specs->n};
	if (specs->n != 0)
		rd->put_at = rd->got_at = specs->list[0].first;
}

/* One number further, or one spec. */
static void
advance(const struct nntp_reader *rd, size_t *at, uint64_t *number)
{
	const struct nntp_spec *spec = &rd->specs[*at];

	if (is_range(spec) && *number < spec->last) {
		++*number;
		return;
	}
	++*at;
	*number = *at < rd->nspecs ? rd->specs[*at].first : 0;
}

static int
put_one(struct nntp_reader *rd, struct err *e)
{
	const struct nntp_spec *spec = &rd->specs[rd->put];
	const char *command = parts[rd->part].command;
	struct cmdq *q = rd->n->q;
	int rc;

	if (spec->msgid != NULL)
		rc = cmdq_put(q, NNTP_CMD, e, "%s %s", command, spec->msgid);
	else if (spec->current)
		rc = cmdq_put(q, NNTP_CMD, e, "%s", command);
	else
		rc = cmdq_put_number(q, NNTP_CMD, command, rd->put_at, NULL, e);
	if (rc == 0)
		advance(rd, &rd->put, &rd->put_at);
	return rc;
}

static int
fill_window(struct nntp_reader *rd, struct err *e)
{
	while (rd->put < rd->nspecs && cmdq_room(rd->n->q))
		if (put_one(rd, e) == -1)
			return -1;
	if (rd->put == rd->nspecs && rd->quit && !rd->quit_put && cmdq_room(rd->n->q)) {
		rd->quit_put = true;
		return cmdq_put(rd->n->q, NNTP_QUIT, e, "QUIT");
	}
	return 0;
}

int
nntp_parse_article(const struct reply *r, bool whole, struct nntp_got *got, struct err *e)
{
	const char *p = reply_words(r), *end = buf_str(&r->text) + r->text.len, *word;
	size_t len;

	*got = (struct nntp_got){.msgid = ""};
	word = text_word(&p, end, &len);
	if (word == NULL && !whole)
		return 0; /* some old servers say nothing but that the article follows */
	if (word == NULL || !text_number(word, len, NNTP_NUMBER_MAX, &got->number))
		return err_code(
			e, EX_PROTOCOL, r->code, "no article number: %.900s", buf_str(&r->text));
	word = text_word(&p, end, &len);
	if (word == NULL || word[0] != '<')
		return !whole ? 0
			      : err_code(e, EX_PROTOCOL, r->code, "no message-id: %.900s",
					buf_str(&r->text));
	if (len > MSGID_MAX) {
		got->odd_id = true;
		return err_code(
			e, EX_PROTOCOL, r->code, "a message-id of more than %d octets", MSGID_MAX);
	}
	got->msgid = word;
	got->msgid_len = len;
	return 0;
}

/* Does the code mean that the article does not exist? */
static bool
is_absent(int code)
{
	return (code >= 420 && code <= 423) || code == 430;
}

static void
answered(struct nntp_reader *rd)
{
	if (is_range(&rd->specs[rd->got]) && rd->got_at > rd->upto)
		rd->upto = rd->got_at;
	advance(rd, &rd->got, &rd->got_at);
}

/* The status line is malformed, but its code and place are those of the article: skip the block. */
static int
pass_malformed(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	struct err why = {0};

	err_prefix(e, "%.200s", cmdq_answered(rd->n->q));
	if (is_range(&rd->specs[rd->got]))
		got->number = rd->got_at;
	got->gone = got->odd_id;
	got->odd_id = got->odd_id && !rd->specs[rd->got].named;
	got->msgid = "";
	got->msgid_len = 0;
	if (rd->part != NNTP_STAT && block_skip(rd->n->conn, &why) == -1) {
		*e = why;
		return -1;
	}
	answered(rd);
	return NNTP_READ_PASSED;
}

/* The reply in n->r is an article's: is it the one that was asked for? */
static int
take(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	const struct nntp_spec *spec = &rd->specs[rd->got];
	bool by_number = is_range(spec);
	int rc = nntp_parse_article(&rd->n->r, rd->part == NNTP_STAT, got, e);

	if (by_number && got->number == 0)
		got->number = rd->got_at;
	if (by_number && got->number != rd->got_at) {
		rd->n->conn->dead = true;
		return err_code(e, EX_PROTOCOL, rd->n->r.code, "%.200s: another article: %.700s",
			cmdq_answered(rd->n->q), buf_str(&rd->n->r.text));
	}
	if (rc == -1)
		return pass_malformed(rd, got, e);
	rd->found++;
	answered(rd);
	return NNTP_READ_ARTICLE;
}

/* Count a gap of a range; the first one is kept, in case nothing else is found. */
static void
take_missing(struct nntp_reader *rd)
{
	if (rd->missing++ == 0) {
		nntp_refused(rd->n, &rd->first_missing);
		buf_clear(&rd->missing_reply);
		buf_add(&rd->missing_reply, rd->n->r.text.data, rd->n->r.text.len);
	}
	rd->n->need = NNTP_NEED_NOTHING;
	answered(rd);
}

static int
pass_refused(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	nntp_refused(rd->n, e);
	rd->n->need = NNTP_NEED_NOTHING;
	*got = (struct nntp_got){.msgid = "", .absent = is_absent(rd->n->r.code)};
	got->gone = got->absent || rd->n->r.code == 451;
	if (is_range(&rd->specs[rd->got]))
		got->number = rd->got_at;
	answered(rd);
	return NNTP_READ_PASSED;
}

int
nntp_read_next(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	struct nntp *n = rd->n;

	for (;;) {
		if (fill_window(rd, e) == -1)
			return -1;
		if (rd->got == rd->nspecs)
			return NNTP_READ_END;
		if (nntp_reply(n, NULL, e) == -1)
			return -1;
		if (n->r.code == parts[rd->part].code)
			return take(rd, got, e);
		if (nntp_refuses_all(n->r.code))
			return nntp_fail(n, e);
		if (rd->specs[rd->got].named || !is_absent(n->r.code))
			return pass_refused(rd, got, e);
		take_missing(rd);
	}
}

int
nntp_read_block(struct nntp *n, struct sink *to, unsigned flags, uint64_t *octets, struct err *e)
{
	struct bound b;

	/* A bound is four times what was announced. */
	bound_init(&b, to, NNTP_ARTICLE_MAX / 4, BOUND_NONE);
	return block_read(n->conn, &b.sink, flags, octets, e);
}

void
nntp_read_resume(struct nntp_reader *rd)
{
	rd->put = rd->got;
	rd->put_at = rd->got_at;
	rd->quit_put = false;
}
