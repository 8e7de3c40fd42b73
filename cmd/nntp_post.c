/* nntp verbs post and ihave: an article out of stdin or a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/common_verbs.h"
#include "cmd/nntp_run.h"
#include "cmd/nntp_verbs.h"
#include "cmd/print.h"
#include "mail/eol.h"
#include "mail/msgid.h"
#include "store/fs.h"
#include "store/tmpcopy.h"
#include "wire/trace.h"

struct offer {
	const char *msgid; /* NULL: POST */
	const char *file;  /* NULL: stdin */
	struct tmpcopy copy;
};

/* Read the whole input before the first command: an input that fails midway must not be posted. */
static int
take_input(struct offer *o, int *fd, struct err *e)
{
	struct stat st;

	*fd = STDIN_FILENO;
	tmpcopy_init(&o->copy, getenv("TMPDIR"), o->file != NULL ? o->file : "stdin");
	if (o->file != NULL && strcmp(o->file, "-") != 0) {
		*fd = fs_open(AT_FDCWD, o->file, O_RDONLY, 0, EX_NOINPUT, o->file, e);
		if (*fd == -1)
			return -1;
	}
	if (fstat(*fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return err_sys(e, EX_NOINPUT, "%s", o->copy.shown);
	}
	if (tmpcopy_take(&o->copy, *fd, e) == -1)
		return -1;
	if (o->copy.len == 0)
		return err_set(e, EX_DATAERR, "%s: an empty article", o->copy.shown);
	return 0;
}

/* ---- the article ------------------------------------------------------------------------------- */

/* Check for an early reply each time this many octets have been sent. */
#define LISTEN_EVERY 65536

struct article {
	struct sink sink; /* first */
	struct conn *conn;
	size_t unheard;
};

static int
too_early(struct err *e)
{
	return err_set(e, EX_TEMPFAIL, "the server has replied before the end of the article");
}

static int
article_write(struct sink *sink, const char *p, size_t n, struct err *e)
{
	struct article *a = (struct article *)sink;
	size_t early;
	int rc;

	conn_data(a->conn, &early);
	if (early != 0)
		return too_early(e);

	/* A server that has refused may stop reading: let its reply end a write that would wait. */
	a->conn->heed = true;
	rc = conn_write(a->conn, p, n, e);
	a->conn->heed = false;
	if (rc == -1)
		return -1;
	a->unheard += n;
	if (a->unheard < LISTEN_EVERY)
		return 0;
	a->unheard = 0;
	if (!conn_heard(a->conn, e))
		return 0;
	return err_set(e, EX_TEMPFAIL, "the server closed the connection");
}

/*
 * The article was not sent completely, and cannot be on this connection. If the server sent a refusal before the end
 * of the article (400, or "too large"), that reply is the error.
 */
static int
broken_off(struct session *s, const char *what, struct err *e)
{
	struct nntp *n = nntp_of(s);
	struct err why = {0};
	size_t said;

	conn_salvage(s->c.conn);
	conn_data(s->c.conn, &said);
	cmdq_put_data(s->c.q, NNTP_PLAIN, what, 0);
	if (said != 0 && e->status == EX_TEMPFAIL) {
		if (nntp_reply(n, NULL, &why) == 0) {
			nntp_note(s);
			nntp_refused(n, e);
		} else if (why.status == EX_PROTOCOL) {
			*e = why;
		}
	}
	n->need = NNTP_NEED_NOTHING;
	return conn_fail(s->c.conn, e);
}

/* If the second reading fails, the connection ends without the final dot. */
static int
send_article(struct session *s, struct offer *o, const char *what, struct err *e)
{
	struct article to = {.sink = {article_write}, .conn = s->c.conn};
	struct trace_sink told;
	struct eol eol;
	int rc;

	eol_init(&eol, trace_sink_init(&told, s->c.conn->trace, '>', &to.sink), true);
	rc = tmpcopy_send(&o->copy, &eol.sink, e);
	/* The last look before the final dot: after that, an early reply looks like the verdict. */
	if (rc == 0 && conn_heard(s->c.conn, e))
		rc = too_early(e);
	if (rc == 0)
		rc = eol_finish(&eol, true, e);
	eol_free(&eol);
	trace_sink_free(&told);
	return rc == 0 ? 0 : broken_off(s, what, e);
}

/* ---- the verbs --------------------------------------------------------------------------------- */

static int
go_offer(struct session *s, void *job, struct err *e)
{
	struct offer *o = job;
	const char *what = o->msgid != NULL ? "IHAVE" : "POST";
	int rc = nntp_offer(nntp_of(s), o->msgid, e);

	nntp_note(s);
	if (rc == -1 || send_article(s, o, what, e) == -1)
		return -1;
	rc = nntp_verdict(nntp_of(s), what, o->msgid != NULL ? 235 : 240, e);
	nntp_note(s);
	/* Do not send the article again, even if the reply asks for a login or another step. */
	nntp_of(s)->need = NNTP_NEED_NOTHING;
	return rc;
}

/*
 * A reply that the server sent before it had the article would be followed by another one, the verdict. The reply
 * to QUIT shows that there is none; so nothing is printed before.
 */
static int
confirm(struct session *s, struct err *e)
{
	if (s->c.one_shot && cmdq_put(s->c.q, NNTP_QUIT, e, "QUIT") == 0)
		s->c.quit_sent = true;
	else if (s->c.one_shot)
		return e->status == EX_PROTOCOL ? -1 : (err_clear(e), 0);
	return nntp_confirm(s, e) == 0 ? 0 : err_prefix(e, "the article may not have been posted");
}

static int
offer(struct session *s, struct offer *o, struct err *e)
{
	int fd, rc = take_input(o, &fd, e);

	if (rc == 0)
		rc = nntp_run(s, go_offer, o, e);
	if (rc == 0)
		rc = confirm(s, e);
	if (rc == 0)
		rc = reply_print(
			s, s->c.result.code, buf_str(&s->c.result.text), s->c.result.text.len, e);
	tmpcopy_free(&o->copy);
	if (fd > STDERR_FILENO)
		close(fd);
	return rc;
}

int
nntp_post_run(struct session *s, const struct args *a, struct err *e)
{
	struct offer o = {.file = args_at(a, 0)};

	return offer(s, &o, e);
}

int
nntp_ihave_run(struct session *s, const struct args *a, struct err *e)
{
	struct offer o = {.msgid = args_at(a, 0), .file = args_at(a, 1)};

	if (msgid_check(o.msgid, e) == -1)
		return -1;
	return offer(s, &o, e);
}
