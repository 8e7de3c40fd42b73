/* msgid: message identifiers (RFC 5322, section 3.6.4; RFC 3977, section 3.6). */
#ifndef MAIL_MSGID_H
#define MAIL_MSGID_H

#include <stddef.h>
#include <time.h>

#include "base/buf.h"

struct err;

#define MSGID_MAX 250

/*
 * Append a new Message-ID, "<time.random@host>". Of host, only letters, digits, dots and hyphens are
 * taken, at most 200; without any it is "localhost".
 */
void msgid_make(time_t now, const char *host, struct buf *out);

/*
 * Is s a message-id that may stand in an NNTP command? In <>, 3 to 250 octets, printable ASCII
 * without blank, and no further >; EX_DATAERR if not.
 */
int msgid_check(const char *s, struct err *e);

#endif
