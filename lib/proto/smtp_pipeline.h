/*
 * smtp_pipeline: transactions over one connection (RFC 5321, section 3.3; RFC 2920; RFC 3030; RFC 2033 for LMTP).
 *
 *	while (more || !smtp_pipeline_is_empty(f)) {
 *		while (more && smtp_pipeline_has_room(f))
 *			smtp_pipeline_put(f, t);
 *		f->more = more;
 *		if (smtp_pipeline_step(f, &t, e) == -1)
 *			while ((t = smtp_pipeline_abandon(f, e)) != NULL)
 *				...
 *		if (t != NULL)
 *			...		its outcome is certain
 *	}
 *
 * With CHUNKING the commands and the octets of small messages are pipelined, message after message, once the
 * connection has shown that it discards the octets of a refused BDAT. If several messages or a large one are to be
 * sent, a probe precedes the first transaction in the same pipeline, and that transaction waits for its RCPT
 * replies. A server that fails the probe gets DATA. So does a server that is not probed: for one small message DATA
 * takes as many round trips, without PIPELINING a probe costs some, and LMTP is not probed. BODY=BINARYMIME needs
 * BDAT, and its chunk waits for the RCPT replies unless the probe went well; in LMTP it always waits: some servers
 * never reply to a BDAT LAST after all recipients were refused.
 * With PIPELINING alone there is one wait a message, for its 354; the next envelope is sent after its final dot.
 * Without PIPELINING the same loop runs with a window of one command.
 *
 * Each transaction is given back once, with its outcome. While later replies could still prove that the replies
 * were out of sync, a transaction is held back: until a 354, until no reply is pending, or until the reply to QUIT;
 * but not while further transactions are sent by BDAT, whose replies prove nothing.
 * After an error smtp_pipeline_abandon gives the remaining transactions their outcome: those whose last octet was
 * sent have the outcome SMTP_UNKNOWN, the others must be sent again later.
 */
#ifndef PROTO_SMTP_PIPELINE_H
#define PROTO_SMTP_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/smtp.h"
#include "proto/smtp_transaction.h"

/* In octets: a larger message is worth a probe of BDAT, and waits for its RCPT replies before its BDAT. */
#define SMTP_SMALL (256 * 1024)

/* A list of transactions, linked by their `next`. */
struct smtp_list {
	struct smtp_transaction *first, *last;
	size_t n;
};

struct smtp_pipeline {
	struct smtp *p;
	int64_t data_wait; /* milliseconds for the reply after the data */
	/* Set by the caller, at any time. */
	size_t most; /* transactions without a reply at most, 0: as the window allows */
	bool more;   /* further transactions will be put */
	bool quit;   /* after the last transaction, QUIT may be pipelined */

	/* For the caller. */
	bool quit_sent;  /* QUIT is sent, its reply is pending or was read */
	size_t accepted; /* messages that the server accepted for a recipient, certain or not */

	/* Private. */
	struct smtp_list pending; /* without an outcome, in the order of their replies */
	struct smtp_list decided; /* with an outcome, not given back */
	struct smtp_transaction
		*current; /* the first pending one that is not sent completely; NULL: none */
	bool certain;     /* the outcomes in `decided` are certain */
	bool several;     /* transactions on this connection: probing BDAT is worth it */
	enum {
		SMTP_PIPELINE_OPEN,
		SMTP_PIPELINE_LOST,   /* nothing more is sent; replies are read */
		SMTP_PIPELINE_CLOSED, /* nothing is read either */
	} state;
	struct err lost; /* why it is not open */
};

/*
 * Start on a connection after EHLO; p is borrowed. data_wait in milliseconds. The pipeline owns no memory: it ends
 * when it is empty or abandoned.
 */
void smtp_pipeline_init(struct smtp_pipeline *f, struct smtp *p, int64_t data_wait);

/* Is every transaction given back? */
bool smtp_pipeline_is_empty(const struct smtp_pipeline *f);

/* May another transaction be put now? */
bool smtp_pipeline_has_room(struct smtp_pipeline *f);

/*
 * Add a transaction and queue the commands that may be sent now; it is borrowed until step or abandon gives it
 * back. Set `more` before.
 */
void smtp_pipeline_put(struct smtp_pipeline *f, struct smtp_transaction *t);

/*
 * Queue the commands for which there is room and read at most one reply. *done: a transaction whose outcome is
 * certain, or NULL. A refusal is not an error. -1: the connection is lost, the protocol is violated, or an input
 * failed; all replies that had arrived were read. Then abandon follows.
 */
int smtp_pipeline_step(struct smtp_pipeline *f, struct smtp_transaction **done, struct err *e);

/* After step has failed with e: the next transaction with its outcome; NULL: no more. */
struct smtp_transaction *smtp_pipeline_abandon(struct smtp_pipeline *f, const struct err *e);

/* After step has failed: was it because the input of a transaction failed, which is not given back yet? */
bool smtp_pipeline_input_failed(const struct smtp_pipeline *f);

/* Send one transaction alone and wait for its outcome; data_wait in milliseconds. */
void smtp_send_one(struct smtp *p, struct smtp_transaction *t, int64_t data_wait);

#endif
