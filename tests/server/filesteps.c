/* filesteps.c - the steps of a script that send or fill a file. */
#include "blocks.h"
#include "file.h"
#include "log.h"
#include "play.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
open_out(struct play *p, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		play_fail(p, "%s: %s", path, strerror(errno));
	return fd;
}

static int
open_in(struct play *p, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		play_fail(p, "%s: %s", path, strerror(errno));
	return fd;
}

int
step_sendfile(struct play *p, const struct step *s)
{
	int fd = open_in(p, s->text), r = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while (r == 0 && (n = read(fd, buf_room(&p->io.ob, 1 << 17), 1 << 17)) > 0) {
		p->io.ob.len += n;
		if (buf_left(&p->io.ob) >= 1 << 17)
			r = play_io(p, io_flush(&p->io), "writing");
	}
	close(fd);
	return r;
}

int
step_sendblock(struct play *p, const struct step *s)
{
	struct file f;
	int r;

	if (file_open(&f, s->text) < 0)
		return play_fail(p, "%s: %s", s->text, strerror(errno));
	r = play_io(p, block_send(&p->io, f.p, f.n), s->text);
	block_end(&p->io);
	file_close(&f);
	return r;
}

int
step_recvblock(struct play *p, const struct step *s)
{
	int fd = open_out(p, s->text), r;

	if (fd < 0)
		return -1;
	r = play_io(p, block_recv(&p->io, fd), "in a block");
	close(fd);
	return r;
}

int
step_recvn(struct play *p, const struct step *s)
{
	const char *path;
	long long n = play_number(s, 0, 1LL << 40, &path);
	int fd = open_out(p, path), r;

	if (fd < 0)
		return -1;
	r = play_io(p, octets_recv(&p->io, (unsigned long long)n, fd), "expecting octets");
	close(fd);
	return r;
}

/* "BDAT n[ LAST]\r\n" in line[0..len): the size, or -1. */
static long long
bdat(const char *line, size_t len, bool *last)
{
	char tmp[64], *end;
	long long n;

	if (len < 8 || len > sizeof(tmp) || strncasecmp(line, "BDAT ", 5) != 0 ||
		line[len - 2] != '\r')
		return -1;
	memcpy(tmp, line, len - 2);
	tmp[len - 2] = '\0';
	if (tmp[5] < '0' || tmp[5] > '9')
		return -1;
	errno = 0;
	n = strtoll(tmp + 5, &end, 10);
	*last = strcasecmp(end, " LAST") == 0;
	return errno != 0 || (*end != '\0' && !*last) ? -1 : n;
}

int
step_recvbdat(struct play *p, const struct step *s)
{
	int fd = open_out(p, s->text), r = 0;
	bool last = false;

	if (fd < 0)
		return -1;
	while (r == 0 && !last) {
		char *line;
		size_t n;
		long long size;

		r = play_line(p, "BDAT", 4, &line, &n);
		if (r != 0)
			break;
		size = bdat(line, n, &last);
		if (size < 0)
			r = play_fail(p, "expected <BDAT n> got <%s>", log_vis(line, n));
		else
			r = play_io(p, octets_recv(&p->io, size, fd), "in a chunk");
		if (r == 0)
			io_put(&p->io, "250 ok\r\n", 8);
		/*
		 * If the client has pipelined octets after the chunk, the next steps of the script reply to the
		 * chunk, too.
		 */
		if (r == 0 && buf_left(&p->io.ib) == 0)
			r = play_io(p, io_flush(&p->io), "writing");
	}
	close(fd);
	return r;
}
