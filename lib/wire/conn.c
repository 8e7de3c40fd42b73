/* conn, first part: open and close a connection. Reading and writing is in conn_io.c. */
#include "wire/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/mem.h"
#include "base/wait.h"
#include "wire/packed.h"
#include "wire/resolve.h"

/* RFC 8305, section 5: the recommended Connection Attempt Delay. */
#define NEXT_ATTEMPT_MS 250

/* Unfinished attempts to connect; fd[i] is -1 if address i has none. */
struct race {
	struct address local; /* where to bind to, len 0: anywhere */
	const struct address *list;
	size_t n, started;
	uint16_t port; /* for errors */
	int fd[RESOLVE_MAX];
	int last_errno;     /* why the last attempt failed */
	const char *failed; /* what failed, where that is not the connecting itself */
};

/* Give the socket its local address, if one is asked for. */
static int
bind_local(int fd, const struct address *local)
{
	int one = 1;

	if (local->len == 0)
		return 0;
	/* A port given by the user must be usable again at once by the next run. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	return bind(fd, (const struct sockaddr *)&local->sa, local->len);
}

/* Start the next attempt; -1 if it failed at once. */
static int
start_attempt(struct race *r)
{
	const struct address *a = &r->list[r->started];
	int *fd = &r->fd[r->started++];

	*fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r->failed = NULL;
	if (*fd != -1 && bind_local(*fd, &r->local) == -1)
		r->failed = "--bind";
	else if (*fd != -1 && (connect(*fd, (const struct sockaddr *)&a->sa, a->len) == 0 ||
				      errno == EINPROGRESS))
		return 0;
	r->last_errno = errno;
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	return -1;
}

/* Check the attempts that poll has reported. Returns the index of a connected one, or -1. */
static int
harvest(struct race *r, const struct pollfd *p, const size_t *which, nfds_t n)
{
	for (nfds_t i = 0; i < n; i++) {
		int so_error = 0;
		socklen_t len = sizeof so_error;

		if (p[i].revents == 0)
			continue;
		getsockopt(p[i].fd, SOL_SOCKET, SO_ERROR, &so_error, &len);
		if (so_error == 0)
			return (int)which[i];
		r->last_errno = so_error;
		close(p[i].fd);
		r->fd[which[i]] = -1;
	}
	return -1;
}

/* Every attempt has failed. If the local address is not of this machine, a retry cannot help: EX_OSERR. */
static int
race_lost(const struct race *r, struct err *e)
{
	bool local = r->failed != NULL && r->last_errno != EADDRINUSE;

	errno = r->last_errno;
	if (r->failed == NULL)
		return err_sys(e, EX_TEMPFAIL, "cannot connect to port %u", r->port);
	return err_sys(e, local ? EX_OSERR : EX_TEMPFAIL, "%s", r->failed);
}

/* Run the race until one wins: its index, or -1 with e. */
static int
run_race(struct race *r, int64_t until, struct err *e)
{
	int64_t next = 0;

	for (;;) {
		struct pollfd p[RESOLVE_MAX];
		size_t which[RESOLVE_MAX];
		nfds_t n = 0;
		int won;

		if (r->started < r->n && wait_now() >= next)
			next = start_attempt(r) == 0 ? wait_now() + NEXT_ATTEMPT_MS : 0;
		for (size_t i = 0; i < r->started; i++)
			if (r->fd[i] != -1) {
				which[n] = i;
				p[n++] = (struct pollfd){.fd = r->fd[i], .events = POLLOUT};
			}
		if (n == 0 && r->started == r->n) {
			return race_lost(r, e);
		}
		if (n == 0)
			continue;
		if (wait_poll(p, n, r->started < r->n && next < until ? next : until, e) == -1)
			return -1;
		won = harvest(r, p, which, n);
		if (won != -1)
			return won;
		if (wait_now() >= until)
			return err_set(e, EX_TEMPFAIL, "timed out connecting to port %u", r->port);
		for (nfds_t i = 0; i < n; i++)
			if (r->fd[which[i]] == -1)
				next = 0; /* an attempt failed: start the next one at once */
	}
}

static void
name_peer(struct conn *c, const struct address *a)
{
	char host[64], port[8];

	if (getnameinfo((const struct sockaddr *)&a->sa, a->len, host, sizeof host, port,
		    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		snprintf(c->peer, sizeof c->peer, a->sa.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s",
			host, port);
}

static bool
is_loopback(const struct address *a)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&a->sa;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&a->sa;

	if (a->sa.ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) && v6->sin6_addr.s6_addr[12] == 127);
}

/* The address to bind to. *family is set to its family, since only such addresses can be reached. */
static int
local_address(const struct dial *d, struct address *local, int *family, struct err *e)
{
	struct address found[RESOLVE_MAX];
	size_t n;

	*family = d->family;
	local->len = 0;
	if (d->bind_host == NULL)
		return 0;
	if (resolve_literal(d->bind_host, d->bind_port, d->family, found, &n) == -1)
		return err_set(e, EX_USAGE, "--bind: '%s' is not an address%s", d->bind_host,
			d->family == AF_INET    ? " of IPv4"
			: d->family == AF_INET6 ? " of IPv6"
						: "");
	*local = found[0];
	*family = found[0].sa.ss_family;
	return 0;
}

static int
dial_tcp(const struct dial *d, struct conn *c, struct err *e)
{
	struct address list[RESOLVE_MAX];
	struct race r = {.list = list, .port = d->port};
	int64_t until = conn_until(c);
	int one = 1, won, family;

	if (local_address(d, &r.local, &family, e) == -1 ||
		resolve(d->host, d->port, family, until, list, &r.n, e) == -1)
		return -1;
	won = run_race(&r, until, e);
	for (size_t i = 0; i < r.started; i++)
		if (r.fd[i] != -1 && (int)i != won)
			close(r.fd[i]);
	if (won == -1)
		return -1;
	c->fd = r.fd[won];
	c->remote = !is_loopback(&list[won]);
	name_peer(c, &list[won]);
	/* Without TCP_NODELAY a small write waits for the ACK of the write before it, which is delayed by 40 ms. */
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
	return 0;
}

static int
dial_unix(const struct dial *d, struct conn *c, struct err *e)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};

	if (strlen(d->path) >= sizeof sa.sun_path)
		return err_set(e, EX_USAGE, "%s: path too long for a socket", d->path);
	memcpy(sa.sun_path, d->path, strlen(d->path) + 1);
	snprintf(c->peer, sizeof c->peer, "%s", d->path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd == -1)
		return err_sys(e, EX_OSERR, "socket");
	/* A full backlog makes connect() of a Unix socket fail at once with EAGAIN: "try later". */
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	if (connect(c->fd, (const struct sockaddr *)&sa, sizeof sa) == -1)
		return err_sys(e, EX_TEMPFAIL, "cannot connect to %s", d->path);
	return 0;
}

