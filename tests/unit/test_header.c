/* The walk over a header. */
#include "mail/header.h"

#include "check.h"

static int
value_is(const struct header_field *f, const char *want)
{
	return f->value_len == strlen(want) && memcmp(f->value, want, f->value_len) == 0;
}

static void
walk(void)
{
	static const char text[] =
		"From: a\r\nno field\r\n at all\r\nSubject :\tone\r\n two\r\nX:\r\n"
		": none\r\nLast:  z\r\n\r\nBody: b\r\n";
	struct header_walk w;
	struct header_field f;

	header_walk(&w, text, sizeof text - 1);
	CHECK(header_next(&w, &f) && header_is(&f, "from") && value_is(&f, "a"));
	CHECK(f.raw == text && f.raw_len == 9);
	CHECK(header_next(&w, &f) && header_is(&f, "SUBJECT") && value_is(&f, "one\r\n two"));
	CHECK(header_next(&w, &f) && header_is(&f, "X") && value_is(&f, ""));
	CHECK(header_next(&w, &f) && header_is(&f, "Last") && value_is(&f, "z"));
	CHECK(!header_next(&w, &f));
	CHECK(!header_next(&w, &f));
}

static void
find(void)
{
	static const char text[] = "To: a\nTo: b\nCc:\n c\n\nBcc: d\n";
	struct header_field f;

	CHECK(header_find(text, sizeof text - 1, "to", &f) && value_is(&f, "a"));
	CHECK(header_find(text, sizeof text - 1, "cc", &f) && value_is(&f, "\n c"));
	CHECK(!header_find(text, sizeof text - 1, "bcc", &f));
	CHECK(!header_find(text, sizeof text - 1, "t", &f));
	CHECK(!header_find("", 0, "to", &f));
	CHECK(header_find("To:", 3, "to", &f) && value_is(&f, ""));
	CHECK(!header_find("To", 2, "to", &f));
	CHECK(header_find("A:\n \nTo: x", 10, "to", &f) && value_is(&f, "x"));
}

int
main(void)
{
	walk();
	find();
	return check_done();
}
