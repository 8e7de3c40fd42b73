#include "store/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/wait.h"
#include "store/fs.h"
#include "store/place.h"
#include "store/spool_priv.h"

#define CHUNK (64 * 1024)

const char *const spool_boxes[SPOOL_BOXES] = {"tmp", "new", "sending", "failed", "unknown"};

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
	const char *name = spool_boxes[box];
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
spool_dir(const struct spool *s, enum spool_box box)
{
	return s->dir[box];
}

const char *
spool_box_name(enum spool_box box)
{
	return spool_boxes[box];
}

/* The write function of the sink: small pieces are collected and written together. */
static int
spool_write(struct sink *sink, const char *p, size_t n, struct err *e)
{
	struct spool *s = (struct spool *)sink;

	if (s->out.len + n > CHUNK) {
		if (wait_write(s->fd, s->out.data, s->out.len, s->path, e) == -1)
			return -1;
		buf_clear(&s->out);
	}
	if (n >= CHUNK)
		return wait_write(s->fd, p, n, s->path, e);
	buf_add(&s->out, p, n);
	return 0;
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

void
spool_new_name(char name[SPOOL_NAME])
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
	spool_new_name(s->name);
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
	int rc = wait_write(s->fd, s->out.data, s->out.len, s->path, e);

	if (rc == 0)
		rc = fs_sync(s->fd, s->path, e);
	if (rc == 0 && fs_rename_new(s->dir[SPOOL_TMP], s->name, s->dir[box], s->name) != 0)
		rc = err_sys(e, EX_CANTCREAT, "%s/%s/%s", s->path, spool_boxes[box], s->name);
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
