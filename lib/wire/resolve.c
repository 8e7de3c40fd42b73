#include "wire/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/spawn.h"
#include "base/text.h"
#include "base/wait.h"
#include "wire/tls.h"

/* The child writes this in memory format: the result code of getaddrinfo, the addresses, the canonical name or "". */
struct answer {
	int verdict;
	size_t n;
	struct address list[RESOLVE_MAX];
	char canonical[256];
};

/* A question for the child. */
struct question {
	const char *host;
	uint16_t port;
	int family;
	int flags; /* of getaddrinfo */
};

/* Order the addresses so that both families alternate, beginning with the family of the first address. */
static void
interleave(const struct addrinfo *ai, struct answer *a)
{
	const struct addrinfo *turn[2] = {ai, ai};
	int family = ai->ai_family;

	for (int i = 0; a->n < RESOLVE_MAX && (turn[0] != NULL || turn[1] != NULL); i ^= 1) {
		const struct addrinfo *p = turn[i];

		while (p != NULL && (p->ai_family == family) != (i == 0))
			p = p->ai_next;
		turn[i] = p;
		if (p == NULL)
			continue;
		if (p->ai_addrlen <= sizeof a->list[0].sa) {
			a->list[a->n].len = p->ai_addrlen;
			memcpy(&a->list[a->n++].sa, p->ai_addr, p->ai_addrlen);
		}
		turn[i] = p->ai_next;
	}
}

static void
look_up(const struct question *q, int flags, struct answer *a)
{
	struct addrinfo hints = {.ai_family = q->family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = q->flags | flags | AI_NUMERICSERV};
	struct addrinfo *ai = NULL;
	char service[8];

	memset(a, 0, sizeof *a);
	snprintf(service, sizeof service, "%u", q->port);
	a->verdict = getaddrinfo(q->host, service, &hints, &ai);
	if (a->verdict == 0) {
		if (ai->ai_canonname != NULL)
			snprintf(a->canonical, sizeof a->canonical, "%s", ai->ai_canonname);
		interleave(ai, a);
		freeaddrinfo(ai);
	}
}

int
resolve_literal(const char *host, uint16_t port, int family, struct address *out, size_t *n)
{
	struct question q = {host, port, family, AI_NUMERICHOST};
	struct answer a;

	look_up(&q, 0, &a);
	if (a.verdict != 0 || a.n == 0)
		return -1;
	memcpy(out, a.list, a.n * sizeof *out);
	*n = a.n;
	return 0;
}

/*
 * `localhost` is this machine without a lookup (RFC 6761, section 6.3): not every system has it in /etc/hosts,
 * and an answer that names another address must not be used.
 */
static bool
resolve_localhost(const char *host, uint16_t port, int family, struct address *out, size_t *n)
{
	static const char *const loopback[] = {"::1", "127.0.0.1"};
	size_t got;

	if (!text_same(host, "localhost") && !text_same(host, "localhost."))
		return false;
	*n = 0;
	for (size_t i = 0; i < sizeof loopback / sizeof loopback[0]; i++)
		if (resolve_literal(loopback[i], port, family, out + *n, &got) == 0)
			*n += got;
	return *n != 0;
}

/* EAI_NONAME is the only one of these codes that every system has. */
static bool
is_no_name(int verdict)
{
#ifdef EAI_NODATA
	if (verdict == EAI_NODATA)
		return true;
#endif
#ifdef EAI_ADDRFAMILY
	if (verdict == EAI_ADDRFAMILY)
		return true;
#endif
	return verdict == EAI_NONAME;
}

static void __attribute__((noreturn)) run_child(int fd, const struct question *q)
{
	struct answer a;
	const char *p = (const char *)&a;
	size_t left = sizeof a;

	look_up(q, AI_ADDRCONFIG, &a);
	if (is_no_name(a.verdict))
		look_up(q, 0, &a); /* loopback only: ADDRCONFIG hides it */
	while (left > 0) {
		ssize_t w = write(fd, p, left);

		if (w <= 0)
			break;
		p += w;
		left -= (size_t)w;
	}
	_exit(0);
}

/* Read the child's answer by `until`; a child that dies early is a temporary failure. */
static int
read_answer(int fd, struct answer *a, int64_t until, struct err *e)
{
	size_t got = 0;

	while (got < sizeof *a) {
		ssize_t r;

		if (wait_fd(fd, POLLIN, until, "resolving the host name", e) == -1)
			return -1;
		r = read(fd, (char *)a + got, sizeof *a - got);
		if (r == -1 && errno == EINTR)
			continue;
		if (r <= 0)
			return wait_check(e) == -1 ? -1
						   : err_set(e, EX_TEMPFAIL, "the resolver failed");
		got += (size_t)r;
	}
	return 0;
}

/* Let a child process look up the name; the child has ended when this returns. */
static int
ask_child(const struct question *q, int64_t until, struct answer *a, struct err *e)
{
	int pv[2], rc;
	pid_t pid;

	if (pipe2(pv, O_CLOEXEC) == -1)
		return err_sys(e, EX_OSERR, "pipe");
	pid = spawn_copy();
	if (pid == 0)
		run_child(pv[1], q);
	close(pv[1]);
	if (pid == -1) {
		close(pv[0]);
		return err_sys(e, EX_OSERR, "fork");
	}
	rc = read_answer(pv[0], a, until, e);
	close(pv[0]);
	spawn_kill(pid);
	return rc;
}

/* Turn the result of the resolver into an error. Only "no such name" is permanent. */
static int
judge(const struct answer *a, struct err *e)
{
	if (a->verdict == 0 && a->n != 0)
		return 0;
	if (a->verdict == 0)
		return err_set(e, EX_NOHOST, "the host name has no address");
	return err_set(e, is_no_name(a->verdict) ? EX_NOHOST : EX_TEMPFAIL,
		"cannot resolve the host name: %s", gai_strerror(a->verdict));
}

int
resolve(const char *host, uint16_t port, int family, int64_t until, struct address *out, size_t *n,
	struct err *e)
{
	struct question q = {host, port, family, 0};
	struct buf ascii = {0};
	struct answer a;
	int rc;

	if (resolve_literal(host, port, family, out, n) == 0 ||
		resolve_localhost(host, port, family, out, n))
		return 0;
	if (text_is_8bit(host, strlen(host)) && !tls_idna(host, strlen(host), &ascii))
		return err_set(
			e, EX_DATAERR, "not a valid internationalised domain name (RFC 5891)");
	if (ascii.len != 0)
		q.host = buf_str(&ascii);
	rc = ask_child(&q, until, &a, e);
	buf_free(&ascii);
	if (rc == -1 || judge(&a, e) == -1)
		return -1;
	memcpy(out, a.list, a.n * sizeof *out);
	*n = a.n;
	return 0;
}

int
resolve_canonical(const char *host, int64_t until, char *out, size_t size, struct err *e)
{
	struct question q = {host, 0, AF_UNSPEC, AI_CANONNAME};
	struct answer a;

	if (ask_child(&q, until, &a, e) == -1 || judge(&a, e) == -1)
		return -1;
	a.canonical[sizeof a.canonical - 1] = '\0';
	snprintf(out, size, "%s", a.canonical);
	return 0;
}
