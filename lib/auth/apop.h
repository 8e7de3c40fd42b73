/* apop: the digest login of RFC 1939, section 7. */
#ifndef AUTH_APOP_H
#define AUTH_APOP_H

#include <stddef.h>

struct buf;
struct err;

/*
 * Append to out the hexadecimal digest for the timestamp in the n octets of a greeting. The
 * timestamp must be a msg-id of RFC 5322, section 3.6.4, in plain ASCII: from other octets a server
 * can learn the password bit by bit (CVE-2007-1558). EX_NOPERM if there is none.
 */
int apop_digest(
	const char *greeting, size_t n, const char *password, struct buf *out, struct err *e);

#endif
