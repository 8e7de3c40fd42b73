#include "auth/password.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/wait.h"
#include "check.h"

static struct creds c;
static struct err e;
static struct creds_request rq;
static char file[] = "/tmp/passwordXXXXXX";

static const struct creds_request nothing = {.host = "h", .port = 110, .fd = -1, .timeout = 20};

/* Gather by rq: 0, or the status of the error. */
static int
get(void)
{
	creds_wipe(&c);
	err_clear(&e);
	return creds_get(&rq, &c, &e) == 0 ? 0 : e.status;
}

static int
get_command(const char *command)
{
	rq = nothing;
	rq.user = "me";
	rq.command = command;
	return get();
}

static void
test_command(void)
{
	CHECK(get_command("echo sesam") == 0);
	CHECK_STR(c.user, "me");
	CHECK_STR(c.password, "sesam");
	CHECK(c.source == CREDS_COMMAND);
	CHECK(get_command("printf 'ses am\\r\\nlogin: x\\n'") == 0);
	CHECK_STR(c.password, "ses am");
	CHECK(get_command("printf sesam") == 0);
	CHECK_STR(c.password, "sesam");
	/* Lines after the first are read and dropped, so that the command does not die by SIGPIPE. */
	CHECK(get_command("echo sesam; head -c 300000 /dev/zero") == 0);
	CHECK(get_command("echo sesam; exit 3") == EX_CONFIG);
	CHECK(strstr(e.text, "3") != NULL && strstr(e.text, "sesam") == NULL);
	CHECK(get_command("echo sesam; kill -9 $$") == EX_CONFIG);
	CHECK(get_command("true") == EX_CONFIG);
	CHECK(get_command("echo") == EX_CONFIG);
	CHECK(get_command("printf 'a\\rb\\n'") == EX_DATAERR);
	CHECK(get_command("printf 'a\\0b\\n'") == EX_DATAERR);
	CHECK(get_command("cat") == EX_CONFIG); /* its stdin is empty */
	CHECK(get_command("head -c 1048576 /dev/zero | tr '\\0' x") == 0);
	CHECK(strlen(c.password) == PASSWORD_MAX);
	CHECK(get_command("head -c 1048577 /dev/zero | tr '\\0' x") == EX_DATAERR);
	CHECK(get_command("head -c 9048577 /dev/zero | tr '\\0' x") == EX_DATAERR);
	/* Asked again for each connection. */
	CHECK(get_command("echo $$") == 0);
	char *first = mem_strdup(c.password);

	CHECK(get() == 0);
	CHECK(strcmp(first, c.password) != 0);
	free(first);
	rq.user = NULL;
	CHECK(get() == EX_USAGE);
	rq.user_optional = true;
	CHECK(get() == 0 && c.user == NULL && c.password != NULL);
}

/* The deadline ends the wait, also if a daemon started by the command keeps the pipe open. */
static void
test_slow_command(void)
{
	int64_t from = wait_now();
	char command[100];
	int daemon_pid;
	FILE *f;

	rq = nothing;
	rq.user = "me";
	rq.timeout = 0;
	rq.command = "sleep 1000";
	CHECK(get() == EX_CONFIG);
	CHECK(wait_now() - from < 10000);
	CHECK(strstr(e.text, "timed out") != NULL);
	snprintf(command, sizeof command, "echo sesam; sleep 30 & echo $! >%s", file);
	CHECK(get_command(command) == 0);
	CHECK_STR(c.password, "sesam");
	CHECK(wait_now() - from < 15000);
	f = fopen(file, "r");
	CHECK(f != NULL && fscanf(f, "%d", &daemon_pid) == 1 && kill(daemon_pid, SIGKILL) == 0);
	if (f != NULL)
		fclose(f);
}

static void
test_fd(void)
{
	char rest[8] = "";
	int fds[2];

	CHECK(pipe(fds) == 0);
	CHECK(write(fds[1], "first\r\nsecond\nrest", 18) == 18);
	rq = nothing;
	rq.user = "me";
	rq.fd = fds[0];
	CHECK(get() == 0);
	CHECK_STR(c.password, "first");
	CHECK(c.source == CREDS_FD);
	CHECK(get() == 0);
	CHECK_STR(c.password, "second");
	CHECK(read(fds[0], rest, 4) == 4);
	CHECK_STR(rest, "rest");
	CHECK((fcntl(fds[0], F_GETFD) & FD_CLOEXEC) != 0);
	rq.timeout = 0;
	CHECK(get() == EX_CONFIG);
	close(fds[1]);
	rq.timeout = 20;
	CHECK(get() == EX_CONFIG);
	close(fds[0]);
	CHECK(get() == EX_CONFIG);
}

