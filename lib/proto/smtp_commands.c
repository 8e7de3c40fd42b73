#include "proto/smtp_commands.h"

#include <string.h>

/* Every server accepts this many recipients in a transaction (RFC 5321, section 4.5.3.1.8). */
#define RCPTS_GUARANTEED 100

void
smtp_stop_sending(struct smtp_pipeline *f, const struct err *e)
{
	f->lost = *e;
	f->state = SMTP_PIPELINE_LOST;
	if (f->p->q->conn->dead)
		conn_drain_input(f->p->q->conn);
}

/* ---- content ----------------------------------------------------------------------------------- */

/*
 * The octets of one message on their way to the server: counted against the announced number (RFC 1870; RFC 3030,
 * section 2). If `listen`, a reply before the end of the content stops it.
 */
struct content {
	struct sink sink;
	struct conn *conn;
	struct smtp_transaction *t;
	uint64_t left;    /* announced octets that are not written yet, without stuffing */
	size_t unchecked; /* see conn_write_watched */
	bool stuffed;
	bool listen;
	bool replied; /* the server replied before the end */
	bool bol;     /* at the beginning of a line */
};

/* Octets of a span without the dots of stuffing: a dot at the beginning of a line is doubled. */
static uint64_t
unstuffed_length(struct content *x, const char *p, size_t n)
{
	const char *end = p + n, *dot = p;
	uint64_t count = n;

	if (!x->stuffed || n == 0)
		return n;
	/* Search for dots, which are rarer than lines. */
	for (; (dot = memchr(dot, '.', (size_t)(end - dot))) != NULL; dot++)
		if (dot == p ? x->bol : dot[-1] == '\n')
			count--;
	x->bol = end[-1] == '\n';
	return count;
}

static int
has_changed(struct err *e)
{
	return err_set(e, EX_IOERR, "the message has changed while it was being sent");
}

static int
content_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct content *x = (struct content *)s;
	uint64_t octets = unstuffed_length(x, p, n);
	bool complete;
	int rc;

	if (octets > x->left)
		return has_changed(e);
	if (octets > 0 && octets == x->left && x->t->completing != NULL &&
		x->t->completing(x->t->data, e) == -1)
		return -1;
	x->left -= octets;
	if (!x->listen)
		return conn_write(x->conn, p, n, e);
	/* After its last octet the server may reply to BDAT at any time. */
	complete = x->left == 0 && !x->stuffed;
	rc = conn_write_watched(x->conn, p, n, complete ? NULL : &x->unchecked, e);
	x->replied = rc == -1 && smtp_has_input(x->conn) && !x->conn->dead;
	return rc;
}

int
smtp_send_content(struct smtp_pipeline *f, struct smtp_transaction *t, bool stuffed, bool listen,
	struct err *e)
{
	struct conn *c = f->p->q->conn;
	struct content x = {.sink = {content_write},
		.conn = c,
		.t = t,
		.left = t->octets,
		.stuffed = stuffed,
		.listen = listen,
		.bol = true};
	struct trace_sink traced;
	int rc = t->feed(t->data, trace_sink_init(&traced, c->trace, '>', &x.sink), stuffed, e);

	trace_sink_free(&traced);
	if (rc == 0 && x.left != 0)
		rc = has_changed(e);
	t->complete_at = smtp_octets_queued(c);
	if (rc == -1 && c->dead && listen) {
		conn_drain_input(c);
		x.replied = smtp_has_input(c);
	}
	t->content = rc == 0     ? SMTP_CONTENT_COMPLETE
		     : x.replied ? SMTP_CONTENT_STOPPED
				 : SMTP_CONTENT_BROKEN;
	if (!x.replied)
		return rc;
	/* The queued part of the message must never be completed: nothing more is sent. */
	err_set(&f->lost, EX_TEMPFAIL, "a message was refused before its end");
	f->state = SMTP_PIPELINE_LOST;
	return 1;
}

