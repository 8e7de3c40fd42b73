/* The start of the program with closed descriptors, and its end by a signal. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secure.h"
#include "base/wait.h"
#include "check.h"

/* Run a function in a copy of this process. Returns its wait status. */
static int
in_child(int (*run)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(run());
	CHECK(pid != -1 && waitpid(pid, &status, 0) == pid);
	return status;
}

/* 0 if reading and writing fail where the caller has closed the descriptors, and the others are left alone. */
static int
without_descriptors(void)
{
	char c = 'x';

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	if (secure_descriptors() == -1)
		return 1;
	if (read(STDIN_FILENO, &c, 1) != -1 || errno != EBADF || write(STDIN_FILENO, &c, 1) != 1)
		return 2;
	if (write(STDOUT_FILENO, &c, 1) != -1 || errno != EBADF || read(STDOUT_FILENO, &c, 1) != 0)
		return 3;
	return write(STDERR_FILENO, "", 0) == 0 ? 0 : 4;
}

static int
by_blocked_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGTERM, SIG_IGN);
	wait_die(SIGTERM);
	return 0;
}

int
main(void)
{
	int status;

	CHECK(in_child(without_descriptors) == 0);
	status = in_child(by_blocked_signal);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	return check_done();
}
