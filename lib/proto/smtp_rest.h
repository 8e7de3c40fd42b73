/*
 * smtp_rest: recipients that were put off because they are too many for one transaction (RFC 5321,
 * section 4.5.3.1.10); the private half of smtp_send. They become a job of their own, the rest of the
 * caller's job, and what becomes of them is noted there.
 */
#ifndef PROTO_SMTP_REST_H
#define PROTO_SMTP_REST_H

#include <stdbool.h>

#include "proto/smtp_send.h"

/* Is the reply to a RCPT such a 452, or the 552 of RFC 821? Not if its enhanced code tells another story. */
bool smtp_rest_too_many(const struct reply *r);

/* As far as is known: will another transaction be worth it, since this one has taken somebody? */
static inline bool
smtp_rest_is_due(const struct smtp_job *job)
{
	return job->put_off > 0 && job->accepted > 0 && smtp_job_why(job)->status == 0;
}

/* May there be another transaction behind this one? A server that has put some off may do so again. */
static inline bool
smtp_rest_may_come(const struct smtp_job *job)
{
	return smtp_rest_is_due(job) || (job->of != NULL && job->answered <= job->nrcpt);
}

/* The job for those of `job` that were put off; it borrows all it holds. smtp_rest_settle or _free. */
struct smtp_job *smtp_rest_new(struct smtp_job *job);
void smtp_rest_free(struct smtp_job *rest);

/*
 * A job is over. If it is the rest of another one, its outcome goes there, and that one is returned;
 * else the job itself.
 */
struct smtp_job *smtp_rest_settle(struct smtp_job *job);

#endif
