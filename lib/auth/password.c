#include "auth/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/netrc.h"
#include "auth/prompt.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "base/text.h"
#include "base/wait.h"

/*
 * Prevent core dumps. RLIMIT_CORE does not stop a core that the kernel pipes to a program; PR_SET_DUMPABLE does,
 * and it prevents ptrace.
 */
static void
no_core_dumps(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
#if HAVE_PRCTL && defined(PR_SET_DUMPABLE)
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* Copy the line in b, without its CR, to *out: the password. */
static int
take_line(struct buf *b, const char *from, char **out, struct err *e)
{
	size_t n = b->len;

	if (n != 0 && b->data[n - 1] == '\r')
		n--;
	if (n > PASSWORD_MAX)
		return err_set(e, EX_DATAERR, "the password from %s is longer than 1 MiB", from);
	if (n == 0)
		return err_set(e, EX_CONFIG, "%s gave no password", from);
	if (text_has_eol(b->data, n))
		return err_set(e, EX_DATAERR, "the password from %s contains CR or NUL", from);
	*out = mem_dup(b->data, n);
	return 0;
}

/* Has the child ended? It is not reaped. */
static bool
has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

/* Wait for output of the command. 1: it can be read; 0: the command has ended or closed its output; -1 with e. */
static int
wait_output(const struct child *c, const char *name, int64_t until, struct err *e)
{
	struct pollfd p = {.fd = c->out, .events = POLLIN};

	/* Look for the end of the command, too: a daemon that the command started may keep the pipe open. */
	for (;;) {
		bool ended = has_ended(c->pid);
		int64_t slice = wait_now() + (ended ? 0 : 100);
		int rc = wait_poll(&p, 1, slice < until ? slice : until, e);

		if (rc != 0 || ended)
			return rc;
		if (wait_now() >= until)
			return err_set(e, EX_CONFIG, "timed out waiting for %s", name);
	}
}

/* Read the command's whole output; the first line goes to line. */
static int
read_output(const struct child *c, const char *name, int64_t until, struct buf *line, struct err *e)
{
	char chunk[4096];
	bool complete = false;
	ssize_t n;
	int rc;

	buf_reserve(line, PASSWORD_MAX + 2 + sizeof chunk);
	while ((rc = wait_output(c, name, until, e)) == 1) {
		const char *lf;

		n = read(c->out, chunk, sizeof chunk);
		if (n == 0)
			break;
		if (n == -1 && errno != EINTR)
			return err_sys(e, EX_CONFIG, "reading from %s", name);
		if (n == -1 || complete || line->len > PASSWORD_MAX + 1)
			continue;
		lf = memchr(chunk, '\n', (size_t)n);
		buf_add(line, chunk, lf != NULL ? (size_t)(lf - chunk) : (size_t)n);
		complete = lf != NULL;
	}
	explicit_bzero(chunk, sizeof chunk);
	return rc == -1 ? -1 : 0;
}

/* Turn the exit status into an error. The command line is not shown, since it may contain a secret. */
static int
check_status(int status, const char *name, struct err *e)
{
	if (WIFSIGNALED(status))
		return err_set(e, EX_CONFIG, "%s died by signal %d", name, WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(e, EX_CONFIG, "%s failed with status %d", name, WEXITSTATUS(status));
	return 0;
}

static const char *
command_name(const struct creds_request *rq)
{
	return rq->command_name != NULL ? rq->command_name : "--password-command";
}

static int
from_command(const struct creds_request *rq, char **out, struct err *e)
{
	int64_t until = wait_after(rq->timeout);
	const char *name = command_name(rq);
	struct buf line = {0};
	struct err late;
	struct child c;
	int rc, status = 0;

	if (spawn(rq->command, SPAWN_OUT, &c, e) == -1)
		return -1;
	rc = read_output(&c, name, until, &line, e);
	if (rc == -1)
		spawn_end(&c, wait_now(), &status,
			&late); /* ends the command; e has the reason already */
	else
		rc = spawn_end(&c, until, &status, e);
	if (rc == -1 && e->status == EX_TEMPFAIL && wait_check(&late) == 0)
		err_set(e, EX_CONFIG, "timed out waiting for %s", name);
	if (rc == 0)
		rc = check_status(status, name, e);
	if (rc == 0)
		rc = take_line(&line, name, out, e);
	buf_wipe(&line);
	return rc;
}

/* Read one line from a descriptor, octet by octet: data after the line belongs to other readers. */
static int
read_fd_line(int fd, int64_t until, struct buf *line, struct err *e)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char c = '\0';

	buf_reserve(line, PASSWORD_MAX + 2);
	while (c != '\n' && line->len < PASSWORD_MAX + 2) {
		int rc = wait_poll(&p, 1, until, e);
		ssize_t n;

		if (rc == -1)
			return -1;
		if (rc == 0)
			return err_set(e, EX_CONFIG, "timed out reading descriptor %d", fd);
		n = read(fd, &c, 1);
		if (n == 0)
			return 0;
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return err_sys(e, EX_CONFIG, "reading descriptor %d", fd);
		if (n == 1 && c != '\n')
			buf_addc(line, c);
	}
	return 0;
}

static int
from_fd(const struct creds_request *rq, char **out, struct err *e)
{
	int flags = fcntl(rq->fd, F_GETFD);
	struct buf line = {0};
	int rc;

	if (flags == -1)
		return err_sys(e, EX_CONFIG, "--password-fd %d", rq->fd);
	if (rq->fd > 2) /* so that no child can read the rest */
		fcntl(rq->fd, F_SETFD, flags | FD_CLOEXEC);
	rc = read_fd_line(rq->fd, wait_after(rq->timeout), &line, e);
	if (rc == 0)
		rc = take_line(&line, "--password-fd", out, e);
	buf_wipe(&line);
	return rc;
}

/* Fill in what is missing, user or password, from netrc. */
static int
from_netrc(const struct creds_request *rq, struct creds *c, struct err *e)
{
	struct netrc_query q = {.host = rq->host, .port = rq->port, .user = c->user};
	struct netrc_entry entry;
	bool found;

	if (netrc_lookup(rq->netrc, rq->netrc_given, wait_after(rq->timeout), &q, &entry, &found,
		    e) == -1)
		return -1;
	/* Do not prompt for the password of a `default` entry. */
	if (found && entry.from_default && rq->user == NULL && c->password == NULL &&
		entry.password == NULL)
		found = false;
	if (found && c->user == NULL) {
		c->user = entry.login;
		entry.login = NULL;
	}
	if (found && c->password == NULL && entry.password != NULL) {
		c->password = entry.password;
		entry.password = NULL;
		/* With -u or a user in the URL the login is required, also if the `default` entry has the password. */
		c->source =
			entry.from_default && rq->user == NULL ? CREDS_NETRC_DEFAULT : CREDS_NETRC;
	}
	netrc_wipe(&entry);
	return 0;
}

static int
from_terminal(const struct creds_request *rq, struct creds *c, struct err *e)
{
	struct buf prompt = {0};
	int rc;

	buf_addf(&prompt, "Password for %s at %s: ", c->user, rq->host);
	rc = prompt_secret(buf_str(&prompt), &c->password, e);
	buf_free(&prompt);
	if (rc == 0 && c->password != NULL) {
		c->source = CREDS_PROMPT;
		if (c->password[0] == '\0')
			rc = err_set(e, EX_NOPERM, "no password was typed");
	}
	return rc;
}

static int
check_text(const char *s, const char *what, struct err *e)
{
	if (s != NULL && text_has_eol(s, strlen(s)))
		return err_set(e, EX_DATAERR, "the %s contains CR or LF", what);
	return 0;
}

static int
check_creds(const struct creds_request *rq, struct creds *c, struct err *e)
{
	if (check_text(c->user, "user name", e) == -1 ||
		check_text(c->authzid, "authorisation identity", e) == -1 ||
		check_text(c->password, "password", e) == -1)
		return -1;
	if (c->user != NULL || c->password == NULL || rq->user_optional)
		return 0;
	if (c->source != CREDS_NETRC_DEFAULT)
		return err_set(e, EX_USAGE, "a password was given, but no user name: give -u NAME");
	mem_wipe(c->password);
	c->password = NULL;
	c->source = CREDS_NONE;
	return 0;
}

static int
gather(const struct creds_request *rq, struct creds *c, struct err *e)
{
	int rc = 0;

	if (check_text(c->user, "user name", e) == -1)
		return -1;
	if (rq->command != NULL) {
		rc = from_command(rq, &c->password, e);
		c->source = CREDS_COMMAND;
	} else if (rq->fd != -1) {
		rc = from_fd(rq, &c->password, e);
		c->source = CREDS_FD;
	}
	if (rc == 0 && rq->netrc != NULL &&
		(c->password == NULL || (c->user == NULL && !rq->user_optional)))
		rc = from_netrc(rq, c, e);
	if (rc == 0 && c->password == NULL && c->user != NULL && rq->prompt)
		rc = from_terminal(rq, c, e);
	return rc == 0 ? check_creds(rq, c, e) : -1;
}

/* What messages call the source of the password; NULL: no password was found. */
static const char *
source_name(const struct creds_request *rq, const struct creds *c)
{
	switch (c->password != NULL ? c->source : CREDS_NONE) {
	case CREDS_COMMAND: return command_name(rq);
	case CREDS_FD: return "--password-fd";
	case CREDS_NETRC:
	case CREDS_NETRC_DEFAULT: return rq->netrc;
	case CREDS_PROMPT: return "the terminal";
	default: return NULL;
	}
}

int
creds_get(const struct creds_request *rq, struct creds *c, struct err *e)
{
	int rc;

	*c = (struct creds){0};
	no_core_dumps();
	c->user = rq->user != NULL ? mem_strdup(rq->user) : NULL;
	c->authzid = rq->authzid != NULL ? mem_strdup(rq->authzid) : NULL;
	rc = gather(rq, c, e);
	c->from = rc == 0 && source_name(rq, c) != NULL ? mem_strdup(source_name(rq, c)) : NULL;
	if (c->password != NULL) {
		char *found = c->password;

		c->password = mem_secret(found, strlen(found));
		mem_wipe(found);
	}
	if (rc == -1)
		creds_wipe(c);
	return rc;
}

bool
creds_last(const struct creds *c, const char *netrc)
{
	struct stat sb;

	switch (c->source) {
	case CREDS_FD:
	case CREDS_PROMPT: return false;
	case CREDS_NETRC:
	case CREDS_NETRC_DEFAULT:
		return netrc == NULL || (stat(netrc, &sb) == 0 && S_ISREG(sb.st_mode));
	default: return true;
	}
}

void
creds_forget_password(struct creds *c)
{
	mem_secret_free(c->password);
	c->password = NULL;
}

void
creds_wipe(struct creds *c)
{
	mem_wipe(c->user);
	mem_wipe(c->authzid);
	creds_forget_password(c);
	free(c->from);
	*c = (struct creds){0};
}
