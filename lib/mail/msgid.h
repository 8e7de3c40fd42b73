/* msgid: message identifiers (RFC 5322, section 3.6.4; RFC 3977, section 3.6). */
#ifndef MAIL_MSGID_H
#define MAIL_MSGID_H

#include <stddef.h>
#include <time.h>

#include "base/buf.h"

struct err;

#define MSGID_MAX 250

/*
 * Append a new message-id, "<time.random@host>". From host only letters, digits, dots and hyphens are used, at most 200
 * octets; if none are left, "localhost".
 */
void msgid_make(time_t now, const char *host, struct buf *out);

/*
 * Check that s can be sent as a message-id in an NNTP command (RFC 3977, section 3.6): in <>, 3 to 250 octets,
 * printable ASCII without blanks and without another >. EX_DATAERR.
 */
int msgid_check(const char *s, struct err *e);

#endif
