/*
 * smtp_content: the octets of a message on their way to the server. A sink: it counts them against what was
 * announced (RFC 1870; RFC 3030, section 2), and may listen for an early refusal.
 */
#ifndef PROTO_SMTP_CONTENT_H
#define PROTO_SMTP_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sink.h"

struct conn;
struct err;

struct smtp_content {
	struct sink sink;
	struct conn *conn;
	uint64_t octets, left;       /* announced; still to come (without stuffing) */
	uint64_t unheard;            /* octets since we last listened */
	bool stuffed, listen, heard; /* heard: the server has answered */
	bool bol;
};

/*
 * Start: octets are announced, in CRLF form without the dots of stuffing; c is borrowed. listen: what the
 * server says before the end ends the writing with EX_TEMPFAIL, and `heard` is set. Other errors of
 * writing: EX_IOERR where there is more than was announced, and those of the connection.
 */
void smtp_content_init(
	struct smtp_content *x, struct conn *c, uint64_t octets, bool stuffed, bool listen);

/* Were they as many as announced? EX_IOERR if the input has changed since it was first read. */
int smtp_content_end(struct smtp_content *x, struct err *e);

#endif
