#include "proto/smtp_content.h"

#include <string.h>

#include "base/err.h"
#include "wire/conn.h"

/* How much goes out between two looks at what the server says. */
#define LISTEN_EVERY 65536

/* Count what of a span is content: a dot at the beginning of a line is doubled where it is stuffed. */
static uint64_t
content_of(struct smtp_content *x, const char *p, size_t n)
{
	const char *end = p + n, *dot = p;
	uint64_t count = n;

	if (!x->stuffed || n == 0)
		return n;
	/* Dots are rarer than lines. */
	for (; (dot = memchr(dot, '.', (size_t)(end - dot))) != NULL; dot++)
		if (dot == p ? x->bol : dot[-1] == '\n')
			count--;
	x->bol = end[-1] == '\n';
	return count;
}

static int
changed(struct err *e)
{
	return err_set(e, EX_IOERR, "the message has changed while it was being sent");
}

static int
content_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct smtp_content *x = (struct smtp_content *)s;
	uint64_t content = content_of(x, p, n);
	size_t said;
	int rc;

	if (content > x->left)
		return changed(e);
	x->left -= content;
	/* A server that has refused may read no more: the answer ends a write that waits for it. */
	x->conn->heed = x->listen;
	rc = conn_write(x->conn, p, n, e);
	x->conn->heed = false;
	if (rc == -1) {
		conn_data(x->conn, &said);
		x->heard = x->listen && said != 0 && !x->conn->dead;
		return -1;
	}
	x->unheard += n;
	if (!x->listen || x->unheard < LISTEN_EVERY)
		return 0;
	x->unheard = 0;
	if (!conn_heard(x->conn, e))
		return 0;
	conn_data(x->conn, &said);
	if (said == 0) {
		x->conn->dead = true;
		return err_set(e, EX_TEMPFAIL, "the server closed the connection");
	}
	x->heard = true;
	return err_set(e, EX_TEMPFAIL, "the server has answered before the end of the message");
}

void
smtp_content_init(
	struct smtp_content *x, struct conn *c, uint64_t octets, bool stuffed, bool listen)
{
	*x = (struct smtp_content){.sink = {content_write},
		.conn = c,
		.octets = octets,
		.left = octets,
		.stuffed = stuffed,
		.listen = listen,
		.bol = true};
}

int
smtp_content_end(struct smtp_content *x, struct err *e)
{
	return x->left == 0 ? 0 : changed(e);
}
