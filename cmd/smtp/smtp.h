/* smtp: the rows of the smtp verbs, and functions that they share. */
#ifndef CMD_SMTP_SMTP_H
#define CMD_SMTP_SMTP_H

#include "base/buf.h"
#include "base/err.h"
#include "cmd/session.h"
#include "cmd/verb.h"
#include "proto/smtp.h"

static inline struct smtp *
smtp_of(const struct session *s)
{
	return s->c.proto;
}

extern const struct verb smtp_cmd_verb, smtp_data_verb, smtp_ehlo_verb, smtp_expn_verb,
	smtp_flush_verb, smtp_has_verb, smtp_helo_verb, smtp_help_verb, smtp_info_verb,
	smtp_mail_verb, smtp_noop_verb, smtp_rcpt_verb, smtp_rset_verb, smtp_send_verb,
	smtp_vrfy_verb;

/* The options of `send` in the sendmail applet: the keys of its section, which are no options elsewhere, come first. */
extern const struct opt sendmail_send_opts[];
/* The options of `smtp send`: the same without those keys. */
extern const struct opt *const smtp_send_opts;

/* For the sendmail applet: the functions of two rows. */
int smtp_send_run(struct session *s, const struct args *a, struct err *e);
bool smtp_send_reads_stdin(const struct args *a);
int smtp_flush_run(struct session *s, const struct args *a, struct err *e);

/* The verbs of sendmail: the spool as a queue (-bp, -q; queue.c), and a dialogue (-bs; dialogue.c). */
int sendmail_list_run(struct session *s, const struct args *a, struct err *e);
int sendmail_flush_run(struct session *s, const struct args *a, struct err *e);
int sendmail_dialogue_run(struct session *s, const struct args *a, struct err *e);

/*
 * A command returned rc and e: note its reply, if one was read, for the done record, and print the reply if rc is 0.
 * Returns -1 if rc is -1, or printing fails.
 */
int smtp_reply_print(struct session *s, int rc, struct err *e);

#endif
