#include "store/group_commit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/header_digest.h"
#include "store/journal_record.h"
#include "store/journal.h"
#include "store/store.h"

/* Greatest number of records in one write. */
#define RECORDS 256

struct item {
	uint64_t size, id;
	unsigned char header[HEADER_DIGEST];
	char *uid; /* encoded */
};

struct group_commit {
	struct sink sink;
	struct store *st;
	struct journal *state;
	struct header_digest sum;
	bool open; /* a message is under way */
	struct item *item;
	size_t count, limit;
	unsigned deferred; /* messages in a row that the destination deferred, up to the last one */
	uint64_t octets;   /* of the group */
	struct item last;  /* of the last commit, for group_commit_void_last; uid NULL: none */
	char *last_name;
};

static int
group_commit_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct group_commit *g = (struct group_commit *)s;

	g->octets += n;
	if (g->state != NULL && g->sum.state != HEADER_DIGEST_BODY)
		sink_write(&g->sum.sink, p, n, e);
	return sink_write(&g->st->sink, p, n, e);
}

/* Journal entries that a killed run prepared but did not complete: ask the store for each, and record the outcome. */
static int
recover(struct group_commit *g, struct err *e)
{
	size_t n = g->state != NULL ? journal_pending(g->state) : 0;
	char **names = mem_zalloc((n + 1) * sizeof *names);
	bool *stored = mem_zalloc((n + 1) * sizeof *stored);
	int rc = n == 0 ? 0 : journal_pending_names(g->state, names, e);

	if (rc == 0)
		rc = g->st->ops->recover(g->st, (const char *const *)names, n, stored, e);
	if (rc == 0 && n != 0)
		rc = journal_settle(g->state, stored, e);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	free(stored);
	return rc;
}

struct group_commit *
group_commit_open(struct store *st, struct journal *state, struct err *e)
{
	struct group_commit *g = mem_zalloc(sizeof *g);

	g->sink.write = group_commit_write;
	g->st = st;
	g->state = state;
	g->limit = GROUP_COMMIT_MESSAGES;
	g->item = mem_zalloc(GROUP_COMMIT_MESSAGES * sizeof *g->item);
	/* Without the journal's lock, another run may be working on this mailbox. */
	if (state != NULL && st->ops->recover != NULL && recover(g, e) == -1) {
		group_commit_close(g);
		return NULL;
	}
	return g;
}

void
group_commit_limit(struct group_commit *g, size_t messages)
{
	if (messages != 0 && messages < GROUP_COMMIT_MESSAGES)
		g->limit = messages;
}

void
group_commit_known(struct group_commit *g, const struct journal_known *known)
{
	if (g->st->ops->taken != NULL && known->name != 0)
		g->st->ops->taken(g->st, known->name);
}

int
group_commit_begin(struct group_commit *g, const struct store_msg *msg, struct err *e)
{
	struct item *it = &g->item[g->count];
	char uid[JOURNAL_UID + 1];
	size_t n;

	if (g->count == GROUP_COMMIT_MESSAGES)
		return err_set(e, EX_SOFTWARE, "a group of messages that was never committed");
	if (store_begin(g->st, msg, e) == -1)
		return -1;
	g->open = true;
	if (g->state == NULL)
		return 0;
	n = journal_record_encode_uid(msg->key, msg->key != NULL ? msg->key_len : 0, uid);
	it->uid = mem_dup(uid, n);
	it->size = msg->octets;
	it->id = msg->id;
	header_digest_begin(&g->sum);
	return 0;
}

struct sink *
group_commit_sink(struct group_commit *g)
{
	return &g->sink;
}

static void
forget_item(struct item *it)
{
	free(it->uid);
	it->uid = NULL;
}

/* End the current message: keep its header's digest, or drop it. */
static void
end_sum(struct group_commit *g, unsigned char out[HEADER_DIGEST])
{
	if (g->state != NULL && g->open)
		header_digest_end(&g->sum, out);
	g->open = false;
}

static void
as_record(const struct item *it, const char *name, struct journal_record *r)
{
	*r = (struct journal_record){.size = it->size,
		.name = name,
		.name_len = name != NULL ? strlen(name) : 0,
		.uid = it->uid,
		.uid_len = strlen(it->uid),
		.key = it->id};
	memcpy(r->header, it->header, HEADER_DIGEST);
}

