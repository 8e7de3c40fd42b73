/* Facts about an SMTP server. */
#include "proto/smtp.h"

#include "check.h"

static const char *
software(const char *greeting)
{
	static struct buf out;

	buf_clear(&out);
	smtp_software(greeting, &out);
	return buf_str(&out);
}

/* The text after host and protocol, of the first line. */
static void
test_software(void)
{
	CHECK_STR(software("220 mx.example ESMTP Postfix (Debian/GNU)"), "Postfix (Debian/GNU)");
	CHECK_STR(software("220 mx.example ESMTP ESMTP Exim"), "ESMTP Exim");
	CHECK_STR(software("220 mx.example Postfix"), "Postfix");
	CHECK_STR(software("220 mx.example lmtp Dovecot ready."), "Dovecot ready.");
	CHECK_STR(software("220-mx.example ESMTP Exim 4.96\n220 no spam"), "Exim 4.96");
	CHECK_STR(software("220 mx.example SMTP\n220 Postfix"), "");
	CHECK_STR(software("220 mx.example"), "");
	CHECK_STR(software("220"), "");
	CHECK_STR(software(""), "");
}

static void
enhanced_of(const char *reply, const char *want)
{
	struct buf got = {0};
	size_t n;
	const char *p = smtp_enhanced_of(reply, &n);

	buf_add(&got, p, n);
	CHECK_STR(buf_str(&got), want);
	buf_free(&got);
}

/* The enhanced status code at the start of a reply text, and in the last line of a reply. */
static void
test_enhanced(void)
{
	CHECK(smtp_enhanced("5.1.1 no such user") == 5);
	CHECK(smtp_enhanced("4.27.301") == 8);
	CHECK(smtp_enhanced("no such user") == 0);
	CHECK(smtp_enhanced("5.1") == 0);
	CHECK(smtp_enhanced("3.1.1 x") == 0);
	CHECK(smtp_enhanced("") == 0);
	enhanced_of("550 5.1.1 no such user", "5.1.1");
	enhanced_of("550-5.1.2 a\n550 5.7.1 b", "5.7.1");
	enhanced_of("550-5.1.2 a\n550", "");
	enhanced_of("550 no", "");
	enhanced_of("", "");
}

/* The extensions with the arguments of all lines; the old AUTH= counts. */
static void
test_extensions(void)
{
	struct smtp_caps caps = {0};
	struct buf lines = {0};

	buf_adds(&caps.auth, "PLAIN LOGIN");
	buf_adds(&caps.lines, "SIZE 1000\nAUTH PLAIN\n8BITMIME\nAUTH=LOGIN\n");
	smtp_merge_extensions(&caps, &lines);
	CHECK_STR(buf_str(&lines), "SIZE 1000\nAUTH PLAIN LOGIN\n8BITMIME\n");
	CHECK(smtp_offers(&caps, "8bitmime") && !smtp_offers(&caps, "DSN"));
	buf_free(&lines);
	buf_free(&caps.lines);
	buf_free(&caps.auth);
}

int
main(void)
{
	test_software();
	test_enhanced();
	test_extensions();
	return check_done();
}
