#include "base/compat.h"

#include <signal.h>
#include <stdbool.h>

#if !HAVE_MEMRCHR
void *
compat_memrchr(const void *p, int c, size_t n)
{
	const unsigned char *at = p;

	while (n-- > 0)
		if (at[n] == (unsigned char)c)
			return (unsigned char *)p + n;
	return NULL;
}
#endif

#if !HAVE_EXPLICIT_BZERO
void
compat_explicit_bzero(void *p, size_t n)
{
	volatile unsigned char *at = p;

	while (n-- > 0)
		*at++ = 0;
}
#endif

#if !HAVE_CLEARENV
extern char **environ;

int
compat_clearenv(void)
{
	static char *none[] = {NULL};

	environ = none;
	return 0;
}
#endif

#if !HAVE_PIPE2 || !HAVE_DECL_SOCK_CLOEXEC
static int
set_flags(int fd, bool cloexec, bool nonblock)
{
	if (cloexec && fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return -1;
	return nonblock ? fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) : 0;
}

/* Set the flags of both ends of a pipe. On failure close both and return -1. */
static int
set_both(const int fd[2], bool cloexec, bool nonblock)
{
	int error;

	if (set_flags(fd[0], cloexec, nonblock) != -1 && set_flags(fd[1], cloexec, nonblock) != -1)
		return 0;
	error = errno;
	close(fd[0]);
	close(fd[1]);
	errno = error;
	return -1;
}
#endif

#if !HAVE_PIPE2
int
compat_pipe2(int fd[2], int flags)
{
	if (pipe(fd) == -1)
		return -1;
	return set_both(fd, (flags & O_CLOEXEC) != 0, (flags & O_NONBLOCK) != 0);
}
#endif

#if !HAVE_DECL_SOCK_CLOEXEC
#undef socket
#undef socketpair

int
compat_socket(int domain, int type, int protocol)
{
	int fd = socket(domain, type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK), protocol);

	if (fd == -1 || set_flags(fd, type & SOCK_CLOEXEC, type & SOCK_NONBLOCK) != -1)
		return fd;
	close(fd);
	return -1;
}

int
compat_socketpair(int domain, int type, int protocol, int end[2])
{
	if (socketpair(domain, type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK), protocol, end) == -1)
		return -1;
	return set_both(end, type & SOCK_CLOEXEC, type & SOCK_NONBLOCK);
}
#endif

#if !HAVE_DECL_MSG_NOSIGNAL
#undef send

/* Block SIGPIPE. True: a SIGPIPE was pending before and must stay pending. */
static bool
hold_pipe(sigset_t *old)
{
	sigset_t pipe_only, pending;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe_only, old);
	sigpending(&pending);
	return sigismember(&pending, SIGPIPE);
}

static void
release_pipe(const sigset_t *old, bool failed, bool before)
{
	int error = errno, got;
	sigset_t pipe_only, pending;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigpending(&pending);
	if (failed && !before && sigismember(&pending, SIGPIPE))
		sigwait(&pipe_only, &got);
	sigprocmask(SIG_SETMASK, old, NULL);
	errno = error;
}

ssize_t
compat_send(int fd, const void *p, size_t n, int flags)
{
	sigset_t old;
	bool before = hold_pipe(&old);
	ssize_t w = send(fd, p, n, flags);

	release_pipe(&old, w == -1, before);
	return w;
}
#endif

const char *
compat_used(void)
{
	return ""
#if !HAVE_MEMRCHR
	       " memrchr"
#endif
#if !HAVE_EXPLICIT_BZERO
	       " explicit_bzero"
#endif
#if !HAVE_PIPE2
	       " pipe2"
#endif
#if !HAVE_DECL_SOCK_CLOEXEC
	       " SOCK_CLOEXEC"
#endif
#if !HAVE_DECL_MSG_NOSIGNAL
	       " MSG_NOSIGNAL"
#endif
#if !HAVE_SYNCFS
	       " syncfs"
#endif
#if !HAVE_RENAMEAT2
	       " renameat2"
#endif
#if !HAVE_DECL_O_TMPFILE
	       " O_TMPFILE"
#endif
#if !HAVE_DECL_O_PATH
	       " O_PATH"
#endif
#if !HAVE_DECL_FDATASYNC
	       " fdatasync"
#endif
#if !HAVE_CLEARENV
	       " clearenv"
#endif
#if !HAVE_STRUCT_STAT_ST_MTIM_TV_NSEC
	       " st_mtim"
#endif
#if !HAVE_PRCTL
	       " prctl"
#endif
		;
}
