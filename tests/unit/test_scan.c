/* The first reading of a message. */
#include "mail/scan.h"

#include "base/err.h"
#include "check.h"

static void
feed(struct scan *s, const char *p, size_t n, size_t cut)
{
	struct err e;

	scan_init(s, BCC_ONLY);
	CHECK(sink_write(&s->sink, p, cut, &e) == 0);
	CHECK(sink_write(&s->sink, p + cut, n - cut, &e) == 0);
	CHECK(scan_finish(s, &e) == 0);
}

static void
ordinary(void)
{
	static const char *const ends[] = {"\n", "\r\n", "\r"};

	for (size_t k = 0; k < 3; k++) {
		struct buf in = {0};
		const char *nl = ends[k];

		buf_addf(&in, "From x y%sTo: a%sBcc: b\xff%s c%sX: y%s%s.caf\xc3\xa9%slast", nl, nl,
			nl, nl, nl, nl, nl);
		for (size_t cut = 0; cut <= in.len; cut++) {
			struct scan s;

			feed(&s, in.data, in.len, cut);
			CHECK(s.octets == 7 + 6 + 2 + 8 + 6);
			CHECK(s.has_header && s.body_8bit && !s.header_8bit);
			CHECK_TEXT(buf_str(&s.header), "To: a\nBcc: b\xff\n c\nX: y\n");
			scan_free(&s);
		}
		buf_free(&in);
	}
}

static void
odd(void)
{
	struct scan s;

	feed(&s, "", 0, 0);
	CHECK(s.octets == 0 && !s.has_header);
	scan_free(&s);

	feed(&s, "just text\n\0\n", 12, 10);
	CHECK(s.octets == 14 && !s.has_header && s.header.len == 0);
	scan_free(&s);

	feed(&s, "To: \xff", 5, 2);
	CHECK(s.octets == 7 && s.has_header);
	CHECK(s.header_8bit && !s.body_8bit);
	CHECK_TEXT(buf_str(&s.header), "To: \xff\n");
	scan_free(&s);

	feed(&s, "To: a\n\n", 7, 6);
	CHECK(s.octets == 9 && s.has_header);
	CHECK_TEXT(buf_str(&s.header), "To: a\n");
	scan_free(&s);

	feed(&s, "To: a\r\r", 7, 7);
	CHECK(s.has_header && s.octets == 9);
	scan_free(&s);
}

static void
large(void)
{
	struct buf in = {0};
	struct scan s;

	buf_adds(&in, "To: a\n\n");
	for (unsigned i = 0; i < 200000; i++)
		buf_adds(&in, "0123456789\n");
	feed(&s, in.data, in.len, 100000);
	CHECK(s.octets == 9 + 200000 * 12 && !s.body_8bit);
	scan_free(&s);
	for (size_t i = 1; i < in.len; i *= 2) {
		char c = in.data[in.len - i];

		in.data[in.len - i] = '\x80';
		feed(&s, in.data, in.len, 100000);
		CHECK(s.body_8bit);
		scan_free(&s);
		in.data[in.len - i] = c;
	}

	in.data[6] = ' '; /* no empty line: the second line cannot be a field and ends the header */
	feed(&s, in.data, in.len, 100000);
	CHECK(s.unended && !s.header_cut && s.octets == 10 + 200000 * 12);
	scan_free(&s);
	for (unsigned i = 0; i < 200000; i++) /* only folded lines: the header does not end */
		in.data[7 + 11 * i] = ' ';
	feed(&s, in.data, in.len, 100000);
	CHECK(s.header_cut && s.header.len <= SCAN_HEADER_MAX && s.octets == 8 + 200000 * 12);
	scan_free(&s);
	buf_free(&in);
}

int
main(void)
{
	ordinary();
	odd();
	large();
	return check_done();
}
