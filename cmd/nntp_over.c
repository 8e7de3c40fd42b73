/* nntp verb over: overview lines as sent, or by field, as JSON, decoded, unread ones only. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/operands.h"
#include "cmd/sandbox.h"
#include "cmd/nntp_over.h"
#include "cmd/nntp_run.h"
#include "cmd/nntp_unread.h"
#include "cmd/nntp_verbs.h"
#include "cmd/print.h"
#include "wire/block.h"

/* The arguments of the verb, and its results. */
struct over {
	const char *group;
	struct nntp_spec spec; /* of the arguments; the whole group if there is only that */
	uint64_t last_k;       /* 0: all */
	bool bounded;          /* GROUP's marks are needed before OVER can be sent */
	int steps;             /* of the flight: enum step */
	struct over_view view;
	struct nntp_specs asked; /* the ranges of the last flight */
	struct nntp_unread unread;
	bool found;
	struct err
		nothing; /* the reply for a range without articles, if no article is found at all */
};

/* ---- the parts of a flight --------------------------------------------------------------------- */

/* What comes before OVER, in this order. */
enum step { STEP_CAPABILITIES = 1, STEP_GROUP = 2, STEP_FORMAT = 4, STEP_END = 8 };

static int
put_step(struct session *s, const struct over *o, enum step step, struct err *e)
{
	if (step == STEP_CAPABILITIES)
		return cmdq_put(s->c.q, NNTP_CMD, e, "CAPABILITIES");
	if (step == STEP_GROUP)
		return cmdq_put(s->c.q, NNTP_CMD, e, "GROUP %s", o->group);
	return cmdq_put(s->c.q, NNTP_CMD, e, "LIST OVERVIEW.FMT");
}

/* No overview has more fields than this. */
#define FORMAT_LINES 1000

/*
 * A server without the list has the standard fields (RFC 2980, section 2.1.7). If the
 * server first requires a login or MODE READER, ask again after that step.
 */
static int
take_format(struct session *s, struct err *e)
{
	struct nntp *n = nntp_of(s);
	size_t len, lines = 0;
	char *p;
	int rc;

	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	if (n->r.code != 215 && nntp_step_refused(n, e) == -1) {
		nntp_note(s);
		return -1;
	}
	n->format_known = true;
	n->format.n = 0;
	if (n->r.code == 215) {
		while ((rc = block_line(n->conn, &p, &len, e)) == 1) {
			if (lines++ == FORMAT_LINES)
				return nntp_bad_line(
					n, "LIST OVERVIEW.FMT: too many fields", p, len, e);
			overview_add(&n->format, p, len);
		}
		if (rc == -1)
			return -1;
	}
	n->format_told = n->format.n != 0;
	if (!n->format_told)
		overview_standard(&n->format);
	return 0;
}

static int
take_step(struct session *s, enum step step, struct err *e)
{
	int rc;

	if (step == STEP_CAPABILITIES)
		return nntp_take_capabilities(nntp_of(s), e);
	if (step == STEP_FORMAT)
		return take_format(s, e);
	rc = nntp_take_group(nntp_of(s), e);
	nntp_note(s);
	return rc;
}

/* Without pipelining, read each reply before sending the next command. */
static int
put_steps(struct session *s, struct over *o, bool ask, struct err *e)
{
	o->steps = (ask ? STEP_CAPABILITIES : 0) | (o->group != NULL ? STEP_GROUP : 0) |
		   (over_wants_format(s, &o->view) ? STEP_FORMAT : 0);
	for (int i = 1; i < STEP_END; i *= 2)
		if ((o->steps & i) != 0 &&
			(put_step(s, o, (enum step)i, e) == -1 ||
				(!s->c.q->pipelining && take_step(s, (enum step)i, e) == -1)))
			return -1;
	return 0;
}

static int
take_steps(struct session *s, struct over *o, struct err *e)
{
	struct err ignored = {0};

	for (int i = 1; s->c.q->pipelining && i < STEP_END; i *= 2)
		if ((o->steps & i) != 0 && take_step(s, (enum step)i, e) == -1)
			return -1;
	if (over_resolve(s, &o->view, e) == 0)
		return 0;
	nntp_abandon(nntp_of(s), &ignored);
	return -1;
}

