/* Messages into flights and out of them again, each with its fate. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/wait.h"
#include "cmd/print.h"
#include "cmd/smtp_run.h"
#include "cmd/smtp_send.h"

/* So long is waited for a server to close behind a strange reply to QUIT. */
#define GOODBYE_MS 5000

/* One smtp_send_all. */
struct run {
	struct smtp_sending *x;
	struct smtp_flight f;
	struct outgoing *next;                  /* the first that nothing has been done with */
	struct outgoing *ready[SMTP_READY_MAX]; /* ready[at .. n): fit, but not in the flight */
	size_t at, n;
	/* What QUIT was said too early for (job.more); up to `due` it is this session's turn. */
	struct outgoing **again;
	size_t gone, due, nagain;
	/* What came back, until it is sure that the replies were its own. */
	struct outgoing **held;
	size_t nheld;
	struct err lost; /* QUIT could not be put */
	/* A server that ends the session with 421 is dialled again for the rest, if it accepted a message before. */
	size_t accepted; /* messages, on this connection */
	bool redial; /* that is about to happen: messages that got no other reply wait in `rest` */
	bool unprobed; /* a session that ended before a message was accepted had probed BDAT */
	struct outgoing **rest; /* rest[begun .. nrest) go out before `next`, in order */
	size_t begun, nrest;
};

static void
begin_progress(const struct smtp_sending *x, const struct outgoing *list)
{
	uint64_t octets = 0;
	size_t total = 0;

	for (; list != NULL; list = list->next, total++)
		octets += list->m.octets;
	progress_begin(x->s->opt, "messages", total, octets);
}

/* It has its fate; o may be gone afterwards. */
static int
end_one(struct smtp_sending *x, struct outgoing *o, struct err *e)
{
	int rc = x->ended(x, o, e);

	progress_count(++x->done);
	return rc;
}

/* It goes out on the next connection: forget what the 421 decided. */
static void
keep_for_redial(struct run *r, struct outgoing *o)
{
	smtp_message_done(&o->m);
	o->m.job = (struct smtp_job){0};
	r->rest = mem_resize(r->rest, r->nrest + 1, sizeof(struct outgoing *));
	r->rest[r->nrest++] = o;
}

/* A message was given back by the connection that ends: it has its outcome, or waits for the next connection. */
static int
end_or_keep(struct run *r, struct outgoing *o, struct err *e)
{
	const struct smtp_job *job = &o->m.job;

	if (!r->redial || job->fate != SMTP_LATER || smtp_job_why(job)->code != 421)
		return end_one(r->x, o, e);
	keep_for_redial(r, o);
	return 0;
}

/* It ends without having been in a flight. */
static int
end_unsent(struct smtp_sending *x, struct outgoing *o, enum smtp_fate fate, const struct err *why,
	struct err *e)
{
	*smtp_job_blame(&o->m.job) = *why;
	o->m.job.fate = fate;
	return end_one(x, o, e);
}

static int
end_all_unsent(struct smtp_sending *x, struct outgoing *list, const struct err *why, struct err *e)
{
	int rc = 0;

	while (rc == 0 && list != NULL) {
		struct outgoing *o = list;

		list = o->next; /* o may be gone afterwards */
		rc = end_unsent(x, o, SMTP_LATER, why, e);
	}
	return rc;
}

/* The last word before they may leave; if it cannot be had they stay. */
static int
announce(struct run *r, struct err *e)
{
	struct err why = {0};
	int rc = 0;

	if (r->n == 0 || r->x->before == NULL || r->x->before(r->x, r->ready, r->n, &why) == 0)
		return 0;
	for (size_t i = 0; rc == 0 && i < r->n; i++)
		rc = end_unsent(r->x, r->ready[i], SMTP_LATER, &why, e);
	r->n = 0;
	return rc;
}

/* Is there a message that nothing has been done with on this connection? Get the first one. */
static bool
is_untouched(const struct run *r)
{
	return r->begun < r->nrest || r->next != NULL;
}

static struct outgoing *
touch(struct run *r)
{
	struct outgoing *o = r->begun < r->nrest ? r->rest[r->begun++] : r->next;

	if (o == r->next)
		r->next = o->next;
	return o;
}

