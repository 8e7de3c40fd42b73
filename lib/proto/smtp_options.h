/*
 * smtp_options: the options for all messages of a run (struct smtp_send_options) from the words of a user or of the
 * configuration, with the memory that the options borrow. Each word is checked.
 *
 *	struct smtp_options o = {.options = {...}};
 *	smtp_options_from(&o, ...)    one call for each word that is given; domain before sender
 *	smtp_options_complete(&o)     then o.options may be used
 *	smtp_options_free(&o)         also after an error
 *
 * All functions return 0, or -1 with EX_DATAERR for a malformed address or parameter, if nothing else is named.
 */
#ifndef PROTO_SMTP_OPTIONS_H
#define PROTO_SMTP_OPTIONS_H

#include "base/err.h"
#include "mail/addrs.h"
#include "mail/aliases.h"
#include "proto/smtp_message.h"
#include "proto/smtp_receive.h"

struct smtp_options {
	struct smtp_send_options options; /* what has no function here is set by the owner */
	/* Private: what `options` borrows. */
	struct addrs from, rcpts;
	struct addrs mail_params, rcpt_params;
	char *sender;
	struct aliases aliases;
};

/* The envelope: addresses with or without brackets; "<>" is the null sender. The last sender counts. */
int smtp_options_from(struct smtp_options *o, const char *addr, struct err *e);
int smtp_options_rcpt(struct smtp_options *o, const char *addr, struct err *e);

/* A parameter of MAIL, or of every RCPT: KEY or KEY=VALUE. */
int smtp_options_mail_param(struct smtp_options *o, const char *param, struct err *e);
int smtp_options_rcpt_param(struct smtp_options *o, const char *param, struct err *e);

/*
 * Delivery status notifications (RFC 3461): never, or a list of success, failure and delay (EX_USAGE); full or hdrs
 * (EX_USAGE); an identifier of 1 to 100 octets. A parameter with the same key that was given before counts instead.
 */
int smtp_options_notify(struct smtp_options *o, const char *words, struct err *e);
int smtp_options_ret(struct smtp_options *o, const char *part, struct err *e);
int smtp_options_envid(struct smtp_options *o, const char *id, struct err *e);

/*
 * A host whose users have local names: its domain, borrowed (EX_CONFIG); the address that replaces each envelope
 * sender, borrowed, and completed by the domain, else by options.host; the file of the aliases (EX_CONFIG).
 */
int smtp_options_domain(struct smtp_options *o, const char *domain, struct err *e);
int smtp_options_sender(struct smtp_options *o, const char *addr, struct err *e);
int smtp_options_aliases(struct smtp_options *o, const char *path, struct err *e);

void smtp_options_complete(struct smtp_options *o);

/*
 * After smtp_options_complete: the envelope of a dialogue, borrowed, replaces that of the options. The parameters of
 * recipients are sent only if all recipients have the same, since the options have one list for all.
 */
void smtp_options_envelope(struct smtp_options *o, const struct smtp_receive *r);

void smtp_options_free(struct smtp_options *o);

#endif
