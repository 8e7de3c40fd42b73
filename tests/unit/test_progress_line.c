/* The text of the progress line, and when it is due. */
#include "base/progress_line.h"

#include "check.h"

static const char *
text(const struct progress_line *p, int64_t now)
{
	static struct buf b;

	buf_clear(&b);
	progress_line_text(p, now, &b);
	return buf_str(&b);
}

static void
due(void)
{
	struct progress_line p = {.what = "messages", .began = 5000, .last = 5000};

	CHECK(!progress_line_due(&p, 5999));
	CHECK(progress_line_due(&p, 6000));
	p.last = 6000;
	CHECK(!progress_line_due(&p, 6249));
	CHECK(progress_line_due(&p, 6250));
	/* Octets alone are shown only if they are many. */
	p.what = NULL;
	p.octets = 65535;
	CHECK(!progress_line_due(&p, 9000));
	p.octets++;
	CHECK(progress_line_due(&p, 9000));
}

static void
texts(void)
{
	struct progress_line p = {.what = "messages", .count = 3, .octets = 999};

	CHECK_TEXT(text(&p, 1000), "3 messages, 3/s, 999 B, 999 B/s");
	p.octets = 1500000;
	p.total_count = 12;
	CHECK_TEXT(text(&p, 3000), "3/12 messages, 1/s, 1.5 MB, 500.0 KB/s, 0:00:09 left");
	/* A total of octets gives a better estimate than the count. */
	p.total_octets = 3000000;
	CHECK_TEXT(text(&p, 3000), "3/12 messages, 1/s, 1.5 MB, 500.0 KB/s, 0:00:03 left");
	/* Octets of the protocol count too, so that they may exceed the total. */
	p.total_octets = 1000000;
	CHECK_TEXT(text(&p, 3000), "3/12 messages, 1/s, 1.5 MB, 500.0 KB/s, 0:00:00 left");
	/* An estimate of more than 100 hours, or without anything done, is left out. */
	p = (struct progress_line){.octets = 1, .total_octets = UINT64_C(1) << 60};
	CHECK_TEXT(text(&p, 1000), "1 B, 1 B/s");
	p = (struct progress_line){.what = "articles", .total_count = 9};
	CHECK_TEXT(text(&p, 2000), "0/9 articles, 0/s, 0 B, 0 B/s");
	p = (struct progress_line){.octets = UINT64_C(7000000000000000)};
	CHECK_TEXT(text(&p, 1000), "7000.0 TB, 7000.0 TB/s");
}

int
main(void)
{
	due();
	texts();
	return check_done();
}
