#include "job/collect.h"

#include "base/wait.h"
#include "client/nntp_steps.h"
#include "job/collect_store.h"
#include "job/sizes.h"
#include "proto/nntp_compress.h"
#include "wire/block.h"
#include "wire/bound.h"

/* ---- from group to group ------------------------------------------------------------------------ */

/* Up to this number all articles of the group were handed over, are gone, or were passed over. */
static void
note_answered(struct collect *j)
{
	if (j->rd.upto > j->at->upto)
		j->at->upto = j->rd.upto;
}

/* From now on, the replies are about this group. False: they were about it before. */
static bool
change_group(struct collect *j, const char *name)
{
	struct survey_group *before = j->at;

	note_answered(j);
	j->at = survey_find(&j->groups, before, name);
	if (j->at == before)
		return false;
	j->rd.upto = 0;
	return true;
}

/* The next articles are those of this group. */
static int
enter_group(struct collect *j, const char *name, struct err *e)
{
	struct client *c = j->client;
	bool changed = change_group(j, name);

	if (!collect_by_group(j) || (j->commit != NULL && !changed))
		return 0;
	if (collect_leave_store(j, e) == -1)
		return conn_fail(c->conn, e);
	if (collect_open_store(j, name, e) == 0)
		return 0;
	if (wait_signal() != 0 || !survey_pass(&j->groups, c, j->at, e))
		return conn_fail(c->conn, e);
	return nntp_read_skip_group(&j->rd, e);
}

/* The server refuses to select this group, or to send its other articles. */
static int
leave_group(struct collect *j, const char *name, struct err *e)
{
	change_group(j, name);
	if (j->rd.specs[j->rd.got].group == NULL)
		survey_name(&j->groups, j->at, e);
	if (survey_pass(&j->groups, j->client, j->at, e))
		return nntp_read_skip_group(&j->rd, e);
	return nntp_give_up(nntp_of(j->client));
}

/* ---- which articles ---------------------------------------------------------------------------- */

static bool
may_compress(const struct client *c, const struct collect *j)
{
	return c->config->compress == COMPRESS_AUTO && j->part != NNTP_STAT &&
	       survey_count(&j->groups) >= NNTP_LARGE && nntp_may_compress(nntp_of(c), false);
}

/*
 * The first pipelines: the survey, and before it CAPABILITIES if there are so many articles that compression is useful.
 */
static int
survey(struct client *c, struct collect *j, struct err *e)
{
	struct nntp *n = nntp_of(c);
	bool ask = may_compress(c, j) && n->caps_state == NNTP_CAPS_UNKNOWN;

	if (ask && (nntp_put_capabilities(n, e) == -1 ||
			   (!c->q->pipelining && nntp_take_capabilities(n, e) == -1)))
		return -1;
	if (survey_put(&j->groups, c, e) == -1)
		return -1;
	if (ask && c->q->pipelining && nntp_take_capabilities(n, e) == -1)
		return -1;
	return survey_take(&j->groups, c, e);
}

/* If no group is selected, the end of a range "A-" is unknown: ask for A alone, and report the server's refusal. */
static void
close_open_ranges(const struct nntp *n, struct nntp_specs *specs)
{
	for (size_t i = 0; !n->in_group && i < specs->n; i++)
		if (specs->list[i].last == NNTP_NUMBER_MAX)
			specs->list[i].last = specs->list[i].first;
}

/*
 * The overview shows that an article is too large. Articles come in the order of the groups, so its group is not before
 * that of the last one.
 */
static int
leave_by_size(struct sizes *s, const char *group, uint64_t number, const char *msgid,
	uint64_t octets, struct err *e)
{
	struct collect *j = s->context;
	struct collect_outcome o = {
		.number = number, .octets = octets, .msgid = msgid, .refused = true};

	if (group != NULL)
		j->at = survey_find(&j->groups, j->at, group);
	j->left++;
	unread_leave(&j->at->unread, number, number);
	if (!collect_stores(j) || j->events->outcome == NULL)
		return 0;
	o.group = j->at->name;
	return j->events->outcome(j, &o, e);
}

static bool
limits_size(const struct collect *j)
{
	return j->limits != NULL && j->limits->octets != UINT64_MAX;
}

/* Drop the articles whose overview shows that they are too large. */
static int
drop_large(struct client *c, struct collect *j, struct err *e)
{
	struct sizes s = {.large = leave_by_size, .context = j};

	if (!limits_size(j))
		return 0;
	s.max = j->limits->octets;
	if (!j->from_stdin && sizes_keep(&s, c, &j->specs, e) == -1)
		return -1;
	j->at = j->groups.list;
	j->counts = j->from_stdin || s.unknown;
	if (j->counts)
		counted_init(&j->copy, s.max, j->limits->tmpdir);
	return 0;
}

