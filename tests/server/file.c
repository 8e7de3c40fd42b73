/* file.c - see file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL (1 << 18)

static int
read_all(struct file *f, int fd, size_t size)
{
	static char small[SMALL];
	size_t got = 0;
	ssize_t n = 1;

	while (got < size && n > 0) {
		n = read(fd, small + got, size - got);
		if (n > 0)
			got += n;
	}
	f->p = small;
	f->n = got;
	return n < 0 ? -1 : 0;
}

int
file_open(struct file *f, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = -1;
	struct stat st;

	memset(f, 0, sizeof(*f));
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (st.st_size <= SMALL) {
			r = read_all(f, fd, st.st_size);
		} else {
			f->p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
			f->n = st.st_size;
			f->mapped = f->p != MAP_FAILED;
			r = f->mapped ? 0 : -1;
		}
	}
	close(fd);
	return r;
}

void
file_close(struct file *f)
{
	if (f->mapped)
		munmap((void *)f->p, f->n);
	memset(f, 0, sizeof(*f));
}

/* The offset of the empty line, and its length in *len (0: there is none). */
static size_t
empty_line(const struct file *f, size_t *len)
{
	size_t at = 0;

	while (at < f->n) {
		const char *lf = memchr(f->p + at, '\n', f->n - at);
		size_t n = lf != NULL ? (size_t)(lf - f->p) + 1 - at : f->n - at;

		if (f->p[at] == '\n' || (n == 2 && f->p[at] == '\r')) {
			*len = n;
			return at;
		}
		at += n;
	}
	*len = 0;
	return at;
}

size_t
file_header(const struct file *f)
{
	size_t len;

	return empty_line(f, &len);
}

size_t
file_body(const struct file *f)
{
	size_t len, at = empty_line(f, &len);

	return at + len;
}

size_t
wire_size(const char *p, size_t n, size_t *lines)
{
	const char *end = p + n, *lf;
	size_t size = n;

	*lines = 0;
	while (p < end && (lf = memchr(p, '\n', end - p)) != NULL) {
		size += lf == p || lf[-1] != '\r';
		++*lines;
		p = lf + 1;
	}
	if (p < end) {
		size += 2;
		++*lines;
	}
	return size;
}
