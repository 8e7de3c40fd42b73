/* The operations of SMTP and LMTP for client.h. */
#include "client/client.h"

#include <string.h>

#include "auth/login.h"
#include "client/facts.h"
#include "proto/smtp.h"

int64_t
client_data_wait(const struct client_config *config)
{
	bool enough = config->timeout_given || config->timeout > 600;

	return (enough ? config->timeout : 600) * 1000;
}

static int
greet(struct client *c, const struct reply *greeting, struct err *e)
{
	struct smtp *p;
	int rc;

	if (c->config->helo != NULL && strlen(c->config->helo) > SMTP_NAME_MAX)
		return err_set(e, EX_DATAERR, "--helo: longer than %d octets", SMTP_NAME_MAX);
	rc = smtp_new(c->q, greeting, c->url.proto == URL_LMTP, c->config->helo, &p, e);
	p->no_pipelining = c->config->no_pipelining;
	c->proto = p;
	return rc;
}

/* Send EHLO, unless it was sent. Its reply counts as the reply to the verb only if it is a refusal. */
static int
hello(struct client *c, struct err *e)
{
	struct smtp *p = c->proto;

	if (smtp_ehlo(p, e) == 0)
		return 0;
	if (e->code != 0)
		client_note_reply(c, &p->reply);
	return -1;
}

static int
offers_tls(struct client *c, bool *offered, struct err *e)
{
	struct smtp *p = c->proto;

	if (hello(c, e) == -1)
		return -1;
	*offered = p->caps.starttls;
	return 0;
}

static int
starttls(struct client *c, bool *go, struct err *e)
{
	struct smtp *p = c->proto;
	int rc = smtp_starttls(p, go, e);

	client_note_reply(c, &p->reply);
	return rc;
}

static void
forget(struct client *c)
{
	smtp_forget(c->proto);
}

/* Use credentials of a netrc default entry only if the server offers a login. */
static int
login(struct client *c, const struct login *l, bool *did, struct err *e)
{
	struct smtp *p = c->proto;
	int rc;

	if (hello(c, e) == -1)
		return -1;
	*did = l->insist || p->caps.auth.len != 0;
	if (!*did)
		return 0;
	rc = smtp_login(p, l, e);
	if (rc == 0 || e->code != 0)
		client_note_reply(c, &p->reply);
	return rc;
}

/* A failed QUIT is not an error; if there was a reply, it is noted for the `quit` verb. */
static int
quit(struct client *c, bool commit, struct err *e)
{
	struct smtp *p = c->proto;
	struct err ignored = {0};

	(void)commit;
	(void)e;
	client_note(c, 0, "", 0);
	/* After `cmd DATA` and similar commands, QUIT would become part of a message or of a login. */
	if (!c->quit_sent && smtp_wants_data(p))
		return 0;
	if (!c->quit_sent && cmdq_put(c->q, 0, &ignored, "QUIT") == -1)
		return 0;
	c->quit_sent = true;
	if (!c->quit_matters)
		c->q->quit_wait = CLIENT_QUIT_MS;
	while (cmdq_pending(c->q) > 0)
		if (cmdq_reply(c->q, &p->reply, NULL, &ignored) == -1)
			return 0;
	client_note_reply(c, &p->reply);
	return 0;
}

static void
free_proto(struct client *c)
{
	smtp_free(c->proto);
}

static int
facts(struct client *c, bool lenient, struct client_facts *f, struct err *e)
{
	const struct smtp *p = c->proto;

	(void)lenient;
	(void)e;
	smtp_merge_extensions(&p->caps, &f->capabilities);
	smtp_software(buf_str(&c->greeting), &f->software);
	if (p->caps.size && p->caps.size_max != 0)
		f->limits[f->nlimits++] = (struct client_limit){"SIZE", p->caps.size_max};
	return 0;
}

static bool
offers(const struct client *c, const char *name)
{
	const struct smtp *p = c->proto;

	return smtp_offers(&p->caps, name);
}

static int
command(struct client *c, const struct buf *line, bool *block, struct err *e)
{
	struct smtp *p = c->proto;
	struct buf shown = {0};
	int rc;

	login_show_command(buf_str(line), smtp_wants_response(p), &shown);
	rc = smtp_command(p, buf_str(line), line->len, buf_str(&shown), e);
	buf_free(&shown);
	if (rc == 0 || e->code != 0)
		client_note_reply(c, &p->reply);
	*block = false;
	return rc;
}

const struct client_ops smtp_client = {
	.name = "smtp",
	.starttls_name = "STARTTLS",
	.url = URL_SMTP,
	.rule = &smtp_rule,
	.greet = greet,
	.offers_tls = offers_tls,
	.starttls = starttls,
	.forget = forget,
	.login = login,
	.ready = hello,
	.quit = quit,
	.facts = facts,
	.offers = offers,
	.command = command,
	.free = free_proto,
};
