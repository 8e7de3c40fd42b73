#include "job/overview.h"

#include "client/nntp_steps.h"
#include "proto/nntp_compress.h"

/* ---- the parts of a pipeline --------------------------------------------------------------------- */

/* The steps before OVER, in this order. */
enum step { STEP_CAPABILITIES = 1, STEP_GROUP = 2, STEP_FORMAT = 4, STEP_END = 8 };

/* The name of the one group. */
static const char *
name_of(const struct overview *o)
{
	return o->groups.list[0].name;
}

static int
put_step(struct client *c, const struct overview *o, enum step step, struct err *e)
{
	if (step == STEP_CAPABILITIES)
		return nntp_put_capabilities(nntp_of(c), e);
	if (step == STEP_GROUP)
		return nntp_put_group(nntp_of(c), name_of(o), e);
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
	o->steps = (ask ? STEP_CAPABILITIES : 0) |
		   (!o->groups.several && name_of(o) != NULL ? STEP_GROUP : 0) |
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
	for (int i = 1; c->q->pipelining && i < STEP_END; i *= 2)
		if ((o->steps & i) != 0 && take_step(c, (enum step)i, e) == -1)
			return -1;
	if (o->fields == NULL)
		return 0;
	o->ncolumns = 0;
	return overview_columns(&nntp_of(c)->format, o->fields, o->columns, &o->ncolumns, e) == 0
		       ? 0
		       : nntp_give_up(nntp_of(c));
}

/* One range of several is refused: pass it over, and leave its articles unread. */
static int
pass_range(struct client *c, struct overview *o, const struct nntp_spec *spec, struct err *e)
{
	nntp_refused(nntp_of(c), e);
	nntp_of(c)->need = NNTP_NEED_NOTHING;
	survey_name(&o->groups, o->at, e);
	passed_add(&o->passed, c, e);
	unread_leave(&o->at->unread, spec->first, spec->last);
	return 0;
}

/* Read and discard the replies about the other ranges of this group, as far as OVER was sent for them. */
static int
skip_ranges(struct client *c, struct overview *o, struct err *e)
{
	for (; o->got < o->asked.n && o->asked.list[o->got].group == NULL; o->got++)
		if (o->got < o->put && nntp_discard_reply(nntp_of(c), e) == -1)
			return -1;
	if (o->put < o->got)
		o->put = o->got;
	return 0;
}

/* The server refuses the group, or the rest of its ranges: pass the group over. */
static int
leave_group(struct client *c, struct overview *o, struct err *e)
{
	struct nntp *n = nntp_of(c);

	/* Do not repeat a pipeline whose lines were delivered. */
	if (o->found)
		n->need = NNTP_NEED_NOTHING;
	if (survey_pass(&o->groups, c, o->at, e))
		return skip_ranges(c, o, e);
	return nntp_give_up(n);
}

/* A refusal in n->r: of one range of several, or of the pipeline. */
static int
range_refused(struct client *c, struct overview *o, const struct nntp_spec *spec, struct err *e)
{
	struct nntp *n = nntp_of(c);

	if (o->asked.n > 1 && !nntp_refuses_all(n->r.code))
		return pass_range(c, o, spec, e);
	if (!o->groups.several || nntp_refuses_groups(n->r.code))
		return nntp_fail(n, e);
	nntp_refused(n, e);
	survey_name(&o->groups, o->at, e);
	return leave_group(c, o, e);
}

/* A line that was split: does it lack a column? */
static bool
lacks_column(const struct overview *o, const struct overview_line *line)
{
	for (size_t i = 0; i < o->ncolumns; i++)
		if ((size_t)o->columns[i] >= line->ncols)
			return true;
	return false;
}

static int
take_line(struct overview *o, struct overview_line *line, int kind, struct err *e)
{
	if (kind == OVERVIEW_PLAIN)
		line->ncols = 0;
	else if (o->ncolumns != 0)
		o->lacking += lacks_column(o, line);
	return o->line(o, line, e);
}

/* The block of lines for these articles. *lines counts all of them. */
static int
take_lines(struct client *c, struct overview *o, const struct nntp_spec *spec, uint64_t *lines,
	struct err *e)
{
	struct overview_reader r = {.n = nntp_of(c),
		.as_sent = o->as_sent,
		.most = nntp_lines_max(spec),
		.highest = o->at->upto};
	struct overview_line line;
	int kind = OVERVIEW_END, rc = 0;

