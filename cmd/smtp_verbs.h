/* smtp_verbs: the run functions of the smtp verb rows, one file a family. */
#ifndef CMD_SMTP_VERBS_H
#define CMD_SMTP_VERBS_H

#include "base/err.h"
#include "cmd/session.h"
#include "cmd/verb.h"

typedef int smtp_verb(struct session *s, const struct args *a, struct err *e);

/* smtp_server.c: the server itself, and single commands */
smtp_verb smtp_ehlo_run, smtp_helo_run, smtp_info_run, smtp_has_run, smtp_vrfy_run, smtp_expn_run,
	smtp_help_run, smtp_noop_run, smtp_rset_run, smtp_cmd_run;

/* smtp_steps.c: a message in single steps */
smtp_verb smtp_mail_run, smtp_rcpt_run, smtp_data_run;

/* smtp_send.c, smtp_flush.c */
smtp_verb smtp_send_run, smtp_flush_run;

/* Does `send` read its message from stdin? */
bool smtp_send_reads_stdin(const struct args *a);

extern const struct opt smtp_send_opts[];

/* sendmail.c: keys of the section [sendmail] that are not options of `send`. */
extern const struct opt sendmail_keys[];

/* sendmail_queue.c: the spool as a queue (-bp, -q); sendmail_dialogue.c: -bs. */
smtp_verb sendmail_list_run, sendmail_flush_run, sendmail_dialogue_run;

#endif
