/*
 * smtp_receive: the receiving side of an SMTP dialogue (RFC 5321, section 4), for `sendmail -bs`: one command
 * line in, one reply out. It does no I/O: the caller reads lines and data and writes the replies.
 *
 *	smtp_receive_begin          the greeting
 *	smtp_receive_line           for each command line, until it returns RECEIVE_QUIT
 *	after RECEIVE_DATA          the caller reads the data and sends the message; then smtp_receive_outcome
 *
 * Extensions: PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531), DSN
 * (RFC 3461), ENHANCEDSTATUSCODES (RFC 2034). Neither AUTH nor STARTTLS: the peer is the user's own program.
 */
#ifndef PROTO_SMTP_RECEIVE_H
#define PROTO_SMTP_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "mail/addrs.h"

/* A longer command line is refused, in octets with its CR LF: RFC 5321 and its extensions need less. */
#define RECEIVE_LINE 2048
/* Further recipients of a message are refused with 452 (RFC 5321, section 4.5.3.1.10). */
#define RECEIVE_RCPTS 10000

enum receive_next {
	RECEIVE_LINE_NEXT, /* the reply is complete; read the next line */
	RECEIVE_DATA,      /* 354 is the reply; read data to the final dot */
	RECEIVE_QUIT       /* 221 or 421 is the reply; the dialogue is over */
};

struct smtp_receive {
	const char *host; /* this host's name in the greeting; borrowed */
	bool mail;        /* a transaction is open */
	char *from;       /* between the brackets; "" is the null sender */
	struct addrs rcpts;
	/* Parameters as the client gave them: "NOTIFY=NEVER". */
	struct addrs mail_params;  /* RET and ENVID: SIZE, BODY and SMTPUTF8 follow from the data */
	struct addrs *rcpt_params; /* of each recipient */
	bool utf8;                 /* SMTPUTF8 was given */
};

/* Start: `host` is borrowed; append the greeting to reply. End with smtp_receive_free. */
void smtp_receive_begin(struct smtp_receive *r, const char *host, struct buf *reply);

/* Take one command line of n octets, without its line end, and append the reply, with CR LF. */
enum receive_next smtp_receive_line(
	struct smtp_receive *r, const char *line, size_t n, struct buf *reply);

/*
 * The message was sent or not: append the reply with this code and text (one line or several, joined by LF; other
 * control characters become '?') and forget the transaction.
 */
void smtp_receive_end(struct smtp_receive *r, int code, const char *text, struct buf *reply);

/* The same for a message that was sent (why NULL), or was not; the code follows from why. */
void smtp_receive_outcome(struct smtp_receive *r, const struct err *why, struct buf *reply);

void smtp_receive_free(struct smtp_receive *r);

#endif
