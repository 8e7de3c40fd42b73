/*
 * smtp_message: one outgoing message: what the first reading tells of it, what MAIL and RCPT say of
 * it to this server, and the second reading that sends it.
 *
 *	smtp_message_read     before anything is connected: size, 8-bit, header, envelope
 *	smtp_message_fit      after EHLO: parameters and addresses as this server takes them
 *	&m->job               into a flight (smtp_send)
 *	smtp_message_done     frees what fit made, and the outcome but for its fate, command and code
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
#include "proto/smtp_send.h"
#include "store/input.h"

/* What holds for all messages of a `send`; everything is borrowed for as long as they live. */
struct smtp_terms {
	const char *from;          /* envelope sender, "" the null sender; NULL: the header's */
	const struct addrs *rcpts; /* those given; NULL: none */
	bool header_rcpts;         /* those in the header too (always where none are given) */
	bool add_missing;          /* From, Date, Message-ID where absent */
	const char *default_from;  /* where the header has no sender; NULL: that is an error */
	const char *full_name;     /* for a From that is added; NULL: none */
	const char *host;          /* for a Message-ID that is added */
	bool no_utf8;              /* never SMTPUTF8 */
	bool send_8bit;            /* octets above 127 without 8BITMIME, too */
	bool all_or_none;
	const char *const *mail_params, *const *rcpt_params; /* KEY or KEY=VALUE, checked */
	size_t nmail_params, nrcpt_params;
	/* A host whose users have local names: */
	const char *domain; /* added to addresses without one; NULL: they stay as they are */
	const struct aliases
		*aliases;   /* of recipients without a domain, if domain is set; NULL: none */
	const char *sender; /* replaces the envelope sender at last; NULL: it stays */
	bool relaxed; /* parameters of extensions that the server does not offer are left out */
};

struct smtp_message {
	struct smtp_job job;            /* first; made by fit */
	struct input *in;               /* borrowed; may be shared by the messages of an mbox */
	const struct smtp_terms *terms; /* borrowed */
	uint64_t begin, end;            /* its octets there */
	bool mbox;                      /* as octets of an mbox */

	/* Known after the first reading. */
	uint64_t octets;  /* in CRLF form, as sent, with what is added */
	bool eightbit;    /* an octet above 127 is sent */
	bool unended;     /* text followed the header directly: an empty line is sent before it */
	bool utf8_header; /* in the header, which is UTF-8 */
	struct envelope env; /* sender and recipients, as given or found */
	char *added;         /* fields in front, CRLF form, or NULL */

	/* private, of fit */
	struct addrs wire; /* the addresses that are not sent as they stand in env */
	char *params, *rcpt_params;
};

/*
 * The first reading of one message: all of `in` from octet `begin` on. m is the caller's, to be freed
 * by smtp_message_free in any case. EX_DATAERR, EX_IOERR.
 */
int smtp_message_read(struct smtp_message *m, struct input *in, uint64_t begin,
	const struct smtp_terms *terms, struct err *e);

/*
 * The first reading of all messages in an mbox: take is called with each in turn, to be copied:
 * what it holds is then the taker's. EX_DATAERR: no mbox, or a message in it; its number stands in front.
 */
int smtp_mbox_read(struct input *in, const struct smtp_terms *terms,
	void (*take)(void *arg, const struct smtp_message *m), void *arg, struct err *e);

/*
 * Make the job for this server. EX_UNAVAILABLE: too large for it, or it lacks an extension that the
 * message or the terms need; EX_DATAERR: a domain that is no name.
 */
int smtp_message_fit(struct smtp_message *m, const struct smtp_caps *caps, struct err *e);

/* The part of that which the message itself needs: its size, and 8BITMIME. EX_UNAVAILABLE. */
int smtp_message_check(const struct smtp_message *m, const struct smtp_caps *caps, struct err *e);

/*
 * An address by itself: what is sent of it, its domain as A-labels: addr, or what was appended to made for it.
 * *utf8 tells if it needs SMTPUTF8. given: that was said already, and it stays as it is. NULL: EX_UNAVAILABLE,
 * EX_DATAERR.
 */
const char *smtp_address_fit(const struct smtp_caps *caps, const char *addr, bool given,
	struct addrs *made, bool *utf8, struct err *e);

/*
 * The second reading: write it to a sink as it is sent, in CRLF form. As often as wanted. EX_IOERR if
 * the input is not what it was.
 */
int smtp_message_write(const struct smtp_message *m, struct sink *to, bool stuffed, struct err *e);

/* The same as job->feed. */
int smtp_message_feed(struct smtp_job *job, struct sink *to, bool stuffed, struct err *e);

/* Free what fit has made; recipients' outcomes too. */
void smtp_message_done(struct smtp_message *m);
void smtp_message_free(struct smtp_message *m);

/*
 * Look local recipients up in the aliases and add the domain to what has none, as terms say. EX_CONFIG: a fault
 * in the aliases file.
 */
int smtp_localize(struct envelope *v, const struct smtp_terms *terms, struct err *e);

/* ---- parameters (smtp_params.c) ---------------------------------------------------------------- */

/* Is it KEY or KEY=VALUE as RFC 5321, section 4.1.2, has it? EX_DATAERR. */
int smtp_param_check(const char *param, struct err *e);

/* Does the server offer the extension that this parameter belongs to, and what that needs? EX_UNAVAILABLE. */
int smtp_param_offered(const struct smtp_caps *caps, const char *param, struct err *e);

/* Is there one with this key among n? */
bool smtp_param_has(const char *const *params, size_t n, const char *key);

/* Append text as xtext (RFC 3461, section 4). */
void smtp_xtext(const char *text, struct buf *out);

/*
 * How many octets a MAIL or RCPT command may have beyond RFC 5321's 512, by the extensions that the server offers
 * (RFC 1870, 2852, 3030, 3461, 4865, 4954, 6152, 6531, 6710); 0 for other commands.
 */
size_t smtp_command_room(const struct smtp_caps *caps, const char *line, size_t n);

/* Is the extension (any case) among the lines of EHLO? */
bool smtp_offers(const struct smtp_caps *caps, const char *name);

#endif
