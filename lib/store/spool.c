#include "store/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/sink.h"
#include "base/text.h"
#include "base/wait.h"
#include "base/work.h"
#include "store/fs.h"
#include "store/lock.h"
#include "store/place.h"

#define SPOOL_BOXES SPOOL_DONE

/* The first line of a file: this text, the length of the envelope in octets as a decimal number, LF. */
#define SPOOL_FIRST "mailnet-spool 1 "

struct spool {
	struct sink sink;          /* must be first: writes to the current message */
	char *path;                /* without slashes at its end */
	int top, dir[SPOOL_BOXES]; /* descriptors of the spool and its boxes, or -1 */
	uid_t owner;
	bool shared; /* all users may add messages */
	bool guest; /* shared and owned by another user: we can add, but not list or sync its directories */
	int lock;              /* descriptor of the lock file, or -1 */
	int fd;                /* the current message in tmp/, or -1 */
	char name[SPOOL_NAME]; /* its file name */
	struct buf out;        /* octets not yet written to fd */
};

/* The directory names of the boxes. */
static const char *const box_names[SPOOL_BOXES] = {"tmp", "new", "sending", "failed", "unknown"};

/* Is it a shared spool: may all users add files, without listing the directory or removing the files of others? */
static bool
is_shared(const struct stat *sb)
{
	return (sb->st_mode & (S_ISGID | S_ISVTX | S_IWOTH | S_IXOTH)) ==
	       (S_ISGID | S_ISVTX | S_IWOTH | S_IXOTH);
}

/*
 * Check the owner. A spool of another user must be shared, and its parent directory must be writable by us or root
 * only: otherwise any user could make a spool in a directory like /tmp and receive our messages.
 */
static int
judge_owner(struct spool *s, const struct place *at, const struct stat *top, struct err *e)
{
	struct stat parent;

	s->shared = is_shared(top);
	if (top->st_uid == geteuid())
		return 0;
	if (fstat(at->dir, &parent) == -1)
		return err_sys(e, EX_CANTCREAT, "%s", s->path);
	s->guest = geteuid() != 0;
	if (s->shared && (parent.st_uid == geteuid() || parent.st_uid == 0) &&
		(parent.st_mode & S_IWOTH) == 0)
		return 0;
	return place_refuse_owner(s->path, top->st_uid, e);
}

/* Open a directory of the spool without following links. A guest may only search it, so the descriptor cannot sync. */
static int
open_dir(const struct spool *s, int at, const char *name, struct stat *sb, struct err *e)
{
	int fd = fs_open(at, name, (s->guest ? O_PATH : O_RDONLY) | O_DIRECTORY | O_NOFOLLOW, 0,
		EX_CANTCREAT, s->path, e);

	if (fd == -1 || fstat(fd, sb) == 0)
		return fd;
	err_sys(e, EX_CANTCREAT, "%s", s->path);
	close(fd);
	return -1;
}

static int
open_box(struct spool *s, int box, struct err *e)
{
	const char *name = box_names[box];
	struct stat sb;

	if (s->owner == geteuid() && mkdirat(s->top, name, 0700) == -1 && errno != EEXIST)
		return err_sys(e, EX_CANTCREAT, "%s/%s", s->path, name);
	s->dir[box] = open_dir(s, s->top, name, &sb, e);
	if (s->dir[box] == -1)
		return err_prefix(e, "%s", name);
	if (sb.st_uid == s->owner)
		return 0;
	return err_set(
		e, EX_CANTCREAT, "%s/%s: does not belong to the owner of the spool", s->path, name);
}

static int
make_top(const struct place *at, struct err *e)
{
	struct stat sb;

	if (place_stat(at, "", &sb) == 0 || errno != ENOENT)
		return 0;
	if (place_may_make(at, e) == -1)
		return -1;
	if (mkdirat(at->dir, at->name, 0700) == -1 && errno != EEXIST)
		return err_sys(e, EX_CANTCREAT, "%s", at->path);
	return 0;
}