/* Make the next messages fit for this server: one, or where they are bounded as many as have room. */
static int
make_ready(struct run *r, struct err *e)
{
	size_t most = r->x->most, limit = most != 0 ? most - r->f.count : 1;
	struct err why = {0};

	r->at = r->n = 0;
	if (most != 0 && r->f.count > most / 2)
		return 0;
	while (r->n < limit && r->n < SMTP_READY_MAX && is_untouched(r)) {
		struct outgoing *o = touch(r);

		if (smtp_message_fit(&o->m, &smtp_of(r->x->s)->caps, &why) == 0)
			r->ready[r->n++] = o;
		else if (end_unsent(r->x, o, SMTP_REFUSED, &why, e) == -1)
			return -1;
	}
	return announce(r, e);
}

/* The next one for the flight; NULL: there is none, or e is set. */
static struct outgoing *
next_one(struct run *r, struct err *e)
{
	if (r->gone < r->due)
		return r->again[r->gone++];
	if (r->at == r->n && (!is_untouched(r) || make_ready(r, e) == -1 || r->n == 0))
		return NULL;
	return r->ready[r->at++];
}

/* Is there more to be put? */
static bool
is_more(const struct run *r)
{
	return is_untouched(r) || r->at < r->n || r->gone < r->due;
}

/* Put what there is room for, and QUIT behind the last one if it may ride there. */
static int
put_messages(struct run *r, struct err *e)
{
	struct session *s = r->x->s;
	struct outgoing *o;

	while (smtp_flight_room(&r->f) && (o = next_one(r, e)) != NULL)
		smtp_flight_put(&r->f, &o->m.job);
	if (!s->c.one_shot || s->c.quit_sent || !s->c.q->pipelining || is_more(r) ||
		smtp_flight_empty(&r->f) || !smtp_flight_said(&r->f))
		return e->status == 0 ? 0 : -1;
	s->c.quit_sent = r->f.last = cmdq_put(s->c.q, 0, &r->lost, "QUIT") == 0;
	return 0;
}

/* It has ended, unless it goes on behind the QUIT that was said too early for it. */
static int
let_go(struct run *r, struct outgoing *o, struct err *e)
{
	if (!o->m.job.more)
		return end_or_keep(r, o, e);
	r->again = mem_resize(r->again, r->nagain + 1, sizeof(struct outgoing *));
	r->again[r->nagain++] = o;
	return 0;
}

/* Tell what became of those that are held. */
static int
release(struct run *r, struct err *e)
{
	size_t n = r->nheld;
	int rc = 0;

	r->nheld = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = let_go(r, r->held[i], e);
	return rc;
}

/*
 * May the rest go out on another connection? If the server closes each one, that ends, since each must accept a
 * message; but a server that counts errors may have closed because of the probe of BDAT: one more without it.
 */
static bool
may_redial(struct run *r, const struct err *why)
{
	struct session *s = r->x->s;
	struct err stop;

	if (!s->c.one_shot || why->code != 421 || wait_check(&stop) == -1)
		return false;
	if (r->accepted > 0)
		return true;
	if (r->unprobed || s->c.proto == NULL || smtp_of(s)->bdat == SMTP_BDAT_UNTRIED)
		return false;
	return r->unprobed = true;
}

/* The rest is, in order, the messages given back, those made ready, and those of the rest before. */
static int
keep_the_rest(struct run *r, struct outgoing **before, size_t begun, size_t n)
{
	for (; r->at < r->n; r->at++)
		keep_for_redial(r, r->ready[r->at]);
	for (; begun < n; begun++)
		keep_for_redial(r, before[begun]);
	free(before);
	return 0;
}

