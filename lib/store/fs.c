#include "store/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/wait.h"

/* If the C library lacks a call, replace it by ENOSYS, as from an old kernel: the callers have a fallback for that. */
#ifndef HAVE_SYNCFS
#define HAVE_SYNCFS 0
#define syncfs(fd)  ((void)(fd), errno = ENOSYS, -1)
#endif
#ifndef HAVE_RENAMEAT2
#undef RENAME_NOREPLACE
#define RENAME_NOREPLACE                 1
#define renameat2(a, from, b, to, flags) ((void)(flags), errno = ENOSYS, -1)
#endif

int
fs_open(int dir, const char *path, int flags, mode_t mode, int status, const char *shown,
	struct err *e)
{
	int fd, why;

	while ((fd = openat(dir, path, flags | O_CLOEXEC, mode)) == -1) {
		why = errno;
		if (why == EINTR && wait_check(e) == -1)
			return -1;
		if (why == EINTR)
			continue;
		err_sys(e, status, "%s", shown);
		errno = why;
		return -1;
	}
	return fd;
}

int
fs_refuse_dir(int fd, const char *shown, struct err *e)
{
	struct stat st;
	int rc = fstat(fd, &st);

	if (rc == 0 && !S_ISDIR(st.st_mode))
		return 0;
	if (rc == 0)
		errno = EISDIR;
	return err_sys(e, EX_NOINPUT, "%s", shown);
}

bool
fs_may_contain(int fd, char c)
{
	char chunk[4096];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return true;
	for (off_t at = lseek(fd, 0, SEEK_CUR); (n = pread(fd, chunk, sizeof chunk, at)) > 0;
		at += n)
		if (memchr(chunk, c, (size_t)n) != NULL)
			return true;
	return n != 0;
}

int
fs_open_dir(int at, const char *path, const char *shown, struct err *e)
{
	return fs_open(at, path, O_RDONLY | O_DIRECTORY, 0, EX_CANTCREAT, shown, e);
}

int
fs_sync(int fd, const char *shown, struct err *e)
{
	return fsync(fd) == 0 ? 0 : err_sys(e, EX_IOERR, "%s", shown);
}

int
fs_sync_data(int fd, const char *shown, struct err *e)
{
	return fdatasync(fd) == 0 ? 0 : err_sys(e, EX_IOERR, "%s", shown);
}

int
fs_sync_all(int fd, const char *shown, struct err *e)
{
	return syncfs(fd) == 0 ? 0 : err_sys(e, EX_IOERR, "%s", shown);
}

bool
fs_sync_all_reports(void)
{
	struct utsname u;
	int major = 0, minor = 0;

	if (!HAVE_SYNCFS)
		return false;
	if (uname(&u) != 0 || strcmp(u.sysname, "Linux") != 0 ||
		sscanf(u.release, "%d.%d", &major, &minor) != 2)
		return false;
	return major > 5 || (major == 5 && minor >= 8);
}

const char *
fs_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

char *
fs_parent(const char *path)
{
	size_t n = (size_t)(fs_base(path) - path);

	if (n == 0)
		return mem_strdup(".");
	while (n > 1 && path[n - 1] == '/')
		n--;
	return mem_dup(path, n);
}

int
fs_rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
	if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST)
		return 1;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(from_dir, from, to_dir, to, 0) == -1)
		return errno == EEXIST ? 1 : -1;
	return unlinkat(from_dir, from, 0);
}

int
fs_rename_dir_new(int dir, const char *from, const char *to)
{
	int rc = renameat2(dir, from, dir, to, RENAME_NOREPLACE);

	if (rc == -1 && (errno == EINVAL || errno == ENOSYS))
		rc = renameat(dir, from, dir, to);
	if (rc == 0)
		return 0;
	return errno == EEXIST || errno == ENOTEMPTY ? 1 : -1;
}

void
fs_random(char out[FS_RANDOM])
{
	unsigned char r[(FS_RANDOM - 1) / 2];

	digest_random(r, sizeof r);
	digest_hex_to(out, r, sizeof r);
}

int
fs_temp_beside(const char *path, mode_t mode, char **name, struct err *e)
{
	char random[FS_RANDOM];
	struct buf b = {0};
	int fd;

	*name = NULL;
	fs_random(random);
	buf_addf(&b, "%s.%s", path, random);
	fd = fs_open(AT_FDCWD, b.data, O_RDWR | O_CREAT | O_EXCL, mode, EX_CANTCREAT, path, e);
	if (fd == -1)
		buf_free(&b);
	else
		*name = buf_steal(&b);
	return fd;
}

int
fs_read_at(int fd, void *p, size_t n, uint64_t at, const char *shown, struct err *e)
{
	char *to = p;

	while (n > 0) {
		ssize_t r = pread(fd, to, n, (off_t)at);

		if (r == 0)
			return err_set(e, EX_IOERR,
				"%s: the file ended before all expected octets were read", shown);
		if (r == -1 && (errno != EINTR || wait_check(e) == -1))
			return errno == EINTR ? -1 : err_sys(e, EX_IOERR, "%s", shown);
		if (r > 0) {
			to += r;
			at += (uint64_t)r;
			n -= (size_t)r;
		}
	}
	return 0;
}

int
fs_write_at(int fd, const void *p, size_t n, uint64_t at, const char *shown, struct err *e)
{
	const char *from = p;

	while (n > 0) {
		ssize_t w = pwrite(fd, from, n, (off_t)at);

		if (w == -1 && (errno != EINTR || wait_check(e) == -1))
			return errno == EINTR ? -1 : err_sys(e, EX_IOERR, "%s", shown);
		if (w > 0) {
			from += w;
			at += (uint64_t)w;
			n -= (size_t)w;
		}
	}
	return 0;
}

int
fs_read_all(int fd, size_t max, struct buf *out, const char *shown, struct err *e)
{
	size_t start = out->len;

	for (;;) {
		ssize_t r = read(fd, buf_reserve(out, 65536), 65536);

		if (r == 0)
			break;
		if (r == -1 && (errno != EINTR || wait_check(e) == -1))
			return errno == EINTR ? -1 : err_sys(e, EX_IOERR, "%s", shown);
		if (r > 0)
			out->len += (size_t)r;
		if (out->len - start > max)
			return err_set(e, EX_DATAERR, "%s: longer than the limit of %zu octets",
				shown, max);
	}
	buf_add(out, "", 0);
	return 0;
}
