/*
 * missing: the fields Date, From and Message-ID for a header that lacks them (RFC 5322, section 3.6; RFC 5536, section
 * 3.1), as --add-missing adds them.
 */
#ifndef MAIL_MISSING_H
#define MAIL_MISSING_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Append the fields that the header (n octets) lacks, in CRLF form. from: the address for From (NULL: do not add
 * From); name: the display name before it, or NULL; host: called for the domain of an added Message-ID.
 */
void missing_fields(const char *header, size_t n, const char *from, const char *name,
	const char *(*host)(void), struct buf *out);

#endif
