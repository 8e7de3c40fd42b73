/* --auth-command: a command answers the challenges of a SASL mechanism that mailnet does not implement. */
#include "auth/sasl.h"
#include "auth/sasl_ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "base/text.h"
#include "base/wait.h"

#define ANSWER_MAX (1024 * 1024)

struct by_command {
	struct sasl sasl;
	struct child child;
	struct buf read; /* output of the command that is not yet used */
	int64_t timeout;
	bool held_back; /* the command gave no initial response, and no line was written to it yet */
};

/* Wait for one of the command's pipes. A timeout is a failed login (EX_NOPERM), as the server is not the cause. */
static int
wait_for(int fd, short events, int64_t until, struct err *e)
{
	struct pollfd p = {.fd = fd, .events = events};
	int rc = wait_poll(&p, 1, until, e);

	if (rc == 0)
		return err_set(e, EX_NOPERM, "timed out waiting for --auth-command");
	return rc == -1 ? -1 : 0;
}

/* Write n octets to the command. EPIPE is ignored: a command may write its response and close its input before. */
static int
tell(const struct by_command *c, const char *p, size_t n, int64_t until, struct err *e)
{
	while (n > 0) {
		ssize_t w;

		if (wait_for(c->child.in, POLLOUT, until, e) == -1)
			return -1;
		w = write(c->child.in, p, n);
		if (w == -1 && errno == EPIPE)
			return 0;
		if (w == -1 && errno != EAGAIN && errno != EINTR)
			return err_sys(e, EX_OSERR, "--auth-command");
		if (w > 0) {
			p += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

/* Read until a whole line is buffered; *len is its length in octets without LF. */
static int
read_line(struct by_command *c, int64_t until, size_t *len, struct err *e)
{
	for (;;) {
		const char *lf = c->read.len != 0 ? memchr(c->read.data, '\n', c->read.len) : NULL;
		ssize_t n;

		*len = lf != NULL ? (size_t)(lf - c->read.data) : 0;
		if (lf != NULL)
			return 0;
		if (c->read.len > ANSWER_MAX)
			return err_set(e, EX_NOPERM,
				"--auth-command: the command wrote a response longer than 1 MiB");
		if (wait_for(c->child.out, POLLIN, until, e) == -1)
			return -1;
		n = read(c->child.out, buf_reserve(&c->read, 4096), 4096);
		if (n == 0)
			return err_set(e, EX_NOPERM,
				"--auth-command: the command ended without a response to the "
				"challenge");
		if (n == -1 && errno != EINTR)
			return err_sys(e, EX_OSERR, "--auth-command");
		c->read.len += n > 0 ? (size_t)n : 0;
	}
}

/* A command that prints no initial response within this time, in seconds, waits for a challenge. */
#define HOLDS_BACK 2

/* Does the command print an initial response before it gets a challenge? 1, 0, or -1 for an error. */
static int
speaks(struct by_command *c, struct err *e)
{
	struct pollfd p = {.fd = c->child.out, .events = POLLIN};

	return c->timeout > HOLDS_BACK ? wait_poll(&p, 1, wait_after(HOLDS_BACK), e) : 1;
}

/*
 * Write this challenge to the command? 1, 0, or -1 for an error. An empty challenge that only asks for the initial
 * response is not written if the response has arrived by now.
 */
static int
needs_line(struct by_command *c, size_t n, struct err *e)
{
	int rc = n == 0 && c->held_back ? speaks(c, e) : 0;

	c->held_back = false;
	return rc == -1 ? -1 : rc == 0;
}

static int
command_step(struct sasl *s, const char *in, size_t n, struct buf *out, struct err *e)
{
	struct by_command *c = (struct by_command *)s;
	int64_t until = wait_after(c->timeout);
	size_t len, used;
	int rc;

	if (in == NULL && (rc = speaks(c, e)) <= 0) {
		c->held_back = rc == 0;
		c->sasl.client_first = false;
		return rc;
	}
	if (in != NULL && n != 0 && memchr(in, '\n', n) != NULL)
		return err_set(e, EX_PROTOCOL,
			"the challenge contains a line end and cannot be passed to --auth-command");
	rc = in != NULL ? needs_line(c, n, e) : 0;
	if (rc == -1 ||
		(rc == 1 && (tell(c, in, n, until, e) == -1 || tell(c, "\n", 1, until, e) == -1)))
		return -1;
	if (read_line(c, until, &len, e) == -1)
		return -1;
	used = len + 1;
	if (len != 0 && c->read.data[len - 1] == '\r')
		len--;
	buf_reserve(out, len);
	buf_add(out, c->read.data, len);
	buf_drop(&c->read, used);
	return 0;
}

static void
command_free(struct sasl *s)
{
	struct by_command *c = (struct by_command *)s;
	struct err ignored;
	int status;

	spawn_end(&c->child, wait_after(2), &status, &ignored);
	buf_wipe(&c->read);
	free(c);
}

static const struct sasl_ops ops = {command_step, command_free};

struct sasl *
sasl_command(const struct sasl_params *params, struct err *e)
{
	struct by_command *c = mem_zalloc(sizeof *c);

	c->sasl.ops = &ops;
	c->sasl.client_first = true;
	c->sasl.finished = true; /* only the server decides when the exchange is complete */
	c->timeout = params->timeout;
	buf_reserve(&c->read, ANSWER_MAX + 4096 + 1);
	if (spawn(params->command, SPAWN_BOTH, &c->child, e) == 0)
		return &c->sasl;
	buf_wipe(&c->read);
	free(c);
	return NULL;
}
