/* The operations of POP3 for client.h. */
#include "client/client.h"

#include "auth/login.h"
#include "auth/mech.h"
#include "client/facts.h"
#include "proto/caps.h"
#include "proto/pop.h"

static int
greet(struct client *c, const struct reply *greeting, struct err *e)
{
	struct pop *p;
	int rc = pop_new(c->q, greeting, &p, e);

	p->no_capa = c->config->no_capa;
	p->no_pipelining = c->config->no_pipelining;
	p->transaction =
		mech_is_none(client_mechs(c)); /* --auth none: the session begins logged in */
	c->proto = p;
	return rc;
}

static int
offers_tls(struct client *c, bool *offered, struct err *e)
{
	struct pop *p = c->proto;

	if (pop_capa(p, e) == -1)
		return -1;
	/* With --no-capa the offer is unknown: try STLS. */
	*offered = p->caps.stls || p->no_capa;
	return 0;
}

static int
starttls(struct client *c, bool *go, struct err *e)
{
	struct pop *p = c->proto;

	if (pop_stls(p, go, e) == -1)
		return -1;
	client_note_reply(c, &p->reply);
	return 0;
}

static void
forget(struct client *c)
{
	pop_forget(c->proto);
}

static int
log_in(struct client *c, const struct login *l, bool *did, struct err *e)
{
	struct pop *p = c->proto;

	if (pop_capa(p, e) == -1)
		return -1;
	if (!l->insist && p->caps.known && !p->caps.user && p->caps.sasl.len == 0) {
		*did = false;
		return 0;
	}
	buf_clear(&p->reply.text);
	p->utf8 = c->messages;
	if (pop_login(p, l, e) == -1) {
		/* If no mechanism was usable, no command was sent: then the reply is empty. */
		if (p->reply.text.len != 0)
			client_note_reply(c, &p->reply);
		return -1;
	}
	client_note_reply(c, &p->reply);
	return 0;
}

static int
ready(struct client *c, struct err *e)
{
	return pop_capa(c->proto, e);
}

/*
 * If marked deletions must not take effect, or if replies are pending, close the connection without QUIT: the server
 * deletes only after QUIT (RFC 1939, section 6).
 */
static int
quit(struct client *c, bool commit, struct err *e)
{
	struct pop *p = c->proto;
	int rc;

	if (!c->quit_sent && ((!commit && p->marked) || cmdq_pending(c->q) != 0))
		return 0;
	rc = pop_quit(p, c->quit_sent, e);
	c->quit_sent = true;
	client_note_reply(c, &p->reply);
	return rc;
}

static void
free_proto(struct client *c)
{
	pop_free(c->proto);
}

/* EXPIRE and LOGIN-DELAY (RFC 2449, sections 6.5 and 6.7) are limits for clients. */
static int
facts(struct client *c, bool lenient, struct client_facts *f, struct err *e)
{
	static const char *const limits[] = {"EXPIRE", "LOGIN-DELAY"};
	struct pop *p = c->proto;
	const struct pop_caps *caps = &p->caps;

	(void)lenient;
	if (pop_capa_now(p, e) == -1)
		return -1;
	client_note(c, 0, buf_str(&caps->status), caps->status.len);
	buf_add(&f->capabilities, buf_str(&caps->lines), caps->lines.len);
	buf_add(&f->software, buf_str(&caps->implementation), caps->implementation.len);
	for (size_t i = 0; i < 2; i++)
		if (caps_number(&caps->lines, limits[i], &f->limits[f->nlimits].value))
			f->limits[f->nlimits++].name = limits[i];
	return 0;
}

static bool
offers(const struct client *c, const char *name)
{
	return pop_has(c->proto, name);
}

static int
command(struct client *c, const struct buf *line, bool *block, struct err *e)
{
	struct pop *p = c->proto;
	struct buf shown = {0};
	bool ended;
	int rc;

	login_show_command(buf_str(line), pop_challenged(p), &shown);
	rc = pop_put_raw(p, buf_str(line), line->len, buf_str(&shown), e);
	buf_free(&shown);
	if (rc == -1)
		return -1;
	rc = pop_take_raw(p, buf_str(line), &ended, e);
	c->ended = c->ended || ended;
	client_note_reply(c, &p->reply);
	*block = rc == 0 && !pop_challenged(p);
	return rc;
}

const struct client_ops pop_client = {.name = "pop",
	.alpn = "pop3",
	.starttls_name = "STLS",
	.url = URL_POP,
	.user_command = "USER",
	.pass_command = "PASS",
	.rule = &pop_rule,
	.greet = greet,
	.offers_tls = offers_tls,
	.starttls = starttls,
	.forget = forget,
	.login = log_in,
	.ready = ready,
	.quit = quit,
	.facts = facts,
	.offers = offers,
	.command = command,
	.free = free_proto};