static int
open_top(struct spool *s, const struct place *at, struct err *e)
{
	struct stat sb;

	if (make_top(at, e) == -1)
		return -1;
	if (place_stat(at, "", &sb) == -1)
		return err_sys(e, EX_CANTCREAT, "%s", s->path);
	/* A first guess, needed to choose the flags of open; judge_owner decides by the opened directory. */
	s->guest = sb.st_uid != geteuid() && geteuid() != 0;
	s->top = open_dir(s, at->dir, at->name, &sb, e);
	s->owner = sb.st_uid;
	return s->top == -1 ? -1 : judge_owner(s, at, &sb, e);
}

static int
open_boxes(struct spool *s, struct err *e)
{
	struct place at;
	int rc = place_find(&at, AT_FDCWD, s->path, PLACE_FOLLOW, e);

	if (rc == 0)
		rc = open_top(s, &at, e);
	for (int box = 0; box < SPOOL_BOXES && rc == 0; box++)
		rc = open_box(s, box, e);
	/* Always sync: an earlier run may have been killed between making the directories and this sync. */
	if (rc == 0 && !s->guest)
		rc = fs_sync(s->top, s->path, e);
	/* A parent directory that we may not read cannot have been changed by this run: no sync needed. */
	if (rc == 0 && !s->guest && !at.hidden)
		rc = place_sync(&at, e);
	place_close(&at);
	return rc;
}

int
spool_top(const struct spool *s)
{
	return s->top;
}

int
spool_dir(const struct spool *s, enum spool_box box)
{
	return s->dir[box];
}

const char *
spool_box_name(enum spool_box box)
{
	return box_names[box];
}

static int
write_file(void *to, const char *p, size_t n, struct err *e)
{
	const struct spool *s = to;

	return wait_write(s->fd, p, n, s->path, e);
}

static int
spool_write(struct sink *sink, const char *p, size_t n, struct err *e)
{
	struct spool *s = (struct spool *)sink;

	return buf_gather(&s->out, p, n, write_file, s, e);
}

struct spool *
spool_open(const char *dir, struct err *e)
{
	struct spool *s = mem_zalloc(sizeof *s);
	struct buf path = {0};

	buf_adds(&path, dir);
	while (path.len > 1 && path.data[path.len - 1] == '/')
		path.data[--path.len] = '\0';
	s->sink.write = spool_write;
	s->path = buf_steal(&path);
	s->fd = s->lock = s->top = -1;
	for (int box = 0; box < SPOOL_BOXES; box++)
		s->dir[box] = -1;
	if (open_boxes(s, e) == -1) {
		spool_close(s);
		return NULL;
	}
	return s;
}

void
spool_close(struct spool *s)
{
	if (s == NULL)
		return;
	spool_abort(s);
	for (int box = 0; box < SPOOL_BOXES; box++)
		if (s->dir[box] != -1)
			close(s->dir[box]);
	if (s->top != -1)
		close(s->top);
	if (s->lock != -1)
		close(s->lock);
	buf_free(&s->out);
	free(s->path);
	free(s);
}

/* Make a file name: names sort by time, and random digits make them unique, also across hosts. */
static void
new_name(char name[SPOOL_NAME])
{
	char random[FS_RANDOM];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	fs_random(random);
	snprintf(name, SPOOL_NAME, "%012lld.%09ld.%s", (long long)now.tv_sec, now.tv_nsec, random);
}

struct sink *
spool_begin(struct spool *s, const char *envelope, size_t n, struct err *e)
{
	char first[64];
	int len;

	/* spool_read would refuse it. */
	if (n > SPOOL_ENVELOPE) {
		err_set(e, EX_DATAERR,
			"%s: the envelope is longer than %d octets (send to fewer recipients at "
			"once)",
			s->path, SPOOL_ENVELOPE);
		return NULL;
	}
	new_name(s->name);
	s->fd = fs_open(s->dir[SPOOL_TMP], s->name, O_WRONLY | O_CREAT | O_EXCL, 0600, EX_CANTCREAT,
		s->path, e);
	if (s->fd == -1)
		return NULL;
	/* In a shared spool the owner reads the file through the directory's group, so override the umask. */
	if (s->shared && fchmod(s->fd, 0640) == -1) {
		err_sys(e, EX_CANTCREAT, "%s", s->path);
		spool_abort(s);
		return NULL;
	}
	buf_clear(&s->out);
	len = snprintf(first, sizeof first, SPOOL_FIRST "%zu\n", n);
	if (spool_write(&s->sink, first, (size_t)len, e) == -1 ||
		spool_write(&s->sink, envelope, n, e) == -1) {
		spool_abort(s);
		return NULL;
	}
	return &s->sink;
}

