#include "store/spool_errors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/wait.h"
#include "store/fs.h"
#include "store/spool.h"

#define ERRORS ".errors"

/* Is it a regular file of the spool's owner with one link? */
static bool
is_owners(const struct spool *s, int fd)
{
	struct stat top, sb;

	return fstat(spool_top(s), &top) == 0 && fstat(fd, &sb) == 0 && S_ISREG(sb.st_mode) &&
	       sb.st_nlink == 1 && sb.st_uid == top.st_uid;
}

void
spool_errors_read(const struct spool *s, struct buf *out)
{
	struct err ignored;
	size_t before = out->len;
	int fd = fs_open(spool_top(s), ERRORS, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0,
		EX_IOERR, ERRORS, &ignored);

	if (fd == -1)
		return;
	if (is_owners(s, fd) && fs_read_all(fd, SPOOL_ENVELOPE, out, ERRORS, &ignored) == -1) {
		out->len = before;
		buf_add(out, "", 0);
	}
	close(fd);
}

/* strcmp of the name of the line at p and `name`. */
static int
compare(const char *p, const char *name)
{
	size_t n = strcspn(p, " \n");
	int c = strncmp(p, name, n);

	return c != 0 || name[n] == '\0' ? c : -1;
}

static const char *
next_line(const char *p)
{
	p += strcspn(p, "\n");
	return *p == '\0' ? p : p + 1;
}

const char *
spool_errors_find(const char *p, const char *name)
{
	while (*p != '\0' && compare(p, name) < 0)
		p = next_line(p);
	return p;
}

size_t
spool_errors_length(const char *p, const char *name)
{
	const char *end = p;

	while (*end != '\0' && compare(end, name) == 0)
		end = next_line(end);
	return (size_t)(end - p);
}

/*
 * Give the file in tmp/ its name. In a shared spool another user can make a directory with this name, which no file
 * replaces: rename it.
 */
static int
put_in_place(const struct spool *s, const char *temp)
{
	char aside[sizeof ERRORS + FS_RANDOM], random[FS_RANDOM];

	if (renameat(spool_dir(s, SPOOL_TMP), temp, spool_top(s), ERRORS) == 0)
		return 0;
	if (errno != EISDIR)
		return -1;
	fs_random(random);
	snprintf(aside, sizeof aside, ERRORS ".%s", random);
	if (fs_rename_dir_new(spool_top(s), ERRORS, aside) != 0)
		return -1;
	return renameat(spool_dir(s, SPOOL_TMP), temp, spool_top(s), ERRORS);
}

int
spool_errors_write(const struct spool *s, const char *lines, size_t n, struct err *e)
{
	char temp[FS_RANDOM];
	int fd, rc;

	fs_random(temp);
	fd = fs_open(spool_dir(s, SPOOL_TMP), temp, O_WRONLY | O_CREAT | O_EXCL, 0600, EX_CANTCREAT,
		ERRORS, e);
	if (fd == -1)
		return -1;
	rc = wait_write(fd, lines, n, ERRORS, e);
	close(fd);
	if (rc == 0 && put_in_place(s, temp) == -1)
		rc = err_sys(e, EX_CANTCREAT, ERRORS);
	if (rc == -1)
		unlinkat(spool_dir(s, SPOOL_TMP), temp, 0);
	return rc;
}
