#include "proto/smtp_pipeline.h"

#include "base/wait.h"
#include "proto/smtp_commands.h"

/* Octets of unanswered commands: some three hundred small messages. */
#define WINDOW (32 * 1024)

/* Time in milliseconds that a server has to close the connection after an unexpected reply to QUIT. */
#define GOODBYE_MS 5000

void
smtp_pipeline_init(struct smtp_pipeline *f, struct smtp *p, int64_t data_wait)
{
	*f = (struct smtp_pipeline){.p = p, .data_wait = data_wait, .several = p->used};
	p->q->window = WINDOW;
}

/* ---- lists ------------------------------------------------------------------------------------- */

static void
append(struct smtp_list *l, struct smtp_transaction *t)
{
	t->next = NULL;
	*(l->first == NULL ? &l->first : &l->last->next) = t;
	l->last = t;
	l->n++;
}

static struct smtp_transaction *
remove_first(struct smtp_list *l)
{
	struct smtp_transaction *t = l->first;

	if (t != NULL) {
		l->first = t->next;
		l->n--;
	}
	return t;
}

/* ---- adding ------------------------------------------------------------------------------------ */

bool
smtp_pipeline_has_room(struct smtp_pipeline *f)
{
	smtp_queue_commands(f); /* replies may have ended the wait of the current transaction */
	if (f->state != SMTP_PIPELINE_OPEN || f->p->q->conn->dead ||
		(f->most != 0 && f->pending.n >= f->most))
		return false;
	/* While a transaction waits to be sent, accept no other one. */
	return f->current == NULL && cmdq_room(f->p->q);
}

void
smtp_pipeline_put(struct smtp_pipeline *f, struct smtp_transaction *t)
{
	f->several = f->several || f->more;
	append(&f->pending, t);
	if (f->current == NULL)
		f->current = t;
	smtp_queue_commands(f);
}

/* ---- replies ----------------------------------------------------------------------------------- */

/* Close the connection and ignore later replies. -1 with e. */
static int
close_now(struct smtp_pipeline *f, int status, const char *what, struct err *e)
{
	const struct reply *r = &f->p->reply;

	smtp_reply_error(what, r->code, buf_str(&r->text), status, &f->lost);
	f->state = SMTP_PIPELINE_CLOSED;
	f->p->q->conn->dead = true;
	*e = f->lost;
	return -1;
}

static int
final_dot(struct conn *c, struct err *e)
{
	trace_line(c->trace, TRACE_LINES, '>', ".", 1);
	return conn_write(c, ".\r\n", 3, e);
}

/* 354: send the content; the next envelope may follow the final dot at once. */
static int
go_ahead(struct smtp_pipeline *f, struct smtp_transaction *t, struct err *e)
{
	struct cmdq *q = f->p->q;
	int rc;

	smtp_end_current(f);
	f->certain = true; /* a 354 shows that the replies before it were in sync */
	/* The server would accept a lone dot as an empty message of an unknown sender. */
	if (t->mail == SMTP_RCPT_AFTER_REFUSED_MAIL)
		return close_now(f, EX_PROTOCOL, "DATA was accepted after a refused MAIL", e);
	if (!smtp_is_wanted(t)) {
		/* RFC 2920, section 3.1: a lone dot, for a DATA that should have been refused. */
		cmdq_put_data(q, TAG_LONE_DOT, "DATA", f->data_wait);
		return final_dot(q->conn, e);
	}
	cmdq_put_data(q, TAG_END, "DATA", f->data_wait);
	rc = smtp_send_content(f, t, true, true, e);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	rc = final_dot(q->conn, e);
	t->complete_at = smtp_octets_queued(q->conn);
	return rc;
}

/* The reply after the data, or one of them (LMTP): *decided when it was the last. */
static int
read_end(struct smtp_pipeline *f, struct smtp_transaction *t, int tag, bool *decided, struct err *e)
{
	struct smtp *p = f->p;
	const char *command = tag == TAG_BDAT ? "BDAT" : "DATA";

	*decided = true;
	if (t->content != SMTP_CONTENT_COMPLETE) {
		/*
		 * The content was not sent completely. Close, since the server would take the next commands as
		 * content.
		 */
		if (p->reply.code < 400)
			return close_now(
				f, EX_PROTOCOL, "success before the end of the message", e);
		smtp_data_refused(t, &p->reply, command);
		(void)close_now(
			f, EX_TEMPFAIL, "closed after a refusal in the middle of a message", e);
	} else if (p->lmtp && t->accepted > 0) {
		*decided = smtp_lmtp_reply(t, &p->reply, command);
		if (!*decided)
			cmdq_owe_again(p->q, tag);
	} else {
		smtp_data_reply(t, &p->reply, command);
	}
	return 0;
}

