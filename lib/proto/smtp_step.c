#include "proto/smtp_step.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proto/smtp_message.h"

/* A job whose MAIL and RCPTs are behind it. */
static void
make_job(struct smtp_message *m, size_t accepted, bool binary)
{
	struct smtp_job *job = &m->job;

	job->octets = m->octets;
	job->params = binary ? "BODY=BINARYMIME" : NULL;
	job->feed = smtp_message_feed;
	/* If no recipient is known to be accepted, the server's reply to DATA decides. */
	job->nrcpt = job->accepted = accepted != 0 ? accepted : 1;
	job->put = job->answered = job->nrcpt + 1;
	job->waits = true;
	job->rcpt = mem_zalloc(job->nrcpt * sizeof *job->rcpt);
	for (size_t i = 0; i < job->nrcpt; i++) {
		job->rcpt[i].addr = "DATA";
		job->rcpt[i].taken = job->rcpt[i].accepted = true;
	}
}

static int
run(struct smtp *p, struct smtp_job *job, int64_t wait, struct err *e)
{
	struct smtp_flight f;
	struct smtp_job *done = NULL;
	int rc = 0;

	smtp_flight_init(&f, p, wait);
	smtp_flight_put(&f, job);
	while (rc == 0 && !smtp_flight_empty(&f))
		rc = smtp_flight_step(&f, &done, e);
	if (rc == -1 && !smtp_flight_empty(&f))
		smtp_flight_abandon(&f, e);
	else if (cmdq_owed(p->q) == 0 && cmdq_unasked(p->q, e) == -1)
		smtp_job_doubt(job, e);
	smtp_flight_free(&f);
	return rc;
}

/* What the server said: in LMTP about one recipient after the other. */
static void
tell(const struct smtp *p, const struct smtp_job *job, int *code, struct buf *text)
{
	*code = job->code;
	for (size_t i = 0; p->lmtp && i < job->nrcpt; i++) {
		if (job->rcpt[i].text == NULL)
			continue;
		if (text->len != 0)
			buf_addc(text, '\n');
		buf_adds(text, job->rcpt[i].text);
	}
	if (text->len == 0)
		buf_add(text, job->text.data, job->text.len);
}

int
smtp_step_data(
	struct smtp *p, struct input *in, int64_t wait, int *code, struct buf *text, struct err *e)
{
	struct addrs nobody = {0};
	struct smtp_terms terms = {.from = "", .rcpts = &nobody};
	struct smtp_message m;
	int rc;

	addrs_add(&nobody, "nobody", 6); /* the envelope is the server's business already */
	rc = smtp_message_read(&m, in, 0, &terms, e);
	addrs_free(&nobody);
	if (rc == 0)
		rc = smtp_message_check(&m, &p->caps, e);
	if (rc == 0) {
		bool chunking = p->caps.chunking;

		make_job(&m, p->accepted, p->binary);
		p->caps.chunking = chunking && p->accepted > 0;
		(void)run(p, &m.job, wait, e);
		p->caps.chunking = chunking;
		tell(p, &m.job, code, text);
		p->accepted = 0;
		if (m.job.fate == SMTP_PARTLY)
			rc = err_set(e, EX_NO, "DATA: refused for some recipients");
		else if (m.job.fate != SMTP_DELIVERED) {
			*e = *smtp_job_why(&m.job);
			rc = -1;
		}
	}
	smtp_message_free(&m);
	return rc;
}
