#include "proto/smtp_send.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proto/smtp_job.h"
#include "proto/smtp_rest.h"
#include "proto/smtp_say.h"

void
smtp_flight_init(struct smtp_flight *f, struct smtp *p, int64_t data_wait)
{
	*f = (struct smtp_flight){.p = p, .data_wait = data_wait, .size = 16, .many = p->used};
	p->q->window = SMTP_WINDOW;
	f->job = mem_resize(NULL, f->size, sizeof(struct smtp_job *));
}

void
smtp_flight_free(struct smtp_flight *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (smtp_nth(f, i)->of != NULL)
			smtp_rest_free(smtp_nth(f, i));
	free(f->job);
	f->job = NULL;
}

bool
smtp_flight_empty(const struct smtp_flight *f)
{
	return f->count == 0;
}

bool
smtp_flight_room(struct smtp_flight *f)
{
	smtp_say(f); /* a job that waited for its RCPT replies may be put completely now */
	if (f->lost.status != 0 || f->p->q->conn->dead || (f->most != 0 && f->count >= f->most))
		return false;
	/* One job waits to be put; more would only wait with it. */
	return f->putting == f->count && !f->data_open && cmdq_room(f->p->q);
}

void
smtp_flight_put(struct smtp_flight *f, struct smtp_job *job)
{
	if (f->count == f->size) {
		struct smtp_job **bigger = mem_resize(NULL, f->size * 2, sizeof *bigger);

		for (size_t i = 0; i < f->count; i++)
			bigger[i] = smtp_nth(f, i);
		free(f->job);
		f->job = bigger;
		f->first = 0;
		f->size *= 2;
	}
	if (job->more)
		job = smtp_rest_new(job);
	f->job[(f->first + f->count++) & (f->size - 1)] = job;
	smtp_say(f);
}

bool
smtp_flight_said(struct smtp_flight *f)
{
	smtp_say(f);
	for (size_t i = 0; i < f->count; i++)
		if (smtp_rest_may_come(smtp_nth(f, i)))
			return false;
	return f->lost.status == 0 && f->putting == f->count && !f->data_open;
}

/* ---- hearing ----------------------------------------------------------------------------------- */

/* The session is over, and what may still come means nothing. */
static void
close_now(struct smtp_flight *f, int status, const char *what)
{
	struct smtp *p = f->p;
	char *text = mem_strdup(buf_str(&p->reply.text));

	for (char *c = text; *c != '\0'; c++)
		if (*c == '\n')
			*c = ' ';
	err_code(&f->lost, status, p->reply.code, "%.300s: %.600s", what, text);
	free(text);
	f->closed = p->q->conn->dead = true;
}

/* The end of what DATA has begun. */
static int
final_dot(struct conn *c, struct err *e)
{
	trace_line(c->trace, TRACE_LINES, '>', ".", 1);
	return conn_write(c, ".\r\n", 3, e);
}

/* 354: now the octets, and behind the final dot the next envelope may go out at once. */
static int
go_ahead(struct smtp_flight *f, struct smtp_job *job, struct err *e)
{
	struct cmdq *q = f->p->q;
	int rc;

	f->data_open = false;
	f->putting++;
	f->in_step = true;
	if (job->astray) { /* it would take a lone dot for an empty message */
		close_now(f, EX_PROTOCOL, "DATA was accepted behind a refused MAIL");
		*e = f->lost;
		return -1;
	}
	if (!smtp_wanted(job)) {
		/* RFC 2920, section 3.1: a lone dot, for a DATA that should have been refused. */
		cmdq_put_data(q, TAG_LONE_DOT, "DATA", f->data_wait);
		return final_dot(q->conn, e);
	}
	cmdq_put_data(q, TAG_END, "DATA", f->data_wait);
	rc = smtp_say_octets(f, job, true, true, e);
	if (rc == 0)
		rc = final_dot(q->conn, e);
	if (job->complete)
		job->complete_at = smtp_queued(q->conn);
	return rc == 1 ? 0 : rc;
}

/* The reply behind the data, or one of them (LMTP): *decided when it was the last. */
static int
heard_end(struct smtp_flight *f, struct smtp_job *job, int tag, bool *decided, struct err *e)
{
	struct smtp *p = f->p;
	const char *command = tag == TAG_BDAT ? "BDAT" : "DATA";

	*decided = true;
	if (!job->complete) {
		/* A transfer that was broken off cannot be resumed: the rest would be commands. */
		if (p->reply.code < 400) {
			close_now(f, EX_PROTOCOL, "success before the end of the message");
			*e = f->lost;
			return -1;
		}
		smtp_job_refused(job, &p->reply, command);
		close_now(f, EX_TEMPFAIL, "closed after a refusal in the middle of a message");
	} else if (p->lmtp && job->accepted > 0) {
		smtp_job_recipient(job, job->reported++, &p->reply, command);
		*decided = job->reported == job->accepted;
		if (!*decided)
			cmdq_owe_again(p->q, tag);
	} else {
		smtp_job_end(job, &p->reply, command);
	}
	return 0;
}

/*
 * RCPT accepted behind a refused MAIL: under whose name does the server take them, and the message? If that
 * has left already, nobody knows; else it must not leave.
 */
static int
heard_rcpt(struct smtp_flight *f, struct smtp_job *job, struct err *e)
{
	job->astray = job->astray || (job->mail_refused && f->p->reply.code / 100 == 2);
	if (!job->astray || !job->complete) {
		smtp_job_rcpt(job, job->answered - 1, &f->p->reply);
		return 0;
	}
	job->mail_refused = false;
	if (job->why != NULL)
		err_clear(job->why);
	smtp_job_rcpt(job, job->answered - 1, &f->p->reply);
	close_now(f, EX_PROTOCOL, "RCPT was accepted behind a refused MAIL");
	*e = f->lost;
	return -1;
}

