#include "proto/smtp_job.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proto/smtp_rest.h"

const struct err *
smtp_job_why(const struct smtp_job *job)
{
	static const struct err none;

	return job->why != NULL ? job->why : &none;
}

struct err *
smtp_job_blame(struct smtp_job *job)
{
	/* An error has room for a long text, and of the jobs there may be thousands. */
	if (job->why == NULL)
		job->why = mem_zalloc(sizeof *job->why);
	return job->why;
}

static bool
is_blamed(const struct smtp_job *job)
{
	return smtp_job_why(job)->status != 0;
}

/* Lines joined by LF as one line; the caller frees. */
static char *
one_line(const char *text)
{
	char *line = mem_strdup(text);

	for (char *p = line; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	return line;
}

/* The reply that stands for the message, unless a later one does. */
static void
note(struct smtp_job *job, const struct reply *r, const char *command)
{
	job->command = command;
	job->code = r->code;
	buf_clear(&job->text);
	buf_add(&job->text, r->text.data, r->text.len);
}

/* It is also the reason why the message was refused. */
static void
blame(struct smtp_job *job, const struct reply *r, const char *command)
{
	char *line = one_line(buf_str(&r->text));

	note(job, r, command);
	err_code(smtp_job_blame(job), smtp_class(r->code), r->code, "%s: %.800s", command, line);
	free(line);
}

static void
note_recipient(struct smtp_rcpt *rcpt, const struct reply *r)
{
	rcpt->code = r->code;
	free(rcpt->text);
	rcpt->text = mem_strdup(buf_str(&r->text));
}

void
smtp_job_mail(struct smtp_job *job, const struct reply *r)
{
	job->mail_refused = r->code / 100 != 2;
	if (job->mail_refused)
		blame(job, r, "MAIL");
}

void
smtp_job_rcpt(struct smtp_job *job, size_t i, const struct reply *r)
{
	struct smtp_rcpt *rcpt = &job->rcpt[i];

	/* Behind a refused MAIL the server's complaints about RCPT say nothing of the recipient. */
	if (job->mail_refused)
		return;
	note_recipient(rcpt, r);
	rcpt->taken = rcpt->accepted = r->code / 100 == 2;
	rcpt->put_off = !job->all_or_none && job->accepted > 0 && smtp_rest_too_many(r);
	job->accepted += rcpt->taken ? 1 : 0;
	job->put_off += rcpt->put_off ? 1 : 0;
}

void
smtp_job_refused(struct smtp_job *job, const struct reply *r, const char *command)
{
	for (size_t i = 0; i < job->nrcpt; i++)
		job->rcpt[i].taken = false;
	/* Behind a refused MAIL, or where every RCPT was refused, this only follows from that. */
	if (!job->mail_refused && job->accepted > 0)
		blame(job, r, command);
}

void
smtp_job_end(struct smtp_job *job, const struct reply *r, const char *command)
{
	if (r->code / 100 != 2)
		smtp_job_refused(job, r, command);
	else if (job->accepted > 0)
		note(job, r, command);
}

/* The i-th of the recipients that RCPT accepted, in the order of their RCPTs. */
static struct smtp_rcpt *
accepted_rcpt(struct smtp_job *job, size_t i)
{
	for (size_t at = 0; at < job->nrcpt; at++)
		if (job->rcpt[at].accepted && i-- == 0)
			return &job->rcpt[at];
	return NULL;
}

void
smtp_job_recipient(struct smtp_job *job, size_t i, const struct reply *r, const char *command)
{
	struct smtp_rcpt *rcpt = accepted_rcpt(job, i);

	if (rcpt != NULL) {
		note_recipient(rcpt, r);
		rcpt->taken = r->code / 100 == 2;
	}
	note(job, r, command);
}

/* The refusal of a recipient that stands for all; NULL: there is none. It becomes the reply that counts. */
static const struct smtp_rcpt *
note_worst(struct smtp_job *job)
{
	const struct smtp_rcpt *worst = NULL;

	for (size_t i = 0; i < job->nrcpt; i++) {
		const struct smtp_rcpt *r = &job->rcpt[i];

		if (r->taken || r->code == 0)
			continue;
		/* 75 if any refusal was for now: then trying again is worth it. */
		if (worst == NULL || (r->code < 500 && worst->code >= 500))
			worst = r;
	}
	if (worst == NULL)
		return NULL;
	job->command = worst->accepted && job->command != NULL ? job->command : "RCPT";
	job->code = worst->code;
	buf_clear(&job->text);
	buf_adds(&job->text, worst->text);
	return worst;
}

/* Nobody took it, and MAIL and the data were not refused as such: what the recipients' replies say. */
static void
blame_recipients(struct smtp_job *job)
{
	const struct smtp_rcpt *worst = note_worst(job);
	char *line;

	if (worst == NULL)
		return;
	line = one_line(worst->text);
	err_code(smtp_job_blame(job),
		worst->code < 500 || worst->code == 530 ? smtp_class(worst->code) : EX_NOUSER,
		worst->code, "%.300s: %.600s", worst->addr, line);
	free(line);
}

/*
 * What a reason comes to for a message that nobody has. A login that is wanted and a broken protocol
 * say nothing of the message itself.
 */
static enum smtp_fate
fate_of(const struct err *why)
{
	bool for_good = why->code >= 500 && why->status != EX_TEMPFAIL && why->status != EX_NOPERM;

	return for_good ? SMTP_REFUSED : SMTP_LATER;
}

static void
set_unknown(struct smtp_job *job, const char *cause)
{
	char *text = mem_strdup(cause); /* which may be the text that is there */

	err_set(smtp_job_blame(job), EX_TEMPFAIL, "%.900s: may have been delivered", text);
	free(text);
	job->fate = SMTP_UNKNOWN;
}

/* Was the end of the data, or one recipient behind it (LMTP), answered by what is neither yes nor no? */
static bool
answered_oddly(const struct smtp_job *job)
{
	if (!job->complete)
		return false;
	if (is_blamed(job))
		return job->why->status == EX_PROTOCOL && job->accepted > 0;
	for (size_t i = 0; i < job->nrcpt; i++)
		if (job->rcpt[i].accepted && job->rcpt[i].code / 100 == 3)
			return true;
	return false;
}

void
smtp_job_decide(struct smtp_job *job)
{
	size_t taken = 0;

	if (job->fate == SMTP_UNKNOWN)
		return;
	if (answered_oddly(job)) {
		if (!is_blamed(job))
			blame_recipients(job);
		set_unknown(job, smtp_job_why(job)->text);
		return;
	}
	for (size_t i = 0; i < job->nrcpt; i++)
		taken += job->rcpt[i].taken ? 1 : 0;
	if (!is_blamed(job) && taken == job->nrcpt) {
		job->fate = SMTP_DELIVERED;
		return;
	}
	if (job->all_or_none && !job->complete)
		taken = 0;
	if (!is_blamed(job) && taken > 0) {
		(void)note_worst(job);
		job->fate = SMTP_PARTLY;
		return;
	}
	if (!is_blamed(job))
		blame_recipients(job);
	if (!is_blamed(job))
		err_set(smtp_job_blame(job), EX_PROTOCOL, "no recipient was answered for");
	for (size_t i = 0; i < job->nrcpt; i++)
		job->rcpt[i].taken = false;
	job->fate = fate_of(smtp_job_why(job));
}

/* Only those whose own reply came behind the data have it for certain (LMTP). */
static size_t
keep_reported(struct smtp_job *job)
{
	size_t seen = 0, taken = 0;

	for (size_t i = 0; i < job->nrcpt; i++) {
		struct smtp_rcpt *r = &job->rcpt[i];

		if (r->accepted && seen++ < job->reported)
			taken += r->taken ? 1 : 0;
		else
			r->taken = false;
	}
	return taken;
}

/* LMTP: 421 to one recipient is the answer to those behind him, too. */
static void
put_off_unreported(struct smtp_job *job)
{
	size_t seen = 0;

	for (size_t i = 0; i < job->nrcpt; i++) {
		struct smtp_rcpt *r = &job->rcpt[i];

		if (!r->accepted || seen++ < job->reported)
			continue;
		r->code = job->code;
		free(r->text);
		r->text = mem_strdup(buf_str(&job->text));
	}
}

void
smtp_job_abandon(struct smtp_job *job, const struct err *e, bool maybe)
{
	size_t taken = keep_reported(job);

	if (maybe) {
		set_unknown(job, e->status > EX_SIGNAL ? "interrupted" : e->text);
		return;
	}
	if (!is_blamed(job))
		*smtp_job_blame(job) = *e;
	if (job->reported > 0 && job->code == 421)
		put_off_unreported(job);
	job->fate = taken > 0 ? SMTP_PARTLY : fate_of(smtp_job_why(job));
}

void
smtp_job_doubt(struct smtp_job *job, const struct err *why)
{
	if (!job->complete || (job->alone && job->code >= 400 && why->code / 100 != 2))
		return;
	for (size_t i = 0; i < job->nrcpt; i++) {
		struct smtp_rcpt *r = &job->rcpt[i];

		r->taken = false;
		r->code = 0;
		free(r->text);
		r->text = NULL;
	}
	job->more = false;
	job->command = NULL;
	job->code = 0;
	buf_clear(&job->text);
	set_unknown(job, why->text);
}

void
smtp_job_clear(struct smtp_job *job)
{
	for (size_t i = 0; i < job->nrcpt; i++) {
		free(job->rcpt[i].text);
		job->rcpt[i].text = NULL;
	}
	buf_free(&job->text);
	free(job->why);
	job->why = NULL;
}
