#include "store/tmpcopy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/wait.h"
#include "store/fs.h"

#define CHUNK (64 * 1024)

/* Create a file without a name, so that it disappears even if the process is killed. */
static int
make_file(struct tmpcopy *t, struct err *e)
{
	struct buf path = {0};
	char *name;

	t->fd = open(t->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (t->fd != -1)
		return 0;
	buf_addf(&path, "%s/mailnet", t->dir);
	t->fd = fs_temp_beside(path.data, 0600, &name, e);
	buf_free(&path);
	if (t->fd == -1)
		return -1;
	unlink(name);
	free(name);
	return 0;
}

static int
tmpcopy_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct tmpcopy *t = (struct tmpcopy *)s;

	if (t->fd == -1 && n <= TMPCOPY_MEMORY - t->memory.len) {
		buf_add(&t->memory, p, n);
		t->len += n;
		return 0;
	}
	if (t->fd == -1 && (make_file(t, e) == -1 || fs_write_at(t->fd, t->memory.data,
							     t->memory.len, 0, t->dir, e) == -1))
		return -1;
	if (fs_write_at(t->fd, p, n, t->len, t->dir, e) == -1)
		return -1;
	t->len += n;
	return 0;
}

void
tmpcopy_init(struct tmpcopy *t, const char *dir, const char *shown)
{
	*t = (struct tmpcopy){.sink = {tmpcopy_write}, .fd = -1};
	t->dir = mem_strdup(dir != NULL && *dir != '\0' ? dir : "/var/tmp");
	t->shown = mem_strdup(shown);
}

static int
copy_all(struct tmpcopy *t, int fd, struct err *e)
{
	char *chunk = mem_alloc(CHUNK);
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = read(fd, chunk, CHUNK)) != 0) {
		if (n > 0)
			rc = sink_write(&t->sink, chunk, (size_t)n, e);
		else if (errno == EAGAIN)
			rc = wait_fd(fd, POLLIN, WAIT_FOREVER, "reading", e);
		else if (errno != EINTR)
			rc = err_sys(e, EX_IOERR, "%s", t->shown);
		if (rc == 0)
			rc = wait_check(e);
	}
	free(chunk);
	return rc;
}

static int
changed(const struct tmpcopy *t, struct err *e)
{
	return err_set(e, EX_IOERR, "%s: changed while it was being read (try again)", t->shown);
}

bool
tmpcopy_size_fits(int fd, const struct stat *st, uint64_t at)
{
	off_t size = st->st_size;
	char octet;

	return size > (off_t)at && pread(fd, &octet, 1, size - 1) == 1 &&
	       pread(fd, &octet, 1, size) == 0;
}

/* Copy a regular file whose st_size is wrong, as in procfs. A file that is being written is refused. */
static int
copy_unsized(struct tmpcopy *t, int fd, struct err *e)
{
	struct stat now;

	if (copy_all(t, fd, e) == -1)
		return -1;
	if (fstat(fd, &now) == -1)
		return err_sys(e, EX_IOERR, "%s", t->shown);
	return now.st_size == t->before.st_size ? 0 : changed(t, e);
}

int
tmpcopy_take(struct tmpcopy *t, int fd, struct err *e)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	bool unsized;

	if (fstat(fd, &t->before) == -1)
		return err_sys(e, EX_IOERR, "%s", t->shown);
	if (!S_ISREG(t->before.st_mode) || at == -1)
		return copy_all(t, fd, e);
	unsized = !tmpcopy_size_fits(fd, &t->before, (uint64_t)at);
	if (unsized && copy_unsized(t, fd, e) == -1)
		return -1;
	if (unsized && t->len != 0)
		return 0;
	/* Read in place even if empty, so that check_same finds octets that are added later. */
	t->in_place = true;
	t->fd = fd;
	t->start = (uint64_t)at;
	t->len = unsized ? 0 : (uint64_t)(t->before.st_size - at);
	return 0;
}

/* Is the file that is read in place unchanged? */
static int
check_same(const struct tmpcopy *t, struct err *e)
{
	struct stat now;

	if (fstat(t->fd, &now) == -1)
		return err_sys(e, EX_IOERR, "%s", t->shown);
	if (now.st_size != t->before.st_size || now.st_mtime != t->before.st_mtime ||
		compat_mtime_nsec(&now) != compat_mtime_nsec(&t->before))
		return changed(t, e);
	return 0;
}

int
tmpcopy_read(const struct tmpcopy *t, uint64_t at, void *p, size_t n, struct err *e)
{
	if (at > t->len || n > t->len - at)
		return err_set(e, EX_SOFTWARE, "%s: read beyond its end", t->shown);
	if (t->fd == -1) {
		if (n != 0)
			memcpy(p, t->memory.data + at, n);
		return 0;
	}
	if (fs_read_at(t->fd, p, n, t->start + at, t->shown, e) == -1)
		return -1;
	return t->in_place && at + n == t->len ? check_same(t, e) : 0;
}

int
tmpcopy_send(const struct tmpcopy *t, struct sink *to, struct err *e)
{
	char *chunk = mem_alloc(CHUNK);
	uint64_t at = 0;
	int rc = 0;

	while (rc == 0 && at < t->len) {
		size_t n = t->len - at < CHUNK ? (size_t)(t->len - at) : CHUNK;

		rc = tmpcopy_read(t, at, chunk, n, e);
		if (rc == 0)
			rc = sink_write(to, chunk, n, e);
		at += n;
	}
	free(chunk);
	return rc;
}

void
tmpcopy_clear(struct tmpcopy *t)
{
	if (t->fd != -1 && !t->in_place)
		close(t->fd);
	t->fd = -1;
	t->in_place = false;
	t->len = t->start = 0;
	buf_clear(&t->memory);
}

void
tmpcopy_free(struct tmpcopy *t)
{
	tmpcopy_clear(t);
	buf_free(&t->memory);
	free(t->dir);
	free(t->shown);
	t->dir = t->shown = NULL;
}
