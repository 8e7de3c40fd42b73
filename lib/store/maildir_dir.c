#include "store/maildir_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/fs.h"
#include "store/maildir.h"
#include "store/maildir_make.h"

static const char *const dir_names[] = {"tmp", "new", "cur"};

uint64_t
mdir_value(const char *name)
{
	char digits[17];

	memcpy(digits, name + MDIR_TAG + 1, 16);
	digits[16] = '\0';
	return strtoull(digits, NULL, 16);
}

bool
mdir_is_ours(const struct mdir *d, const char *name)
{
	return strlen(name) >= MDIR_NAME - 1 && memcmp(name, d->tag, MDIR_TAG) == 0 &&
	       name[MDIR_TAG] == '.' &&
	       strspn(name + MDIR_TAG + 1, "0123456789abcdef") == MDIR_BODY &&
	       (name[MDIR_NAME - 1] == '\0' || name[MDIR_NAME - 1] == ':');
}

/* Call each for every name in a directory that begins with our tag. */
static int
for_ours(struct mdir *d, int which, void (*each)(struct mdir *, const char *), struct err *e)
{
	int fd = fs_open_dir(d->fd[which], ".", d->path, e);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *de;

	if (dir == NULL) {
		if (fd != -1) {
			err_sys(e, EX_IOERR, "%s", d->path);
			close(fd);
		}
		return -1;
	}
	while (errno = 0, (de = readdir(dir)) != NULL)
		if (strncmp(de->d_name, d->tag, MDIR_TAG) == 0 && de->d_name[MDIR_TAG] == '.')
			each(d, de->d_name);
	if (errno != 0) {
		err_sys(e, EX_IOERR, "%s/%s", d->path, dir_names[which]);
		closedir(dir);
		return -1;
	}
	closedir(dir);
	return 0;
}

static void
note_stored(struct mdir *d, const char *name)
{
	if (mdir_is_ours(d, name))
		set_add(&d->stored, mdir_value(name));
}

/*
 * Learn what new/ and cur/ hold. new/ comes first: a mail reader moves from new/ to cur/, so what
 * is moved between the two readings is seen twice, not never. A reader that renames inside cur/
 * while it is being read can hide a name: then once more.
 */
int
mdir_scan(struct mdir *d, struct err *e)
{
	struct stat before, after;

	for (int tries = 0; tries < 20; tries++) {
		if (fstat(d->fd[MDIR_CUR], &before) == -1)
			return err_sys(e, EX_IOERR, "%s/cur", d->path);
		if (for_ours(d, MDIR_NEW, note_stored, e) == -1 ||
			for_ours(d, MDIR_CUR, note_stored, e) == -1)
			return -1;
		if (fstat(d->fd[MDIR_CUR], &after) == 0 &&
			after.st_mtim.tv_sec == before.st_mtim.tv_sec &&
			after.st_mtim.tv_nsec == before.st_mtim.tv_nsec)
			break;
	}
	return 0;
}

/* From tmp/ to new/; if it is there (put by whom?) it has the same octets: ours goes. */
int
mdir_show(struct mdir *d, const char *name, struct err *e)
{
	int rc = fs_rename_new(d->fd[MDIR_TMP], name, d->fd[MDIR_NEW], name);

	if (rc == 1)
		rc = unlinkat(d->fd[MDIR_TMP], name, 0);
	if (rc == -1)
		return fs_fail(e, EX_CANTCREAT, "%s/new/%s", d->path, name);
	set_add(&d->stored, mdir_value(name));
	return 0;
}

/* cur/ too: a mail reader may have moved there already what was just put into new/. */
int
mdir_sync_shown(struct mdir *d, struct err *e)
{
	return fs_sync(d->fd[MDIR_NEW], d->path, e) == -1 ? -1
							  : fs_sync(d->fd[MDIR_CUR], d->path, e);
}

static void
remove_tmp(struct mdir *d, const char *name)
{
	unlinkat(d->fd[MDIR_TMP], name, 0);
}

int
mdir_clean(struct mdir *d, struct err *e)
{
	return for_ours(d, MDIR_TMP, remove_tmp, e);
}

/* Names that a killed run created may not be durable yet: the parent is synced each time. */
static int
sync_place(const struct mdir *d, int top, struct err *e)
{
	if (fs_sync(top, d->path, e) == -1)
		return -1;
	if (fs_sync_parent(d->path, e) == -1) {
		/* A parent that we may not even read was not written by us. */
		if (e->status != EX_CANTCREAT)
			return -1;
		err_clear(e);
	}
	return 0;
}

static int
open_dirs(struct mdir *d, struct err *e)
{
	struct stat sb;
	int top;

	if (stat(d->path, &sb) == -1 && errno == ENOENT && maildir_make(d->path, d->tag, e) == -1)
		return -1;
	if (!maildir_is(d->path))
		return err_set(e, EX_CANTCREAT, "%s: not a Maildir", d->path);
	top = fs_open_dir(AT_FDCWD, d->path, d->path, e);
	for (int i = 0; i < 3 && top != -1; i++)
		if ((d->fd[i] = fs_open_dir(top, dir_names[i], d->path, e)) == -1)
			break;
	if (d->fd[MDIR_CUR] != -1 && sync_place(d, top, e) == -1) {
		close(top);
		return -1;
	}
	if (top != -1)
		close(top);
	return d->fd[MDIR_CUR] == -1 ? -1 : 0;
}

int
mdir_open(struct mdir *d, const char *path, const char *mailbox, struct err *e)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	d->path = mem_dup(path, n);
	d->fd[MDIR_TMP] = d->fd[MDIR_NEW] = d->fd[MDIR_CUR] = -1;
	d->stored = (struct set){0};
	snprintf(d->tag, sizeof d->tag, "%016llx",
		(unsigned long long)set_hash(mailbox, strlen(mailbox)));
	return open_dirs(d, e);
}

void
mdir_close(struct mdir *d)
{
	for (size_t i = 0; i < 3; i++)
		if (d->fd[i] != -1)
			close(d->fd[i]);
	set_free(&d->stored);
	free(d->path);
}
