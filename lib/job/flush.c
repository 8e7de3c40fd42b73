#include "job/flush.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "job/spooled.h"
#include "store/spool_errors.h"

/* The largest number of complete messages whose reply is pending. */
#define FLUSH_MOST 10

/* The number of messages that stay open from their first reading until they are sent. */
#define FLUSH_OPEN 100

/* One flush_spool. */
struct flush {
	struct outbox outbox; /* its context is this struct */
	const struct flush_events *events;
	void *context;
	const char *dir;
	struct spool *spool;
	struct outbox_message *list, **end;
	struct err wait, failed; /* the first of each kind; status 0: none */
};

/* The outcome of a message, for the caller. */
static int
report(struct flush *x, const struct outbox_message *o, const struct err *why, bool left,
	struct err *e)
{
	if (x->events->ended == NULL)
		return 0;
	return x->events->ended(x->context, o, why, left, e);
}

static void
note(struct err *first, const struct err *why)
{
	if (first->status == 0)
		*first = *why;
}

/* ---- the files -------------------------------------------------------------------------- */

/* Marking failed: move the marked ones back to new/. */
static void
unmark(struct flush *x, struct outbox_message **list, size_t n)
{
	struct err ignored;

	for (size_t i = 0; i < n; i++)
		(void)spool_finish(x->spool, list[i]->name, SPOOL_SENDING, SPOOL_NEW, &ignored);
}

/* Move the files to sending/, with one sync for all. */
static int
mark(struct outbox *outbox, struct outbox_message **list, size_t n, struct err *e)
{
	struct flush *x = outbox->context;
	struct outbox_message *fresh[OUTBOX_READY_MAX];
	const char *names[OUTBOX_READY_MAX] = {NULL};
	bool gone[OUTBOX_READY_MAX] = {false};
	size_t count = 0;

	/* Messages that are sent a second time after a 421 are marked already. */
	for (size_t i = 0; i < n; i++)
		if (!((struct spooled *)list[i]->data)->marked) {
			fresh[count] = list[i];
			names[count++] = list[i]->name;
		}
	if (count > 0 && spool_mark(x->spool, names, count, gone, e) == -1) {
		unmark(x, fresh, count);
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		fresh[i]->gone = gone[i];
		if (!gone[i])
			spooled_marked((struct spooled *)fresh[i]->data, x->spool, x->dir);
	}
	return 0;
}

/* Deferred, refused and unknown recipients: each part becomes a message of its own. */
static int
split_up(struct flush *x, const struct outbox_message *o, struct err *e)
{
	int rc = spooled_store(x->spool, o, SPOOLED_DEFERRED, e);

	if (rc == 0)
		rc = spooled_store(x->spool, o, SPOOLED_REFUSED, e);
	return rc == 0 ? spooled_store(x->spool, o, SPOOLED_UNKNOWN, e) : -1;
}

/* Move the file of a message by its outcome. */
static int
settle(struct flush *x, const struct outbox_message *o, struct err *e)
{
	const struct spooled *m = o->data;
	enum spool_box from = m->marked ? SPOOL_SENDING : SPOOL_NEW, to = SPOOL_DONE;
	enum smtp_outcome outcome = o->m.transaction.outcome;
	int parts = spooled_has(o, SPOOLED_DEFERRED) + spooled_has(o, SPOOLED_REFUSED) +
		    spooled_has(o, SPOOLED_UNKNOWN);

	if (outcome == SMTP_REFUSED) {
		to = SPOOL_FAILED;
	} else if (outcome == SMTP_PARTIAL || parts > 1) {
		if (split_up(x, o, e) == -1)
			return -1;
	} else if (outcome != SMTP_DELIVERED) {
		to = outcome == SMTP_UNKNOWN ? SPOOL_UNKNOWN : SPOOL_NEW;
	}
	return to == from ? 0 : spool_finish(x->spool, o->name, from, to, e);
}

static int
ended(struct outbox *outbox, struct outbox_message *o, struct err *e)
{
	struct flush *x = outbox->context;
	const struct smtp_transaction *t = &o->m.transaction;
	struct spooled *m = o->data;
	struct err why;
	int rc;

	smtp_outcome_error(t, &why);
	m->ended = why.status <= EX_SIGNAL; /* the interruption is not a new error */
	if (t->outcome == SMTP_DEFERRED && m->ended)
		spooled_why(o, SPOOLED_DEFERRED, o->name, &m->errors);
	rc = settle(x, o, e);
	if (rc == 0)
		rc = report(x, o, &why, false, e);
	if (t->outcome == SMTP_UNKNOWN || t->outcome == SMTP_DEFERRED ||
		(t->outcome == SMTP_PARTIAL && spooled_has(o, SPOOLED_DEFERRED)))
		note(&x->wait, &why);
	else if (why.status != 0)
		note(&x->failed, &why);
	smtp_message_done(&o->m);
	message_source_rest(o->m.in);
	return rc;
}

/* ---- the run ----------------------------------------------------------------------------- */

/* Report the messages that a killed run left: their outcome is unknown. */
static int
report_left(struct flush *x, char **names, size_t n, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct outbox_message o = {.name = names[i], .m.transaction.outcome = SMTP_UNKNOWN};
		struct err *why = smtp_set_error(&o.m.transaction);

		err_set(why, EX_TEMPFAIL, "%s", "may have been delivered");
		note(&x->wait, why);
		o.m.env.from = spooled_sender(x->spool, SPOOL_UNKNOWN, names[i], &o.owner);
		rc = report(x, &o, why, true, e);
		free(o.m.env.from);
		free(o.owner);
		smtp_transaction_clear(&o.m.transaction);
	}
	spool_free_list(names, n);
	return rc;
}

