/*
 * rfc2047: encoded words ("=?utf-8?Q?caf=C3=A9?=") in header text to UTF-8 (RFC 2047; language
 * suffix: RFC 2231, section 5).
 */
#ifndef MAIL_RFC2047_H
#define MAIL_RFC2047_H

#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define RFC2047_CHARSETS    4
#define RFC2047_CHARSET_MAX 64

/* How one charset becomes UTF-8; kept, since subjects repeat theirs. */
struct rfc2047_charset {
	char name[RFC2047_CHARSET_MAX]; /* empty: this place is free */
	iconv_t cd;
	bool known, utf8; /* not known: left as it is; utf8: no conversion */
};

/* `struct rfc2047 c = {0};` is ready. */
struct rfc2047 {
	struct rfc2047_charset charsets[RFC2047_CHARSETS];
	unsigned oldest;
	struct rfc2047_charset *open; /* of the words in raw; NULL: there are none */
	struct buf raw, word, text;
};

/*
 * Append n octets of header text to out as UTF-8. Encoded words (B and Q, any charset of iconv) are
 * decoded wherever they stand; white space between two of them goes, and characters split across
 * words of one charset are joined. Broken words and those of unknown charset stay as they are. Raw
 * octets stay if they are UTF-8, else each bad one becomes U+FFFD; raw line ends and TABs stay too (so
 * give one unfolded field at a time). What comes out of a word never breaks a line or a column: see
 * utf8_fix_line. Octets that are wrong in the word's charset become U+FFFD.
 */
void rfc2047_decode(struct rfc2047 *c, const char *p, size_t n, struct buf *out);

/* Free what the context holds; it is ready again then. */
void rfc2047_free(struct rfc2047 *c);

#endif
