#include "proto/nntp_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "mail/msgid.h"
#include "wire/block.h"
#include "wire/bound.h"

/* ---- reading ----------------------------------------------------------------------------------- */

static const struct {
	const char *command;
	int code;
} parts[] = {{"STAT", 223}, {"HEAD", 221}, {"BODY", 222}, {"ARTICLE", 220}};

/* Move the place *at to a spec, and *number to its first number. */
static void
move_to(const struct nntp_reader *rd, size_t spec, size_t *at, uint64_t *number)
{
	*at = spec;
	*number = spec < rd->nspecs ? rd->specs[spec].first : 0;
}

void
nntp_read_init(struct nntp_reader *rd, struct nntp *n, enum nntp_part part,
	struct nntp_specs *specs, struct nntp_source *source)
{
	*rd = (struct nntp_reader){.n = n,
		.part = part,
		.specs = specs->list,
		.nspecs = specs->n,
		.list = specs,
		.source = source,
		.limit = UINT64_MAX};
	for (size_t i = 0; i < specs->n && !rd->groups; i++)
		rd->groups = specs->list[i].group != NULL;
	if (specs->n != 0)
		move_to(rd, nntp_is_selected(n, specs->list[0].group), &rd->got, &rd->got_at);
	rd->put = rd->got;
	rd->put_at = rd->got_at;
}

static void
free_msgids(struct nntp_reader *rd, size_t from, size_t to)
{
	for (size_t i = from; rd->source != NULL && i < to; i++)
		free((char *)(uintptr_t)rd->specs[i].msgid);
}

void
nntp_read_free(struct nntp_reader *rd)
{
	free_msgids(rd, 0, rd->nspecs);
	buf_free(&rd->missing_reply);
	*rd = (struct nntp_reader){0};
}

/* Advance to the next number of a range, or to the next spec. */
static void
advance(const struct nntp_reader *rd, size_t *at, uint64_t *number)
{
	const struct nntp_spec *spec = &rd->specs[*at];

	if (nntp_spec_is_range(spec) && *number < spec->last)
		++*number;
	else
		move_to(rd, *at + 1, at, number);
}

static int
put_one(struct nntp_reader *rd, struct err *e)
{
	const struct nntp_spec *spec = &rd->specs[rd->put];
	const char *command = parts[rd->part].command;
	struct cmdq *q = rd->n->q;
	int rc;

	if (spec->group != NULL)
		rc = nntp_put_group(rd->n, spec->group, e);
	else if (spec->msgid != NULL)
		rc = cmdq_put(q, NNTP_CMD, e, "%s %s", command, spec->msgid);
	else if (spec->current)
		rc = cmdq_put(q, NNTP_CMD, e, "%s", command);
	else
		rc = cmdq_put_number(q, NNTP_CMD, command, rd->put_at, NULL, e);
	if (rc == 0)
		advance(rd, &rd->put, &rd->put_at);
	return rc;
}

/* Specs from a source are removed from the list when this number of them was answered. */
#define ANSWERED_MOST 1024

static void
remove_answered(struct nntp_reader *rd)
{
	/* The group, in front of all others, may have to be selected again. */
	size_t first = rd->groups, n = rd->got > first ? rd->got - first : 0;

	if (n == 0 || (n < ANSWERED_MOST && rd->got < rd->nspecs))
		return;
	free_msgids(rd, first, rd->got);
	memmove(rd->specs + first, rd->specs + rd->got, (rd->nspecs - rd->got) * sizeof *rd->specs);
	rd->list->n = rd->nspecs -= n;
	rd->put -= n;
	rd->got = first;
}

/* All specs were put: ask the source for more. */
static int
more(struct nntp_reader *rd, struct err *e)
{
	size_t before;
	int rc;

	remove_answered(rd);
	before = rd->nspecs;
	rc = rd->source->next(rd->source, cmdq_pending(rd->n->q) != 0, rd->list, e);
	rd->specs = rd->list->list;
	rd->nspecs = rd->list->n;
	rd->ended = rc == NNTP_SOURCE_END;
	if (rc == NNTP_SOURCE_SPEC && rd->got == before)
		move_to(rd, before, &rd->got, &rd->got_at);
	if (rc == NNTP_SOURCE_SPEC)
		move_to(rd, before, &rd->put, &rd->put_at);
	return rc;
}