/* Read all messages for the first time. */
static int
read_all(struct flush *x, struct err *e)
{
	char **names = NULL;
	size_t n = 0;
	int rc = spool_list(x->spool, SPOOL_NEW, &names, &n, e);

	if (rc == -1)
		return -1;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct err why = {0};
		struct spooled *m;

		if (spooled_read(x->spool, x->dir, names[i], i < FLUSH_OPEN, &m, &why) == 0) {
			*x->end = &m->o;
			x->end = &m->o.next;
			continue;
		}
		spooled_free(m);
		if (why.status > EX_SIGNAL)
			rc = (*e = why, -1);
		if (x->events->unreadable != NULL) {
			x->events->unreadable(x->context, &why);
			why.text[0] = '\0'; /* it is not reported again as the error of the run */
		}
		note(&x->failed, &why);
	}
	spool_free_list(names, n);
	return rc;
}

static int
open_spool(struct flush *x, struct err *e)
{
	struct stat st;
	char **names = NULL;
	size_t n = 0;

	if (stat(x->dir, &st) == -1)
		return err_sys(e, EX_NOINPUT, "%s", x->dir);
	x->spool = spool_open(x->dir, e);
	if (x->spool == NULL || spool_lock(x->spool, e) == -1 ||
		spool_recover(x->spool, &names, &n, e) == -1)
		return -1;
	return report_left(x, names, n, e);
}

/* After the run: the errors of the messages it deferred; a message without an outcome keeps its lines in `old`. */
static void
add_errors(const struct outbox_message *list, const char *old, struct buf *out)
{
	for (const struct outbox_message *o = list; o != NULL; o = o->next) {
		const struct spooled *m = o->data;

		old = spool_errors_find(old, o->name);
		if (m->ended)
			buf_add(out, m->errors.data, m->errors.len);
		else
			buf_add(out, old, spool_errors_length(old, o->name));
	}
}

/* Keep the errors for the list of the queue. A failure is ignored, since the messages do not depend on them. */
static void
keep_errors(struct flush *x)
{
	struct buf old = {0}, fresh = {0};
	struct err ignored = {0};

	spool_errors_read(x->spool, &old);
	add_errors(x->list, buf_str(&old), &fresh);
	if (old.len != 0 || fresh.len != 0)
		(void)spool_errors_write(x->spool, buf_str(&fresh), fresh.len, &ignored);
	buf_free(&old);
	buf_free(&fresh);
}

/*
 * The exit status for a message that waits: that of its error if someone has to act (TLS, login, configuration, the
 * spool itself), else EX_TEMPFAIL, whatever the server did.
 */
static int
wait_status(int status)
{
	switch (status) {
	case EX_NO:
	case EX_NOUSER:
	case EX_NOHOST:
	case EX_UNAVAILABLE:
	case EX_PROTOCOL: return EX_TEMPFAIL;
	default: return status;
	}
}

/* Move the messages of the first one's group from *rest to a list of their own, both in order. */
static struct outbox_message *
cut_group(const struct flush *x, struct outbox_message **rest)
{
	struct outbox_message *first = *rest, **end = &first, **left = rest;
	const void *group = NULL;

	if (x->events->group != NULL)
		group = x->events->group(x->context, first->m.env.from);
	for (struct outbox_message *o = *rest; o != NULL; o = o->next) {
		struct outbox_message ***to = &end;

		if (x->events->group != NULL &&
			x->events->group(x->context, o->m.env.from) != group)
			to = &left;
		**to = o;
		*to = &o->next;
	}
	*end = *left = NULL;
	return first;
}

/* Send all groups, one after the other, each over a connection of its own. */
static int
send_groups(struct flush *x, struct err *e)
{
	struct outbox_message *rest = x->list, **end = &x->list;
	int rc = 0;

	while (rc == 0 && rest != NULL) {
		struct err why = {0};

		*end = cut_group(x, &rest);
		if (x->events->begin == NULL ||
			x->events->begin(x->context, *end, rest != NULL, &why) == 0)
			rc = outbox_send(&x->outbox, *end, e);
		else
			note(&x->wait, &why);
		if (rest != NULL)
			(void)client_close(x->outbox.c, true, &why);
		while (*end != NULL)
			end = &(*end)->next;
	}
	*end = rest; /* after an error: not sent */
	return rc;
}

/* The error of the run. A deferred message comes first, since the caller has to run again. */
static int
verdict(const struct flush *x, struct err *e)
{
	if (x->wait.status == 0 && x->failed.status == 0)
		return 0;
	*e = x->wait.status != 0 ? x->wait : x->failed;
	if (x->wait.status != 0)
		e->status = wait_status(e->status);
	outbox_signal_first(x->outbox.c, e);
	return -1;
}

int
flush_spool(struct client *c, const char *dir, const struct flush_events *events, void *context,
	struct err *e)
{
	static const struct outbox_events sends = {.sending = mark, .ended = ended};
	struct flush x = {.events = events, .context = context, .dir = dir};
	int rc;

	x.end = &x.list;
	x.outbox = (struct outbox){
		.c = c, .events = &sends, .context = &x, .most = FLUSH_MOST, .isolate = true};
	rc = open_spool(&x, e);
	if (rc == 0)
		rc = read_all(&x, e);
	if (rc == 0 && x.list != NULL) {
		rc = send_groups(&x, e);
		keep_errors(&x);
	}
	if (x.spool != NULL && spool_sync(x.spool, rc == 0 ? e : &(struct err){0}) == -1)
		rc = -1;
	if (rc == 0)
		rc = verdict(&x, e);
	while (x.list != NULL) {
		struct spooled *m = x.list->data;

		x.list = m->o.next;
		spooled_free(m);
	}
	spool_close(x.spool);
	return rc;
}
