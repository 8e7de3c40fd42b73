/* sendmail -bs: an SMTP dialogue on stdin and stdout. Each message is sent as by `smtp send`. */
#include <stdlib.h>
#include <unistd.h>

#include "cmd/print.h"
#include "cmd/smtp/send.h"
#include "cmd/smtp/smtp.h"
#include "proto/smtp_dialogue.h"
#include "wire/own_name.h"

struct dialogue {
	struct session *s;
	const struct args *a;
};

static int
reply(void *context, const char *p, size_t n, struct err *e)
{
	struct out *out = ((struct dialogue *)context)->s->out;

	return out_raw(out, p, n, e) == 0 ? out_flush(out, e) : -1;
}

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

int
sendmail_dialogue_run(struct session *s, const struct args *a, struct err *e)
{
	struct dialogue x = {s, a};
	struct smtp_dialogue d = {
		.context = &x, .tmpdir = getenv("TMPDIR"), .deliver = deliver, .reply = reply};
	char host[OWN_NAME_MAX + 1];

	/* QUIT goes out at the end of the dialogue only, and there may be several connections. */
	s->c.one_shot = false;
	s->redials = true;
	own_name(false, host);
	return smtp_dialogue_run(&d, STDIN_FILENO, "stdin", host, e);
}