/* If all requested articles exist, is the limit reached? */
static bool
limit_reached(const struct nntp_reader *rd)
{
	return rd->found + cmdq_pending(rd->n->q) >= rd->limit;
}

static int
put_quit(struct nntp_reader *rd, struct err *e)
{
	bool all = rd->found >= rd->limit ||
		   (rd->put == rd->nspecs && (rd->source == NULL || rd->ended));

	if (!all || !rd->quit || rd->quit_put || !cmdq_room(rd->n->q))
		return 0;
	rd->quit_put = true;
	return cmdq_put(rd->n->q, NNTP_QUIT, e, "QUIT");
}

static int
fill_window(struct nntp_reader *rd, struct err *e)
{
	while (cmdq_room(rd->n->q) && !rd->quit_put && !limit_reached(rd)) {
		int rc = NNTP_SOURCE_SPEC;

		if (rd->put == rd->nspecs && (rd->source == NULL || rd->ended))
			break;
		if (rd->put == rd->nspecs)
			rc = more(rd, e);
		if (rc == -1 || (rc == NNTP_SOURCE_SPEC && put_one(rd, e) == -1))
			return -1;
		if (rc == NNTP_SOURCE_LATE)
			return 0;
	}
	return put_quit(rd, e);
}

int
nntp_parse_article(const struct reply *r, bool whole, struct nntp_got *got, struct err *e)
{
	const char *p = reply_words(r), *end = buf_str(&r->text) + r->text.len, *word;
	size_t len;

	*got = (struct nntp_got){.msgid = ""};
	word = text_word(&p, end, &len);
	if (word == NULL && !whole)
		return 0; /* some old servers send only text */
	if (word == NULL || !text_number(word, len, NNTP_NUMBER_MAX, &got->number))
		return err_code(e, EX_PROTOCOL, r->code, "the reply has no article number: %.900s",
			buf_str(&r->text));
	word = text_word(&p, end, &len);
	if (word == NULL || word[0] != '<')
		return !whole ? 0
			      : err_code(e, EX_PROTOCOL, r->code,
					"the reply has no message-id: %.900s", buf_str(&r->text));
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
	if (nntp_spec_is_range(&rd->specs[rd->got]) && rd->got_at > rd->upto)
		rd->upto = rd->got_at;
	advance(rd, &rd->got, &rd->got_at);
}

