/*
 * smtp_transaction: one message on its way to its recipients (RFC 5321, section 3.3; RFC 2033 for LMTP): the commands
 * that were sent, the meaning of the replies, and the outcome. No I/O: smtp_pipeline sends the commands.
 *
 * A server may refuse a recipient because it is one too many for the transaction (452; RFC 5321, section
 * 4.5.3.1.10). Such recipients are deferred. If the server accepted others, the same message goes to the deferred
 * recipients in a further round of MAIL, RCPT and data.
 */
#ifndef PROTO_SMTP_TRANSACTION_H
#define PROTO_SMTP_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sink.h"
#include "wire/reply.h"

enum smtp_outcome {
	SMTP_PENDING,
	SMTP_DELIVERED, /* the server accepted the message for every recipient */
	SMTP_PARTIAL,   /* for some recipients */
	SMTP_REFUSED,   /* for none, permanently */
	SMTP_DEFERRED,  /* for none; temporary failure, login demanded, or protocol violated */
	SMTP_UNKNOWN,   /* its last octet was sent, and no reply is certain to be its own */
};

/* The word for an outcome in records and lines: "delivered", "partly", "refused", "later", "unknown". */
const char *smtp_outcome_name(enum smtp_outcome outcome);

enum smtp_rcpt_state {
	SMTP_RCPT_PENDING,   /* the reply to RCPT is missing */
	SMTP_RCPT_ACCEPTED,  /* RCPT was accepted, the reply after the data is missing */
	SMTP_RCPT_DELIVERED, /* the server accepted the message for it */
	SMTP_RCPT_FAILED,    /* RCPT was accepted, the message was not */
	SMTP_RCPT_REFUSED,   /* the reply to RCPT was not 2xx */
	SMTP_RCPT_DEFERRED,  /* one too many for the transaction, while others were accepted */
};

struct smtp_rcpt {
	const char *addr;   /* without angle brackets; borrowed */
	const char *params; /* "NOTIFY=NEVER ORCPT=..." or NULL; borrowed */
	enum smtp_rcpt_state state;
	int code; /* of the refusal of this recipient, or of its LMTP reply after the data; 0: none */
	char *text; /* that reply, lines joined by LF; owned by the transaction */
};

/* Which refusals of recipients: the temporary ones (4xx), the permanent ones (5xx), or all. */
enum smtp_refusals { SMTP_REFUSALS_ALL, SMTP_REFUSALS_TEMPORARY, SMTP_REFUSALS_PERMANENT };

/* Was this recipient refused in such a way? */
static inline bool
smtp_is_refused(const struct smtp_rcpt *r, enum smtp_refusals which)
{
	if (r->code == 0 || r->code / 100 == 2)
		return false;
	return which == SMTP_REFUSALS_ALL || (which == SMTP_REFUSALS_PERMANENT) == (r->code >= 500);
}

/* How far the content of the message has come. */
enum smtp_content_state {
	SMTP_CONTENT_WAITING,  /* MAIL and RCPT are being sent and answered */
	SMTP_CONTENT_DATA,     /* DATA is sent, its reply is missing */
	SMTP_CONTENT_CANCELED, /* no recipient is left: no content is sent */
	SMTP_CONTENT_STOPPED,  /* the server replied before the end of the content */
	SMTP_CONTENT_BROKEN, /* the input or the connection failed before the end of the content */
	SMTP_CONTENT_COMPLETE, /* its last octet is queued */
};

enum smtp_mail_state {
	SMTP_MAIL_PENDING,
	SMTP_MAIL_ACCEPTED,
	SMTP_MAIL_REFUSED,
	/* RCPT was accepted nevertheless, for an unknown sender: the message must not be sent. */
	SMTP_RCPT_AFTER_REFUSED_MAIL,
};

struct smtp_transaction {
	/* Set by the caller, borrowed until the outcome is known; the rest is zero. */
	const char *from;   /* without angle brackets; "" is the null sender */
	const char *params; /* "SIZE=... BODY=8BITMIME" or NULL */
	struct smtp_rcpt *rcpt;
	size_t nrcpt;
	uint64_t octets;  /* in CRLF form, without dot-stuffing */
	bool all_or_none; /* send nothing if one recipient is refused */
	/*
	 * Write the whole message to the sink in CRLF form, with or without dot-stuffing, without the final dot.
	 * Called once a round. An error ends the session: no message is sent in part.
	 */
	int (*feed)(void *data, struct sink *to, bool stuffed, struct err *e);
	/*
	 * Called in each round just before the octets that complete the content are queued; NULL: nothing to do. After
	 * an error they are not queued, and the session ends as after an error of feed.
	 */
	int (*completing)(void *data, struct err *e);
	void *data; /* of feed and completing */

