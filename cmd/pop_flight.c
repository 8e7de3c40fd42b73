/* pop fetch and drain: RETR and TOP, and the groups of messages that are committed together. */
#include <string.h>

#include "base/wait.h"
#include "cmd/pop_job.h"
#include "store/hdrsum.h"
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

/* Keep the file's name for the record of message i; without a name "" shows that it was stored. */
static void
keep_name(struct pop_job *j, size_t i, const char *name)
{
	if (j->file_at == NULL)
		return;
	if (j->files.len == 0)
		buf_addc(&j->files, '\0'); /* so that no name is at 0 */
	j->file_at[i] = j->files.len;
	buf_adds(&j->files, name != NULL ? name : "");
	buf_addc(&j->files, '\0');
}

/* All messages of the group are on stable storage now, or this fails and none may be deleted. */
static int
commit(struct pop_job *j, struct err *e)
{
	int rc;

	wait_shield(true);
	rc = deliver_commit(j->deliver, e);
	wait_shield(false);
	if (rc == -1) {
		j->void_group = true;
		return conn_fail(j->s->c.conn, e);
	}
	for (size_t k = 0; k < j->nwaits; k++) {
		keep_name(j, j->waits[k], deliver_name(j->deliver, k));
		j->fate[j->waits[k]] = POP_STORED;
	}
	j->nwaits = 0;
	return 0;
}

/* ---- messages ---------------------------------------------------------------------------------- */

