/* Bcc fields and mbox lines are dropped from a message, all other octets are kept, wherever spans are cut. */
#include "mail/bcc.h"

#include "base/buf.h"
#include "base/err.h"
#include "check.h"

static void
run_cut(const char *in, size_t n, size_t cut, const char *head, const char *body)
{
	struct buf h = {0}, b = {0};
	struct buf_sink hs, bs;
	struct bcc x;
	struct err e;

	buf_sink_init(&hs, &h, 1000000);
	buf_sink_init(&bs, &b, 1000000);
	bcc_init(&x, &hs.sink, &bs.sink, BCC_ONLY);
	if (cut <= n) {
		CHECK(sink_write(&x.sink, in, cut, &e) == 0);
		CHECK(sink_write(&x.sink, in + cut, n - cut, &e) == 0);
	} else {
		for (size_t i = 0; i < n; i++)
			CHECK(sink_write(&x.sink, in + i, 1, &e) == 0);
	}
	CHECK(bcc_finish(&x, &e) == 0);
	CHECK_TEXT(buf_str(&h), head);
	CHECK_TEXT(buf_str(&b), body);
	CHECK(x.has_header == (*head != '\0' || strstr(in, "cc") != NULL));
	buf_free(&h);
	buf_free(&b);
}

static void
run(const char *in, const char *head, const char *body)
{
	for (size_t cut = 0; cut <= strlen(in) + 1; cut++)
		run_cut(in, strlen(in), cut, head, body);
}

static void
fields(void)
{
	run("To: a\nBcc: b\nX: y\n\nBcc: stays\n", "To: a\nX: y\n\n", "Bcc: stays\n");
	run("BCC:b\r\n\tfolded\r\n more\r\nTo: a\r\nbcc : c\r\n\r\nx", "To: a\r\n\r\n", "x");
	run("To: a\rResent-Bcc: b\r fold\rX: y\r\rbody\r", "To: a\r\nX: y\r\r", "body\r");
	run("To: a\rX: y\nBcc: b\n\nbody", "To: a\rX: y\n\n", "body");
	run("To: a\rBcc: b\n\nX: body", "To: a\r\n\n", "X: body");
	run("To: a\rBcc: b\r\n fold\n\r\nX: body", "To: a\r\n\r\n", "X: body");
	run("To: a\rBcc: b\rBcc: c\n\nX: body", "To: a\r\n\n", "X: body");
	run("Bcc: only\n", "", "");
	run("Bcc: only\n\nbody", "\n", "body");
	run("Bcc\t \t: x\nBccx: y\nXBcc: z\nResent-Bccs: w\nBc: v\n\n",
		"Bccx: y\nXBcc: z\nResent-Bccs: w\nBc: v\n\n", "");
	run("Resent-BCC: a\nTo: b", "To: b", "");
	run("To: b\nBcc", "To: b\n\n", "Bcc");
	run("To: b\rtext\rBcc: c\r", "To: b\r\n\n", "text\rBcc: c\r");
	run("Bcc: b\ntext: \n?\n", "text: \n\n", "?\n");
	run("To: a\nbcc:\n \n x\nY: z\n\n", "To: a\nY: z\n\n", "");
	run("To: a\ngarbage\n more\nBcc: b\n\n", "To: a\n\n", "garbage\n more\nBcc: b\n\n");
	run("To: a\nBcc: b\nBcc: c\nBcc: d\n\n", "To: a\n\n", "");
}

static void
first_lines(void)
{
	run("From a@b Fri Nov 20 12:34:56 2026\nTo: a\n\nb\n", "To: a\n\n", "b\n");
	run("From a@b x\r\nBcc: a\r\nTo: c\r\n\r\nb", "To: c\r\n\r\n", "b");
	run("From a\rTo: c\r\rb", "To: c\r\r", "b");
	run(">From a@b x\nTo: c\n\nb", "To: c\n\n", "b");
	run("From a@b x\n>From c d\r\nFrom e f\nBcc: g\nTo: c\n\nb", "To: c\n\n", "b");
	run(">From here\n>From there\ntext\n", "", ">From here\n>From there\ntext\n");
	run(">From: a\n\nb", ">From: a\n\n", "b");
	run("From here on\nit is text\n", "", "From here on\nit is text\n");
	run("From here\n\ntext: x\n", "", "From here\n\ntext: x\n");
	run("From", "", "From");
	run("From x", "", "From x");
	run("From: a\nTo: b\n\n", "From: a\nTo: b\n\n", "");
	run("From : a\nTo: b\n\n", "From : a\nTo: b\n\n", "");
	run("no field\nTo: a\n\n", "", "no field\nTo: a\n\n");
	run("\nTo: a\n", "", "\nTo: a\n");
	run(" To: a\n", "", " To: a\n");
	run(": a\n", "", ": a\n");
	run("", "", "");
	run("W\xc3\xb6rt: a\n", "", "W\xc3\xb6rt: a\n");
}

/* Endless field names and blanks do not use more memory, and a Bcc field is not sent. */
static void
endless(void)
{
	struct buf in = {0}, want = {0};

	for (unsigned i = 0; i < 5000; i++)
		buf_addc(&in, 'a');
	buf_adds(&in, ": no name\n");
	run_cut(in.data, in.len, 3000, "", in.data);
	buf_clear(&in);
	buf_adds(&in, "To: a\nBcc");
	for (unsigned i = 0; i < 20000; i++)
		buf_addc(&in, ' ');
	buf_adds(&in, ": secret\n\n");
	run_cut(in.data, in.len, 3000, "To: a\n\n", "");
	buf_clear(&in);
	for (unsigned i = 0; i < 20000; i++)
		buf_adds(&in, "From x\n");
	run_cut(in.data, in.len, 3000, "", in.data);
	buf_clear(&in);
	for (unsigned i = 0; i < 3000; i++) {
		buf_addf(&in, "X-%u: some text\nBcc: x\n", i);
		buf_addf(&want, "X-%u: some text\n", i);
	}
	run_cut(in.data, in.len, 1000, want.data, "");
	buf_free(&in);
	buf_free(&want);
}

int
main(void)
{
	fields();
	first_lines();
	endless();
	return check_done();
}
