/* Reply reader, command queue and line reader over a socket pair. The test is the server. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bsd.h"
#include "base/mem.h"
#include "base/wait.h"
#include "check.h"
#include "wire/block.h"
#include "wire/cmdq.h"

static const struct reply_rule smtp = {reply_judge_smtp, 8192, 0},
			       nntp = {reply_judge_nntp, 2048, 0}, pop = {reply_judge_pop, 2048, 0};

/* A connection. *far: the descriptor of its other end. */
static struct conn *
pair(int *far)
{
	struct conn *c = mem_zalloc(sizeof *c);
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv) == -1)
		abort();
	c->fd = sv[0];
	*far = sv[1];
	c->timeout = 300;
	c->cap = 16; /* small, so that it grows and moves */
	c->in = mem_alloc(c->cap);
	return c;
}

static void
say(int far, const char *text, size_t n)
{
	if (write(far, text, n) != (ssize_t)n)
		abort();
}

static int
read_one(const struct reply_rule *rule, const char *text, size_t n, struct reply *r, struct err *e)
{
	int far;
	struct conn *c = pair(&far);
	int rc;

	say(far, text, n);
	close(far);
	rc = reply_read(c, rule, 0, r, e);
	conn_close(c);
	return rc;
}

static void
good(const struct reply_rule *rule, const char *text, int code, const char *lines,
	const char *words)
{
	struct reply r = {0};
	struct err e = {0};

	CHECK(read_one(rule, text, strlen(text), &r, &e) == 0);
	CHECK(r.code == code);
	CHECK_TEXT(buf_str(&r.text), lines);
	CHECK_TEXT(reply_words(&r), words);
	reply_free(&r);
}

static void
bad(const struct reply_rule *rule, const char *text, size_t n, int status)
{
	struct reply r = {0};
	struct err e = {0};

	CHECK(read_one(rule, text, n, &r, &e) == -1);
	CHECK(e.status == status);
	reply_free(&r);
}

#define BAD(rule, text, status) bad(rule, text, sizeof(text) - 1, status)

static void
replies(void)
{
	good(&smtp, "220 hi\r\n", 220, "220 hi", "hi");
	good(&smtp, "250\r\n", 250, "250", "");
	good(&smtp, "250-a\r\n250-\r\n250 b\r\n", 250, "250-a\n250-\n250 b", "a\n250-\n250 b");
	good(&nntp, "211 1 2 3 g\r\n", 211, "211 1 2 3 g", "1 2 3 g");
	good(&pop, "+OK\r\n", '+', "+OK", "");
	good(&pop, "+ok x\r\n", '+', "+ok x", "x");
	good(&pop, "-ERR [AUTH] no\r\n", '-', "-ERR [AUTH] no", "[AUTH] no");
	good(&pop, "+ abc=\r\n", 'c', "+ abc=", "abc=");
	BAD(&smtp, "220\thi\r\n", EX_PROTOCOL);
	BAD(&smtp, "150 x\r\n", EX_PROTOCOL);
	BAD(&smtp, "250 a\0b\r\n", EX_PROTOCOL);
	BAD(&smtp, "", EX_TEMPFAIL);
	BAD(&smtp, "250 torn", EX_TEMPFAIL);
	BAD(&smtp, "250 bare\n", EX_TEMPFAIL);
	BAD(&nntp, "600 x\r\n", EX_PROTOCOL);
	BAD(&nntp, "20 x\r\n", EX_PROTOCOL);
	BAD(&nntp, "2000\r\n", EX_PROTOCOL);
	BAD(&nntp, "200-x\r\n", EX_PROTOCOL);
	BAD(&pop, "+OKAY\r\n", EX_PROTOCOL);
	BAD(&pop, "OK\r\n", EX_PROTOCOL);
}

static void
reply_limits(void)
{
	struct reply r = {0};
	struct err e = {0};
	char line[2052];

	memset(line, 'x', sizeof line);
	memcpy(line, "200 ", 4);
	memcpy(line + 2048, "\r\n", 2);
	CHECK(read_one(&nntp, line, 2050, &r, &e) == 0);
	CHECK(r.text.len == 2048);
	line[2048] = 'x';
	memcpy(line + 2049, "\r\n", 2);
	CHECK(read_one(&nntp, line, 2051, &r, &e) == -1);
	CHECK(e.status == EX_PROTOCOL);
	reply_free(&r);
}

