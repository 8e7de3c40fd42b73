#include "proto/smtp_say.h"

#include <string.h>

#include "proto/smtp_content.h"
#include "proto/smtp_job.h"
#include "proto/smtp_message.h"

/* DATA cannot carry lines that end otherwise than in CRLF (RFC 3030, section 3). */
static bool
needs_bdat(const struct smtp_job *job)
{
	return job->params != NULL && strcasestr(job->params, "BODY=BINARYMIME") != NULL;
}

/* Once the reply to a pending probe is read, this may change. */
static bool
by_bdat(const struct smtp_flight *f, const struct smtp_job *job)
{
	return smtp_by_bdat(f->p) || (f->p->caps.chunking && needs_bdat(job));
}

/* Must the data of a job that begins now wait until MAIL and the RCPTs are answered? */
static bool
must_wait(const struct smtp_flight *f, const struct smtp_job *job)
{
	const struct smtp *p = f->p;

	if (job->all_or_none || !p->q->pipelining || p->bdat == SMTP_BDAT_PROBED)
		return true;
	return by_bdat(f, job) &&
	       (p->bdat != SMTP_BDAT_SAFE || p->lmtp || job->octets > SMTP_SMALL);
}

static int
put_address(struct smtp_flight *f, int tag, const char *verb, const char *addr, const char *params,
	struct err *e)
{
	/* There may be thousands: without printf. */
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

int
smtp_say_octets(
	struct smtp_flight *f, struct smtp_job *job, bool stuffed, bool listen, struct err *e)
{
	struct conn *c = f->p->q->conn;
	struct smtp_content x;
	struct trace_sink told;
	size_t said;
	int rc;

	smtp_content_init(&x, c, job->octets, stuffed, listen);
	rc = job->feed(job, trace_sink_init(&told, c->trace, '>', &x.sink), stuffed, e);
	trace_sink_free(&told);
	if (rc == 0)
		rc = smtp_content_end(&x, e);
	job->complete = rc == 0;
	job->complete_at = smtp_queued(c);
	if (rc == -1 && c->dead && listen) {
		conn_salvage(c);
		conn_data(c, &said);
		x.heard = said != 0;
	}
	job->broken = rc == -1 && !x.heard;
	if (!x.heard)
		return rc;
	/* What is queued now must never be completed: nothing more is said. */
	err_set(&f->lost, EX_TEMPFAIL, "a message was refused before its end");
	return 1;
}

static int
put_bdat(struct smtp_flight *f, struct smtp_job *job, struct err *e)
{
	struct cmdq *q = f->p->q;
	int rc = cmdq_put_number(q, TAG_BDAT, "BDAT", job->octets, "LAST", e);

	if (rc == -1)
		return -1;
	cmdq_set_wait(q, f->data_wait);
	job->put++;
	f->putting++;
	f->p->open = true;
	/* A reply that arrives before the end is a refusal only if no other reply is pending. */
	job->alone = cmdq_owed(q) == 1;
	rc = smtp_say_octets(f, job, false, job->waits && job->alone, e);
	return rc == -1 ? -1 : 1;
}

/* Nobody wants it: no data. What MAIL has begun is reset before the next one. */
static void
give_up(struct smtp_flight *f, struct smtp_job *job)
{
	job->given_up = true;
	f->p->open = true;
	f->putting++;
}

static int
put_data(struct smtp_flight *f, struct smtp_job *job, struct err *e)
{
	if (smtp_all_answered(job) && !smtp_wanted(job)) {
		give_up(f, job);
		return 1;
	}
	if (job->waits && !smtp_all_answered(job))
		return 0;
	if (by_bdat(f, job))
		return put_bdat(f, job, e);
	if (cmdq_put(f->p->q, TAG_DATA, e, "DATA") == -1)
		return -1;
	f->data_open = true;
	job->put++;
	return 1;
}

/* Put the next command of a job: 1 put, 0 it has to wait, -1. */
static int
put_next(struct smtp_flight *f, struct smtp_job *job, struct err *e)
{
	const struct smtp_rcpt *r;
	int rc;

	if (job->put > job->nrcpt)
		return put_data(f, job, e);
	if (job->put == 0) {
		f->p->used = true;
		job->waits = must_wait(f, job);
		f->p->accepted = 0;
		rc = put_address(f, TAG_MAIL, "MAIL FROM", job->from, job->params, e);
	} else if (job->mail_refused) {
		/* The rest need not be said; what was said already is answered first. */
		if (job->put > job->answered)
			return 0;
		give_up(f, job);
		return 1;
	} else {
		r = &job->rcpt[job->put - 1];
		rc = put_address(f, TAG_RCPT, "RCPT TO", r->addr, r->params, e);
	}
	job->put++;
	return rc == -1 ? -1 : 1;
}

/*
 * A message behind one whose fate is open starts with RSET: had that one been refused, its
 * transaction would stand, and RCPTs would go on under its sender (RFC 3030, section 2, wants the
 * RSET after a refused BDAT).
 */
static int
put_reset(struct smtp_flight *f, struct err *e)
{
	f->p->open = false;
	return cmdq_put(f->p->q, TAG_RSET, e, "RSET") == -1 ? -1 : 1;
}

/*
 * Is it time to find out if the server discards the octets of a refused BDAT? Not for one small message, which
 * DATA sends in the same number of round trips.
 */
static bool
wants_probe(const struct smtp_flight *f, const struct smtp_job *job)
{
	const struct smtp *p = f->p;
	bool large = job->octets > SMTP_SMALL && !needs_bdat(job);

	return (f->many || large) && p->caps.chunking && p->q->pipelining && !p->lmtp &&
	       p->bdat == SMTP_BDAT_UNTRIED;
}

/*
 * A BDAT outside a transaction must be refused. If the server discards its six octets, they get no reply; if it
 * executes them, NOOP is accepted. The second BDAT, refused as well, shows which of the two happened without a
 * wait; RSET clears what a server may have kept of the chunks. Two errors are less than any server allows.
 */
static int
put_probe(struct smtp_flight *f, struct err *e)
{
	struct cmdq *q = f->p->q;

	f->p->bdat = SMTP_BDAT_PROBED;
	if (cmdq_put(q, TAG_PROBE, e, "BDAT 6") == -1 ||
		conn_write(q->conn, "NOOP\r\n", 6, e) == -1 ||
		cmdq_put(q, TAG_MARK, e, "BDAT 0 LAST") == -1)
		return -1;
	return put_reset(f, e);
}

void
smtp_say_no_more(struct smtp_flight *f, const struct err *e)
{
	f->lost = *e;
	if (f->p->q->conn->dead)
		conn_salvage(f->p->q->conn);
}

void
smtp_say(struct smtp_flight *f)
{
	struct cmdq *q = f->p->q;
	struct err e;
	int rc = 1;

	while (rc == 1 && f->lost.status == 0 && !f->data_open && f->putting < f->count &&
		cmdq_room(q)) {
		struct smtp_job *job = smtp_nth(f, f->putting);

		if (f->p->open && job->put == 0)
			rc = put_reset(f, &e);
		else if (job->put == 0 && wants_probe(f, job))
			rc = put_probe(f, &e);
		else
			rc = put_next(f, job, &e);
	}
	if (rc == -1)
		smtp_say_no_more(f, &e);
}
