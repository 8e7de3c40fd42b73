#include "job/collect.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/wait.h"
#include "client/nntp_steps.h"
#include "proto/nntp_compress.h"
#include "proto/nntp_lists.h"
#include "store/group_commit.h"
#include "store/store.h"
#include "wire/block.h"

/* ---- which articles ---------------------------------------------------------------------------- */

/* Do the ranges hold so many numbers that one LISTGROUP is cheaper than a command for each gap? */
static bool
wants_listgroup(const struct collect *j)
{
	return j->group != NULL && nntp_specs_ascend(&j->specs) &&
	       nntp_specs_count(&j->specs) >= NNTP_LARGE;
}

static bool
may_compress(const struct client *c, const struct collect *j)
{
	return c->config->compress == COMPRESS_AUTO && j->part != NNTP_STAT &&
	       nntp_specs_count(&j->specs) >= NNTP_LARGE && nntp_may_compress(nntp_of(c), false);
}

static int
take_group(struct client *c, struct collect *j, struct err *e)
{
	int rc;

	if (j->group == NULL)
		return 0;
	rc = nntp_take_group(nntp_of(c), e);
	nntp_note(c);
	return rc;
}

/* Select the group again before a pipeline is repeated. */
static int
select_again(struct client *c, struct collect *j, struct err *e)
{
	nntp_read_resume(&j->rd);
	j->rd.n = nntp_of(c);
	if (j->group != NULL && nntp_put_group(j->rd.n, j->group, e) == -1)
		return -1;
	return take_group(c, j, e);
}

/* The first pipeline: GROUP, LISTGROUP for the gaps, and CAPABILITIES if compression would pay. */
static int
survey(struct client *c, struct collect *j, struct err *e)
{
	struct nntp *n = nntp_of(c);
	/* With a newsrc file, the marks of the group must narrow the ranges first. */
	bool together = j->unread.file == NULL && wants_listgroup(j) && c->q->pipelining;
	bool ask = may_compress(c, j) && n->caps_state == NNTP_CAPS_UNKNOWN;

	if (ask && (nntp_put_capabilities(n, e) == -1 ||
			   (!c->q->pipelining && nntp_take_capabilities(n, e) == -1)))
		return -1;
	if ((j->group != NULL && nntp_put_group(n, j->group, e) == -1) ||
		(together && nntp_put_listgroup(n, j->group, &j->specs, e) == -1))
		return -1;
	if ((ask && c->q->pipelining && nntp_take_capabilities(n, e) == -1) ||
		take_group(c, j, e) == -1)
		return -1;
	if (together && nntp_take_listgroup(n, j->group, &j->specs, e) == -1)
		return -1;
	if (n->in_group)
		nntp_specs_clip(&j->specs, &n->marks);
	if (j->unread.file != NULL)
		unread_plan(&j->unread, c, &j->specs);
	if (together || !wants_listgroup(j))
		return 0;
	return nntp_put_listgroup(n, j->group, &j->specs, e) == -1
		       ? -1
		       : nntp_take_listgroup(n, j->group, &j->specs, e);
}

/* If no group is selected, the end of a range "A-" is unknown: ask for A alone, and report the server's refusal. */
static void
close_open_ranges(const struct nntp *n, struct nntp_specs *specs)
{
	for (size_t i = 0; !n->in_group && i < specs->n; i++)
		if (specs->list[i].last == NNTP_NUMBER_MAX)
			specs->list[i].last = specs->list[i].first;
}

static int
begin(struct client *c, struct collect *j, struct err *e)
{
	struct nntp *n = nntp_of(c);

	if (j->group == NULL)
		close_open_ranges(n, &j->specs);
	if (survey(c, j, e) == -1)
		return -1;
	if (may_compress(c, j) && nntp_compress(n, false, false, e) == -1)
		return -1;
	j->planned = true;
	nntp_read_init(&j->rd, n, j->part, &j->specs, j->from_stdin ? &j->lines.source : NULL);
	if (j->events->begin != NULL)
		j->events->begin(j, nntp_specs_count(&j->specs));
	return 0;
}

