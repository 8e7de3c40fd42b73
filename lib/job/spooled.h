/*
 * spooled: the messages of a spool (store/spool) with their envelopes, stored and read again.
 *
 * The envelope in a spool file is text, a keyword and a value a line: "from ADDR", "rcpt ADDR", "mail PARAM" and "param
 * PARAM" (of MAIL and of every RCPT), "all-or-none", "no-utf8", "send-8bit", "relaxed", and for the reader "why TEXT".
 * The message is stored as it would be sent, with CRLF, without Bcc.
 */
#ifndef JOB_SPOOLED_H
#define JOB_SPOOLED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "job/outbox.h"
#include "store/message_source.h"
#include "store/spool.h"

/* The recipients to whom a message was not delivered, by the reason. */
enum spooled_part {
	SPOOLED_DEFERRED, /* deferred, or the server was not asked about them */
	SPOOLED_REFUSED,  /* refused by name, permanently */
	SPOOLED_UNKNOWN,  /* the rest, if the outcome of the message is unknown */
};

/* Does this message have recipients in this part? */
bool spooled_has(const struct outbox_message *o, enum spooled_part part);

/*
 * Store the message for the recipients of a part: deferred ones in new/, refused ones in failed/, the others in
 * unknown/. It is durable on return; without such recipients nothing is stored. EX_CANTCREAT, EX_IOERR, EX_DATAERR (the
 * envelope is too long), and the errors of reading the message.
 */
int spooled_store(
	struct spool *sp, const struct outbox_message *o, enum spooled_part part, struct err *e);

/*
 * Store a message in the spool at dir: in new/ for the deferred recipients (all recipients, if the message has no
 * outcome yet), and in unknown/ for the recipients with an unknown outcome. Errors as spooled_store.
 */
int spooled_store_rest(const char *dir, const struct outbox_message *o, struct err *e);

/*
 * Append the reasons for the outcome of these recipients, if the message has an outcome: the replies about each, else
 * the error of the message. Each is a line: `key`, a blank, the text.
 */
void spooled_why(
	const struct outbox_message *o, enum spooled_part part, const char *key, struct buf *out);

/* A message of a spool. */
struct spooled {
	struct outbox_message o; /* its data is this struct */
	struct smtp_send_options options;
	struct addrs rcpts;
	char *from;
	const char **mail, **rcpt; /* parameters, in `envelope` */
	struct buf envelope;
	struct buf errors; /* for store/spool_errors, if this run deferred the message */
	bool ended;        /* the message has its outcome */
	struct message_source in;
	bool marked; /* the file is in sending/ */
};

/*
 * Read a message of new/ for the first time. *m belongs to the caller (spooled_free) in any case. dir is the spool's
 * path. keep: the file stays open (a small one: in memory) until it is sent; otherwise it is opened again, and must
 * then be unchanged. EX_DATAERR: it cannot be sent; EX_IOERR.
 */
int spooled_read(struct spool *sp, const char *dir, const char *name, bool keep, struct spooled **m,
	struct err *e);

/*
 * Append the values of a keyword in the lines of an envelope, or the texts of a name in those of store/spool_errors, to
 * out, joined by commas. Returns their number.
 */
size_t spooled_values(const char *lines, const char *key, struct buf *out);

/* The sender of a message in a box, and its owner as spool_file_owner has it, to be freed; NULL: it cannot be read. */
char *spooled_sender(struct spool *sp, enum spool_box box, const char *name, char **owner);

/* The file was moved to sending/. */
void spooled_marked(struct spooled *m, const struct spool *sp, const char *dir);
void spooled_free(struct spooled *m);

#endif
