#include "client/sandbox.h"

#include <string.h>

#include "auth/mech.h"

static const char *
dest_of(const struct sandbox *b)
{
	return b->dest != NULL ? b->dest : "-";
}

/* NNTP: credentials that were not used yet may be needed when the server replies 480 in mid-session. */
static bool
may_log_in(const struct client *c)
{
	return c->ops->url == URL_NNTP && !c->logged_in && !mech_is_none(client_mechs(c)) &&
	       (c->creds.user != NULL || c->creds.password != NULL ||
		       c->config->auth_command != NULL);
}

/* Another session with this server may be needed. A batch never connects again by itself. */
static bool
may_reconnect(const struct client *c, const struct sandbox *b, bool last)
{
	/* QUIT may have been sent with a pipeline that must be repeated on a new connection. */
	return b->redials || (!b->batch && !last && c->ops->url == URL_NNTP && c->conn != NULL);
}

bool
sandbox_may_dial(const struct client *c, const struct sandbox *b, bool last)
{
	if (b->batch && c->ops->url != URL_SMTP)
		return true;
	return may_reconnect(c, b, last) || strncmp(dest_of(b), "lmtp:", 5) == 0 || may_log_in(c);
}

const char *
sandbox_command(const struct client *c, const struct sandbox *b, bool last)
{
	bool again = may_reconnect(c, b, last);

	if (dest_of(b)[0] == '|')
		return "-d |COMMAND";
	if (b->commands)
		return "the batch may name a |COMMAND";
	if (again && c->config->tunnel != NULL)
		return "--tunnel";
	if (again && b->password_command != NULL)
		return "--password-command";
	if ((again || may_log_in(c)) && c->config->auth_command != NULL)
		return "--auth-command";
	return NULL;
}

void
sandbox_enter(struct client *c, struct sandbox *b, bool last)
{
	bool dial = sandbox_may_dial(c, b, last);
	const char *command = sandbox_command(c, b, last);
	enum sandbox_level level = dial ? SANDBOX_DIALS : SANDBOX_CLOSED;
	struct confine kept = {.dial = dial};
	struct buf report = {0};

	if (level <= b->level)
		return;
	buf_adds(&report, "sandbox: ");
	if (command != NULL) {
		buf_addf(&report, "off (%s)", command);
	} else {
		b->keep_files(c, &kept);
		confine_enter(&kept, &report);
		confine_free(&kept);
	}
	if (b->level == SANDBOX_OPEN && (command == NULL || dial == sandbox_may_dial(c, b, true)))
		trace_line(c->trace, TRACE_COMMANDS, '*', report.data, report.len);
	if (command == NULL)
		b->level = level;
	buf_free(&report);
}
