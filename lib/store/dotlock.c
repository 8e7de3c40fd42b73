/* The dot-lock half of lock.h. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"
#include "store/fs.h"

#define TOUCH    (60 * 1000) /* milliseconds between two touches */
#define MAX_LOCK 4096        /* octets of a lock file that is one of ours */

/* "PID\nHOST\nBOOT\n": the process number first, as liblockfile and others look for it. */
static void
identity(struct buf *b)
{
	char host[HOST_NAME_MAX + 1] = "";
	char boot[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, boot, sizeof boot - 1);

	if (fd != -1)
		close(fd);
	boot[n > 0 ? n : 0] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	gethostname(host, sizeof host - 1);
	buf_addf(b, "%ld\n%s\n%s\n", (long)getpid(), host, boot);
}

/* Split off a line: its text (NUL-terminated in place), NULL when there is none. */
static char *
next_line(char **p)
{
	char *line = *p, *lf = strchr(line, '\n');

	if (lf == NULL)
		return NULL;
	*lf = '\0';
	*p = lf + 1;
	return line;
}

/* Is the process named in a lock's text gone? The note behind it is left in *note. */
static bool
is_stale(char *text, struct buf *note)
{
	struct buf own = {0};
	char *mine, *pid = next_line(&text), *host = NULL, *boot = NULL;
	uint64_t n = 0;
	bool gone = false;

	if (pid != NULL && (host = next_line(&text)) != NULL)
		boot = next_line(&text);
	identity(&own);
	mine = own.data;
	next_line(&mine);
	/* Of another host, or not in our form: nobody here can tell. */
	if (boot != NULL && text_number_s(pid, INT_MAX, &n) && n != 0 &&
		strcmp(host, next_line(&mine)) == 0) {
		gone = strcmp(boot, next_line(&mine)) != 0 || n == (uint64_t)getpid() ||
		       (kill((pid_t)n, 0) == -1 && errno == ESRCH);
		if (gone)
			buf_adds(note, text);
	}
	buf_free(&own);
	return gone;
}

static char *
lock_name(const char *file)
{
	struct buf b = {0};

	buf_addf(&b, "%s.lock", file);
	return buf_steal(&b);
}

static enum dotlock_result
look_at(const char *path, struct buf *note)
{
	struct buf text = {0};
	struct err scrap;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum dotlock_result r = DOTLOCK_BUSY;

	buf_clear(note);
	if (fd != -1 && fs_read_all(fd, MAX_LOCK, &text, path, &scrap) == 0 &&
		is_stale(text.data, note))
		r = DOTLOCK_STALE;
	if (fd != -1)
		close(fd);
	buf_free(&text);
	return r;
}

static bool
is_barred(int error)
{
	return error == EACCES || error == EPERM || error == EROFS;
}

/*
 * A file with our identity in the lock's directory: without a name where that can be had. -1; -2:
 * nothing may be created there.
 */
static int
make_draft(const char *path, char **name, struct err *e)
{
	struct buf id = {0};
	char *dir = fs_parent(path);
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);

	*name = NULL;
	free(dir);
	if (fd == -1 && is_barred(errno)) {
		err_sys(e, EX_CANTCREAT, "%s", path);
		return -2;
	}
	if (fd == -1)
		fd = fs_temp_beside(path, 0644, name, e);
	identity(&id);
	if (fd != -1 && fs_write_at(fd, id.data, id.len, 0, path, e) == -1) {
		if (*name != NULL)
			unlink(*name);
		free(*name);
		close(fd);
		fd = -1;
	}
	buf_free(&id);
	return fd;
}

/* Give the draft the lock's name: 0, 1: it is taken, -1: errno. */
static int
name_draft(int fd, char *name, const char *path)
{
	struct buf link_path = {0};
	int rc;

	if (name != NULL) {
		int saved;

		rc = fs_link_new(name, path);
		saved = errno;
		unlink(name);
		free(name);
		errno = saved;
		return rc;
	}
	buf_addf(&link_path, "/proc/self/fd/%d", fd);
	rc = linkat(AT_FDCWD, link_path.data, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
	buf_free(&link_path);
	if (rc == -1 && errno == EEXIST)
		return 1;
	return rc;
}

enum dotlock_result
dotlock_try(struct dotlock *d, const char *file, struct buf *note, struct err *e)
{
	char *path = lock_name(file), *name;
	enum dotlock_result r = DOTLOCK_ERROR;
	struct stat sb;
	int fd, rc;

	if (lstat(path, &sb) == 0) {
		r = look_at(path, note);
		free(path);
		return r;
	}
	fd = make_draft(path, &name, e);
	if (fd < 0) {
		free(path);
		return fd == -2 ? DOTLOCK_BARRED : DOTLOCK_ERROR;
	}
	rc = name_draft(fd, name, path);
	if (rc == -1) {
		err_sys(e, EX_CANTCREAT, "%s", path);
		r = is_barred(errno) ? DOTLOCK_BARRED : DOTLOCK_ERROR;
	}
	if (rc == 0) {
		*d = (struct dotlock){path, fd, wait_now()};
		return DOTLOCK_HELD;
	}
	if (rc == 1)
		r = look_at(path, note);
	close(fd);
	free(path);
	return r;
}

void
dotlock_clear(const char *file)
{
	char *path = lock_name(file);
	struct buf note = {0};

	/* Once more: somebody may have cleared it, and a new one be there. */
	if (look_at(path, &note) == DOTLOCK_STALE)
		unlink(path);
	buf_free(&note);
	free(path);
}

int
dotlock_note(struct dotlock *d, const char *note, struct err *e)
{
	struct buf b = {0};
	int rc;

	identity(&b);
	buf_adds(&b, note);
	rc = fs_write_at(d->fd, b.data, b.len, 0, d->path, e);
	if (rc == 0)
		rc = fs_sync(d->fd, d->path, e);
	if (rc == 0)
		rc = fs_sync_parent(d->path, e);
	buf_free(&b);
	return rc;
}

void
dotlock_touch(struct dotlock *d)
{
	if (d->path != NULL && wait_now() - d->touched > TOUCH) {
		futimens(d->fd, NULL);
		d->touched = wait_now();
	}
}

void
dotlock_leave(struct dotlock *d)
{
	if (d->path == NULL)
		return;
	close(d->fd);
	free(d->path);
	d->path = NULL;
}

int
dotlock_drop(struct dotlock *d, bool durable, struct err *e)
{
	int rc = 0;

	if (d->path == NULL)
		return 0;
	if (unlink(d->path) == -1 && errno != ENOENT)
		rc = err_sys(e, EX_IOERR, "%s", d->path);
	if (rc == 0 && durable)
		rc = fs_sync_parent(d->path, e);
	dotlock_leave(d);
	return rc;
}
