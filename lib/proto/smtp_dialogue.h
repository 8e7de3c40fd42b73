/*
 * smtp_dialogue: the server of an SMTP dialogue as a stream, for `sendmail -bs`: octets of the client in, replies out.
 * smtp_receive has the commands; here are lines, data (RFC 5321, section 4.5.2) and the outcome of each message.
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

/* The owner sets the first four, which are borrowed; the rest is zero. */
struct smtp_dialogue {
	void *context;
	const char *tmpdir; /* for data, as message_source_begin has it */
	/*
	 * Deliver a message (borrowed) with the envelope in r. -1 and EX_NO: it reached some recipients, which counts as
	 * accepted, since the client must not send it to them again; a status above EX_SIGNAL ends the dialogue.
	 */
	int (*deliver)(void *context, struct message_source *message, const struct smtp_receive *r,
		struct err *why);
	/* Send replies to the client, which may wait for them. -1: the dialogue ends with e. */
	int (*reply)(void *context, const char *p, size_t n, struct err *e);

	/* Private. */
	enum smtp_dialogue_state state;
	struct buf replies; /* not yet sent */
	struct smtp_receive receive;
	struct buf line; /* the start of a command line; in data, one line */
	struct message_source message;
	struct dot dot;
	bool bare; /* the client ends lines in LF alone */
};

/*
 * Greet with the name of this host, read what the client sends from fd, and reply, until QUIT or the end of the input.
 * Before each wait for input the replies are sent. name: of the input, for errors. Everything is freed at the end. -1:
 * EX_DATAERR if the input ends within a message; EX_IOERR, EX_CANTCREAT (the copy of the data), and errors of the calls.
 */
int smtp_dialogue_run(
	struct smtp_dialogue *d, int fd, const char *name, const char *host, struct err *e);

#endif
