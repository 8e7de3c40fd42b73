#include "job/outbox.h"

#include "base/wait.h"
#include "proto/smtp_pipeline.h"
#include "proto/smtp_prepare.h"

/* Messages in the order in which they are to be sent, linked by `later`. */
struct queue {
	struct outbox_message *first, *last;
};

/* One outbox_send. */
struct run {
	struct outbox *x;
	struct smtp_pipeline f;
	struct queue todo; /* nothing was done with them on this connection */
	struct outbox_message
		*ready[OUTBOX_READY_MAX]; /* ready[at .. n): prepared, but not in the pipeline */
	size_t at, n;
	bool redial; /* the server ended the session with 421: the rest goes over another connection */
	bool unprobed; /* a session that ended before a message was accepted had probed BDAT */
};

static struct smtp *
smtp_of(const struct client *c)
{
	return c->proto;
}

static struct outbox_message *
message_of(const struct smtp_transaction *t)
{
	return ((struct smtp_message *)t->data)->owner;
}

static void
push(struct queue *q, struct outbox_message *o)
{
	o->later = NULL;
	*(q->first == NULL ? &q->first : &q->last->later) = o;
	q->last = o;
}

static struct outbox_message *
pop(struct queue *q)
{
	struct outbox_message *o = q->first;

	if (o != NULL)
		q->first = o->later;
	return o;
}

/* ---- outcomes ---------------------------------------------------------------------------------- */

/* The message ends without having been sent. */
static int
end_unsent(struct outbox *x, struct outbox_message *o, enum smtp_outcome outcome,
	const struct err *why, struct err *e)
{
	*smtp_set_error(&o->m.transaction) = *why;
	o->m.transaction.outcome = outcome;
	return x->events->ended(x, o, e);
}

/*
 * May the rest be sent over another connection? After a 421 only if this connection accepted a message, so that the
 * number of connections is limited; after a message that cannot be read, because that message has ended.
 * Exception: a server that counts errors may have closed because of the BDAT probe; then connect once more, without
 * the probe.
 */
static bool
may_redial(struct run *r, const struct err *why)
{
	struct client *c = r->x->c;
	struct err stop;

	if (!c->one_shot || wait_check(&stop) == -1)
		return false;
	if (r->x->isolate && smtp_pipeline_input_failed(&r->f))
		return true;
	if (why->code != 421)
		return false;
	if (r->f.accepted > 0)
		return true;
	if (r->unprobed || c->proto == NULL || smtp_of(c)->bdat == SMTP_BDAT_UNTRIED)
		return false;
	return r->unprobed = true;
}

/* Is its outcome only that of the lost connection? */
static bool
is_kept(const struct smtp_transaction *t, const struct err *why)
{
	const struct err *e = smtp_transaction_error(t);

	if (t->outcome != SMTP_DEFERRED || e->code != why->code)
		return false;
	return why->code != 0 || (e->status == why->status && t->content != SMTP_CONTENT_BROKEN);
}

/* The message goes over the next connection: reset the outcome that the lost one gave it. */
static void
keep(struct queue *kept, struct outbox_message *o)
{
	smtp_message_done(&o->m);
	o->m.transaction = (struct smtp_transaction){0};
	push(kept, o);
}

/* The connection is lost: every message gets its outcome, or waits in order for another connection. */
static int
give_outcomes(struct run *r, const struct err *why, struct err *e)
{
	struct queue kept = {0};
	struct smtp_transaction *t;
	struct outbox_message *o;
	int rc = 0;

	r->redial = may_redial(r, why);
	while (rc == 0 && (t = smtp_pipeline_abandon(&r->f, why)) != NULL) {
		o = message_of(t);
		if (r->redial && is_kept(t, why))
			keep(&kept, o);
		else
			rc = r->x->events->ended(r->x, o, e);
	}
	while (rc == 0 && (o = r->at < r->n ? r->ready[r->at++] : pop(&r->todo)) != NULL)
		if (r->redial)
			keep(&kept, o);
		else
			rc = end_unsent(r->x, o, SMTP_DEFERRED, why, e);
	r->todo = kept;
	return rc;
}

/* ---- one connection ---------------------------------------------------------------------------- */

static int
set_gone(struct err *e)
{
	return err_set(e, EX_IOERR, "the message file was removed or replaced before it was sent");
}

/* Announce a large message just before its last octets: a run that is killed earlier has not sent it. */
static int
announce_large(void *data, struct err *e)
{
	struct outbox_message *o = ((struct smtp_message *)data)->owner;
	struct outbox *x = o->outbox;

	if (x->events->sending(x, &o, 1, e) == -1)
		return -1;
	return o->gone ? set_gone(e) : 0;
}

/*
 * Announce the prepared messages to the caller before they may be sent. If the caller fails for a message, the message
 * is not sent.
 */
static int
announce(struct run *r, struct err *e)
{
	struct outbox_message *small[OUTBOX_READY_MAX];
	struct err why = {0}, gone;
	size_t n = 0, kept = 0;
	int all = 0, rc = 0;

	if (r->x->events->sending == NULL)
		return 0;
	for (size_t i = 0; i < r->n; i++)
		if (r->ready[i]->m.octets > SMTP_SMALL)
			r->ready[i]->m.transaction.completing = announce_large;
		else
			small[n++] = r->ready[i];
	if (n != 0)
		all = r->x->events->sending(r->x, small, n, &why);
	for (size_t i = 0; rc == 0 && i < r->n; i++) {
		struct outbox_message *o = r->ready[i];
		bool large = o->m.transaction.completing != NULL;

		if (large || (all == 0 && !o->gone)) {
			r->ready[kept++] = o;
			continue;
		}
		set_gone(&gone);
		rc = end_unsent(r->x, o, SMTP_DEFERRED, all == 0 ? &gone : &why, e);
	}
	r->n = kept;
	return rc;
}

