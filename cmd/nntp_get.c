#include "cmd/nntp_get.h"

#include "cmd/sandbox.h"

/* Do the ranges hold so many numbers that one LISTGROUP is cheaper than a command for each gap? */
static bool
wants_listgroup(const struct nntp_get *g)
{
	return g->group != NULL && nntp_specs_ascend(&g->specs) &&
	       nntp_specs_count(&g->specs) >= NNTP_LARGE;
}

static bool
may_compress(const struct session *s, const struct nntp_get *g)
{
	const struct nntp *n = nntp_of(s);

	return s->opt->client.compress == COMPRESS_AUTO && !n->compressed && g->part != NNTP_STAT &&
	       nntp_specs_count(&g->specs) >= NNTP_LARGE &&
	       (n->caps_state == NNTP_CAPS_UNKNOWN || nntp_cap_arg(n, "COMPRESS", "DEFLATE"));
}

/* Some old servers know LISTGROUP only without a range (RFC 2980). */
static int
put_listgroup(struct session *s, const struct nntp_get *g, bool ranged, struct err *e)
{
	const struct nntp_specs *all = &g->specs;
	struct nntp_spec spec = {.first = all->list[0].first, .last = all->list[all->n - 1].last};
	struct buf range = {0};
	int rc;

	nntp_spec_text(&spec, &range);
	rc = cmdq_put(s->c.q, NNTP_LISTGROUP, e, "LISTGROUP %s%s%s", g->group, ranged ? " " : "",
		ranged ? buf_str(&range) : "");
	buf_free(&range);
	return rc;
}

static int
take_listgroup(struct session *s, struct nntp_get *g, struct err *e)
{
	int refused;

	if (nntp_take_listgroup(nntp_of(s), &g->specs, &refused, e) == -1)
		return -1;
	if (refused != 501)
		return 0;
	return put_listgroup(s, g, false, e) == -1
		       ? -1
		       : nntp_take_listgroup(nntp_of(s), &g->specs, &refused, e);
}

static int
take_group(struct session *s, struct nntp_get *g, struct err *e)
{
	int rc;

	if (g->group == NULL)
		return 0;
	rc = nntp_take_group(nntp_of(s), e);
	nntp_note(s);
	return rc;
}

/* Select the group again before a pipeline is repeated. */
static int
select_again(struct session *s, struct nntp_get *g, struct err *e)
{
	nntp_read_resume(&g->rd);
	g->rd.n = nntp_of(s);
	if (g->group != NULL && cmdq_put(s->c.q, NNTP_CMD, e, "GROUP %s", g->group) == -1)
		return -1;
	return take_group(s, g, e);
}

/* The first pipeline: GROUP, LISTGROUP for the gaps, and CAPABILITIES if compression would pay. */
static int
survey(struct session *s, struct nntp_get *g, struct err *e)
{
	struct nntp *n = nntp_of(s);
	/* A plan narrows the ranges first, by the marks. */
	bool together = g->plan == NULL && wants_listgroup(g) && s->c.q->pipelining;
	bool ask = may_compress(s, g) && n->caps_state == NNTP_CAPS_UNKNOWN;

	if (ask && (cmdq_put(s->c.q, NNTP_CMD, e, "CAPABILITIES") == -1 ||
			   (!s->c.q->pipelining && nntp_take_capabilities(n, e) == -1)))
		return -1;
	if ((g->group != NULL && cmdq_put(s->c.q, NNTP_CMD, e, "GROUP %s", g->group) == -1) ||
		(together && put_listgroup(s, g, true, e) == -1))
		return -1;
	if ((ask && s->c.q->pipelining && nntp_take_capabilities(n, e) == -1) ||
		take_group(s, g, e) == -1)
		return -1;
	if (together && take_listgroup(s, g, e) == -1)
		return -1;
	if (n->in_group)
		nntp_specs_clip(&g->specs, &n->marks);
	if (g->plan != NULL && g->plan(s, g, e) == -1)
		return -1;
	if (together || !wants_listgroup(g))
		return 0;
	return put_listgroup(s, g, true, e) == -1 ? -1 : take_listgroup(s, g, e);
}

/* If no group is selected, "A-" has no last number: ask for A alone, and the server's refusal is the error. */
static void
close_open_ranges(const struct nntp *n, struct nntp_specs *specs)
{
	for (size_t i = 0; !n->in_group && i < specs->n; i++)
		if (specs->list[i].last == NNTP_NUMBER_MAX)
			specs->list[i].last = specs->list[i].first;
}