	while (rc == 0 && (kind = overview_next(&r, &line, e)) > OVERVIEW_END)
		switch (kind) {
		case OVERVIEW_MALFORMED:
			survey_name(&o->groups, o->at, e);
			passed_add(&o->passed, c, e);
			break;
		case OVERVIEW_LONG_ID: nntp_warn_long_id(c, line.p, line.len); break;
		default: rc = take_line(o, &line, kind, e);
		}
	*lines = r.seen;
	o->odd += r.odd;
	o->at->upto = r.highest;
	return rc == -1 ? conn_fail(c->conn, e) : kind;
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
		rc = take_lines(c, o, spec, &lines, e);
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

/* The reply to GROUP. */
static int
enter_group(struct client *c, struct overview *o, const char *name, struct err *e)
{
	int rc;

	if (nntp_reply(nntp_of(c), NULL, e) == -1)
		return -1;
	rc = nntp_judge_group(nntp_of(c), e);
	if (rc == -1)
		return -1;
	o->at = survey_find(&o->groups, o->at, name);
	return rc == NNTP_GROUP_SELECTED ? 0 : leave_group(c, o, e);
}

static int
put_one(struct client *c, const struct nntp_spec *spec, struct err *e)
{
	return spec->group != NULL ? nntp_put_group(nntp_of(c), spec->group, e)
				   : nntp_put_over(nntp_of(c), spec, e);
}

/* Send OVER for every range, pipelined, with GROUP before those of each group, and QUIT after the last one. */
static int
send_ranges(struct client *c, struct overview *o, struct err *e)
{
	for (o->put = o->got = 0; o->got < o->asked.n;) {
		const struct nntp_spec *spec = &o->asked.list[o->got];

		while (o->put < o->asked.n && cmdq_room(c->q))
			if (put_one(c, &o->asked.list[o->put++], e) == -1)
				return -1;
		if (o->put == o->asked.n && !c->quit_sent && cmdq_room(c->q) &&
			nntp_append_quit(c, e) == -1)
			return -1;
		o->got++;
		if ((spec->group != NULL ? enter_group(c, o, spec->group, e)
					 : take_range(c, o, spec, e)) == -1)
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

/* Are there so many lines that compression is useful, and may the server offer compression? */
static bool
may_compress(const struct client *c, const struct overview *o)
{
	uint64_t most = o->spec.last - o->spec.first, last = o->groups.last;

	if (c->config->compress != COMPRESS_AUTO || o->spec.msgid != NULL || o->spec.current)
		return false;
	if (last != 0 && last - 1 < most && !o->groups.several)
		most = last - 1;
	return most >= NNTP_LARGE - 1 && nntp_may_compress(nntp_of(c), true);
}

/*
 * Send GROUP first: its marks clip the ranges and show whether compression is useful. The marks of a group selected
 * earlier may be out of date, so a range that needs no bound is sent unclipped.
 */
static int
go_bounded(struct client *c, void *job, struct err *e)
{
	struct overview *o = job;
	struct nntp *n = nntp_of(c);
	struct survey_group *g = o->groups.list;
	bool ask = may_compress(c, o) && n->caps_state == NNTP_CAPS_UNKNOWN;

	if (put_steps(c, o, ask, e) == -1 || take_steps(c, o, e) == -1)
		return -1;
	g->specs.n = 0;
	nntp_specs_add(&g->specs, o->spec);
	survey_plan(&o->groups, c, g);
	o->asked.n = 0;
	for (size_t i = 0; i < g->specs.n; i++)
		nntp_specs_add(&o->asked, g->specs.list[i]);
	if (nntp_specs_count(&o->asked) >= NNTP_LARGE && may_compress(c, o) &&
		nntp_compress(n, true, false, e) == -1)
		return -1;
	if (g->name == NULL && o->groups.last == 0 && o->groups.newsrc == NULL) {
		o->asked.n = 0;
		nntp_specs_add(&o->asked, o->spec);
	}
	return send_ranges(c, o, e);
}

/* The survey of several groups first, then GROUP and OVER for the groups with new articles. */
static int
go_several(struct client *c, void *job, struct err *e)
{
	struct overview *o = job;
	struct nntp *n = nntp_of(c);
	bool ask = may_compress(c, o) && n->caps_state == NNTP_CAPS_UNKNOWN;

	o->at = o->groups.list;
	if (put_steps(c, o, ask, e) == -1 || survey_put(&o->groups, c, e) == -1 ||
		take_steps(c, o, e) == -1 || survey_take(&o->groups, c, e) == -1)
		return -1;
	if (survey_count(&o->groups) >= NNTP_LARGE && may_compress(c, o) &&
		nntp_compress(n, true, false, e) == -1)
		return -1;
	o->asked.n = 0;
	survey_specs(&o->groups, &o->asked);
	return send_ranges(c, o, e);
}

static int
run(struct overview *o, struct client *c, struct err *e)
{
	bool bounded = o->groups.last != 0 || o->groups.newsrc != NULL;
	int rc;

	if (o->groups.several) {
		rc = nntp_run_pipeline(c, go_several, o, e);
		survey_end(&o->groups, c);
		return rc;
	}
	/* If no group is selected, the server sends the refusal. */
	bounded = bounded || ((name_of(o) != NULL || nntp_of(c)->in_group) && may_compress(c, o));
	if (!bounded)
		nntp_specs_add(&o->asked, o->spec);
	return nntp_run_pipeline(c, bounded ? go_bounded : go_direct, o, e);
}

int
overview_run(struct overview *o, struct client *c, struct err *e)
{
	struct survey_group *end;
	int rc;

	o->at = o->groups.list;
	if (o->groups.n == 0)
		return 0;
	rc = run(o, c, e);
	/* After a failure, the group in which the job failed is not marked. */
	end = rc == 0 ? o->groups.list + o->groups.n : o->at;
	for (struct survey_group *g = o->groups.list; g < end; g++)
		unread_mark(&g->unread, g->upto);
	return rc;
}

int
overview_nothing(const struct overview *o, struct err *e)
{
	const char *group = name_of(o);

	if (o->nothing.status == 0)
		return err_set(e, EX_NO, "%.300s%sno article found", group != NULL ? group : "",
			group != NULL ? ": " : "");
	*e = o->nothing;
	return -1;
}

void
overview_free(struct overview *o)
{
	survey_free(&o->groups);
	nntp_specs_free(&o->asked);
}
