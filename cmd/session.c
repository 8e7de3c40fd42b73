#include "cmd/session.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/login.h"
#include "auth/mech.h"
#include "auth/prompt.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"
#include "cmd/sandbox.h"
#include "cmd/target.h"

/* The protocol's name, for schemes and the SASL service; the sendmail applet uses smtp. */
static const char *
protocol_of(const struct session *s)
{
	return s->applet->proto == PROTO_NNTP  ? "nntp"
	       : s->applet->proto == PROTO_POP ? "pop"
					       : "smtp";
}

/* ---- connecting -------------------------------------------------------------------------------- */

/* Append a hint to the text of an error. */
static void
append(struct err *e, const char *hint)
{
	size_t n = strlen(e->text);

	snprintf(e->text + n, sizeof e->text - n, "%s", hint);
}

static int
dial(struct session *s, struct err *e)
{
	const struct options *o = s->opt;
	char local[64];
	struct dial d = {.host = s->url.host,
		.port = s->url.port,
		.path = s->url.path,
		.tunnel = o->tunnel,
		.family = o->family,
		.timeout = o->timeout * 1000,
		.trace = s->trace};

	if (o->bind != NULL) {
		if (target_bind(o->bind, local, &d.bind_port, e) == -1)
			return -1;
		d.bind_host = local;
	}
	if (conn_dial(&d, &s->conn, e) == -1) {
		if (o->server == NULL)
			append(e, " (no server given with -s or $MAILNET_SMTP: tried "
				  "smtp://localhost)");
		return -1;
	}
	s->conn->moved = progress_moved;
	return 0;
}