static int
begin(struct session *s, struct nntp_get *g, struct err *e)
{
	struct nntp *n = nntp_of(s);

	if (g->group == NULL)
		close_open_ranges(n, &g->specs);
	if (survey(s, g, e) == -1)
		return -1;
	if (may_compress(s, g) && nntp_compress(n, false, e) == -1)
		return -1;
	g->planned = true;
	nntp_read_init(&g->rd, n, g->part, &g->specs);
	progress_begin(s->opt, "articles", nntp_specs_count(&g->specs), 0);
	return 0;
}

/* e describes why the article failed: report it, and go on with the next article. */
static void
pass(struct session *s, struct nntp_get *g, const struct nntp_got *got, struct err *e)
{
	nntp_note(s);
	if (got->odd_id) {
		client_name_host(&s->c, e);
		print_warning(s->opt, NNTP_WHO, "%s (passed over)", e->text);
		err_clear(e);
	} else {
		nntp_pass_over(s, &g->passed, e);
	}
	if (!got->gone && got->number != 0 && g->leave != NULL)
		g->leave(g, got->number);
}

static int
read_all(struct session *s, struct nntp_get *g, struct err *e)
{
	struct nntp_got got;
	int rc;

	g->rd.quit = nntp_may_quit(s);
	while ((rc = nntp_read_next(&g->rd, &got, e)) == NNTP_READ_ARTICLE ||
		rc == NNTP_READ_PASSED) {
		if (rc == NNTP_READ_PASSED) {
			pass(s, g, &got, e);
		} else {
			if (g->rd.found == 1) {
				/* If an article ended early, the rest of its text arrives as the reply to QUIT. */
				s->c.quit_matters = g->part != NNTP_STAT;
				sandbox_last_dial(s);
				nntp_note(s);
			}
			if (g->take(s, g, &got, e) == -1) {
				rc = -1;
				break;
			}
			g->last = got.number;
		}
		g->highest = g->rd.upto;
		progress_count(g->rd.found);
	}
	s->c.quit_sent = s->c.quit_sent || g->rd.quit_put;
	if (rc == -1 && nntp_of(s)->need != NNTP_NEED_NOTHING)
		return -1;
	g->highest = rc == 0 ? g->rd.upto : g->highest;
	if (g->rd.found == 0)
		nntp_note(s);
	return rc;
}

static int
go(struct session *s, void *job, struct err *e)
{
	struct nntp_get *g = job;

	if ((g->planned ? select_again(s, g, e) : begin(s, g, e)) == -1)
		return -1;
	return read_all(s, g, e);
}

/* No article was found: the error is the reply for the first missing number. */
static int
nothing(struct session *s, const struct nntp_get *g, struct err *e)
{
	if (g->rd.missing == 0)
		return err_set(e, EX_NO, "%.300s%sno such articles",
			g->group != NULL ? g->group : "", g->group != NULL ? ": " : "");
	*e = g->rd.first_missing;
	client_note(&s->c, e->code, buf_str(&g->rd.missing_reply), g->rd.missing_reply.len);
	return -1;
}

/*
 * A server that does not dot-stuff ends an article early, and the rest of its text comes as replies. So the reply
 * after an article shows whether it is whole; after the last one, the reply to QUIT.
 */
static int
check_sync(struct session *s, struct nntp_get *g, int rc, struct err *e)
{
	if (g->part == NNTP_STAT || g->rd.found == 0)
		return rc;
	if (rc == 0)
		rc = nntp_confirm(s, e);
	g->suspect = rc == -1 && e->status == EX_PROTOCOL;
	return rc;
}

int
nntp_get(struct session *s, struct nntp_get *g, struct err *e)
{
	int rc = nntp_run(s, go, g, e);

	progress_end();
	rc = check_sync(s, g, rc, e);
	if (g->finish != NULL)
		rc = g->finish(s, g, rc, e);
	if (rc == 0 && g->rd.found == 0 && !g->none_is_fine)
		rc = nothing(s, g, e);
	return nntp_passed_end(s, &g->passed, rc, e);
}

void
nntp_get_free(struct nntp_get *g)
{
	nntp_specs_free(&g->specs);
	buf_free(&g->rd.missing_reply);
}