/* The largest possible number of articles. */
static uint64_t
expected(const struct collect *j)
{
	uint64_t n = nntp_specs_count(&j->specs);

	return n < j->rd.limit ? n : j->rd.limit;
}

static int
begin(struct client *c, struct collect *j, struct err *e)
{
	struct nntp *n = nntp_of(c);

	if (j->at->name == NULL)
		close_open_ranges(n, &j->at->specs);
	if (survey(c, j, e) == -1)
		return -1;
	if (may_compress(c, j) && nntp_compress(n, false, false, e) == -1)
		return -1;
	j->specs.n = 0;
	survey_specs(&j->groups, &j->specs);
	if (drop_large(c, j, e) == -1)
		return -1;
	j->planned = true;
	/* The numbers to come are those of the group. */
	if (j->from_stdin && j->at->name != NULL)
		nntp_specs_add(&j->specs, (struct nntp_spec){.group = j->at->name});
	nntp_read_init(&j->rd, n, j->part, &j->specs, j->from_stdin ? &j->lines.source : NULL);
	if (j->limits != NULL)
		j->rd.limit = j->limits->articles;
	client_job_begin(c, "articles", expected(j), 0);
	/* If the first group is selected already, GROUP is not sent for it. */
	return j->rd.got == 1 ? enter_group(j, j->specs.list[0].group, e) : 0;
}

/* ---- the run ----------------------------------------------------------------------------------- */

/* An article was not found: it counts as read if it is gone. */
static void
pass_number(struct collect *j, const struct nntp_got *got)
{
	if (got->number == 0)
		return;
	if (got->gone)
		unread_done(&j->at->unread, got->number);
	else
		unread_leave(&j->at->unread, got->number, got->number);
}

/* e describes why the article failed: report it, and go on with the next article. */
static void
pass(struct collect *j, const struct nntp_got *got, struct err *e)
{
	struct client *c = j->client;

	nntp_note(c);
	survey_name(&j->groups, j->at, e);
	if (got->odd_id) {
		client_name_host(c, e);
		client_warn(c, "%s (passed over)", e->text);
		err_clear(e);
	} else {
		passed_add(&j->passed, c, e);
	}
	pass_number(j, got);
}

/* Without a store: the article that was handed over last is complete. */
static void
mark_last(struct collect *j)
{
	if (!collect_stores(j) && j->last != 0)
		unread_done(&j->last_group->unread, j->last);
}

/* The article that was read is too large: leave it unread. */
static int
leave_article(struct collect *j, const struct nntp_got *got, struct err *e)
{
	j->left++;
	/* A larger article does not count for --limit. */
	if (j->rd.limit != UINT64_MAX)
		j->rd.limit++;
	if (got->number != 0 && !got->by_id)
		unread_leave(&j->at->unread, got->number, got->number);
	j->last = j->from_stdin ? 0 : got->number;
	j->last_group = j->at;
	return collect_stores(j) ? collect_store_left(j, got, j->copy.octets, e) : 0;
}

int
collect_block(struct collect *j, struct sink *to, unsigned flags, uint64_t *octets, struct err *e)
{
	struct bound b;

	if (!j->counts && limits_size(j))
		to = bound_init(&b, to, j->limits->octets, BOUND_NONE);
	if (!j->counts)
		return nntp_read_block(j->rd.n, to, flags, octets, e);
	if (octets != NULL)
		*octets = j->copy.octets;
	return counted_send(&j->copy, to, e) == -1 ? conn_fail(j->client->conn, e) : 0;
}

static int
hand_over(struct collect *j, const struct nntp_got *got, struct err *e)
{
	struct client *c = j->client;
	int rc;

	if (j->rd.found == 1) {
		/* If an article ended early, the rest of its text arrives as the reply to QUIT. */
		c->quit_matters = j->part != NNTP_STAT;
		client_last_dial(c);
		nntp_note(c);
	}
	mark_last(j);
	if (j->counts) {
		rc = counted_read(
			&j->copy, j->rd.n, collect_stores(j) ? BLOCK_LF : j->limits->line_ends, e);
		if (rc != COUNTED_KEPT)
			return rc == -1 ? -1 : leave_article(j, got, e);
	}
	rc = collect_stores(j) ? collect_store_article(j, got, e) : j->events->article(j, got, e);
	if (rc == 0) {
		j->last = got->by_id ? 0 : got->number;
		j->last_group = j->at;
	}
	return rc;
}

/* The server sent the reply to one of the commands that got->group stands for. */
static int
go_on(struct collect *j, int rc, const struct nntp_got *got, struct err *e)
{
	switch (rc) {
	case NNTP_READ_GAP: pass_number(j, got); return 0;
	case NNTP_READ_PASSED: pass(j, got, e); return 0;
	case NNTP_READ_GROUP: return enter_group(j, got->group, e);
	case NNTP_READ_NO_GROUP: return leave_group(j, got->group, e);
	default: return hand_over(j, got, e);
	}
}