static void
write_netrc(const char *text)
{
	FILE *f = fopen(file, "w");

	CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void
test_netrc(void)
{
	rq = nothing;
	rq.netrc = file;
	write_netrc("machine h login me password a\nmachine h login you password b\n");
	CHECK(get() == 0);
	CHECK_STR(c.user, "me");
	CHECK_STR(c.password, "a");
	CHECK(c.source == CREDS_NETRC);
	rq.user = "you";
	CHECK(get() == 0);
	CHECK_STR(c.password, "b");
	rq.user = "him";
	CHECK(get() == 0);
	CHECK_STR(c.user, "him");
	CHECK_STR(c.password, NULL);
	rq.user = NULL;
	rq.command = "echo token";
	CHECK(get() == 0);
	CHECK_STR(c.user, "me");
	CHECK_STR(c.password, "token");
	rq.command = NULL;
	write_netrc("default login anon password x\n");
	CHECK(get() == 0);
	CHECK(c.source == CREDS_NETRC_DEFAULT);
	CHECK_STR(c.user, "anon");
	rq.user = "anon";
	CHECK(get() == 0);
	CHECK(c.source == CREDS_NETRC);
	rq.user = NULL;
	write_netrc("default password x\n");
	CHECK(get() == 0);
	CHECK(c.user == NULL && c.password == NULL);
	write_netrc("default login anon\n");
	CHECK(get() == 0);
	CHECK(c.user == NULL && c.password == NULL);
	write_netrc("machine h password x\n");
	CHECK(get() == EX_USAGE);
	rq.user = "me";
	CHECK(get() == 0);
	CHECK_STR(c.password, "x");
	write_netrc("machine h password \"x\ny\"\n");
	CHECK(get() == EX_DATAERR);
	write_netrc("machine h password broken in two\n");
	CHECK(get() == EX_CONFIG);
	/* If nothing is missing, netrc is not opened. */
	rq.command = "echo token";
	CHECK(get() == 0);
	rq = nothing;
	CHECK(get() == 0);
	CHECK(c.user == NULL && c.password == NULL && c.source == CREDS_NONE);
}

static void
test_text(void)
{
	rq = nothing;
	rq.user = "me\r\nQUIT";
	CHECK(get() == EX_DATAERR);
	rq.user = "me";
	rq.authzid = "x\n";
	CHECK(get() == EX_DATAERR);
	rq.authzid = "boss";
	CHECK(get() == 0);
	CHECK_STR(c.authzid, "boss");
}

/* The child at the prompt: exit 0 if it read "sesam"; die by a signal that arrived. */
static void __attribute__((noreturn)) at_prompt(void)
{
	struct rlimit core;

	getrlimit(RLIMIT_CORE, &core);
	if (geteuid() == 0)
		core.rlim_max = RLIM_INFINITY;
	core.rlim_cur = core.rlim_max;
	setrlimit(RLIMIT_CORE, &core);
	signal(SIGINT, SIG_DFL); /* a shell starts background jobs with SIGINT ignored */
	wait_setup();
	rq = nothing;
	rq.user = "me";
	rq.prompt = true;
	if (creds_get(&rq, &c, &e) == -1) {
		if (e.status <= EX_SIGNAL)
			_exit(e.status);
		signal(e.status - EX_SIGNAL, SIG_DFL);
		raise(e.status - EX_SIGNAL);
	}
	getrlimit(RLIMIT_CORE, &core);
	_exit(c.password == NULL ? 2
		: core.rlim_cur != 0 || c.source != CREDS_PROMPT
			? 3
			: strcmp(c.password, "sesam") != 0);
}

static bool
echoes(int pty)
{
	struct termios t;

	return tcgetattr(pty, &t) == 0 && (t.c_lflag & ECHO) != 0;
}

/* Run at_prompt on a new terminal and type `typed` at the prompt. Returns its wait status; *all: its output. */
static int
prompt_with(const char *typed, char *all, size_t size)
{
	size_t len = 0;
	int pty, slave, status = -1;
	pid_t pid;

	CHECK(openpty(&pty, &slave, NULL, NULL, NULL) == 0);
	pid = fork();
	if (pid == 0) {
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		close(pty);
		at_prompt();
	}
	while (len + 1 < size && wait_fd(pty, POLLIN, wait_now() + 10000, "", &e) == 0) {
		ssize_t n = read(pty, all + len, size - len - 1);

		if (n <= 0)
			break;
		len += (size_t)n;
		all[len] = '\0';
		if (strstr(all, ": ") != NULL)
			break;
	}
	CHECK(!echoes(slave));
	CHECK(write(pty, typed, strlen(typed)) == (ssize_t)strlen(typed));
	while (waitpid(pid, &status, 0) == -1)
		;
	CHECK(echoes(slave));
	close(slave);
	while (len + 1 < size) {
		ssize_t n = read(pty, all + len, size - len - 1);

		if (n <= 0)
			break;
		len += (size_t)n;
		all[len] = '\0';
	}
	close(pty);
	return status;
}

static void
test_prompt(void)
{
	char all[4096] = "";
	int status;

	status = prompt_with("sesam\n", all, sizeof all);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK(strstr(all, "Password for me at h: ") != NULL);
	CHECK(strstr(all, "sesam") == NULL);
	status = prompt_with("\n", all, sizeof all);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EX_NOPERM);
	status = prompt_with("ses\003", all, sizeof all);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

/* Without a terminal password_get prints no prompt and returns an error at once. */
static void
test_no_terminal(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		at_prompt();
	}
	while (waitpid(pid, &status, 0) == -1)
		;
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

int
main(void)
{
	int fd = mkstemp(file);

	CHECK(fd != -1);
	close(fd);
	test_prompt();
	test_no_terminal();
	wait_setup();
	test_command();
	test_slow_command();
	test_fd();
	test_netrc();
	test_text();
	unlink(file);
	creds_wipe(&c);
	return check_done();
}
