#include "cmd/nntp_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/wait.h"
#include "cmd/dest_open.h"
#include "cmd/options.h"
#include "cmd/print.h"
#include "wire/block.h"

/* A group is published when it has come to this many messages or octets. */
#define GROUP_MESSAGES 500
#define GROUP_OCTETS   ((uint64_t)32 * 1024 * 1024)

/* A destination that defers this many articles in a row would defer all others too: the run ends. */
#define DEFERRED_MOST 5

/* The content of an article's JSON record, kept until the article is published. */
struct nntp_stored {
	uint64_t number, octets;
	char *msgid;
	bool refused;
};

int
nntp_store_open(struct nntp_store *ns, struct session *s, const char *dest, struct err *e)
{
	struct dest d;
	/* Message-ids are unique everywhere, so all news is one mailbox to a Maildir. */
	struct dest_opts o = {.mailbox = "news",
		.tmpdir = getenv("TMPDIR"),
		.wait_seconds = s->opt->client.timeout,
		.warning = &ns->warning};

	if (dest_parse(dest, &d, e) == -1)
		return -1;
	ns->stored = mem_resize(NULL, GROUP_MESSAGES, sizeof *ns->stored);
	ns->st = dest_open_any(s, &d, &o, e);
	if (ns->st == NULL)
		return -1;
	if (ns->warning.status != 0)
		print_warning(s->opt, NNTP_WHO, "%s", ns->warning.text);
	return 0;
}

static int
print_stored(struct nntp_store *ns, struct session *s, size_t i, struct err *e)
{
	const struct nntp_stored *m = &ns->stored[i];
	const char *file = store_name(ns->st, i);
	struct out *o = s->out;

	json_open(o, '{');
	json_key(o, "number");
	json_u(o, m->number);
	json_key(o, "uid");
	json_s(o, m->msgid);
	json_key(o, "octets");
	json_u(o, m->octets);
	json_key(o, "fate");
	json_s(o, m->refused ? "skipped" : "stored");
	json_key(o, "file");
	json_s(o, file);
	json_key(o, "deleted");
	json_bool(o, false);
	json_close(o, '}');
	return json_end_line(o, e);
}

static void
forget_group(struct nntp_store *ns)
{
	for (size_t i = 0; i < ns->n; i++)
		free(ns->stored[i].msgid);
	ns->n = 0;
	ns->octets = 0;
}

int
nntp_store_flush(struct nntp_store *ns, struct session *s, struct err *e)
{
	int rc = 0;

	if (ns->n == 0)
		return 0;
	if (store_prepare(ns->st, e) == -1 || store_publish(ns->st, e) == -1) {
		ns->broken = true;
		return -1;
	}
	for (size_t i = 0; rc == 0 && ns->records && i < ns->n; i++)
		rc = print_stored(ns, s, i, e);
	forget_group(ns);
	if (rc == 0 && ns->marks != NULL)
		rc = ns->marks->published(ns->marks, ns->highest, e);
	return rc;
}

/* The key that identifies the article: its message-id, and a letter in front for a header or body alone. */
static void
make_key(enum nntp_part part, const struct nntp_got *got, struct buf *key)
{
	if (got->msgid_len != 0 && part != NNTP_ARTICLE)
		buf_addc(key, part == NNTP_HEAD ? 'H' : 'B');
	buf_add(key, got->msgid, got->msgid_len);
}

/*
 * The destination did not accept the article that ended last. If that concerns this article alone, it is passed over
 * and stays unread, so that it does not keep the articles after it away.
 */
static int
refused(struct session *s, struct nntp_get *g, struct nntp_stored *m, struct err *e)
{
	struct nntp_store *ns = g->to;

	if (!ns->st->alone || wait_signal() != 0) {
		ns->broken = !ns->st->final;
		ns->failed = true;
		return conn_fail(s->c.conn, e);
	}
	if (m->number != 0)
		err_prefix(e, "article %ju", (uintmax_t)m->number);
	else
		err_prefix(e, "%s", m->msgid);
	ns->deferred = e->status == EX_TEMPFAIL ? ns->deferred + 1 : 0;
	if (ns->deferred == DEFERRED_MOST) {
		err_prefix(e, "the destination deferred %d articles in a row, so the run ends",
			DEFERRED_MOST);
		ns->failed = true;
		return conn_fail(s->c.conn, e);
	}
	m->refused = true;
	client_note(&s->c, 0, "", 0); /* the news server sent no reply about it */
	nntp_pass_over(s, &g->passed, e);
	if (ns->marks != NULL && m->number != 0)
		ns->marks->refused(ns->marks, m->number);
	return 0;
}

