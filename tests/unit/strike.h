/*
 * strike: kill this process, or have a call fail, at the k-th system call that changes something.
 *
 * The calls of the library come here first: definitions in a program go before libc's. Set
 * strike_mode and strike_at, with strike_step 0; include from one file only.
 */
#ifndef STRIKE_H
#define STRIKE_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/compat.h"

enum { COUNT, KILL_BEFORE, KILL_AFTER, FAIL };

static int strike_mode, strike_at, strike_step, strike_error;

/* Count a call. True: the call must fail. */
static bool
strike(bool before)
{
	if (before)
		strike_step++;
	if (strike_step == strike_at && strike_mode == (before ? KILL_BEFORE : KILL_AFTER))
		_exit(9);
	if (before && strike_step == strike_at && strike_mode == FAIL) {
		errno = strike_error;
		return true;
	}
	return false;
}

/* A call that compat.h or lib/store/fs.c replaces is not defined here. */
#define CALL(number, ...)                  \
	long rc;                           \
	if (strike(true))                  \
		return -1;                 \
	rc = syscall(number, __VA_ARGS__); \
	strike(false);                     \
	return rc

int
fsync(int fd)
{
	CALL(SYS_fsync, fd);
}

#if HAVE_DECL_FDATASYNC
int
fdatasync(int fd)
{
	CALL(SYS_fdatasync, fd);
}
#endif

int
syncfs(int fd)
{
	CALL(SYS_syncfs, fd);
}

#if HAVE_RENAMEAT2
int
renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	CALL(SYS_renameat2, a, from, b, to, flags);
}
#endif

int
renameat(int a, const char *from, int b, const char *to)
{
	CALL(SYS_renameat2, a, from, b, to, 0);
}

int
rename(const char *from, const char *to)
{
	CALL(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
unlinkat(int dir, const char *path, int flags)
{
	CALL(SYS_unlinkat, dir, path, flags);
}

int
unlink(const char *path)
{
	CALL(SYS_unlinkat, AT_FDCWD, path, 0);
}

int
linkat(int a, const char *from, int b, const char *to, int flags)
{
	CALL(SYS_linkat, a, from, b, to, flags);
}

int
mkdir(const char *path, mode_t m)
{
	CALL(SYS_mkdirat, AT_FDCWD, path, m);
}

int
ftruncate(int fd, off_t n)
{
	CALL(SYS_ftruncate, fd, (long)n); /* of small files */
}

/* Writes are torn, too: killed "after" means after half of it. */
ssize_t
write(int fd, const void *p, size_t n)
{
	bool half = strike_mode == KILL_AFTER && strike_step + 1 == strike_at;
	CALL(SYS_write, fd, p, half ? n / 2 : n);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t where)
{
	bool half = strike_mode == KILL_AFTER && strike_step + 1 == strike_at;
	struct iovec piece = {(void *)(uintptr_t)p, half ? n / 2 : n};
	ssize_t rc;

	if (strike(true))
		return -1;
	/* pwritev of the C library passes the 64-bit offset correctly on each machine. */
	rc = pwritev(fd, &piece, 1, where);
	strike(false);
	return rc;
}

int
openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t m;

	va_start(ap, flags);
	m = va_arg(ap, mode_t);
	va_end(ap);
	CALL(SYS_openat, dir, path, flags, m);
}

#endif
