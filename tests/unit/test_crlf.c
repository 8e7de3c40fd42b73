/* Line ends and dot-stuffing, cut at every point, against a plain octet-by-octet model. */
#include "mail/crlf.h"

#include "base/buf.h"
#include "base/err.h"
#include "check.h"

/* Run text through in two spans, or octet by octet if cut is larger than it. */
static void
run(struct crlf *x, struct buf *out, const char *p, size_t n, size_t cut, bool stuff, bool dot)
{
	struct buf_sink to;
	struct err e;

	buf_sink_init(&to, out, 10000000);
	crlf_init(x, out != NULL ? &to.sink : NULL, stuff);
	if (cut <= n) {
		CHECK(sink_write(&x->sink, p, cut, &e) == 0);
		CHECK(sink_write(&x->sink, p + cut, n - cut, &e) == 0);
	} else {
		for (size_t i = 0; i < n; i++)
			CHECK(sink_write(&x->sink, p + i, 1, &e) == 0);
	}
	CHECK(crlf_finish(x, dot, &e) == 0);
	crlf_free(x);
}

static void
same(const char *in, size_t n, const char *want, bool stuff, bool dot, uint64_t octets)
{
	for (size_t cut = 0; cut <= n + 1; cut++) {
		struct buf out = {0};
		struct crlf x;

		run(&x, &out, in, n, cut, stuff, dot);
		CHECK(out.len == strlen(want));
		CHECK_TEXT(buf_str(&out), want);
		CHECK(x.octets == octets);
		run(&x, NULL, in, n, cut, stuff, dot);
		CHECK(x.octets == octets);
		buf_free(&out);
	}
}

static void
texts(void)
{
	same("a\nb\r\nc\rd", 8, "a\r\nb\r\nc\r\nd\r\n", false, false, 12);
	same("\r\r\n\n\r", 5, "\r\n\r\n\r\n\r\n", false, false, 8);
	same("", 0, "", false, false, 0);
	same("", 0, ".\r\n", true, true, 0);
	same(".\n..\r.a\r\nb.\n.", 13, "..\r\n...\r\n..a\r\nb.\r\n..\r\n", true, false, 18);
	same(".\n..\r.a\r\nb.\n.", 13, ".\r\n..\r\n.a\r\nb.\r\n.\r\n", false, false, 18);
	same("x", 1, "x\r\n.\r\n", true, true, 3);
	same("x\r", 2, "x\r\n.\r\n", true, true, 3);
}

static void
counts(void)
{
	static const char text[] = "ab\n\nabcde\r\n.bc";
	struct crlf x;

	for (size_t cut = 0; cut < sizeof text; cut++) {
		run(&x, NULL, text, 14, cut, true, true);
		CHECK(x.dots == 1);
		CHECK(x.octets == 18);
	}
}

/* All texts of 7 characters out of four, against the model. */
static void
exhaustive(void)
{
	for (unsigned k = 0; k < 4 * 4 * 4 * 4 * 4 * 4 * 4; k++) {
		struct buf want = {0}, out = {0};
		char in[7];
		bool bol = true;
		struct crlf x;

		for (unsigned i = 0, v = k; i < 7; i++, v /= 4)
			in[i] = "\r\n.x"[v % 4];
		for (unsigned i = 0; i < 7; i++) {
			if (in[i] == '\n' && i > 0 && in[i - 1] == '\r')
				continue;
			if (in[i] == '\r' || in[i] == '\n') {
				buf_adds(&want, "\r\n");
				bol = true;
				continue;
			}
			if (bol && in[i] == '.')
				buf_addc(&want, '.');
			buf_addc(&want, in[i]);
			bol = false;
		}
		buf_adds(&want, bol ? ".\r\n" : "\r\n.\r\n");
		run(&x, &out, in, 7, k % 9, true, true);
		CHECK_TEXT(buf_str(&out), buf_str(&want));
		CHECK(x.octets == want.len - 3 - x.dots);
		buf_free(&want);
		buf_free(&out);
	}
}

/* Spans larger than the buffer, and a NUL. */
static void
large(void)
{
	struct buf in = {0}, out = {0}, want = {0};
	struct crlf x;

	for (unsigned i = 0; i < 20000; i++) {
		buf_addf(&in, "%s%u\n", i % 3 == 0 ? "." : "", i);
		buf_addf(&want, "%s%u\r\n", i % 3 == 0 ? ".." : "", i);
	}
	for (unsigned i = 0; i < 50000; i++) {
		buf_addc(&in, '\0');
		buf_addc(&want, '\0');
	}
	buf_adds(&want, "\r\n");
	run(&x, &out, in.data, in.len, 777, true, false);
	CHECK(out.len == want.len && memcmp(out.data, want.data, out.len) == 0);
	CHECK(x.octets + x.dots == want.len);
	run(&x, NULL, in.data, in.len, 777, false, false);
	CHECK(x.octets == want.len - 6667);
	buf_free(&in);
	buf_free(&out);
	buf_free(&want);
}

static int
full(struct sink *s, const char *p, size_t n, struct err *e)
{
	(void)s, (void)p, (void)n;
	return err_set(e, EX_IOERR, "full");
}

static void
errors(void)
{
	struct sink bad = {full};
	struct crlf x;
	struct err e = {0};

	crlf_init(&x, &bad, false);
	CHECK(sink_write(&x.sink, "a\n", 2, &e) == 0);
	CHECK(crlf_finish(&x, false, &e) == -1 && e.status == EX_IOERR);
	crlf_free(&x);
}

int
main(void)
{
	texts();
	counts();
	exhaustive();
	large();
	errors();
	return check_done();
}
