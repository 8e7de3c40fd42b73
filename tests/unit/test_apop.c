#include "auth/apop.h"

#include "base/buf.h"
#include "base/err.h"
#include "check.h"

static struct buf out;
static struct err e;

static int
digest_n(const char *greeting, size_t n)
{
	buf_clear(&out);
	err_clear(&e);
	return apop_digest(greeting, n, "tanstaaf", &out, &e) == 0 ? 0 : e.status;
}

static int
digest(const char *greeting)
{
	return digest_n(greeting, strlen(greeting));
}

int
main(void)
{
	static const char *const bad[] = {"+OK ready", "+OK <>", "+OK <@>", "+OK <a@>", "+OK <@b>",
		"+OK <a.b>", "+OK <a@b", "+OK a@b>", "+OK <a..b@c>", "+OK <.a@c>", "+OK <a.@c>",
		"+OK <a@c.>", "+OK <a b@c>", "+OK <a@b@c>", "+OK <a\200@c>", "+OK <a@c\200>",
		"+OK <\"a\"@c>", "+OK <a@[c>", "<"};

	/* The example of RFC 1939, section 7. */
	CHECK(digest("+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>") == 0);
	CHECK_STR(buf_str(&out), "c4c9334bac560ecc979e58001b3e22fb");
	CHECK(digest("+OK <x> then <1896.697170952@dbc.mtview.ca.us> bye") == 0);
	CHECK_STR(buf_str(&out), "c4c9334bac560ecc979e58001b3e22fb");
	CHECK(digest("+OK <1.2.a+/b==@h_x>") == 0);
	CHECK(digest("+OK <1@[127.0.0.1]>") == 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK(digest(bad[i]) == EX_NOPERM);
		CHECK(out.len == 0);
	}
	CHECK(digest_n("+OK <a\0b@c>", 11) == EX_NOPERM);
	buf_free(&out);
	return check_done();
}