/* Prepare the next messages for this server: one, or if their number is limited as many as may be sent. */
static int
make_ready(struct run *r, struct err *e)
{
	size_t most = r->x->most, limit = most != 0 ? most - r->f.pending.n : 1;
	struct outbox_message *o;
	struct err why = {0};

	r->at = r->n = 0;
	if (most != 0 && r->f.pending.n > most / 2)
		return 0;
	while (r->n < limit && r->n < OUTBOX_READY_MAX && (o = pop(&r->todo)) != NULL) {
		if (smtp_message_prepare(&o->m, &smtp_of(r->x->c)->caps, &why) == 0)
			r->ready[r->n++] = o;
		else if (end_unsent(r->x, o, SMTP_REFUSED, &why, e) == -1)
			return -1;
	}
	return announce(r, e);
}

/* Is there more to be put? */
static bool
is_more(const struct run *r)
{
	return r->todo.first != NULL || r->at < r->n;
}

/* Put the messages for which there is room. */
static int
put_messages(struct run *r, struct err *e)
{
	while (is_more(r) && smtp_pipeline_has_room(&r->f)) {
		struct outbox_message *o;

		if (r->at == r->n && (make_ready(r, e) == -1 || r->n == 0))
			break;
		o = r->ready[r->at++];
		r->f.more = is_more(r);
		smtp_pipeline_put(&r->f, &o->m.transaction);
	}
	r->f.more = is_more(r);
	return e->status == 0 ? 0 : -1;
}

static int
send_messages(struct run *r, struct err *e)
{
	struct smtp_transaction *t;
	struct err why = {0};
	int rc = 0;

	while (rc == 0 && (is_more(r) || !smtp_pipeline_is_empty(&r->f))) {
		rc = put_messages(r, e);
		if (rc == 0 && smtp_pipeline_step(&r->f, &t, &why) == -1)
			return give_outcomes(r, &why, e);
		if (rc == 0 && t != NULL)
			rc = r->x->events->ended(r->x, message_of(t), e);
	}
	return rc == 0 ? 0 : conn_fail(r->x->c->conn, e);
}

/* Send the messages in todo over the connection that is open. */
static int
send_now(struct run *r, struct err *e)
{
	struct client *c = r->x->c;
	bool chunking = smtp_of(c)->caps.chunking;
	int rc;

	smtp_of(c)->caps.chunking = chunking && !r->x->no_chunking;
	smtp_pipeline_init(&r->f, smtp_of(c), client_data_wait(c->config));
	r->f.most = r->x->most;
	r->f.quit = c->one_shot;
	rc = send_messages(r, e);
	c->quit_sent = c->quit_sent || r->f.quit_sent;
	smtp_of(c)->caps.chunking = chunking;
	return rc;
}

/* After a 421: send the rest over another connection. */
static int
redial(struct run *r, struct err *e)
{
	struct client *c = r->x->c;
	bool unprobed = r->f.accepted == 0;
	struct err why = {0};

	r->redial = false;
	c->conn->dead = true;
	(void)client_close(c, true, &why);
	c->quit_sent = false;
	r->f = (struct smtp_pipeline){0};
	r->at = r->n = 0;
	if (client_need(c, &why) == -1)
		return give_outcomes(r, &why, e);
	if (unprobed)
		smtp_of(c)->bdat = SMTP_BDAT_UNSAFE;
	return send_now(r, e);
}

bool
outbox_may_redial(const struct client *c, const struct outbox_message *list)
{
	/*
	 * The server may end the session for too many messages, or after the BDAT probe for a large one
	 * (smtp_pipeline).
	 */
	return c->one_shot && list != NULL && (list->next != NULL || list->m.octets > SMTP_SMALL);
}

int
outbox_send(struct outbox *x, struct outbox_message *list, struct err *e)
{
	struct client *c = x->c;
	struct run r = {.x = x};
	struct err why = {0};
	int rc;

	for (struct outbox_message *o = list; o != NULL; o = o->next) {
		o->m.owner = o;
		o->outbox = x;
		push(&r.todo, o);
	}
	if (client_need(c, &why) == -1) {
		rc = give_outcomes(&r, &why, e);
		if (c->conn != NULL && c->proto != NULL && why.code != 0) {
			client_note_reply(c, &smtp_of(c)->reply);
			c->result.command = "EHLO";
		}
		return rc;
	}
	rc = send_now(&r, e);
	while (rc == 0 && r.redial)
		rc = redial(&r, e);
	return rc;
}

void
outbox_note_outcome(struct client *c, const struct smtp_transaction *t)
{
	client_note(c, t->code, buf_str(&t->text), t->text.len);
	if (t->command != NULL)
		c->result.command = t->command;
}

void
outbox_signal_first(const struct client *c, struct err *e)
{
	if (wait_signal() == 0)
		return;
	client_name_host(c, e); /* while its status is that of the failure */
	e->status = EX_SIGNAL + wait_signal();
}
