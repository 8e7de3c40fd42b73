#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"
#include "store/fs.h"
#include "store/place.h"

#define PAUSE 100 /* milliseconds between two tries */

int
lock_try(int fd, int *holder, struct err *e)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	*holder = 0;
	if (fcntl(fd, F_SETLK, &fl) == 0)
		return 0;
	if (errno != EACCES && errno != EAGAIN && errno != EINTR)
		return err_sys(e, EX_IOERR, "cannot lock the file");
	if (fcntl(fd, F_GETLK, &fl) == 0 && fl.l_type != F_UNLCK && fl.l_pid > 0)
		*holder = (int)fl.l_pid;
	return 1;
}

int
lock_pause(int64_t until, struct err *e)
{
	int64_t next = wait_now() + PAUSE;

	if (wait_now() >= until)
		return 1;
	return wait_poll(NULL, 0, next < until ? next : until, e) == -1 ? -1 : 0;
}

static int
wait_for_lock(int fd, const char *path, int64_t until, struct err *e)
{
	int holder, rc;

	for (;;) {
		rc = lock_try(fd, &holder, e);
		if (rc == -1)
			return err_prefix(e, "%s", path);
		if (rc == 0)
			return 0;
		rc = lock_pause(until, e);
		if (rc == -1)
			return -1;
		if (rc == 1)
			break;
	}
	if (holder == 0)
		return err_set(
			e, EX_TEMPFAIL, "%s: locked by another process (try again later)", path);
	return err_set(e, EX_TEMPFAIL, "%s: locked by process %d (try again later)", path, holder);
}

int
lock_open(const struct place *p, const char *suffix, int64_t until, struct err *e)
{
	struct buf path = {0};
	int fd = place_open(p, suffix, O_RDWR | O_CREAT, e);

	if (fd == -1)
		return -1;
	buf_addf(&path, "%s%s", p->path, suffix);
	if (wait_for_lock(fd, path.data, until, e) == -1 || place_sync(p, e) == -1) {
		close(fd);
		fd = -1;
	}
	buf_free(&path);
	return fd;
}

/* ---- dot-locks ----------------------------------------------------------------------------------- */

#define SUFFIX   ".lock"
#define TOUCH    (60 * 1000) /* milliseconds between two updates of the lock file's time */
#define MAX_LOCK 4096        /* the longest lock file that mailnet writes, in bytes */

/* Append "PID\nHOST\nBOOT\n". The process number comes first, where liblockfile and other programs read it. */
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

/* Split off the first line: its text (NUL-terminated in place), or NULL if no line is left. */
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

/* Has the process that the lock names ended? If so, append the note after its name to *note. */
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
	/* The lock of another host or program: whether its process still runs cannot be found out here. */
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

/* Ignore the lock of a user other than us and root: otherwise that user could keep us from delivering. */
static enum dotlock_result
ignore_foreign(const struct place *file, uid_t owner, struct err *e)
{
	err_set(e, EX_CANTCREAT,
		"%s.lock: ignored, because it belongs to another user (uid %lu); remove it",
		file->path, (unsigned long)owner);
	return DOTLOCK_BARRED;
}

/* May the note be trusted? Only if no other user can have written the lock file or linked it here. */
static bool
is_private(const struct stat *sb)
{
	return S_ISREG(sb->st_mode) && sb->st_uid == geteuid() && sb->st_nlink == 1 &&
	       (sb->st_mode & 022) == 0;
}

