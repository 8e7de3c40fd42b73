/* smtp_send_options: the options and operands of `send` that apply to all its messages. */
#ifndef CMD_SMTP_SEND_OPTIONS_H
#define CMD_SMTP_SEND_OPTIONS_H

#include "base/err.h"
#include "cmd/session.h"
#include "cmd/verb.h"
#include "proto/smtp_message.h"

/* The options with the memory that they borrow; `struct smtp_own_options t = {0};` is empty. */
struct smtp_own_options {
	struct smtp_send_options options;
	struct addrs rcpts;
	char *from, *sender;
	struct aliases aliases;
	const char **mail, **rcpt; /* parameters: borrowed from arguments, or from own */
	char *own[3];              /* those made of --dsn-… */
	bool queue_always;         /* sendmail: store all messages, and do not connect */
};

/* Read and check them. EX_DATAERR, EX_USAGE, EX_CONFIG (set in a file); smtp_own_options_free in any case. */
int smtp_own_options_read(
	struct smtp_own_options *t, const struct session *s, const struct args *a, struct err *e);
void smtp_own_options_free(struct smtp_own_options *t);

#endif
