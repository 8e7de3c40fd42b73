/*
 * submit: send messages over an outbox, and store in a spool (job/spooled) what cannot be sent now. `send`, the
 * sendmail applet and its dialogue end here.
 */
#ifndef JOB_SUBMIT_H
#define JOB_SUBMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "job/outbox.h"

enum submit_stored {
	SUBMIT_NO_SPOOL,   /* without a spool, or after a failure of the event `outcome` */
	SUBMIT_QUEUED,     /* stored without trying to send it */
	SUBMIT_STORED,     /* the part that may be sent later is in the spool */
	SUBMIT_NOT_STORED, /* nothing of it may be sent later, or `failure` */
};

/* How a message ended. */
struct submit_end {
	enum submit_stored stored;
	struct err why;     /* the reason, if it was not delivered to all */
	struct err left;    /* the part of `why` that storing did not settle; status 0: none */
	struct err failure; /* of storing; status 0: none */
};

/* Calls to the caller; context is its own. */
struct submit_events {
	/*
	 * A message has its outcome, in o->m.transaction: report it with these refusals of recipients; with a spool the
	 * temporary ones may still be settled. Errors are those of the output, and end the job.
	 */
	int (*outcome)(void *context, const struct outbox_message *o, enum smtp_refusals which,
		struct err *e);
	/* The message has ended; with SUBMIT_NOT_STORED its temporary refusals are to be reported, too. */
	void (*ended)(void *context, const struct outbox_message *o, const struct submit_end *end);
};

/* Everything is borrowed. */
struct submit {
	struct client *c;
	const struct submit_events *events;
	void *context;
	const char *spool; /* its directory; NULL: none */
	bool queue_always; /* store every message, and do not connect; needs a spool */
	bool no_chunking;  /* as in struct outbox */
};

/*
 * Submit the messages of a list. Afterwards the client's result is the reply that decided about the first message with
 * a failure, else about the last message. -1: the error of the first failure; if there are several messages, their
 * number with its status, EX_NO if that message reached some recipients; else errors of the events, and with
 * queue_always of the spool.
 */
int submit_messages(const struct submit *x, struct outbox_message *list, struct err *e);

#endif