	/* The outcome. */
	enum smtp_outcome outcome;
	const char *command; /* whose reply decided: MAIL RCPT DATA BDAT; static; NULL: none */
	int code;            /* its reply code, 0: none */
	struct buf text;     /* its lines, joined by LF */
	struct err *error;   /* owned, may be NULL: see smtp_transaction_error */

	/* Private, of this round. */
	unsigned round;        /* 0: the first */
	size_t sent, answered; /* commands: 0 MAIL, i + 1 RCPT of recipient i, nrcpt + 1 data */
	size_t accepted;       /* recipients accepted by RCPT */
	size_t deferred;       /* recipients deferred */
	size_t delivered;      /* recipients that have the message */
	size_t reported; /* LMTP: the recipients before this index have their reply after the data */
	enum smtp_mail_state mail;
	enum smtp_content_state content;
	bool wait;            /* the content waits for the replies to MAIL and RCPT */
	bool bdat_alone;      /* its BDAT was the only command pending: the next reply is its own */
	uint64_t complete_at; /* octets sent on the connection when its last octet has left */

	/* Of the pipeline that holds the transaction. */
	struct smtp_transaction *next;
};

/* The first recipient from index `from` on that is in this state; nrcpt: none. */
size_t smtp_next_rcpt(const struct smtp_transaction *t, enum smtp_rcpt_state state, size_t from);

/* The command after the i-th, as `sent` and `answered` count them: one round has no RCPT for earlier recipients. */
size_t smtp_next_command(const struct smtp_transaction *t, size_t i);

/* MAIL and RCPT for all recipients were accepted before: only the data is missing. */
void smtp_skip_envelope(struct smtp_transaction *t);

/* Is every MAIL and RCPT of this round answered? */
static inline bool
smtp_all_answered(const struct smtp_transaction *t)
{
	return t->answered > t->nrcpt;
}

/* MAIL was refused, whatever the server replied to RCPT. */
static inline bool
smtp_mail_refused(const struct smtp_transaction *t)
{
	return t->mail >= SMTP_MAIL_REFUSED;
}

/* After all RCPTs are answered: is there a recipient to send the message to? */
static inline bool
smtp_is_wanted(const struct smtp_transaction *t)
{
	return t->accepted > 0 && (!t->all_or_none || t->accepted == t->nrcpt);
}

/*
 * As far as is known: will there be a further round, because the server deferred some recipients and accepted others?
 */
bool smtp_needs_round(const struct smtp_transaction *t);

/* Begin the further round for the deferred recipients. */
void smtp_next_round(struct smtp_transaction *t);

/* Replies: to MAIL, and to RCPT of the i-th recipient. */
void smtp_mail_reply(struct smtp_transaction *t, const struct reply *r);
void smtp_rcpt_reply(struct smtp_transaction *t, size_t i, const struct reply *r);

/* The refusal of DATA or BDAT, before the end of the content. */
void smtp_data_refused(struct smtp_transaction *t, const struct reply *r, const char *command);

/* The reply after the data, for all recipients. */
void smtp_data_reply(struct smtp_transaction *t, const struct reply *r, const char *command);

/* LMTP: the same for the next accepted recipient (RFC 2033, section 4.2). True: it was the last one. */
bool smtp_lmtp_reply(struct smtp_transaction *t, const struct reply *r, const char *command);

/* All replies are read: set the outcome. */
void smtp_set_outcome(struct smtp_transaction *t);

/* The connection was lost with e: set the outcome. complete: the last octet of the content had been sent. */
void smtp_abandon(struct smtp_transaction *t, const struct err *e, bool complete);

/*
 * After the outcome, the replies proved to be out of sync (why): the reply that decided may belong to another
 * command. If the whole message had been sent, its outcome becomes unknown, else it stays. The refusal of a BDAT
 * that was the only command pending stays too, unless `why` is a positive reply: then the server executed the refused
 * octets as commands.
 */
void smtp_mark_unknown(struct smtp_transaction *t, const struct err *why);

/* Why the outcome is not DELIVERED; status 0: no reason is known. Borrowed until the transaction changes. */
const struct err *smtp_transaction_error(const struct smtp_transaction *t);

/* The outcome as an error: status 0 if the message was delivered; EX_NO without a text: partially. */
void smtp_outcome_error(const struct smtp_transaction *t, struct err *e);

/* The error of the transaction, to be filled in. */
struct err *smtp_set_error(struct smtp_transaction *t);

/* Free the memory of the outcome (not the caller's fields). */
void smtp_transaction_clear(struct smtp_transaction *t);

#endif
