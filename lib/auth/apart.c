/* An exchange whose steps may block in a library: a copy of this process makes them. */
#include "auth/sasl.h"
#include "auth/sasl_ops.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "base/wait.h"

/* A challenge, and what a mechanism of the library may answer to it. */
#define MESSAGE_MAX (64 * 1024)

struct apart {
	struct sasl sasl;
	struct sasl *inner; /* as it was before the copy was made */
	const char *what;
	int64_t timeout;
	pid_t pid;
	int fd; /* a socket that keeps messages apart */
};

/* In front of the octets of a challenge, and of an answer. */
struct question {
	bool challenge; /* false: the initial response is wanted */
};
struct verdict {
	int rc;
	bool finished;
	struct err e;
};

/* One message: a head and octets. The number of octets, or -1. */
static ssize_t
get(int fd, void *head, size_t n, char *p)
{
	struct iovec parts[] = {{head, n}, {p, MESSAGE_MAX}};
	ssize_t got;

	do
		got = readv(fd, parts, 2);
	while (got == -1 && errno == EINTR);
	return got < (ssize_t)n ? -1 : got - (ssize_t)n;
}

static int
put(int fd, const void *head, size_t n, const char *p, size_t len)
{
	struct iovec parts[] = {{(void *)(uintptr_t)head, n}, {(void *)(uintptr_t)p, len}};
	struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t w;

	do
		w = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (w == -1 && errno == EINTR);
	return w == -1 ? -1 : 0;
}

/* The copy: step by step, as long as it is asked to. */
static void __attribute__((noreturn)) run_copy(int fd, struct sasl *inner)
{
	char *p = mem_alloc(MESSAGE_MAX + 1);
	struct question q;
	ssize_t n;

	while ((n = get(fd, &q, sizeof q, p)) != -1) {
		struct verdict v = {0};
		struct buf out = {0};

		p[n] = '\0';
		v.rc = inner->ops->step(inner, q.challenge ? p : NULL, (size_t)n, &out, &v.e);
		v.finished = inner->finished;
		if (put(fd, &v, sizeof v, out.data, out.len) == -1)
			break;
		buf_wipe(&out);
	}
	_exit(0);
}

static int
apart_step(struct sasl *s, const char *in, size_t n, struct buf *out, struct err *e)
{
	struct apart *a = (struct apart *)s;
	struct question q = {.challenge = in != NULL};
	struct verdict v;
	ssize_t got;

	if (n > MESSAGE_MAX)
		return err_set(e, EX_PROTOCOL, "%s: the challenge is too long", s->pick.name);
	if (put(a->fd, &q, sizeof q, in, n) == -1)
		return err_sys(e, EX_OSERR, "%s", s->pick.name);
	if (wait_fd(a->fd, POLLIN, wait_after(a->timeout), a->what, e) == -1)
		return -1;
	got = get(a->fd, &v, sizeof v, buf_reserve(out, MESSAGE_MAX));
	if (got == -1)
		return err_set(e, EX_OSERR, "%s: the library failed", s->pick.name);
	out->len += (size_t)got;
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
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
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