int
spool_end(struct spool *s, enum spool_box box, char name[SPOOL_NAME], struct err *e)
{
	int rc = write_file(s, s->out.data, s->out.len, e);

	if (rc == 0)
		rc = fs_sync(s->fd, s->path, e);
	if (rc == 0 && fs_rename_new(s->dir[SPOOL_TMP], s->name, s->dir[box], s->name) != 0)
		rc = err_sys(e, EX_CANTCREAT, "%s/%s/%s", s->path, box_names[box], s->name);
	/* A guest has no readable descriptor of the directory to sync: sync the whole file system. */
	if (rc == 0)
		rc = s->guest ? fs_sync_all(s->fd, s->path, e) : fs_sync(s->dir[box], s->path, e);
	if (rc == -1) {
		spool_abort(s);
		return -1;
	}
	close(s->fd);
	s->fd = -1;
	snprintf(name, SPOOL_NAME, "%s", s->name);
	return 0;
}

void
spool_abort(struct spool *s)
{
	if (s->fd == -1)
		return;
	close(s->fd);
	s->fd = -1;
	unlinkat(s->dir[SPOOL_TMP], s->name, 0);
}

/* ---- sending ------------------------------------------------------------------------------------- */

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

static int
refuse_to_list(const struct spool *s, struct err *e)
{
	struct buf owner = {0};

	place_user_name(s->owner, &owner);
	err_set(e, EX_CANTCREAT,
		"%s: a shared spool can be listed only by its owner (user %s) and by root", s->path,
		buf_str(&owner));
	buf_free(&owner);
	return -1;
}

int
spool_list(struct spool *s, enum spool_box box, char ***names, size_t *count, struct err *e)
{
	int fd = s->guest ? refuse_to_list(s, e) : fs_open_dir(s->dir[box], ".", s->path, e);
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
		*names = mem_grow(*names, *count, &room, sizeof **names);
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

	buf_addf(&path, "%s/%s/%s", s->path, box_names[box], name);
	fd = fs_open(s->dir[box], name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, EX_IOERR,
		path.data, e);
	if (fd == -1 && errno == ELOOP)
		err_set(e, EX_DATAERR, "%s: a symbolic link", path.data);
	if (fd != -1 && read_head(s, fd, path.data, envelope, e) == -1) {
		close(fd);
		fd = -1;
	}
	buf_free(&path);
	return fd;
}

char *
spool_file_owner(const struct spool *s, int fd)
{
	struct buf name = {0};
	struct stat sb;

	if (!s->shared || fstat(fd, &sb) == -1)
		return NULL;
	place_user_name(sb.st_uid, &name);
	return buf_steal(&name);
}

int
spool_mark(struct spool *s, const char *const *names, size_t n, bool *gone, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		int rc =
			fs_rename_new(s->dir[SPOOL_NEW], names[i], s->dir[SPOOL_SENDING], names[i]);

		if (rc == 1)
			errno = EEXIST;
		gone[i] = s->shared && rc != 0 && (errno == ENOENT || errno == EEXIST);
		if (rc != 0 && !gone[i])
			return err_sys(e, EX_IOERR, "%s: %s", s->path, names[i]);
	}
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
		new_name(other);
		rc = fs_rename_new(s->dir[from], name, s->dir[to], other);
	}
	if (rc == 1)
		errno = EEXIST;
	/* The user who stored the file may have removed it. */
	if (rc == 0 || (s->shared && errno == ENOENT))
		return 0;
	return err_sys(e, EX_IOERR, "%s: %s", s->path, name);
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
