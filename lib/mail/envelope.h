/*
 * envelope: read sender and recipients from a header (RFC 5322, sections 3.6.2, 3.6.3 and 3.6.6).
 *
 * The sender is the mailbox in Sender, else the first in From; the recipients are those in To, Cc and Bcc. If the
 * header has Resent- fields, Resent-Sender, Resent-From, Resent-To, Resent-Cc and Resent-Bcc are used instead. One
 * block of Resent- fields has each name at most once. So if a name occurs twice, the message was resent several times,
 * and the block to use is unknown: an error.
 */
#ifndef MAIL_ENVELOPE_H
#define MAIL_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/addrs.h"

struct err;

/* The parts of the envelope to read. */
enum {
	ENVELOPE_FROM = 1,
	ENVELOPE_RCPTS = 2,
};

/* `struct envelope v = {0};` is empty. The envelope owns its strings. */
struct envelope {
	char *from; /* NULL: not read */
	struct addrs rcpts;
};

/*
 * Read the wanted parts from the n octets of a header (LF or CRLF line ends). Recipients are added to those in v,
 * without duplicates; v->from is replaced. EX_DATAERR: no sender, no recipient (nor in v), a field with a syntax error
 * (the message begins with its name), or several Resent- blocks; then call envelope_free all the same. If wanted is 0
 * the header is not read.
 */
int envelope_read(struct envelope *v, const char *header, size_t n, unsigned wanted, struct err *e);

/* Free both; the envelope is empty then. */
void envelope_free(struct envelope *v);

#endif
