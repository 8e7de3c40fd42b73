/* The searches in spans of text agree with a search octet by octet, at every position. */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

static const char *
one_by_one(const char *p, const char *end, char a, char b, char c)
{
	for (; end - p > 1; p++)
		if (p[0] == a && (p[1] == b || p[1] == c))
			return p;
	return NULL;
}

/* Allocated separately, so that a sanitizer detects a read beyond its end. */
static void
both(const char *text, size_t n)
{
	char *p = malloc(n + 1);

	memcpy(p, text, n);
	for (size_t from = 0; from <= n; from++)
		CHECK(text_find_pair(p + from, p + n, '\n', 'F', '>') ==
			one_by_one(p + from, p + n, '\n', 'F', '>'));
	free(p);
}

/* Texts of each length with a pair at each place, and halves of pairs beside it. */
static void
pairs(void)
{
	char text[80];

	for (size_t n = 0; n < sizeof text; n++)
		for (size_t at = 0; at < n; at++) {
			memset(text, 'x', sizeof text);
			text[at] = '\n';
			both(text, n);
			text[at + 1] = at % 2 == 0 ? 'F' : '>';
			both(text, n);
			text[at] = 'F';
			both(text, n);
		}
	memset(text, '\n', sizeof text);
	both(text, sizeof text);
	/* Octets above 127 do not disturb the search. */
	memset(text, '\xff', sizeof text);
	text[40] = '\n';
	text[41] = '>';
	both(text, sizeof text);
}

/* One octet that is special, at each place of texts of each length. */
static void
special(void)
{
	for (size_t n = 0; n < 600; n += n < 100 ? 1 : 37) {
		char *p = malloc(n + 1);

		memset(p, '~', n);
		CHECK(!text_is_8bit(p, n) && !text_has_ctl(p, n));
		for (size_t at = 0; at < n; at++) {
			p[at] = '\x80';
			CHECK(text_is_8bit(p, n) && !text_has_ctl(p, n));
			p[at] = at % 2 == 0 ? '\x1f' : '\x7f';
			CHECK(!text_is_8bit(p, n) && text_has_ctl(p, n));
			p[at] = at % 2 == 0 ? ' ' : '\0';
			CHECK(text_has_ctl(p, n) == (at % 2 != 0));
			p[at] = '~';
		}
		free(p);
	}
}

int
main(void)
{
	pairs();
	special();
	return check_done();
}
