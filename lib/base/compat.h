/*
 * compat: replacements for functions and flags that some systems lack, with the names of Linux and glibc. If
 * ./configure finds the original, no replacement is defined. Include this header after the system's headers. To try
 * a replacement on Linux: ./configure ac_cv_func_syncfs=no ac_cv_have_decl_O_TMPFILE=no, and so on.
 */
#ifndef BASE_COMPAT_H
#define BASE_COMPAT_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

/* As memrchr(3) and explicit_bzero(3). */
#if !HAVE_MEMRCHR
#define memrchr compat_memrchr
void *compat_memrchr(const void *p, int c, size_t n);
#endif
#if !HAVE_EXPLICIT_BZERO
#define explicit_bzero compat_explicit_bzero
void compat_explicit_bzero(void *p, size_t n);
#endif

/* As pipe2(2), for O_CLOEXEC and O_NONBLOCK. Not atomic: a child started by another thread may inherit the ends. */
#if !HAVE_PIPE2
#define pipe2 compat_pipe2
int compat_pipe2(int fd[2], int flags);
#endif

/* The flags in the type of socket(2) and socketpair(2); not atomic either. */
#if !HAVE_DECL_SOCK_CLOEXEC
#undef SOCK_CLOEXEC
#undef SOCK_NONBLOCK
#define SOCK_CLOEXEC                0x10000000
#define SOCK_NONBLOCK               0x20000000
#define socket(a, type, c)          compat_socket(a, type, c)
#define socketpair(a, type, c, end) compat_socketpair(a, type, c, end)
int compat_socket(int domain, int type, int protocol);
int compat_socketpair(int domain, int type, int protocol, int end[2]);
#endif

/* Without MSG_NOSIGNAL, SIGPIPE is blocked during the call and discarded. */
#if !HAVE_DECL_MSG_NOSIGNAL
#undef MSG_NOSIGNAL
#define MSG_NOSIGNAL          0
#define send(fd, p, n, flags) compat_send(fd, p, n, flags)
ssize_t compat_send(int fd, const void *p, size_t n, int flags);
#endif

#if !HAVE_DECL_O_TMPFILE
#undef O_TMPFILE
#define O_TMPFILE (O_DIRECTORY | O_CREAT | O_EXCL) /* always fails, since the directory exists */
#endif

/*
 * Without O_PATH, opening a directory needs the right to search it (O_SEARCH) or to read it: with O_RDONLY a walk
 * through directories that the sandbox or their modes hide fails.
 */
#if !HAVE_DECL_O_PATH
#undef O_PATH
#ifdef O_SEARCH
#define O_PATH O_SEARCH
#else
#define O_PATH O_RDONLY
#endif
#endif

/* macOS has the function, for which no header has a declaration. */
#if !HAVE_DECL_FDATASYNC
#define fdatasync fsync
#endif

/* As clearenv(3). */
#if !HAVE_CLEARENV
#define clearenv compat_clearenv
int compat_clearenv(void);
#endif

#ifndef HOST_NAME_MAX
#define HOST_NAME_MAX 255
#endif

/* Nanoseconds of the last change: macOS has another name, POSIX of 2001 none. */
#if !HAVE_STRUCT_STAT_ST_MTIM_TV_NSEC
#undef st_mtim
#if HAVE_STRUCT_STAT_ST_MTIMESPEC_TV_NSEC
#define st_mtim st_mtimespec
#else
#define COMPAT_NO_NSEC 1
#endif
#endif

/* The nanoseconds of a file's last modification; 0 if the system does not record them. */
static inline long
compat_mtime_nsec(const struct stat *st)
{
#ifdef COMPAT_NO_NSEC
	(void)st;
	return 0;
#else
	return st->st_mtim.tv_nsec;
#endif
}

/* Make the kernel send this process the signal when its parent ends; no effect on systems without prctl(2). */
static inline void
compat_die_with_parent(int signal)
{
#if HAVE_PRCTL && defined(PR_SET_PDEATHSIG)
	prctl(PR_SET_PDEATHSIG, signal);
#else
	(void)signal;
#endif
}

/* The replacements that this build uses, separated by blanks; for --version. "" if it uses none. */
const char *compat_used(void);

#endif
