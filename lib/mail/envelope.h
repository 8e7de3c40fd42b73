/*
 * envelope: sender and recipients out of a header (RFC 5322, sections 3.6.2, 3.6.3 and 3.6.6).
 *
 * The sender is the mailbox in Sender, else the first in From; the recipients stand in To, Cc and
 * Bcc. If the header has Resent- fields, Resent-Sender, Resent-From, Resent-To, Resent-Cc and
 * Resent-Bcc count instead. Within one block of them each name may stand once, so a name that stands
 * twice means that the message was resent twice, and nobody can tell which block is meant: an error.
 */
#ifndef MAIL_ENVELOPE_H
#define MAIL_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/addrs.h"

struct err;

/* What is wanted of the header. */
enum {
	ENVELOPE_FROM = 1,
	ENVELOPE_RCPTS = 2,
};

/* `struct envelope v = {0};` is empty; the strings are its own. */
struct envelope {
	char *from; /* NULL: not read */
	struct addrs rcpts;
};

/*
 * Read what is wanted from the n octets of a header (LF or CRLF line ends). Recipients are added to
 * those in v, and duplicates removed; v->from is replaced. EX_DATAERR when there is no sender, no
 * recipient (in v neither), a field that cannot be read (its name stands in front of the text), or
 * several Resent- blocks; v stays fit for envelope_free. With nothing wanted nothing can be wrong.
 */
int envelope_read(struct envelope *v, const char *header, size_t n, unsigned wanted, struct err *e);

/* Free both; the envelope is empty then. */
void envelope_free(struct envelope *v);

#endif
