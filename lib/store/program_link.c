#include "store/program_link.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/fs.h"
#include "store/place.h"

/* Identifies a mailnet binary by its content, so that the target of a link need not be run. */
static const char mark[] = "@(#)mailnet: one program, many names";

/* Does the file contain the mark? */
static bool
is_mailnet(const char *path)
{
	char block[16384];
	size_t kept = 0;
	bool found = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd == -1)
		return false;
	/* The end of each block is kept, since the mark may lie across two. */
	while (!found && (n = read(fd, block + kept, sizeof block - kept)) > 0) {
		n += (ssize_t)kept;
		found = memmem(block, (size_t)n, mark, sizeof mark) != NULL;
		kept = (size_t)n < sizeof mark ? (size_t)n : sizeof mark - 1;
		memmove(block, block + n - kept, kept);
	}
	close(fd);
	return found;
}

/* May the name be replaced: is it a symbolic or hard link to a mailnet, or a dangling link to one? */
static bool
is_own_link(const char *path, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n;

	if (S_ISREG(st->st_mode))
		return st->st_nlink > 1 && is_mailnet(path);
	if (!S_ISLNK(st->st_mode))
		return false;
	if (access(path, F_OK) == 0)
		return is_mailnet(path);
	n = readlink(path, target, sizeof target - 1);
	if (n == -1)
		return false;
	target[n] = '\0';
	return strcmp(fs_base(target), "mailnet") == 0;
}

/* Is the name already a link of the requested kind to this program? */
static bool
is_done(const char *self, const char *path, bool hard, const struct stat *st)
{
	struct stat program, end;

	return stat(self, &program) == 0 && stat(path, &end) == 0 && end.st_dev == program.st_dev &&
	       end.st_ino == program.st_ino && (S_ISLNK(st->st_mode) ? !hard : hard);
}

/* Make the link under a temporary name and rename it, so that the applet exists at every moment. */
static int
replace_link(const char *self, const char *path, bool hard, struct err *e)
{
	char suffix[1 + FS_RANDOM] = ".";
	struct place place;
	int rc = place_find(&place, AT_FDCWD, path, 0, e);

	if (rc == 0) {
		struct buf temp = {0};

		fs_random(suffix + 1);
		buf_addf(&temp, "%s%s", path, suffix);
		if ((hard ? link(self, buf_str(&temp)) : symlink(self, buf_str(&temp))) == -1)
			rc = err_sys(e, EX_CANTCREAT, "%s", path);
		else if ((rc = place_replace(&place, suffix, e)) == -1)
			place_unlink(&place, suffix);
		buf_free(&temp);
	}
	place_close(&place);
	return rc;
}

int
program_link(const char *self, const char *path, bool hard, struct err *e)
{
	struct stat st;

	if ((hard ? link(self, path) : symlink(self, path)) == 0)
		return 0;
	if (errno == EEXIST && lstat(path, &st) == 0) {
		if (is_done(self, path, hard, &st))
			return 0;
		if (is_own_link(path, &st))
			return replace_link(self, path, hard, e);
		return err_set(e, EX_CANTCREAT,
			"%s: not replaced: not a link to mailnet (move the file away, then install "
			"again)",
			path);
	}
	if (hard && (errno == EXDEV || errno == EPERM || errno == EMLINK))
		return err_sys(
			e, EX_CANTCREAT, "%s (without -H, --install makes symbolic links)", path);
	return err_sys(e, EX_CANTCREAT, "%s", path);
}

char *
program_path(const char *called, struct err *e)
{
	char *found = realpath("/proc/self/exe", NULL);

	if (found == NULL && called != NULL && strchr(called, '/') != NULL)
		found = realpath(called, NULL);
	if (found == NULL)
		err_sys(e, EX_OSERR,
			"cannot find the program file of mailnet (call mailnet by its path)");
	return found;
}
