#include "auth/url.h"

#include "base/err.h"
#include "check.h"

static struct url u;
static struct err e;

/* Parse a URL for smtp, whose schemes cover all cases. Returns the status of the error; 0: none. */
static int
parse_for(enum url_proto applet, const char *text)
{
	url_free(&u);
	err_clear(&e);
	return url_parse(text, applet, &u, &e) == 0 ? 0 : e.status;
}

static int
parse(const char *text)
{
	return parse_for(URL_SMTP, text);
}

static void
test_schemes(void)
{
	static const struct {
		const char *text;
		enum url_proto applet, proto;
		bool implicit_tls;
		uint16_t port;
	} rows[] = {
		{"nntp://h", URL_NNTP, URL_NNTP, false, 119},
		{"nntps://h", URL_NNTP, URL_NNTP, true, 563},
		{"h", URL_NNTP, URL_NNTP, false, 119},
		{"pop://h", URL_POP, URL_POP, false, 110},
		{"POPS://h", URL_POP, URL_POP, true, 995},
		{"h", URL_POP, URL_POP, false, 110},
		{"smtp://h", URL_SMTP, URL_SMTP, false, 25},
		{"smtps://h", URL_SMTP, URL_SMTP, true, 465},
		{"submission://h", URL_SMTP, URL_SMTP, false, 587},
		{"submissions://h", URL_SMTP, URL_SMTP, true, 465},
		{"lmtp://h", URL_SMTP, URL_LMTP, false, 24},
		{"lmtp://h", URL_LMTP, URL_LMTP, false, 24},
		{"h", URL_SMTP, URL_SMTP, false, 25},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CHECK(parse_for(rows[i].applet, rows[i].text) == 0);
		CHECK(u.proto == rows[i].proto);
		CHECK(u.implicit_tls == rows[i].implicit_tls);
		CHECK(u.port == rows[i].port);
		CHECK_STR(u.host, "h");
	}
	CHECK(parse_for(URL_POP, "smtp://h") == EX_USAGE);
	CHECK(parse_for(URL_POP, "lmtp://h") == EX_USAGE);
	CHECK(parse_for(URL_NNTP, "submission://h") == EX_USAGE);
	CHECK(parse_for(URL_LMTP, "smtp://h") == EX_USAGE);
	CHECK(parse("http://h") == EX_USAGE);
	CHECK(parse("://h") == EX_USAGE);
	CHECK(parse("smt://h") == EX_USAGE);
	CHECK(parse("smtpx://h") == EX_USAGE);
}

static void
test_user(void)
{
	CHECK(parse("smtp://me@example.org@host.example") == 0);
	CHECK_STR(u.user, "me@example.org");
	CHECK_STR(u.host, "host.example");
	CHECK(parse("me%40example.org@host") == 0);
	CHECK_STR(u.user, "me@example.org");
	CHECK_STR(u.authmech, NULL);
	CHECK(parse("me;auth=PLAIN@host:26") == 0);
	CHECK_STR(u.user, "me");
	CHECK_STR(u.authmech, "PLAIN");
	CHECK(u.port == 26);
	CHECK(parse("me;AUTH=*@host") == 0);
	CHECK_STR(u.user, "me");
	CHECK_STR(u.authmech, NULL);
	CHECK(parse(";auth=EXTERNAL@host") == 0);
	CHECK_STR(u.user, NULL);
	CHECK_STR(u.authmech, "EXTERNAL");
	CHECK(parse("a;b@host") == 0);
	CHECK_STR(u.user, "a;b");
	CHECK(parse("a%3Ab%2fc%25@host") == 0);
	CHECK_STR(u.user, "a:b/c%");
	CHECK(parse("@host") == EX_USAGE);
	CHECK(parse("me;auth=@host") == EX_USAGE);
}

/* A password is refused, and the error never repeats the text before the @. */
static void
test_secrets(void)
{
	static const char *const bad[] = {"smtp://me:sesam@host", "me:sesam@host",
		"me:sesam/x@host", "smtp://me:@host", "smtp://sesam%zz@host", "sesam?@host",
		"sesam://me:sesam@host:x:"};

	for (size_t i = 0; i + 1 < sizeof bad / sizeof bad[0]; i++) {
		CHECK(parse(bad[i]) == EX_USAGE);
		CHECK(strstr(e.text, "sesam") == NULL);
	}
	CHECK(parse("me%0Asesam@host") == EX_DATAERR);
	CHECK(strstr(e.text, "sesam") == NULL);
}

static const char *
hidden(const char *text)
{
	static struct buf out;

	out.len = 0;
	url_add_hidden(&out, text);
	return buf_str(&out);
}

static void
test_hidden(void)
{
	CHECK_STR(hidden("smtp://me:sesam@host"), "smtp://me:***@host");
	CHECK_STR(hidden("me:se@s:am@host:25"), "me:***@host:25");
	CHECK_STR(hidden("pops://:sesam@host"), "pops://:***@host");
	CHECK_STR(hidden("me:a://b@host"), "me:***@host");
	CHECK_STR(hidden("pops://me@host:995"), "pops://me@host:995");
	CHECK_STR(hidden("[::1]:25"), "[::1]:25");
	CHECK_STR(hidden("work"), "work");
	CHECK_STR(hidden(""), "");
}

