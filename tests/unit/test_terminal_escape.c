/* Untrusted octets as a terminal may see them. */
#include "base/terminal_escape.h"

#include "check.h"

static const char *
escaped(const char *p, size_t n, const char *keep)
{
	static struct buf b;

	buf_clear(&b);
	terminal_escape(&b, p, n, keep);
	return buf_str(&b);
}

#define ESCAPED(s) escaped((s), sizeof(s) - 1, "")

static void
controls(void)
{
	CHECK_TEXT(ESCAPED(""), "");
	CHECK_TEXT(ESCAPED("plain ~"), "plain ~");
	CHECK_TEXT(ESCAPED("a\033[31mb"), "a^[[31mb");
	CHECK_TEXT(ESCAPED("\a\b\r\n\t\x7f"), "\\a\\b\\r\\n\\t^?");
	CHECK_TEXT(escaped("a\tb\nc\r", 6, "\n\t"), "a\tb\nc\\r");
	/* The end of keep does not keep NUL; the length, not a NUL, ends the octets. */
	CHECK_TEXT(escaped("a\0b", 3, "\n"), "a\\0b");
	CHECK_TEXT(escaped("abc", 2, ""), "ab");
}

static void
utf8(void)
{
	terminal_set_utf8(false);
	CHECK_TEXT(ESCAPED("\xc3\xa9"), "M-CM-)");
	terminal_set_utf8(true);
	CHECK_TEXT(ESCAPED("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
		"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	/* C1 controls, direction marks, octets that are not UTF-8, a truncated character. */
	CHECK_TEXT(ESCAPED("\xc2\x9b"), "M-BM^[");
	CHECK_TEXT(ESCAPED("\xe2\x80\xae"), "M-bM^@M-.");
	CHECK_TEXT(ESCAPED("\xff"), "M^?");
	CHECK_TEXT(escaped("\xe2\x82\xac", 2, ""), "M-bM^B");
}

static void
code_points(void)
{
	CHECK(terminal_code_point("a", 1) == 'a');
	CHECK(terminal_code_point("\xe2\x80\xae", 3) == 0x202e);
	CHECK(terminal_code_point("\xf0\x9f\x98\x80", 4) == 0x1f600);
	CHECK(terminal_safe_char("\xc2\xa0", 2) && !terminal_safe_char("\xc2\x9f", 2));
	CHECK(!terminal_safe_char("\xe2\x81\xa6", 3) && !terminal_safe_char("\n", 1));
}

int
main(void)
{
	controls();
	utf8();
	code_points();
	return check_done();
}
