#include "job/lmtp_store.h"

#include <stdlib.h>
#include <string.h>

#include "auth/url.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/addrs.h"
#include "mail/crlf.h"
#include "proto/smtp_pipeline.h"
#include "store/sender.h"
#include "store/tmpcopy.h"
#include "wire/conn.h"

struct lmtp_store {
	struct store st; /* must be first */
	struct client c; /* its context is this struct */
	struct client_config config;
	struct client_events events;
	const char *where; /* the URL as given */
	struct url url;
	char *rcpt; /* the URL's user, or the options' */
	/* The message under way. */
	struct tmpcopy copy;
	struct crlf count; /* its octets in CRLF form */
	bool eightbit;
};

/* ---- the connection ---------------------------------------------------------------------------- */

static int
prepare(struct client *c, struct err *e)
{
	return url_parse(((struct lmtp_store *)c->context)->where, URL_LMTP, &c->url, e);
}

/* QUIT, unless the connection is dead. */
static void
hang_up(struct lmtp_store *l)
{
	struct err ignored = {0};

	(void)client_close(&l->c, true, &ignored);
}

/* The server may close while a long message is fetched elsewhere: between two messages, connect again. */
static int
connect_again(struct lmtp_store *l, struct err *e)
{
	struct client *c = &l->c;
	struct err ignored = {0};

	if (c->conn != NULL && (c->conn->dead || conn_poll_input(c->conn, &ignored))) {
		c->conn->dead = true;
		hang_up(l);
	}
	if (client_need(c, e) == 0)
		return 0;
	client_name_host(c, e);
	if (c->conn != NULL)
		c->conn->dead = true;
	hang_up(l);
	return -1;
}

/* ---- the message ------------------------------------------------------------------------------- */

static int
lmtp_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct lmtp_store *l = (struct lmtp_store *)s;

	l->eightbit = l->eightbit || text_is_8bit(p, n);
	if (sink_write(&l->count.sink, p, n, e) == -1)
		return -1;
	return sink_write(&l->copy.sink, p, n, e);
}

static int
lmtp_begin(struct store *st, const struct store_msg *msg, struct err *e)
{
	struct lmtp_store *l = (struct lmtp_store *)st;

	(void)msg;
	(void)e;
	tmpcopy_clear(&l->copy);
	crlf_init(&l->count, NULL, false);
	l->eightbit = false;
	return 0;
}

static int
feed(void *data, struct sink *to, bool stuffed, struct err *e)
{
	struct lmtp_store *l = data;
	struct crlf crlf;
	int rc;

	crlf_init(&crlf, to, stuffed);
	rc = tmpcopy_send(&l->copy, &crlf.sink, e);
	if (rc == 0)
		rc = crlf_finish(&crlf, false, e);
	crlf_free(&crlf);
	return rc;
}

/*
 * Does the reply concern only the message? 421 announces that the server closes, a login is needed for every message,
 * and without a reply (code 0) the outcome is unknown.
 */
static bool
concerns_message(const struct err *e)
{
	return e->code != 0 && e->code != 421 &&
	       (e->status == EX_UNAVAILABLE || e->status == EX_NOUSER || e->status == EX_TEMPFAIL);
}

static int
deliver(struct lmtp_store *l, struct smtp_transaction *t, struct err *e)
{
	smtp_send_one(l->c.proto, t, client_data_wait(&l->config));
	if (t->outcome == SMTP_DELIVERED)
		return 0;
	*e = *smtp_transaction_error(t);
	l->st.alone = concerns_message(e);
	return err_prefix(e, "%s", l->url.path != NULL ? l->url.path : l->url.host);
}

/*
 * Parameters of MAIL. SMTPUTF8 (RFC 6531, section 3.4) if the sender's address requires it; if the server does not
 * offer SMTPUTF8, the sender becomes the null one, so that the message can be delivered.
 */
static void
set_params(const struct lmtp_store *l, const struct smtp *p, struct buf *sender, struct buf *params)
{
	bool utf8 = text_is_8bit(buf_str(sender), sender->len);

	if (utf8 && !p->caps.smtputf8)
		buf_clear(sender);
	if (p->caps.size)
		buf_addf(params, "SIZE=%ju", (uintmax_t)l->count.octets);
	if (l->eightbit && p->caps.eightbit)
		buf_addf(params, "%sBODY=8BITMIME", params->len != 0 ? " " : "");
	if (utf8 && p->caps.smtputf8)
		buf_addf(params, "%sSMTPUTF8", params->len != 0 ? " " : "");
}

static int
lmtp_end(struct store *st, struct err *e)
{
	struct lmtp_store *l = (struct lmtp_store *)st;
	struct smtp_rcpt rcpt = {.addr = l->rcpt};
	struct smtp_transaction t = {.rcpt = &rcpt, .nrcpt = 1, .feed = feed, .data = l};
	struct buf sender = {0}, params = {0};
	int rc;

	st->alone = false;
	if (crlf_finish(&l->count, false, e) == -1 || connect_again(l, e) == -1)
		return -1;
	if (sender_find(&l->copy, &sender, e) == -1) {
		buf_free(&sender);
		return -1;
	}
	set_params(l, l->c.proto, &sender, &params);
	t.octets = l->count.octets;
	t.from = buf_str(&sender);
	t.params = params.len != 0 ? params.data : NULL;
	rc = deliver(l, &t, e);
	smtp_transaction_clear(&t);
	buf_free(&sender);
	buf_free(&params);
	return rc;
}

static void
lmtp_abort(struct store *st)
{
	tmpcopy_clear(&((struct lmtp_store *)st)->copy);
}

static void
lmtp_close(struct store *st)
{
	struct lmtp_store *l = (struct lmtp_store *)st;

	hang_up(l);
	tmpcopy_free(&l->copy);
	url_free(&l->url);
	free(l->rcpt);
	free(l);
}

struct store *
lmtp_store_open(const char *url, const struct lmtp_store_opts *o, struct err *e)
{
	static const struct store_ops ops = {
		.begin = lmtp_begin, .end = lmtp_end, .abort = lmtp_abort, .close = lmtp_close};
	struct lmtp_store *l = mem_zalloc(sizeof *l);

	l->st = (struct store){.sink = {lmtp_write}, .ops = &ops, .final = true};
	l->where = url;
	l->config = *o->config;
	l->config.auth = "none";
	l->config.tunnel = NULL;
	l->events = (struct client_events){.prepare = prepare, .moved = o->moved};
	l->c = (struct client){.ops = &smtp_client,
		.config = &l->config,
		.events = &l->events,
		.context = l,
		.trace = o->trace,
		.one_shot = true};
	tmpcopy_init(&l->copy, o->tmpdir, "the message");
	if (url_parse(url, URL_LMTP, &l->url, e) == 0) {
		const char *rcpt = l->url.user != NULL ? l->url.user : o->rcpt;

		l->rcpt = rcpt != NULL ? mem_strdup(rcpt) : NULL;
		if (rcpt == NULL)
			err_set(e, EX_USAGE,
				"%s: the recipient is missing: write lmtp://USER@HOST or "
				"lmtp://USER@/path/to/socket",
				url);
		else if (addr_check(l->rcpt, e) == 0)
			return &l->st;
	}
	lmtp_close(&l->st);
	return NULL;
}

int
lmtp_store_check(const char *url, struct err *e)
{
	struct url parsed = {0};
	int rc = url_parse(url, URL_LMTP, &parsed, e);

	if (rc == 0 && parsed.user != NULL)
		rc = addr_check(parsed.user, e);
	url_free(&parsed);
	return rc;
}
