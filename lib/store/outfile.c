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

static int
write_file(void *to, const char *p, size_t n, struct err *e)
{
	const struct outfile *o = to;

	return wait_write(o->fd, p, n, o->at.path, e);
}

int
outfile_flush(struct outfile *o, struct err *e)
{
	size_t n = o->out.len;

	o->out.len = 0;
	return n == 0 ? 0 : write_file(o, o->out.data, n, e);
}

static int
outfile_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct outfile *o = (struct outfile *)s;

	return buf_gather(&o->out, p, n, write_file, o, e);
}

/* Does the path name a descriptor? These paths are symbolic links, but must not be replaced. */
static bool
is_descriptor(const char *path)
{
	return strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/stderr") == 0 ||
	       strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/self/fd/", 14) == 0;
}

/* Duplicate that descriptor: opening the path again would start at offset 0 and overwrite earlier output. */
static int
open_descriptor(const char *path, struct err *e)
{
	int fd = strcmp(path, "/dev/stdout") == 0   ? STDOUT_FILENO
		 : strcmp(path, "/dev/stderr") == 0 ? STDERR_FILENO
						    : atoi(fs_base(path));
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return copy != -1 ? copy : err_sys(e, EX_CANTCREAT, "%s", path);
}

/* The path of the temporary file, for temps.h; the caller frees it. */
static char *
temp_path(const struct outfile *o)
{
	struct buf b = {0};

	buf_addf(&b, "%s%s", o->at.path, o->temp);
	return buf_steal(&b);
}

static void
end_temp(struct outfile *o)
{
	char *path = temp_path(o);

	temps_forget(path);
	free(path);
	free(o->temp);
	o->temp = NULL;
}

/* old: the file to be replaced, or NULL. Keep its mode only if it is ours: another user could have made it readable. */
static int
open_temp(struct outfile *o, const struct stat *old, struct err *e)
{
	char *path;

	o->fd = place_temp(&o->at, 0666, &o->temp, e);
	if (o->fd == -1)
		return -1;
	path = temp_path(o);
	temps_add(path);
	free(path);
	if (old != NULL && old->st_uid == geteuid() && fchmod(o->fd, old->st_mode & 0777) == -1)
		return err_sys(e, EX_CANTCREAT, "%s", o->at.path);
	return 0;
}

/* Accept a device or a FIFO, but not the FIFO of another user, made to read the output (users cannot make devices). */
static int
check_special(const struct outfile *o, const struct stat *sb, struct err *e)
{
	if (S_ISFIFO(sb->st_mode) && sb->st_uid != geteuid() && sb->st_uid != 0)
		return place_refuse_owner(o->at.path, sb->st_uid, e);
	if (!S_ISREG(sb->st_mode))
		return 0;
	return err_set(e, EX_CANTCREAT,
		"%s: was replaced by another file while it was being opened", o->at.path);
}

/* Check the status *sb before opening, since opening a FIFO may wait, and again after. */
static int
open_special(struct outfile *o, struct stat *sb, struct err *e)
{
	if (check_special(o, sb, e) == -1)
		return -1;
	o->fd = fs_open(o->at.dir, o->at.name, O_WRONLY | O_NOFOLLOW | O_NOCTTY, 0, EX_CANTCREAT,
		o->at.path, e);
	if (o->fd == -1)
		return -1;
	if (fstat(o->fd, sb) == -1)
		return err_sys(e, EX_CANTCREAT, "%s", o->at.path);
	return check_special(o, sb, e);
}

/* Open a path that does not name a descriptor, depending on the file that exists there. */
static int
open_path(struct outfile *o, const char *path, struct err *e)
{
	struct stat sb;
	bool there;

	if (place_find(&o->at, AT_FDCWD, path, 0, e) == -1)
		return -1;
	there = place_stat(&o->at, "", &sb) == 0;
	if ((there && S_ISDIR(sb.st_mode)) || fs_base(path)[0] == '\0') {
		errno = EISDIR;
		return err_sys(e, EX_CANTCREAT, "%s", path);
	}
	if (there && !S_ISREG(sb.st_mode) && !S_ISLNK(sb.st_mode))
		return open_special(o, &sb, e);
	return open_temp(o, there && S_ISREG(sb.st_mode) ? &sb : NULL, e);
}

int
outfile_open(struct outfile *o, const char *path, struct err *e)
{
	int rc;

	*o = (struct outfile){.sink = {outfile_write}, .fd = -1, .at.dir = -1};
	if (is_descriptor(path)) {
		o->at.path = mem_strdup(path);
		o->fd = open_descriptor(path, e);
		rc = o->fd == -1 ? -1 : 0;
	} else {
		rc = open_path(o, path, e);
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
		rc = fs_sync(o->fd, o->at.path, e);
		if (rc == 0)
			rc = place_replace(&o->at, o->temp, e);
		if (rc == 0)
			end_temp(o);
	}
	outfile_abort(o);
	return rc;
}

void
outfile_abort(struct outfile *o)
{
	if (o->temp != NULL) {
		place_unlink(&o->at, o->temp);
		end_temp(o);
	}
	if (o->fd != -1)
		close(o->fd);
	buf_free(&o->out);
	place_close(&o->at);
	o->fd = -1;
}
