/*
 * smtp_prepare: a message, an address or a parameter in the form that this server accepts, by the extensions that it
 * offers (RFC 1870, 3030, 3461, 6152, 6531).
 */
#ifndef PROTO_SMTP_PREPARE_H
#define PROTO_SMTP_PREPARE_H

#include "mail/addrs.h"
#include "proto/smtp_message.h"

/*
 * Fill the transaction of a message for this server. EX_UNAVAILABLE: the message is too large, or the server lacks an
 * extension that the message or its options need; EX_DATAERR: an invalid domain.
 */
int smtp_message_prepare(struct smtp_message *m, const struct smtp_caps *caps, struct err *e);

/* Check only the needs of the message itself: its size, and 8BITMIME. EX_UNAVAILABLE. */
int smtp_message_check(const struct smtp_message *m, const struct smtp_caps *caps, struct err *e);

/*
 * Prepare a single address: the result is addr, or a string appended to `made` with the domain as A-labels. *utf8:
 * the address needs SMTPUTF8. given: the user gave SMTPUTF8, the address stays as it is. NULL: EX_UNAVAILABLE,
 * EX_DATAERR.
 */
const char *smtp_address_prepare(const struct smtp_caps *caps, const char *addr, bool given,
	struct addrs *made, bool *utf8, struct err *e);

/* Check that a parameter has the form KEY or KEY=VALUE (RFC 5321, section 4.1.2). EX_DATAERR. */
int smtp_param_check(const char *param, struct err *e);

/* The same, and append the parameter to a list. */
int smtp_param_add(struct addrs *params, const char *param, struct err *e);

/* Check that the server offers the extension to which this parameter belongs. EX_UNAVAILABLE. */
int smtp_param_offered(const struct smtp_caps *caps, const char *param, struct err *e);

/* Does one of n parameters have this key? */
bool smtp_param_has(const char *const *params, size_t n, const char *key);

/* Append text as xtext (RFC 3461, section 4). */
void smtp_xtext(const char *text, struct buf *out);

#endif
