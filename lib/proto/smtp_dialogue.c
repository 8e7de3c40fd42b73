#include "proto/smtp_dialogue.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/wait.h"

#define CHUNK 65536 /* octets that are read at once */

/* ---- data -------------------------------------------------------------------------------------- */

static void
begin_data(struct smtp_dialogue *d)
{
	message_source_begin(&d->message, d->tmpdir, "the message");
	dot_begin(&d->dot, false, 0);
	d->state = SMTP_DIALOGUE_DATA;
}

/* Decode up to one line of a client that ends lines in LF alone: LF counts as CR LF. Otherwise as dot_decode. */
static int
decode_bare(struct smtp_dialogue *d, char *p, size_t n, size_t *used, struct err *e)
{
	struct sink *to = &d->message.copy.sink;
	const char *lf = memchr(p, '\n', n);
	size_t text, ignored;
	bool cr = d->dot.state == DOT_CR || d->dot.state == DOT_BOL_DOT_CR;

	if (lf == NULL)
		return dot_decode(&d->dot, p, n, used, to, e);
	text = (size_t)(lf - p);
	*used = text + 1;
	if (text > 0)
		cr = p[text - 1] == '\r';
	buf_clear(&d->line);
	buf_add(&d->line, p, text);
	buf_add(&d->line, cr ? "\n" : "\r\n", cr ? 1 : 2);
	return dot_decode(&d->dot, d->line.data, d->line.len, &ignored, to, e);
}

/* The message is complete: deliver it, and reply. */
static int
end_data(struct smtp_dialogue *d, struct err *e)
{
	struct err why = {0};
	int rc = d->deliver(d->context, &d->message, &d->receive, &why);

	message_source_close(&d->message);
	buf_clear(&d->line);
	d->state = SMTP_DIALOGUE_COMMAND;
	if (why.status > EX_SIGNAL) {
		*e = why;
		return -1;
	}
	smtp_receive_outcome(
		&d->receive, rc == 0 || why.status == EX_NO ? NULL : &why, &d->replies);
	return 0;
}

static int
feed_data(struct smtp_dialogue *d, char *p, size_t n, size_t *used, struct err *e)
{
	int rc = d->bare ? decode_bare(d, p, n, used, e)
			 : dot_decode(&d->dot, p, n, used, &d->message.copy.sink, e);

	return rc == 1 ? end_data(d, e) : rc;
}

/* ---- commands ---------------------------------------------------------------------------------- */

/* Execute the command line, whose LF was removed. */
static void
run_command(struct smtp_dialogue *d)
{
	size_t n = d->line.len;

	d->bare = n == 0 || d->line.data[n - 1] != '\r';
	switch (smtp_receive_line(
		&d->receive, buf_str(&d->line), d->bare ? n : n - 1, &d->replies)) {
	case RECEIVE_LINE_NEXT: break;
	case RECEIVE_DATA: begin_data(d); break;
	case RECEIVE_QUIT: d->state = SMTP_DIALOGUE_OVER; break;
	}
	buf_clear(&d->line);
}

static void
feed_command(struct smtp_dialogue *d, const char *p, size_t n, size_t *used)
{
	const char *lf = memchr(p, '\n', n);
	size_t text = lf != NULL ? (size_t)(lf - p) : n;
	/* Of a line that is refused as too long, no more is kept than shows that it is. */
	size_t room = RECEIVE_LINE > d->line.len ? RECEIVE_LINE - d->line.len : 0;

	*used = text + (lf != NULL);
	buf_add(&d->line, p, text < room ? text : room);
	if (lf != NULL)
		run_command(d);
}

/* ---- the whole --------------------------------------------------------------------------------- */

/* The client has sent n octets, which are changed. */
static int
feed(struct smtp_dialogue *d, char *p, size_t n, struct err *e)
{
	size_t used;
	int rc = 0;

	for (; rc == 0 && n > 0 && d->state != SMTP_DIALOGUE_OVER; p += used, n -= used)
		if (d->state == SMTP_DIALOGUE_COMMAND)
			feed_command(d, p, n, &used);
		else
			rc = feed_data(d, p, n, &used, e);
	return rc;
}

/* Send the replies. An error rc stays, with its e. */
static int
send_replies(struct smtp_dialogue *d, int rc, struct err *e)
{
	struct err ignored;

	if (d->reply(d->context, buf_str(&d->replies), d->replies.len, rc == 0 ? e : &ignored) ==
		-1)
		rc = -1;
	buf_clear(&d->replies);
	return rc;
}

/* Read into an empty buffer; at the end of the input it stays empty. */
static int
read_input(int fd, const char *name, struct buf *in, struct err *e)
{
	ssize_t n = -1;

	buf_clear(in);
	while (n == -1) {
		if (wait_fd(fd, POLLIN, WAIT_FOREVER, "waiting for a command", e) == -1)
			return -1;
		n = read(fd, buf_reserve(in, CHUNK), CHUNK);
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return err_sys(e, EX_IOERR, "%s", name);
	}
	in->len = (size_t)n;
	return 0;
}

static int
run(struct smtp_dialogue *d, int fd, const char *name, struct buf *in, struct err *e)
{
	int rc = send_replies(d, 0, e);

	while (rc == 0 && d->state != SMTP_DIALOGUE_OVER) {
		if (read_input(fd, name, in, e) == -1)
			return -1;
		if (in->len == 0)
			return d->state == SMTP_DIALOGUE_DATA
				       ? err_set(e, EX_DATAERR, "%s ended within a message", name)
				       : 0;
		rc = send_replies(d, feed(d, in->data, in->len, e), e);
	}
	return rc;
}

int
smtp_dialogue_run(
	struct smtp_dialogue *d, int fd, const char *name, const char *host, struct err *e)
{
	struct buf in = {0};
	int rc;

	smtp_receive_begin(&d->receive, host, &d->replies);
	rc = run(d, fd, name, &in, e);
	if (d->state == SMTP_DIALOGUE_DATA)
		message_source_close(&d->message);
	smtp_receive_free(&d->receive);
	buf_free(&d->line);
	buf_free(&d->replies);
	buf_free(&in);
	return rc;
}