static int
read_mail(struct smtp_pipeline *f, struct smtp_transaction *t, struct err *e)
{
	smtp_mail_reply(t, &f->p->reply);
	/* The server may execute the octets of the BDAT that was sent: later replies mean nothing. */
	if (f->p->reply.code == 530 && t->content == SMTP_CONTENT_COMPLETE)
		(void)close_now(f, EX_NOPERM, "MAIL", e);
	return 0;
}

/*
 * If RCPT is accepted after a refused MAIL, the sender of the open transaction is unknown. If the message was sent
 * already, its outcome is unknown; if not, the message must not be sent.
 */
static int
read_rcpt(struct smtp_pipeline *f, struct smtp_transaction *t, struct err *e)
{
	const struct reply *r = &f->p->reply;

	if (t->mail == SMTP_MAIL_REFUSED && r->code / 100 == 2)
		t->mail = SMTP_RCPT_AFTER_REFUSED_MAIL;
	if (t->mail != SMTP_RCPT_AFTER_REFUSED_MAIL || t->content != SMTP_CONTENT_COMPLETE) {
		smtp_rcpt_reply(t, t->answered - 1, r);
		return 0;
	}
	t->mail = SMTP_MAIL_ACCEPTED;
	err_clear(smtp_set_error(t));
	smtp_rcpt_reply(t, t->answered - 1, r);
	return close_now(f, EX_PROTOCOL, "RCPT was accepted after a refused MAIL", e);
}

static int
read_data(struct smtp_pipeline *f, struct smtp_transaction *t, bool *decided, struct err *e)
{
	const struct reply *r = &f->p->reply;

	if (r->code == 354 && f->state == SMTP_PIPELINE_OPEN)
		return go_ahead(f, t, e);
	smtp_end_current(f);
	smtp_data_refused(t, r, "DATA");
	*decided = true;
	return 0;
}

/* A reply to a command of this transaction. */
static int
read_for(struct smtp_pipeline *f, struct smtp_transaction *t, int tag, bool *decided, struct err *e)
{
	int rc;

	switch (tag) {
	case TAG_MAIL:
	case TAG_RCPT:
		rc = tag == TAG_MAIL ? read_mail(f, t, e) : read_rcpt(f, t, e);
		t->answered = smtp_next_command(t, t->answered);
		return rc;
	case TAG_DATA: return read_data(f, t, decided, e);
	case TAG_LONE_DOT: *decided = true; return 0;
	case TAG_END:
	case TAG_BDAT: return read_end(f, t, tag, decided, e);
	default: return 0;
	}
}

/* The replies to put_probe: a refusal each, if the octets of the first chunk were discarded. */
static void
read_probe(struct smtp *p, int tag)
{
	bool refused = p->reply.code >= 400;

	if (p->bdat == SMTP_BDAT_PROBED && !refused) {
		p->bdat = SMTP_BDAT_UNSAFE;
		/* Not the reply to the second BDAT but to the octets of the first: they were executed. */
		if (tag == TAG_MARK)
			cmdq_owe_again(p->q, TAG_MARK);
	} else if (p->bdat == SMTP_BDAT_PROBED && tag == TAG_MARK) {
		p->bdat = SMTP_BDAT_SAFE;
	}
}