static int
put_over(struct session *s, const struct nntp_spec *spec, struct err *e)
{
	struct buf range = {0};
	int rc;

	nntp_spec_text(spec, &range);
	rc = cmdq_put(s->c.q, NNTP_CMD, e, "%s%s%s", nntp_of(s)->old_over ? "XOVER" : "OVER",
		range.len != 0 ? " " : "", buf_str(&range));
	buf_free(&range);
	return rc;
}

/* One range of several is refused: pass it over, and leave its articles unread. */
static int
pass_range(struct session *s, struct over *o, const struct nntp_spec *spec, struct err *e)
{
	nntp_refused(nntp_of(s), e);
	nntp_of(s)->need = NNTP_NEED_NOTHING;
	nntp_pass_over(s, &o->view.passed, e);
	if (o->unread.file != NULL)
		nntp_unread_leave(&o->unread, spec->first, spec->last);
	return 0;
}

/* The reply to OVER. A range without articles is 420 or 423, or an empty block on old servers. */
static int
take_over(struct session *s, struct over *o, const struct nntp_spec *spec, struct err *e)
{
	struct nntp *n = nntp_of(s);
	uint64_t lines = 0;

	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	nntp_note(s);
	if (n->r.code == 224) {
		sandbox_last_dial(s);
		if (over_print(s, &o->view, nntp_lines_max(spec), &lines, e) == -1)
			return -1;
		o->found = o->found || lines != 0;
		return 0;
	}
	if (n->r.code == 420 || n->r.code == 423) {
		if (o->nothing.status == 0)
			nntp_refused(n, &o->nothing);
		return 0;
	}
	/* 503 for a message-id refuses message-ids only, not the command. */
	if (!n->old_over && (n->r.code == 500 || n->r.code == 400 ||
				    (n->r.code == 503 && o->spec.msgid == NULL))) {
		n->old_over = true;
		nntp_fail_older(n, e);
	} else if (o->asked.n > 1 && !nntp_refuses_all(n->r.code)) {
		return pass_range(s, o, spec, e);
	} else {
		nntp_fail(n, e);
	}
	if (o->found)
		n->need =
			NNTP_NEED_NOTHING; /* do not repeat the command: its lines would be printed twice */
	return -1;
}

/* Send OVER for every range, pipelined, with QUIT after the last one. */
static int
over_ranges(struct session *s, struct over *o, struct err *e)
{
	size_t put = 0, got = 0;

	while (got < o->asked.n) {
		while (put < o->asked.n && cmdq_room(s->c.q))
			if (put_over(s, &o->asked.list[put++], e) == -1)
				return -1;
		if (put == o->asked.n && !s->c.quit_sent && cmdq_room(s->c.q) &&
			nntp_ride_quit(s, e) == -1)
			return -1;
		if (take_over(s, o, &o->asked.list[got++], e) == -1)
			return -1;
	}
	return 0;
}

/* ---- flights ----------------------------------------------------------------------------------- */

/* Send all commands in one pipeline; without pipelining, one after the other. */
static int
go_direct(struct session *s, void *job, struct err *e)
{
	struct over *o = job;

	if (put_steps(s, o, false, e) == -1)
		return -1;
	if (!s->c.q->pipelining)
		return take_steps(s, o, e) == -1 ? -1 : over_ranges(s, o, e);
	if (put_over(s, &o->asked.list[0], e) == -1 || nntp_ride_quit(s, e) == -1)
		return -1;
	return take_steps(s, o, e) == -1 ? -1 : take_over(s, o, &o->asked.list[0], e);
}

/* The last k of a range. */
static void
keep_last(struct nntp_spec *spec, uint64_t k)
{
	if (k != 0 && spec->last - spec->first >= k)
		spec->first = spec->last - k + 1;
}

/* Clip the range to the marks of the group, then apply -n and the newsrc file. */
static void
bound(struct session *s, struct over *o)
{
	o->asked.n = 0;
	nntp_specs_add(&o->asked, o->spec);
	nntp_specs_clip(&o->asked, &nntp_of(s)->marks);
	if (o->asked.n != 0)
		keep_last(&o->asked.list[0], o->last_k);
	if (o->unread.file != NULL)
		nntp_unread_plan(&o->unread, s, &o->asked);
}

/* Are there enough lines that compression pays, and may the server offer it? */
static bool
may_compress(const struct session *s, const struct over *o)
{
	const struct nntp *n = nntp_of(s);
	uint64_t most = o->spec.last - o->spec.first;

	if (s->opt->client.compress != COMPRESS_AUTO || n->compressed || o->spec.msgid != NULL ||
		o->spec.current)
		return false;
	if (o->last_k != 0 && o->last_k - 1 < most)
		most = o->last_k - 1;
	return most >= NNTP_LARGE - 1 &&
	       (n->caps_state == NNTP_CAPS_UNKNOWN || nntp_cap_arg(n, "COMPRESS", "DEFLATE"));
}

