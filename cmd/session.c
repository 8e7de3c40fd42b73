#include "cmd/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/mech.h"
#include "cmd/batch.h"
#include "cmd/log.h"
#include "cmd/progress.h"
#include "cmd/settings.h"
#include "cmd/target.h"

static struct session *
session_of(struct client *c)
{
	return (struct session *)c;
}

/* Can the same credentials be found again, for another connection? */
static bool
creds_last(const struct session *s)
{
	struct stat sb;

	switch (s->c.creds.source) {
	case CREDS_FD:
	case CREDS_PROMPT: return false;
	case CREDS_NETRC:
	case CREDS_NETRC_DEFAULT:
		return s->opt->netrc == NULL ||
		       (stat(s->opt->netrc, &sb) == 0 && S_ISREG(sb.st_mode));
	default: return true;
	}
}

/*
 * The directory of TLS session tickets, $XDG_CACHE_HOME/mailnet or ~/.cache/mailnet; NULL: none. A program with the
 * rights of another group does not trust the environment; a home directory that is missing or of another user (sudo) is
 * not written to.
 */
static const char *
ticket_dir(struct options *o)
{
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	struct buf path = {0};
	struct stat sb;

	if (o->no_resume || getegid() != getgid())
		return NULL;
	/* A relative path is ignored (XDG Base Directory Specification). */
	if (base != NULL && *base == '/')
		buf_addf(&path, "%s/mailnet", base);
	else if (home != NULL && *home == '/' && stat(home, &sb) == 0 && sb.st_uid == geteuid())
		buf_addf(&path, "%s/.cache/mailnet", home);
	else
		return NULL;
	free(o->tickets);
	o->tickets = buf_steal(&path);
	return o->tickets;
}

/* Find the server and the credentials. */
static int
prepare(struct client *c, struct err *e)
{
	struct session *s = session_of(c);

	if (target_server(s, e) == -1)
		return -1;
	if (target_creds(s, e) == -1)
		return err_prefix(e, "%s", client_host(c));
	/* Set for each connection: an account that the sender chooses resets all options. */
	s->opt->client.tickets = ticket_dir(s->opt);
	s->opt->client.ask_pin = isatty(STDERR_FILENO) != 0;
	c->creds_once = !creds_last(s);
	return 0;
}

/* Add a hint to the error of a step, and report the step in a JSON batch. */
static int
step(struct client *c, const char *name, struct err *why, struct err *e)
{
	struct session *s = session_of(c);
	const struct settings *st = s->opt->settings;
	const char *mechs = client_mechs(c), *account = NULL;
	size_t n;

	if (why != NULL && c->conn == NULL && s->opt->server == NULL) {
		n = strlen(why->text);
		snprintf(why->text + n, sizeof why->text - n,
			" (no server given with -s or $MAILNET_SMTP: tried smtp://localhost)");
	}
	if (why != NULL && why->status == EX_NOHOST && st != NULL)
		settings_explain(st, s->opt, why);
	if (why != NULL && strcmp(name, "login") == 0 && why->status == EX_NOPERM &&
		c->creds.password == NULL && c->config->auth_command == NULL &&
		!mech_no_password(mechs))
		target_explain(s, why);
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

int
session_ready(struct session *s, unsigned verb_flags, struct err *e)
{
	return (verb_flags & (VERB_LOCAL | VERB_BARE)) != 0 ? 0 : s->c.ops->ready(&s->c, e);
}

void
session_explain(const struct session *s, struct err *e)
{
	if (client_lacks_login(&s->c, e))
		target_explain(s, e);
}
