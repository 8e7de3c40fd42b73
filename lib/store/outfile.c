#include "store/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/wait.h"
#include "store/fs.h"
#include "store/temps.h"

#define CHUNK (64 * 1024)

int
outfile_flush(struct outfile *o, struct err *e)
{
	size_t n = o->out.len;

	o->out.len = 0;
	return n == 0 ? 0 : wait_write(o->fd, o->out.data, n, o->path, e);
}

static int
outfile_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct outfile *o = (struct outfile *)s;

	if (o->out.len + n > CHUNK && outfile_flush(o, e) == -1)
		return -1;
	if (n >= CHUNK)
		return wait_write(o->fd, p, n, o->path, e);
	buf_add(&o->out, p, n);
	return 0;
}

/* Names that stand for a descriptor: links, but never to be replaced. */
static bool
is_descriptor(const char *path)
{
	return strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/stderr") == 0 ||
	       strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/self/fd/", 14) == 0;
}

/* The descriptor of one of those: shared, so that what was written before it is not overwritten. */
static int
open_descriptor(const char *path, struct err *e)
{
	int fd = strcmp(path, "/dev/stdout") == 0   ? STDOUT_FILENO
		 : strcmp(path, "/dev/stderr") == 0 ? STDERR_FILENO
						    : atoi(fs_base(path));
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return copy != -1 ? copy : err_sys(e, EX_CANTCREAT, "%s", path);
}

static int
open_temp(struct outfile *o, const struct stat *old, struct err *e)
{
	o->fd = fs_temp_beside(o->path, 0666, &o->temp, e);
	if (o->fd == -1)
		return -1;
	temps_add(o->temp);
	if (old != NULL && fchmod(o->fd, old->st_mode & 0777) == -1)
		return err_sys(e, EX_CANTCREAT, "%s", o->path);
	return 0;
}

int
outfile_open(struct outfile *o, const char *path, struct err *e)
{
	struct stat sb;
	bool there = lstat(path, &sb) == 0;
	int rc;

	*o = (struct outfile){.sink = {outfile_write}, .fd = -1, .path = mem_strdup(path)};
	if (is_descriptor(path)) {
		o->fd = open_descriptor(path, e);
		rc = o->fd == -1 ? -1 : 0;
	} else if (there && S_ISDIR(sb.st_mode)) {
		errno = EISDIR;
		rc = err_sys(e, EX_CANTCREAT, "%s", path);
	} else if (there && !S_ISREG(sb.st_mode) && !S_ISLNK(sb.st_mode)) {
		o->fd = fs_open(AT_FDCWD, path, O_WRONLY, 0, EX_CANTCREAT, path, e);
		rc = o->fd == -1 ? -1 : 0;
	} else {
		rc = open_temp(o, there && S_ISREG(sb.st_mode) ? &sb : NULL, e);
	}
	if (rc == -1)
		outfile_abort(o);
	return rc;
}

int
outfile_commit(struct outfile *o, struct err *e)
{
	int rc = outfile_flush(o, e);

	if (rc == 0 && o->temp != NULL) {
		rc = fs_sync(o->fd, o->path, e);
		if (rc == 0)
			rc = fs_rename(o->temp, o->path, e);
		if (rc == 0) {
			temps_forget(o->temp);
			free(o->temp);
			o->temp = NULL;
		}
	}
	outfile_abort(o);
	return rc;
}

void
outfile_abort(struct outfile *o)
{
	if (o->temp != NULL) {
		unlink(o->temp);
		temps_forget(o->temp);
		free(o->temp);
	}
	if (o->fd != -1)
		close(o->fd);
	buf_free(&o->out);
	free(o->path);
	o->path = o->temp = NULL;
	o->fd = -1;
}
