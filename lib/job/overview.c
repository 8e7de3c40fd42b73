#include "job/overview.h"

#include "client/nntp_steps.h"
#include "proto/nntp_compress.h"

/* ---- the parts of a pipeline --------------------------------------------------------------------- */

/* The steps before OVER, in this order. */
enum step { STEP_CAPABILITIES = 1, STEP_GROUP = 2, STEP_FORMAT = 4, STEP_END = 8 };

static int
put_step(struct client *c, const struct overview *o, enum step step, struct err *e)
{
	if (step == STEP_CAPABILITIES)
		return nntp_put_capabilities(nntp_of(c), e);
	if (step == STEP_GROUP)
		return nntp_put_group(nntp_of(c), o->group, e);
	return nntp_put_format(nntp_of(c), e);
}

static int
take_step(struct client *c, enum step step, struct err *e)
{
	int rc;

	if (step == STEP_CAPABILITIES)
		return nntp_take_capabilities(nntp_of(c), e);
	if (step == STEP_FORMAT)
		return nntp_take_format(nntp_of(c), e);
	rc = nntp_take_group(nntp_of(c), e);
	nntp_note(c);
	return rc;
}

/* Without pipelining, read each reply before sending the next command. */
static int
put_steps(struct client *c, struct overview *o, bool ask, struct err *e)
{
	o->steps = (ask ? STEP_CAPABILITIES : 0) | (o->group != NULL ? STEP_GROUP : 0) |
		   (o->format && !nntp_of(c)->format_known ? STEP_FORMAT : 0);
	for (int i = 1; i < STEP_END; i *= 2)
		if ((o->steps & i) != 0 &&
			(put_step(c, o, (enum step)i, e) == -1 ||
				(!c->q->pipelining && take_step(c, (enum step)i, e) == -1)))
			return -1;
	return 0;
}

static int
take_steps(struct client *c, struct overview *o, struct err *e)
{
	struct err ignored = {0};

	for (int i = 1; c->q->pipelining && i < STEP_END; i *= 2)
		if ((o->steps & i) != 0 && take_step(c, (enum step)i, e) == -1)
			return -1;
	if (o->ready(o, e) == 0)
		return 0;
	nntp_abandon(nntp_of(c), &ignored);
	return -1;
}

/* One range of several is refused: pass it over, and leave its articles unread. */
static int
pass_range(struct client *c, struct overview *o, const struct nntp_spec *spec, struct err *e)
{
	nntp_refused(nntp_of(c), e);
	nntp_of(c)->need = NNTP_NEED_NOTHING;
	passed_add(&o->passed, c, e);
	if (o->unread.file != NULL)
		unread_leave(&o->unread, spec->first, spec->last);
	return 0;
}

/* A refusal in n->r: of one range of several, or of the pipeline. */
static int
range_refused(struct client *c, struct overview *o, const struct nntp_spec *spec, struct err *e)
{
	struct nntp *n = nntp_of(c);

	return o->asked.n > 1 && !nntp_refuses_all(n->r.code) ? pass_range(c, o, spec, e)
							      : nntp_fail(n, e);
}

/* The reply to OVER, and its block. Old servers send an empty block for a range without articles. */
static int
take_range(struct client *c, struct overview *o, const struct nntp_spec *spec, struct err *e)
{
	struct nntp *n = nntp_of(c);
	uint64_t lines = 0;
	int rc = nntp_take_over(n, spec, e);

	if (rc == -1 && e->code == 0)
		return -1;
	nntp_note(c);
	if (rc == NNTP_OVER_BLOCK) {
		client_last_dial(c);
		rc = o->lines(o, spec, &lines, e);
		o->found = o->found || (rc == 0 && lines != 0);
		return rc;
	}
	if (rc == NNTP_OVER_EMPTY) {
		if (o->nothing.status == 0)
			nntp_refused(n, &o->nothing);
		return 0;
	}
	if (rc == NNTP_OVER_REFUSED)
		rc = range_refused(c, o, spec, e);
	/* Do not repeat a pipeline whose lines were delivered. */
	if (rc == -1 && o->found)
		n->need = NNTP_NEED_NOTHING;
	return rc;
}

