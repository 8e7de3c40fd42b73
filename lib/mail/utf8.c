#include "mail/utf8.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* The number of printable ASCII octets from p on; with ctl, of any ASCII octets. */
static size_t
ascii_run(const char *p, size_t n, bool ctl)
{
	size_t i = 0;

	if (ctl)
		while (i < n && (unsigned char)p[i] < 128)
			i++;
	else
		while (i < n && p[i] >= 32 && p[i] < 127)
			i++;
	return i;
}

void
utf8_fix(const char *p, size_t n, struct buf *out)
{
	size_t good = 0;

	while (good < n) {
		size_t run = ascii_run(p + good, n - good, true);

		good += run;
		if (good == n)
			break;
		run = text_utf8_len(p + good, n - good);
		good += run;
		if (run != 0)
			continue;
		buf_add(out, p, good);
		buf_adds(out, UTF8_BAD);
		p += good + 1;
		n -= good + 1;
		good = 0;
	}
	buf_add(out, p, good);
}

/* The replacement of a UTF-8 sequence of len octets (0: invalid octet) within one line; NULL: it stays. */
static const char *
instead(const char *p, size_t len)
{
	if (len == 0)
		return UTF8_BAD;
	if (len == 1) {
		if (*p == '\r' || *p == '\n' || *p == '\t')
			return " ";
		return (unsigned char)*p < 32 || *p == 127 ? UTF8_BAD : NULL;
	}
	if (len == 2 && *p == '\xc2' && (unsigned char)p[1] < 0xa0)
		return UTF8_BAD;
	if (len == 3 && (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0))
		return " ";
	return NULL;
}

void
utf8_fix_line(const char *p, size_t n, struct buf *out)
{
	while (n != 0) {
		size_t len = ascii_run(p, n, false);

		if (len == 0) {
			const char *other;

			len = text_utf8_len(p, n);
			other = instead(p, len);
			if (other != NULL)
				buf_adds(out, other);
			else
				buf_add(out, p, len);
			len += len == 0;
		} else {
			buf_add(out, p, len);
		}
		p += len;
		n -= len;
	}
}
