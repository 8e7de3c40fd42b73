/* The end of a session, as the client sees it after a command. */
#include "check.h"
#include "client/client.h"

static struct conn conn;

/* Has the failure of a command ended the session? */
static bool
is_over(const struct client_ops *ops, int status, int code)
{
	const struct client c = {.ops = ops, .conn = &conn};
	const struct err e = {.status = status, .code = code};

	return client_is_over(&c, &e);
}

static void
failures(void)
{
	CHECK(is_over(&smtp_client, EX_TEMPFAIL, 421) && !is_over(&smtp_client, EX_TEMPFAIL, 450));
	CHECK(is_over(&nntp_client, EX_TEMPFAIL, 400) && !is_over(&nntp_client, EX_NO, 421));
	CHECK(is_over(&pop_client, EX_PROTOCOL, 0) && !is_over(&pop_client, EX_NO, 0));
	CHECK(is_over(&pop_client, EX_SIGNAL + 15, 0));
}

static void
connections(void)
{
	struct client c = {.ops = &smtp_client};

	CHECK(client_is_over(&c, NULL));
	c.conn = &conn;
	CHECK(!client_is_over(&c, NULL));
	c.ended = true;
	CHECK(client_is_over(&c, NULL));
	c.ended = false;
	conn.dead = true;
	CHECK(client_is_over(&c, NULL));
	conn.dead = false;
}

int
main(void)
{
	connections();
	failures();
	return check_done();
}
