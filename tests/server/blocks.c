/* blocks.c - see blocks.h. */
#include "blocks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FLUSH_AT (1 << 17)

/* Queues one line p[0..n), which may lack its end. */
static void
put_line(struct io *io, const char *p, size_t n, bool stuff)
{
	bool lf = p[n - 1] == '\n', crlf = lf && n > 1 && p[n - 2] == '\r';

	if (stuff && p[0] == '.')
		io_put(io, ".", 1);
	io_put(io, p, n - (lf && !crlf));
	if (!crlf)
		io_put(io, "\r\n", 2);
}

static enum io_result
send_lines(struct io *io, const char *p, size_t n, bool stuff)
{
	enum io_result r;

	while (n > 0) {
		const char *lf = memchr(p, '\n', n);
		size_t len = lf != NULL ? (size_t)(lf - p) + 1 : n;

		put_line(io, p, len, stuff);
		p += len;
		n -= len;
		if (buf_left(&io->ob) >= FLUSH_AT && (r = io_flush(io)) != IO_OK)
			return r;
	}
	return IO_OK;
}

enum io_result
block_send(struct io *io, const char *p, size_t n)
{
	return send_lines(io, p, n, true);
}

enum io_result
block_send_unstuffed(struct io *io, const char *p, size_t n)
{
	return send_lines(io, p, n, false);
}

void
block_end(struct io *io)
{
	io_put(io, ".\r\n", 3);
}

/* Writes all of p[0..n) to fd. */
static enum io_result
store(struct io *io, int fd, const char *p, size_t n)
{
	while (n > 0 && fd >= 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0) {
			snprintf(io->why, sizeof(io->why), "writing a file: %s", strerror(errno));
			return IO_ERR;
		}
		p += w;
		n -= w;
	}
	return IO_OK;
}

enum io_result
block_recv(struct io *io, int fd)
{
	struct buf out = {0};
	enum io_result r;
	bool inside =
		false; /* the line before ended with a bare LF: no new line for the protocol */
	char *p;
	size_t n;

	while ((r = io_line(io, &p, &n)) == IO_OK) {
		if (!inside && n == 3 && memcmp(p, ".\r\n", 3) == 0)
			break;
		if (!inside && p[0] == '.')
			buf_add(&out, p + 1, n - 1);
		else
			buf_add(&out, p, n);
		inside = n < 2 || p[n - 2] != '\r';
		if (out.len < FLUSH_AT)
			continue;
		if ((r = store(io, fd, out.p, out.len)) != IO_OK)
			break;
		buf_take(&out, out.len);
	}
	if (r == IO_OK)
		r = store(io, fd, out.p, out.len);
	buf_free(&out);
	return r;
}

enum io_result
octets_recv(struct io *io, unsigned long long n, int fd)
{
	enum io_result r = IO_OK;

	while (n > 0 && r == IO_OK) {
		size_t have = buf_left(&io->ib);

		if (have == 0) {
			r = io_fill(io, -1);
			continue;
		}
		have = have < n ? have : n;
		r = store(io, fd, buf_data(&io->ib), have);
		buf_take(&io->ib, have);
		n -= have;
	}
	return r;
}
