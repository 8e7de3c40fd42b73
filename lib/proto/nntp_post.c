#include "proto/nntp_post.h"

#include "base/sink.h"
#include "mail/crlf.h"
#include "wire/trace.h"

struct article {
	struct sink sink; /* must be first */
	struct conn *conn;
	size_t unchecked; /* see conn_write_watched */
};

static int
too_early(struct err *e)
{
	return err_set(e, EX_TEMPFAIL, "the server replied before the end of the article");
}

static int
article_write(struct sink *sink, const char *p, size_t n, struct err *e)
{
	struct article *a = (struct article *)sink;
	size_t early;

	conn_data(a->conn, &early);
	if (early != 0)
		return too_early(e);
	return conn_write_watched(a->conn, p, n, &a->unchecked, e);
}

/* A part of the article was sent, and the rest cannot be sent on this connection. */
static int
broken_off(struct nntp *n, const char *command, struct err *e)
{
	struct err why = {0};
	size_t early;

	conn_drain_input(n->conn);
	conn_data(n->conn, &early);
	cmdq_put_data(n->q, NNTP_PLAIN, command, 0);
	if (early != 0 && e->status == EX_TEMPFAIL) {
		if (nntp_reply(n, NULL, &why) == 0)
			nntp_refused(n, e);
		else if (why.status == EX_PROTOCOL)
			*e = why;
	}
	return conn_fail(n->conn, e);
}

/* If the second reading of the article fails, the connection ends without the final dot. */
static int
send_article(struct nntp *n, const char *command, const struct tmpcopy *article, struct err *e)
{
	struct article to = {.sink = {article_write}, .conn = n->conn};
	struct trace_sink traced;
	struct crlf crlf;
	int rc;

	crlf_init(&crlf, trace_sink_init(&traced, n->conn->trace, '>', &to.sink), true);
	rc = tmpcopy_send(article, &crlf.sink, e);
	/* The last check before the final dot: after the dot, an early reply looks like the final reply. */
	if (rc == 0 && conn_poll_input(n->conn, e))
		rc = too_early(e);
	if (rc == 0)
		rc = crlf_finish(&crlf, true, e);
	crlf_free(&crlf);
	trace_sink_free(&traced);
	return rc == 0 ? 0 : broken_off(n, command, e);
}

static int
take_final(struct nntp *n, const char *command, int good, bool *unknown, struct err *e)
{
	cmdq_put_data(n->q, NNTP_PLAIN, command, 0);
	if (nntp_reply(n, NULL, e) == 0)
		return n->r.code == good ? 0 : nntp_refused(n, e);
	*unknown = e->status == EX_TEMPFAIL;
	return *unknown ? err_prefix(e, "the article may have been posted") : -1;
}

int
nntp_post(struct nntp *n, const char *msgid, const struct tmpcopy *article, bool *unknown,
	struct err *e)
{
	const char *command = msgid != NULL ? "IHAVE" : "POST";
	int rc = msgid != NULL ? nntp_want(n, 335, e, "IHAVE %s", msgid)
			       : nntp_want(n, 340, e, "POST");

	*unknown = false;
	if (rc == -1)
		return -1;
	rc = send_article(n, command, article, e);
	if (rc == 0)
		rc = take_final(n, command, msgid != NULL ? 235 : 240, unknown, e);
	/* Do not send the article again, even if the reply asks for a login or another step. */
	n->need = NNTP_NEED_NOTHING;
	return rc;
}
