/* drain: RETR and TOP in a pipeline, and the groups of messages that are committed together. */
#include <string.h>

#include "base/wait.h"
#include "job/drain_priv.h"
#include "store/header_digest.h"
#include "store/store.h"
#include "wire/block.h"
#include "wire/bound.h"

/* Did a signal or the deadline end the operation, and not the server or the store? */
static bool
interrupted(void)
{
	struct err e = {0};

	return wait_check(&e) == -1;
}

/* ---- groups ------------------------------------------------------------------------------------ */

/* Keep the file's name for the record of message i. An empty name means: stored, without a file name. */
static void
keep_name(struct drain *d, size_t i, const char *name)
{
	if (d->file_at == NULL)
		return;
	if (d->files.len == 0)
		buf_addc(&d->files, '\0'); /* so that no name is at 0 */
	d->file_at[i] = d->files.len;
	buf_adds(&d->files, name != NULL ? name : "");
	buf_addc(&d->files, '\0');
}

/* Commit the group. After success all its messages are on stable storage; after a failure none may be deleted. */
static int
commit_group(struct drain *d, struct err *e)
{
	int rc;

	wait_shield(true);
	rc = group_commit(d->commit, e);
	wait_shield(false);
	if (rc == -1) {
		d->void_group = true;
		return conn_fail(d->c->conn, e);
	}
	for (size_t k = 0; k < d->ngroup; k++) {
		keep_name(d, d->group[k], group_commit_name(d->commit, k));
		d->states[d->group[k]] = DRAIN_STORED;
	}
	d->ngroup = 0;
	return 0;
}

/* ---- messages ---------------------------------------------------------------------------------- */

/* The size that bounds what the server may send. */
static uint64_t
announced(const struct drain *d, size_t i)
{
	return d->box.sized ? d->box.mails[i].octets : BOUND_NONE;
}

/* A sink before the store, which notes whether a failure was the store's. */
struct watch {
	struct sink sink;
	struct sink *to;
	bool failed;
};

static int
watch_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct watch *w = (struct watch *)s;

	w->failed = sink_write(w->to, p, n, e) == -1;
	return w->failed ? -1 : 0;
}

/* Note the reply for the `done` record of a batch: the last one, or that of the first message that failed. */
static void
note_reply(struct drain *d)
{
	if (d->why.status == 0)
		client_note_reply(d->c, &d->pop->reply);
}

/* A message that the server did not send, or that was not stored, stays on the server. */
static void
mark_failed(struct drain *d, size_t i, const struct err *why, bool replied)
{
	d->states[i] = DRAIN_FAILED;
	drain_note_failure(d, why, replied);
}

/* The destination refused or deferred message i. Leave it on the server and go on with the next message. */
static int
store_refused(struct drain *d, size_t i, struct err *e)
{
	if (!group_commit_alone(d->commit) || interrupted()) {
		d->void_group = !d->o->store->final;
		return conn_fail(d->c->conn, e);
	}
	err_prefix(e, "message %u", (unsigned)d->box.mails[i].number);
	if (group_commit_all_deferred(d->commit)) {
		err_prefix(e, "the destination deferred %d messages in a row, so the run ends",
			GROUP_COMMIT_DEFERRED);
		return conn_fail(d->c->conn, e);
	}
	mark_failed(d, i, e, false);
	err_clear(e);
	return 0;
}

/* ---- the message whose end is not confirmed ------------------------------------------------------- */

/*
 * A server that does not dot-stuff, or replies out of order, ends a message early, and the rest of it arrives as
 * replies. So a message that was read to its end is held, neither stored nor recorded, until the next reply has arrived
 * and is in sync.
 */
static void
hold(struct drain *d, size_t i, uint64_t octets)
{
	d->held = i;
	d->held_octets = octets;
}

static int
end_held(struct drain *d, struct err *e)
{
	size_t i = d->held;

	if (!group_commit_holds(d->commit))
		return 0;
	if (group_commit_end(d->commit, e) == -1)
		return store_refused(d, i, e);
	d->states[i] = DRAIN_PENDING;
	d->group[d->ngroup++] = (uint32_t)i;
	d->last_block = i + 1;
	return group_commit_full(d->commit) ? commit_group(d, e) : 0;
}

/* The held message is complete: store it. After a signal the grace period leaves time to do so. */
static int
confirm_held(struct drain *d, struct err *e)
{
	int rc;

	wait_shield(true);
	rc = end_held(d, e);
	wait_shield(false);
	return rc;
}

/* The held message may be incomplete: it is fetched again by the next run. */
static void
drop_held(struct drain *d, struct err *e)
{
	if (!group_commit_holds(d->commit))
		return;
	group_commit_abort(d->commit);
	err_prefix(e, "message %u may be incomplete and was not stored",
		(unsigned)d->box.mails[d->held].number);
}

/* ---- messages that are read ------------------------------------------------------------------------ */