/* ---- into the store ---------------------------------------------------------------------------- */

/* Commit after this number of articles, or after GROUP_COMMIT_OCTETS octets. */
#define GROUP_ARTICLES 500

/* An article's outcome, kept until the article is committed. */
struct collect_item {
	uint64_t number, octets;
	char *msgid;
	bool refused, by_id;
};

static void
forget_group(struct collect *j)
{
	for (size_t i = 0; i < j->nitems; i++)
		free(j->items[i].msgid);
	j->nitems = 0;
}

static int
report_group(struct collect *j, struct err *e)
{
	size_t stored = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && j->events->outcome != NULL && i < j->nitems; i++) {
		const struct collect_item *it = &j->items[i];
		struct collect_outcome o = {.number = it->number,
			.octets = it->octets,
			.msgid = it->msgid,
			.file = it->refused ? NULL : group_commit_name(j->commit, stored++),
			.refused = it->refused};

		rc = j->events->outcome(j, &o, e);
	}
	return rc;
}

/* Commit the articles that were stored since the last commit, report and mark them. */
static int
commit(struct collect *j, struct err *e)
{
	int rc;

	if (j->nitems == 0)
		return 0;
	if (group_commit(j->commit, e) == -1) {
		j->state = COLLECT_BROKEN;
		return -1;
	}
	for (size_t i = 0; i < j->nitems; i++)
		if (!j->items[i].refused && !j->items[i].by_id)
			unread_done(&j->unread, j->items[i].number);
	rc = report_group(j, e);
	forget_group(j);
	if (rc == 0 && j->unread.file != NULL)
		rc = unread_mark(&j->unread, j->stored, e);
	return rc;
}

/* The key that identifies the article: its message-id, after a letter if only the header or the body is stored. */
static void
make_key(enum nntp_part part, const struct nntp_got *got, struct buf *key)
{
	if (got->msgid_len != 0 && part != NNTP_ARTICLE)
		buf_addc(key, part == NNTP_HEAD ? 'H' : 'B');
	buf_add(key, got->msgid, got->msgid_len);
}

/*
 * The destination refused or deferred the last article. If the failure concerns this article alone, report it and
 * leave it unread, so that the articles after it are stored.
 */
static int
pass_refused(struct collect *j, struct collect_item *it, struct err *e)
{
	struct client *c = j->client;

	if (!group_commit_alone(j->commit) || wait_signal() != 0) {
		j->state = j->store->final ? COLLECT_FAILED : COLLECT_BROKEN;
		return conn_fail(c->conn, e);
	}
	if (it->number != 0)
		err_prefix(e, "article %ju", (uintmax_t)it->number);
	else
		err_prefix(e, "%s", it->msgid);
	if (group_commit_all_deferred(j->commit)) {
		err_prefix(e, "the destination deferred %d articles in a row, so the run ends",
			GROUP_COMMIT_DEFERRED);
		j->state = COLLECT_FAILED;
		return conn_fail(c->conn, e);
	}
	it->refused = true;
	client_note(c, 0, "", 0); /* the news server sent no reply about it */
	passed_add(&j->passed, c, e);
	if (it->number != 0)
		unread_leave(&j->unread, it->number, it->number);
	return 0;
}

/* The reply after the article that is held has come: the article is complete. */
static int
end_held(struct collect *j, struct err *e)
{
	struct collect_item *it = &j->items[j->nitems];

	if (!j->held)
		return 0;
	j->held = false;
	if (group_commit_end(j->commit, e) == -1 && pass_refused(j, it, e) == -1) {
		free(it->msgid);
		return -1;
	}
	j->nitems++;
	if (it->number > j->stored)
		j->stored = it->number;
	return 0;
}

