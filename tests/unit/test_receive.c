#include "proto/smtp_receive.h"

#include "check.h"

static struct smtp_receive r;
static struct buf out;
static enum receive_next next;

/* The reply to one line. */
static const char *
say(const char *line)
{
	buf_clear(&out);
	next = smtp_receive_line(&r, line, strlen(line), &out);
	return buf_str(&out);
}

static void
begin(void)
{
	smtp_receive_free(&r);
	buf_clear(&out);
	smtp_receive_begin(&r, "mx.example", &out);
}

/* Does the reply to the line begin so? */
#define SAYS(line, start) CHECK(strncmp(say(line), (start), strlen(start)) == 0)

static void
test_message(void)
{
	begin();
	CHECK_STR(buf_str(&out), "220 mx.example ESMTP mailnet\r\n");
	CHECK_STR(say("EHLO me"), "250-mx.example\r\n250-PIPELINING\r\n250-SIZE\r\n250-8BITMIME\r\n"
				  "250-SMTPUTF8\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES\r\n");
	SAYS("mail from:<a@b.example> SIZE=12 body=8bitmime SMTPUTF8 RET=HDRS ENVID=x", "250 ");
	CHECK_STR(r.from, "a@b.example");
	CHECK(r.utf8 && r.mail_params.n == 2);
	CHECK_STR(r.mail_params.list[0], "RET=HDRS");
	SAYS("RCPT TO:<\"x >y\"@c.example> NOTIFY=NEVER ", "250 ");
	SAYS("RCPT TO:<@relay.example:d@e.example>", "250 ");
	CHECK(r.rcpts.n == 2 && r.rcpt_params[0].n == 1 && r.rcpt_params[1].n == 0);
	CHECK_STR(r.rcpts.list[0], "\"x >y\"@c.example");
	CHECK_STR(r.rcpts.list[1], "d@e.example");
	SAYS("DATA", "354 ");
	CHECK(next == RECEIVE_DATA);
	buf_clear(&out);
	smtp_receive_end(&r, 550, "550 5.1.1 no\n550 b\x01", &out);
	CHECK_STR(buf_str(&out), "550-550 5.1.1 no\r\n550 550 b?\r\n");
	CHECK(!r.mail && r.rcpts.n == 0);
	buf_clear(&out);
	smtp_receive_end(&r, 250, "", &out);
	CHECK_STR(buf_str(&out), "250 \r\n");
	SAYS("MAIL FROM:<>", "250 ");
	CHECK_STR(r.from, "");
	SAYS("QUIT", "221 ");
	CHECK(next == RECEIVE_QUIT);
}

static void
test_order(void)
{
	begin();
	SAYS("MAIL FROM:<a@b>", "250 ");
	SAYS("RSET", "250 ");
	SAYS("HELO", "501 ");
	SAYS("helo x", "250 mx.example\r\n");
	SAYS("RCPT TO:<a@b>", "503 ");
	SAYS("DATA", "503 ");
	SAYS("MAIL FROM: a@b", "250 ");
	SAYS("MAIL FROM:<a@b>", "503 ");
	SAYS("DATA", "554 ");
	SAYS("RCPT TO:root", "250 ");
	SAYS("DATA x", "501 ");
	SAYS("RSET", "250 ");
	SAYS("DATA", "503 ");
	SAYS("NOOP x", "250 ");
	SAYS("VRFY x", "252 ");
	SAYS("", "500 ");
	SAYS("STARTTLS", "500 ");
	SAYS("AUTH PLAIN x", "500 ");
	CHECK(next == RECEIVE_LINE_NEXT);
}

static void
test_syntax(void)
{
	static char longest[RECEIVE_LINE];

	begin();
	say("EHLO x");
	SAYS("MAIL FROM:<a@b", "501 ");
	SAYS("MAIL FROM:", "501 ");
	SAYS("MAIL <a@b>", "501 ");
	SAYS("MAIL FROM:<a b@c>", "501 ");
	SAYS("MAIL FROM:<a@b>x", "501 ");
	SAYS("MAIL FROM:<\"a@b>", "501 ");
	SAYS("MAIL FROM:<a,b@c>", "553 ");
	SAYS("MAIL FROM:<a@b> SIZE=x", "501 ");
	SAYS("MAIL FROM:<a@b> BODY=BINARYMIME", "501 ");
	SAYS("MAIL FROM:<a@b> AUTH=<>", "555 ");
	SAYS("MAIL FROM:<a@b>\t", "500 ");
	CHECK(!r.mail);
	SAYS("MAIL FROM:<a@b>", "250 ");
	SAYS("RCPT TO:<>", "553 ");
	SAYS("RCPT TO:<a@b> SIZE=3", "555 ");
	SAYS("RCPT TO:<a@b", "501 ");
	CHECK(r.mail && r.rcpts.n == 0);
	memset(longest, 'x', sizeof longest - 1);
	SAYS(longest, "500 5.5.2 line too long");
}

int
main(void)
{
	test_message();
	test_order();
	test_syntax();
	smtp_receive_free(&r);
	buf_free(&out);
	return check_done();
}
