#include "cmd/session.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/mech.h"
#include "client/client_creds.h"
#include "client/ticket.h"
#include "cmd/batch.h"
#include "cmd/log.h"
#include "cmd/progress.h"
#include "cmd/settings.h"

static struct session *
session_of(struct client *c)
{
	return (struct session *)c;
}

/* ---- server and credentials -------------------------------------------------------------------- */

/* Set the URL from -s, else from the environment or the configuration. EX_USAGE, EX_DATAERR, EX_CONFIG. */
static int
find_server(struct session *s, struct err *e)
{
	const struct option_given *given = option_given(s->opt, "server");
	const char *name = s->opt->server;
	enum url_proto proto = s->c.ops->url;

	if (name == NULL && proto == URL_SMTP)
		name = "smtp://localhost";
	if (name == NULL)
		return err_set(e, EX_USAGE, "no server: give -s URL or set $MAILNET_%s",
			proto == URL_NNTP ? "NNTP" : "POP");
	if (url_parse(name, proto, &s->c.url, e) == -1) {
		if (given == NULL || given->place.file == NULL)
			return -1;
		/* The error is in the environment or a file, not in the command line. */
		e->status = e->status == EX_USAGE ? EX_CONFIG : e->status;
		return option_blame(s->opt, "server", e);
	}
	if (s->c.url.implicit_tls &&
		(s->opt->client.tls == TLS_STARTTLS || s->opt->client.tls == TLS_OFF))
		return err_set(e, EX_USAGE, "--tls %s contradicts %s://, which begins with TLS",
			s->opt->client.tls == TLS_OFF ? "off" : "starttls", s->c.url.scheme);
	return 0;
}

/* Append the path of the netrc file; empty without a home directory. *given: an option names the file. */
static void
netrc_path(const struct options *o, struct buf *path, bool *given)
{
	const struct option_given *option = option_given(o, "netrc");
	const char *env = getenv("NETRC"), *home = getenv("HOME");
	const struct passwd *pw;

	if (env != NULL && *env == '\0')
		env = NULL;
	if (home == NULL || *home == '\0') {
		pw = getpwuid(geteuid());
		home = pw != NULL ? pw->pw_dir : NULL;
	}
	/* The environment precedes the configuration. */
	*given = o->netrc != NULL && (env == NULL || option->place.level == 0);
	if (*given || env != NULL)
		buf_adds(path, *given ? o->netrc : env);
	else if (home != NULL)
		buf_addf(path, "%s/.netrc", home);
}

/* Append to e, a refusal because there was no login, where credentials were searched. */
static void
explain_creds(const struct session *s, struct err *e)
{
	struct buf path = {0};
	bool given;

	if (!s->opt->no_netrc)
		netrc_path(s->opt, &path, &given);
	client_explain_creds(&s->c, path.data, s->opt->user != NULL || s->c.url.user != NULL, e);
	buf_free(&path);
}

/* Append the name of the password command for messages: its place in the configuration, if a file sets it. */
static void
add_command_name(const struct options *o, struct buf *name)
{
	const struct option_given *command = option_given(o, "password-command");

	if (command != NULL && command->place.file != NULL)
		buf_addf(name, "password-command in %s:%u", command->place.file,
			command->place.line);
}

static int
find_creds(struct session *s, struct err *e)
{
	const struct options *o = s->opt;
	const char *mechs = client_mechs(&s->c);
	struct buf path = {0}, command = {0};
	struct creds_request rq = {.user = o->user,
		.authzid = o->authzid,
		.command = o->password_command,
		.fd = o->password_fd,
		.prompt = isatty(STDERR_FILENO) != 0};
	int rc;

	/* A certificate or a ticket needs neither user nor password, so the default netrc is not read. */
	if (!o->no_netrc &&
		(o->netrc != NULL || !mech_no_user(mechs) || !mech_no_password(mechs))) {
		netrc_path(o, &path, &rq.netrc_given);
		rq.netrc = path.len != 0 ? path.data : NULL;
	}
	add_command_name(o, &command);
	rq.command_name = command.len != 0 ? command.data : NULL;
	rc = client_find_creds(&s->c, &rq, e);
	if (rc == -1 && rq.netrc_given && access(rq.netrc, R_OK) == -1)
		option_blame(o, "netrc", e);
	buf_free(&path);
	buf_free(&command);
	return rc;
}

