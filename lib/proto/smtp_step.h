/*
 * smtp_step: single commands, as a batch gives them (RFC 5321, sections 3.3 and 3.5): VRFY, EXPN, HELP, NOOP, RSET, and
 * a message in steps: MAIL, RCPT and its data.
 *
 * All read the reply into p->reply. Errors as smtp_refused; before anything is sent EX_UNAVAILABLE if the server lacks
 * an extension that the arguments need, and EX_DATAERR for an invalid domain, or CR, LF or NUL in an argument.
 */
#ifndef PROTO_SMTP_STEP_H
#define PROTO_SMTP_STEP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/smtp.h"
#include "proto/smtp_transaction.h"
#include "store/message_source.h"

/*
 * VRFY, EXPN, HELP, NOOP or RSET (in any case) with its argument, or NULL. EX_NO: the user or list of VRFY or EXPN does
 * not exist (550, 551, 553). A name that is not ASCII needs SMTPUTF8 (RFC 6531, section 3.7.4.2).
 */
int smtp_step(struct smtp *p, const char *command, const char *argument, struct err *e);

/*
 * The address is checked (addr_check) and has no brackets, "" is the null sender; n parameters are checked
 * (smtp_param_check). RCPT fails with EX_NOUSER if the refusal is permanent.
 */
int smtp_step_mail(
	struct smtp *p, const char *addr, const char *const *params, size_t n, struct err *e);
int smtp_step_rcpt(
	struct smtp *p, const char *addr, const char *const *params, size_t n, struct err *e);

/*
 * Send the content of `in`, without its Bcc fields, and read the reply; in LMTP one for each of p->accepted recipients.
 * BDAT is used if this connection has shown that BDAT is safe (enum smtp_bdat), or if MAIL had BODY=BINARYMIME. But if
 * no recipient is known to be accepted, DATA is used, so that the server decides before any octet is sent. wait:
 * milliseconds for a reply after the data. In LMTP EX_NO: some recipients were refused. EX_UNAVAILABLE also for a
 * message that is too large; EX_TEMPFAIL "may have been delivered"; EX_IOERR, and a dead connection. The caller frees
 * result->text.
 */
struct smtp_step_result {
	enum smtp_outcome outcome; /* SMTP_PENDING: nothing of the message was sent */
	int code;                  /* of the last reply, 0: none came */
	struct buf text;           /* all replies, joined by LF */
	uint64_t octets;           /* of the message as it is sent */
};
int smtp_step_data(struct smtp *p, struct message_source *in, int64_t wait,
	struct smtp_step_result *result, struct err *e);

#endif
