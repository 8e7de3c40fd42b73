#include "base/text.h"

#include <string.h>

char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int
text_hex_digit(char c)
{
	c = text_lower(c);
	if (text_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
text_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
text_same_n(const char *p, size_t n, const char *b)
{
	for (size_t i = 0; i < n; i++)
		if (b[i] == '\0' || text_lower(p[i]) != text_lower(b[i]))
			return false;
	return b[n] == '\0';
}

bool
text_same(const char *a, const char *b)
{
	return text_same_n(a, strlen(a), b);
}

bool
text_starts(const char *s, const char *prefix)
{
	for (; *prefix != '\0'; s++, prefix++)
		if (text_lower(*s) != text_lower(*prefix))
			return false;
	return true;
}

bool
text_number(const char *p, size_t n, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (n == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned)(p[i] - '0');

		if (!text_is_digit(p[i]) || v > max / 10 || v * 10 > max - d)
			return false;
		v = v * 10 + d;
	}
	*out = v;
	return true;
}

bool
text_number_s(const char *s, uint64_t max, uint64_t *out)
{
	return text_number(s, strlen(s), max, out);
}

bool
text_has_eol(const char *p, size_t n)
{
	return n != 0 && (memchr(p, '\r', n) != NULL || memchr(p, '\n', n) != NULL ||
				 memchr(p, '\0', n) != NULL);
}

const char *
text_word(const char **p, const char *end, size_t *n)
{
	const char *s = *p;
	const char *from;

	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	from = s;
	while (s < end && *s != ' ' && *s != '\t')
		s++;
	*p = s;
	*n = (size_t)(s - from);
	return *n != 0 ? from : NULL;
}

const char *
text_line(const char **s, size_t *n)
{
	const char *line = *s;

	if (line == NULL || *line == '\0')
		return NULL;
	*n = strcspn(line, "\n");
	*s = line + *n + (line[*n] == '\n');
	return line;
}

size_t
text_utf8_len(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t want = p[0] < 0x80   ? 1
		      : p[0] < 0xc2 ? 0
		      : p[0] < 0xe0 ? 2
		      : p[0] < 0xf0 ? 3
		      : p[0] < 0xf5 ? 4
				    : 0;

	if (want == 0 || want > n)
		return 0;
	for (size_t i = 1; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return want;
}

bool
text_is_utf8(const char *p, size_t n)
{
	size_t len;

	for (size_t i = 0; i < n; i += len)
		if ((len = text_utf8_len(p + i, n - i)) == 0)
			return false;
	return true;
}

/* A body may have any size: compilers turn a loop of this fixed length into vector instructions. */
#define SPAN 256

bool
text_is_8bit(const char *p, size_t n)
{
	for (; n >= SPAN; p += SPAN, n -= SPAN) {
		unsigned char any = 0;

		for (size_t i = 0; i < SPAN; i++)
			any |= (unsigned char)p[i];
		if (any > 127)
			return true;
	}
	for (; n > 0; p++, n--)
		if ((unsigned char)*p > 127)
			return true;
	return false;
}

bool
text_has_ctl(const char *p, size_t n)
{
	for (; n > 0; p++, n--)
		if ((unsigned char)*p < 32 || *p == 127)
			return true;
	return false;
}

const char *
text_find_pair(const char *p, const char *end, char a, char b, char c)
{
	for (; end - p > 1 && (p = memchr(p, a, (size_t)(end - p - 1))) != NULL; p++)
		if (p[1] == b || p[1] == c)
			return p;
	return NULL;
}
