/* digest: hashes, base64 and random octets; the only user of the cryptography in GnuTLS besides TLS. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define DIGEST_SHA256 32
#define DIGEST_MD5    16

struct digest; /* an unfinished SHA-256 */

/* SHA-256 in pieces: begin, add any number of times, end (fills out[32] and frees d). */
struct digest *digest_begin(void);
void digest_add(struct digest *d, const void *p, size_t n);
void digest_end(struct digest *d, unsigned char out[DIGEST_SHA256]);
void digest_sha256(const void *p, size_t n, unsigned char out[DIGEST_SHA256]);

/* MD5, for APOP alone (RFC 1939, section 7; RFC 6151 forbids other uses). */
void digest_md5(const void *p, size_t n, unsigned char out[DIGEST_MD5]);

/* Append the lower-case hexadecimal form of n octets; or write it, 2n digits and a NUL. */
void digest_hex(struct buf *out, const void *p, size_t n);
void digest_hex_to(char *to, const void *p, size_t n);

/* Read n octets from 2n lower-case hexadecimal digits; false: p has another character, which may be a NUL. */
bool digest_unhex(void *to, const char *p, size_t n);

/* Append the base64 form (RFC 4648, section 4), padded, without line breaks. */
void digest_base64(struct buf *out, const void *p, size_t n);

/*
 * The number of base64 digits of n octets without padding; write them, without NUL; read n octets from such digits
 * (false: invalid, and `to` may be changed).
 */
#define DIGEST_BASE64(n) (((n)*4 + 2) / 3)
size_t digest_base64_to(char *to, const void *p, size_t n);
bool digest_unbase64_to(void *to, const char *p, size_t n);

/* Append the decoded octets of a padded base64 text; false: invalid base64, and out is unchanged. */
bool digest_unbase64(struct buf *out, const char *p, size_t n);

/* Fill with n random octets that an attacker cannot guess (cryptographically secure). */
void digest_random(void *p, size_t n);

#endif
