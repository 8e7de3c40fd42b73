/* sendmail -bs: an SMTP dialogue on stdin and stdout. Each message is sent as by `smtp send`. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/wait.h"
#include "cmd/print.h"
#include "cmd/smtp/send.h"
#include "cmd/smtp/smtp.h"
#include "proto/smtp_dialogue.h"
#include "wire/own_name.h"

struct dialogue {
	struct smtp_dialogue d; /* its context is this struct */
	struct session *s;
	const struct args *a;
};

/* Send a message. A lost connection is opened again for the next one. */
static int
deliver(void *context, struct message_source *message, const struct smtp_receive *r,
	struct err *why)
{
	struct dialogue *x = context;
	struct client *c = &x->s->c;
	struct err ignored;
	int rc = smtp_send_received(x->s, x->a, message, r, why);

	if (c->conn != NULL && c->conn->dead)
		(void)client_close(c, false, &ignored);
	return rc;
}

/* Read from stdin: 1, or 0 at its end. The replies so far go out first, as the client may wait for them. */
static int
read_more(struct dialogue *x, struct buf *in, struct err *e)
{
	ssize_t n = -1;

	buf_clear(in);
	if (out_flush(x->s->out, e) == -1)
		return -1;
	while (n == -1) {
		if (wait_fd(STDIN_FILENO, POLLIN, WAIT_FOREVER, "waiting for a command", e) == -1)
			return -1;
		n = read(STDIN_FILENO, buf_reserve(in, 65536), 65536);
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return err_sys(e, EX_IOERR, "stdin");
	}
	in->len = (size_t)n;
	return n > 0;
}

/* Write the replies, which rc and e do not change if they are an error already. */
static int
write_replies(struct dialogue *x, int rc, struct err *e)
{
	struct buf *replies = &x->d.replies;
	struct err ignored;

	if (out_raw(x->s->out, buf_str(replies), replies->len, rc == 0 ? e : &ignored) == -1)
		rc = -1;
	buf_clear(replies);
	return rc;
}

static int
run(struct dialogue *x, struct buf *in, struct err *e)
{
	struct smtp_dialogue *d = &x->d;
	int rc = write_replies(x, 0, e);

	while (rc == 0 && d->state != SMTP_DIALOGUE_OVER) {
		int more = read_more(x, in, e);

		if (more == 0 && d->state == SMTP_DIALOGUE_DATA)
			return err_set(e, EX_DATAERR, "stdin ended within a message");
		if (more != 1)
			return more;
		rc = write_replies(x, smtp_dialogue_feed(d, in->data, in->len, e), e);
	}
	return rc;
}

int
sendmail_dialogue_run(struct session *s, const struct args *a, struct err *e)
{
	struct dialogue x = {
		.d = {.tmpdir = smtp_tmpdir(), .deliver = deliver, .context = &x}, .s = s, .a = a};
	char host[OWN_NAME_MAX + 1];
	struct buf in = {0};
	int rc;

	/* QUIT goes out at the end of the dialogue only, and there may be several connections. */
	s->c.one_shot = false;
	s->redials = true;
	own_name(false, host);
	smtp_dialogue_begin(&x.d, host);
	rc = run(&x, &in, e);
	smtp_dialogue_free(&x.d);
	buf_free(&in);
	return rc;
}
