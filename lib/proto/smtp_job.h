/* smtp_job: what replies mean for one message; the private half of smtp_send. */
#ifndef PROTO_SMTP_JOB_H
#define PROTO_SMTP_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/smtp_send.h"

/* The reply to MAIL. */
void smtp_job_mail(struct smtp_job *job, const struct reply *r);

/* The reply to the i-th RCPT. */
void smtp_job_rcpt(struct smtp_job *job, size_t i, const struct reply *r);

/* DATA or BDAT was refused, or the final reply came: for all recipients. */
void smtp_job_refused(struct smtp_job *job, const struct reply *r, const char *command);
void smtp_job_end(struct smtp_job *job, const struct reply *r, const char *command);

/* LMTP: the i-th reply behind the data, about the i-th accepted recipient (RFC 2033, section 4.2). */
void smtp_job_recipient(struct smtp_job *job, size_t i, const struct reply *r, const char *command);

/* All replies are there: set the fate. */
void smtp_job_decide(struct smtp_job *job);

/* The connection was lost with e: set the fate. maybe: the last octet had left. */
void smtp_job_abandon(struct smtp_job *job, const struct err *e, bool maybe);

#endif
