#include "store/newsrc_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/compat.h"
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
	       a->st_mtime == b->st_mtime && compat_mtime_nsec(a) == compat_mtime_nsec(b);
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
	int holder, rc;

	f->fd = place_open(&f->at, "", O_RDWR, e);
	if (f->fd == -1 && errno == ENOENT) {
		err_clear(e);
		return 0;
	}
	if (f->fd == -1)
		return -1;
	rc = lock_try(f->fd, &holder, e);
	/* Replaced between open and lock? Then the lock is on a file that has no name any more. */
	if (rc == 0 && !place_is(&f->at, f->fd))
		rc = 1;
	return rc;
}

/* The dot-lock, with the file's lock in hand: 0, 1: busy, -1. */
static int
lock_dot(struct newsrc_file *f, struct err *warning, struct err *e)
{
	struct buf note = {0};
	enum dotlock_result r = dotlock_try(&f->dot, &f->at, &note, e);

	if (r == DOTLOCK_STALE) {
		dotlock_clear(&f->at);
		r = dotlock_try(&f->dot, &f->at, &note, e);
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
			return err_set(
				e, EX_TEMPFAIL, "%s: locked by another newsreader", f->at.path);
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
		return err_sys(e, EX_IOERR, "%s", f->at.path);
	return fs_read_all(f->fd, NEWSRC_MAX, &f->text, f->at.path, e);
}

int
newsrc_file_open(struct newsrc_file *f, const char *path, int64_t wait_seconds, struct err *warning,
	struct err *e)
{
	*f = (struct newsrc_file){.fd = -1};
	if (place_find(&f->at, AT_FDCWD, path, PLACE_FOLLOW, e) == -1)
		return -1;
	if (lock_both(f, wait_after(wait_seconds), warning, e) == -1)
		return -1;
	return read_text(f, e);
}

int
newsrc_file_refresh(struct newsrc_file *f, struct err *e)
{
	struct stat now;

	if (place_stat(&f->at, "", &now) == -1) {
		if (errno != ENOENT)
			return err_sys(e, EX_IOERR, "%s", f->at.path);
		close_file(f);
		buf_clear(&f->text);
		return 0;
	}
	if (f->fd != -1 && is_same(&now, &f->seen))
		return 0;
	/* A newsreader without locks has replaced the file. Keep the dot-lock, and open the new file. */
	close_file(f);
	if (lock_file(f, e) == -1)
		return -1;
	return read_text(f, e);
}

static char *
temp_path(const struct newsrc_file *f, const char *suffix)
{
	struct buf b = {0};

	buf_addf(&b, "%s%s", f->at.path, suffix);
	return buf_steal(&b);
}

/* Drop the registration of the temporary, and its file unless it has become the newsrc. */
static void
forget_temp(const struct newsrc_file *f, char *suffix, bool remove)
{
	char *path = temp_path(f, suffix);

	if (remove)
		place_unlink(&f->at, suffix);
	temps_forget(path);
	free(path);
	free(suffix);
}

/* The new file, complete and durable, beside the old one: its descriptor, or -1; *suffix is for forget_temp. */
static int
write_temp(struct newsrc_file *f, const struct buf *text, char **suffix, struct err *e)
{
	int fd = place_temp(&f->at, 0600, suffix, e);
	char *path;

	if (fd == -1)
		return -1;
	path = temp_path(f, *suffix);
	temps_add(path);
	free(path);
	if (f->fd != -1 && fchmod(fd, f->seen.st_mode & 0777) == -1)
		err_sys(e, EX_CANTCREAT, "%s", f->at.path);
	else if (fs_write_at(fd, text->data, text->len, 0, f->at.path, e) == 0 &&
		 fs_sync(fd, f->at.path, e) == 0)
		return fd;
	close(fd);
	forget_temp(f, *suffix, true);
	return -1;
}

int
newsrc_file_write(struct newsrc_file *f, struct buf *text, struct err *e)
{
	char *suffix;
	int fd = write_temp(f, text, &suffix, e), holder, rc;

	if (fd == -1) {
		buf_free(text);
		return -1;
	}
	/* Locked before it can be seen, so that the lock goes over from the old to the new file. */
	rc = lock_try(fd, &holder, e) == -1 ? -1 : place_replace(&f->at, suffix, e);
	forget_temp(f, suffix, rc == -1);
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
	return place_sync(&f->at, e);
}

void
newsrc_file_close(struct newsrc_file *f)
{
	struct err scrap;

	dotlock_drop(&f->dot, false, &scrap);
	close_file(f);
	buf_free(&f->text);
	place_close(&f->at);
}
