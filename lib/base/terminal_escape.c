#include "base/terminal_escape.h"

#include <string.h>

#include "base/bsd.h"
#include "base/text.h"

static bool keeps_utf8;

void
terminal_set_utf8(bool utf8)
{
	keeps_utf8 = utf8;
}

uint32_t
terminal_code_point(const char *p, size_t n)
{
	static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (unsigned char)p[0] & lead[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

bool
terminal_safe_char(const char *p, size_t n)
{
	uint32_t c = terminal_code_point(p, n);

	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	return c != 0x200e && c != 0x200f && !(c >= 0x2028 && c <= 0x202e) &&
	       !(c >= 0x2066 && c <= 0x2069);
}

static bool
plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7f;
}

void
terminal_escape(struct buf *b, const char *p, size_t n, const char *keep)
{
	for (size_t i = 0, len; i < n; i += len) {
		char shown[8];

		len = 0;
		while (i + len < n && plain(p[i + len]))
			len++;
		if (len == 0 && p[i] != '\0' && strchr(keep, p[i]) != NULL)
			len = 1;
		if (len == 0 && (unsigned char)p[i] > 127 && keeps_utf8) {
			len = text_utf8_len(p + i, n - i);
			if (len != 0 && !terminal_safe_char(p + i, len))
				len = 0;
		}
		if (len != 0) {
			buf_add(b, p + i, len);
			continue;
		}
		len = 1;
		vis(shown, (unsigned char)p[i], VIS_CSTYLE | VIS_NOSLASH | VIS_TAB | VIS_NL,
			i + 1 < n ? p[i + 1] : 0);
		buf_adds(b, shown);
	}
}
