/*
 * probe: for LD_PRELOAD in tests. When the program exits, it tries from inside the process what an attacker
 * would try, and writes a line for each into $PROBE_LOG: "read-outside EACCES", "socket ok".
 *
 * $PROBE_DIR is a directory that no option names; it holds a file `secret`. $PROBE_WRITABLE, if set, is one
 * below which the job stores things.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int log_fd = -1;
static pid_t owner;

static void
report(const char *what, long rc)
{
	/* Not every C library has strerrorname_np(3). */
	if (rc != -1)
		dprintf(log_fd, "%s ok\n", what);
	else if (errno == EPERM || errno == EACCES || errno == ENOSYS)
		dprintf(log_fd, "%s %s\n", what,
			errno == EPERM    ? "EPERM"
			: errno == EACCES ? "EACCES"
					  : "ENOSYS");
	else
		dprintf(log_fd, "%s %s\n", what, strerror(errno));
}

static const char *
in_dir(const char *variable, const char *name)
{
	static char path[4096];
	const char *dir = getenv(variable);

	snprintf(path, sizeof path, "%s/%s", dir != NULL ? dir : "/nonexistent", name);
	return path;
}

static long
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd != -1)
		close(fd);
	return fd == -1 ? -1 : 0;
}

static long
try_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd != -1)
		close(fd);
	return fd == -1 ? -1 : 0;
}

/* A descriptor that is connected already can be pointed elsewhere by connect(2). */
static long
try_connect(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(9)};

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(log_fd, (struct sockaddr *)&sa, sizeof sa);
}

static long
try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid == -1 ? -1 : 0;
}

static void
try_files(void)
{
	report("read-outside", try_open(in_dir("PROBE_DIR", "secret"), O_RDONLY));
	report("list-outside", try_open(in_dir("PROBE_DIR", "."), O_RDONLY | O_DIRECTORY));
	report("write-outside", try_open(in_dir("PROBE_DIR", "secret"), O_WRONLY));
	report("truncate-outside", truncate(in_dir("PROBE_DIR", "secret"), 0));
	report("create-outside", try_open(in_dir("PROBE_DIR", "new"), O_WRONLY | O_CREAT));
	report("remove-outside", unlink(in_dir("PROBE_DIR", "secret")));
	if (getenv("PROBE_WRITABLE") != NULL)
		report("create-inside",
			try_open(in_dir("PROBE_WRITABLE", "probe"), O_WRONLY | O_CREAT));
	report("read-shadow", try_open("/etc/shadow", O_RDONLY));
}

/* These calls fail in any case. The result shows whether the filter refused the call. */
static void
report_call(const char *what, long rc)
{
	bool refused = rc == -1 && (errno == EPERM || errno == ENOSYS);

	report(what, refused ? -1 : 0);
}

static void
try_calls(void)
{
	struct timespec now = {0};
	char octet = 'x';
	long privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);

	errno = EPERM;
	report("new-privs", privs == 1 ? -1 : 0);
	report("socket-inet", try_socket(AF_INET));
	report("socket-unix", try_socket(AF_UNIX));
	report_call("connect", try_connect());
	report_call("ptrace", ptrace(PTRACE_PEEKDATA, INT_MAX, NULL, NULL));
	report_call("read-memory", syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 1));
	report_call("io-uring", syscall(425 /* io_uring_setup */, 0, NULL));
	report_call("unshare", unshare(0));
	report_call("keyctl", syscall(SYS_keyctl, -1, 0, 0));
	report_call("clone3", syscall(435 /* clone3 */, NULL, 0));
	report_call("type-ahead", ioctl(-1, TIOCSTI, &octet));
	report_call("clock", clock_settime(CLOCK_REALTIME + 100, &now));
	report_call("fork", try_fork());
}

/* Called last, since a successful exec does not return. */
static void
try_exec(void)
{
	char *argv[] = {"sh", "-c", "echo exec ok >&9", NULL};

	dup2(log_fd, 9);
	execv("/bin/sh", argv);
	report("exec", -1);
}

static void __attribute__((constructor)) start(void)
{
	const char *path = getenv("PROBE_LOG");

	/* Do not probe commands that the program starts: they inherit the variable. */
	if (path == NULL || unsetenv("PROBE_LOG") == -1)
		return;
	log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	owner = getpid();
}

static void __attribute__((destructor)) stop(void)
{
	if (log_fd == -1 || getpid() != owner)
		return;
	try_files();
	try_calls();
	try_exec();
}
