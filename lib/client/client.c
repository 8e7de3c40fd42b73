#include "client/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "auth/login.h"
#include "auth/mech.h"
#include "auth/prompt.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"
#include "client/ticket.h"

/* ---- connecting -------------------------------------------------------------------------------- */

static int
dial(struct client *c, struct err *e)
{
	const struct client_config *o = c->config;
	char local[URL_BIND];
	struct dial d = {.host = c->url.host,
		.port = c->url.port,
		.path = c->url.path,
		.tunnel = o->tunnel,
		.family = o->family,
		.timeout = o->timeout * 1000,
		.trace = c->trace};

	if (o->bind != NULL) {
		if (url_parse_bind(o->bind, local, &d.bind_port, e) == -1)
			return -1;
		d.bind_host = local;
	}
	if (conn_dial(&d, &c->conn, e) == -1)
		return -1;
	c->conn->moved = c->events->moved;
	return 0;
}

static void
note(struct client *c, const char *text)
{
	trace_line(c->trace, TRACE_COMMANDS, '*', text, strlen(text));
}

static int
ask_pin(const char *token, char **pin, struct err *e)
{
	struct buf prompt = {0};
	int rc;

	buf_addf(&prompt, "PIN for %s: ", token);
	rc = prompt_secret(buf_str(&prompt), pin, e);
	buf_free(&prompt);
	return rc;
}

static int
start_tls(struct client *c, struct err *e)
{
	int rc;
	const struct client_config *o = c->config;
	struct tls_config cfg = {.host = c->url.host,
		.name = o->tls_name,
		.ca = o->tls_ca,
		.cert = o->tls_cert,
		.key = o->tls_key,
		.ask_pin = o->ask_pin ? ask_pin : NULL,
		.priority = o->tls_priority,
		.alpn = c->ops->alpn,
		.pins = o->pins,
		.npins = o->npins};
	struct tls_info info;

	ticket_load(c, &cfg.session);
	rc = conn_tls(c->conn, &cfg, e);
	buf_wipe(&cfg.session);
	if (rc == -1)
		return -1;
	tls_info(c->conn->tls, &info);
	note(c, info.cipher);
	if (info.resumed)
		note(c, "TLS session resumed");
	return 0;
}

static bool
starts_with_alert(const struct conn *conn)
{
	size_t n;
	const char *p = conn_data(conn, &n);

	return conn->tls == NULL && n >= 2 && p[0] == 0x15 && p[1] == 0x03;
}

/* Detect a TLS alert, or silence, in place of the greeting and name the scheme with TLS. */
static void
explain_greeting(const struct client *c, struct err *e)
{
	if (c->conn->tls != NULL)
		return;
	if (starts_with_alert(c->conn))
		err_set(e, EX_PROTOCOL, "the server expects TLS from the start: use %ss://",
			c->ops->name);
	else if (e->status == EX_TEMPFAIL && !c->conn->eof)
		err_suffix(e, " to greet (if the port is for TLS from the start, use %ss://)",
			c->ops->name);
}

static int
read_greeting(struct client *c, struct err *e)
{
	struct reply r = {0};
	int rc;

	c->q = cmdq_new(c->conn, c->ops->rule);
	cmdq_put_data(c->q, 0, "greeting", 0);
	rc = cmdq_reply(c->q, &r, NULL, e);
	if (rc == -1) {
		explain_greeting(c, e);
	} else {
		buf_add(&c->greeting, r.text.data, r.text.len);
		client_note_reply(c, &r);
		c->greeting_code = c->result.code;
		rc = c->ops->greet(c, &r, e);
	}
	if (rc == -1 && e->status == EX_PROTOCOL && !starts_with_alert(c->conn))
		err_suffix(e, " (not a server for %s: check host and port)", c->ops->name);
	reply_free(&r);
	return rc;
}

/*
 * TLS from the start has failed. If the server does not speak TLS on this port, name the scheme that begins without
 * TLS.
 */
static void
explain_no_tls(const struct client *c, struct err *e)
{
	const char *scheme = c->url.scheme;

	if (e->status != EX_PROTOCOL)
		return;
	if (c->url.implicit_tls)
		err_suffix(e, " (for STARTTLS use %.*s://)", (int)strlen(scheme) - 1, scheme);
	else
		err_suffix(e, " (for STARTTLS omit --tls implicit)");
}

static int
connect_and_greet(struct client *c, struct err *e)
{
	if (dial(c, e) == -1)
		return -1;
	if ((c->url.implicit_tls || c->config->tls == TLS_IMPLICIT) && start_tls(c, e) == -1) {
		explain_no_tls(c, e);
		return -1;
	}
	return read_greeting(c, e);
}

