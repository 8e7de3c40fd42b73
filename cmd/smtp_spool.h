/*
 * smtp_spool: what waits in a spool (store/spool), as messages of `send`.
 *
 * The envelope in a spool's file is lines, each a word and a value: "from ADDR", "rcpt ADDR", "mail PARAM"
 * and "param PARAM" (of MAIL and of every RCPT), "all-or-none", "no-utf8", "send-8bit", "relaxed", and for
 * people "why TEXT".
 * The message is stored as it would be sent, with CRLF, without Bcc.
 */
#ifndef CMD_SMTP_SPOOL_H
#define CMD_SMTP_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cmd/session.h"
#include "cmd/smtp_send.h"
#include "store/input.h"
#include "store/spool.h"

/* Which recipients of a message that has ended. */
enum smtp_left {
	LEFT_WAITING, /* put off, or never asked */
	LEFT_REFUSED, /* refused for good, by name */
	LEFT_MAYBE,   /* of unknown fate: those that are neither, after a connection was lost */
};

/* Does this message have such recipients? */
bool smtp_spool_has(const struct outgoing *o, enum smtp_left which);

/*
 * Store the message for these recipients in a box; it is durable on return. EX_CANTCREAT, EX_IOERR, and
 * what reading it fails with.
 */
int smtp_spool_keep(struct spool *sp, const struct outgoing *o, enum smtp_left which,
	enum spool_box box, struct err *e);

/*
 * `send --spool DIR`: a message has ended, and *why is what `send` would say. What can be sent later
 * (75, and 77 or 78 where TLS, login or configuration failed) is stored, with a note on stderr, and *why tells what is left to be said: nothing, if all is
 * sent or stored. A message of unknown fate is stored apart, and *why stays.
 */
void smtp_spool_outcome(
	const struct session *s, const char *dir, const struct outgoing *o, struct err *why);

/* Store a message that no server was asked about in new/ of the spool at dir. EX_CANTCREAT, EX_IOERR. */
int smtp_spool_queue(const char *dir, const struct outgoing *o, struct err *e);

/* A message of a spool. */
struct spooled {
	struct outgoing o; /* first */
	struct smtp_send_options options;
	struct addrs rcpts;
	char *from;
	const char **mail, **rcpt; /* parameters, in the envelope */
	struct buf envelope;
	struct input in;
	bool marked; /* it is in sending/ */
};

/*
 * Read a message of new/ for the first time. *m is the caller's (smtp_spooled_free) in any case. dir is
 * the spool's path. keep: the file stays open (a small one: in memory) until it is sent; otherwise it is opened
 * again, and must then be the same. EX_DATAERR: it cannot be sent; EX_IOERR.
 */
int smtp_spooled_read(struct spool *sp, const char *dir, const char *name, bool keep,
	struct spooled **m, struct err *e);

/* The sender of a message in a box, to be freed; NULL: it cannot be told. */
char *smtp_spooled_from(struct spool *sp, enum spool_box box, const char *name);

/* It was marked: its file is in sending/ now. */
void smtp_spooled_marked(struct spooled *m, const struct spool *sp, const char *dir);
void smtp_spooled_free(struct spooled *m);

#endif
