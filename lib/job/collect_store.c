#include "job/collect_store.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/wait.h"
#include "client/nntp_steps.h"
#include "store/destination.h"
#include "store/group_commit.h"
#include "store/store.h"
#include "wire/block.h"

/* Commit after this number of articles, or after GROUP_COMMIT_OCTETS octets. */
#define GROUP_ARTICLES 500

/* An article's outcome, kept until the article is committed. */
struct collect_item {
	struct survey_group *group;
	uint64_t number, octets;
	char *msgid;
	bool refused, by_id;
};

bool
collect_stores(const struct collect *j)
{
	return j->dest != NULL;
}

bool
collect_by_group(const struct collect *j)
{
	return collect_stores(j) && j->groups.several && destination_has_group(j->dest);
}

/* Open the destination, in which %g stands for the group. */
static struct store *
open_dest(struct collect *j, const char *group, struct err *e)
{
	const struct nntp *n = nntp_of(j->client);
	struct buf path = {0};
	struct store *store = NULL;

	if (!destination_has_group(j->dest))
		return j->events->open(j, j->dest, e);
	if (group == NULL && !n->in_group) {
		err_set(e, EX_USAGE, "-d %s: no group is selected for %%g", j->dest);
		return NULL;
	}
	if (group == NULL)
		group = buf_str(&n->group);
	if (destination_for_group(j->dest, group, &path, e) == 0)
		store = j->events->open(j, buf_str(&path), e);
	buf_free(&path);
	return store;
}

int
collect_open_store(struct collect *j, const char *group, struct err *e)
{
	j->store = open_dest(j, group, e);
	if (j->store != NULL)
		j->commit = group_commit_open(j->store, NULL, e);
	if (j->items == NULL)
		j->items = mem_resize(NULL, GROUP_ARTICLES, sizeof *j->items);
	return j->commit != NULL ? 0 : -1;
}

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
		struct collect_outcome o = {.group = it->group->name,
			.number = it->number,
			.octets = it->octets,
			.msgid = it->msgid,
			.file = it->refused ? NULL : group_commit_name(j->commit, stored++),
			.refused = it->refused};

		rc = j->events->outcome(j, &o, e);
	}
	return rc;
}

/*
 * Mark the articles that are on stable storage; in the groups before the current one, all for which a reply has come.
 */
static int
mark_stored(struct collect *j, struct err *e)
{
	const struct collect_item *it = j->items;

	for (size_t i = 0; i < j->nitems; i++)
		if (!it[i].refused && !it[i].by_id)
			unread_done(&it[i].group->unread, it[i].number);
	for (struct survey_group *g = it->group; g < it[j->nitems - 1].group; g++)
		unread_mark(&g->unread, g->upto);
	/* The items of a group ascend. */
	unread_mark(&it[j->nitems - 1].group->unread, it[j->nitems - 1].number);
	return survey_save(&j->groups, e);
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
	rc = report_group(j, e);
	if (rc == 0)
		rc = mark_stored(j, e);
	forget_group(j);
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
	survey_name(&j->groups, it->group, e);
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
		unread_leave(&it->group->unread, it->number, it->number);
	return 0;
}

/* The reply after the article that is held has come: the article is complete. */
static int
end_held(struct collect *j, struct err *e)
{
	struct collect_item *it;

	if (!group_commit_holds(j->commit))
		return 0;
	it = &j->items[j->nitems];
	if (group_commit_end(j->commit, e) == -1 && pass_refused(j, it, e) == -1) {
		free(it->msgid);
		return -1;
	}
	j->nitems++;
	return 0;
}

static void
drop_held(struct collect *j)
{
	if (!group_commit_holds(j->commit))
		return;
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
	if (collect_block(j, group_commit_sink(j->commit), BLOCK_LF, octets, e) == 0)
		return 0;
	/* A fault of the server, or a signal, leaves the complete articles in the store as they are. */
	if (e->status != EX_TEMPFAIL && e->status != EX_PROTOCOL && e->status < EX_SIGNAL)
		j->state = COLLECT_BROKEN;
	group_commit_abort(j->commit);
	return -1;
}

/* Make room for the next item: the article before it is complete. */
static int
make_room(struct collect *j, struct err *e)
{
	if (end_held(j, e) == -1)
		return -1;
	if ((j->nitems == GROUP_ARTICLES || group_commit_full(j->commit)) && commit(j, e) == -1)
		return conn_fail(j->client->conn, e);
	return 0;
}

static struct collect_item
make_item(const struct collect *j, const struct nntp_got *got)
{
	return (struct collect_item){.group = j->at,
		.number = got->number,
		.msgid = mem_dup(got->msgid, got->msgid_len),
		.by_id = got->by_id};
}

int
collect_store_left(struct collect *j, const struct nntp_got *got, uint64_t octets, struct err *e)
{
	struct collect_item it;

	if (make_room(j, e) == -1)
		return -1;
	it = make_item(j, got);
	it.octets = octets;
	it.refused = true;
	j->items[j->nitems++] = it;
	return 0;
}

int
collect_store_article(struct collect *j, const struct nntp_got *got, struct err *e)
{
	struct collect_item it;

	if (make_room(j, e) == -1)
		return -1;
	it = make_item(j, got);
	if (store_block(j, got, &it.octets, e) == -1) {
		free(it.msgid);
		return -1;
	}
	j->items[j->nitems] = it;
	return 0;
}

void
collect_mark_answered(struct collect *j, bool but_last)
{
	struct survey_group *end = but_last ? j->last_group : j->at + 1;

	for (struct survey_group *g = j->groups.list; g < end; g++)
		unread_mark(&g->unread, g->upto);
}

/* Commit all complete articles, also after a failure, and mark them and the missing ones as read. */
static int
commit_rest(struct collect *j, struct err *e)
{
	struct err ignored = {0}, *why;

	if (j->state == COLLECT_BROKEN)
		return 0;
	if (j->suspect)
		drop_held(j);
	if (end_held(j, e) == -1 && j->state == COLLECT_BROKEN)
		return -1;
	why = j->state == COLLECT_FAILED ? &ignored : e;
	if (commit(j, why) == -1)
		return -1;
	collect_mark_answered(j, j->suspect || j->state == COLLECT_FAILED);
	if (survey_save(&j->groups, why) == -1)
		return -1;
	return e->status != 0 ? -1 : 0;
}

int
collect_store_finish(struct collect *j, int rc, struct err *e)
{
	struct err late = {0};

	if (commit_rest(j, &late) == 0 || (rc == -1 && e->status != EX_NO))
		return rc;
	*e = late; /* report the failure to store, which is more serious */
	return -1;
}

int
collect_settle(struct collect *j, struct err *e)
{
	return end_held(j, e) == -1 ? -1 : commit(j, e);
}

int
collect_leave_store(struct collect *j, struct err *e)
{
	if (collect_settle(j, e) == -1)
		return -1;
	group_commit_close(j->commit);
	j->commit = NULL;
	return 0;
}

void
collect_store_free(struct collect *j)
{
	drop_held(j);
	forget_group(j);
	free(j->items);
	group_commit_close(j->commit);
}
