/*
 * send_messages: the messages of one `send`, from files, mboxes, stdin, or a source of the caller. Each is read for the
 * first time (proto/smtp_message); the list is ready for job/outbox.
 */
#ifndef JOB_SEND_MESSAGES_H
#define JOB_SEND_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "job/outbox.h"
#include "store/message_source.h"

struct send_input;

struct send_messages {
	struct outbox_message *list, **end;
	size_t total; /* messages in the list */
	/* Private: */
	const struct smtp_send_options *options; /* of each message; borrowed */
	const char *tmpdir;                      /* as message_source_open has it; borrowed */
	struct send_input *inputs, **inputs_end;
	const char *name; /* of the mbox being read */
};

/* Begin with an empty list. `options` may be filled in later, and must stay as long as the messages. */
void send_messages_begin(
	struct send_messages *m, const struct smtp_send_options *options, const char *tmpdir);

/*
 * Append the message in a file, or with mbox all messages of an mbox. file: NULL or "-" is stdin; borrowed as long as
 * the messages. EX_DATAERR: a malformed message, which may be in the list nevertheless; EX_NOINPUT, EX_IOERR,
 * EX_CANTCREAT (the copy of stdin).
 */
int send_messages_add(struct send_messages *m, const char *file, bool mbox, struct err *e);

/* Append one message from `in`, which is borrowed as long as the message. Errors as send_messages_add. */
int send_messages_add_source(struct send_messages *m, struct message_source *in, struct err *e);

/*
 * If the options change: drop the messages, change the options, and read the messages of the same inputs again. Errors
 * as send_messages_add.
 */
void send_messages_drop(struct send_messages *m);
int send_messages_read_again(struct send_messages *m, struct err *e);

/* Free the messages and close the inputs, except a borrowed one. */
void send_messages_free(struct send_messages *m);

#endif
