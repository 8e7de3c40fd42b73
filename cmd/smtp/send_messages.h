/*
 * send_messages: the messages of one `send`, read from the files and mboxes that its options name, from stdin, or from a
 * dialogue. Each is read for the first time (proto/smtp_message); the list is ready for job/outbox.
 */
#ifndef CMD_SMTP_SEND_MESSAGES_H
#define CMD_SMTP_SEND_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cmd/session.h"
#include "cmd/verb.h"
#include "job/outbox.h"
#include "store/message_source.h"

struct source;

struct send_messages {
	struct outbox_message *list, **end;
	size_t total; /* messages in the list */
	/* Private: */
	const struct session *s;                 /* for warnings; borrowed */
	const struct smtp_send_options *options; /* of each message; borrowed */
	struct source *sources, **sources_end;
	const char *name; /* of the mbox being read */
	bool again;       /* the messages are read a second time: their warnings were printed */
};

/* Begin with an empty list. `options` may be filled in later, and must stay as long as the messages. */
void send_messages_begin(
	struct send_messages *m, const struct session *s, const struct smtp_send_options *options);

/*
 * Read the messages that the options -m and --mbox name, else stdin. EX_USAGE: stdin is named twice; EX_DATAERR: a
 * malformed message; EX_NOINPUT, EX_IOERR, EX_CANTCREAT (the copy of stdin).
 */
int send_messages_read(struct send_messages *m, const struct args *a, struct err *e);

/* Read one message from `in`, which is borrowed as long as the message. Errors as send_messages_read. */
int send_messages_read_one(struct send_messages *m, struct message_source *in, struct err *e);

/*
 * If the options change: drop the messages, change the options, and read the messages of the same inputs again. Errors
 * as send_messages_read.
 */
void send_messages_drop(struct send_messages *m);
int send_messages_read_again(struct send_messages *m, struct err *e);

/* Free the messages and close the inputs, except a borrowed one. */
void send_messages_free(struct send_messages *m);

#endif
