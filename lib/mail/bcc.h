/*
 * bcc: leave out the parts of a message that are not sent. A filter over the raw octets of a message (any line ends,
 * spans cut anywhere) that drops the fields Bcc and Resent-Bcc, and From if it is rewritten, from its header (any
 * case, folded, repeated, with white space before the colon) and mbox From_ lines (quoted ones too) before it; all
 * else passes octet for octet, except that a line before a dropped field which ends in a bare CR gets its LF.
 *
 * The header: fields (RFC 5322, section 2.2, with the obsolete white space before the colon) up to the first empty
 * line, or the first line that cannot be a field; in the second case an empty line is put before this line. If the
 * first line of a message is not a field, the message has no header. First lines "From ..." are dropped only when a
 * field follows: in a message without a header they are text.
 */
#ifndef MAIL_BCC_H
#define MAIL_BCC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sink.h"

struct err;

#define BCC_BUFFER 8192

/* The fields that are dropped. */
enum bcc_fields { BCC_NONE, BCC_ONLY, BCC_AND_FROM };

struct bcc {
	struct sink sink;
	bool has_header; /* a field was seen */
	bool in_body;    /* the header's end was passed */
	bool unended;    /* the header had no empty line after it: one was added */

	/* private */
	struct sink *head, *body;
	enum bcc_fields fields;
	bool drop, cr, from;
	int state;
	char last;        /* the last octet written */
	size_t held, len; /* octets in buf: decided up to `held`, undecided up to `len` */
	size_t name,
		name_end; /* the field name that is being read, from the start of the open octets */
	char buf[BCC_BUFFER];
};

/*
 * Start. The header (with its empty line) goes to head, the rest to body: two sinks or the same one twice,
 * borrowed; NULL: these octets are dropped. fields: the fields that are dropped; BCC_NONE for reading recipients.
 * Errors of writing are those of the sinks.
 */
void bcc_init(struct bcc *b, struct sink *head, struct sink *body, enum bcc_fields fields);

/* The end of the message: passes on what was still undecided. */
int bcc_finish(struct bcc *b, struct err *e);

#endif
