/*
 * outbox: send messages over SMTP or LMTP. If the server ends a session with 421, the rest goes over another
 * connection. Each message gets one outcome, and an event reports it.
 */
#ifndef JOB_OUTBOX_H
#define JOB_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/client.h"
#include "proto/smtp_message.h"

/* The largest number of messages that are prepared at once. */
#define OUTBOX_READY_MAX 16

struct outbox_message {
	struct smtp_message m; /* read (smtp_message_read) */
	char *name;  /* for reports: "stdin", FILE, FILE:N; the caller's, as owner, data and next */
	char *owner; /* the user who stored the message in a shared spool; NULL: none */
	bool gone;   /* set by `sending`: this message alone is not sent */
	void *data;
	struct outbox_message *next;
	/* Private. */
	struct outbox_message *later; /* the next one to be sent */
	struct outbox *outbox;        /* that sends it */
};

struct outbox;

/* Calls to the caller: 0, or -1 with e. */
struct outbox_events {
	/*
	 * The octets that complete the next n messages may be sent from now on: small messages are announced when they are
	 * prepared; a message over SMTP_SMALL alone, just before its last octets. After an error they are not sent, their
	 * outcome is SMTP_DEFERRED with that error; for one that is `gone` with EX_IOERR. NULL: nothing to do.
	 */
	int (*sending)(struct outbox *x, struct outbox_message **list, size_t n, struct err *e);
	/* The outcome of a message is in o->m.transaction; o may be freed. An error ends the session and the job. */
	int (*ended)(struct outbox *x, struct outbox_message *o, struct err *e);
};

/* Everything is borrowed. */
struct outbox {
	struct client *c;
	const struct outbox_events *events;
	void *context;    /* the caller's */
	size_t most;      /* messages sent without a reply at most, 0: as the window allows */
	bool no_chunking; /* use DATA, even if BDAT is offered */
	bool isolate; /* if a message cannot be read while it is sent, the rest goes over another connection */
};

/*
 * Send the messages of a list, linked by `next`, over the client, which is opened if need be. If messages cannot be
 * sent, for example because the server cannot be reached, this is their outcome and not an error. -1: only an error of
 * `ended`.
 */
int outbox_send(struct outbox *x, struct outbox_message *list, struct err *e);

/* May outbox_send have to connect a second time, because the server may end the session early? */
bool outbox_may_redial(const struct client *c, const struct outbox_message *list);

/* Set the client's result to the reply that decided about a message. */
void outbox_note_outcome(struct client *c, const struct smtp_transaction *t);

/*
 * Call this when all outcomes are reported: if a signal has arrived, the exit status of the signal replaces that of e.
 */
void outbox_signal_first(const struct client *c, struct err *e);

#endif
