#include "store/message_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/work.h"
#include "store/fs.h"

#define CHUNK (64 * 1024)

/* A file of at most this many bytes is read whole, into memory that the next file reuses. */
#define SMALL (64 * 1024)

static struct buf spare; /* that memory, while no input uses it */

static const char *
shown(const struct message_source *in)
{
	return in->path != NULL ? in->path : "stdin";
}

/* Read a small file whole. False if its length differs from st_size, as in procfs. */
static bool
read_small(struct message_source *in, const struct stat *st)
{
	size_t len = (size_t)st->st_size;
	struct buf b = spare;

	spare = (struct buf){0};
	b.len = 0;
	buf_reserve(&b, SMALL);
	in->kept = pread(in->fd, b.data, len + 1, 0) == (ssize_t)len;
	if (!in->kept) {
		buf_free(&b);
		return false;
	}
	b.data[len] = '\0';
	b.len = len;
	in->copy = (struct tmpcopy){.len = len, .memory = b, .fd = -1, .before = *st};
	return true;
}

static int
open_file(struct message_source *in, struct err *e)
{
	if (in->name != NULL)
		in->fd = fs_open(in->dir, in->name, O_RDONLY | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK,
			0, EX_NOINPUT, in->path, e);
	else if (in->path != NULL)
		in->fd = fs_open(
			AT_FDCWD, in->path, O_RDONLY | O_NOCTTY, 0, EX_NOINPUT, in->path, e);
	return in->fd == -1 && in->path != NULL ? -1 : 0;
}

/*
 * Read the open file into memory or a copy, or prepare to read it in place. known: the file status of the first
 * reading, or NULL; with it, fstat comes after the read, so that a change during the read is noticed.
 */
static int
take(struct message_source *in, const struct stat *known, struct err *e)
{
	int fd = in->fd != -1 ? in->fd : STDIN_FILENO, rc = 0;
	struct stat st;

	if (known != NULL)
		st = *known;
	else if (fstat(fd, &st) == -1)
		return err_sys(e, EX_IOERR, "%s", shown(in));
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return err_sys(e, EX_NOINPUT, "%s", shown(in));
	}
	if (in->fd == -1 || !S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > SMALL ||
		!read_small(in, &st)) {
		tmpcopy_init(&in->copy, in->tmpdir, shown(in));
		rc = tmpcopy_take(&in->copy, fd, e);
	} else if (known != NULL && fstat(fd, &in->copy.before) == -1) {
		rc = err_sys(e, EX_IOERR, "%s", shown(in));
	}
	if (!in->copy.in_place && in->fd != -1) {
		close(in->fd);
		in->fd = -1;
	}
	return rc;
}

int
message_source_open(struct message_source *in, const char *path, const char *tmpdir, struct err *e)
{
	*in = (struct message_source){.fd = -1};
	in->copy.fd = -1;
	if (path != NULL && strcmp(path, "-") != 0)
		in->path = mem_strdup(path);
	if (tmpdir != NULL)
		in->tmpdir = mem_strdup(tmpdir);
	return open_file(in, e) == -1 ? -1 : take(in, NULL, e);
}

int
message_source_adopt(struct message_source *in, int fd, int dir, const char *name,
	const char *shown, struct err *e)
{
	*in = (struct message_source){.fd = fd};
	in->copy.fd = -1;
	message_source_moved(in, dir, name, shown);
	if (lseek(fd, 0, SEEK_SET) == -1)
		return err_sys(e, EX_IOERR, "%s", shown);
	return take(in, NULL, e);
}

void
message_source_begin(struct message_source *in, const char *tmpdir, const char *shown)
{
	*in = (struct message_source){.fd = -1};
	tmpcopy_init(&in->copy, tmpdir, shown);
}

uint64_t
message_source_len(const struct message_source *in)
{
	return in->copy.len;
}

static void
drop(struct message_source *in)
{
	if (in->kept && spare.cap == 0) {
		spare = in->copy.memory;
		in->copy.memory = (struct buf){0};
	}
	in->kept = false;
	tmpcopy_free(&in->copy);
	if (in->fd != -1)
		close(in->fd);
	in->fd = -1;
}

void
message_source_rest(struct message_source *in)
{
	uint64_t len = in->copy.len;

	if (in->resting || (!in->kept && in->fd == -1))
		return;
	drop(in);
	in->copy.fd = -1;
	in->copy.len = len;
	in->resting = true;
}

/* Is this still the file of the first reading, unchanged? */
static int
check_same(const struct message_source *in, const struct stat *first, const struct stat *now,
	struct err *e)
{
	if (now->st_dev == first->st_dev && now->st_ino == first->st_ino &&
		now->st_size == first->st_size && now->st_mtime == first->st_mtime &&
		compat_mtime_nsec(now) == compat_mtime_nsec(first))
		return 0;
	return err_set(
		e, EX_IOERR, "%s: changed since it was first read (send it again)", shown(in));
}

int
message_source_wake(struct message_source *in, struct err *e)
{
	struct stat first = in->copy.before;
	uint64_t len = in->copy.len;
	int rc;

	if (!in->resting)
		return 0;
	rc = open_file(in, e);
	if (rc == 0)
		rc = take(in, &first, e);
	if (rc == -1)
		e->status = EX_IOERR;
	else
		rc = check_same(in, &first, &in->copy.before, e);
	in->resting = rc == -1;
	if (rc == 0)
		return 0;
	/* Keep the first status, so that every later call fails as well. */
	drop(in);
	in->copy.fd = -1;
	in->copy.len = len;
	in->copy.before = first;
	return -1;
}

void
message_source_moved(struct message_source *in, int dir, const char *name, const char *shown)
{
	free(in->path);
	free(in->name);
	in->path = mem_strdup(shown);
	in->name = mem_strdup(name);
	in->dir = dir;
}

int
message_source_send(const struct message_source *in, uint64_t begin, uint64_t end, struct sink *to,
	struct err *e)
{
	size_t size = end - begin < CHUNK ? (size_t)(end - begin) : CHUNK;
	char *chunk;
	int rc = 0;

	if (end < begin || end > in->copy.len)
		return err_set(e, EX_SOFTWARE, "%s: read beyond its end", shown(in));
	if (in->kept)
		return sink_write(to, in->copy.memory.data + begin, (size_t)(end - begin), e);
	chunk = mem_alloc(size);
	while (rc == 0 && begin < end) {
		size_t n = end - begin < size ? (size_t)(end - begin) : size;

		rc = work_check(n, e);
		if (rc == 0)
			rc = tmpcopy_read(&in->copy, begin, chunk, n, e);
		if (rc == 0)
			rc = sink_write(to, chunk, n, e);
		begin += n;
	}
	free(chunk);
	return rc;
}

void
message_source_close(struct message_source *in)
{
	drop(in);
	free(in->path);
	free(in->name);
	free(in->tmpdir);
	in->path = in->name = in->tmpdir = NULL;
}
