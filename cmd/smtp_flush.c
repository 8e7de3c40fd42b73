/* smtp verb flush: what waits in a spool goes out over one connection. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cmd/print.h"
#include "cmd/smtp_run.h"
#include "cmd/smtp_send.h"
#include "cmd/smtp_spool.h"
#include "cmd/smtp_verbs.h"

/* So many messages at most may be complete at the server without its answer. */
#define FLUSH_MOST 10

/* So many messages stay open from their first reading until they are sent. */
#define FLUSH_OPEN 100

/* One `flush`. */
struct flush {
	struct smtp_sending sending; /* first: its hooks lead back here */
	struct session *s;
	const char *dir;
	struct spool *spool;
	struct outgoing *list, **end;
	struct err wait, failed; /* the first of each kind; status 0: none */
};

/* One line, or a record, about a message; why may be NULL. */
static int
tell(struct flush *x, const struct outgoing *o, const char *fate, const char *why, struct err *e)
{
	struct buf line = {0};
	int rc = smtp_report(x->s, o, 0, e);

	if (rc == -1 || x->s->out->json)
		return rc;
	buf_addf(&line, "%s %s", o->name, fate);
	if (why != NULL && *why != '\0')
		buf_addf(&line, ": %s", why);
	rc = out_line(x->s->out, line.data, line.len, e);
	buf_free(&line);
	return rc;
}

static void
note(struct err *first, const struct err *why)
{
	if (first->status == 0)
		*first = *why;
}

/* ---- before and after -------------------------------------------------------------------------- */

/* Back to new/: what was marked in vain. */
static void
unmark(struct flush *x, struct outgoing **list, size_t n)
{
	struct err ignored;

	for (size_t i = 0; i < n; i++)
		(void)spool_finish(x->spool, list[i]->name, SPOOL_SENDING, SPOOL_NEW, &ignored);
}

/* One mark for all; from then on their files have other names. */
static int
before(struct smtp_sending *sending, struct outgoing **list, size_t n, struct err *e)
{
	struct flush *x = (struct flush *)sending;
	const char *names[SMTP_READY_MAX] = {NULL};
	size_t fresh = 0;

	/* After a 421 some come a second time: they are marked. */
	for (size_t i = 0; i < n; i++)
		if (!((struct spooled *)list[i])->marked)
			names[fresh++] = list[i]->name;
	if (fresh > 0 && spool_mark(x->spool, names, fresh, e) == -1) {
		unmark(x, list, n);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		smtp_spooled_marked((struct spooled *)list[i], x->spool, x->dir);
	return 0;
}

/* Some recipients wait, others were refused: those are messages of their own from now on. */
static int
split_up(struct flush *x, const struct outgoing *o, struct err *e)
{
	if (smtp_spool_has(o, LEFT_WAITING) &&
		smtp_spool_keep(x->spool, o, LEFT_WAITING, SPOOL_NEW, e) == -1)
		return -1;
	if (smtp_spool_has(o, LEFT_REFUSED) &&
		smtp_spool_keep(x->spool, o, LEFT_REFUSED, SPOOL_FAILED, e) == -1)
		return -1;
	if (smtp_spool_has(o, LEFT_MAYBE))
		return smtp_spool_keep(x->spool, o, LEFT_MAYBE, SPOOL_UNKNOWN, e);
	return 0;
}

/* Where the file of a message goes that has ended. */
static int
settle(struct flush *x, const struct outgoing *o, struct err *e)
{
	const struct spooled *m = (const struct spooled *)o;
	enum spool_box from = m->marked ? SPOOL_SENDING : SPOOL_NEW, to = SPOOL_DONE;
	bool waiting = smtp_spool_has(o, LEFT_WAITING), refused = smtp_spool_has(o, LEFT_REFUSED),
	     maybe = smtp_spool_has(o, LEFT_MAYBE);

	if (o->m.transaction.outcome == SMTP_REFUSED)
		to = SPOOL_FAILED;
	else if (o->m.transaction.outcome == SMTP_PARTIAL || waiting + refused + maybe > 1)
		to = split_up(x, o, e) == -1 ? from : SPOOL_DONE;
	else if (o->m.transaction.outcome != SMTP_DELIVERED)
		to = o->m.transaction.outcome == SMTP_UNKNOWN ? SPOOL_UNKNOWN : SPOOL_NEW;
	if (to == from)
		return e->status == 0 ? 0 : -1;
	return spool_finish(x->spool, o->name, from, to, e);
}

static int
ended(struct smtp_sending *sending, struct outgoing *o, struct err *e)
{
	static const char *const fates[] = {
		"later", "delivered", "partly", "refused", "later", "unknown"};
	struct flush *x = (struct flush *)sending;
	struct smtp_transaction *t = &o->m.transaction;
	struct err why;
	int rc;

	smtp_outcome(t, &why);
	rc = settle(x, o, e);
	if (rc == 0)
		rc = tell(x, o, fates[t->outcome], why.text, e);
	if (t->outcome == SMTP_UNKNOWN || t->outcome == SMTP_DEFERRED ||
		(t->outcome == SMTP_PARTIAL && smtp_spool_has(o, LEFT_WAITING)))
		note(&x->wait, &why);
	else if (why.status != 0)
		note(&x->failed, &why);
	smtp_note_reply(x->s, t);
	smtp_message_done(&o->m);
	input_rest(o->m.in);
	return rc;
}

/* ---- what there is ----------------------------------------------------------------------------- */

/* What a run left that died: nobody knows. */
static int
tell_unknown(struct flush *x, char **names, size_t n, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct outgoing o = {.name = names[i], .m.transaction.outcome = SMTP_UNKNOWN};

		err_set(smtp_set_error(&o.m.transaction), EX_TEMPFAIL, "%s",
			"may have been delivered");
		note(&x->wait, smtp_transaction_error(&o.m.transaction));
		o.m.env.from = smtp_spooled_from(x->spool, SPOOL_UNKNOWN, names[i]);
		rc = tell(x, &o, "unknown", "may have been delivered by a run that was broken off",
			e);
		free(o.m.env.from);
		smtp_transaction_clear(&o.m.transaction);
	}
	spool_free_list(names, n);
	return rc;
}