static int
read_all(struct collect *j, struct err *e)
{
	struct client *c = j->client;
	struct nntp_got got;
	int rc;

	j->rd.quit = nntp_may_quit(c);
	while ((rc = nntp_read_next(&j->rd, &got, e)) > NNTP_READ_END) {
		if (go_on(j, rc, &got, e) == -1) {
			rc = -1;
			break;
		}
		note_answered(j);
		client_job_done(c, j->rd.found);
	}
	c->quit_sent = c->quit_sent || j->rd.quit_put;
	if (rc == -1 && j->rd.n->need != NNTP_NEED_NOTHING)
		return -1;
	if (rc == 0)
		note_answered(j);
	if (j->rd.found == 0)
		nntp_note(c);
	return rc;
}

static int
go(struct client *c, void *job, struct err *e)
{
	struct collect *j = job;

	if (j->planned) {
		j->rd.n = nntp_of(c);
		nntp_read_resume(&j->rd);
	} else if (begin(c, j, e) == -1) {
		return -1;
	}
	return read_all(j, e);
}

/* No article was found: the error is the reply for the first missing number. */
static int
nothing(const struct collect *j, struct err *e)
{
	if (j->rd.missing == 0)
		return err_set(e, EX_NO, "%.300s%sno article found",
			j->at->name != NULL ? j->at->name : "", j->at->name != NULL ? ": " : "");
	*e = j->rd.first_missing;
	client_note(j->client, e->code, buf_str(&j->rd.missing_reply), j->rd.missing_reply.len);
	return -1;
}

/* The reply after an article shows whether it is complete; after the last one, the reply to QUIT. */
static int
check_sync(struct collect *j, int rc, struct err *e)
{
	if (j->part == NNTP_STAT || j->rd.found == 0)
		return rc;
	if (rc == 0)
		rc = nntp_confirm(j->client, e);
	j->suspect = rc == -1 && e->status == EX_PROTOCOL;
	return rc;
}

/*
 * The wait for the next line of stdin may be long. If it is, commit all complete articles. The held article is complete
 * too, because the server has sent nothing after it.
 */
static int
idle(struct article_lines *l, bool later, struct err *e)
{
	struct collect *j = l->context;

	if (later != collect_stores(j))
		return 0;
	if (later && collect_settle(j, e) == -1)
		return conn_fail(j->client->conn, e);
	return j->events->idle != NULL ? j->events->idle(j, e) : 0;
}

int
collect_wait(struct collect *j, struct client *c, struct err *e)
{
	struct survey_group *g = j->groups.list;
	int rc;

	j->lines = (struct article_lines){.client = c,
		.passed = &j->passed,
		.unread = &g->unread,
		.numbers = g->name != NULL || (c->conn != NULL && nntp_of(c)->in_group),
		.idle = idle,
		.context = j};
	rc = article_lines_begin(&j->lines, e);
	if (rc == -1 || rc == LINE_END)
		return rc;
	return client_need(c, e) == -1 ? -1 : COLLECT_READY;
}

/* Without a store: mark all articles that were handed over. If the last one may be incomplete, the next run asks again. */
static void
mark_printed(struct collect *j)
{
	if (!j->suspect)
		mark_last(j);
	collect_mark_answered(j, j->suspect);
	if (j->suspect && j->last != 0)
		unread_mark(&j->last_group->unread, j->last - 1);
}

int
collect_run(struct collect *j, struct client *c, struct err *e)
{
	int rc;

	j->client = c;
	j->at = j->groups.list;
	/* For sizes, the overview shows the gaps as well. */
	j->groups.gaps = !limits_size(j);
	if (collect_stores(j) && !collect_by_group(j) &&
		collect_open_store(j, j->groups.n != 0 ? j->at->name : NULL, e) == -1)
		return -1;
	if (j->groups.n == 0)
		return 0;
	rc = check_sync(j, nntp_run_pipeline(c, go, j, e), e);
	survey_end(&j->groups, c);
	if (collect_stores(j))
		rc = collect_store_finish(j, rc, e);
	else
		mark_printed(j);
	if (rc == 0 && j->rd.found == 0 && j->left == 0 && j->rd.limit != 0 &&
		j->groups.newsrc == NULL)
		rc = nothing(j, e);
	client_job_end(c);
	return rc;
}

void
collect_free(struct collect *j)
{
	collect_store_free(j);
	survey_free(&j->groups);
	nntp_read_free(&j->rd);
	if (j->counts)
		counted_free(&j->copy);
	if (j->from_stdin)
		article_lines_free(&j->lines);
	nntp_specs_free(&j->specs);
}