/* ---- TLS and login ----------------------------------------------------------------------------- */

const char *
client_mechs(const struct client *c)
{
	return c->config->auth != NULL ? c->config->auth : c->url.authmech;
}

bool
client_is_local(const struct client *c)
{
	if (c->conn != NULL && c->conn->remote)
		return false;
	return c->url.path != NULL || url_is_loopback(c->url.host);
}

bool
client_has_creds(const struct client *c)
{
	return c->creds.user != NULL || c->creds.password != NULL ||
	       c->config->auth_command != NULL || mech_no_creds(client_mechs(c));
}

/* Must this session log in? Credentials of a netrc default entry are optional. */
static bool
must_log_in(const struct client *c)
{
	return !mech_is_none(client_mechs(c)) && client_has_creds(c) &&
	       c->creds.source != CREDS_NETRC_DEFAULT;
}

/*
 * Do the options require TLS: --tls starttls; or, at a host that is not this machine, a pin or a client
 * certificate? Then `auto` must not go on in clear because an attacker has removed the offer.
 */
static bool
options_require_tls(const struct client *c)
{
	const struct client_config *o = c->config;

	if (o->tls != TLS_AUTO || client_is_local(c))
		return o->tls == TLS_STARTTLS;
	return o->npins > 0 || o->tls_cert != NULL;
}

/* Does the login require TLS, for the same reason? */
static bool
login_requires_tls(const struct client *c)
{
	return c->config->tls == TLS_AUTO && !client_is_local(c) && must_log_in(c) &&
	       !c->config->allow_cleartext_auth;
}

/* Fail because TLS is required and not offered. If options require TLS, not even QUIT is sent in clear. */
static int
no_tls(struct client *c, struct err *e)
{

	c->conn->dead = c->conn->dead || options_require_tls(c);
	if (!login_requires_tls(c))
		return err_set(e, EX_NOPERM,
			"the server does not offer %s, and --tls starttls, --tls-pin or --tls-cert "
			"requires TLS",
			c->ops->starttls_name);
	return err_set(e, EX_NOPERM,
		"no login in clear: the server does not offer %s (use %s%s, or "
		"--allow-cleartext-auth to log in without TLS)",
		c->ops->starttls_name, c->url.proto == URL_LMTP ? "--tls implicit" : c->url.scheme,
		c->url.proto == URL_LMTP ? "" : "s://");
}

/* Send STARTTLS and start TLS. A refusal is an error if `must`, else *did is false. */
static int
secure(struct client *c, bool must, bool *did, struct err *e)
{
	const struct client_ops *ops = c->ops;
	bool go = false;

	*did = true;
	if (ops->starttls(c, &go, e) == -1)
		return -1;
	if (!go && must) {
		c->conn->dead = c->conn->dead || options_require_tls(c);
		return err_code(e, e->status, e->code, "the server refused to start TLS: %s",
			buf_str(&c->result.text));
	}
	*did = go;
	err_clear(e);
	if (!go)
		return 0;
	if (start_tls(c, e) == -1)
		return -1;
	ops->forget(c);
	return 0;
}

static int
upgrade(struct client *c, bool *did, struct err *e)
{
	bool must = options_require_tls(c) || login_requires_tls(c), offered = false;

	*did = false;
	if (c->conn->tls != NULL || c->config->tls == TLS_OFF || (!must && client_is_local(c)))
		return 0;
	if (c->ops->offers_tls(c, &offered, e) == -1)
		return -1;
	if (offered)
		return secure(c, must, did, e);
	return must ? no_tls(c, e) : 0;
}

/*
 * Every mechanism needs a safe channel, because an attacker can relay challenge and response to the true server.
 * Without a safe channel, optional credentials (insist is false) are not used and *did is false. *want_tls: the
 * login failed because the server allows it only in TLS.
 */
static int
log_in(struct client *c, bool insist, bool *did, bool *want_tls, struct err *e)
{
	struct login l = {.creds = &c->creds,
		.wanted = client_mechs(c),
		.auth_command = c->config->auth_command,
		.host = c->url.host,
		.port = c->url.port,
		.service = c->ops->name,
		.no_initial = c->config->no_initial_response,
		.insist = insist,
		.want_tls = want_tls,
		.timeout = c->config->timeout};
	int rc;

	*want_tls = false;
	*did = insist;
	c->safe = c->conn->tls != NULL || client_is_local(c) || c->config->allow_cleartext_auth;
	if (!c->safe && insist)
		return err_set(e, EX_NOPERM,
			"no login in clear: the connection to another host has no TLS "
			"(--allow-cleartext-auth permits the login)");
	if (!c->safe)
		return 0;
	*did = true;
	rc = c->ops->login(c, &l, did, e);
	conn_login_over(c->conn);
	if (rc == -1)
		return -1;
	c->logged_in = *did;
	if (*did)
		creds_forget_password(&c->creds);
	return 0;
}

