/* scratch: a throw-away directory for a unit test, and files in it. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

static char scratch_dir[] = "/tmp/mailnet-unit.XXXXXX";
static pid_t scratch_owner;
static int scratch_keep;

static inline int
scratch_unlink(const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
	(void)sb, (void)type;
	return scratch_keep && ftw->level == 0 ? 0 : remove(path);
}

static inline void
scratch_end(void)
{
	if (getpid() == scratch_owner)
		nftw(scratch_dir, scratch_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* Remove all files in the directory. */
static inline void
scratch_empty(void)
{
	scratch_keep = 1;
	nftw(".", scratch_unlink, 16, FTW_DEPTH | FTW_PHYS);
	scratch_keep = 0;
}

/* Make the directory and go there; removed at exit of this process (not of its children). */
static inline void
scratch_begin(void)
{
	if (mkdtemp(scratch_dir) == NULL || chdir(scratch_dir) == -1)
		abort();
	scratch_owner = getpid();
	atexit(scratch_end);
}

/* The content of a file as a string to be freed; NULL: it is not there. */
static inline char *
scratch_read(const char *path)
{
	struct buf b = {0};
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd == -1)
		return NULL;
	while ((n = read(fd, buf_reserve(&b, 65536), 65536)) > 0)
		b.len += (size_t)n;
	close(fd);
	return buf_steal(&b);
}

static inline void
scratch_write(const char *path, const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, text, n) != (ssize_t)n || close(fd) == -1)
		abort();
}

static inline int
scratch_is(const char *path, const char *text)
{
	char *got = scratch_read(path);
	int same = got != NULL && strcmp(got, text) == 0;

	free(got);
	return same;
}

/* How many names are in a directory; -1: it is not there. */
static inline int
scratch_count(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *de;
	int n = 0;

	if (d == NULL)
		return -1;
	while ((de = readdir(d)) != NULL)
		n += de->d_name[0] != '.';
	closedir(d);
	return n;
}

/* The first name in a directory that does not begin with a dot, as DIR/NAME, to be freed. */
static inline char *
scratch_first(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *de;
	struct buf b = {0};

	while (d != NULL && (de = readdir(d)) != NULL && b.len == 0)
		if (de->d_name[0] != '.')
			buf_addf(&b, "%s/%s", path, de->d_name);
	if (d != NULL)
		closedir(d);
	return b.len == 0 ? NULL : buf_steal(&b);
}

#endif