static void
test_host(void)
{
	CHECK(parse("smtp://[::1]:2525") == 0);
	CHECK_STR(u.host, "::1");
	CHECK(u.port == 2525);
	CHECK(parse("[fe80::1%25eth0]") == 0);
	CHECK_STR(u.host, "fe80::1%eth0");
	CHECK(parse("me@[2001:db8::25]/") == 0);
	CHECK_STR(u.host, "2001:db8::25");
	CHECK(parse("b\303\274cher.example") == 0);
	CHECK_STR(u.host, "b\303\274cher.example");
	CHECK(parse("b%C3%BCcher.example") == 0);
	CHECK_STR(u.host, "b\303\274cher.example");
	static const char *const bad[] = {"", "smtp://", "smtp:///", "smtp:///path", "me@", ":25",
		"h:", "h:0", "h:65536", "h:25x", "h:-1", "h: 25", "h:99999999999999999999", "::1",
		"[::1", "[::1]25", "[::1]:", "[zz]", "[]", "[127.0.0.1]", "[fe80::1%25]", "h/path",
		"h//", "h?x", "h#x", "h%2Fx", "h x", "h%", "h%4", "h%4x", "-h", "h\377", "h@/x"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (parse(bad[i]) != EX_USAGE) {
			fprintf(stderr, "\"%s\": %d\n", bad[i], e.status);
			CHECK(!"refused");
		}
	CHECK(parse("h%0D") == EX_DATAERR);
	CHECK(parse("h%00") == EX_DATAERR);
	CHECK(parse("h\n") == EX_DATAERR);
	CHECK(parse("me%0d%0aQUIT@h") == EX_DATAERR);
	CHECK(parse("me%00@h") == EX_DATAERR);
	CHECK(parse("me;auth=x%0a@h") == EX_DATAERR);
	CHECK(parse("h:65535/") == 0 && u.port == 65535);
	/* Characters that IDNA turns into others, or drops. */
	CHECK(parse("a\357\274\240b.example") == EX_DATAERR && strstr(e.text, "U+FF20") != NULL);
	CHECK(parse("a\343\200\202example") == EX_DATAERR);
	CHECK(parse("me@ex%C2%ADample:25") == EX_DATAERR && strstr(e.text, "U+00AD") != NULL);
}

static void
test_path(void)
{
	char longest[200] = "lmtp:///";

	CHECK(parse("lmtp:///run/dove%20cot/lmtp") == 0);
	CHECK_STR(u.path, "/run/dove cot/lmtp");
	CHECK_STR(u.host, "localhost");
	CHECK(u.port == 0);
	CHECK(u.proto == URL_LMTP);
	CHECK(parse("lmtp:///a@b") == 0);
	CHECK_STR(u.path, "/a@b");
	CHECK(parse("lmtp:///") == EX_USAGE);
	CHECK(parse("lmtp:///x?y") == EX_USAGE);
	CHECK(parse("lmtp:///x%0a") == EX_DATAERR);
	memset(longest + 8, 'x', 106);
	CHECK(parse(longest) == 0);
	memset(longest + 8, 'x', 107);
	CHECK(parse(longest) == EX_USAGE);
}

static void
test_loopback(void)
{
	static const char *const near[] = {"127.0.0.1", "127.255.255.255", "::1", "0:0:0:0:0:0:0:1",
		"::ffff:127.0.0.1", "localhost", "LocalHost.", "a.localhost"};
	static const char *const far[] = {"128.0.0.1", "::2", "::", "::ffff:10.0.0.1", "127.1",
		"localhost.example.org", "xlocalhost", "127.0.0.1.example.org", "", ".", "0.0.0.0"};

	for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
		CHECK(url_is_loopback(near[i]));
	for (size_t i = 0; i < sizeof far / sizeof far[0]; i++)
		CHECK(!url_is_loopback(far[i]));
}

/* Parse a local address. Returns it with its port, or "?". */
static const char *
bind_to(const char *text)
{
	static char shown[URL_BIND + 8];
	char addr[URL_BIND];
	uint16_t port;

	if (url_parse_bind(text, addr, &port, &e) == -1) {
		CHECK(e.status == EX_USAGE);
		return "?";
	}
	snprintf(shown, sizeof shown, "%s %u", addr, (unsigned)port);
	return shown;
}

static void
test_bind(void)
{
	CHECK_TEXT(bind_to("127.0.0.1"), "127.0.0.1 0");
	CHECK_TEXT(bind_to("127.0.0.1:25"), "127.0.0.1 25");
	CHECK_TEXT(bind_to("::1"), "::1 0");
	CHECK_TEXT(bind_to("[::1]"), "::1 0");
	CHECK_TEXT(bind_to("[::1]:65535"), "::1 65535");
	CHECK_TEXT(bind_to("[::1]:65536"), "?");
	CHECK_TEXT(bind_to("[::1"), "?");
	CHECK_TEXT(bind_to("[::1]25"), "?");
	CHECK_TEXT(bind_to("127.0.0.1:x"), "?");
	CHECK_TEXT(bind_to("127.0.0.1:"), "?");
}

int
main(void)
{
	test_schemes();
	test_user();
	test_secrets();
	test_hidden();
	test_host();
	test_path();
	test_loopback();
	test_bind();
	url_free(&u);
	return check_done();
}
