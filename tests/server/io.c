/* io.c - see io.h. */
#include "io.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE 65536
#define IB_SLACK  (1 << 20) /* octets that are read ahead during a write */

volatile int io_term;

static void
on_term(int sig)
{
	(void)sig;
	io_term = 1;
}

void
io_catch_term(void)
{
	struct sigaction sa = {.sa_handler = on_term};
	sigset_t set;

	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* SIGTERM is blocked except in ppoll, so that none is missed between the check and the wait. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void
io_init(struct io *io, int in, int out, int idle)
{
	int on = 1;

	memset(io, 0, sizeof(*io));
	io->in = in;
	io->out = out;
	io->idle = idle;
	io->record = io->segments = -1;
	fcntl(in, F_SETFL, fcntl(in, F_GETFL) | O_NONBLOCK);
	if (out != in)
		fcntl(out, F_SETFL, fcntl(out, F_GETFL) | O_NONBLOCK);
	setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static enum io_result
fail(struct io *io, enum io_result r, const char *why)
{
	snprintf(io->why, sizeof(io->why), "%s", why);
	return r;
}

enum io_result
io_wait(struct io *io, int events, int ms)
{
	struct pollfd pfd[2] = {{.fd = io->in, .events = events & ~POLLOUT},
		{.fd = io->out, .events = events & POLLOUT}};
	struct timespec ts;
	sigset_t none;
	int n;

	if (io->in == io->out) {
		pfd[0].events = events;
		pfd[1].fd = -1;
	} else if (!(events & POLLOUT)) {
		pfd[1].fd = -1;
	}
	if (ms < 0)
		ms = io->idle * 1000;
	ts.tv_sec = ms / 1000;
	ts.tv_nsec = ms % 1000 * 1000000L;
	sigemptyset(&none);
	n = ppoll(pfd, 2, &ts, &none);
	if (io_term)
		return fail(io, IO_ERR, "terminated");
	if (n < 0 && errno != EINTR)
		return fail(io, IO_ERR, strerror(errno));
	return n == 0 ? fail(io, IO_TIME, "nothing came in time") : IO_OK;
}

/* One try to read into p: octets, 0 at the end, -1 not now, -2 an error (io->why). */
static ssize_t
recv_some(struct io *io, char *p, size_t n)
{
	ssize_t r;

	if (io->tls == NULL) {
		r = read(io->in, p, n);
		if (r >= 0)
			return r;
		if (errno == EAGAIN || errno == EINTR)
			return -1;
		fail(io, IO_EOF, strerror(errno));
		return errno == ECONNRESET ? 0 : -2;
	}
	r = gnutls_record_recv(io->tls, p, n);
	if (r == 0)
		io->clean = true;
	if (r >= 0)
		return r;
	if (r == GNUTLS_E_PREMATURE_TERMINATION || r == GNUTLS_E_PULL_ERROR)
		return 0;
	if (!gnutls_error_is_fatal(r))
		return -1;
	fail(io, IO_ERR, gnutls_strerror(r));
	return -2;
}

/* Appends n received octets to ib, inflated if the connection is compressed. 0 or -1. */
static int
take_in(struct io *io, char *p, size_t n)
{
	int r = Z_OK;

	if (io->inf == NULL)
		buf_add(&io->ib, p, n);
	else {
		io->inf->next_in = (Bytef *)p;
		io->inf->avail_in = n;
		do {
			buf_room(&io->ib, READ_SIZE);
			io->inf->next_out = (Bytef *)io->ib.p + io->ib.len;
			io->inf->avail_out = READ_SIZE;
			r = inflate(io->inf, Z_SYNC_FLUSH);
			io->ib.len += READ_SIZE - io->inf->avail_out;
		} while (r == Z_OK && (io->inf->avail_in > 0 || io->inf->avail_out == 0));
	}
	return r == Z_OK || r == Z_BUF_ERROR || r == Z_STREAM_END ? 0 : -1;
}

/* Appends the octets that ib has beyond `had` to the recordings. */
static void
note(struct io *io, size_t had, size_t wire)
{
	size_t got = buf_left(&io->ib) - had;
	const char *p = io->ib.p + io->ib.len - got;
	char line[40];
	int n = snprintf(line, sizeof(line), "read %zu\n", wire);

	if (io->record >= 0 && write(io->record, p, got) < 0)
		warn("record");
	if (io->segments >= 0 && write(io->segments, line, n) < 0)
		warn("segments");
}

/* Reads once. IO_OK (*any: octets were read), IO_EOF, IO_ERR. */
static enum io_result
read_once(struct io *io, bool *any)
{
	static char tmp[READ_SIZE];
	size_t had = buf_left(&io->ib);
	ssize_t n;

	*any = false;
	if (io->eof)
		return fail(io, IO_EOF, "the client had closed");
	n = recv_some(io, tmp, sizeof(tmp));
	if (n == -1)
		return IO_OK;
	if (n == 0) {
		io->eof = true;
		return fail(io, IO_EOF, "the client closed");
	}
	if (n < 0)
		return IO_ERR;
	if (take_in(io, tmp, n) < 0)
		return fail(io, IO_ERR, "bad deflated data");
	note(io, had, n);
	*any = buf_left(&io->ib) > had;
	return IO_OK;
}

enum io_result
io_fill(struct io *io, int ms)
{
	enum io_result r;
	bool any;

	for (;;) {
		r = read_once(io, &any);
		if (r != IO_OK || any)
			return r;
		r = io_wait(io, POLLIN, ms);
		if (r != IO_OK)
			return r;
	}
}

enum io_result
io_need(struct io *io, size_t n)
{
	enum io_result r = IO_OK;

	while (r == IO_OK && buf_left(&io->ib) < n)
		r = io_fill(io, -1);
	return r;
}

enum io_result
io_line(struct io *io, char **p, size_t *n)
{
	size_t seen = 0;
	enum io_result r;
	char *lf;

	for (;;) {
		size_t left = buf_left(&io->ib);

		*p = left > 0 ? buf_data(&io->ib) : NULL;
		*n = left;
		lf = left > seen ? memchr(*p + seen, '\n', left - seen) : NULL;
		if (lf != NULL)
			break;
		seen = left;
		r = io_fill(io, -1);
		if (r != IO_OK) {
			if (r == IO_EOF)
				buf_take(&io->ib, left);
			return r;
		}
	}
	*n = lf - *p + 1;
	buf_take(&io->ib, *n);
	return IO_OK;
}

void
io_put(struct io *io, const void *p, size_t n)
{
	if (io->pack != NULL)
		pack_add(io->pack, p, n);
	else
		buf_add(&io->ob, p, n);
}

bool
io_pack(struct io *io, const char *form)
{
	if (io->pack == NULL)
		io->pack = pack_begin(form);
	return io->pack != NULL;
}

bool
io_pack_end(struct io *io, const char *damage)
{
	struct pack *k = io->pack;

	io->pack = NULL;
	return k != NULL && pack_end(k, damage, &io->ob);
}

void
io_printf(struct io *io, const char *fmt, ...)
{
	va_list ap;
	char tmp[2048];
	int n;

	va_start(ap, fmt);
	n = vsnprintf(tmp, sizeof(tmp), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(tmp))
		n = sizeof(tmp) - 1;
	if (n > 0)
		io_put(io, tmp, n);
}

/* One try to write: octets written, -1 not now, -2 gone or failed (io->why). */
static ssize_t
send_some(struct io *io, const char *p, size_t n)
{
	ssize_t r;

	if (io->tls == NULL) {
		r = write(io->out, p, n);
		if (r >= 0)
			return r;
		if (errno == EAGAIN || errno == EINTR)
			return -1;
		fail(io, IO_EOF, strerror(errno));
		return -2;
	}
	r = gnutls_record_send(io->tls, p, n);
	if (r >= 0)
		return r;
	if (r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED)
		return -1;
	fail(io, IO_EOF, gnutls_strerror(r));
	return -2;
}

static enum io_result
send_all(struct io *io, const char *p, size_t n)
{
	while (n > 0) {
		size_t piece = io->split > 0 && io->split < n ? io->split : n;
		ssize_t sent = send_some(io, p, piece);
		bool any, listen = !io->eof && buf_left(&io->ib) < IB_SLACK;
		enum io_result r;

		if (sent == -2)
			return IO_EOF;
		if (sent > 0) {
			p += sent;
			n -= sent;
			continue;
		}
		/* After the client's end of file the server goes on writing: only a write error shows that the client has gone. */
		if (listen && read_once(io, &any) == IO_ERR)
			return IO_ERR;
		r = io_wait(io, POLLOUT | (listen && !io->eof ? POLLIN : 0), -1);
		if (r != IO_OK)
			return r;
	}
	return IO_OK;
}

enum io_result
io_flush(struct io *io)
{
	struct buf zb = {0};
	enum io_result r;

	if (buf_left(&io->ob) == 0)
		return IO_OK;
	if (io->def == NULL) {
		r = send_all(io, buf_data(&io->ob), buf_left(&io->ob));
	} else {
		io->def->next_in = (Bytef *)buf_data(&io->ob);
		io->def->avail_in = buf_left(&io->ob);
		do {
			io->def->next_out = (Bytef *)buf_room(&zb, READ_SIZE);
			io->def->avail_out = READ_SIZE;
			deflate(io->def, Z_SYNC_FLUSH);
			zb.len += READ_SIZE - io->def->avail_out;
		} while (io->def->avail_out == 0);
		r = send_all(io, zb.p, zb.len);
		buf_free(&zb);
	}
	buf_take(&io->ob, buf_left(&io->ob));
	return r;
}

void
io_compress(struct io *io)
{
	io->inf = calloc(1, sizeof(*io->inf));
	io->def = calloc(1, sizeof(*io->def));
	if (io->inf == NULL || io->def == NULL || inflateInit2(io->inf, -15) != Z_OK ||
		deflateInit2(io->def, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		errx(71, "zlib");
}

static void
free_layers(struct io *io)
{
	if (io->inf != NULL) {
		inflateEnd(io->inf);
		deflateEnd(io->def);
		free(io->inf);
		free(io->def);
	}
	io_pack_end(io, "");
	if (io->tls != NULL)
		gnutls_deinit(io->tls);
	io->tls = NULL;
	io->inf = io->def = NULL;
	buf_free(&io->ib);
	buf_free(&io->ob);
}

void
io_half_close(struct io *io, bool bye)
{
	if (io->tls != NULL && bye)
		gnutls_bye(io->tls, GNUTLS_SHUT_WR);
	if (io->out < 0 || shutdown(io->out, SHUT_WR) == 0 || errno != ENOTSOCK)
		return;
	close(io->out);
	io->out = -1;
}

void
io_close(struct io *io, bool bye, bool reset)
{
	struct linger rst = {.l_onoff = 1, .l_linger = 0};
	static char tmp[READ_SIZE];

	if (reset) {
		setsockopt(io->out, SOL_SOCKET, SO_LINGER, &rst, sizeof(rst));
	} else {
		io_half_close(io, bye);
		while (read(io->in, tmp, sizeof(tmp)) > 0)
			;
	}
	free_layers(io);
	close(io->in);
	if (io->out >= 0 && io->out != io->in)
		close(io->out);
}