static void
drop_held(struct collect *j)
{
	if (!j->held)
		return;
	j->held = false;
	group_commit_abort(j->commit);
	free(j->items[j->nitems].msgid);
}

/* Write the block of the article into the store as one message, without ending the message. */
static int
store_block(struct collect *j, const struct nntp_got *got, uint64_t *octets, struct err *e)
{
	struct store_msg msg = {.number = got->number};
	struct buf key = {0};
	int rc;

	make_key(j->part, got, &key);
	msg.key_only = key.len != 0;
	msg.key = msg.key_only ? key.data : NULL;
	msg.key_len = key.len;
	rc = group_commit_begin(j->commit, &msg, e);
	buf_free(&key);
	if (rc == -1) {
		j->state = COLLECT_BROKEN;
		return conn_fail(j->client->conn, e);
	}
	if (nntp_read_block(j->rd.n, group_commit_sink(j->commit), BLOCK_LF, octets, e) == 0)
		return 0;
	/* A fault of the server, or a signal, leaves the complete articles in the store as they are. */
	if (e->status != EX_TEMPFAIL && e->status != EX_PROTOCOL && e->status < EX_SIGNAL)
		j->state = COLLECT_BROKEN;
	group_commit_abort(j->commit);
	return -1;
}

static int
store_article(struct collect *j, const struct nntp_got *got, struct err *e)
{
	struct collect_item it = {.number = got->number, .by_id = got->by_id};

	if (end_held(j, e) == -1)
		return -1;
	if ((j->nitems == GROUP_ARTICLES || group_commit_full(j->commit)) && commit(j, e) == -1)
		return conn_fail(j->client->conn, e);
	it.msgid = mem_dup(got->msgid, got->msgid_len);
	if (store_block(j, got, &it.octets, e) == -1) {
		free(it.msgid);
		return -1;
	}
	j->items[j->nitems] = it;
	j->held = true;
	return 0;
}

/* Commit all complete articles, also after a failure, and mark them and the missing ones as read. */
static int
commit_rest(struct collect *j, struct err *e)
{
	struct err ignored = {0}, *why;
	uint64_t upto = j->highest;

	if (j->state == COLLECT_BROKEN)
		return 0;
	if (j->suspect)
		drop_held(j);
	if (end_held(j, e) == -1 && j->state == COLLECT_BROKEN)
		return -1;
	why = j->state == COLLECT_FAILED ? &ignored : e;
	if (commit(j, why) == -1)
		return -1;
	if (j->suspect || j->state == COLLECT_FAILED)
		upto = j->stored;
	if (j->unread.file != NULL && unread_mark(&j->unread, upto, why) == -1)
		return -1;
	return e->status != 0 ? -1 : 0;
}

/* End a run into a store. rc and e: the result of the run so far. */
static int
finish(struct collect *j, int rc, struct err *e)
{
	struct err late = {0};

	if (commit_rest(j, &late) == 0 || (rc == -1 && e->status != EX_NO))
		return rc;
	*e = late; /* report the failure to store, which is more serious */
	return -1;
}

/* ---- the run ----------------------------------------------------------------------------------- */

/* An article was not found: it counts as read if it is gone. */
static void
pass_number(struct collect *j, const struct nntp_got *got)
{
	if (got->number == 0 || j->unread.file == NULL)
		return;
	if (got->gone)
		unread_done(&j->unread, got->number);
	else
		unread_leave(&j->unread, got->number, got->number);
}

/* e describes why the article failed: report it, and go on with the next article. */
static void
pass(struct collect *j, const struct nntp_got *got, struct err *e)
{
	struct client *c = j->client;

	nntp_note(c);
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
	if (j->commit == NULL && j->last != 0)
		unread_done(&j->unread, j->last);
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
	rc = j->commit != NULL ? store_article(j, got, e) : j->events->article(j, got, e);
	if (rc == 0)
		j->last = got->by_id ? 0 : got->number;
	return rc;
}

