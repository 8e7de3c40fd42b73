/*
 * smtp_message: one outgoing message. It is read twice: before MAIL, to find its size, header and envelope; and to be
 * sent.
 *
 *	smtp_message_read     before the connection: size, 8-bit octets, header, envelope
 *	smtp_message_prepare  after EHLO (smtp_prepare): parameters and addresses for this server
 *	&m->transaction       is sent (smtp_pipeline)
 *	smtp_message_done     frees the memory of prepare and of the outcome, except outcome, command and code
 */
#ifndef PROTO_SMTP_MESSAGE_H
#define PROTO_SMTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/addrs.h"
#include "mail/aliases.h"
#include "mail/envelope.h"
#include "proto/smtp.h"
#include "proto/smtp_pipeline.h"
#include "store/message_source.h"

/* The options for all messages of a run; everything is borrowed for as long as the messages live. */
struct smtp_send_options {
	const char *from;          /* envelope sender, "" the null sender; NULL: the header's */
	const struct addrs *rcpts; /* recipients given by the user; NULL: none */
	bool header_rcpts;         /* also those in the header (always if none are given) */
	bool add_missing;          /* From, Date, Message-ID where absent */
	const char *
		default_user; /* the sender, without domain, where the header has none; NULL: that is an error */
	const char *full_name; /* for a From that is added; NULL: none */
	const char *(*host)(
		void);  /* this host's name, for what is added; called only if it is needed */
	bool no_utf8;   /* never SMTPUTF8 */
	bool send_8bit; /* octets above 127 without 8BITMIME, too */
	bool all_or_none;
	const char *const *mail_params, *const *rcpt_params; /* KEY or KEY=VALUE, checked */
	size_t nmail_params, nrcpt_params;
	/* A host whose users have local names: */
	bool local; /* addresses without a domain get one; recipients are first replaced by their aliases */
	const char *domain;            /* that domain; NULL: that of host */
	const struct aliases *aliases; /* of recipients without a domain; NULL: none */
	const char *sender; /* replaces envelope senders except the null sender; NULL: none */
	bool rewrite_from;  /* sender replaces the address of From, too (mail/rewrite.h) */
	bool relaxed; /* parameters of extensions that the server does not offer are left out */
};

struct smtp_message {
	struct smtp_transaction transaction; /* made by prepare; its data is this message */
	void *owner;                         /* the caller's */
	struct message_source *in; /* borrowed; may be shared by the messages of an mbox */
	const struct smtp_send_options *options; /* borrowed */
	uint64_t begin, end;                     /* its octets there */
	bool mbox;                               /* the octets are in mbox form (mail/mbox.h) */

	/* Known after the first reading. */
	uint64_t octets;  /* in CRLF form, as sent, with what is added */
	bool eightbit;    /* an octet above 127 is sent */
	bool unended;     /* text followed the header directly: an empty line is sent before it */
	bool utf8_header; /* in the header, which is UTF-8 */
	struct envelope env; /* sender and recipients, as given or found */
	char *added;         /* fields in front, CRLF form, or NULL */

	/* Private: results of smtp_message_prepare. */
	struct addrs wire; /* the addresses that are not sent as they stand in env */
	char *params, *rcpt_params;
};

/*
 * The first reading of one message: all of `in` from octet `begin` on. m is the caller's, to be freed
 * by smtp_message_free in any case. EX_DATAERR, EX_IOERR.
 */
int smtp_message_read(struct smtp_message *m, struct message_source *in, uint64_t begin,
	const struct smtp_send_options *options, struct err *e);

/*
 * The first reading of all messages in an mbox. take is called with each in turn and copies it: the callee then
 * owns what the message holds. EX_DATAERR: the file is not an mbox, or a message in it is malformed, whose number
 * precedes the error.
 */
int smtp_mbox_read(struct message_source *in, const struct smtp_send_options *options,
	void (*take)(void *arg, const struct smtp_message *m), void *arg, struct err *e);

/*
 * The second reading: write the message to a sink as it is sent, in CRLF form. As often as wanted. EX_IOERR if the
 * input has changed.
 */
int smtp_message_write(const struct smtp_message *m, struct sink *to, bool stuffed, struct err *e);

/* The same for a transaction, whose data is the message. */
int smtp_message_feed(void *m, struct sink *to, bool stuffed, struct err *e);

/* Free the memory of prepare and of the recipients' outcomes. */
void smtp_message_done(struct smtp_message *m);
void smtp_message_free(struct smtp_message *m);

#endif
