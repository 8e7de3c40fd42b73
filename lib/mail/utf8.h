/* utf8: octets of any kind made valid UTF-8 (RFC 3629). */
#ifndef MAIL_UTF8_H
#define MAIL_UTF8_H

#include <stddef.h>

#include "base/buf.h"

/* U+FFFD, what stands for an octet that is no part of UTF-8. */
#define UTF8_BAD "\xef\xbf\xbd"

/* Append n octets; each that is not part of a well-formed sequence becomes U+FFFD. NUL stays. */
void utf8_fix(const char *p, size_t n, struct buf *out);

/*
 * The same for text that was hidden in an encoding and shall stay on its line: CR, LF, TAB and the
 * line separators U+2028 and U+2029 become a space, every other control character (C0, DEL and C1,
 * so NUL and U+0085 too) U+FFFD.
 */
void utf8_fix_line(const char *p, size_t n, struct buf *out);

#endif