/* Read all octets that were written to the far side so far. */
static size_t
read_written(int far, char *into, size_t max)
{
	ssize_t n = read(far, into, max - 1);

	into[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void
queue(void)
{
	char into[65536];
	struct reply r = {0};
	struct err e = {0};
	int far, tag = 0, puts = 0, before;
	struct conn *c = pair(&far);
	struct cmdq *q = cmdq_new(c, &pop);

	CHECK(cmdq_put(q, 1, &e, "STAT\r\nDELE 1") == -1);
	CHECK(e.status == EX_DATAERR);
	CHECK(cmdq_pending(q) == 0);
	CHECK(cmdq_room(q));
	CHECK(cmdq_put(q, 7, &e, "NOOP") == 0);
	CHECK(!cmdq_room(q)); /* no pipelining: one command at a time */
	CHECK(read_written(far, into, sizeof into) ==
		0); /* cmdq_put only queues; the first read flushes */
	say(far, "+OK a\r\n", 7);
	CHECK(cmdq_reply(q, &r, &tag, &e) == 0);
	CHECK(tag == 7);
	CHECK_TEXT(cmdq_answered(q), "NOOP");
	CHECK(c->rounds == 1);
	read_written(far, into, sizeof into);
	CHECK_TEXT(into, "NOOP\r\n");

	q->pipelining = true;
	for (; cmdq_room(q); puts++)
		CHECK(cmdq_put(q, puts, &e, "RETR %04d", puts) == 0);
	CHECK(puts == (CMDQ_WINDOW + 10) / 11);
	for (int i = 0; i < puts; i++)
		memcpy(into + (size_t)i * 5, "+OK\r\n", 5);
	say(far, into, (size_t)puts * 5);
	before = puts;
	for (int i = 0; i < puts / 2 + 1; i++) {
		CHECK(cmdq_reply(q, &r, &tag, &e) == 0);
		CHECK(tag == i);
		if (i < 10)
			CHECK(!cmdq_room(q)); /* not before half the window is free */
	}
	CHECK(cmdq_room(q));
	CHECK(read_written(far, into, sizeof into) == (size_t)before * 11); /* one write */
	CHECK(cmdq_put(q, 999, &e, "QUIT") == 0);
	while (cmdq_pending(q) > 1)
		CHECK(cmdq_reply(q, &r, &tag, &e) == 0);
	CHECK(read_written(far, into, sizeof into) ==
		6); /* QUIT was sent although no read had to wait */
	say(far, "+OK bye\r\n", 9);
	CHECK(cmdq_reply(q, &r, &tag, &e) == 0 && tag == 999);
	CHECK(c->rounds == 2);

	/* An unsolicited reply ends the session; an unsolicited -ERR may announce that the server closes. */
	say(far, "+OK what\r\n", 10);
	CHECK(cmdq_put(q, 1, &e, "STAT") == -1);
	CHECK(e.status == EX_PROTOCOL && c->dead);
	reply_free(&r);
	cmdq_free(q);
	conn_close(c);
	close(far);
}

static void
owes(void)
{
	struct reply r = {0};
	struct err e = {0};
	int far, tag;
	struct conn *c = pair(&far);
	struct cmdq *q = cmdq_new(c, &smtp);

	q->pipelining = true;
	cmdq_put_data(q, 1, "DATA", 0);
	CHECK(cmdq_put(q, 2, &e, "QUIT") == 0);
	say(far, "250 a\r\n450 b\r\n221 c\r\n", 21);
	CHECK(cmdq_reply(q, &r, &tag, &e) == 0 && tag == 1 && r.code == 250);
	cmdq_owe_again(q, 5);
	CHECK(cmdq_reply(q, &r, &tag, &e) == 0 && tag == 5 && r.code == 450);
	CHECK_TEXT(cmdq_answered(q), "DATA");
	CHECK(cmdq_reply(q, &r, &tag, &e) == 0 && tag == 2 && r.code == 221);
	CHECK(cmdq_pending(q) == 0);
	reply_free(&r);
	cmdq_free(q);
	conn_close(c);
	close(far);
}

static void
silence(void)
{
	struct reply r = {0};
	struct err e = {0};
	int far;
	struct conn *c = pair(&far);

	/* A reply that arrives octet by octet does not get a new timeout with each octet. */
	say(far, "220 dripping", 12);
	CHECK(reply_read(c, &smtp, 0, &r, &e) == -1);
	CHECK(e.status == EX_TEMPFAIL && c->dead);
	reply_free(&r);
	conn_close(c);
	close(far);
}

static void
lines(void)
{
	static const char text[] = "one\r\n..two\r\n.three\nx\r\n\r\n.\r\n";
	struct err e = {0};
	int far;
	struct conn *c = pair(&far);
	char *p;
	size_t n;

	say(far, text, sizeof text - 1);
	CHECK(block_line(c, &p, &n, &e) == 1 && n == 3 && memcmp(p, "one", 3) == 0);
	CHECK(block_line(c, &p, &n, &e) == 1 && n == 4 && memcmp(p, ".two", 4) == 0);
	CHECK(block_line(c, &p, &n, &e) == 1 && n == 7 && memcmp(p, "three\nx", 7) == 0);
	CHECK(block_line(c, &p, &n, &e) == 1 && n == 0);
	CHECK(block_line(c, &p, &n, &e) == 0);
	conn_close(c);
	close(far);
}

/* Octet number i of the data. A child reads all octets and checks them. */
static char
octet(size_t i)
{
	return (char)(i * 31 % 251);
}

static void
read_all(int far)
{
	static char piece[100000];
	size_t at = 0;
	ssize_t n;

	fcntl(far, F_SETFL, 0);
	while ((n = read(far, piece, sizeof piece)) > 0)
		for (ssize_t i = 0; i < n; i++)
			if (piece[i] != octet(at++))
				_exit(1);
	_exit(n == 0 && at == 1500000 ? 0 : 1);
}

/* Large pieces and small ones arrive in the order in which they were written. */
static void
pieces(void)
{
	static const size_t sizes[] = {5, 40000, 10, 65536, 32767, 32768, 300000, 100, 1, 700000};
	char *text = mem_alloc(1500000);
	struct err e = {0};
	int far, status = -1;
	struct conn *c = pair(&far);
	size_t at = 0;
	pid_t pid;

	for (size_t i = 0; i < 1500000; i++)
		text[i] = octet(i);
	pid = fork();
	if (pid == 0) {
		close(c->fd);
		read_all(far);
	}
	close(far);
	c->timeout = 60000;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; at += sizes[i++])
		CHECK(conn_write(c, text + at, sizes[i], &e) == 0);
	CHECK(conn_write(c, text + at, 1500000 - at, &e) == 0);
	CHECK(conn_flush(c, &e) == 0 && c->octets_out == 1500000);
	conn_close(c);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	free(text);
}

/* A server has replied and reads no more: a write that watches for input ends at once. */
static void
stop_on_input(void)
{
	static char text[4000000];
	struct reply r = {0};
	struct err e = {0};
	int far;
	struct conn *c = pair(&far);

	memset(text, 'x', sizeof text);
	say(far, "552 enough\r\n", 12);
	c->timeout = 60000;
	c->stop_on_input = true;
	CHECK(conn_write(c, text, sizeof text, &e) == -1 && e.status == EX_TEMPFAIL && !c->dead);
	c->stop_on_input = false;
	buf_clear(&c->out);
	CHECK(reply_read(c, &smtp, 0, &r, &e) == 0 && r.code == 552);
	reply_free(&r);
	conn_close(c);
	close(far);
	/* A server that has closed its side sends no reply. */
	c = pair(&far);
	shutdown(far, SHUT_WR);
	c->timeout = 60000;
	c->stop_on_input = true;
	CHECK(conn_write(c, text, sizeof text, &e) == -1 && e.status == EX_TEMPFAIL && c->dead);
	conn_close(c);
	close(far);
}

/* Start a process that writes text to the far side until `most` octets are written. Returns its pid. */
static pid_t
repeat(const struct conn *c, int far, const char *text, size_t n, size_t most)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	signal(SIGPIPE, SIG_DFL);
	close(c->fd);
	fcntl(far, F_SETFL, 0);
	for (size_t i = 0; i < most / n; i++)
		if (write(far, text, n) == -1)
			break;
	_exit(0);
}

