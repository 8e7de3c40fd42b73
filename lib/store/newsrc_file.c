#include "store/newsrc_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/wait.h"
#include "store/fs.h"
#include "store/newsrc.h"
#include "store/temps.h"

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void
close_file(struct newsrc_file *f)
{
	if (f->fd != -1)
		close(f->fd);
	f->fd = -1;
}

/* Open and lock the file, if it is there: 0, 1: busy, -1. */
static int
lock_file(struct newsrc_file *f, struct err *e)
{
	struct stat open_sb, path_sb;
	int holder, rc;

	f->fd = open(f->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (f->fd == -1)
		return errno == ENOENT ? 0 : err_sys(e, EX_CANTCREAT, "%s", f->path);
	if (fstat(f->fd, &open_sb) == -1 || !S_ISREG(open_sb.st_mode))
		return err_set(e, EX_CANTCREAT, "%s: not a regular file", f->path);
	rc = lock_try(f->fd, &holder, e);
	/* Replaced between open and lock? Then the lock is on a file that nobody reads. */
	if (rc == 0 && (stat(f->path, &path_sb) == -1 || path_sb.st_ino != open_sb.st_ino ||
			       path_sb.st_dev != open_sb.st_dev))
		rc = 1;
	return rc;
}

/* The dot-lock, with the file's lock in hand: 0, 1: busy, -1. */
static int
lock_dot(struct newsrc_file *f, struct err *warning, struct err *e)
{
	struct buf note = {0};
	enum dotlock_result r = dotlock_try(&f->dot, f->path, &note, e);

	if (r == DOTLOCK_STALE) {
		dotlock_clear(f->path);
		r = dotlock_try(&f->dot, f->path, &note, e);
	}
	buf_free(&note);
	if (r == DOTLOCK_BARRED) {
		*warning = *e;
		err_clear(e);
	}
	return r == DOTLOCK_ERROR ? -1 : r == DOTLOCK_BUSY || r == DOTLOCK_STALE;
}

static int
lock_both(struct newsrc_file *f, int64_t until, struct err *warning, struct err *e)
{
	for (;;) {
		int rc = lock_file(f, e);

		if (rc == 0)
			rc = lock_dot(f, warning, e);
		if (rc == 0)
			return 0;
		close_file(f);
		if (rc == 1)
			rc = lock_pause(until, e);
		if (rc == 1)
			return err_set(e, EX_TEMPFAIL, "%s: locked by another newsreader", f->path);
		if (rc == -1)
			return -1;
	}
}

static int
read_text(struct newsrc_file *f, struct err *e)
{
	buf_clear(&f->text);
	if (f->fd == -1)
		return 0;
	if (fstat(f->fd, &f->seen) == -1 || lseek(f->fd, 0, SEEK_SET) == -1)
		return err_sys(e, EX_IOERR, "%s", f->path);
	return fs_read_all(f->fd, NEWSRC_MAX, &f->text, f->path, e);
}

/* A symbolic link is followed: the file it leads to is what is replaced. */
static char *
resolve(const char *path, struct err *e)
{
	char *real = realpath(path, NULL);
	struct stat sb;

	if (real != NULL)
		return real;
	if (errno != ENOENT || lstat(path, &sb) == 0) {
		err_sys(e, EX_CANTCREAT, "%s", path);
		return NULL;
	}
	return mem_strdup(path);
}

int
newsrc_file_open(struct newsrc_file *f, const char *path, int64_t wait_seconds, struct err *warning,
	struct err *e)
{
	*f = (struct newsrc_file){.fd = -1};
	f->path = resolve(path, e);
	if (f->path == NULL)
		return -1;
	if (lock_both(f, wait_after(wait_seconds), warning, e) == -1)
		return -1;
	return read_text(f, e);
}

int
newsrc_file_refresh(struct newsrc_file *f, struct err *e)
{
	struct stat now;

	if (stat(f->path, &now) == -1) {
		if (errno != ENOENT)
			return err_sys(e, EX_IOERR, "%s", f->path);
		close_file(f);
		buf_clear(&f->text);
		return 0;
	}
	if (f->fd != -1 && is_same(&now, &f->seen))
		return 0;
	/* Somebody who knows no locks. Ours on the dot-lock stands; the file is another one. */
	close_file(f);
	if (lock_file(f, e) == -1)
		return -1;
	return read_text(f, e);
}

/* The new file, complete and durable, under a name of its own. */
static int
write_temp(struct newsrc_file *f, const struct buf *text, char **name, struct err *e)
{
	int fd = fs_temp_beside(f->path, 0666, name, e);

	if (fd == -1)
		return -1;
	temps_add(*name);
	/* Rights as they were; the owner too, where we may (root at a user's file). */
	if (f->fd != -1 && (fchmod(fd, f->seen.st_mode & 0777) == -1 ||
				   (f->seen.st_uid != geteuid() &&
					   fchown(fd, f->seen.st_uid, f->seen.st_gid) == -1)))
		err_sys(e, EX_CANTCREAT, "%s", *name);
	else if (fs_write_at(fd, text->data, text->len, 0, *name, e) == 0 &&
		 fs_sync(fd, *name, e) == 0)
		return fd;
	close(fd);
	unlink(*name);
	temps_forget(*name);
	free(*name);
	return -1;
}

int
newsrc_file_write(struct newsrc_file *f, struct buf *text, struct err *e)
{
	char *name;
	int fd = write_temp(f, text, &name, e), holder, rc;

	if (fd == -1) {
		buf_free(text);
		return -1;
	}
	/* Locked before it can be seen, so that the lock goes over from the old to the new file. */
	rc = lock_try(fd, &holder, e) == -1 ? -1 : fs_rename(name, f->path, e);
	if (rc == -1)
		unlink(name);
	temps_forget(name);
	free(name);
	if (rc == -1) {
		close(fd);
		buf_free(text);
		return -1;
	}
	close_file(f);
	f->fd = fd;
	fstat(fd, &f->seen);
	buf_free(&f->text);
	f->text = *text;
	return fs_sync_parent(f->path, e);
}

void
newsrc_file_close(struct newsrc_file *f)
{
	struct err scrap;

	dotlock_drop(&f->dot, false, &scrap);
	close_file(f);
	buf_free(&f->text);
	free(f->path);
}
