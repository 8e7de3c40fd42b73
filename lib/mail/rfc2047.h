/*
 * rfc2047: encoded words ("=?utf-8?Q?caf=C3=A9?=") in header text to UTF-8 (RFC 2047; language
 * suffix: RFC 2231, section 5).
 */
#ifndef MAIL_RFC2047_H
#define MAIL_RFC2047_H

#include <stddef.h>

#include "base/buf.h"
#include "mail/charset.h"

#define RFC2047_LABEL_MAX 64 /* octets of a charset's label, NUL included */

/* `struct rfc2047 c = {0};` is ready. */
struct rfc2047 {
	struct charsets charsets;
	char label[RFC2047_LABEL_MAX]; /* the last label and its set: words repeat theirs */
	int label_set;
	int open; /* set + 1 of the words in raw; 0: there are none */
	struct buf raw, word, text;
};

/*
 * Append n octets of header text to out as UTF-8. Encoded words (B and Q; Q with blanks in it too; the
 * sets of charset.h) are decoded wherever they stand; white space between two of them goes, and characters split across
 * words of one charset are joined. Broken words and those of unknown charset stay as they are. Raw
 * octets stay if they are UTF-8, else each bad one becomes U+FFFD; raw line ends and TABs stay too (so
 * give one unfolded field at a time). What comes out of a word never breaks a line or a column: see
 * utf8_fix_line. Octets that are wrong in the word's charset become U+FFFD.
 */
void rfc2047_decode(struct rfc2047 *c, const char *p, size_t n, struct buf *out);

/* Free what the context holds; it is ready again then. */
void rfc2047_free(struct rfc2047 *c);

#endif