/* Read one reply. *decided: it was the last one of the first pending transaction. */
static int
read_reply(struct smtp_pipeline *f, bool *decided, struct err *e)
{
	struct smtp *p = f->p;
	int tag, rc = 0;

	if (cmdq_reply(p->q, &p->reply, &tag, e) == -1)
		return -1;
	/* A server refuses RSET only if TLS or a login is missing: this reply belongs to another command. */
	if (tag == TAG_RSET && p->reply.code / 100 != 2 && p->reply.code != 421 &&
		p->reply.code != 530)
		return close_now(f, EX_PROTOCOL, "RSET", e);
	if (tag == TAG_PROBE || tag == TAG_MARK)
		read_probe(p, tag);
	else if (tag != TAG_RSET && f->pending.n > 0)
		rc = read_for(f, f->pending.first, tag, decided, e);
	if (rc == 0 && p->reply.code == 421 && f->state != SMTP_PIPELINE_CLOSED)
		(void)close_now(f, EX_TEMPFAIL, cmdq_answered(p->q), e);
	return rc;
}

/* ---- outcomes ---------------------------------------------------------------------------------- */

/*
 * All replies for the first pending transaction are read. True: its outcome is set; false: a further round for its
 * deferred recipients follows. After QUIT there is none: the recipients stay deferred.
 */
static bool
decide_first(struct smtp_pipeline *f)
{
	struct smtp_transaction *t = remove_first(&f->pending);
	bool again = smtp_needs_round(t) && f->state == SMTP_PIPELINE_OPEN && !f->quit_sent;

	if (!again)
		smtp_set_outcome(t);
	/* If the next one was begun, its own RSET precedes it. */
	if (f->pending.first == NULL || f->pending.first->sent == 0)
		f->p->open = t->delivered == 0 && t->outcome != SMTP_UNKNOWN;
	if (again) {
		smtp_next_round(t);
		smtp_pipeline_put(f, t);
	} else {
		f->accepted += t->outcome == SMTP_DELIVERED || t->outcome == SMTP_PARTIAL ? 1 : 0;
		append(&f->decided, t);
	}
	return !again;
}

static struct smtp_transaction *
next_certain(struct smtp_pipeline *f)
{
	f->certain = f->certain && f->decided.n > 0;
	return f->certain ? remove_first(&f->decided) : NULL;
}

static void
mark_decided_unknown(struct smtp_pipeline *f, const struct err *why)
{
	for (struct smtp_transaction *t = f->decided.first; t != NULL; t = t->next)
		smtp_mark_unknown(t, why);
}

static bool
all_delivered(const struct smtp_pipeline *f)
{
	for (const struct smtp_transaction *t = f->decided.first; t != NULL; t = t->next)
		if (t->outcome != SMTP_DELIVERED)
			return false;
	return true;
}

/* Does the server close the connection without a further reply? Then the last reply may be the one to QUIT. */
static bool
closes_silently(struct conn *c)
{
	int64_t until = wait_now() + GOODBYE_MS;
	struct err ignored = {0};

	if (!smtp_has_input(c))
		(void)conn_fill(c, until < conn_until(c) ? until : conn_until(c), &ignored);
	return !smtp_has_input(c) && c->eof;
}

/*
 * Are the replies out of sync, so that earlier replies may have belonged to other commands? An unsolicited reply shows
 * this; if QUIT was pipelined, so does an unexpected code in its reply, or a reply after it.
 */
static bool
is_out_of_sync(struct smtp_pipeline *f, struct err *why)
{
	struct smtp *p = f->p;

	if (cmdq_pending(p->q) == 0)
		return cmdq_check_unsolicited(p->q, why) == -1;
	while (cmdq_pending(p->q) > 0)
		if (cmdq_reply(p->q, &p->reply, NULL, why) == -1)
			return why->status == EX_PROTOCOL;
	if (p->reply.code == 221 || p->reply.code == 421)
		return false;
	/* A reply 250. If it belongs to the last message, the server accepted this message and all before it. */
	if (p->reply.code / 100 == 2 && (all_delivered(f) || closes_silently(p->q->conn)))
		return false;
	(void)smtp_refused(p, why);
	err_prefix(why, "replies out of sync");
	return true;
}

/* At most the reply to QUIT is pending: are the outcomes certain? */
static int
settle(struct smtp_pipeline *f, struct err *e)
{
	f->certain = true;
	if (f->decided.n == 0 || !is_out_of_sync(f, e))
		return 0;
	f->p->q->conn->dead = true;
	mark_decided_unknown(f, e);
	return -1;
}

