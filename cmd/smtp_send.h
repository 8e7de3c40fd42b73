/*
 * smtp_send: messages from the command line, and what became of them. `send`, `flush` and the
 * sendmail applet share it.
 */
#ifndef CMD_SMTP_SEND_H
#define CMD_SMTP_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cmd/session.h"
#include "proto/smtp_message.h"
#include "proto/smtp_receive.h"
#include "proto/smtp_pipeline.h"

/* A message on its way through `send`. */
struct outgoing {
	struct smtp_message m;
	char *name; /* "stdin", FILE, FILE:N */
	struct outgoing *next;
	struct outgoing *later; /* of smtp_send_all: the next one to be sent */
};

/*
 * Report one message: its record, and lines on stderr for recipients that were refused with a code of at
 * least that. Errors are those of the output.
 */
int smtp_report(struct session *s, const struct outgoing *o, int least, struct err *e);

/* Those lines alone, for codes from least to most; one recipient's refusal is the error itself. */
void smtp_tell_refusals(const struct outgoing *o, int least, int most);

/* Note the reply that decided for `done`. */
void smtp_note_reply(struct session *s, const struct smtp_transaction *t);

/* What became of it as an error value: status 0 if all is well; EX_NO without text: partly. */
void smtp_outcome(const struct smtp_transaction *t, struct err *e);

/* What a verb failed with, once all is reported: if a signal came, that it is. */
void smtp_signal_first(const struct session *s, struct err *e);

/* So many messages are made ready at once at most. */
#define SMTP_READY_MAX 16

/*
 * Send one message that a dialogue has received, with its envelope. Errors are those of `send`: EX_NO if only
 * some recipients were accepted; a message that was stored is success.
 */
int smtp_send_received(struct session *s, const struct args *a, struct input *in,
	const struct smtp_receive *r, struct err *e);

/* How a list of messages is sent; all is the caller's. */
struct smtp_sending {
	struct session *s;
	size_t most;      /* in flight at most, 0: as the window allows */
	bool no_chunking; /* DATA, whatever the server offers */
	/*
	 * Called with the next n messages before their octets may leave; NULL: nothing is to be done.
	 * If it fails they are not sent now.
	 */
	int (*before)(struct smtp_sending *x, struct outgoing **list, size_t n, struct err *e);
	/* A message has its fate (m.transaction.outcome, why, recipients). -1 ends the session: the caller fails. */
	int (*ended)(struct smtp_sending *x, struct outgoing *o, struct err *e);
	size_t done; /* messages that have ended: progress */
};

/*
 * Send the messages over the session, opening it if need be. Each ends in its fate, and `ended` is
 * called with it; that they could not be sent is told there. Progress is shown. -1: only what `ended` failed with.
 */
int smtp_send_all(struct smtp_sending *x, struct outgoing *list, struct err *e);

#endif
