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
#include "store/spool_priv.h"

#define CHUNK (64 * 1024)

const char *const spool_boxes[SPOOL_BOXES] = {"tmp", "new", "sending", "failed", "unknown"};

static int
open_box(struct spool *s, int top, int box, struct err *e)
{
	if (mkdirat(top, spool_boxes[box], 0700) == -1 && errno != EEXIST)
		return err_sys(e, EX_CANTCREAT, "%s/%s", s->path, spool_boxes[box]);
	s->dir[box] = fs_open_dir(top, spool_boxes[box], s->path, e);
	return s->dir[box] == -1 ? -1 : 0;
}

static int
open_boxes(struct spool *s, struct err *e)
{
	int top, rc = 0;

	if (mkdir(s->path, 0700) == -1 && errno != EEXIST)
		return err_sys(e, EX_CANTCREAT, "%s", s->path);
	top = fs_open_dir(AT_FDCWD, s->path, s->path, e);
	if (top == -1)
		return -1;
	for (int box = 0; box < SPOOL_BOXES && rc == 0; box++)
		rc = open_box(s, top, box, e);
	/* Each time: a run that made them may have been killed before it came to this. */
	if (rc == 0)
		rc = fs_sync(top, s->path, e);
	close(top);
	if (rc == 0 && fs_sync_parent(s->path, e) == -1) {
		if (e->status != EX_CANTCREAT)
			return -1;
		err_clear(e); /* a parent that we may not read was not written by us */
	}
	return rc;
}

/* Gather small pieces. */
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
	s->fd = s->lock = -1;
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
	if (s->lock != -1)
		close(s->lock);
	buf_free(&s->out);
	free(s->path);
	free(s);
}

/* Names sort by time; what is random keeps them apart, also across hosts. */
static void
make_name(char name[SPOOL_NAME])
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

	/* It could not be read again. */
	if (n > SPOOL_ENVELOPE) {
		err_set(e, EX_DATAERR, "an envelope of more than %d octets", SPOOL_ENVELOPE);
		return NULL;
	}
	make_name(s->name);
	s->fd = fs_open(s->dir[SPOOL_TMP], s->name, O_WRONLY | O_CREAT | O_EXCL, 0600, EX_CANTCREAT,
		s->path, e);
	if (s->fd == -1)
		return NULL;
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
		rc = fs_fail(e, EX_CANTCREAT, "%s/%s/%s", s->path, spool_boxes[box], s->name);
	if (rc == 0)
		rc = fs_sync(s->dir[box], s->path, e);
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