static int
read_all(struct collect *j, struct err *e)
{
	struct client *c = j->client;
	struct nntp_got got;
	int rc;

	j->rd.quit = nntp_may_quit(c);
	while ((rc = nntp_read_next(&j->rd, &got, e)) > NNTP_READ_END) {
		if (rc == NNTP_READ_GAP) {
			pass_number(j, &got);
		} else if (rc == NNTP_READ_PASSED) {
			pass(j, &got, e);
		} else if (hand_over(j, &got, e) == -1) {
			rc = -1;
			break;
		}
		j->highest = j->rd.upto;
		if (j->events->progress != NULL)
			j->events->progress(j, j->rd.found);
	}
	c->quit_sent = c->quit_sent || j->rd.quit_put;
	if (rc == -1 && j->rd.n->need != NNTP_NEED_NOTHING)
		return -1;
	j->highest = rc == 0 ? j->rd.upto : j->highest;
	if (j->rd.found == 0)
		nntp_note(c);
	return rc;
}

static int
go(struct client *c, void *job, struct err *e)
{
	struct collect *j = job;

	if ((j->planned ? select_again(c, j, e) : begin(c, j, e)) == -1)
		return -1;
	return read_all(j, e);
}

/* No article was found: the error is the reply for the first missing number. */
static int
nothing(const struct collect *j, struct err *e)
{
	if (j->rd.missing == 0)
		return err_set(e, EX_NO, "%.300s%sno article found",
			j->group != NULL ? j->group : "", j->group != NULL ? ": " : "");
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
 * The next line of stdin may take long. If it does, commit what is complete; that the server has sent nothing more shows
 * that the article that is held is.
 */
static int
idle(struct article_lines *l, bool later, struct err *e)
{
	struct collect *j = l->context;

	if (later != (j->commit != NULL))
		return 0;
	if (later && (end_held(j, e) == -1 || commit(j, e) == -1))
		return conn_fail(j->client->conn, e);
	return j->events->idle != NULL ? j->events->idle(j, e) : 0;
}

int
collect_wait(struct collect *j, struct client *c, struct err *e)
{
	int rc;

	j->lines = (struct article_lines){.client = c,
		.passed = &j->passed,
		.unread = &j->unread,
		.numbers = j->group != NULL || (c->conn != NULL && nntp_of(c)->in_group),
		.idle = idle,
		.context = j};
	rc = article_lines_begin(&j->lines, e);
	if (rc == -1 || rc == LINE_END)
		return rc;
	return client_need(c, e) == -1 ? -1 : COLLECT_READY;
}

int
collect_run(struct collect *j, struct client *c, struct err *e)
{
	int rc;

	j->client = c;
	if (j->store != NULL) {
		j->commit = group_commit_open(j->store, NULL, e);
		if (j->commit == NULL)
			return -1;
		j->items = mem_resize(NULL, GROUP_ARTICLES, sizeof *j->items);
	}
	rc = check_sync(j, nntp_run_pipeline(c, go, j, e), e);
	if (j->commit != NULL)
		rc = finish(j, rc, e);
	if (rc == 0 && j->rd.found == 0 && j->unread.file == NULL)
		rc = nothing(j, e);
	return rc;
}

uint64_t
collect_upto(const struct collect *j)
{
	/* The next run gets an article again that may be incomplete. */
	return j->suspect ? j->last - 1 : j->highest;
}

int
collect_mark(struct collect *j, struct err *e)
{
	if (!j->suspect)
		mark_last(j);
	return unread_mark(&j->unread, collect_upto(j), e);
}

void
collect_free(struct collect *j)
{
	if (j->commit != NULL)
		drop_held(j);
	forget_group(j);
	free(j->items);
	group_commit_close(j->commit);
	unread_end(&j->unread);
	nntp_read_free(&j->rd);
	if (j->from_stdin)
		article_lines_free(&j->lines);
	nntp_specs_free(&j->specs);
}