/* The size that bounds what the server may send. */
static uint64_t
announced(const struct pop_job *j, size_t i)
{
	return j->box.sized ? j->box.mails[i].octets : BOUND_NONE;
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

/* `done` shows the last reply, unless a message failed: then the reply of the first failure. */
static void
keep_reply(struct pop_job *j)
{
	if (j->why.status == 0)
		client_note_reply(&j->s->c, &pop_of(j->s)->reply);
}

/* A message that the server did not send, or that was not stored, stays on the server. */
static void
miss(struct pop_job *j, size_t i, const struct err *why, bool replied)
{
	j->fate[i] = POP_MISSING;
	pop_job_reason(j, why, replied);
}

/* A destination that defers this many messages in a row is down: it would defer all the others too. */
#define DEFERRED_MOST 5

/* A message that the destination refuses or defers must not keep those after it on the server. */
static int
refused(struct pop_job *j, size_t i, struct err *e)
{
	if (!deliver_alone(j->deliver) || interrupted()) {
		j->void_group = !j->final;
		return conn_fail(j->s->c.conn, e);
	}
	err_prefix(e, "message %u", (unsigned)j->box.mails[i].number);
	j->deferred = e->status == EX_TEMPFAIL ? j->deferred + 1 : 0;
	if (j->deferred == DEFERRED_MOST) {
		err_prefix(e, "the destination deferred %d messages in a row, so the run ends",
			DEFERRED_MOST);
		return conn_fail(j->s->c.conn, e);
	}
	miss(j, i, e, false);
	err_clear(e);
	return 0;
}

/* ---- the message whose end is not confirmed ------------------------------------------------------- */

/*
 * A server that does not dot-stuff, or replies out of order, ends a message early, and the rest of it arrives as
 * replies. So a message that was read to its end is held, neither stored nor recorded, until the next reply has
 * come as it should.
 */
static void
hold(struct pop_job *j, size_t i, uint64_t octets)
{
	j->held = true;
	j->held_i = i;
	j->held_octets = octets;
}

static int
end_held(struct pop_job *j, struct err *e)
{
	size_t i = j->held_i;

	if (!j->held)
		return 0;
	j->held = false;
	if (deliver_end(j->deliver, e) == -1)
		return refused(j, i, e);
	j->deferred = 0;
	j->fate[i] = POP_WAITS;
	j->waits[j->nwaits++] = (uint32_t)i;
	j->last_block = i + 1;
	return deliver_full(j->deliver) ? commit(j, e) : 0;
}

/* The held message is complete: store it. A signal leaves time for that. */
static int
confirm(struct pop_job *j, struct err *e)
{
	int rc;

	wait_shield(true);
	rc = end_held(j, e);
	wait_shield(false);
	return rc;
}

/* The held message may be incomplete: it is fetched again by the next run. */
static void
drop_held(struct pop_job *j, struct err *e)
{
	if (!j->held)
		return;
	j->held = false;
	deliver_abort(j->deliver);
	err_prefix(e, "message %u may be incomplete and was not stored",
		(unsigned)j->box.mails[j->held_i].number);
}

/* ---- messages that are read ------------------------------------------------------------------------ */

static int
begin(struct pop_job *j, size_t i, struct err *e)
{
	const struct pop_mail *m = &j->box.mails[i];
	struct store_msg msg = {
		.number = m->number, .octets = m->octets, .id = j->ids != NULL ? j->ids[i] : 0};

	msg.key = pop_box_uid(&j->box, i, &msg.key_len);
	return deliver_begin(j->deliver, &msg, e);
}

/* The octets of the block after RETR, to a sink that ends in the store, which fails with w.failed. */
static int
read_message(struct pop_job *j, size_t i, struct sink *to, const bool *store_failed,
	uint64_t *octets, struct err *e)
{
	struct bound b;

	bound_init(&b, to, announced(j, i), j->max_size);
	if (block_read(j->s->c.conn, &b.sink, j->block_flags, octets, e) == 0) {
		progress_count(++j->fetched);
		return 0;
	}
	j->void_group = *store_failed && !interrupted();
	if (!*store_failed)
		pop_lost(pop_of(j->s), e);
	return err_prefix(e, "message %u", (unsigned)j->box.mails[i].number);
}

static int
take_message(struct pop_job *j, size_t i, struct err *e)
{
	struct watch w = {.sink = {watch_write}, .to = deliver_sink(j->deliver)};
	uint64_t octets;

	if (begin(j, i, e) == -1) {
		j->void_group = !interrupted();
		return conn_fail(j->s->c.conn, e);
	}
	if (read_message(j, i, &w.sink, &w.failed, &octets, e) == -1) {
		deliver_abort(j->deliver);
		return -1;
	}
	hold(j, i, octets);
	return 0;
}

static const struct pop_check *
check_of(const struct pop_job *j, size_t i)
{
	size_t lo = 0, hi = j->nchecks;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (j->checks[mid].i < i)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &j->checks[lo]; /* each message to be checked is there */
}

/* The message is the one that is stored already. */
static int
known(struct pop_job *j, const struct pop_check *c, struct err *e)
{
	struct state_known k = {.entry = c->entry};

	j->fate[c->i] = c->deletes ? POP_SAME : POP_LEAVE;
	if (!c->resized)
		return 0;
	if (state_resize(j->state, &k, j->box.mails[c->i].octets, e) == 0)
		return 0;
	j->void_group = true;
	return conn_fail(j->s->c.conn, e);
}

/* May one more message be fetched? */
static bool
may_fetch(struct pop_job *j, size_t i)
{
	if (j->box.mails[i].octets > j->max_size || j->to_fetch >= j->limit)
		return false;
	j->to_fetch++;
	return true;
}

/*
 * TOP n 0 of a message that was stored before. Another header than that of RETR proves nothing (virus scanners,
 * proxies): RETR decides.
 */
static int
take_top(struct pop_job *j, size_t i, struct err *e)
{
	const struct pop_check *c = check_of(j, i);
	unsigned char header[HDRSUM];
	struct hdrsum sum;
	struct bound b;
	int rc;

	hdrsum_begin(&sum);
	rc = block_read(j->s->c.conn, bound_init(&b, &sum.sink, announced(j, i), BOUND_NONE),
		BLOCK_LF, NULL, e);
	hdrsum_end(&sum, header);
	if (rc == -1)
		return pop_lost(pop_of(j->s), e);
	j->last_block = 0;
	if (memcmp(header, c->header, HDRSUM) == 0)
		return known(j, c, e);
	j->fate[i] = POP_LEAVE;
	if (j->box.mails[i].octets <= j->max_size) {
		j->fate[i] = POP_COMPARE;
		j->again = true;
	}
	return 0;
}

/* A message that is compared while it is read, and stored if it is another one. */
struct compare {
	struct pop_job *j;
	size_t i;
	bool begun;     /* it is another one, and goes to the store */
	struct watch w; /* failed: the store did */
};

static int
swallow(struct sink *s, const char *p, size_t n, struct err *e)
{
	(void)s;
	(void)p;
	(void)n;
	(void)e;
	return 0;
}

static int
begin_other(void *ctx, struct sink **to, struct err *e)
{
	static struct sink nowhere = {swallow};
	struct compare *c = ctx;

	*to = &nowhere;
	if (!may_fetch(c->j, c->i))
		return 0;
	c->w = (struct watch){.sink = {watch_write}, .to = deliver_sink(c->j->deliver)};
	*to = &c->w.sink;
	c->begun = begin(c->j, c->i, e) == 0;
	c->w.failed = !c->begun;
	return c->begun ? 0 : -1;
}

/* RETR of a message that was stored before, or is another one with its unique-id. */
static int
take_compare(struct pop_job *j, size_t i, struct err *e)
{
	struct compare c = {.j = j, .i = i};
	struct hdrgate g;
	uint64_t octets;
	bool same;
	int rc;

	hdrgate_begin(&g, check_of(j, i)->header, begin_other, &c);
	rc = read_message(j, i, &g.sink, &c.w.failed, &octets, e);
	if (rc == 0) {
		rc = hdrgate_end(&g, &same, e);
		j->void_group = rc == -1 && !interrupted();
	}
	if (rc == -1) {
		hdrgate_free(&g);
		if (c.begun)
			deliver_abort(j->deliver);
		return conn_fail(j->s->c.conn, e);
	}
	j->last_block = 0;
	if (same)
		return known(j, check_of(j, i), e);
	if (c.begun)
		hold(j, i, octets);
	else
		j->fate[i] = POP_LEAVE;
	return 0;
}

/* The server refuses the command. */
static void
take_refusal(struct pop_job *j, size_t i, bool top, const struct err *why)
{
	if (top) {
		/* The server may not have TOP: RETR decides. */
		j->no_top = j->again = true;
		return;
	}
	miss(j, i, why, true);
}

/* ---- pipeline ---------------------------------------------------------------------------------- */

/* A tag is the index of the message, and whether it was TOP. */
static int
tag_of(size_t i, bool top)
{
	return (int)(i * 2 + top);
}

static int
put_one(struct pop_job *j, size_t i, struct err *e)
{
	unsigned number = j->box.mails[i].number;
	struct cmdq *q = j->s->c.q;

	if (j->fate[i] == POP_CHECK && !j->no_top) {
		j->tops++;
		return cmdq_put_number(q, tag_of(i, true), "TOP", number, "0", e);
	}
	return cmdq_put_number(q, tag_of(i, false), "RETR", number, NULL, e);
}

static int
take_one(struct pop_job *j, struct err *e)
{
	struct err own = {0};
	int tag, rc = pop_next(pop_of(j->s), &tag, EX_NO, &own);
	size_t i;
	bool top;

	if (rc == -1) {
		*e = own;
		return -1;
	}
	if (confirm(j, e) == -1)
		return -1;
	keep_reply(j);
	i = (size_t)tag / 2;
	top = tag % 2 != 0;
	j->tops -= top;
	if (rc == 0) {
		take_refusal(j, i, top, &own);
		return 0;
	}
	if (top)
		return take_top(j, i, e);
	return j->fate[i] == POP_FETCH ? take_message(j, i, e) : take_compare(j, i, e);
}

/* The next message from *at on that needs a command; false: none. */
static bool
find_next(const struct pop_job *j, size_t *at)
{
	while (*at < j->box.n && j->fate[*at] != POP_FETCH && j->fate[*at] != POP_CHECK &&
		j->fate[*at] != POP_COMPARE)
		++*at;
	return *at < j->box.n;
}

/* One pipeline over all messages that need a command. */
static int
fly(struct pop_job *j, struct err *e)
{
	size_t next = 0, owed = 0;

	j->again = false;
	for (;;) {
		for (; cmdq_room(j->s->c.q) && find_next(j, &next); next++, owed++)
			if (put_one(j, next, e) == -1)
				return -1;
		/* A TOP that differs is followed by RETR. */
		if (!j->drain && next == j->box.n && j->tops == 0 && !j->again &&
			pop_ride_quit(j->s, e) == -1)
			return -1;
		if (owed == 0)
			return 0;
		if (take_one(j, e) == -1)
			return -1;
		owed--;
	}
}

/* Did the held message end before all that was announced had come? */
static bool
is_short(const struct pop_job *j)
{
	return j->held && j->box.sized && j->held_octets < j->box.mails[j->held_i].octets;
}

/*
 * The last message is recorded before a later reply confirms its end. If it is shorter than the server announced, or
 * no size is known, ask for a reply first: killed between the record and that reply, this run would leave a record that
 * lets the next run delete an incomplete message. (A longer message is common: some servers count a line end as one
 * octet.)
 */
static int
probe(struct pop_job *j, struct err *e)
{
	struct cmdq *q = j->s->c.q;
	struct reply r = {0};
	int rc;

	if (!j->held || j->state == NULL || (j->box.sized && !is_short(j)))
		return 0;
	rc = cmdq_ask(q, &r, e, "NOOP");
	reply_free(&r);
	return rc == 0 ? cmdq_unasked(q, e) : -1;
}

/* All replies to RETR and TOP have come. Does more come, which no command asked for? */
static int
look_after(struct pop_job *j, struct err *e)
{
	struct session *s = j->s;

	/* Nothing is deleted, so the session can end before the last message is stored. */
	if (!j->drain && s->c.one_shot)
		return pop_job_quit(j, e);
	if (cmdq_unasked(s->c.q, e) == -1)
		return -1;
	return probe(j, e);
}

/*
 * The session is lost, out of sync, or ended by a signal: the messages that came complete need not come again. The
 * held message is among them unless the server broke the protocol, or was lost early.
 */
static void
save_complete(struct pop_job *j, struct err *e)
{
	struct err late = {0};

	if (j->void_group)
		return;
	if (e->status == EX_PROTOCOL || (is_short(j) && !interrupted()))
		drop_held(j, e);
	if (confirm(j, &late) == 0)
		(void)commit(j, &late);
}

int
pop_job_fetch(struct pop_job *j, struct err *e)
{
	int rc;

	progress_begin(j->s->opt, "messages", j->to_fetch, j->to_fetch_octets);
	do
		rc = fly(j, e);
	while (rc == 0 && j->again);
	progress_end();
	if (rc == 0)
		rc = look_after(j, e);
	if (rc == 0)
		rc = confirm(j, e);
	if (rc == 0)
		rc = commit(j, e);
	if (rc == -1)
		save_complete(j, e);
	return rc;
}