int
group_commit_end(struct group_commit *g, struct err *e)
{
	struct journal_record r;

	end_sum(g, g->item[g->count].header);
	if (store_end(g->st, e) == -1) {
		g->deferred = e->status == EX_TEMPFAIL ? g->deferred + 1 : 0;
		forget_item(&g->item[g->count]);
		return -1;
	}
	g->deferred = 0;
	g->count++;
	if (g->state == NULL || !g->st->final)
		return 0;
	/* The destination has accepted the message, also if the group fails later: record it now. */
	as_record(&g->item[g->count - 1], store_name(g->st, g->count - 1), &r);
	return journal_add(g->state, JOURNAL_STORED, &r, 1, false, e);
}

bool
group_commit_holds(const struct group_commit *g)
{
	return g != NULL && g->open;
}

bool
group_commit_alone(const struct group_commit *g)
{
	return g->st->alone;
}

bool
group_commit_all_deferred(const struct group_commit *g)
{
	return g->deferred >= GROUP_COMMIT_DEFERRED;
}

void
group_commit_abort(struct group_commit *g)
{
	if (!g->open)
		return;
	end_sum(g, NULL);
	store_abort(g->st);
	forget_item(&g->item[g->count]);
}

bool
group_commit_full(const struct group_commit *g)
{
	return g->count >= g->limit || g->octets >= GROUP_COMMIT_OCTETS;
}

static int
write_records(struct group_commit *g, enum journal_record_kind kind, struct err *e)
{
	struct journal_record r[RECORDS];
	size_t n;

	for (size_t done = 0; done < g->count; done += n) {
		n = g->count - done < RECORDS ? g->count - done : RECORDS;
		for (size_t i = 0; i < n; i++)
			as_record(&g->item[done + i], store_name(g->st, done + i), &r[i]);
		if (journal_add(g->state, kind, r, n, done + n == g->count, e) == -1)
			return -1;
	}
	return 0;
}

static void
forget_last(struct group_commit *g)
{
	forget_item(&g->last);
	free(g->last_name);
	g->last_name = NULL;
}

/* Keep what group_commit_void_last needs; the item's strings change hands. */
static void
keep_last(struct group_commit *g)
{
	struct item *it = &g->item[g->count - 1];
	const char *name = store_name(g->st, g->count - 1);

	forget_last(g);
	g->last = *it;
	g->last_name = name != NULL ? mem_strdup(name) : NULL;
	it->uid = NULL;
}

static void
forget_group(struct group_commit *g)
{
	for (size_t i = 0; i < GROUP_COMMIT_MESSAGES; i++)
		forget_item(&g->item[i]);
	g->count = 0;
	g->octets = 0;
}

int
group_commit(struct group_commit *g, struct err *e)
{
	bool journal = g->state != NULL;

	if (g->count == 0)
		return 0;
	if (store_prepare(g->st, e) == -1)
		return -1;
	if (journal && g->st->ops->recover != NULL && write_records(g, JOURNAL_PREPARED, e) == -1)
		return -1;
	if (store_publish(g->st, e) == -1)
		return -1;
	if (journal && g->st->final && journal_sync(g->state, e) == -1)
		return -1;
	if (journal && !g->st->final &&
		(g->st->ops->recover != NULL ? journal_commit(g->state, e)
					     : write_records(g, JOURNAL_STORED, e)) == -1)
		return -1;
	keep_last(g);
	forget_group(g);
	return 0;
}

int
group_commit_void_last(struct group_commit *g, struct err *e)
{
	struct journal_record r;
	int rc;

	if (g->state == NULL || g->last.uid == NULL)
		return 0;
	as_record(&g->last, g->last_name, &r);
	rc = journal_void(g->state, &r, e);
	forget_last(g);
	return rc;
}

const char *
group_commit_name(const struct group_commit *g, size_t i)
{
	return store_name(g->st, i);
}

void
group_commit_close(struct group_commit *g)
{
	if (g == NULL)
		return;
	group_commit_abort(g);
	forget_group(g);
	forget_last(g);
	store_close(g->st);
	free(g->item);
	free(g);
}
