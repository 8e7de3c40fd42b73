/*
 * pop_messages: RETR, TOP or DELE for each message of a selection (job/pop_select.h), in one pipeline. A message that
 * the server refuses, or that does not exist, does not keep the others from being processed. Also STAT, and LIST or UIDL
 * of one message or all. QUIT is sent in the same pipeline, except after DELE, if the client has a single verb.
 */
#ifndef JOB_POP_MESSAGES_H
#define JOB_POP_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "job/pop_select.h"
#include "proto/pop.h"

/* Calls to the owner, with the context given to pop_messages_run. Those that return int: 0, or -1 with e. */
struct pop_messages_events {
	/* +OK has come, p->reply. After RETR and TOP the message comes next: read it with pop_take_message. */
	int (*accepted)(void *context, uint64_t number, struct err *e);
	/*
	 * A message failed. The first failure becomes the error of the run; it is reported here only if another error ends
	 * the run.
	 */
	void (*failed)(void *context, const struct err *why);
	/* The messages are named on stdin, and the wait for the next line may be long: flush the output. */
	int (*idle)(void *context, struct err *e);
};

/* The command, and for which messages. */
struct pop_messages {
	enum pop_command command; /* POP_RETR or POP_DELE */
	const uint64_t *top;      /* send TOP with this number of lines; NULL: send `command` */
	const struct pop_word *words;
	size_t n;
	bool from_stdin; /* no words: stdin names the messages */
};

/*
 * Run the commands over a client that is ready for use (client_need). c->result is the reply of the first message that
 * failed, else the last reply; after another failure it is empty. Errors of the server, of reading stdin, and of the
 * owner.
 */
int pop_messages_run(struct client *c, const struct pop_messages *m,
	const struct pop_messages_events *events, void *context, struct err *e);

/* STAT: the number of messages and their octets. c->result is the reply. */
int pop_stat(struct client *c, uint64_t *count, uint64_t *octets, struct err *e);

/*
 * LIST or UIDL of one message, or of all (word NULL): call `each` for every message. c->result is the reply. Errors of
 * the server and of `each`; EX_NO: no such message.
 */
int pop_list(struct client *c, enum pop_command command, const struct pop_word *word,
	int (*each)(void *context, const struct pop_listed *m, struct err *e), void *context,
	struct err *e);

#endif