/* The reply after the article that is held has come: the article is whole. */
static int
end_held(struct session *s, struct nntp_get *g, struct err *e)
{
	struct nntp_store *ns = g->to;
	struct nntp_stored *m = &ns->stored[ns->n];

	if (!ns->held)
		return 0;
	ns->held = false;
	if (store_end(ns->st, e) == 0) {
		ns->deferred = 0;
	} else if (refused(s, g, m, e) == -1) {
		free(m->msgid);
		return -1;
	}
	ns->n++;
	ns->octets += m->octets;
	if (m->number > ns->highest)
		ns->highest = m->number;
	return 0;
}

static void
drop_held(struct nntp_store *ns)
{
	if (!ns->held)
		return;
	ns->held = false;
	store_abort(ns->st);
	free(ns->stored[ns->n].msgid);
}

/* Write the block of the article into the store as one message, without ending the message. */
static int
store_one(struct session *s, struct nntp_store *ns, enum nntp_part part, const struct nntp_got *got,
	uint64_t *octets, struct err *e)
{
	struct store_msg msg = {.number = got->number};
	struct buf key = {0};
	int rc;

	make_key(part, got, &key);
	msg.key_only = key.len != 0;
	msg.key = msg.key_only ? key.data : NULL;
	msg.key_len = key.len;
	ns->broken = true;
	rc = store_begin(ns->st, &msg, e);
	buf_free(&key);
	if (rc == -1)
		return conn_fail(s->c.conn, e);
	if (nntp_read_block(nntp_of(s), &ns->st->sink, BLOCK_LF, octets, e) == -1) {
		/* A fault of the server, or a signal, leaves the complete articles in the store as they are. */
		ns->broken = e->status != EX_TEMPFAIL && e->status != EX_PROTOCOL &&
			     e->status < EX_SIGNAL;
		store_abort(ns->st);
		return -1;
	}
	ns->broken = false;
	return 0;
}

int
nntp_store_take(struct session *s, struct nntp_get *g, const struct nntp_got *got, struct err *e)
{
	struct nntp_store *ns = g->to;
	struct nntp_stored m = {.number = got->number};

	if (end_held(s, g, e) == -1)
		return -1;
	if ((ns->n == GROUP_MESSAGES || ns->octets >= GROUP_OCTETS) &&
		nntp_store_flush(ns, s, e) == -1)
		return conn_fail(s->c.conn, e);
	m.msgid = mem_dup(got->msgid, got->msgid_len);
	if (store_one(s, ns, g->part, got, &m.octets, e) == -1) {
		free(m.msgid);
		return -1;
	}
	ns->stored[ns->n] = m;
	ns->held = true;
	return 0;
}

void
nntp_store_close(struct nntp_store *ns)
{
	drop_held(ns);
	forget_group(ns);
	free(ns->stored);
	store_close(ns->st);
	ns->st = NULL;
	ns->stored = NULL;
}

/* Publish all complete articles, whatever nntp_get failed with, and mark them and those that are gone. */
static int
publish_rest(struct session *s, struct nntp_get *g, struct err *e)
{
	struct nntp_store *ns = g->to;
	struct err ignored = {0};
	uint64_t upto = g->highest;

	if (ns->broken || ns->st == NULL)
		return 0;
	if (g->suspect)
		drop_held(ns);
	if (end_held(s, g, e) == -1 && ns->broken)
		return -1;
	if (nntp_store_flush(ns, s, ns->failed ? &ignored : e) == -1)
		return -1;
	if (g->suspect || ns->failed)
		upto = ns->highest;
	if (ns->marks != NULL &&
		ns->marks->published(ns->marks, upto, ns->failed ? &ignored : e) == -1)
		return -1;
	return ns->failed && e->status != 0 ? -1 : 0;
}

static int
finish(struct session *s, struct nntp_get *g, int rc, struct err *e)
{
	struct err late = {0};

	if (publish_rest(s, g, &late) == 0 || (rc == -1 && e->status != EX_NO))
		return rc;
	*e = late; /* the failure to store is the worse one */
	return -1;
}

int
nntp_store_articles(struct session *s, struct nntp_get *g, const char *dest,
	struct nntp_marker *marks, struct err *e)
{
	struct nntp_store ns = {.records = s->out->json, .marks = marks};
	int rc = nntp_store_open(&ns, s, dest, e);

	g->take = nntp_store_take;
	g->finish = finish;
	g->to = &ns;
	if (rc == 0)
		rc = nntp_get(s, g, e);
	nntp_store_close(&ns);
	return rc;
}