/*
 * Send GROUP first: its marks clip the ranges and show whether compression pays. The marks of a group selected
 * earlier may be out of date, so a range that needs no bound is sent unclipped.
 */
static int
go_bounded(struct session *s, void *job, struct err *e)
{
	struct over *o = job;
	struct nntp *n = nntp_of(s);
	bool ask = may_compress(s, o) && n->caps_state == NNTP_CAPS_UNKNOWN;

	if (put_steps(s, o, ask, e) == -1 || take_steps(s, o, e) == -1)
		return -1;
	bound(s, o);
	if (nntp_specs_count(&o->asked) >= NNTP_LARGE && may_compress(s, o) &&
		nntp_compress(n, false, e) == -1)
		return -1;
	if (o->group == NULL && o->last_k == 0 && o->unread.file == NULL) {
		o->asked.n = 0;
		nntp_specs_add(&o->asked, o->spec);
	}
	return over_ranges(s, o, e);
}

/* ---- arguments --------------------------------------------------------------------------------- */

static int
parse(struct session *s, const struct args *a, struct over *o, struct err *e)
{
	const struct operand *range = operand_find(a, "RANGE|MSGID");
	const char *newsrc;

	o->group = operand_word(a, "GROUP");
	if (nntp_path_arg(a, "newsrc", &newsrc, e) == -1 ||
		args_number(a, "last", 1, NNTP_NUMBER_MAX, &o->last_k, e) == -1)
		return -1;
	o->spec = range != NULL ? range->spec
				: (struct nntp_spec){.first = 1, .last = NNTP_NUMBER_MAX};
	if (range == NULL && o->group == NULL && o->last_k == 0 && newsrc == NULL)
		o->spec.current = true;
	if ((o->last_k != 0 || newsrc != NULL) && o->spec.msgid != NULL)
		return err_set(
			e, EX_USAGE, "%s and a message-id", newsrc != NULL ? "--newsrc" : "-n");
	o->bounded = o->last_k != 0 || newsrc != NULL;
	if (o->bounded && o->group == NULL && !nntp_of(s)->in_group)
		return err_set(e, EX_NO, "no group is selected");
	/* If no group is selected, the server sends the refusal. */
	o->bounded =
		o->bounded || ((o->group != NULL || nntp_of(s)->in_group) && may_compress(s, o));
	over_view_parse(a, &o->view);
	o->view.watch = newsrc != NULL;
	if (newsrc != NULL && nntp_unread_open(&o->unread, s, newsrc, o->group, true, e) == -1)
		return -1;
	return 0;
}

/* Mark the articles only after all lines are written to stdout. */
static int
mark(struct session *s, struct over *o, struct err *e)
{
	if (out_flush(s->out, e) == -1)
		return -1;
	return nntp_unread_mark(&o->unread, o->view.highest, e);
}

/* With a newsrc file, success if no article is unread; otherwise EX_NO. */
static int
nothing(const struct over *o, struct err *e)
{
	if (o->unread.file != NULL)
		return 0;
	if (o->nothing.status == 0)
		return err_set(e, EX_NO, "%.300s%sno such articles",
			o->group != NULL ? o->group : "", o->group != NULL ? ": " : "");
	*e = o->nothing;
	return -1;
}

int
nntp_over_run(struct session *s, const struct args *a, struct err *e)
{
	struct over o = {0};
	int rc = parse(s, a, &o, e);

	if (rc == 0 && !o.bounded)
		nntp_specs_add(&o.asked, o.spec);
	if (rc == 0)
		rc = nntp_run(s, o.bounded ? go_bounded : go_direct, &o, e);
	/* A line that lacks a field has been printed: it is marked too. */
	if (rc == 0 && o.unread.file != NULL)
		rc = mark(s, &o, e);
	if (rc == 0 && !o.found)
		rc = nothing(&o, e);
	if (rc == 0)
		rc = over_report(s, &o.view, e);
	rc = nntp_passed_end(s, &o.view.passed, rc, e);
	nntp_unread_close(&o.unread);
	over_view_free(&o.view);
	nntp_specs_free(&o.asked);
	return rc;
}
