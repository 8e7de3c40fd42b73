/*
 * crlf: convert the line ends of an outgoing message. LF, CRLF and bare CR become CRLF; with dot-stuffing a line that
 * starts with a dot gets another one (RFC 5321, section 4.5.2; RFC 3977, section 3.1.1).
 *
 * The filter is a sink that writes to another sink; the spans written may begin and end anywhere. Large spans that need
 * no change are passed on without copying, other octets through a bounded buffer.
 */
#ifndef MAIL_CRLF_H
#define MAIL_CRLF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sink.h"

struct err;

/* Size of the buffer, in octets. */
#define CRLF_BUFFER 65536

struct crlf {
	struct sink sink;
	uint64_t octets; /* so far, with CRLF and without added dots: as SIZE counts (RFC 1870) */
	uint64_t dots;   /* dots added so far */
	bool bol;        /* the next octet begins a line (also before the first octet) */

	/* private */
	struct sink *out;
	bool stuff, cr;
	struct buf held;
};

/*
 * Start a message. out: where the octets go, borrowed until crlf_finish; NULL: only count octets and dots (crlf_free is
 * not needed). stuff: add dots. Errors of writing are those of out. The counts are always exact; the output is complete
 * after crlf_finish.
 */
void crlf_init(struct crlf *x, struct sink *out, bool stuff);

/*
 * End the message: add CRLF if the last line lacks it, then ".CRLF" if dot is set (not counted in octets and dots), and
 * write the buffer. An empty message gets no CRLF.
 */
int crlf_finish(struct crlf *x, bool dot, struct err *e);

/* Free the buffer, also after an error. */
void crlf_free(struct crlf *x);

#endif
