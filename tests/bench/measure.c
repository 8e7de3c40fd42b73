/*
 * measure.c - run a command and measure its cost.
 *
 * usage: measure SECONDS FILE COMMAND [ARGUMENT...]
 *
 * Appends "WALL CPU PEAK STATUS" to FILE: seconds, seconds of user and system time of the command and
 * of all its children it has waited for, the resident set of the largest of them in KiB, and the exit
 * status (128 + N for signal N). After SECONDS the command's process group is killed.
 */
#include <bsd/stdlib.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;

static void
kill_group(int sig)
{
	(void)sig;
	kill(-child, SIGKILL);
}

static double
seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Starts argv in a process group of its own. */
static void
start(char **argv)
{
	child = fork();
	if (child < 0)
		err(71, "fork");
	if (child == 0) {
		setpgid(0, 0);
		execvp(argv[0], argv);
		warn("%s", argv[0]);
		_exit(127);
	}
	setpgid(child, child);
}

int
main(int argc, char **argv)
{
	struct sigaction sa = {.sa_handler = kill_group};
	const char *bad = NULL;
	struct rusage ru;
	double begin;
	int status, i, limit = argc > 3 ? (int)strtonum(argv[1], 1, 86400, &bad) : 0;
	static const int fatal[] = {SIGALRM, SIGHUP, SIGINT, SIGTERM};
	FILE *out;

	if (argc < 4 || bad != NULL)
		errx(64, "usage: measure SECONDS FILE COMMAND [ARGUMENT...]");
	out = fopen(argv[2], "ae");
	if (out == NULL)
		err(73, "%s", argv[2]);
	begin = now();
	start(argv + 3);
	for (i = 0; i < 4; i++)
		sigaction(fatal[i], &sa, NULL);
	alarm(limit);
	while (wait4(child, &status, 0, &ru) < 0)
		if (errno != EINTR)
			err(71, "wait4");
	fprintf(out, "%.4f %.4f %ld %d\n", now() - begin,
		seconds(ru.ru_utime) + seconds(ru.ru_stime), ru.ru_maxrss,
		WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	if (fclose(out) != 0)
		err(74, "%s", argv[2]);
	return 0;
}
