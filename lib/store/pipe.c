#include "store/pipe.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "base/wait.h"
#include "store/sender.h"
#include "store/store.h"
#include "store/tmpcopy.h"

/* A longer key (in octets) is not passed to the command: execve(2) limits a variable. */
#define UID_LONGEST 4096

struct pipe_store {
	struct store st;
	char *cmd;
	enum spawn_io io;
	int64_t patience; /* milliseconds for each wait for the command */
	struct tmpcopy message;
	char *url;       /* of the server */
	uint64_t octets; /* announced; 0: unknown */
	uint64_t lines;  /* LF in the message so far */
	struct buf uid;
};

/* The command's stdin as a sink. If the command closes its stdin, the rest of the message is dropped. */
struct child_sink {
	struct sink sink;
	struct child *child;
	int64_t patience; /* milliseconds for each wait */
	int gone;         /* the command has closed its stdin */
};

static int64_t
wait_until(int64_t patience)
{
	int64_t now = wait_now();

	return patience > WAIT_FOREVER - now ? WAIT_FOREVER : now + patience;
}

static int
child_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct child_sink *c = (struct child_sink *)s;

	while (n > 0 && !c->gone) {
		ssize_t w = write(c->child->in, p, n);

		if (w >= 0) {
			p += w;
			n -= (size_t)w;
		} else if (errno == EPIPE) {
			c->gone = 1;
		} else if (errno == EAGAIN) {
			if (wait_fd(c->child->in, POLLOUT, wait_until(c->patience),
				    "waiting for the command to read the message", e) == -1)
				return -1;
		} else if (errno != EINTR) {
			return err_sys(e, EX_OSERR, "cannot write to the command");
		}
	}
	return wait_check(e);
}

static int
judge(struct pipe_store *p, int status, struct err *e)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	p->st.alone = true;
	if (WIFEXITED(status))
		return err_set(e, WEXITSTATUS(status) == EX_TEMPFAIL ? EX_TEMPFAIL : EX_UNAVAILABLE,
			"the command '%s' ended with status %d", p->cmd, WEXITSTATUS(status));
	return err_set(e, EX_UNAVAILABLE, "the command '%s' was ended by signal %d", p->cmd,
		WTERMSIG(status));
}

/* Name the command in the error. A signal that ends mailnet has no text to extend. */
static int
name_it(const struct pipe_store *p, struct err *e)
{
	return e->status >= EX_SIGNAL
		       ? -1
		       : err_prefix(e, "the command '%s' was ended by mailnet", p->cmd);
}

static int
pipe_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct pipe_store *ps = (struct pipe_store *)s;

	for (const char *at = p; (at = memchr(at, '\n', n - (size_t)(at - p))) != NULL; at++)
		ps->lines++;
	return sink_write(&ps->message.sink, p, n, e);
}

static int
pipe_begin(struct store *st, const struct store_msg *msg, struct err *e)
{
	struct pipe_store *p = (struct pipe_store *)st;

	(void)e;
	tmpcopy_clear(&p->message);
	p->octets = msg->octets;
	p->lines = 0;
	buf_clear(&p->uid);
	if (msg->key != NULL && msg->key_len <= UID_LONGEST)
		buf_add(&p->uid, msg->key, msg->key_len);
	return 0;
}

/* ---- the command's environment ------------------------------------------------------------------- */

enum { VARIABLES = 4 };

/* Make "NAME=VALUE", without control characters. */
static void
set_variable(struct buf *variable, const char *name, const char *value, size_t n)
{
	buf_adds(variable, name);
	buf_addc(variable, '=');
	for (size_t i = 0; i < n; i++)
		buf_addc(variable,
			(unsigned char)value[i] < ' ' || value[i] == 127 ? '?' : value[i]);
}

static int
set_variables(const struct pipe_store *p, struct buf variables[VARIABLES], struct err *e)
{
	uint64_t octets = p->octets != 0 ? p->octets : p->message.len + p->lines;
	struct buf sender = {0};
	int rc = sender_find(&p->message, &sender, e);

	set_variable(&variables[0], "MAILNET_UID", buf_str(&p->uid), p->uid.len);
	set_variable(&variables[1], "MAILNET_SENDER", buf_str(&sender), sender.len);
	set_variable(&variables[2], "MAILNET_URL", p->url, strlen(p->url));
	buf_adds(&variables[3], "MAILNET_SIZE=");
	buf_addu(&variables[3], octets);
	buf_free(&sender);
	return rc;
}

static int
start_command(const struct pipe_store *p, struct child *child, struct err *e)
{
	struct buf variables[VARIABLES] = {{0}};
	char *list[VARIABLES + 1] = {NULL};
	int rc = set_variables(p, variables, e);

	for (size_t i = 0; i < VARIABLES; i++)
		list[i] = variables[i].data;
	if (rc == 0)
		rc = spawn_with(p->cmd, list, p->io, child, e);
	for (size_t i = 0; i < VARIABLES; i++)
		buf_free(&variables[i]);
	return rc;
}

/* ---- the store ----------------------------------------------------------------------------------- */

static int
pipe_end(struct store *st, struct err *e)
{
	struct pipe_store *p = (struct pipe_store *)st;
	struct child child;
	struct child_sink to = {.sink = {child_write}, .child = &child, .patience = p->patience};
	struct err scrap;
	int status = 0;

	st->alone = false;
	if (start_command(p, &child, e) == -1)
		return -1;
	if (tmpcopy_send(&p->message, &to.sink, e) == -1) {
		/* Kill the command before it reads end of file: it must not accept the part it has as a message. */
		kill(-child.pid, SIGKILL);
		spawn_end(&child, wait_after(1), &status, &scrap);
		return name_it(p, e);
	}
	if (spawn_end(&child, wait_until(p->patience), &status, e) == -1)
		return name_it(p, e);
	tmpcopy_clear(&p->message);
	return judge(p, status, e);
}

static void
pipe_abort(struct store *st)
{
	tmpcopy_clear(&((struct pipe_store *)st)->message);
}

static void
pipe_close(struct store *st)
{
	struct pipe_store *p = (struct pipe_store *)st;

	tmpcopy_free(&p->message);
	free(p->cmd);
	free(p->url);
	buf_free(&p->uid);
	free(p);
}

struct store *
pipe_open(const char *cmd, const char *url, const char *tmpdir, int64_t patience, bool to_stderr)
{
	static const struct store_ops ops = {
		.begin = pipe_begin, .end = pipe_end, .abort = pipe_abort, .close = pipe_close};
	struct pipe_store *p = mem_zalloc(sizeof *p);

	p->st = (struct store){.sink = {pipe_write}, .ops = &ops, .final = true};
	p->cmd = mem_strdup(cmd);
	p->url = mem_strdup(url != NULL ? url : "");
	p->io = to_stderr ? SPAWN_IN_ERR : SPAWN_IN;
	p->patience = patience;
	tmpcopy_init(&p->message, tmpdir, "a temporary copy");
	return &p->st;
}
