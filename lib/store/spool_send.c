/* spool.h, the part for sending: lock, list, recover, read, mark, finish. */
#include "store/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/work.h"
#include "base/text.h"
#include "store/fs.h"
#include "store/lock.h"
#include "store/place.h"
#include "store/spool_priv.h"

#define LOCK ".lock"
#define LITTER \
	(36 * 3600) /* age in seconds at which a file in tmp/ counts as abandoned, as in a Maildir */

int
spool_lock(struct spool *s, struct err *e)
{
	struct place at;
	struct stat sb;
	int rc;

	if (s->owner != geteuid())
		return place_refuse_owner(s->path, s->owner, e);
	rc = place_find(&at, s->top, LOCK, 0, e);
	/* Any user can make a file with this name in a shared spool, to keep the owner from sending: remove it. */
	if (rc == 0 && s->shared && place_stat(&at, "", &sb) == 0 && sb.st_uid != s->owner)
		place_unlink(&at, "");
	if (rc == 0)
		s->lock = lock_open(&at, "", 0, e);
	if (s->lock == -1 && rc == 0)
		err_prefix(e, "%s", s->path);
	place_close(&at);
	return s->lock == -1 ? -1 : 0;
}

/* Is it a file name of printable ASCII that does not begin with a dot? Others are ignored. */
static bool
is_message_name(const char *name)
{
	const char *p = name;

	while (*p > ' ' && *p <= '~')
		p++;
	return *p == '\0' && name[0] != '.' && p - name < SPOOL_NAME;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
spool_list(struct spool *s, enum spool_box box, char ***names, size_t *count, struct err *e)
{
	int fd = fs_open_dir(s->dir[box], ".", s->path, e);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *de;
	size_t room = 0;
	int rc = 0;

	*names = NULL;
	*count = 0;
	if (d == NULL) {
		if (fd == -1)
			return -1;
		err_sys(e, EX_IOERR, "%s", s->path);
		close(fd);
		return -1;
	}
	while (rc == 0 && (errno = 0, (de = readdir(d)) != NULL)) {
		rc = work_check(1, e);
		if (!is_message_name(de->d_name))
			continue;
		if (*count == room) {
			room = room == 0 ? 64 : room * 2;
			*names = mem_resize(*names, room, sizeof **names);
		}
		(*names)[(*count)++] = mem_strdup(de->d_name);
	}
	if (rc == 0 && errno != 0)
		rc = err_sys(e, EX_IOERR, "%s", s->path);
	closedir(d);
	if (rc == -1) {
		spool_free_list(*names, *count);
		*names = NULL;
		*count = 0;
		return -1;
	}
	if (*count != 0)
		qsort(*names, *count, sizeof **names, by_name);
	return 0;
}

void
spool_free_list(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static void
remove_litter(struct spool *s)
{
	struct err scrap;
	struct stat sb;
	char **names;
	size_t n;

	if (spool_list(s, SPOOL_TMP, &names, &n, &scrap) == -1)
		return;
	for (size_t i = 0; i < n; i++)
		if (fstatat(s->dir[SPOOL_TMP], names[i], &sb, AT_SYMLINK_NOFOLLOW) == 0 &&
			sb.st_mtime < time(NULL) - LITTER)
			unlinkat(s->dir[SPOOL_TMP], names[i], 0);
	spool_free_list(names, n);
}

int
spool_recover(struct spool *s, char ***names, size_t *count, struct err *e)
{
	int rc = spool_list(s, SPOOL_SENDING, names, count, e);

	for (size_t i = 0; i < *count && rc == 0; i++) {
		/* spool_mark syncs only sending/: after a power loss the message may be in new/ as well. */
		if (unlinkat(s->dir[SPOOL_NEW], (*names)[i], 0) == -1 && errno != ENOENT)
			rc = err_sys(e, EX_IOERR, "%s/new/%s", s->path, (*names)[i]);
		else
			rc = spool_finish(s, (*names)[i], SPOOL_SENDING, SPOOL_UNKNOWN, e);
	}
	if (rc == 0 && *count != 0)
		rc = spool_sync(s, e);
	if (rc == -1) {
		spool_free_list(*names, *count);
		*names = NULL;
		*count = 0;
		return -1;
	}
	remove_litter(s);
	return 0;
}

/* Accept only a regular file with one link, of our own or in a shared spool. *size: its length in bytes. */
static int
check_file(const struct spool *s, int fd, const char *path, uint64_t *size, struct err *e)
{
	struct stat sb;

	if (fstat(fd, &sb) == -1)
		return err_sys(e, EX_IOERR, "%s", path);
	*size = (uint64_t)sb.st_size;
	if (!S_ISREG(sb.st_mode))
		return err_set(e, EX_DATAERR, "%s: not a regular file", path);
	if (sb.st_nlink > 1)
		return err_set(e, EX_DATAERR, "%s: has several hard links", path);
	if (s->shared || sb.st_uid == geteuid())
		return 0;
	return err_set(
		e, EX_DATAERR, "%s: belongs to another user, and the spool is not shared", path);
}

/* Read the first line. *len: length of the envelope in octets; *first: length of the line itself. */
static int
read_first(int fd, const char *path, uint64_t *len, size_t *first, struct err *e)
{
	char line[64] = "";
	ssize_t n = pread(fd, line, sizeof line - 1, 0);
	const size_t fixed = sizeof SPOOL_FIRST - 1;
	const char *lf = n > 0 ? memchr(line, '\n', (size_t)n) : NULL;

	if (n == -1)
		return err_sys(e, EX_IOERR, "%s", path);
	if (lf == NULL || strncmp(line, SPOOL_FIRST, fixed) != 0 ||
		!text_number(line + fixed, (size_t)(lf - line) - fixed, SPOOL_ENVELOPE, len))
		return err_set(e, EX_DATAERR,
			"%s: not a message of a spool (the first line is not \"" SPOOL_FIRST
			"LENGTH\")",
			path);
	*first = (size_t)(lf - line) + 1;
	return 0;
}

/* Read the envelope and position fd at the message. On an error *envelope is unchanged. */
static int
read_head(const struct spool *s, int fd, const char *path, struct buf *envelope, struct err *e)
{
	uint64_t len = 0, size = 0;
	size_t first = 0;

	if (check_file(s, fd, path, &size, e) == -1 || read_first(fd, path, &len, &first, e) == -1)
		return -1;
	if (size < first || len > size - first)
		return err_set(e, EX_IOERR,
			"%s: the file is shorter than the envelope that it announces", path);
	if (fs_read_at(fd, buf_reserve(envelope, (size_t)len), (size_t)len, first, path, e) == -1) {
		buf_add(envelope, "", 0);
		return -1;
	}
	envelope->len += (size_t)len;
	buf_add(envelope, "", 0);
	if (lseek(fd, (off_t)(first + len), SEEK_SET) == -1)
		return err_sys(e, EX_IOERR, "%s", path);
	return 0;
}

int
spool_read(
	struct spool *s, enum spool_box box, const char *name, struct buf *envelope, struct err *e)
{
	struct buf path = {0};
	int fd;

	buf_addf(&path, "%s/%s/%s", s->path, spool_boxes[box], name);
	fd = fs_open(s->dir[box], name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, EX_IOERR,
		path.data, e);
	if (fd != -1 && read_head(s, fd, path.data, envelope, e) == -1) {
		close(fd);
		fd = -1;
	}
	buf_free(&path);
	return fd;
}

int
spool_mark(struct spool *s, const char *const *names, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (spool_finish(s, names[i], SPOOL_NEW, SPOOL_SENDING, e) == -1)
			return -1;
	return n == 0 ? 0 : fs_sync(s->dir[SPOOL_SENDING], s->path, e);
}

int
spool_finish(
	struct spool *s, const char *name, enum spool_box from, enum spool_box to, struct err *e)
{
	int rc = to == SPOOL_DONE ? unlinkat(s->dir[from], name, 0)
				  : fs_rename_new(s->dir[from], name, s->dir[to], name);
	char other[SPOOL_NAME];

	/* In a shared spool another user may have made a file with this name: use a new name, except in sending/. */
	if (rc == 1 && to != SPOOL_SENDING) {
		spool_new_name(other);
		rc = fs_rename_new(s->dir[from], name, s->dir[to], other);
	}
	if (rc == 1)
		errno = EEXIST;
	return rc == 0 ? 0 : err_sys(e, EX_IOERR, "%s: %s", s->path, name);
}

int
spool_sync(struct spool *s, struct err *e)
{
	/* Sync the targets of moves before the sources: a power loss then duplicates a name instead of losing it. */
	static const enum spool_box order[] = {
		SPOOL_UNKNOWN, SPOOL_FAILED, SPOOL_NEW, SPOOL_SENDING};

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
		if (fs_sync(s->dir[order[i]], s->path, e) == -1)
			return -1;
	return 0;
}
