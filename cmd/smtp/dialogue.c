/*
 * sendmail -bs: an SMTP dialogue on stdin and stdout. Each message is sent as by `smtp send`, and its outcome
 * becomes the reply to its data. Programs that write to a pipe end lines in CR LF or in LF. The line end of the
 * DATA command shows which, so that for a client with CR LF a dot between bare LFs does not end the message.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/wait.h"
#include "cmd/own.h"
#include "cmd/print.h"
#include "cmd/smtp/send.h"
#include "cmd/smtp/smtp.h"
#include "proto/smtp_receive.h"
#include "wire/dot.h"
#include "wire/own_name.h"

struct dialogue {
	struct session *s;
	const struct args *a;
	struct smtp_receive receive;
	struct buf in; /* read from stdin, not yet used */
	bool eof;
	bool bare; /* the client ends lines in LF alone */
};

/* Read more from stdin. The replies so far go out first, as the client may wait for them. */
static int
fill(struct dialogue *d, struct err *e)
{
	ssize_t n;

	if (out_flush(d->s->out, e) == -1 ||
		wait_fd(STDIN_FILENO, POLLIN, WAIT_FOREVER, "waiting for a command", e) == -1)
		return -1;
	n = read(STDIN_FILENO, buf_reserve(&d->in, 65536), 65536);
	if (n == -1 && errno != EINTR && errno != EAGAIN)
		return err_sys(e, EX_IOERR, "stdin");
	d->eof = n == 0;
	d->in.len += n > 0 ? (size_t)n : 0;
	return 0;
}

/* The length of the next line with its LF, or of all received octets if the line is too long; 0: end of input. */
static int
next_line(struct dialogue *d, size_t *n, struct err *e)
{
	size_t seen = 0;

	for (;;) {
		const char *lf =
			d->in.len > seen ? memchr(d->in.data + seen, '\n', d->in.len - seen) : NULL;

		if (lf != NULL) {
			*n = (size_t)(lf + 1 - d->in.data);
			return 0;
		}
		/* The rest of a line that is refused anyway need not be kept. */
		if (d->in.len > RECEIVE_LINE)
			buf_drop(&d->in, d->in.len - RECEIVE_LINE);
		seen = d->in.len;
		*n = 0;
		if (d->eof)
			return 0;
		if (fill(d, e) == -1)
			return -1;
	}
}

/* ---- data -------------------------------------------------------------------------------------- */

/* Decode one line of a client that ends lines in LF alone: replace the LF by CR LF. */
static int
decode_bare(struct dialogue *d, struct dot *dot, struct sink *to, struct err *e)
{
	struct buf line = {0};
	size_t n, used;
	int rc = next_line(d, &n, e);

	if (rc == -1 || n == 0)
		return rc == -1 ? -1 : err_set(e, EX_DATAERR, "stdin ended within a message");
	buf_add(&line, d->in.data, n - 1);
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	buf_add(&line, "\r\n", 2);
	buf_drop(&d->in, n);
	rc = dot_decode(dot, line.data, line.len, &used, to, e);
	buf_free(&line);
	return rc;
}

static int
decode(struct dialogue *d, struct dot *dot, struct sink *to, struct err *e)
{
	size_t used;
	int rc;

	if (d->in.len == 0 && !d->eof && fill(d, e) == -1)
		return -1;
	if (d->in.len == 0 && d->eof)
		return err_set(e, EX_DATAERR, "stdin ended within a message");
	if (d->in.len == 0)
		return 0;
	rc = dot_decode(dot, d->in.data, d->in.len, &used, to, e);
	buf_drop(&d->in, used);
	return rc;
}

/* Take in the data up to its final dot. */
static int
read_data(struct dialogue *d, struct message_source *in, struct err *e)
{
	struct dot dot;
	int rc = 0;

	message_source_begin(in, smtp_tmpdir(), "the message");
	dot_begin(&dot, false, 0);
	while (rc == 0)
		rc = d->bare ? decode_bare(d, &dot, &in->copy.sink, e)
			     : decode(d, &dot, &in->copy.sink, e);
	return rc == 1 ? 0 : -1;
}

/*
 * Send the message and reply. A lost connection is opened again for the next message. A message that reached some
 * recipients is accepted: the client must not send it to them again.
 */
static int
send_message(struct dialogue *d, struct message_source *in, struct buf *reply, struct err *e)
{
	struct session *s = d->s;
	struct err why = {0}, ignored;
	int rc = smtp_send_received(s, d->a, in, &d->receive, &why);

	if (why.status > EX_SIGNAL) {
		*e = why;
		return -1;
	}
	smtp_receive_outcome(&d->receive, rc == 0 || why.status == EX_NO ? NULL : &why, reply);
	if (s->c.conn != NULL && s->c.conn->dead)
		(void)client_close(&s->c, false, &ignored);
	return 0;
}

static int
take_data(struct dialogue *d, struct buf *reply, struct err *e)
{
	struct message_source in;
	int rc;

	if (out_raw(d->s->out, reply->data, reply->len, e) == -1)
		return -1;
	buf_clear(reply);
	rc = read_data(d, &in, e);
	if (rc == 0)
		rc = send_message(d, &in, reply, e);
	message_source_close(&in);
	return rc;
}

/* ---- commands ---------------------------------------------------------------------------------- */

static int
run(struct dialogue *d, struct err *e)
{
	enum receive_next next = RECEIVE_LINE_NEXT;
	struct buf reply = {0};
	size_t n;
	char host[OWN_NAME_MAX + 1];
	int rc = 0;

	own_name(false, host);
	smtp_receive_begin(&d->receive, host, &reply);
	while (rc == 0) {
		rc = out_raw(d->s->out, buf_str(&reply), reply.len, e);
		buf_clear(&reply);
		if (rc == -1 || next == RECEIVE_QUIT || next_line(d, &n, e) == -1 || n == 0)
			break;
		d->bare = n < 2 || d->in.data[n - 2] != '\r';
		next = smtp_receive_line(&d->receive, d->in.data, d->bare ? n - 1 : n - 2, &reply);
		buf_drop(&d->in, n);
		if (next == RECEIVE_DATA)
			rc = take_data(d, &reply, e);
	}
	if (e->status != 0)
		rc = -1;
	buf_free(&reply);
	return rc;
}

int
sendmail_dialogue_run(struct session *s, const struct args *a, struct err *e)
{
	struct dialogue d = {.s = s, .a = a};
	int rc;

	/* QUIT goes out at the end of the dialogue only, and there may be several connections. */
	s->c.one_shot = false;
	s->redials = true;
	rc = run(&d, e);
	smtp_receive_free(&d.receive);
	buf_free(&d.in);
	return rc;
}
