#include "proto/nntp_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "mail/msgid.h"
#include "wire/block.h"

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

/* Add a number to the runs in `to`, if one of the ranges of `from` holds it; numbers come in any order. */
static void
keep_number(struct nntp_specs *to, const struct nntp_spec *range, uint64_t number)
{
	struct nntp_spec *last = to->n != 0 ? &to->list[to->n - 1] : NULL;

	if (number < range->first || number > range->last)
		return;
	if (last != NULL && is_range(last) && last->last + 1 == number &&
		last->first >= range->first)
		last->last = number;
	else
		nntp_specs_add(to, (struct nntp_spec){.first = number, .last = number});
}

/*
 * The numbers of the block, against the only range there is. With several ranges their order would
 * be lost, so they are left alone (nntp_take_listgroup).
 */
static int
read_numbers(struct nntp *n, const struct nntp_spec *range, struct nntp_specs *to, struct err *e)
{
	uint64_t number;
	size_t len;
	char *p;
	int rc;

	while ((rc = block_line(n->conn, &p, &len, e)) == 1) {
		while (len > 0 && text_is_space(p[len - 1]))
			len--;
		if (!text_number(p, len, NNTP_NUMBER_MAX, &number))
			return nntp_bad_line(n, "LISTGROUP: no article number", p, len, e);
		keep_number(to, range, number);
	}
	return rc;
}

int
nntp_take_listgroup(struct nntp *n, struct nntp_specs *s, struct err *e)
{
	struct nntp_specs there = {0};
	int rc;

	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	if (n->r.code == 400)
		return nntp_fail(n, e);
	if (n->r.code != 211)
		return 0;
	if (s->n != 1 || !is_range(&s->list[0]))
		return block_skip(n->conn, e);
	rc = read_numbers(n, &s->list[0], &there, e);
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
	if (len > MSGID_MAX)
		return err_code(
			e, EX_PROTOCOL, r->code, "a message-id of more than %d octets", MSGID_MAX);
	got->msgid = word;
	got->msgid_len = len;
	return 0;
}

static bool
is_missing(int code)
{
	return code == 420 || code == 421 || code == 422 || code == 423 || code == 430;
}

/* The reply in n->r is an article's: is it the one that was asked for? */
static int
take(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	const struct nntp_spec *spec = &rd->specs[rd->got];
	bool by_number = is_range(spec);

	if (nntp_parse_article(&rd->n->r, rd->part == NNTP_STAT, got, e) == -1) {
		err_prefix(e, "%.200s", cmdq_answered(rd->n->q));
		return -1;
	}
	if (by_number && got->number == 0)
		got->number = rd->got_at;
	if (by_number && got->number != rd->got_at)
		return err_code(e, EX_PROTOCOL, rd->n->r.code, "%.200s: another article: %.700s",
			cmdq_answered(rd->n->q), buf_str(&rd->n->r.text));
	rd->found++;
	advance(rd, &rd->got, &rd->got_at);
	return 1;
}

static void
take_missing(struct nntp_reader *rd)
{
	bool named = rd->specs[rd->got].named;

	if (rd->missing++ == 0 || (named && rd->named_missing == 0)) {
		nntp_refused(rd->n, &rd->first_missing);
		buf_clear(&rd->missing_reply);
		buf_add(&rd->missing_reply, rd->n->r.text.data, rd->n->r.text.len);
	}
	rd->named_missing += named;
	rd->n->need = NNTP_NEED_NOTHING;
}

int
nntp_read_next(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	struct nntp *n = rd->n;

	for (;;) {
		if (fill_window(rd, e) == -1)
			return -1;
		if (rd->got == rd->nspecs)
			return 0;
		if (nntp_reply(n, NULL, e) == -1)
			return -1;
		if (n->r.code == parts[rd->part].code) {
			int rc = take(rd, got, e);

			n->conn->dead = n->conn->dead || rc == -1;
			return rc;
		}
		if (!is_missing(n->r.code))
			return nntp_fail(n, e);
		take_missing(rd);
		advance(rd, &rd->got, &rd->got_at);
	}
}

void
nntp_read_resume(struct nntp_reader *rd)
{
	rd->put = rd->got;
	rd->put_at = rd->got_at;
	rd->quit_put = false;
}
