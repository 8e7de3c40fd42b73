/*
 * smtp_dialogue: the server of an SMTP dialogue as a stream, for `sendmail -bs`: octets of the client in, replies out.
 * smtp_receive has the commands; here are lines, data (RFC 5321, section 4.5.2) and the outcome of each message. No
 * I/O: the owner reads, and writes the replies before it waits for more.
 *
 * Clients that write to a pipe end lines in CR LF or in LF. The line end of the DATA command shows which, so that for a
 * client with CR LF a dot between bare LFs does not end the message.
 */
#ifndef PROTO_SMTP_DIALOGUE_H
#define PROTO_SMTP_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/smtp_receive.h"
#include "store/message_source.h"
#include "wire/dot.h"

enum smtp_dialogue_state {
	SMTP_DIALOGUE_COMMAND, /* the next octets are a command line */
	SMTP_DIALOGUE_DATA,    /* they are the data of a message */
	SMTP_DIALOGUE_OVER,    /* QUIT was answered: input is ignored */
};

/* The owner sets the first three, which are borrowed; the rest is zero. */
struct smtp_dialogue {
	const char *tmpdir; /* for data, as message_source_begin has it */
	/*
	 * Deliver a message (borrowed) with the envelope in r. -1 and EX_NO: it reached some recipients, which counts as
	 * accepted, since the client must not send it to them again; a status above EX_SIGNAL ends the dialogue.
	 */
	int (*deliver)(void *context, struct message_source *message, const struct smtp_receive *r,
		struct err *why);
	void *context;

	enum smtp_dialogue_state state;
	struct buf replies; /* to be written and cleared by the owner */
	/* Private. */
	struct smtp_receive receive;
	struct buf line; /* the start of a command line; in data, one line */
	struct message_source message;
	struct dot dot;
	bool bare; /* the client ends lines in LF alone */
};

/* Begin with the greeting of this host, whose name is borrowed. End with smtp_dialogue_free. */
void smtp_dialogue_begin(struct smtp_dialogue *d, const char *host);

/*
 * The client has sent n octets, which are changed. Replies are appended to d->replies. -1: the error of the copy of
 * the data (EX_CANTCREAT, EX_IOERR), or of a `deliver` that ends the dialogue.
 */
int smtp_dialogue_feed(struct smtp_dialogue *d, char *p, size_t n, struct err *e);

void smtp_dialogue_free(struct smtp_dialogue *d);

#endif
