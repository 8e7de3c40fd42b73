#include "job/submit.h"

#include "job/spooled.h"

/* One submit_messages. */
struct run {
	const struct submit *x;
	size_t bad;       /* messages that were not delivered to all */
	struct err first; /* the first failure */
};

/*
 * May the message be sent later? Besides temporary failures: the host is unknown, or TLS, login, password command or
 * configuration failed, which does not concern the message. The same if the server refused the whole session, or
 * violated the protocol before the end of the data.
 */
static bool
may_wait(const struct smtp_transaction *t, const struct err *why)
{
	switch (why->status) {
	case EX_TEMPFAIL:
	case EX_NOHOST:
	case EX_NOPERM:
	case EX_CONFIG: return true;
	case EX_UNAVAILABLE:
	case EX_PROTOCOL: return t->outcome == SMTP_DEFERRED;
	default: return false;
	}
}

/*
 * After the outcome of a message: store the part that may be sent later, and set end->left to the rest of the error:
 * none, if all is sent or stored. For a message with an unknown outcome the error stays.
 */
static void
store_rest(const char *spool, const struct outbox_message *o, struct submit_end *end)
{
	const struct smtp_transaction *t = &o->m.transaction;
	bool partial = t->outcome == SMTP_PARTIAL;

	end->stored = SUBMIT_NOT_STORED;
	if (partial ? !spooled_has(o, SPOOLED_DEFERRED) : !may_wait(t, &end->why))
		return;
	if (spooled_store_rest(spool, o, &end->failure) == -1) {
		err_prefix(&end->failure, "could not be stored");
		if (partial)
			err_set(&end->left, EX_TEMPFAIL, "%s", "");
		return;
	}
	end->stored = SUBMIT_STORED;
	if (t->outcome == SMTP_UNKNOWN)
		return;
	err_clear(&end->left);
	if (spooled_has(o, SPOOLED_REFUSED))
		err_set(&end->left, EX_NO, "%s", "");
}

static int
ended(struct outbox *outbox, struct outbox_message *o, struct err *e)
{
	struct run *r = outbox->context;
	const struct submit *x = r->x;
	struct submit_end end = {0};
	enum smtp_refusals which = x->spool != NULL ? SMTP_REFUSALS_PERMANENT : SMTP_REFUSALS_ALL;
	int rc = x->events->outcome(x->context, o, which, e);

	smtp_outcome_error(&o->m.transaction, &end.why);
	end.left = end.why;
	if (x->spool != NULL && rc == 0)
		store_rest(x->spool, o, &end);
	if (r->first.status == 0) { /* the first failure decides, else the last success */
		outbox_note_outcome(x->c, &o->m.transaction);
		r->first = end.left;
	}
	r->bad += end.left.status != 0 ? 1 : 0;
	x->events->ended(x->context, o, &end);
	smtp_message_done(&o->m);
	return rc;
}

static int
verdict(const struct run *r, const struct outbox_message *list, struct err *e)
{
	size_t total = 0;

	if (r->bad == 0)
		return 0;
	for (const struct outbox_message *o = list; o != NULL; o = o->next)
		total++;
	*e = r->first;
	if (total > 1)
		err_code(e, r->first.status, r->first.code, "%zu of %zu messages %s", r->bad, total,
			r->first.status == EX_NO ? "were not sent to all recipients"
						 : "were not sent");
	outbox_signal_first(r->x->c, e);
	return -1;
}

static int
queue_all(const struct submit *x, const struct outbox_message *list, struct err *e)
{
	static const struct submit_end end = {.stored = SUBMIT_QUEUED};

	for (const struct outbox_message *o = list; o != NULL; o = o->next) {
		if (spooled_store_rest(x->spool, o, e) == -1)
			return err_prefix(e, "%s: not stored", o->name);
		x->events->ended(x->context, o, &end);
	}
	return 0;
}

int
submit_messages(const struct submit *x, struct outbox_message *list, struct err *e)
{
	static const struct outbox_events events = {.ended = ended};
	struct run r = {.x = x};
	struct outbox outbox = {
		.c = x->c, .events = &events, .context = &r, .no_chunking = x->no_chunking};

	if (x->queue_always)
		return queue_all(x, list, e);
	return outbox_send(&outbox, list, e) == 0 ? verdict(&r, list, e) : -1;
}