/* The first reading of all. One that cannot be read stays where it is, and is told of. */
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

		if (smtp_spooled_read(x->spool, x->dir, names[i], i < FLUSH_OPEN, &m, &why) == 0) {
			*x->end = &m->o;
			x->end = &m->o.next;
			continue;
		}
		smtp_spooled_free(m);
		print_error(SMTP_WHO, &why);
		note(&x->failed, &why);
		if (why.status > EX_SIGNAL)
			rc = (*e = why, -1);
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
	return tell_unknown(x, names, n, e);
}

/* What must wait decides: the caller tries again. */
static int
verdict(const struct flush *x, struct err *e)
{
	if (x->wait.status == 0 && x->failed.status == 0)
		return 0;
	*e = x->wait.status != 0 ? x->wait : x->failed;
	if (e->status == EX_NO || (x->wait.status != 0 && e->status == EX_NOUSER))
		e->status = x->wait.status != 0 ? EX_TEMPFAIL : EX_NO;
	smtp_signal_first(x->s, e);
	return -1;
}

int
smtp_flush_run(struct session *s, const struct args *a, struct err *e)
{
	struct flush x = {.s = s, .dir = args_at(a, 0)};
	int rc;

	x.end = &x.list;
	x.sending =
		(struct smtp_sending){.s = s, .most = FLUSH_MOST, .before = before, .ended = ended};
	rc = open_spool(&x, e);
	if (rc == 0)
		rc = read_all(&x, e);
	if (rc == 0 && x.list != NULL)
		rc = smtp_send_all(&x.sending, x.list, e);
	if (x.spool != NULL && spool_sync(x.spool, rc == 0 ? e : &(struct err){0}) == -1)
		rc = -1;
	if (rc == 0)
		rc = verdict(&x, e);
	while (x.list != NULL) {
		struct spooled *m = (struct spooled *)x.list;

		x.list = m->o.next;
		smtp_spooled_free(m);
	}
	spool_close(x.spool);
	return rc;
}
