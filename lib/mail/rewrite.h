/*
 * rewrite: replace the address of From (RFC 5322, section 3.6.2) in a message for a relay that accepts one sender only.
 * The field From of the message is dropped (mail/bcc.h); the fields that take its place are made here.
 */
#ifndef MAIL_REWRITE_H
#define MAIL_REWRITE_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Append in CRLF form what takes the place of From in the header (n octets, with LF line ends): From with `sender` in
 * place of its address, and Reply-To with the old addresses, unless the header has a Reply-To or the only old address
 * is the sender. Display name and comments stay if From has one address; several addresses become the bare sender.
 * domain: added to an old address without one; NULL: it stays as it is. A header without From: nothing is appended.
 */
void rewrite_from(
	const char *header, size_t n, const char *sender, const char *domain, struct buf *out);

#endif