/* Find the server and the credentials. */
static int
prepare(struct client *c, struct err *e)
{
	struct session *s = session_of(c);

	if (find_server(s, e) == -1)
		return -1;
	if (find_creds(s, e) == -1)
		return err_prefix(e, "%s", client_host(c));
	/* Set for each connection: an account that the sender chooses resets all options. */
	free(s->opt->tickets);
	s->opt->tickets =
		s->opt->no_resume ? NULL : ticket_dir(getenv("XDG_CACHE_HOME"), getenv("HOME"));
	s->opt->client.tickets = s->opt->tickets;
	s->opt->client.ask_pin = isatty(STDERR_FILENO) != 0;
	c->creds_once = !creds_last(&c->creds, s->opt->netrc);
	return 0;
}

/* ---- events of the client ---------------------------------------------------------------------- */

/* Add a hint to the error of a step. */
static void
advise(const struct session *s, const char *step, struct err *why)
{
	const struct client *c = &s->c;

	if (c->conn == NULL && s->opt->server == NULL)
		err_suffix(
			why, " (no server given with -s or $MAILNET_SMTP: tried smtp://localhost)");
	if (why->status == EX_NOHOST && s->opt->settings != NULL)
		settings_explain(s->opt->settings, s->opt, why);
	if (strcmp(step, "login") == 0 && why->status == EX_NOPERM && c->creds.password == NULL &&
		c->config->auth_command == NULL && !mech_no_password(client_mechs(c)))
		explain_creds(s, why);
}

/* Report the step in a JSON batch. */
static int
step(struct client *c, const char *name, struct err *why, struct err *e)
{
	struct session *s = session_of(c);
	const struct settings *st = s->opt->settings;
	const char *account = NULL;

	if (why != NULL)
		advise(s, name, why);
	if (!s->opt->json || s->opt->batch == NULL)
		return 0;
	if (st != NULL && strcmp(name, "connect") == 0)
		account = st->run.account;
	if (batch_result_print(s->out, name, &c->result, why, account, client_host(c), e) == -1)
		return -1;
	client_note(c, 0, "", 0);
	return 0;
}

static void
opened(struct client *c)
{
	session_confine(session_of(c), false);
}

static void
job(struct client *c, const char *what, uint64_t total, uint64_t octets)
{
	if (what != NULL)
		progress_begin(session_of(c)->opt, what, total, octets);
	else
		progress_end();
}

static void
done(struct client *c, uint64_t count)
{
	(void)c;
	progress_count(count);
}

static void
warning(struct client *c, const char *text)
{
	const struct session *s = session_of(c);

	print_warning(s->opt, s->who, "%s", text);
}

static void
passed(struct client *c, const struct err *e)
{
	print_error(session_of(c)->who, e);
	log_refused(session_of(c), e);
}

static void
last_dial(struct client *c)
{
	session_confine(session_of(c), true);
}

/* ---- the session ------------------------------------------------------------------------------- */

void
session_init(struct session *s, const struct applet *ap, struct options *opt, struct out *out)
{
	static const struct client_events events = {.prepare = prepare,
		.step = step,
		.opened = opened,
		.moved = progress_moved,
		.job = job,
		.done = done,
		.warning = warning,
		.passed = passed,
		.last_dial = last_dial};

	*s = (struct session){.c = {.ops = ap->ops, .config = &opt->client, .events = &events},
		.applet = ap,
		.opt = opt,
		.out = out};
	snprintf(s->who, sizeof s->who, "mailnet %s", ap->name);
	s->c.one_shot = opt->batch == NULL;
}

void
session_explain(const struct session *s, struct err *e)
{
	if (client_lacks_login(&s->c, e))
		explain_creds(s, e);
}