/* The connection, the protocol or an input failed: each message gets its outcome, or another connection. */
static int
give_fates(struct run *r, const struct err *why, struct err *e)
{
	struct outgoing **before = r->rest;
	size_t begun = r->begun, n = r->nrest;
	struct smtp_job *job;
	int rc;

	r->redial = may_redial(r, why);
	r->rest = NULL;
	r->begun = r->nrest = 0;
	rc = release(r, e);
	while (rc == 0 && (job = smtp_flight_abandon(&r->f, why)) != NULL)
		rc = end_or_keep(r, (struct outgoing *)job, e);
	for (; rc == 0 && r->gone < r->nagain; r->gone++)
		rc = end_one(r->x, r->again[r->gone], e);
	if (rc == 0 && r->redial)
		return keep_the_rest(r, before, begun, n);
	for (; rc == 0 && r->at < r->n; r->at++)
		rc = end_unsent(r->x, r->ready[r->at], SMTP_LATER, why, e);
	for (; rc == 0 && begun < n; begun++)
		rc = end_unsent(r->x, before[begun], SMTP_LATER, why, e);
	free(before);
	if (rc == 0)
		rc = end_all_unsent(r->x, r->next, why, e);
	r->next = NULL;
	return rc;
}

static bool
all_delivered(const struct run *r)
{
	for (size_t i = 0; i < r->nheld; i++)
		if (r->held[i]->m.job.fate != SMTP_DELIVERED)
			return false;
	return true;
}

/* What a server has said goodbye with may be the reply to QUIT: then it says no more, and closes. */
static bool
says_no_more(struct conn *c)
{
	int64_t until = wait_now() + GOODBYE_MS;
	struct err ignored = {0};
	size_t n;

	conn_data(c, &n);
	if (n == 0)
		(void)conn_fill(c, until < conn_until(c) ? until : conn_until(c), &ignored);
	conn_data(c, &n);
	return n == 0 && c->eof;
}

/*
 * Has the server said more than it was asked, so that the replies may have been others' all the time? Where
 * QUIT rode in the flight its reply tells, by its code or by what comes behind it.
 */
static bool
out_of_step(const struct run *r, struct err *why)
{
	const struct session *s = r->x->s;
	struct smtp *p = smtp_of(s);

	if (cmdq_owed(s->c.q) == 0)
		return cmdq_unasked(s->c.q, why) == -1;
	while (cmdq_owed(s->c.q) > 0)
		if (cmdq_reply(s->c.q, &p->reply, NULL, why) == -1)
			return why->status == EX_PROTOCOL;
	if (p->reply.code == 221 || p->reply.code == 421)
		return false;
	/* Some say 250. If it was meant for the last message, that was taken, as whatever was asked before. */
	if (p->reply.code / 100 == 2 && (all_delivered(r) || says_no_more(s->c.conn)))
		return false;
	(void)smtp_refused(p, why);
	err_prefix(why, "replies out of step");
	return true;
}

/* What is held was taken for delivered, or refused, by replies that may have been others'. */
static void
doubt(struct run *r, const struct err *why)
{
	for (size_t i = 0; i < r->nheld; i++)
		smtp_job_doubt(&r->held[i]->m.job, why);
}

/* Nothing but the reply to QUIT is owed: how far can what came back be believed? */
static int
settle(struct run *r, struct err *e)
{
	struct err why = {0};

	if (r->nheld == 0 || !out_of_step(r, &why))
		return release(r, e);
	r->x->s->c.conn->dead = true;
	doubt(r, &why);
	return give_fates(r, &why, e);
}

/*
 * A job came back. It is held until a reply shows that all are in step, or none is owed; but not while more
 * go out by BDAT behind it, whose replies are like any others.
 */
static int
came_back(struct run *r, struct smtp_job *job, struct err *e)
{
	const struct session *s = r->x->s;

	r->held = mem_resize(r->held, r->nheld + 1, sizeof(struct outgoing *));
	r->held[r->nheld++] = (struct outgoing *)job;
	if (job->fate == SMTP_DELIVERED || job->fate == SMTP_PARTLY)
		r->accepted++;
	if (cmdq_owed(s->c.q) == 0)
		return settle(r, e);
	return is_more(r) && smtp_by_bdat(smtp_of(s)) ? release(r, e) : 0;
}

/* The reply to this message's data was 421: the session is over. */
static int
closed_after(struct run *r, struct smtp_job *job, struct err *e)
{
	struct err why = *smtp_job_why(job);

	r->held = mem_resize(r->held, r->nheld + 1, sizeof(struct outgoing *));
	r->held[r->nheld++] = (struct outgoing *)job;
	return give_fates(r, &why, e);
}

