#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/err.h"
#include "base/wait.h"
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
		return err_set(e, EX_TEMPFAIL, "%s: locked by another process", path);
	return err_set(e, EX_TEMPFAIL, "%s: locked by process %d", path, holder);
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