/* The login failed because the server allows it only in TLS: can STARTTLS be sent now? */
static bool
may_secure(struct client *c)
{
	struct err ignored = {0};
	bool offered = false;

	return !c->conn->dead && c->conn->tls == NULL && c->config->tls == TLS_AUTO &&
	       c->ops->offers_tls(c, &offered, &ignored) == 0 && offered;
}

int
client_login(struct client *c, struct err *e)
{
	bool did, want_tls;
	int rc;

	if (c->logged_in)
		return err_set(e, EX_NOPERM,
			"the server requires a login again, after a successful login");
	rc = log_in(c, true, &did, &want_tls, e);
	if (rc == 0 || !want_tls || !may_secure(c))
		return rc;
	rc = secure(c, true, &did, e);
	return rc == 0 ? log_in(c, true, &did, &want_tls, e) : -1;
}

/* Report a step that ended with rc. Returns rc, or -1 if the report failed. */
static int
report(struct client *c, const char *step, int rc, struct err *e)
{
	struct err own = {0};

	if (c->events->step == NULL || c->events->step(c, step, rc == -1 ? e : NULL, &own) == 0)
		return rc;
	*e = own;
	return -1;
}

static int
step_tls(struct client *c, struct err *e)
{
	bool did;
	int rc = upgrade(c, &did, e);

	return did || rc == -1 ? report(c, "starttls", rc, e) : rc;
}

/* On loopback, if the server allows the login only in TLS: start TLS and log in again. */
static int
login_in_tls(struct client *c, bool *did, struct err *e)
{
	bool want_tls;
	int rc;

	if (!may_secure(c))
		return -1;
	rc = report(c, "starttls", secure(c, true, did, e), e);
	*did = rc == 0;
	return rc == 0 ? log_in(c, true, did, &want_tls, e) : -1;
}

static int
step_login(struct client *c, struct err *e)
{
	bool did = true, want_tls = false;
	int rc;

	if (mech_is_none(client_mechs(c)) || !client_has_creds(c))
		return 0;
	rc = log_in(c, must_log_in(c), &did, &want_tls, e);
	if (rc == -1 && want_tls)
		rc = login_in_tls(c, &did, e);
	return did || rc == -1 ? report(c, "login", rc, e) : rc;
}

/* With USER and PASS the commands of the login are known before connecting, and so is whether one is too long. */
static int
check_user_pass(const struct client *c, struct err *e)
{
	const struct client_ops *ops = c->ops;
	const struct creds *creds = &c->creds;
	const char *wanted = client_mechs(c);
	char shown[64];

	if (wanted == NULL || strcasecmp(wanted, "user") != 0 || ops->user_command == NULL)
		return 0;
	snprintf(shown, sizeof shown, "%s %.20s", ops->user_command,
		creds->user != NULL ? creds->user : "");
	if (creds->user != NULL &&
		cmdq_fits(ops->rule, shown, strlen(ops->user_command) + 1 + strlen(creds->user),
			e) == -1)
		return -1;
	snprintf(shown, sizeof shown, "%s ***", ops->pass_command);
	return creds->password != NULL
		       ? cmdq_fits(ops->rule, shown,
				 strlen(ops->pass_command) + 1 + strlen(creds->password), e)
		       : 0;
}

int
client_open(struct client *c, struct err *e)
{
	c->quit_sent = c->logged_in = c->ended = false;
	if (c->events->prepare != NULL && c->events->prepare(c, e) == -1)
		return -1;
	if (check_user_pass(c, e) == -1 || report(c, "connect", connect_and_greet(c, e), e) == -1 ||
		step_tls(c, e) == -1 || step_login(c, e) == -1)
		return err_prefix(e, "%s", client_host(c));
	ticket_save(c);
	if (c->events->opened != NULL)
		c->events->opened(c);
	return 0;
}

int
client_need(struct client *c, struct err *e)
{
	if (c->conn == NULL && client_open(c, e) == -1)
		return -1;
	return c->ops->ready(c, e);
}

bool
client_lacks_login(const struct client *c, const struct err *e)
{
	/* SMTP: 530 also demands STARTTLS (RFC 3207, section 4). POP3 has no code; NNTP: RFC 4643, section 2.1. */
	bool refused = c->ops->url == URL_POP || e->code == 480 ||
		       (e->code == 530 && strcasestr(e->text, "TLS") == NULL);

	return e->status == EX_NOPERM && refused && c->conn != NULL && !c->logged_in &&
	       !client_has_creds(c) && !mech_is_none(client_mechs(c));
}

