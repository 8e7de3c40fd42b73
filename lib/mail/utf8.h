/* utf8: make any octets valid UTF-8 (RFC 3629). */
#ifndef MAIL_UTF8_H
#define MAIL_UTF8_H

#include <stddef.h>

#include "base/buf.h"

/* U+FFFD, the replacement of an octet that is not valid UTF-8. */
#define UTF8_BAD "\xef\xbf\xbd"

/* Append n octets; each octet that is not part of a well-formed sequence becomes U+FFFD. NUL stays. */
void utf8_fix(const char *p, size_t n, struct buf *out);

/*
 * The same for decoded text that must not break a line: CR, LF, TAB and the line separators U+2028 and U+2029 become a
 * space, every other control character (C0 including NUL, DEL, C1 including U+0085) U+FFFD.
 */
void utf8_fix_line(const char *p, size_t n, struct buf *out);

#endif
