/*
 * dot: the decoder of dot-terminated blocks (RFC 3977, section 3.1.1; RFC 1939, section 3; RFC 5321,
 * section 4.5.2) as a state machine over spans: no line copies, no line limit unless asked for.
 *
 * Only CR LF "." CR LF ends a block; only a dot after CR LF is stuffing; bare CR and LF are data.
 */
#ifndef WIRE_DOT_H
#define WIRE_DOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sink.h"

enum dot_state { DOT_BOL, DOT_BOL_DOT, DOT_BOL_DOT_CR, DOT_TEXT, DOT_CR };

struct dot {
	enum dot_state state;
	bool lf;         /* CR LF becomes LF */
	size_t max_line; /* longer lines are EX_PROTOCOL; 0: no limit */
	size_t line;     /* octets of the line so far */
	uint64_t octets; /* content so far, every line end counted as CR LF */
};

/* Start a block. */
void dot_begin(struct dot *d, bool lf, size_t max_line);

/*
 * Decode up to n octets of p, in place, and hand the content on in one piece (after the octets that the call before has
 * held back). *used octets belong to the block. 1: the block has ended; 0: more is needed; -1: the error of the sink,
 * or EX_PROTOCOL for a line over the limit, with the octets before it handed on.
 */
int dot_decode(struct dot *d, char *p, size_t n, size_t *used, struct sink *to, struct err *e);

#endif
