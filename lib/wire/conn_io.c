/* conn, second part: read and write octets, with TLS and DEFLATE between the buffers and the descriptor. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/wait.h"
#include "wire/conn.h"

#define OUT_FULL  65536             /* the queue is written when it has this many octets */
#define OUT_LARGE (OUT_FULL / 2)    /* one piece of this size is written without queueing it */
#define IN_STALL  (256 * 1024)      /* the most octets that are read ahead during a write */
#define IN_MAX    (2 * 1024 * 1024) /* the largest buffer for one line */

int
conn_fail(struct conn *c, struct err *e)
{
	(void)e;
	c->dead = true;
	return -1;
}

int64_t
conn_until(const struct conn *c)
{
	int64_t now = wait_now();

	return c->timeout > WAIT_FOREVER - now ? WAIT_FOREVER : now + c->timeout;
}

static int
lost(struct conn *c, struct err *e)
{
	c->dead = true;
	return err_sys(e, EX_TEMPFAIL, "connection lost");
}

static void
count(const struct conn *c, uint64_t *octets, size_t n)
{
	*octets += n;
	if (c->moved != NULL)
		c->moved(n);
}

/* Read below DEFLATE: > 0, 0 at the end, TLS_AGAIN, or -1 with e. */
static ssize_t
raw_read(struct conn *c, char *p, size_t n, struct err *e)
{
	ssize_t r;

	if (c->tls != NULL)
		r = tls_read(c->tls, p, n, e);
	else
		do {
			r = recv(c->fd, p, n, 0);
			if (r == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
				return TLS_AGAIN;
		} while (r == -1 && errno == EINTR);
	if (r == -1 && c->tls == NULL)
		return lost(c, e);
	if (r == -1)
		c->dead = true;
	else if (r == 0)
		c->eof = true;
	else if (r > 0)
		count(c, &c->octets_in, (size_t)r);
	return r;
}

static ssize_t
raw_write(struct conn *c, const char *p, size_t n, struct err *e)
{
	ssize_t w;

	if (c->tls != NULL)
		w = tls_write(c->tls, p, n, e);
	else
		do {
			w = send(c->fd, p, n, MSG_NOSIGNAL);
			if (w == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
				return TLS_AGAIN;
		} while (w == -1 && errno == EINTR);
	if (w == -1 && c->tls == NULL)
		return lost(c, e);
	if (w == -1)
		c->dead = true;
	else if (w > 0)
		count(c, &c->octets_out, (size_t)w);
	return w;
}

/* Make room after the unread octets; false: the buffer has its maximum size. */
static bool
make_room(struct conn *c)
{
	if (c->from == c->to)
		c->from = c->to = 0;
	if (c->to < c->cap)
		return true;
	if (c->from > 0) {
		memmove(c->in, c->in + c->from, c->to - c->from);
		c->to -= c->from;
		c->from = 0;
		return true;
	}
	if (c->cap >= IN_MAX)
		return false;
	c->cap *= 2;
	c->in = mem_resize(c->in, c->cap, 1);
	return true;
}

enum { NOTHING, SOMETHING, NO_DATA };

/* Decompress received octets; if this yields none, read once and decompress again. */
static int
take_packed(struct conn *c, struct err *e)
{
	for (int reads = 0;; reads++) {
		long got = deflate_unpack(c->z, c->in + c->to, c->cap - c->to, e);
		size_t n;
		char *p;
		ssize_t r;

		if (got == -1)
			return conn_fail(c, e);
		c->to += (size_t)got;
		if (got != 0)
			return SOMETHING;
		if (reads == 1)
			return NO_DATA;
		p = deflate_space(c->z, &n);
		r = raw_read(c, p, n, e);
		if (r <= 0)
			return r == -1 ? -1 : r != TLS_AGAIN ? SOMETHING : NOTHING;
		deflate_took(c->z, (size_t)r);
	}
}

/*
 * Read the octets that have arrived, without waiting: SOMETHING (data, or the end), NOTHING, NO_DATA (octets without
 * data for us arrived, such as empty DEFLATE blocks), or -1: the connection is lost. The caller checks the time after
 * each call.
 */
static int
take_in(struct conn *c, struct err *e)
{
	ssize_t r;

	if (c->eof && (c->z == NULL || !deflate_pending(c->z)))
		return SOMETHING;
	if (!make_room(c)) {
		c->dead = true;
		return err_set(e, EX_PROTOCOL, "a line of more than %d octets", IN_MAX);
	}
	if (c->z == NULL) {
		r = raw_read(c, c->in + c->to, c->cap - c->to, e);
		if (r > 0)
			c->to += (size_t)r;
		return r == -1 ? -1 : r != TLS_AGAIN ? SOMETHING : NOTHING;
	}
	return take_packed(c, e);
}

/* Write p[*done .. n) as far as it goes without waiting: 1 all is written, 0 it blocks, -1 lost. */
static int
put_out(struct conn *c, const char *p, size_t n, size_t *done, struct err *e)
{
	while (*done < n) {
		ssize_t w = raw_write(c, p + *done, n - *done, e);

		if (w == -1)
			return -1;
		if (w == TLS_AGAIN)
			return 0;
		*done += (size_t)w;
	}
	return 1;
}

static int
put_queued(struct conn *c, struct err *e)
{
	int rc = put_out(c, c->out.data, c->out.len, &c->sent, e);

	if (rc == 1) {
		buf_clear(&c->out);
		c->sent = 0;
	}
	return rc;
}

static short
blocked_on(const struct conn *c, short otherwise)
{
	return c->tls != NULL ? (short)(tls_events(c->tls) | otherwise) : otherwise;
}

int
conn_push(struct conn *c, struct err *e)
{
	return put_queued(c, e) == -1 ? -1 : 0;
}

/* Wait until more can be written; octets from the server are read meanwhile. */
static int
wait_out(struct conn *c, int64_t *until, struct err *e)
{
	bool listen = !c->eof && c->to - c->from < IN_STALL;
	struct pollfd p = {
		.fd = c->fd, .events = (short)(blocked_on(c, POLLOUT) | (listen ? POLLIN : 0))};
	int ready = wait_poll(&p, 1, *until, e);

	/* Octets from the server extend the time only if the server also reads our octets. */
	if (ready == 0 || (ready > 0 && (p.revents & POLLOUT) == 0 && wait_now() >= *until))
		ready = err_set(e, EX_TEMPFAIL, "timed out sending");
	if (ready == -1)
		return conn_fail(c, e);
	if (listen && (p.revents & POLLIN) != 0 && take_in(c, e) == -1)
		return -1;
	if (c->stop_on_input && c->to > c->from)
		return err_set(e, EX_TEMPFAIL, "the server replied before the end of the message");
	if (c->stop_on_input && c->eof) {
		err_set(e, EX_TEMPFAIL, "the server closed the connection");
		return conn_fail(c, e);
	}
	if ((p.revents & POLLOUT) != 0)
		*until = conn_until(c);
	return 0;
}

int
conn_flush(struct conn *c, struct err *e)
{
	int64_t until = conn_until(c);
	int rc;

	while ((rc = put_queued(c, e)) == 0)
		if (wait_out(c, &until, e) == -1)
			return -1;
	return rc == -1 ? -1 : 0;
}

/* Write many octets without copying them into the queue; the queue is written first. */
static int
write_through(struct conn *c, const char *p, size_t n, struct err *e)
{
	size_t done = 0;
	int64_t until;
	int rc;

	if (conn_flush(c, e) == -1)
		return -1;
	until = conn_until(c);
	while ((rc = put_out(c, p, n, &done, e)) == 0)
		if (wait_out(c, &until, e) == -1)
			return -1;
	return rc == -1 ? -1 : 0;
}

int
conn_write(struct conn *c, const char *p, size_t n, struct err *e)
{
	if (c->dead)
		return err_set(e, EX_TEMPFAIL, "connection lost");
	if (c->z == NULL && n >= OUT_LARGE)
		return write_through(c, p, n, e);
	while (n > 0) {
		size_t part = n < OUT_FULL ? n : OUT_FULL;

		if (c->z != NULL)
			deflate_pack(c->z, p, part, &c->out);
		else
			buf_add(&c->out, p, part);
		p += part;
		n -= part;
		if (c->out.len - c->sent >= OUT_FULL && conn_flush(c, e) == -1)
			return -1;
	}
	return 0;
}

bool
conn_poll_input(struct conn *c, struct err *e)
{
	int rc = c->from < c->to || c->eof ? SOMETHING : take_in(c, e);

	return rc == SOMETHING || rc == -1;
}

int
conn_write_watched(struct conn *c, const char *p, size_t n, size_t *unchecked, struct err *e)
{
	int rc;

	c->stop_on_input = true;
	rc = conn_write(c, p, n, e);
	c->stop_on_input = false;
	if (rc == -1 || unchecked == NULL)
		return rc;
	*unchecked += n;
	if (*unchecked < OUT_FULL)
		return 0;
	*unchecked = 0;
	if (!conn_poll_input(c, e))
		return 0;
	if (c->to > c->from)
		return err_set(e, EX_TEMPFAIL, "the server replied before the end of the message");
	err_set(e, EX_TEMPFAIL, "the server closed the connection");
	return conn_fail(c, e);
}

void
conn_drain_input(struct conn *c)
{
	struct err ignored = {0};

	while (!c->eof && c->to - c->from < IN_STALL && take_in(c, &ignored) == SOMETHING)
		;
}

/* A wait for the replies of a pipeline begins. */
static void
count_round(struct conn *c)
{
	c->rounds += c->pipelined;
	c->pipelined = false;
}

int
conn_wait(struct conn *c, int fd, int64_t until, struct err *e)
{
	struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = c->fd}};
	int ready;

	if (c->dead)
		return err_set(e, EX_TEMPFAIL, "connection lost");
	count_round(c);
	if (conn_flush(c, e) == -1)
		return -1;
	/* The octets that arrive may contain no data for us, for example TLS session tickets. */
	do {
		if (conn_poll_input(c, e))
			return c->dead ? -1 : CONN_INPUT;
		p[1].events = blocked_on(c, POLLIN);
		ready = wait_poll(p, 2, until, e);
	} while (ready > 0 && p[0].revents == 0);
	if (ready == -1)
		return conn_fail(c, e);
	return ready == 0 ? CONN_LATE : CONN_OTHER;
}

