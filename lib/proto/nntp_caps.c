/* nntp, capabilities: what a server offers, as far as it can tell. */
#include "proto/caps.h"
#include "proto/nntp.h"
#include "wire/block.h"

/* More than any honest server has to say. */
#define CAPS_MAX (64 * 1024)

void
nntp_forget_capabilities(struct nntp *n)
{
	n->caps_state = NNTP_CAPS_UNKNOWN;
	buf_clear(&n->caps);
}

static int
read_lines(struct nntp *n, struct err *e)
{
	size_t len;
	char *p;
	int rc;

	while ((rc = block_line(n->conn, &p, &len, e)) == 1) {
		if (n->caps.len + len + 1 > CAPS_MAX) {
			n->conn->dead = true;
			return err_set(
				e, EX_PROTOCOL, "CAPABILITIES: more than %d octets", CAPS_MAX);
		}
		buf_add(&n->caps, p, len);
		buf_addc(&n->caps, '\n');
	}
	return rc;
}

int
nntp_put_capabilities(struct nntp *n, struct err *e)
{
	return cmdq_put(n->q, NNTP_CMD, e, "CAPABILITIES");
}

int
nntp_take_capabilities(struct nntp *n, struct err *e)
{
	nntp_forget_capabilities(n);
	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	if (n->r.code == 400 && nntp_step_refused(n, e) == -1)
		return -1;
	n->caps_state = n->r.code == 101 ? NNTP_CAPS_KNOWN : NNTP_CAPS_NONE;
	return n->r.code == 101 ? read_lines(n, e) : 0;
}

int
nntp_capabilities(struct nntp *n, struct err *e)
{
	if (n->caps_state != NNTP_CAPS_UNKNOWN)
		return 0;
	return nntp_put_capabilities(n, e) == 0 ? nntp_take_capabilities(n, e) : -1;
}

int
nntp_check_capabilities(struct nntp *n, struct err *e)
{
	/* 400 is "unknown command" if the server still replies: to QUIT, or to a command without effect. */
	if (n->r.code == 400)
		return cmdq_pending(n->q) != 0 ? nntp_reply(n, NULL, e) : nntp_ask(n, e, "DATE");
	return n->r.code == 101 || n->r.code >= 500 ? 0 : nntp_fail(n, e);
}

bool
nntp_cap(const struct nntp *n, const char *name)
{
	struct cap cap;

	return caps_find(&n->caps, name, &cap);
}

bool
nntp_cap_arg(const struct nntp *n, const char *name, const char *arg)
{
	struct cap cap;

	return caps_find(&n->caps, name, &cap) && cap_has_arg(&cap, arg);
}