static int
begin_message(struct drain *d, size_t i, struct err *e)
{
	const struct pop_mail *m = &d->box.mails[i];
	struct store_msg msg = {
		.number = m->number, .octets = m->octets, .id = d->ids != NULL ? d->ids[i] : 0};

	msg.key = pop_box_uid(&d->box, i, &msg.key_len);
	return group_commit_begin(d->commit, &msg, e);
}

/* Pass the block after RETR to a sink that ends in the store. *store_failed: was a failure that of the store? */
static int
read_message(struct drain *d, size_t i, struct sink *to, const bool *store_failed, uint64_t *octets,
	struct err *e)
{
	if (pop_take_message(
		    d->pop, announced(d, i), d->o->max_size, to, d->o->line_ends, octets, e) == 0) {
		client_job_done(d->c, ++d->fetched);
		return 0;
	}
	d->void_group = *store_failed && !interrupted();
	if (!*store_failed)
		pop_lost(d->pop, e);
	return err_prefix(e, "message %u", (unsigned)d->box.mails[i].number);
}

static int
take_message(struct drain *d, size_t i, struct err *e)
{
	struct watch w = {.sink = {watch_write}, .to = group_commit_sink(d->commit)};
	uint64_t octets;

	if (begin_message(d, i, e) == -1) {
		d->void_group = !interrupted();
		return conn_fail(d->c->conn, e);
	}
	if (read_message(d, i, &w.sink, &w.failed, &octets, e) == -1) {
		group_commit_abort(d->commit);
		return -1;
	}
	hold(d, i, octets);
	return 0;
}

/* The message is the one that is stored already. */
static int
mark_known(struct drain *d, const struct drain_check *c, struct err *e)
{
	struct journal_known k = {.entry = c->entry};

	d->states[c->i] = c->deletes ? DRAIN_KNOWN : DRAIN_SKIP;
	if (!c->resized)
		return 0;
	if (journal_resize(d->o->journal, &k, d->box.mails[c->i].octets, e) == 0)
		return 0;
	d->void_group = true;
	return conn_fail(d->c->conn, e);
}

/* Is the limit of messages not yet reached? */
static bool
may_fetch(struct drain *d, size_t i)
{
	if (d->box.mails[i].octets > d->o->max_size || d->to_fetch >= d->o->limit)
		return false;
	d->to_fetch++;
	return true;
}

/*
 * TOP n 0 of a message that was stored before. Another header than that of RETR proves nothing (virus scanners,
 * proxies): RETR decides.
 */
static int
take_top(struct drain *d, size_t i, struct err *e)
{
	const struct drain_check *c = drain_check_of(d, i);
	unsigned char header[HEADER_DIGEST];
	struct header_digest sum;
	int rc;

	header_digest_begin(&sum);
	rc = pop_take_message(d->pop, announced(d, i), BOUND_NONE, &sum.sink, BLOCK_LF, NULL, e);
	header_digest_end(&sum, header);
	if (rc == -1)
		return pop_lost(d->pop, e);
	d->last_block = 0;
	if (memcmp(header, c->header, HEADER_DIGEST) == 0)
		return mark_known(d, c, e);
	d->states[i] = DRAIN_SKIP;
	if (d->box.mails[i].octets <= d->o->max_size) {
		d->states[i] = DRAIN_COMPARE;
		d->again = true;
	}
	return 0;
}

/* State of a RETR that compares the message with a stored one, and stores it if it differs. */
struct compare {
	struct drain *d;
	size_t i;
	bool begun;     /* the message differs and goes to the store */
	struct watch w; /* w.failed: the store failed */
};

static int
begin_other(void *ctx, struct sink **to, struct err *e)
{
	static struct sink nowhere = {sink_discard};
	struct compare *c = ctx;

	*to = &nowhere;
	if (!may_fetch(c->d, c->i))
		return 0;
	c->w = (struct watch){.sink = {watch_write}, .to = group_commit_sink(c->d->commit)};
	*to = &c->w.sink;
	c->begun = begin_message(c->d, c->i, e) == 0;
	c->w.failed = !c->begun;
	return c->begun ? 0 : -1;
}

/* RETR of a message that was stored before, or is another one with its unique-id. */
static int
take_compare(struct drain *d, size_t i, struct err *e)
{
	struct compare c = {.d = d, .i = i};
	struct header_gate g;
	uint64_t octets;
	bool same = false;
	int rc;

	header_gate_begin(&g, drain_check_of(d, i)->header, begin_other, &c);
	rc = read_message(d, i, &g.sink, &c.w.failed, &octets, e);
	if (rc == 0) {
		rc = header_gate_end(&g, &same, e);
		d->void_group = rc == -1 && !interrupted();
	}
	if (rc == -1) {
		header_gate_free(&g);
		if (c.begun)
			group_commit_abort(d->commit);
		return conn_fail(d->c->conn, e);
	}
	d->last_block = 0;
	if (same)
		return mark_known(d, drain_check_of(d, i), e);
	if (c.begun)
		hold(d, i, octets);
	else
		d->states[i] = DRAIN_SKIP;
	return 0;
}

