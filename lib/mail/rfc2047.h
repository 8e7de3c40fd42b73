/*
 * rfc2047: decode the encoded words ("=?utf-8?Q?caf=C3=A9?=") of header text to UTF-8 (RFC 2047; language suffix: RFC
 * 2231, section 5).
 */
#ifndef MAIL_RFC2047_H
#define MAIL_RFC2047_H

#include <stddef.h>

#include "base/buf.h"
#include "mail/charset.h"

#define RFC2047_LABEL_MAX 64 /* bytes of a charset's label, with its NUL */

/* `struct rfc2047 c = {0};` is ready. */
struct rfc2047 {
	struct charsets charsets;
	char label[RFC2047_LABEL_MAX]; /* the last label, since most words repeat it */
	int label_set;                 /* and its set */
	int open;                      /* set + 1 of the words in raw; 0: raw is empty */
	struct buf raw;                /* decoded octets of adjacent words of one set */
	struct buf word, text;
};

/*
 * Append n octets of header text to out as UTF-8. Encoded words (B and Q, also Q with blanks; the sets of charset.h)
 * are decoded anywhere in the text. White space between two words is dropped, and characters split across words of one
 * charset are joined. Malformed words and words of an unknown charset stay unchanged. Octets outside words stay if they
 * are UTF-8, else each invalid octet becomes U+FFFD; line ends and TABs outside words stay, so pass one unfolded field
 * at a time. Decoded text contains no line ends and TABs (utf8_fix_line); octets that are invalid in the charset become
 * U+FFFD.
 */
void rfc2047_decode(struct rfc2047 *c, const char *p, size_t n, struct buf *out);

/* Free the memory of the context; it can be used again. */
void rfc2047_free(struct rfc2047 *c);

#endif