/* Endless empty DEFLATE blocks (RFC 1951, section 3.2.4): the time limit ends the wait. */
static void
test_empty_blocks(void)
{
	static const char block[] = {0, 0, 0, '\377', '\377'};
	char blocks[15000];
	struct err e = {0};
	int far, status;
	struct conn *c = pair(&far);
	size_t sent = 0;
	pid_t pid;

	for (size_t i = 0; i < sizeof blocks; i++)
		blocks[i] = block[i % sizeof block];
	while (write(far, blocks, sizeof blocks) == sizeof blocks)
		sent += sizeof blocks;
	CHECK(conn_deflate(c, &e) == 0);
	CHECK(conn_fill(c, wait_now(), &e) == -1 && e.status == EX_TEMPFAIL);
	CHECK_TEXT(e.text, "timed out waiting for the server");
	/* The time is checked after each read, although more could be read. */
	CHECK(sent > 65536 && c->octets_in <= 32768);
	close(far);
	conn_close(c);
	/* The same while a write blocks, since the server does not read. */
	c = pair(&far);
	c->timeout = 20;
	pid = repeat(c, far, blocks, sizeof blocks, 64 << 20);
	close(far);
	CHECK(conn_deflate(c, &e) == 0);
	for (int i = 0; i < 100 && !c->dead; i++) {
		char text[65536];

		arc4random_buf(text, sizeof text);
		conn_write(c, text, sizeof text, &e);
	}
	CHECK(c->dead && e.status == EX_TEMPFAIL);
	CHECK_TEXT(e.text, "timed out sending");
	conn_close(c);
	waitpid(pid, &status, 0);
}

int
main(void)
{
	wait_setup();
	stop_on_input();
	pieces();
	replies();
	reply_limits();
	queue();
	owes();
	silence();
	lines();
	test_empty_blocks();
	return check_done();
}
