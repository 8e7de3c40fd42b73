/* smtp_step: the data of a message whose MAIL and RCPTs were sent one by one. */
#ifndef PROTO_SMTP_STEP_H
#define PROTO_SMTP_STEP_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/smtp.h"
#include "store/input.h"

/*
 * Send what `in` holds, without its Bcc fields, and read the reply; in LMTP one for each of p->accepted
 * recipients. BDAT is used where the connection has shown that it may be (enum smtp_bdat), or where MAIL had
 * BODY=BINARYMIME; but without a recipient known to be accepted DATA, so that the server decides before any octet
 * is sent. wait: ms for a reply behind the data. *code and text tell the last
 * reply and all of them, joined by LF; *code is 0 if none came. In LMTP EX_NO: some were refused.
 * Errors as smtp_refused; EX_UNAVAILABLE before the data where the server lacks what the message
 * needs; EX_TEMPFAIL "may have been delivered"; EX_IOERR, and a dead connection.
 */
int smtp_step_data(
	struct smtp *p, struct input *in, int64_t wait, int *code, struct buf *text, struct err *e);

#endif