static bool
is_done(const struct run *r)
{
	return !is_more(r) && smtp_flight_empty(&r->f);
}

static int
fly(struct run *r, struct err *e)
{
	struct smtp_job *done = NULL;
	struct err why = {0};
	int rc = 0;

	while (rc == 0 && !is_done(r)) {
		rc = put_messages(r, e);
		if (r->lost.status != 0)
			why = r->lost;
		if (rc == 0 &&
			(r->lost.status != 0 || smtp_flight_step(&r->f, &done, &why) == -1)) {
			/* A broken protocol may have been out of step for long. */
			if (why.status == EX_PROTOCOL && !r->f.in_step)
				doubt(r, &why);
			return give_fates(r, &why, e);
		}
		if (rc == 0 && r->f.in_step)
			rc = release(r, e);
		r->f.in_step = false;
		if (rc == 0 && done != NULL && smtp_job_why(done)->code == 421)
			return closed_after(r, done, e);
		if (rc == 0 && done != NULL)
			rc = came_back(r, done, e);
	}
	if (rc == 0)
		rc = settle(r, e);
	return rc == 0 ? 0 : conn_fail(r->x->s->c.conn, e);
}

static int
send_now(struct run *r, struct err *e)
{
	struct session *s = r->x->s;
	bool chunking = smtp_of(s)->caps.chunking;
	int rc;

	smtp_of(s)->caps.chunking = chunking && !r->x->no_chunking;
	smtp_flight_init(&r->f, smtp_of(s), smtp_data_wait(s->opt));
	r->f.most = r->x->most;
	r->f.many = r->f.many || r->nrest - r->begun > 1 ||
		    (r->next != NULL && (r->nrest > r->begun || r->next->next != NULL));
	rc = fly(r, e);
	smtp_flight_free(&r->f);
	smtp_of(s)->caps.chunking = chunking;
	return rc;
}

/* After a 421: the rest goes out on another connection. */
static int
redial(struct run *r, struct err *e)
{
	struct session *s = r->x->s;
	bool unprobed = r->accepted == 0;
	struct err why = {0};

	r->redial = false;
	s->c.conn->dead = true;
	(void)client_close(&s->c, true, &why);
	s->c.quit_sent = false;
	r->lost = (struct err){0};
	r->at = r->n = 0;
	r->accepted = 0;
	if (client_need(&s->c, &why) == -1)
		return give_fates(r, &why, e);
	if (unprobed)
		smtp_of(s)->bdat = SMTP_BDAT_UNSAFE;
	return send_now(r, e);
}

/* Behind a QUIT only another session can go on; if it cannot be had, it stays with what was said. */
static int
send_again(struct run *r, struct err *e)
{
	struct session *s = r->x->s;
	struct err why = {0};

	(void)client_close(&s->c, true, &why);
	s->c.quit_sent = false;
	r->due = r->nagain;
	if (client_need(&s->c, &why) == 0)
		return send_now(r, e);
	print_warning(s->opt, SMTP_WHO, "%s", why.text);
	return give_fates(r, &why, e);
}

/* Another session is needed if a recipient is deferred, or the server closes early, as for a probe of BDAT. */
static bool
may_need_another(const struct outgoing *list)
{
	return list != NULL &&
	       (list->next != NULL || list->m.env.rcpts.n > 1 || list->m.octets > SMTP_SMALL);
}

int
smtp_send_all(struct smtp_sending *x, struct outgoing *list, struct err *e)
{
	struct session *s = x->s;
	struct run r = {.x = x, .next = list};
	struct err why = {0};
	int rc;

	begin_progress(x, list);
	s->redials = s->c.one_shot && may_need_another(list);
	if (client_need(&s->c, &why) == -1) {
		rc = end_all_unsent(x, list, &why, e);
		if (s->c.conn != NULL && s->c.proto != NULL && why.code != 0) {
			client_note_reply(&s->c, &smtp_of(s)->reply);
			s->c.result.command = "EHLO";
		}
		return rc;
	}
	rc = send_now(&r, e);
	while (rc == 0 && (r.redial || r.gone < r.nagain))
		rc = r.redial ? redial(&r, e) : send_again(&r, e);
	free(r.again);
	free(r.held);
	free(r.rest);
	return rc;
}
