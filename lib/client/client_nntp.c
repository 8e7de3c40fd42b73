/* The operations of NNTP for client.h. */
#include "client/client.h"

#include "auth/login.h"
#include "client/facts.h"
#include "client/nntp_steps.h"
#include "proto/caps.h"
#include "proto/nntp_command.h"
#include "proto/nntp_compress.h"

static void
note_reply(struct client *c)
{
	const struct nntp *n = c->proto;

	client_note_reply(c, &n->r);
}

static int
greet(struct client *c, const struct reply *greeting, struct err *e)
{
	c->proto = nntp_new(c->conn, c->q);
	c->q->pipelining = !c->config->no_pipelining;
	return nntp_greeting(c->proto, greeting, e);
}

/*
 * A transit server lists its reader capabilities, STARTTLS included, only after MODE READER. If the server does not
 * know CAPABILITIES and STARTTLS is required, send STARTTLS without an offer.
 */
static int
offers_tls(struct client *c, bool *offered, struct err *e)
{
	struct nntp *n = c->proto;

	if (nntp_make_reader(n, c->config->reader, e) == -1 || nntp_capabilities(n, e) == -1 ||
		nntp_make_reader(n, false, e) == -1 || nntp_capabilities(n, e) == -1)
		return -1;
	*offered = nntp_cap(n, "STARTTLS") ||
		   (n->caps_state == NNTP_CAPS_NONE && c->config->tls == TLS_STARTTLS);
	return 0;
}

static int
starttls(struct client *c, bool *go, struct err *e)
{
	int rc = nntp_starttls(c->proto, go, e);

	note_reply(c);
	return rc;
}

static void
forget(struct client *c)
{
	nntp_forget_capabilities(c->proto);
}

static int
login(struct client *c, const struct login *l, bool *did, struct err *e)
{
	int rc;

	if (nntp_make_reader(c->proto, c->config->reader, e) == -1)
		return -1;
	rc = nntp_login(c->proto, l, did, e);
	if (rc == 0 || e->code != 0)
		note_reply(c);
	return rc;
}

static int
ready(struct client *c, struct err *e)
{
	struct nntp *n = c->proto;

	if (n->switched) {
		c->conn->dead = true;
		return err_set(e, EX_USAGE,
			"compression or TLS was switched on by `cmd`: the session cannot go on "
			"(use --compress or --tls)");
	}
	if (nntp_make_reader(n, c->config->reader, e) == -1) {
		if (e->code != 0)
			note_reply(c);
		return -1;
	}
	if (c->config->compress != COMPRESS_ON || n->compression != NNTP_UNCOMPRESSED)
		return 0;
	/* A transit server offers COMPRESS only after MODE READER. */
	if (nntp_capabilities(n, e) == -1 || nntp_make_reader(n, false, e) == -1)
		return -1;
	return nntp_compress(n, true, true, e);
}

/*
 * A failed QUIT is not an error: the `quit` verb checks whether a reply was noted. A code that is not valid for QUIT,
 * or a second reply, is EX_PROTOCOL: the replies are out of sync, so an earlier reply belonged to another command.
 */
static int
quit(struct client *c, bool commit, struct err *e)
{
	struct nntp *n = c->proto;
	struct err ignored = {0};
	int rc;

	(void)commit;
	client_note(c, 0, "", 0);
	/* After `cmd POST` and similar commands, QUIT would become part of an article or of a login. */
	if (!c->quit_sent &&
		(n->switched || n->r.code == 335 || n->r.code == 340 || n->r.code == 383))
		return 0;
	/* The reply to QUIT was discarded with those of a pipeline that failed. */
	if (c->quit_sent && cmdq_pending(c->q) == 0)
		return cmdq_check_unsolicited(c->q, e);
	if (!c->quit_matters)
		c->q->quit_wait = CLIENT_QUIT_MS;
	rc = nntp_quit(n, !c->quit_sent, &ignored);
	c->quit_sent = true;
	if (rc == -1) {
		if (ignored.status != EX_PROTOCOL)
			return 0;
		*e = ignored;
		return -1;
	}
	note_reply(c);
	if (n->r.code != 205 && n->r.code != 400 && n->r.code < 480)
		return err_code(e, EX_PROTOCOL, n->r.code,
			"the server sent an unsolicited reply: %.200s", buf_str(&n->r.text));
	return cmdq_check_unsolicited(c->q, e);
}

static void
free_proto(struct client *c)
{
	nntp_free(c->proto);
}

/* INN and others name their software in IMPLEMENTATION; older servers only in the greeting. */
static int
facts(struct client *c, bool lenient, struct client_facts *f, struct err *e)
{
	const struct buf *lines;
	struct cap name;

	if (nntp_run_capabilities(c, lenient, e) == -1)
		return -1;
	lines = &nntp_of(c)->caps;
	buf_add(&f->capabilities, buf_str(lines), lines->len);
	if (caps_find(lines, "IMPLEMENTATION", &name))
		buf_add(&f->software, name.args, name.args_len);
	f->compression = nntp_compression_name(nntp_of(c));
	return 0;
}

static bool
offers(const struct client *c, const char *name)
{
	return nntp_cap(c->proto, name);
}

static int
command(struct client *c, const struct buf *line, bool *block, struct err *e)
{
	struct nntp *n = c->proto;
	struct buf shown = {0};
	int rc;

	login_show_command(buf_str(line), nntp_wants_response(n), &shown);
	rc = nntp_any(n, buf_str(&shown), line, e);
	buf_free(&shown);
	if (rc == 0 || e->code != 0)
		note_reply(c);
	if (rc == -1)
		return -1;
	c->ended = c->ended || nntp_is_closing(n);
	*block = nntp_is_success(n);
	return 0;
}

const struct client_ops nntp_client = {
	.name = "nntp",
	.alpn = "nntp",
	.starttls_name = "STARTTLS",
	.url = URL_NNTP,
	.user_command = "AUTHINFO USER",
	.pass_command = "AUTHINFO PASS",
	.rule = &nntp_rule,
	.greet = greet,
	.offers_tls = offers_tls,
	.starttls = starttls,
	.forget = forget,
	.login = login,
	.ready = ready,
	.quit = quit,
	.facts = facts,
	.offers = offers,
	.command = command,
	.free = free_proto,
};
