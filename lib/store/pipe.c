#include "store/pipe.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "base/wait.h"
#include "store/store.h"
#include "store/tmpcopy.h"

struct pipe_store {
	struct store st;
	char *cmd;
	enum spawn_io io;
	int64_t patience; /* milliseconds for each wait for the command */
	struct tmpcopy message;
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
	return sink_write(&((struct pipe_store *)s)->message.sink, p, n, e);
}

static int
pipe_begin(struct store *st, const struct store_msg *msg, struct err *e)
{
	(void)msg;
	(void)e;
	tmpcopy_clear(&((struct pipe_store *)st)->message);
	return 0;
}

static int
pipe_end(struct store *st, struct err *e)
{
	struct pipe_store *p = (struct pipe_store *)st;
	struct child child;
	struct child_sink to = {.sink = {child_write}, .child = &child, .patience = p->patience};
	struct err scrap;
	int status = 0;

	st->alone = false;
	if (spawn(p->cmd, p->io, &child, e) == -1)
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
	free(p);
}

struct store *
pipe_open(const char *cmd, const char *tmpdir, int64_t patience, bool to_stderr)
{
	static const struct store_ops ops = {
		.begin = pipe_begin, .end = pipe_end, .abort = pipe_abort, .close = pipe_close};
	struct pipe_store *p = mem_zalloc(sizeof *p);

	p->st = (struct store){.sink = {pipe_write}, .ops = &ops, .final = true};
	p->cmd = mem_strdup(cmd);
	p->io = to_stderr ? SPAWN_IN_ERR : SPAWN_IN;
	p->patience = patience;
	tmpcopy_init(&p->message, tmpdir, "a temporary copy");
	return &p->st;
}
