/*
 * send: functions that `send`, `flush` and the sendmail applet share: the choice of the account and the sending of a
 * received message (send.c), and reports of sent messages (report.c).
 */
#ifndef CMD_SMTP_SEND_H
#define CMD_SMTP_SEND_H

#include "base/err.h"
#include "cmd/session.h"
#include "job/outbox.h"
#include "proto/smtp_receive.h"

/*
 * Let the sender choose the account, and open the log that the account names. No connection may be open. Errors of
 * settings_choose and run_open_log.
 */
int smtp_choose_account(struct session *s, const char *from, struct err *e);

/* Call this before outbox_send: it begins the progress. A session that may connect again keeps the right to connect. */
void smtp_begin(struct session *s, const struct outbox_message *list);

/* Report one message: its record, and lines on stderr for refused recipients. Errors are those of the output. */
int smtp_report(
	struct session *s, const struct outbox_message *o, enum smtp_refusals which, struct err *e);

/*
 * Print only the lines for refused recipients. If the only recipient was refused, the refusal is the error itself, and
 * nothing is printed.
 */
void smtp_print_refusals(const struct outbox_message *o, enum smtp_refusals which);

/*
 * Log the message. spool: the directory that it is stored in now; NULL: none. why: the reason, if it was not delivered;
 * exit_status: what it contributes to the exit status.
 */
void smtp_log(const struct session *s, const struct outbox_message *o, const char *spool,
	const struct err *why, int exit_status);

/*
 * Send the message of a dialogue with its envelope; with in and r NULL: those of the arguments. Errors are those of
 * `send`: EX_NO if only some recipients were accepted; a message that was stored is success.
 */
int smtp_send_received(struct session *s, const struct args *a, struct message_source *in,
	const struct smtp_receive *r, struct err *e);

#endif
