#include "base/line_reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/wait.h"

#define CHUNK 16384

static int
too_long(const struct line_reader *l, struct err *e)
{
	return err_set(e, EX_DATAERR, "%s:%ju: the line is longer than %zu octets", l->name,
		(uintmax_t)l->line, l->max);
}

/* Read more. 1: octets were read; 0: the time `until` has come; -1 with e. */
static int
fill(struct line_reader *l, int64_t until, struct err *e)
{
	struct pollfd fd = {.fd = l->fd, .events = POLLIN};
	ssize_t n;
	int ready;

	buf_drop(&l->in, l->used);
	l->used = 0;
	if (l->in.len > l->max) {
		l->skips = true;
		l->line++;
		return too_long(l, e);
	}
	do {
		ready = wait_poll(&fd, 1, until, e);
		if (ready != 1)
			return ready;
		n = read(l->fd, buf_reserve(&l->in, CHUNK), CHUNK);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK));
	if (n == -1)
		return err_sys(e, EX_NOINPUT, "%s", l->name);
	l->in.len += (size_t)n;
	l->eof = n == 0;
	return 1;
}

/* Discard the rest of a line that was too long, as far as it has been read. */
static void
skip(struct line_reader *l)
{
	const char *from = buf_str(&l->in) + l->used;
	size_t have = l->in.len - l->used;
	const char *lf = memchr(from, '\n', have);

	l->skips = lf == NULL;
	l->used += lf != NULL ? (size_t)(lf - from) + 1 : have;
	l->seen = 0;
}

int
line_reader_next(struct line_reader *l, int64_t until, const char **p, size_t *n, struct err *e)
{
	for (;;) {
		const char *from, *lf;
		size_t have;
		int rc;

		if (l->skips)
			skip(l);
		from = buf_str(&l->in) + l->used;
		have = l->in.len - l->used;
		lf = have > l->seen ? memchr(from + l->seen, '\n', have - l->seen) : NULL;

		if (lf != NULL || (l->eof && have > 0)) {
			*p = from;
			*n = lf != NULL ? (size_t)(lf - from) : have;
			l->used += *n + (lf != NULL);
			l->seen = 0;
			l->line++;
			return *n > l->max ? too_long(l, e) : LINE_READ;
		}
		if (l->eof)
			return LINE_END;
		l->seen = have;
		rc = fill(l, until, e);
		if (rc != 1)
			return rc == 0 ? LINE_LATE : -1;
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

int
line_reader_word(struct line_reader *l, int64_t until, const char **p, size_t *n, struct err *e)
{
	int rc;

	while ((rc = line_reader_next(l, until, p, n, e)) == LINE_READ) {
		for (; *n > 0 && is_blank((*p)[*n - 1]); --*n)
			;
		for (; *n > 0 && is_blank(**p); --*n)
			++*p;
		if (*n > 0)
			break;
	}
	return rc;
}

void
line_reader_free(struct line_reader *l)
{
	buf_free(&l->in);
}