/* The status line is malformed, but its code announces the requested article: skip its block. */
static int
pass_malformed(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	struct err why = {0};

	err_prefix(e, "%.200s", cmdq_answered(rd->n->q));
	if (nntp_spec_is_range(&rd->specs[rd->got]))
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

/* The reply in n->r announces an article. Is it the requested one? */
static int
take(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	bool by_number = nntp_spec_is_range(&rd->specs[rd->got]);
	int rc = nntp_parse_article(&rd->n->r, rd->part == NNTP_STAT, got, e);

	got->by_id = rd->specs[rd->got].msgid != NULL;
	if (by_number && got->number == 0)
		got->number = rd->got_at;
	if (by_number && got->number != rd->got_at) {
		rd->n->conn->dead = true;
		return err_code(e, EX_PROTOCOL, rd->n->r.code,
			"%.200s: the reply is about another article: %.700s",
			cmdq_answered(rd->n->q), buf_str(&rd->n->r.text));
	}
	if (rc == -1)
		return pass_malformed(rd, got, e);
	rd->found++;
	answered(rd);
	return NNTP_READ_ARTICLE;
}

/* Count a gap of a range; the first one is kept, in case nothing else is found. */
static int
take_missing(struct nntp_reader *rd, struct nntp_got *got)
{
	if (rd->missing++ == 0) {
		nntp_refused(rd->n, &rd->first_missing);
		buf_clear(&rd->missing_reply);
		buf_add(&rd->missing_reply, rd->n->r.text.data, rd->n->r.text.len);
	}
	rd->n->need = NNTP_NEED_NOTHING;
	*got = (struct nntp_got){.number = rd->got_at, .msgid = "", .gone = true, .absent = true};
	answered(rd);
	return NNTP_READ_GAP;
}

static int
pass_refused(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	nntp_refused(rd->n, e);
	rd->n->need = NNTP_NEED_NOTHING;
	*got = (struct nntp_got){.msgid = "", .absent = is_absent(rd->n->r.code)};
	got->gone = got->absent || rd->n->r.code == 451;
	if (nntp_spec_is_range(&rd->specs[rd->got]))
		got->number = rd->got_at;
	answered(rd);
	return NNTP_READ_PASSED;
}

/* ---- groups ------------------------------------------------------------------------------------ */

/*
 * The group cannot be selected, or an article was refused for a reason that holds for the rest of the group; e is
 * filled.
 */
static int
no_group(struct nntp_reader *rd, struct nntp_got *got)
{
	size_t at = rd->got;

	while (at > 0 && rd->specs[at].group == NULL)
		at--;
	rd->refused = true;
	*got = (struct nntp_got){.msgid = "", .group = rd->specs[at].group};
	return NNTP_READ_NO_GROUP;
}

/* The reply to GROUP. */
static int
take_group(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	int rc = nntp_judge_group(rd->n, e);

	if (rc != NNTP_GROUP_SELECTED)
		return rc == -1 ? -1 : no_group(rd, got);
	*got = (struct nntp_got){.msgid = "", .group = rd->specs[rd->got].group};
	answered(rd);
	return NNTP_READ_GROUP;
}

/* The reply refuses an article for reasons that hold for others too: those of its group, or all. */
static int
refuse_all(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	if (!rd->groups || nntp_refuses_groups(rd->n->r.code))
		return nntp_fail(rd->n, e);
	nntp_refused(rd->n, e);
	return no_group(rd, got);
}

/* Were commands sent for articles of the group that is at `got`, and not answered? */
static bool
is_under_way(const struct nntp_reader *rd)
{
	return (rd->got < rd->put || (rd->got == rd->put && rd->got_at < rd->put_at)) &&
	       rd->specs[rd->got].group == NULL;
}

int
nntp_read_skip_group(struct nntp_reader *rd, struct err *e)
{
	size_t next;

	/* Also past the command that was refused: upto stays below its article. */
	if (rd->refused)
		advance(rd, &rd->got, &rd->got_at);
	rd->refused = false;
	for (; is_under_way(rd); advance(rd, &rd->got, &rd->got_at))
		if (nntp_discard_reply(rd->n, e) == -1)
			return -1;
	for (next = rd->got; next < rd->nspecs && rd->specs[next].group == NULL; next++)
		;
	if (rd->put < next)
		move_to(rd, next, &rd->put, &rd->put_at);
	move_to(rd, next, &rd->got, &rd->got_at);
	return 0;
}

/* ---- the next article -------------------------------------------------------------------------- */

int
nntp_read_next(struct nntp_reader *rd, struct nntp_got *got, struct err *e)
{
	struct nntp *n = rd->n;

	if (fill_window(rd, e) == -1)
		return -1;
	if (rd->got == rd->put && rd->got_at == rd->put_at)
		return NNTP_READ_END;
	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	if (rd->specs[rd->got].group != NULL)
		return take_group(rd, got, e);
	if (n->r.code == parts[rd->part].code)
		return take(rd, got, e);
	if (nntp_refuses_all(n->r.code))
		return refuse_all(rd, got, e);
	if (rd->specs[rd->got].named || !is_absent(n->r.code))
		return pass_refused(rd, got, e);
	return take_missing(rd, got);
}

int
nntp_read_block(struct nntp *n, struct sink *to, unsigned flags, uint64_t *octets, struct err *e)
{
	struct bound b;

	/* bound_init allows four times the announced size. */
	bound_init(&b, to, NNTP_ARTICLE_MAX / 4, BOUND_NONE);
	return block_read(n->conn, &b.sink, flags, octets, e);
}

void
nntp_read_resume(struct nntp_reader *rd)
{
	size_t group = rd->got;

	while (group > 0 && rd->specs[group - 1].group == NULL)
		group--;
	rd->quit_put = rd->refused = false;
	/* The spec before `got` is answered, so its place can select the group again. */
	if (group > 0 && rd->got < rd->nspecs && rd->specs[rd->got].group == NULL) {
		rd->specs[rd->got].first = rd->got_at;
		free_msgids(rd, rd->got - 1, rd->got);
		rd->specs[rd->got - 1] = rd->specs[group - 1];
		move_to(rd, rd->got - 1, &rd->got, &rd->got_at);
	}
	rd->put = rd->got;
	rd->put_at = rd->got_at;
}
