#include "proto/smtp_dialogue.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* ---- whole dialogues ------------------------------------------------------------------------------ */

/* The messages that a dialogue delivered (sender, the number of recipients, content), and its replies. */
struct delivered {
	struct sink sink;
	struct buf text, replies;
	struct err fails; /* the result of `deliver`; status 0: success */
};

static int
add_text(struct sink *s, const char *p, size_t n, struct err *e)
{
	(void)e;
	buf_add(&((struct delivered *)s)->text, p, n);
	return 0;
}

static int
deliver(void *context, struct message_source *m, const struct smtp_receive *envelope,
	struct err *why)
{
	struct delivered *to = context;

	buf_addf(&to->text, "%s %zu\n", envelope->from, envelope->rcpts.n);
	CHECK(message_source_send(m, 0, message_source_len(m), &to->sink, why) == 0);
	*why = to->fails;
	return why->status == 0 ? 0 : -1;
}

static int
reply(void *context, const char *p, size_t n, struct err *e)
{
	(void)e;
	buf_add(&((struct delivered *)context)->replies, p, n);
	return 0;
}

/* A child writes the input in pieces of n octets, each of which is read alone. */
static pid_t
start_client(int fd, const char *input, size_t n)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	for (size_t left = strlen(input); left > 0; input += n, left -= n) {
		n = left < n ? left : n;
		if (write(fd, input, n) != (ssize_t)n)
			break;
	}
	_exit(0);
}

/* Run a dialogue over input in pieces of `step` octets. */
static int
dialogue(const char *input, size_t step, struct delivered *to, struct err *e)
{
	struct smtp_dialogue d = {.context = to, .deliver = deliver, .reply = reply};
	int fd[2], rc;
	pid_t client;

	to->sink.write = add_text;
	buf_clear(&to->text);
	buf_clear(&to->replies);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0);
	client = start_client(fd[1], input, step);
	close(fd[1]);
	rc = smtp_dialogue_run(&d, fd[0], "stdin", "mx", e);
	close(fd[0]);
	CHECK(waitpid(client, NULL, 0) == client);
	return rc;
}

#define BEGIN "MAIL FROM:<a@x>\nRCPT TO:<b@x>\nRCPT TO:<c@x>\nDATA\n"
#define REPLIES                                                                    \
	"220 mx ESMTP mailnet\r\n250 2.1.0 ok\r\n250 2.1.5 ok\r\n250 2.1.5 ok\r\n" \
	"354 end with a line that holds a dot alone\r\n"

/* Both line ends, in pieces of any size. With CR LF a dot between bare LFs is data. */
static void
test_data(void)
{
	static const struct {
		const char *input, *message;
	} cases[] = {
		{BEGIN "x\n..y\n\n.z\r\n\rw\r\r\n.\nQUIT\nNOOP\n",
			"a@x 2\nx\r\n.y\r\n\r\nz\r\n\rw\r\r\n"},
		{BEGIN ".\r\nQUIT\n", "a@x 2\n"},
		{"MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\nDATA\r\n"
		 "x\n.\ny\r\n..\r\n.\r\nQUIT\r\n",
			"a@x 2\nx\n.\ny\r\n.\r\n"},
	};
	struct delivered to = {0};
	struct err e = {0};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t step = 1; step < 9; step++) {
			CHECK(dialogue(cases[i].input, step, &to, &e) == 0);
			CHECK_STR(buf_str(&to.text), cases[i].message);
			CHECK_STR(buf_str(&to.replies),
				REPLIES "250 2.0.0 accepted\r\n221 2.0.0 closing\r\n");
		}
	buf_free(&to.text);
	buf_free(&to.replies);
}

/* A line of data has no limit, also for a client that ends lines in LF; a command has one. */
static void
test_long(void)
{
	struct delivered to = {0};
	struct buf in = {0};
	struct err e = {0};
	size_t begin;

	buf_adds(&in, "NOOP ");
	for (size_t i = 0; i < 3 * RECEIVE_LINE; i++)
		buf_addc(&in, 'x');
	buf_adds(&in, "\n" BEGIN);
	begin = in.len;
	for (size_t i = 0; i < 200000; i++)
		buf_addc(&in, (char)('a' + i % 26));
	buf_adds(&in, "\n.\n");
	CHECK(dialogue(buf_str(&in), 777, &to, &e) == 0);
	CHECK(strstr(buf_str(&to.replies), "mailnet\r\n500 5.5.2 line too long\r\n250 ") != NULL);
	CHECK(to.text.len == 6 + 200000 + 2);
	CHECK(to.text.len > 6 && memcmp(to.text.data + 6, in.data + begin, 200000) == 0);
	buf_free(&in);
	buf_free(&to.text);
	buf_free(&to.replies);
}

/* The outcome of a message is the reply to its data; a signal ends the dialogue. */
static void
test_outcome(void)
{
	struct delivered to = {0};
	struct err e = {0};

	err_code(&to.fails, EX_TEMPFAIL, 452, "452 later");
	CHECK(dialogue(BEGIN ".\n", 64, &to, &e) == 0);
	CHECK_STR(buf_str(&to.replies), REPLIES "452 4.0.0 452 later\r\n");
	err_set(&to.fails, EX_NO, "%s", "");
	CHECK(dialogue(BEGIN ".\n", 64, &to, &e) == 0);
	CHECK_STR(buf_str(&to.replies), REPLIES "250 2.0.0 accepted\r\n");
	err_set(&to.fails, EX_SIGNAL + 15, "interrupted");
	CHECK(dialogue(BEGIN ".\nQUIT\n", 64, &to, &e) == -1);
	CHECK(e.status == EX_SIGNAL + 15);
	CHECK_STR(buf_str(&to.replies), REPLIES);
	buf_free(&to.text);
	buf_free(&to.replies);
}

/* Input that ends within a message delivers nothing. */
static void
test_cut(void)
{
	struct delivered to = {0};
	struct err e = {0};

	CHECK(dialogue(BEGIN "x\n", 64, &to, &e) == -1 && e.status == EX_DATAERR);
	CHECK_STR(e.text, "stdin ended within a message");
	CHECK_STR(buf_str(&to.text), "");
	CHECK_STR(buf_str(&to.replies), REPLIES);
	CHECK(dialogue("NOOP", 64, &to, &e) == 0);
	CHECK_STR(buf_str(&to.replies), "220 mx ESMTP mailnet\r\n");
	buf_free(&to.text);
	buf_free(&to.replies);
}

int
main(void)
{
	test_cut();
	test_data();
	test_long();
	test_outcome();
	test_message();
	test_order();
	test_syntax();
	smtp_receive_free(&r);
	buf_free(&out);
	return check_done();
}