/* ---- the end ----------------------------------------------------------------------------------- */

int
client_pipeline_quit(struct client *c, struct err *e)
{
	if (!c->one_shot || c->quit_sent || !c->q->pipelining)
		return 0;
	c->quit_sent = true;
	return cmdq_put(c->q, -1, e, "QUIT");
}

int
client_quit(struct client *c, struct err *e)
{
	int rc;

	c->quit_matters = true;
	rc = c->ops->quit(c, true, e);
	c->ended = true;
	if (rc == -1 || c->result.text.len != 0)
		return rc;
	if (wait_check(e) == -1)
		return -1;
	return err_set(e, EX_TEMPFAIL, "QUIT: %s",
		c->quit_sent ? "the server closed the connection"
			     : "not sent: the server waits for the rest of an earlier command");
}

int
client_close(struct client *c, bool commit, struct err *e)
{
	char rounds[64];
	struct err why;
	int rc = 0;

	/* After a signal or the deadline, close without QUIT. */
	if (c->conn != NULL && wait_check(&why) == -1)
		c->conn->dead = true;
	if (c->conn != NULL && !c->conn->dead && !c->ended && c->q != NULL && c->proto != NULL)
		rc = c->ops->quit(c, commit, e);
	if (c->conn != NULL) {
		snprintf(rounds, sizeof rounds, "%u round trips", c->conn->rounds);
		note(c, rounds);
	}
	if (c->proto != NULL)
		c->ops->free(c);
	c->proto = NULL;
	cmdq_free(c->q);
	conn_close(c->conn);
	c->q = NULL;
	c->conn = NULL;
	creds_wipe(&c->creds);
	buf_free(&c->greeting);
	buf_free(&c->result.text);
	if (rc == -1)
		err_prefix(e, "%s", client_host(c));
	url_free(&c->url);
	c->url = (struct url){0};
	return rc;
}

bool
client_is_over(const struct client *c, const struct err *e)
{
	if (c->ended || c->conn == NULL || c->conn->dead)
		return true;
	if (e == NULL)
		return false;
	/* In NNTP, 400 announces the end (RFC 3977, section 3.2.1), and 421 is a reply to NEXT. */
	return e->status == EX_PROTOCOL || e->status > EX_SIGNAL ||
	       e->code == (c->ops->url == URL_NNTP ? 400 : 421);
}

void
client_note(struct client *c, int code, const char *text, size_t n)
{
	c->result.code = code;
	buf_clear(&c->result.text);
	buf_add(&c->result.text, text, n);
}

void
client_note_reply(struct client *c, const struct reply *r)
{
	client_note(c, r->code > 99 ? r->code : 0, r->text.data, r->text.len);
}

const char *
client_host(const struct client *c)
{
	return c->url.path != NULL ? c->url.path : c->url.host != NULL ? c->url.host : "?";
}

void
client_add_url(const struct client *c, struct buf *out)
{
	const char *user = c->creds.user != NULL ? c->creds.user : c->url.user;

	buf_addf(out, "%s://", c->url.scheme);
	if (user != NULL)
		buf_addf(out, "%s@", user);
	if (c->url.path != NULL)
		buf_adds(out, c->url.path);
	else if (strchr(c->url.host, ':') != NULL)
		buf_addf(out, "[%s]:%u", c->url.host, (unsigned)c->url.port);
	else
		buf_addf(out, "%s:%u", c->url.host, (unsigned)c->url.port);
}

void
client_name_host(const struct client *c, struct err *e)
{
	bool known = c->url.path != NULL || c->url.host != NULL;
	const char *host = client_host(c);
	size_t n = known ? strlen(host) : 0;

	/* Only errors of the server or the connection, not of arguments, files or output. */
	if (e->status != EX_NO && e->status != EX_NOUSER && e->status != EX_NOHOST &&
		e->status != EX_UNAVAILABLE && e->status != EX_TEMPFAIL &&
		e->status != EX_PROTOCOL && e->status != EX_NOPERM)
		return;
	if (n == 0 || (strncmp(e->text, host, n) == 0 && strncmp(e->text + n, ": ", 2) == 0))
		return;
	err_prefix(e, "%s", host);
}

void
client_warn(struct client *c, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (c->events->warning == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	c->events->warning(c, text);
}

void
client_last_dial(struct client *c)
{
	if (c->events->last_dial != NULL)
		c->events->last_dial(c);
}
