#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/wait.h"

/* The child's own descriptors, set up by spawn() and used after fork(). */
struct ends {
	int in, out; /* -1: leave what is there; -2: /dev/null */
};

static void __attribute__((noreturn))
run_child(const char *cmd, char *const *variables, const struct ends *ends)
{
	int null = ends->in == -2 ? open("/dev/null", O_RDWR) : -1;
	sigset_t none;

	wait_child_defaults();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	if (ends->in != -1)
		dup2(ends->in == -2 ? null : ends->in, 0);
	if (ends->out != -1)
		dup2(ends->out, 1);
	for (; variables != NULL && *variables != NULL; variables++)
		putenv(*variables);
	execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
	_exit(127);
}

static void
close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Make the pipes that io asks for: our ends in c, the child's in ends. */
static int
make_ends(enum spawn_io io, struct child *c, struct ends *ends)
{
	int sv[2], pv[2];

	c->in = c->out = -1;
	*ends = (struct ends){-1, -1};
	if (io == SPAWN_SOCKET) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
			return -1;
		c->in = c->out = sv[0];
		ends->in = ends->out = sv[1];
		return 0;
	}
	if (io == SPAWN_OUT) {
		ends->in = -2;
	} else {
		/* A pipe, not a socketpair: a command cannot open a socket as /dev/stdin. */
		if (pipe2(pv, O_CLOEXEC) == -1)
			return -1;
		ends->in = pv[0];
		c->in = pv[1];
		fcntl(c->in, F_SETFL, O_NONBLOCK);
	}
	if (io == SPAWN_IN_ERR) {
		ends->out = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
		return ends->out == -1 ? -1 : 0;
	}
	if (io != SPAWN_IN) {
		if (pipe2(pv, O_CLOEXEC) == -1)
			return -1;
		c->out = pv[0];
		ends->out = pv[1];
	}
	return 0;
}

int
spawn_with(
	const char *cmd, char *const *variables, enum spawn_io io, struct child *c, struct err *e)
{
	struct ends ends;
	sigset_t all, before;
	int rc = make_ends(io, c, &ends);

	/* Our handlers must not swallow a signal that is meant for the child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	c->pid = rc == 0 ? fork() : -1;
	if (c->pid == 0)
		run_child(cmd, variables, &ends);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (c->pid == -1)
		err_sys(e, EX_OSERR, "cannot start a command"); /* it may hold a secret */
	else
		setpgid(c->pid,
			c->pid); /* parent and child both do it, so a kill of the group cannot come too early */
	close_if(ends.in);
	if (ends.out != ends.in)
		close_if(ends.out);
	if (c->pid != -1)
		return 0;
	close_if(c->in);
	if (c->out != c->in)
		close_if(c->out);
	*c = (struct child){0, -1, -1};
	return -1;
}

int
spawn(const char *cmd, enum spawn_io io, struct child *c, struct err *e)
{
	return spawn_with(cmd, NULL, io, c, e);
}

/* Wait at most ms milliseconds for a child that was killed. Signals to mailnet do not end this wait. */
static int
reap_within(pid_t pid, int ms, int *status)
{
	const struct timespec step = {0, 10 * 1000 * 1000};

	for (; ms > 0; ms -= 10) {
		pid_t got = waitpid(pid, status, WNOHANG);

		if (got == pid || (got == -1 && errno != EINTR))
			return 0;
		nanosleep(&step, NULL);
	}
	return -1;
}

int
spawn_end(struct child *c, int64_t until, int *status, struct err *e)
{
	int rc;

	if (c->pid == 0)
		return 0;
	close_if(c->in);
	if (c->out != c->in)
		close_if(c->out);
	c->in = c->out = -1;
	rc = wait_child(c->pid, until, status, e);
	if (rc == -1) {
		int gone;

		kill(-c->pid, SIGTERM);
		gone = reap_within(c->pid, 1000, status);
		kill(-c->pid, SIGKILL); /* also the processes that the child started */
		if (gone == -1) {
			while (waitpid(c->pid, status, 0) == -1 && errno == EINTR)
				;
		}
	}
	c->pid = 0;
	return rc;
}

pid_t
spawn_copy(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	wait_child_defaults();
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	compat_die_with_parent(SIGKILL);
	return 0;
}

void
spawn_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}