int
conn_fill(struct conn *c, int64_t until, struct err *e)
{
	size_t before = c->to - c->from;

	if (c->dead)
		return err_set(e, EX_TEMPFAIL, "connection lost");
	count_round(c);
	if (c->out.len > c->sent && conn_flush(c, e) == -1)
		return -1;
	while (c->to - c->from == before) {
		int rc = take_in(c, e);

		if (rc == -1)
			return -1;
		if (rc == SOMETHING && c->eof && c->to - c->from == before) {
			c->dead = true;
			return err_set(e, EX_TEMPFAIL, "the server closed the connection");
		}
		/* Check the time first: records (TLS) and blocks (DEFLATE) without data may arrive without end. */
		if (rc != SOMETHING && wait_now() >= until)
			err_set(e, EX_TEMPFAIL, "timed out waiting for the server");
		else if (rc == NOTHING ? wait_fd(c->fd, blocked_on(c, POLLIN), until,
						 "waiting for the server", e) == 0
				       : wait_check(e) == 0)
			continue;
		return conn_fail(c, e);
	}
	/* If the server sends without pause, no wait happens: check for signals here too. */
	return wait_check(e) == -1 ? conn_fail(c, e) : 0;
}

int
conn_tls(struct conn *c, const struct tls_config *cfg, struct err *e)
{
	if (conn_flush(c, e) == -1)
		return -1;
	/* The client starts the handshake, so octets that have arrived by now were sent in clear. */
	if (c->octets_in != 0 && take_in(c, e) == -1)
		return -1;
	if (c->from != c->to) {
		c->dead = true;
		return err_set(e, EX_PROTOCOL,
			"the server sent unencrypted data after it accepted STARTTLS; an attacker "
			"may "
			"have injected it");
	}
	if (tls_open(&c->tls, c->fd, cfg, conn_until(c), e) == -1)
		return conn_fail(c, e);
	return 0;
}

