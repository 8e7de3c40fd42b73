#include "store/maildir_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/work.h"
#include "store/fs.h"
#include "store/maildir.h"
#include "store/place.h"

/* ---- make a Maildir ------------------------------------------------------------------------------ */

static const char *const dir_names[] = {"tmp", "new", "cur"};

int
maildir_is(const char *path)
{
	struct stat sb;
	int ok = 1;

	for (size_t i = 0; i < 3; i++) {
		struct buf b = {0};

		buf_addf(&b, "%s/%s", path, dir_names[i]);
		ok = ok && stat(b.data, &sb) == 0 && S_ISDIR(sb.st_mode);
		buf_free(&b);
	}
	return ok;
}

/* Make the missing subdirectories of the draft. */
static int
fill(int draft, const char *shown, struct err *e)
{
	for (size_t i = 0; i < 3; i++)
		if (mkdirat(draft, dir_names[i], 0700) == -1 && errno != EEXIST)
			return err_sys(e, EX_CANTCREAT, "%s", shown);
	return fs_sync(draft, shown, e);
}

static void
remove_draft(const struct place *p, const char *name, int draft)
{
	for (size_t i = 0; i < 3; i++)
		unlinkat(draft, dir_names[i], AT_REMOVEDIR);
	unlinkat(p->dir, name, AT_REMOVEDIR);
}

/* Make or open the draft. Refuse the draft of another user, since that user would own the Maildir. */
static int
open_draft(const struct place *p, const char *name, struct err *e)
{
	struct stat sb;
	int fd;

	if (mkdirat(p->dir, name, 0700) == -1 && errno != EEXIST)
		return err_sys(e, EX_CANTCREAT, "%s", p->path);
	fd = fs_open(
		p->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, EX_CANTCREAT, p->path, e);
	if (fd == -1 || (fstat(fd, &sb) == 0 && sb.st_uid == geteuid()))
		return fd;
	close(fd);
	return err_set(e, EX_CANTCREAT,
		"%s: cannot be made, because '%s' in the same directory belongs to another user; "
		"remove it",
		p->path, name);
}

/* Rename the draft, open as fd, to the Maildir. If another run has made the Maildir meanwhile, remove the draft. */
static int
name_draft(const struct place *p, const char *name, int fd, struct err *e)
{
	int rc = fs_rename_dir_new(p->dir, name, p->name), saved = errno;

	if (rc != 0)
		remove_draft(p, name, fd);
	errno = saved;
	if (rc == -1)
		return err_sys(e, EX_CANTCREAT, "%s", p->path);
	return place_sync(p, e);
}

/*
 * Make a Maildir at p durably, with mode 0700: under the draft name "NAME.TAG", then renamed. A file or directory that
 * appears at p meanwhile is not changed. EX_CANTCREAT, EX_IOERR.
 */
static int
maildir_make(const struct place *p, const char *tag, struct err *e)
{
	struct buf draft = {0};
	int fd, rc = -1;

	if (place_may_make(p, e) == -1)
		return -1;
	/* The draft's name is always the same, so that a later run completes the draft of a killed one. */
	buf_addf(&draft, "%s.%s", p->name, tag);
	fd = open_draft(p, draft.data, e);
	if (fd != -1 && fill(fd, p->path, e) == 0)
		rc = name_draft(p, draft.data, fd, e);
	if (fd != -1)
		close(fd);
	buf_free(&draft);
	return rc;
}

/* ---- its files ----------------------------------------------------------------------------------- */

uint64_t
mdir_value(const char *name)
{
	return hash_octets(name, MDIR_NAME - 1);
}

bool
mdir_is_ours(const struct mdir *d, const char *name)
{
	return strlen(name) >= MDIR_NAME - 1 && memcmp(name, d->tag, MDIR_TAG) == 0 &&
	       name[MDIR_TAG] == '.' &&
	       strspn(name + MDIR_TAG + 1, "0123456789abcdef") == MDIR_BODY &&
	       (name[MDIR_NAME - 1] == '\0' || name[MDIR_NAME - 1] == ':');
}

/* Call `each` for every file name in tmp, new or cur that begins with the tag of our mailbox. */
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
	while (errno = 0, (de = readdir(dir)) != NULL) {
		if (work_check(1, e) == -1) {
			closedir(dir);
			return -1;
		}
		if (strncmp(de->d_name, d->tag, MDIR_TAG) == 0 && de->d_name[MDIR_TAG] == '.')
			each(d, de->d_name);
	}
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
		u64set_add(&d->stored, mdir_value(name));
}

