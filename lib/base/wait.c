#include "base/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/err.h"

static volatile sig_atomic_t got_signal;
static int wake[2] = {
	-1, -1}; /* the handler writes, wait_poll reads, so that no signal is missed */
static int64_t deadline = WAIT_FOREVER;
static int shields; /* number of shields in force */
static int64_t
	grace_until; /* when the grace period for complete messages ends; 0: it has not begun */

static void
tick(void)
{
	struct itimerval half = {.it_value.tv_usec = 500000, .it_interval.tv_usec = 500000};

	setitimer(ITIMER_REAL, &half, NULL);
}

static void
on_signal(int sig)
{
	int saved = errno;

	if (sig == SIGINT || sig == SIGTERM || sig == SIGHUP) {
		if (got_signal == 0)
			got_signal = sig;
		tick();
	}
	if (write(wake[1], "", 1) == -1)
		errno = saved; /* the pipe is full, so wait_poll wakes up anyway */
	errno = saved;
}

void
wait_setup(void)
{
	static const int sigs[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGALRM};
	struct sigaction sa = {.sa_handler = on_signal};

	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) == -1)
		abort();
	for (size_t i = 0; i < sizeof sigs / sizeof sigs[0]; i++) {
		struct sigaction old;

		/* A signal that the caller ignores (nohup(1), background jobs of shells) stays ignored. */
		sigaction(sigs[i], NULL, &old);
		if (old.sa_handler != SIG_IGN || sigs[i] == SIGCHLD || sigs[i] == SIGALRM)
			sigaction(sigs[i], &sa, NULL);
	}
	/* Ignore them: write(2) then reports EPIPE (141) or EFBIG (74), and unfinished output can be removed. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

void
wait_child_defaults(void)
{
	static const int sigs[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGALRM};

	for (size_t i = 0; i < sizeof sigs / sizeof sigs[0]; i++) {
		struct sigaction old;

		/* Signals that nohup(1) has set to be ignored stay ignored in the children. */
		sigaction(sigs[i], NULL, &old);
		if (old.sa_handler == on_signal)
			signal(sigs[i], SIG_DFL);
	}
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
}

int64_t
wait_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
wait_after(int64_t seconds)
{
	int64_t now = wait_now();

	return seconds > (WAIT_FOREVER - now) / 1000 ? WAIT_FOREVER : now + seconds * 1000;
}

void
wait_set_deadline(int64_t at)
{
	int64_t left = at - wait_now();
	struct itimerval t = {0};

	deadline = at;
	/* The timer's signal interrupts a blocking write or open. */
	left = left < 1 ? 1 : left;
	t.it_value.tv_sec = left / 1000;
	t.it_value.tv_usec = left % 1000 * 1000 + 1;
	t.it_interval.tv_usec = 500000;
	setitimer(ITIMER_REAL, &t, NULL);
}

void
wait_die(int sig)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t set;

	sigaction(sig, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}

int
wait_signal(void)
{
	return got_signal;
}

void
wait_shield(bool up)
{
	shields += up ? 1 : -1;
}

static bool
deadline_passed(void)
{
	return deadline != WAIT_FOREVER && wait_now() >= deadline;
}

/* Is the grace period for complete messages still running? The first call after a signal starts it. */
static bool
in_grace(void)
{
	if (shields == 0 || (got_signal == 0 && !deadline_passed()))
		return false;
	if (grace_until == 0)
		grace_until = wait_now() + WAIT_GRACE;
	return wait_now() < grace_until;
}

int
wait_check(struct err *e)
{
	if (in_grace())
		return 0;
	if (got_signal != 0)
		return err_set(e, EX_SIGNAL + got_signal, "%s", "");
	if (deadline_passed())
		return err_set(e, EX_TEMPFAIL, "the deadline for the whole run has passed");
	return 0;
}

static void
drain_wake(void)
{
	char scrap[64];

	while (read(wake[0], scrap, sizeof scrap) > 0)
		;
}

/* Poll the descriptors and the wake pipe once. Result as of poll(2), without the wake pipe. */
static int
poll_once(struct pollfd *fds, nfds_t n, int timeout)
{
	struct pollfd all[17];
	int ready;

	if (n >= sizeof all / sizeof all[0])
		n = sizeof all / sizeof all[0] - 1;
	if (n != 0)
		memcpy(all, fds, n * sizeof *fds);
	all[n] = (struct pollfd){.fd = wake[0], .events = POLLIN};
	ready = poll(all, n + 1, timeout);
	for (nfds_t i = 0; i < n; i++)
		fds[i].revents = ready > 0 ? all[i].revents : 0;
	if (ready > 0 && all[n].revents != 0) {
		drain_wake();
		ready--;
	}
	return ready;
}

int
wait_poll(struct pollfd *fds, nfds_t n, int64_t until, struct err *e)
{
	for (;;) {
		int64_t limit = in_grace() ? grace_until : deadline;
		int64_t end = until < limit ? until : limit;
		int64_t left = end == WAIT_FOREVER ? -1 : end - wait_now();
		int ready;

		if (wait_check(e) == -1)
			return -1;
		if (end != WAIT_FOREVER && left < 0)
			left = 0;
		ready = poll_once(fds, n, left > INT_MAX ? INT_MAX : (int)left);
		if (ready > 0)
			return ready;
		if (ready == -1 && errno != EINTR)
			return err_sys(e, EX_OSERR, "poll");
		if (until != WAIT_FOREVER && wait_now() >= until)
			return wait_check(e);
	}
}

int
wait_fd(int fd, short events, int64_t until, const char *what, struct err *e)
{
	struct pollfd p = {.fd = fd, .events = events};
	int ready = wait_poll(&p, 1, until, e);

	if (ready == 0)
		return err_set(e, EX_TEMPFAIL, "timed out %s", what);
	return ready < 0 ? -1 : 0;
}

bool
wait_gone(int fd)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

int
wait_child(pid_t pid, int64_t until, int *status, struct err *e)
{
	for (;;) {
		pid_t got = waitpid(pid, status, WNOHANG);
		int64_t left;

		if (got == pid)
			return 0;
		if (got == -1 && errno != EINTR)
			return err_sys(e, EX_OSERR, "waitpid");
		if (wait_check(e) == -1)
			return -1;
		left = until - wait_now();
		/* SIGCHLD ends the poll. If the parent has blocked SIGCHLD, the short timeout does. */
		if (poll_once(NULL, 0,
			    left > 200 ? 200
			    : left < 0 ? 0
				       : (int)left) == -1 &&
			errno != EINTR)
			return err_sys(e, EX_OSERR, "poll");
		if (wait_now() >= until)
			return err_set(e, EX_TEMPFAIL, "timed out waiting for a shell command");
	}
}

int
wait_write(int fd, const char *p, size_t n, const char *name, struct err *e)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w >= 0) {
			p += w;
			n -= (size_t)w;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			/* Another process has set O_NONBLOCK on the shared descriptor. */
			if (wait_fd(fd, POLLOUT, WAIT_FOREVER, "writing", e) == -1)
				return -1;
		} else if (errno == EPIPE) {
			return err_set(e, EX_SIGNAL + SIGPIPE, "%s", "");
		} else if (errno != EINTR) {
			return err_sys(e, EX_IOERR, "%s", name);
		}
		if (n > 0 && wait_check(e) == -1)
			return -1;
	}
	return 0;
}
