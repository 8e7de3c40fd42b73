/*
 * eol: the line ends of an outgoing message. LF, CRLF and bare CR all become CRLF; with dot-stuffing
 * a line that starts with a dot gets one more (RFC 5321, section 4.5.2; RFC 3977, section 3.1.1).
 *
 * A sink in front of a sink: spans may be cut anywhere. What is right already passes on in the
 * caller's own spans, what must change goes through a bounded buffer.
 */
#ifndef MAIL_EOL_H
#define MAIL_EOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sink.h"

struct err;

/* What must change is handed on in pieces of so many octets. */
#define EOL_BUFFER 65536

struct eol {
	struct sink sink;
	uint64_t
		octets; /* in CRLF form so far, without the dots of dot-stuffing: what SIZE counts */
	uint64_t dots;  /* dots added so far */
	bool bol;       /* at the beginning of a line (also before the first octet) */

	/* private */
	struct sink *out;
	bool stuff, cr;
	struct buf held;
};

/*
 * Start. out is borrowed until eol_finish; NULL: nothing is written, only counted, and eol_free is
 * not needed. Errors of writing are those of out. What is counted is always exact; what was written
 * is complete after eol_finish.
 */
void eol_init(struct eol *x, struct sink *out, bool stuff);

/*
 * The end of the message: ends the last line if it has no end, adds ".CRLF" if dot is set (it counts
 * neither in octets nor in dots), and writes out what is still held. An empty message stays empty.
 */
int eol_finish(struct eol *x, bool dot, struct err *e);

/* Free the buffer, also after an error. */
void eol_free(struct eol *x);

#endif