static void
note(struct session *s, const char *text)
{
	trace_line(s->trace, TRACE_COMMANDS, '*', text, strlen(text));
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
start_tls(struct session *s, struct err *e)
{
	const struct options *o = s->opt;
	struct tls_config cfg = {.host = s->url.host,
		.name = o->tls_name,
		.ca = o->tls_ca,
		.cert = o->tls_cert,
		.key = o->tls_key,
		.ask_pin = isatty(STDERR_FILENO) != 0 ? ask_pin : NULL,
		.priority = o->tls_priority,
		.alpn = s->applet->proto == PROTO_NNTP  ? "nntp"
			: s->applet->proto == PROTO_POP ? "pop3"
							: NULL,
		.pins = o->pins,
		.npins = o->npins};
	struct tls_info info;

	if (conn_tls(s->conn, &cfg, e) == -1)
		return -1;
	tls_info(s->conn->tls, &info);
	note(s, info.cipher);
	return 0;
}

/* Detect a TLS alert, or silence, in place of the greeting and name the scheme with TLS. */
static void
explain_greeting(const struct session *s, struct err *e)
{
	size_t n;
	const char *p = conn_data(s->conn, &n);
	size_t text = strlen(e->text);

	if (s->conn->tls != NULL)
		return;
	if (n >= 2 && p[0] == 0x15 && p[1] == 0x03)
		err_set(e, EX_PROTOCOL, "the server expects TLS from the start: use %ss://",
			protocol_of(s));
	else if (e->status == EX_TEMPFAIL && !s->conn->eof)
		snprintf(e->text + text, sizeof e->text - text,
			" to greet (if the port is for TLS from the start, use %ss://)",
			protocol_of(s));
}

static int
read_greeting(struct session *s, struct err *e)
{
	struct reply r = {0};
	int rc;

	s->q = cmdq_new(s->conn, s->applet->ops->rule);
	cmdq_put_data(s->q, 0, "greeting", 0);
	rc = cmdq_reply(s->q, &r, NULL, e);
	if (rc == -1) {
		explain_greeting(s, e);
	} else {
		buf_add(&s->greeting, r.text.data, r.text.len);
		session_reply(s, &r);
		rc = s->applet->ops->greet(s, &r, e);
	}
	reply_free(&r);
	return rc;
}

/* TLS from the start has failed. If the server does not speak TLS on this port, name the way without. */
static void
explain_no_tls(const struct session *s, struct err *e)
{
	const char *scheme = s->url.scheme;
	char hint[96];

	if (e->status != EX_PROTOCOL)
		return;
	if (s->url.implicit_tls)
		snprintf(hint, sizeof hint, " (for STARTTLS use %.*s://)", (int)strlen(scheme) - 1,
			scheme);
	else
		snprintf(hint, sizeof hint, " (for STARTTLS omit --tls implicit)");
	append(e, hint);
}

static int
connect_and_greet(struct session *s, struct err *e)
{
	if (dial(s, e) == -1)
		return -1;
	if ((s->url.implicit_tls || s->opt->tls == TLS_IMPLICIT) && start_tls(s, e) == -1) {
		explain_no_tls(s, e);
		return -1;
	}
	return read_greeting(s, e);
}

/* ---- TLS and login ----------------------------------------------------------------------------- */

static bool
have_creds(const struct session *s)
{
	return s->creds.user != NULL || s->creds.password != NULL || s->opt->auth_command != NULL ||
	       mech_no_creds(target_mechs(s));
}

/* Must this session log in? Credentials of a netrc default entry are optional. */
static bool
must_log_in(const struct session *s)
{
	return !mech_is_none(target_mechs(s)) && have_creds(s) &&
	       s->creds.source != CREDS_NETRC_DEFAULT;
}

/*
 * Do the options require TLS: --tls starttls; or, at a host that is not this machine, a pin or a client
 * certificate? Then `auto` must not go on in clear because an attacker has removed the offer.
 */
static bool
options_require_tls(const struct session *s)
{
	const struct options *o = s->opt;

	if (o->tls != TLS_AUTO || target_is_local(s))
		return o->tls == TLS_STARTTLS;
	return o->npins > 0 || o->tls_cert != NULL;
}

/* Does the login require TLS, for the same reason? */
static bool
login_requires_tls(const struct session *s)
{
	return s->opt->tls == TLS_AUTO && !target_is_local(s) && must_log_in(s) &&
	       !s->opt->allow_cleartext_auth;
}

/* Fail because TLS is required and not offered. If options require TLS, not even QUIT is sent in clear. */
static int
no_tls(struct session *s, struct err *e)
{
	const char *command = s->applet->proto == PROTO_POP ? "STLS" : "STARTTLS";

	s->conn->dead = s->conn->dead || options_require_tls(s);
	if (!login_requires_tls(s))
		return err_set(e, EX_NOPERM,
			"the server does not offer %s, and --tls starttls, --tls-pin or --tls-cert "
			"requires TLS",
			command);
	return err_set(e, EX_NOPERM,
		"no login in clear: the server does not offer %s (use %s%s, or "
		"--allow-cleartext-auth to log in without TLS)",
		command, s->url.proto == URL_LMTP ? "--tls implicit" : s->url.scheme,
		s->url.proto == URL_LMTP ? "" : "s://");
}

/* Send STARTTLS and start TLS. A refusal is an error if `must`, else *did is false. */
static int
secure(struct session *s, bool must, bool *did, struct err *e)
{
	const struct proto_ops *ops = s->applet->ops;
	bool go = false;

	*did = true;
	if (ops->starttls(s, &go, e) == -1)
		return -1;
	if (!go && must) {
		s->conn->dead = s->conn->dead || options_require_tls(s);
		return err_code(e, e->status, e->code, "the server refused to start TLS: %s",
			buf_str(&s->done.text));
	}
	*did = go;
	err_clear(e);
	if (!go)
		return 0;
	if (start_tls(s, e) == -1)
		return -1;
	ops->forget(s);
	return 0;
}

static int
upgrade(struct session *s, bool *did, struct err *e)
{
	bool must = options_require_tls(s) || login_requires_tls(s), offered = false;

	*did = false;
	if (s->conn->tls != NULL || s->opt->tls == TLS_OFF || (!must && target_is_local(s)))
		return 0;
	if (s->applet->ops->offers_tls(s, &offered, e) == -1)
		return -1;
	if (offered)
		return secure(s, must, did, e);
	return must ? no_tls(s, e) : 0;
}

/*
 * Every mechanism needs a safe channel, because an attacker can relay challenge and response to the true server.
 * Without a safe channel, optional credentials (insist is false) are not used and *did is false. *want_tls: the
 * login failed because the server allows it only in TLS.
 */
static int
log_in(struct session *s, bool insist, bool *did, bool *want_tls, struct err *e)
{
	struct login l = {.creds = &s->creds,
		.wanted = target_mechs(s),
		.auth_command = s->opt->auth_command,
		.host = s->url.host,
		.port = s->url.port,
		.service = protocol_of(s),
		.no_initial = s->opt->no_initial_response,
		.insist = insist,
		.want_tls = want_tls,
		.timeout = s->opt->timeout};
	int rc;

	*want_tls = false;
	*did = insist;
	s->safe = s->conn->tls != NULL || target_is_local(s) || s->opt->allow_cleartext_auth;
	if (!s->safe && insist)
		return err_set(e, EX_NOPERM,
			"no login in clear: the connection to another host has no TLS "
			"(--allow-cleartext-auth permits the login)");
	if (!s->safe)
		return 0;
	*did = true;
	rc = s->applet->ops->login(s, &l, did, e);
	conn_login_over(s->conn);
	if (rc == -1)
		return -1;
	s->logged_in = *did;
	if (*did)
		creds_forget_password(&s->creds);
	return 0;
}

/* May STARTTLS now cure a login that failed for want of TLS? */
static bool
may_secure(struct session *s)
{
	struct err ignored = {0};
	bool offered = false;

	return !s->conn->dead && s->conn->tls == NULL && s->opt->tls == TLS_AUTO &&
	       s->applet->ops->offers_tls(s, &offered, &ignored) == 0 && offered;
}

int
session_login(struct session *s, struct err *e)
{
	bool did, want_tls;
	int rc;

	if (s->logged_in)
		return err_set(e, EX_NOPERM, "the server demands a second login in this session");
	rc = log_in(s, true, &did, &want_tls, e);
	if (rc == 0 || !want_tls || !may_secure(s))
		return rc;
	rc = secure(s, true, &did, e);
	return rc == 0 ? log_in(s, true, &did, &want_tls, e) : -1;
}

void
session_explain(const struct session *s, struct err *e)
{
	bool refused = s->applet->proto == PROTO_POP || e->code == 480 ||
		       (e->code == 530 && strcasestr(e->text, "TLS") == NULL);

	if (e->status == EX_NOPERM && refused && s->conn != NULL && !s->logged_in &&
		!have_creds(s) && !mech_is_none(target_mechs(s)))
		target_explain(s, e);
}

/* In a JSON batch, report a step of session_open as a done record of its own. */
static int
report(struct session *s, const char *step, const struct err *step_err, struct err *e)
{
	if (!s->opt->json || s->opt->batch == NULL)
		return 0;
	if (done_print(s->out, step, &s->done, step_err, e) == -1)
		return -1;
	session_done(s, 0, "", 0);
	return 0;
}

static int
step_connect(struct session *s, struct err *e)
{
	struct err own = {0};
	int rc = connect_and_greet(s, e);

	if (report(s, "connect", rc == -1 ? e : NULL, &own) == -1) {
		*e = own;
		return -1;
	}
	return rc;
}

static int
step_tls(struct session *s, struct err *e)
{
	struct err own = {0};
	bool did;
	int rc = upgrade(s, &did, e);

	if ((did || rc == -1) && report(s, "starttls", rc == -1 ? e : NULL, &own) == -1) {
		*e = own;
		return -1;
	}
	return rc;
}

/* On loopback, if the server allows the login only in TLS: start TLS and log in again. */
static int
login_in_tls(struct session *s, bool *did, struct err *e)
{
	struct err own = {0};
	bool want_tls;
	int rc;

	if (!may_secure(s))
		return -1;
	rc = secure(s, true, did, e);
	if (report(s, "starttls", rc == -1 ? e : NULL, &own) == -1) {
		*e = own;
		return -1;
	}
	*did = rc == 0;
	return rc == 0 ? log_in(s, true, did, &want_tls, e) : -1;
}

static int
step_login(struct session *s, struct err *e)
{
	struct err own = {0};
	bool did = true, want_tls = false;
	int rc;

	if (mech_is_none(target_mechs(s)) || !have_creds(s))
		return 0;
	rc = log_in(s, must_log_in(s), &did, &want_tls, e);
	if (rc == -1 && want_tls)
		rc = login_in_tls(s, &did, e);
	if (rc == -1 && e->status == EX_NOPERM && s->creds.password == NULL &&
		s->opt->auth_command == NULL && !mech_no_password(target_mechs(s)))
		target_explain(s, e);
	if ((did || rc == -1) && report(s, "login", rc == -1 ? e : NULL, &own) == -1) {
		*e = own;
		return -1;
	}
	return rc;
}

int
session_open(struct session *s, struct err *e)
{
	if (target_server(s, e) == -1)
		return -1;
	if (target_creds(s, e) == -1 || step_connect(s, e) == -1 || step_tls(s, e) == -1 ||
		step_login(s, e) == -1)
		return err_prefix(e, "%s", session_host(s));
	sandbox_enter(s);
	return 0;
}

int
session_ready(struct session *s, unsigned verb_flags, struct err *e)
{
	if ((verb_flags & (VERB_LOCAL | VERB_BARE)) != 0)
		return 0;
	return s->applet->ops->ready(s, e);
}

int
session_need(struct session *s, struct err *e)
{
	if (s->conn == NULL && session_open(s, e) == -1)
		return -1;
	return session_ready(s, 0, e);
}

/* ---- the end ----------------------------------------------------------------------------------- */

int
session_close(struct session *s, bool commit, struct err *e)
{
	char rounds[64];
	struct err why;
	int rc = 0;

	/* After a signal or the deadline, close without QUIT. */
	if (s->conn != NULL && wait_check(&why) == -1)
		s->conn->dead = true;
	if (s->conn != NULL && !s->conn->dead && !s->ended && s->q != NULL && s->proto != NULL)
		rc = s->applet->ops->quit(s, commit, e);
	if (s->conn != NULL) {
		snprintf(rounds, sizeof rounds, "%u round trips", s->conn->rounds);
		note(s, rounds);
	}
	if (s->proto != NULL)
		s->applet->ops->free(s);
	s->proto = NULL;
	cmdq_free(s->q);
	conn_close(s->conn);
	s->q = NULL;
	s->conn = NULL;
	creds_wipe(&s->creds);
	buf_free(&s->greeting);
	buf_free(&s->done.text);
	if (rc == -1)
		err_prefix(e, "%s", session_host(s));
	url_free(&s->url);
	s->url = (struct url){0};
	return rc;
}

void
session_done(struct session *s, int code, const char *text, size_t n)
{
	s->done.code = code;
	buf_clear(&s->done.text);
	buf_add(&s->done.text, text, n);
}

void
session_reply(struct session *s, const struct reply *r)
{
	session_done(s, r->code > 99 ? r->code : 0, r->text.data, r->text.len);
}

const char *
session_host(const struct session *s)
{
	return s->url.path != NULL ? s->url.path : s->url.host != NULL ? s->url.host : "?";
}

void
session_name_host(const struct session *s, struct err *e)
{
	bool known = s->url.path != NULL || s->url.host != NULL;
	const char *host = session_host(s);
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
