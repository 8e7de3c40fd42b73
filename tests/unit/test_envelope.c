/* Sender and recipients are read from a header. */
#include "mail/envelope.h"

#include "base/buf.h"
#include "base/err.h"
#include "check.h"

#define BOTH (ENVELOPE_FROM | ENVELOPE_RCPTS)

static void
good(const char *header, const char *want)
{
	struct envelope v = {0};
	struct buf out = {0};
	struct err e = {0};

	CHECK(envelope_read(&v, header, strlen(header), BOTH, &e) == 0);
	CHECK_TEXT(e.text, "");
	buf_addf(&out, "%s:", v.from != NULL ? v.from : "none");
	for (size_t i = 0; i < v.rcpts.n; i++)
		buf_addf(&out, " %s", v.rcpts.list[i]);
	CHECK_TEXT(buf_str(&out), want);
	buf_free(&out);
	envelope_free(&v);
}

static void
bad(const char *header, unsigned wanted, const char *says)
{
	struct envelope v = {0};
	struct err e = {0};

	CHECK(envelope_read(&v, header, strlen(header), wanted, &e) == -1);
	CHECK(e.status == EX_DATAERR);
	CHECK(strstr(e.text, says) != NULL);
	if (strstr(e.text, says) == NULL)
		fprintf(stderr, "\t%s\n", e.text);
	envelope_free(&v);
}

static void
ordinary(void)
{
	good("From: a@x\nTo: b@x\n", "a@x: b@x");
	good("From: a@x, b@x\nSender: S <s@x>\nTo: c@x\n", "s@x: c@x");
	good("From: a@x, b@x\nTo: c@x\n", "a@x: c@x");
	good("From: a@x\nSender: \nTo: c@x\n", "a@x: c@x");
	good("From: a@x\nSender: not a sender\nTo: c@x\n", "a@x: c@x");
	good("From: a b\nSender: s@x\nTo: c@x\n", "s@x: c@x");
	good("From: [list] a <a@x>\nTo: c@x\n", "a@x: c@x");
	good("From: a@x\nBcc: h@x\nto: b@x,\n c@X\nCC: c@x, d@x\nTo: e@x\n\nTo: not@x\n",
		"a@x: b@x c@X e@x d@x h@x");
	good("From: a@x\nTo: undisclosed-recipients:;\nBcc: b@x\n", "a@x: b@x");
}

static void
resent(void)
{
	good("Resent-From: r@x\nResent-To: s@x\nFrom: a@x\nSender: q@x\nTo: b@x\nCc: c@x\n",
		"r@x: s@x");
	good("resent-sender: q@x\nResent-From: r@x\nResent-Cc: s@x\nResent-Bcc: t@x\nTo: b@x\n",
		"q@x: s@x t@x");
	good("Resent-Foo: 1\nFrom: a@x\nTo: b@x\n", "a@x: b@x");
	bad("Resent-Message-ID: <1@x>\nFrom: a@x\nTo: b@x\n", BOTH, "Resent-From");
	bad("Resent-From: a@x\nTo: b@x\n", BOTH, "Resent-To");
	bad("Resent-From: a@x\nResent-To: b@x\nResent-From: c@x\nResent-To: d@x\n", BOTH,
		"several");
	bad("Resent-Date: 1\nResent-To: b@x\nResent-Date: 2\n", ENVELOPE_RCPTS, "several");
	bad("Resent-Date: 1\nResent-From: b@x\nResent-Date: 2\n", ENVELOPE_FROM, "several");
}

static void
missing(void)
{
	struct envelope v = {0};
	struct err e;

	bad("", BOTH, "no sender");
	bad("To: b@x\n", BOTH, "no sender");
	bad("From: a@x\n", BOTH, "no recipient");
	bad("From: a@x\nTo: x:;\n", BOTH, "no recipient");
	bad("From: a@x\nTo: b c\n", BOTH, "To: not an address");
	bad("From: a b\nTo: b@x\n", BOTH, "From: not an address");
	CHECK(envelope_read(&v, "", 0, 0, &e) == 0);
	CHECK(envelope_read(&v, "Resent-To: a\nResent-To: b\n", 26, 0, &e) == 0);
	addrs_add(&v.rcpts, "given", 5);
	CHECK(envelope_read(&v, "X: y\n", 5, ENVELOPE_RCPTS, &e) == 0 && v.rcpts.n == 1);
	CHECK(envelope_read(&v, "To: a, given\n", 13, ENVELOPE_RCPTS, &e) == 0 && v.rcpts.n == 2);
	envelope_free(&v);
}

int
main(void)
{
	ordinary();
	resent();
	missing();
	return check_done();
}