/* ---- commands ---------------------------------------------------------------------------------- */

/* DATA cannot carry lines that end otherwise than in CRLF (RFC 3030, section 3). */
static bool
needs_bdat(const struct smtp_transaction *t)
{
	return t->params != NULL && strcasestr(t->params, "BODY=BINARYMIME") != NULL;
}

/* Is the content sent by BDAT? The reply to a pending probe may change the result. */
static bool
by_bdat(const struct smtp_pipeline *f, const struct smtp_transaction *t)
{
	return smtp_by_bdat(f->p) || (f->p->caps.chunking && needs_bdat(t));
}

/* Must the content of a transaction that begins now wait until MAIL and all RCPTs are answered? */
static bool
must_wait(const struct smtp_pipeline *f, const struct smtp_transaction *t)
{
	const struct smtp *p = f->p;

	if (t->all_or_none || !p->q->pipelining || p->bdat == SMTP_BDAT_PROBED)
		return true;
	return by_bdat(f, t) && (p->bdat != SMTP_BDAT_SAFE || p->lmtp || t->octets > SMTP_SMALL);
}

static int
put_address(struct smtp_pipeline *f, int tag, const char *verb, const char *addr,
	const char *params, struct err *e)
{
	/* Without printf, since there may be thousands of recipients. */
	struct buf *line = cmdq_line(f->p->q);

	buf_adds(line, verb);
	buf_adds(line, ":<");
	buf_adds(line, addr);
	buf_addc(line, '>');
	if (params != NULL) {
		buf_addc(line, ' ');
		buf_adds(line, params);
	}
	if (line->len + 2 > f->p->q->rule->command)
		f->p->q->room = smtp_command_room(&f->p->caps, line->data, line->len);
	return cmdq_put_secret(f->p->q, tag, line->data, line->data, line->len, e);
}

static int
put_bdat(struct smtp_pipeline *f, struct smtp_transaction *t, struct err *e)
{
	struct cmdq *q = f->p->q;

	if (cmdq_put_number(q, TAG_BDAT, "BDAT", t->octets, "LAST", e) == -1)
		return -1;
	cmdq_set_wait(q, f->data_wait);
	smtp_end_current(f);
	f->p->open = true;
	/* A reply that arrives before the end is a refusal only if no other reply is pending. */
	t->bdat_alone = cmdq_pending(q) == 1;
	return smtp_send_content(f, t, false, t->wait && t->bdat_alone, e) == -1 ? -1 : 0;
}

/* Send no content: no recipient is left. The next MAIL needs a RSET. */
static int
cancel(struct smtp_pipeline *f, struct smtp_transaction *t)
{
	t->content = SMTP_CONTENT_CANCELED;
	f->p->open = true;
	smtp_end_current(f);
	return 0;
}

/*
 * A MAIL after a transaction without an outcome needs RSET: if that transaction was refused it is still open, and
 * the server would accept the RCPTs for its sender (after a refused BDAT, RFC 3030, section 2, demands RSET).
 */
static int
put_reset(struct smtp_pipeline *f, struct err *e)
{
	f->p->open = false;
	return cmdq_put(f->p->q, TAG_RSET, e, "RSET");
}

/*
 * Is it time to probe whether the server discards the octets of a refused BDAT? Not for one small message, which
 * DATA sends in the same number of round trips.
 */
static bool
wants_probe(const struct smtp_pipeline *f, const struct smtp_transaction *t)
{
	const struct smtp *p = f->p;
	bool large = t->octets > SMTP_SMALL && !needs_bdat(t);

	return (f->several || large) && p->caps.chunking && p->q->pipelining && !p->lmtp &&
	       p->bdat == SMTP_BDAT_UNTRIED;
}

/*
 * A BDAT outside a transaction must be refused. If the server discards its six octets, they get no reply; if it
 * executes them, NOOP is accepted. The second BDAT, refused as well, shows which of the two happened without a
 * wait; RSET clears what a server may have kept of the chunks. Two errors are less than any server allows.
 */