/*
 * Read new/ before cur/: a mail reader moves messages from new/ to cur/, so a message moved in between is seen twice,
 * not missed. A rename within cur/ during the reading can hide a name from readdir: if cur/ has changed, read again.
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
		if (fstat(d->fd[MDIR_CUR], &after) == 0 && after.st_mtime == before.st_mtime &&
			compat_mtime_nsec(&after) == compat_mtime_nsec(&before))
			break;
	}
	return 0;
}

static bool
has_name(const void *ctx, uint32_t index, const char *name, size_t n)
{
	return memcmp(((char *const *)ctx)[index], name, n) == 0;
}

/* Index the files in cur/ whose names end in flags. */
static void
note_flagged(struct mdir *d, const char *name)
{
	if (!mdir_is_ours(d, name) || hash_put(&d->by_name, name, MDIR_NAME - 1, d->nflagged,
					      has_name, d->flagged) != HASH_NONE)
		return;
	d->flagged = mem_grow(d->flagged, d->nflagged, &d->flagged_room, sizeof *d->flagged);
	d->flagged[d->nflagged++] = mem_strdup(name);
}

static int
open_in(const struct mdir *d, int which, const char *name)
{
	struct err ignored;

	return fs_open(d->fd[which], name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, EX_IOERR, d->path,
		&ignored);
}

int
mdir_open_stored(struct mdir *d, const char *name, int *fd, struct err *e)
{
	uint32_t at;

	if ((*fd = open_in(d, MDIR_NEW, name)) != -1 || (*fd = open_in(d, MDIR_CUR, name)) != -1)
		return 0;
	if (!d->indexed && for_ours(d, MDIR_CUR, note_flagged, e) == -1)
		return -1;
	d->indexed = true;
	at = hash_get(&d->by_name, name, MDIR_NAME - 1, has_name, d->flagged);
	if (at != HASH_NONE)
		*fd = open_in(d, MDIR_CUR, d->flagged[at]);
	return 0;
}

/* Publish a file. If new/ has this name already, that file has the same octets, so ours is removed. */
int
mdir_show(struct mdir *d, const char *name, struct err *e)
{
	int rc = fs_rename_new(d->fd[MDIR_TMP], name, d->fd[MDIR_NEW], name);

	if (rc == 1)
		rc = unlinkat(d->fd[MDIR_TMP], name, 0);
	if (rc == -1)
		return err_sys(e, EX_CANTCREAT, "%s/new/%s", d->path, name);
	u64set_add(&d->stored, mdir_value(name));
	return 0;
}

/* Sync cur/ as well: a mail reader may already have moved messages there from new/. */
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

/* Sync the Maildir and its parent each time: a killed run may have made them without a sync. */
static int
sync_place(const struct mdir *d, const struct place *at, int top, struct err *e)
{
	if (fs_sync(top, d->path, e) == -1)
		return -1;
	/* A parent directory that we may not read cannot have been changed by mailnet: no sync needed. */
	return at->hidden ? 0 : place_sync(at, e);
}

/* Open tmp, new or cur; like the Maildir itself it may be a symbolic link of ours or of root. */
static int
open_part(struct mdir *d, int top, int which, struct err *e)
{
	struct place part;

	d->fd[which] = place_find(&part, top, dir_names[which], PLACE_FOLLOW, e);
	if (d->fd[which] == 0)
		d->fd[which] = place_open_dir(&part, e);
	place_close(&part);
	return d->fd[which] == -1 ? err_prefix(e, "%s", d->path) : 0;
}

static int
open_parts(struct mdir *d, const struct place *at, struct err *e)
{
	int top = place_open_dir(at, e), rc = top == -1 ? -1 : 0;

	for (int i = 0; i < 3 && rc == 0; i++)
		rc = open_part(d, top, i, e);
	if (rc == 0)
		rc = sync_place(d, at, top, e);
	if (top != -1)
		close(top);
	return rc;
}

static int
open_dirs(struct mdir *d, struct err *e)
{
	struct place at;
	struct stat sb;
	int rc = place_find(&at, AT_FDCWD, d->path, PLACE_FOLLOW, e);

	if (rc == 0 && place_stat(&at, "", &sb) == -1 && errno == ENOENT)
		rc = maildir_make(&at, d->tag, e);
	if (rc == 0)
		rc = open_parts(d, &at, e);
	place_close(&at);
	return rc;
}

int
mdir_open(struct mdir *d, const char *path, const char *mailbox, struct err *e)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	d->path = mem_dup(path, n);
	d->fd[MDIR_TMP] = d->fd[MDIR_NEW] = d->fd[MDIR_CUR] = -1;
	snprintf(d->tag, sizeof d->tag, "%016llx",
		(unsigned long long)u64set_hash(mailbox, strlen(mailbox)));
	return open_dirs(d, e);
}

void
mdir_close(struct mdir *d)
{
	for (size_t i = 0; i < 3; i++)
		if (d->fd[i] != -1)
			close(d->fd[i]);
	for (uint32_t i = 0; i < d->nflagged; i++)
		free(d->flagged[i]);
	free(d->flagged);
	hash_free(&d->by_name);
	u64set_free(&d->stored);
	free(d->path);
}