static enum dotlock_result
look_at(const struct place *file, struct buf *note, struct err *e)
{
	struct buf text = {0};
	struct err scrap;
	struct stat sb;
	int fd;
	enum dotlock_result r = DOTLOCK_BUSY;

	buf_clear(note);
	if (place_stat(file, SUFFIX, &sb) == -1)
		return DOTLOCK_BUSY; /* removed meanwhile: the caller tries again */
	if (sb.st_uid != geteuid() && sb.st_uid != 0)
		return ignore_foreign(file, sb.st_uid, e);
	fd = place_read(file, SUFFIX, &scrap);
	if (fd != -1 && fstat(fd, &sb) == 0 && (sb.st_uid == geteuid() || sb.st_uid == 0) &&
		fs_read_all(fd, MAX_LOCK, &text, file->path, &scrap) == 0 &&
		is_stale(text.data, note)) {
		r = DOTLOCK_STALE;
		if (!is_private(&sb))
			buf_clear(note);
	}
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
 * Make a file with our identity in the lock's directory, without a name (O_TMPFILE) if the file system supports that,
 * else under a temporary name, whose suffix is put into *suffix. Returns the descriptor; -1: an error; -2: we may not
 * create files in this directory.
 */
static int
make_draft(const struct place *file, char **suffix, struct err *e)
{
	struct buf id = {0};
	int fd = openat(file->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	*suffix = NULL;
	if (fd == -1 && is_barred(errno)) {
		err_sys(e, EX_CANTCREAT, "%s" SUFFIX, file->path);
		return -2;
	}
	if (fd == -1) {
		fd = place_temp(file, 0600, suffix, e);
		if (fd == -1 && is_barred(errno))
			return -2;
	}
	identity(&id);
	if (fd != -1 && fs_write_at(fd, id.data, id.len, 0, file->path, e) == -1) {
		if (*suffix != NULL)
			place_unlink(file, *suffix);
		free(*suffix);
		close(fd);
		fd = -1;
	}
	buf_free(&id);
	return fd;
}

/* Link the draft to the lock's name. 0; 1: the name exists already; -1: errno is set. Frees suffix. */
static int
name_draft(int fd, char *suffix, const struct place *file)
{
	struct buf from = {0}, lock = {0};
	int rc, why;

	buf_addf(&lock, "%s" SUFFIX, file->name);
	if (suffix != NULL) {
		buf_addf(&from, "%s%s", file->name, suffix);
		rc = linkat(file->dir, from.data, file->dir, lock.data, 0);
		why = errno;
		place_unlink(file, suffix);
		free(suffix);
	} else {
		buf_addf(&from, "/proc/self/fd/%d", fd);
		rc = linkat(AT_FDCWD, from.data, file->dir, lock.data, AT_SYMLINK_FOLLOW);
		why = errno;
	}
	buf_free(&from);
	buf_free(&lock);
	errno = why;
	return rc == -1 && errno == EEXIST ? 1 : rc;
}

enum dotlock_result
dotlock_try(struct dotlock *d, const struct place *file, struct buf *note, struct err *e)
{
	char *suffix;
	enum dotlock_result r = DOTLOCK_ERROR;
	struct stat sb;
	int fd, rc;

	if (place_stat(file, SUFFIX, &sb) == 0)
		return look_at(file, note, e);
	fd = make_draft(file, &suffix, e);
	if (fd < 0)
		return fd == -2 ? DOTLOCK_BARRED : DOTLOCK_ERROR;
	rc = name_draft(fd, suffix, file);
	if (rc == -1) {
		r = is_barred(errno) ? DOTLOCK_BARRED : DOTLOCK_ERROR;
		err_sys(e, EX_CANTCREAT, "%s" SUFFIX, file->path);
	}
	if (rc == 0) {
		*d = (struct dotlock){file, fd, wait_now()};
		return DOTLOCK_HELD;
	}
	if (rc == 1)
		r = look_at(file, note, e);
	close(fd);
	return r;
}

void
dotlock_clear(const struct place *file)
{
	struct buf note = {0};
	struct err scrap;

	/* Check again: another process may have removed the stale lock and made its own. */
	if (look_at(file, &note, &scrap) == DOTLOCK_STALE)
		place_unlink(file, SUFFIX);
	buf_free(&note);
}

int
dotlock_note(struct dotlock *d, const char *note, struct err *e)
{
	struct buf b = {0};
	int rc;

	identity(&b);
	buf_adds(&b, note);
	rc = fs_write_at(d->fd, b.data, b.len, 0, d->of->path, e);
	if (rc == 0)
		rc = fs_sync(d->fd, d->of->path, e);
	if (rc == 0)
		rc = place_sync(d->of, e);
	buf_free(&b);
	return rc;
}

void
dotlock_touch(struct dotlock *d)
{
	if (d->of != NULL && wait_now() - d->touched > TOUCH) {
		futimens(d->fd, NULL);
		d->touched = wait_now();
	}
}

void
dotlock_leave(struct dotlock *d)
{
	if (d->of == NULL)
		return;
	close(d->fd);
	d->of = NULL;
}

int
dotlock_drop(struct dotlock *d, bool durable, struct err *e)
{
	int rc = 0;

	if (d->of == NULL)
		return 0;
	if (place_unlink(d->of, SUFFIX) == -1 && errno != ENOENT)
		rc = err_sys(e, EX_IOERR, "%s" SUFFIX, d->of->path);
	if (rc == 0 && durable)
		rc = place_sync(d->of, e);
	dotlock_leave(d);
	return rc;
}