static int
put_probe(struct smtp_pipeline *f, struct err *e)
{
	struct cmdq *q = f->p->q;

	f->p->bdat = SMTP_BDAT_PROBED;
	if (cmdq_put(q, TAG_PROBE, e, "BDAT 6") == -1 ||
		conn_write(q->conn, "NOOP\r\n", 6, e) == -1 ||
		cmdq_put(q, TAG_MARK, e, "BDAT 0 LAST") == -1)
		return -1;
	return put_reset(f, e);
}

static int
put_mail(struct smtp_pipeline *f, struct smtp_transaction *t, struct err *e)
{
	if (f->p->open)
		return put_reset(f, e);
	if (wants_probe(f, t))
		return put_probe(f, e);
	f->p->used = true;
	f->p->accepted = 0;
	t->wait = must_wait(f, t);
	t->sent = smtp_next_command(t, t->sent);
	return put_address(f, TAG_MAIL, "MAIL FROM", t->from, t->params, e);
}

static int
put_rcpt(struct smtp_pipeline *f, struct smtp_transaction *t, struct err *e)
{
	const struct smtp_rcpt *r = &t->rcpt[t->sent - 1];

	t->sent = smtp_next_command(t, t->sent);
	return put_address(f, TAG_RCPT, "RCPT TO", r->addr, r->params, e);
}

static int
put_data(struct smtp_pipeline *f, struct smtp_transaction *t, struct err *e)
{
	if (smtp_all_answered(t) && !smtp_is_wanted(t))
		return cancel(f, t);
	if (by_bdat(f, t))
		return put_bdat(f, t, e);
	t->content = SMTP_CONTENT_DATA;
	return cmdq_put(f->p->q, TAG_DATA, e, "DATA");
}

/* Must the next command of the current transaction wait for replies? */
static bool
is_waiting(const struct smtp_transaction *t)
{
	if (t->content == SMTP_CONTENT_DATA)
		return true;
	if (smtp_mail_refused(t))
		return t->sent > t->answered;
	return t->sent > t->nrcpt && t->wait && !smtp_all_answered(t);
}

void
smtp_queue_commands(struct smtp_pipeline *f)
{
	struct smtp_transaction *t;
	struct err e;
	int rc = 0;

	while (rc == 0 && f->state == SMTP_PIPELINE_OPEN && (t = f->current) != NULL &&
		!is_waiting(t) && cmdq_room(f->p->q)) {
		if (t->sent == 0)
			rc = put_mail(f, t, &e);
		else if (smtp_mail_refused(t))
			rc = cancel(f, t);
		else if (t->sent <= t->nrcpt)
			rc = put_rcpt(f, t, &e);
		else
			rc = put_data(f, t, &e);
	}
	if (rc == -1)
		smtp_stop_sending(f, &e);
}

/*
 * May there be a further round for deferred recipients? As long as RCPTs are unanswered, expect it where the
 * server has deferred some before, or where it need not accept all of them.
 */
static bool
may_need_round(const struct smtp_transaction *t)
{
	return smtp_needs_round(t) ||
	       (!smtp_all_answered(t) && (t->round > 0 || t->nrcpt > RCPTS_GUARANTEED));
}

void
smtp_queue_quit(struct smtp_pipeline *f)
{
	struct err e;

	if (!f->quit || f->more || f->quit_sent || !f->p->q->pipelining || f->pending.n == 0 ||
		f->current != NULL || f->state != SMTP_PIPELINE_OPEN)
		return;
	for (const struct smtp_transaction *t = f->pending.first; t != NULL; t = t->next)
		if (may_need_round(t))
			return;
	f->quit_sent = cmdq_put(f->p->q, TAG_QUIT, &e, "QUIT") == 0;
	if (!f->quit_sent)
		smtp_stop_sending(f, &e);
}
