/* smtp_run: what the smtp verbs share. */
#ifndef CMD_SMTP_RUN_H
#define CMD_SMTP_RUN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/session.h"
#include "cmd/verb.h"
#include "proto/smtp.h"

#define SMTP_WHO "mailnet smtp"

static inline struct smtp *
smtp_of(const struct session *s)
{
	return s->c.proto;
}

/*
 * One command of n octets and its reply, noted for `done`. Only codes from 200 to 399 succeed; e is as
 * smtp_command has it.
 */
int smtp_one(struct session *s, const char *line, size_t n, struct err *e);

/* The same, and the reply goes to the output. */
int smtp_one_print(struct session *s, const char *line, size_t n, struct err *e);

/*
 * An address from the command line as it stands in <…>: checked, a pair of <> round it taken off.
 * *out borrows or points into *own, which the caller frees. "<>" is the null sender where null_ok.
 * EX_DATAERR.
 */
int smtp_address_arg(const char *word, bool null_ok, char **own, const char **out, struct err *e);

/* The values of an option that may be repeated (-M, -R): checked parameters; the caller frees the list. */
int smtp_params_arg(
	const struct args *a, const char *name, const char ***list, size_t *n, struct err *e);

/* $TMPDIR, or NULL; the wait for the reply behind the data in ms. */
const char *smtp_tmpdir(void);
int64_t smtp_data_wait(const struct options *o);

#endif
