/*
 * scan: the first reading of an outgoing message: a sink for its raw octets (any line ends, spans cut
 * anywhere) that computes the facts that MAIL and the envelope need.
 *
 * The same code as in the second reading (mail/bcc, then mail/crlf) decides which octets are sent, so that the
 * announced size and the octets sent cannot differ.
 */
#ifndef MAIL_SCAN_H
#define MAIL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sink.h"
#include "mail/bcc.h"
#include "mail/crlf.h"

struct err;

/* Largest header that is kept, in octets (1 MiB). */
#define SCAN_HEADER_MAX 1048576

struct scan {
	struct sink sink;

	/* Valid after scan_finish. All fields except `header` describe the octets that are sent. */
	uint64_t octets;   /* in CRLF form, without dot-stuffing (RFC 1870, section 5) */
	bool has_header;   /* the message starts with a field */
	bool unended;      /* text follows the header directly: an empty line is added */
	bool header_8bit;  /* an octet above 127 in the header: SMTPUTF8 (RFC 6531) */
	bool body_8bit;    /* in the body: 8BITMIME (RFC 6152) */
	struct buf header; /* the fields as read, Bcc too, each line ended by LF; no empty line */
	bool header_cut; /* it is larger than SCAN_HEADER_MAX: the rest of it is not in `header` */

	/* private */
	struct bcc sent, read;
	struct crlf count;
	struct sink head, body, keep;
	bool cr;
};

/*
 * Start. dropped: the fields that are not sent, as for the second reading. The caller calls scan_free in any case. The
 * object must not move while in use.
 */
void scan_init(struct scan *s, enum bcc_fields dropped);

/* End the message. Always returns 0. */
int scan_finish(struct scan *s, struct err *e);

/* Free the header. */
void scan_free(struct scan *s);

#endif