static int
heard(struct smtp_flight *f, struct smtp_job *job, int tag, bool *decided, struct err *e)
{
	const struct reply *r = &f->p->reply;
	int rc = 0;

	switch (tag) {
	case TAG_MAIL:
		smtp_job_mail(job, r);
		/* The server may execute the octets of the BDAT that was sent: later replies mean nothing. */
		if (r->code == 530 && job->complete)
			close_now(f, EX_NOPERM, "MAIL");
		break;
	case TAG_RCPT: rc = heard_rcpt(f, job, e); break;
	case TAG_DATA:
		if (r->code == 354 && f->lost.status == 0)
			return go_ahead(f, job, e);
		f->data_open = false;
		f->putting++;
		smtp_job_refused(job, r, "DATA");
		*decided = true;
		break;
	case TAG_LONE_DOT: *decided = true; break;
	case TAG_END:
	case TAG_BDAT: rc = heard_end(f, job, tag, decided, e); break;
	default: break;
	}
	job->answered++;
	return rc;
}

static struct smtp_job *
shift(struct smtp_flight *f)
{
	struct smtp_job *job = smtp_nth(f, 0);

	f->first = (f->first + 1) & (f->size - 1);
	f->count--;
	return job;
}

/*
 * Take the first job out of the flight: its fate is decided, unless those that were put off go on from
 * here; then NULL.
 */
static struct smtp_job *
take_first(struct smtp_flight *f)
{
	struct smtp_job *job = shift(f);
	bool due = smtp_rest_is_due(job) && !f->closed && f->lost.status == 0;

	f->putting--;
	if (!due)
		smtp_job_decide(job);
	/* If the next one is under way it has seen to that itself. */
	if (f->count == 0 || smtp_nth(f, 0)->put == 0)
		f->p->open = job->fate == SMTP_REFUSED || job->fate == SMTP_LATER;
	job = smtp_rest_settle(job);
	job->more = due;
	if (due && !f->last) {
		smtp_flight_put(f, job);
		return NULL;
	}
	smtp_job_decide(job);
	return job;
}

/* The replies to put_probe: a refusal each, if the octets of the first chunk were discarded. */
static void
heard_probe(struct smtp *p, int tag)
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

/* Read one reply and see what it means. */
static int
hear(struct smtp_flight *f, bool *decided, struct err *e)
{
	struct smtp *p = f->p;
	int tag, rc = 0;

	if (cmdq_reply(p->q, &p->reply, &tag, e) == -1)
		return -1;
	if (tag == TAG_RSET && p->reply.code / 100 != 2 && p->reply.code != 421 &&
		p->reply.code != 530) {
		/* No server refuses RSET, except for want of TLS or a login: this replies to something else. */
		close_now(f, EX_PROTOCOL, "RSET");
		*e = f->lost;
		return -1;
	}
	if (tag == TAG_PROBE || tag == TAG_MARK)
		heard_probe(p, tag);
	else if (tag != TAG_RSET && f->count > 0)
		rc = heard(f, smtp_nth(f, 0), tag, decided, e);
	if (rc == 0 && p->reply.code == 421 && !f->closed)
		close_now(f, EX_TEMPFAIL, cmdq_answered(p->q));
	return rc;
}

/* Is there nothing more to be heard, once nothing more can be said? */
static bool
is_over(const struct smtp_flight *f)
{
	const struct smtp_job *job = f->count > 0 ? smtp_nth(f, 0) : NULL;

	if (f->lost.status == 0)
		return false;
	if (f->closed || cmdq_owed(f->p->q) == 0)
		return true;
	/* Its input failed midway: to that the server will say nothing. */
	return job != NULL && job->broken && smtp_all_answered(job) && !f->p->q->conn->dead;
}

int
smtp_flight_step(struct smtp_flight *f, struct smtp_job **done, struct err *e)
{
	bool decided = false;

	*done = NULL;
	smtp_say(f);
	if (f->count > 0 && smtp_nth(f, 0)->given_up) {
		*done = take_first(f);
		return 0;
	}
	if (is_over(f)) {
		f->p->q->conn->dead = true;
		*e = f->lost;
		return -1;
	}
	if (cmdq_owed(f->p->q) == 0)
		return 0;
	if (hear(f, &decided, e) == -1) {
		if (f->lost.status == 0)
			smtp_say_no_more(f, e);
		*e = f->lost;
		return f->p->q->conn->dead ? -1
					   : 0; /* alive: an input failed, is_over sees to it */
	}
	if (decided)
		*done = take_first(f);
	return 0;
}

struct smtp_job *
smtp_flight_abandon(struct smtp_flight *f, const struct err *e)
{
	struct smtp_job *job;

	if (f->count == 0)
		return NULL;
	job = shift(f);
	f->putting -= f->putting > 0 ? 1 : 0;
	if (job->mail_refused || (smtp_all_answered(job) && !smtp_wanted(job)))
		smtp_job_decide(job);
	else
		/* Octets still queued here never left. A server that said 421 did nothing more. */
		smtp_job_abandon(job, e,
			job->complete && job->complete_at <= f->p->q->conn->octets_out &&
				(!f->closed || f->lost.status == EX_PROTOCOL));
	job = smtp_rest_settle(job);
	if (job->fate == SMTP_PENDING)
		smtp_job_decide(job);
	return job;
}
