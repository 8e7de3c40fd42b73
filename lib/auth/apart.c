/* A SASL exchange that runs in a child process, because the library may block in a step. */
#include "auth/sasl.h"
#include "auth/sasl_ops.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "base/wait.h"

/* The largest challenge or response of such a mechanism, in octets. */
#define MESSAGE_MAX (64 * 1024)

struct apart {
	struct sasl sasl;
	struct sasl *inner; /* the exchange itself; the child has a copy of it */
	const char *what;
	int64_t timeout;
	pid_t pid;
	int fd;
};

/*
 * The parent sends a question before the n octets of a challenge, the child a verdict before the n octets of a
 * response.
 */
struct question {
	size_t n;
	bool challenge; /* false: the initial response is wanted */
};
struct verdict {
	size_t n;
	int rc;
	bool finished;
	struct err e;
};

static int
read_all(int fd, void *p, size_t n)
{
	for (char *to = p; n > 0;) {
		ssize_t got = read(fd, to, n);

		if (got == 0 || (got == -1 && errno != EINTR))
			return -1;
		if (got > 0) {
			to += got;
			n -= (size_t)got;
		}
	}
	return 0;
}

static int
send_all(int fd, const void *p, size_t n)
{
	for (const char *from = p; n > 0;) {
		ssize_t sent = send(fd, from, n, MSG_NOSIGNAL);

		if (sent == -1 && errno != EINTR)
			return -1;
		if (sent > 0) {
			from += sent;
			n -= (size_t)sent;
		}
	}
	return 0;
}

/* The child: make one step for each question, until the parent closes the socket. */
static void __attribute__((noreturn)) run_copy(int fd, struct sasl *inner)
{
	char *p = mem_alloc(MESSAGE_MAX + 1);
	struct question q;

	while (read_all(fd, &q, sizeof q) == 0 && q.n <= MESSAGE_MAX && read_all(fd, p, q.n) == 0) {
		struct verdict v = {0};
		struct buf out = {0};

		p[q.n] = '\0';
		v.rc = inner->ops->step(inner, q.challenge ? p : NULL, q.n, &out, &v.e);
		v.finished = inner->finished;
		v.n = out.len;
		if (send_all(fd, &v, sizeof v) == -1 || send_all(fd, out.data, out.len) == -1)
			break;
		buf_wipe(&out);
	}
	_exit(0);
}

static int
apart_step(struct sasl *s, const char *in, size_t n, struct buf *out, struct err *e)
{
	struct apart *a = (struct apart *)s;
	struct question q = {.n = n, .challenge = in != NULL};
	struct verdict v;

	if (n > MESSAGE_MAX)
		return err_set(e, EX_PROTOCOL, "%s: the challenge is too long", s->pick.name);
	if (send_all(a->fd, &q, sizeof q) == -1 || send_all(a->fd, in, n) == -1)
		return err_sys(e, EX_OSERR, "%s", s->pick.name);
	if (wait_fd(a->fd, POLLIN, wait_after(a->timeout), a->what, e) == -1)
		return -1;
	if (read_all(a->fd, &v, sizeof v) == -1 || v.n > MESSAGE_MAX ||
		read_all(a->fd, buf_reserve(out, MESSAGE_MAX), v.n) == -1)
		return err_set(e, EX_OSERR,
			"%s: the process that runs GNU SASL ended without a result", s->pick.name);
	out->len += v.n;
	s->finished = v.finished;
	if (v.rc == -1)
		*e = v.e;
	return v.rc;
}

static void
apart_free(struct sasl *s)
{
	struct apart *a = (struct apart *)s;

	if (a->pid > 0)
		spawn_kill(a->pid);
	if (a->fd != -1)
		close(a->fd);
	sasl_free(a->inner);
	free(a);
}

static const struct sasl_ops ops = {apart_step, apart_free};

struct sasl *
sasl_apart(struct sasl *inner, const char *what, int64_t timeout, struct err *e)
{
	struct apart *a = mem_zalloc(sizeof *a);
	int ends[2] = {-1, -1};

	*a = (struct apart){.sasl = *inner, .inner = inner, .what = what, .timeout = timeout};
	a->sasl.ops = &ops;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0)
		a->pid = spawn_copy();
	if (a->pid == 0 && ends[0] != -1) {
		close(ends[0]);
		run_copy(ends[1], inner);
	}
	a->fd = ends[0];
	if (ends[1] != -1)
		close(ends[1]);
	if (a->pid > 0)
		return &a->sasl;
	err_sys(e, EX_OSERR, "%s", inner->pick.name);
	apart_free(&a->sasl);
	return NULL;
}