/* A transaction was added to `decided`: update how far the outcomes are certain. */
static int
added_decided(struct smtp_pipeline *f, struct err *e)
{
	const struct err *why = smtp_transaction_error(f->decided.last);

	if (why->code == 421) { /* as the reply to its data: the session is over */
		*e = *why;
		return -1;
	}
	if (cmdq_pending(f->p->q) == 0)
		return settle(f, e);
	f->certain = f->certain || (f->more && smtp_by_bdat(f->p));
	return 0;
}

/* After the last command: have all replies been read? */
static bool
is_over(const struct smtp_pipeline *f)
{
	const struct smtp_transaction *t = f->pending.first;

	if (f->state == SMTP_PIPELINE_OPEN)
		return false;
	if (f->state == SMTP_PIPELINE_CLOSED || cmdq_pending(f->p->q) == 0)
		return true;
	/* If the input of a message failed midway, the server sends no reply to the message. */
	return t != NULL && t->content == SMTP_CONTENT_BROKEN && smtp_all_answered(t) &&
	       !f->p->q->conn->dead;
}

/* The pipeline has failed. If the protocol was violated, the replies may have been out of sync since the last 354. */
static int
fail(struct smtp_pipeline *f, struct err *e)
{
	*e = f->lost;
	if (e->status == EX_PROTOCOL && !f->certain)
		mark_decided_unknown(f, e);
	return -1;
}

static int
step(struct smtp_pipeline *f, struct err *e)
{
	bool decided = false;

	smtp_queue_commands(f);
	smtp_queue_quit(f);
	if (f->pending.n == 0 && !f->more)
		return settle(f, e);
	if (f->pending.n > 0 && f->pending.first->content == SMTP_CONTENT_CANCELED) {
		decided = true;
	} else if (is_over(f)) {
		f->p->q->conn->dead = true;
		return fail(f, e);
	} else if (cmdq_pending(f->p->q) > 0 && read_reply(f, &decided, e) == -1) {
		if (f->state == SMTP_PIPELINE_OPEN)
			smtp_stop_sending(f, e);
		/* Alive: an input failed, see is_over. */
		return f->p->q->conn->dead ? fail(f, e) : 0;
	}
	return decided && decide_first(f) ? added_decided(f, e) : 0;
}

int
smtp_pipeline_step(struct smtp_pipeline *f, struct smtp_transaction **done, struct err *e)
{
	*done = next_certain(f);
	if (*done != NULL)
		return 0;
	if (step(f, e) == -1)
		return -1;
	*done = next_certain(f);
	return 0;
}

struct smtp_transaction *
smtp_pipeline_abandon(struct smtp_pipeline *f, const struct err *e)
{
	struct smtp_transaction *t = remove_first(&f->decided);

	if (t != NULL || (t = remove_first(&f->pending)) == NULL)
		return t;
	f->current = NULL;
	if (smtp_mail_refused(t) || (smtp_all_answered(t) && !smtp_is_wanted(t)))
		smtp_set_outcome(t);
	else
		/* Octets still queued here were never sent. A server that sent 421 did nothing more. */
		smtp_abandon(t, e,
			t->content == SMTP_CONTENT_COMPLETE &&
				t->complete_at <= f->p->q->conn->octets_out &&
				(f->state != SMTP_PIPELINE_CLOSED ||
					f->lost.status == EX_PROTOCOL));
	return t;
}

bool
smtp_pipeline_input_failed(const struct smtp_pipeline *f)
{
	const struct smtp_transaction *t = f->pending.first;

	while (t != NULL && t->content != SMTP_CONTENT_BROKEN)
		t = t->next;
	return t != NULL && f->lost.status == EX_IOERR;
}

bool
smtp_pipeline_is_empty(const struct smtp_pipeline *f)
{
	return f->pending.n == 0 && f->decided.n == 0;
}

void
smtp_send_one(struct smtp *p, struct smtp_transaction *t, int64_t data_wait)
{
	struct smtp_pipeline f;
	struct smtp_transaction *done = NULL;
	struct err e = {0};

	smtp_pipeline_init(&f, p, data_wait);
	smtp_pipeline_put(&f, t);
	while (done == NULL && smtp_pipeline_step(&f, &done, &e) == 0)
		;
	if (done == NULL)
		(void)smtp_pipeline_abandon(&f, &e);
}