/* Send OVER for every range, pipelined, with QUIT after the last one. */
static int
send_ranges(struct client *c, struct overview *o, struct err *e)
{
	size_t put = 0, got = 0;

	while (got < o->asked.n) {
		while (put < o->asked.n && cmdq_room(c->q))
			if (nntp_put_over(nntp_of(c), &o->asked.list[put++], e) == -1)
				return -1;
		if (put == o->asked.n && !c->quit_sent && cmdq_room(c->q) &&
			nntp_append_quit(c, e) == -1)
			return -1;
		if (take_range(c, o, &o->asked.list[got++], e) == -1)
			return -1;
	}
	return 0;
}

/* ---- pipelines --------------------------------------------------------------------------------- */

/* Send all commands in one pipeline; without pipelining, one after the other. */
static int
go_direct(struct client *c, void *job, struct err *e)
{
	struct overview *o = job;

	if (put_steps(c, o, false, e) == -1)
		return -1;
	if (!c->q->pipelining)
		return take_steps(c, o, e) == -1 ? -1 : send_ranges(c, o, e);
	if (nntp_put_over(nntp_of(c), &o->asked.list[0], e) == -1 || nntp_append_quit(c, e) == -1)
		return -1;
	return take_steps(c, o, e) == -1 ? -1 : take_range(c, o, &o->asked.list[0], e);
}

/* Keep only the last k numbers of a range. */
static void
keep_last(struct nntp_spec *spec, uint64_t k)
{
	if (k != 0 && spec->last - spec->first >= k)
		spec->first = spec->last - k + 1;
}

/* Clip the range to the marks of the group, then apply -n and the newsrc file. */
static void
bound(struct client *c, struct overview *o)
{
	o->asked.n = 0;
	nntp_specs_add(&o->asked, o->spec);
	nntp_specs_clip(&o->asked, &nntp_of(c)->marks);
	if (o->asked.n != 0)
		keep_last(&o->asked.list[0], o->last);
	if (o->unread.file != NULL)
		unread_plan(&o->unread, c, &o->asked);
}

/* Are there enough lines that compression pays, and may the server offer it? */
static bool
may_compress(const struct client *c, const struct overview *o)
{
	uint64_t most = o->spec.last - o->spec.first;

	if (c->config->compress != COMPRESS_AUTO || o->spec.msgid != NULL || o->spec.current)
		return false;
	if (o->last != 0 && o->last - 1 < most)
		most = o->last - 1;
	return most >= NNTP_LARGE - 1 && nntp_may_compress(nntp_of(c), true);
}

/*
 * Send GROUP first: its marks clip the ranges and show whether compression pays. The marks of a group selected
 * earlier may be out of date, so a range that needs no bound is sent unclipped.
 */
static int
go_bounded(struct client *c, void *job, struct err *e)
{
	struct overview *o = job;
	struct nntp *n = nntp_of(c);
	bool ask = may_compress(c, o) && n->caps_state == NNTP_CAPS_UNKNOWN;

	if (put_steps(c, o, ask, e) == -1 || take_steps(c, o, e) == -1)
		return -1;
	bound(c, o);
	if (nntp_specs_count(&o->asked) >= NNTP_LARGE && may_compress(c, o) &&
		nntp_compress(n, true, false, e) == -1)
		return -1;
	if (o->group == NULL && o->last == 0 && o->unread.file == NULL) {
		o->asked.n = 0;
		nntp_specs_add(&o->asked, o->spec);
	}
	return send_ranges(c, o, e);
}

int
overview_run(struct overview *o, struct client *c, struct err *e)
{
	o->bounded = o->last != 0 || o->unread.file != NULL;
	/* If no group is selected, the server sends the refusal. */
	o->bounded =
		o->bounded || ((o->group != NULL || nntp_of(c)->in_group) && may_compress(c, o));
	if (!o->bounded)
		nntp_specs_add(&o->asked, o->spec);
	return nntp_run_pipeline(c, o->bounded ? go_bounded : go_direct, o, e);
}

int
overview_nothing(const struct overview *o, struct err *e)
{
	if (o->nothing.status == 0)
		return err_set(e, EX_NO, "%.300s%sno article found",
			o->group != NULL ? o->group : "", o->group != NULL ? ": " : "");
	*e = o->nothing;
	return -1;
}

void
overview_free(struct overview *o)
{
	unread_end(&o->unread);
	nntp_specs_free(&o->asked);
}
