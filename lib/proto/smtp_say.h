/*
 * smtp_say: what goes out for the jobs of a flight, and when; the private half of smtp_send.
 */
#ifndef PROTO_SMTP_SAY_H
#define PROTO_SMTP_SAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/smtp_send.h"

/* What a reply answers. */
enum {
	TAG_MAIL = 1,
	TAG_RCPT,
	TAG_DATA,
	TAG_END,
	TAG_BDAT,
	TAG_LONE_DOT,
	TAG_RSET,
	TAG_PROBE,
	TAG_MARK
};

/* The i-th job in the flight. */
static inline struct smtp_job *
smtp_nth(const struct smtp_flight *f, size_t i)
{
	return f->job[(f->first + i) & (f->size - 1)];
}

/* Is every RCPT answered? And then: is there anybody to send it to? */
static inline bool
smtp_all_answered(const struct smtp_job *job)
{
	return job->answered > job->nrcpt;
}

static inline bool
smtp_wanted(const struct smtp_job *job)
{
	return job->accepted > 0 && (!job->all_or_none || job->accepted == job->nrcpt);
}

/* The count of octets that have left when all that is queued now has. */
static inline uint64_t
smtp_queued(const struct conn *c)
{
	return c->octets_out + (c->out.len - c->sent);
}

/* Queue what there is room for; a failure is noted in f->lost. */
void smtp_say(struct smtp_flight *f);

/* From now on nothing is said, because of e. What the server has said is still heard. */
void smtp_say_no_more(struct smtp_flight *f, const struct err *e);

/*
 * Write the message. listen: a reply before its end is a refusal. 0; 1: the server has answered
 * before its end, which stops it; -1. What it said before the connection was lost is such an answer.
 */
int smtp_say_octets(
	struct smtp_flight *f, struct smtp_job *job, bool stuffed, bool listen, struct err *e);

#endif
