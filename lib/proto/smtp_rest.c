#include "proto/smtp_rest.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

bool
smtp_rest_too_many(const struct reply *r)
{
	const char *last = strrchr(buf_str(&r->text), '\n'); /* the line whose code counts */
	const char *words = (last != NULL ? last + 1 : buf_str(&r->text)) + 3;

	if (r->code != 452 && r->code != 552)
		return false;
	words += *words != '\0';
	if (strlen(words) > 5 && (words[0] == '4' || words[0] == '5') && words[1] == '.')
		return strncmp(words + 1, ".5.3", 4) == 0;
	return r->code == 452; /* without more words a 552 is a full mailbox */
}

static int
feed_rest(struct smtp_job *rest, struct sink *to, bool stuffed, struct err *e)
{
	return rest->of->feed(rest->of, to, stuffed, e);
}

struct smtp_job *
smtp_rest_new(struct smtp_job *job)
{
	struct smtp_job *rest = mem_zalloc(sizeof *rest);

	*rest = (struct smtp_job){.from = job->from,
		.params = job->params,
		.rcpt = mem_zalloc(job->put_off * sizeof *rest->rcpt),
		.octets = job->octets,
		.feed = feed_rest,
		.of = job};
	for (size_t i = 0; i < job->nrcpt; i++)
		if (job->rcpt[i].put_off)
			rest->rcpt[rest->nrcpt++] = (struct smtp_rcpt){
				.addr = job->rcpt[i].addr, .params = job->rcpt[i].params};
	job->more = false;
	job->fate = SMTP_PENDING;
	if (job->why != NULL)
		err_clear(job->why);
	return rest;
}

void
smtp_rest_free(struct smtp_job *rest)
{
	smtp_job_clear(rest);
	free(rest->rcpt);
	free(rest);
}

/*
 * What became of one recipient. Where the server had no word for him, neither by name nor for the whole
 * message, it stays with his having been put off; but he may have the message.
 */
static void
settle_one(struct smtp_rcpt *r, struct smtp_rcpt *now, const struct smtp_job *rest)
{
	bool named = now->taken || now->code >= 400 || rest->fate == SMTP_UNKNOWN;
	bool refused = rest->accepted > 0 && !rest->mail_refused && rest->code >= 400;

	r->put_off = now->put_off;
	if (!named && !refused)
		return;
	r->code = named ? now->code : rest->code;
	r->taken = now->taken;
	r->accepted = now->accepted;
	free(r->text);
	r->text = named ? now->text : mem_strdup(buf_str(&rest->text));
	if (named)
		now->text = NULL;
}

struct smtp_job *
smtp_rest_settle(struct smtp_job *rest)
{
	struct smtp_job *job = rest->of;
	size_t at = 0;

	if (job == NULL)
		return rest;
	for (size_t i = 0; i < job->nrcpt; i++)
		if (job->rcpt[i].put_off)
			settle_one(&job->rcpt[i], &rest->rcpt[at++], rest);
	job->put_off = rest->put_off;
	if (rest->fate == SMTP_UNKNOWN) {
		job->fate = SMTP_UNKNOWN;
		*smtp_job_blame(job) = *smtp_job_why(rest);
	}
	smtp_rest_free(rest);
	return job;
}