/* The server refuses the command. */
static void
take_refusal(struct drain *d, size_t i, bool top, const struct err *why)
{
	if (top) {
		/* The server may not have TOP: RETR decides. */
		d->no_top = d->again = true;
		return;
	}
	mark_failed(d, i, why, true);
}

/* ---- pipeline ---------------------------------------------------------------------------------- */

/* A tag is the index of the message, and whether it was TOP. */
static int
tag_of(size_t i, bool top)
{
	return (int)(i * 2 + top);
}

static int
put_command(struct drain *d, size_t i, struct err *e)
{
	uint64_t number = d->box.mails[i].number;

	if (d->states[i] == DRAIN_CHECK && !d->no_top) {
		d->tops++;
		return pop_put_top(d->pop, tag_of(i, true), number, 0, e);
	}
	return pop_put(d->pop, tag_of(i, false), POP_RETR, number, e);
}

static int
take_reply(struct drain *d, struct err *e)
{
	struct err own = {0};
	int tag, rc = pop_next(d->pop, &tag, EX_NO, &own);
	size_t i;
	bool top;

	if (rc == -1) {
		*e = own;
		return -1;
	}
	if (confirm_held(d, e) == -1)
		return -1;
	note_reply(d);
	i = (size_t)tag / 2;
	top = tag % 2 != 0;
	d->tops -= top;
	if (rc == 0) {
		take_refusal(d, i, top, &own);
		return 0;
	}
	if (top)
		return take_top(d, i, e);
	return d->states[i] == DRAIN_FETCH ? take_message(d, i, e) : take_compare(d, i, e);
}

/* The next message from *at on that needs a command; false: none. */
static bool
find_next(const struct drain *d, size_t *at)
{
	while (*at < d->box.n && d->states[*at] != DRAIN_FETCH && d->states[*at] != DRAIN_CHECK &&
		d->states[*at] != DRAIN_COMPARE)
		++*at;
	return *at < d->box.n;
}

/* One pipeline over all messages that need a command. */
static int
fetch_pipeline(struct drain *d, struct err *e)
{
	size_t next = 0, pending = 0;

	d->again = false;
	for (;;) {
		for (; pop_room(d->pop) && find_next(d, &next); next++, pending++)
			if (put_command(d, next, e) == -1)
				return -1;
		/* A TOP that differs is followed by RETR. */
		if (!d->o->delete &&next == d->box.n && d->tops == 0 && !d->again &&
			client_pipeline_quit(d->c, e) == -1)
			return -1;
		if (pending == 0)
			return 0;
		if (take_reply(d, e) == -1)
			return -1;
		pending--;
	}
}

/* Is the held message shorter than the server announced? */
static bool
is_short(const struct drain *d)
{
	return group_commit_holds(d->commit) && d->box.sized &&
	       d->held_octets < d->box.mails[d->held].octets;
}

/*
 * All replies to RETR and TOP have come: check that nothing more comes. The last message is recorded before a later
 * reply confirms its end. If it is shorter than the server announced, or no size is known, ask for a reply first:
 * killed between the record and that reply, this run would leave a record that lets the next run delete an incomplete
 * message. (A longer message is common: some servers count a line end as one octet.)
 */
static int
check_end(struct drain *d, struct err *e)
{
	/* Nothing is deleted, so the session can end before the last message is stored. */
	if (!d->o->delete &&d->c->one_shot)
		return drain_quit(d, e);
	if (cmdq_check_unsolicited(d->c->q, e) == -1)
		return -1;
	if (!group_commit_holds(d->commit) || d->o->journal == NULL ||
		(d->box.sized && !is_short(d)))
		return 0;
	return pop_probe(d->pop, e);
}

/*
 * The session was lost, is out of sync, or was ended by a signal: store the complete messages, so that they need
 * not be fetched again. The held message counts as complete unless the server broke the protocol or the message is
 * too short.
 */
static void
save_complete(struct drain *d, struct err *e)
{
	struct err late = {0};

	if (d->void_group)
		return;
	if (e->status == EX_PROTOCOL || (is_short(d) && !interrupted()))
		drop_held(d, e);
	if (confirm_held(d, &late) == 0)
		(void)commit_group(d, &late);
}

int
drain_fetch(struct drain *d, struct err *e)
{
	int rc;

	client_job_begin(d->c, "messages", d->to_fetch, d->to_fetch_octets);
	do
		rc = fetch_pipeline(d, e);
	while (rc == 0 && d->again);
	client_job_end(d->c);
	if (rc == 0)
		rc = check_end(d, e);
	if (rc == 0)
		rc = confirm_held(d, e);
	if (rc == 0)
		rc = commit_group(d, e);
	if (rc == -1)
		save_complete(d, e);
	return rc;
}