static int
dial_tunnel(const struct dial *d, struct conn *c, struct err *e)
{
	if (spawn(d->tunnel, SPAWN_SOCKET, &c->tunnel, e) == -1)
		return -1;
	c->fd = c->tunnel.in;
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	snprintf(c->peer, sizeof c->peer, "tunnel");
	return 0;
}

int
conn_dial(const struct dial *d, struct conn **out, struct err *e)
{
	struct conn *c = mem_zalloc(sizeof *c);
	int rc;

	c->fd = -1;
	c->timeout = d->timeout;
	c->trace = d->trace;
	c->cap = 65536;
	c->in = mem_alloc(c->cap);
	c->pipelined = true; /* so that the wait for the greeting counts as a round trip */
	if (d->tunnel != NULL)
		rc = dial_tunnel(d, c, e);
	else if (d->path != NULL)
		rc = dial_unix(d, c, e);
	else
		rc = dial_tcp(d, c, e);
	if (rc == -1) {
		conn_close(c);
		return -1;
	}
	*out = c;
	return 0;
}

void
conn_close(struct conn *c)
{
	struct err ignored = {0};
	int status;

	if (c == NULL)
		return;
	tls_free(c->tls, !c->dead && !c->eof);
	deflate_free(c->z);
	packed_free(c->packed);
	if (c->tunnel.pid != 0)
		spawn_end(&c->tunnel, wait_now() + (c->dead ? 300 : 2000), &status, &ignored);
	else if (c->fd != -1)
		close(c->fd);
	free(c->in);
	buf_wipe(&c->out); /* a password may have passed through it */
	free(c);
}