int
conn_deflate(struct conn *c, struct err *e)
{
	if (conn_flush(c, e) == -1)
		return -1;
	if (c->from != c->to) {
		c->dead = true;
		return err_set(e, EX_PROTOCOL,
			"the server sent uncompressed data after it accepted compression");
	}
	c->z = deflate_new();
	return 0;
}

void
conn_login_over(struct conn *c)
{
	c->hides = false;
	if (c->out.len == 0)
		buf_wipe(&c->out);
}

/* ---- lines --------------------------------------------------------------------------------------- */

/* The slow path of conn_line: the buffer does not begin with a complete line. */
static int
wait_line(struct conn *c, size_t limit, int64_t until, char **p, size_t *n, struct err *e)
{
	size_t seen = 0;
	bool waited = false;

	for (;;) {
		size_t have;
		char *from = conn_data(c, &have);
		char *lf = have > seen ? memchr(from + seen, '\n', have - seen) : NULL;

		if (lf != NULL && (size_t)(lf - from) <= limit + 1) {
			seen = (size_t)(lf - from) + 1;
			if (lf == from || lf[-1] != '\r')
				continue; /* a bare LF is data */
			*p = from;
			*n = seen - 2;
			conn_skip(c, seen);
			return 0;
		}
		seen = have;
		if (have > limit + 1) {
			c->dead = true;
			return err_set(e, EX_PROTOCOL, "a line of more than %zu octets", limit);
		}
		if (!waited && conn_until(c) > until)
			until = conn_until(c);
		waited = true;
		if (conn_fill(c, until, e) == -1)
			return -1;
	}
}

int
conn_line(struct conn *c, size_t limit, int64_t until, char **p, size_t *n, struct err *e)
{
	size_t have;
	char *from = conn_data(c, &have);
	char *lf = have > 0 ? memchr(from, '\n', have) : NULL;

	/* The fast path: nearly always the buffer begins with a complete line. */
	if (lf == NULL || lf == from || lf[-1] != '\r' || (size_t)(lf - from) > limit + 1)
		return wait_line(c, limit, until, p, n, e);
	*p = from;
	*n = (size_t)(lf - from) - 1;
	conn_skip(c, *n + 2);
	return 0;
}
