#include "client/client_creds.h"

#include <unistd.h>

#include "auth/mech.h"

int
client_find_creds(struct client *c, struct creds_request *rq, struct err *e)
{
	const char *mechs = client_mechs(c);
	bool command = c->config->auth_command != NULL;

	if (mech_check(mechs, command, e) == -1)
		return -1;
	if (mech_is_none(mechs))
		return 0;
	rq->host = c->url.host;
	rq->port = c->url.port;
	if (rq->user == NULL)
		rq->user = c->url.user;
	rq->user_optional = mech_no_user(mechs);
	/* Do not prompt for a password that would not be used. */
	rq->prompt = rq->prompt && !command && !mech_no_password(mechs);
	rq->timeout = c->config->timeout;
	return creds_get(rq, &c->creds, e);
}

void
client_explain_creds(const struct client *c, const char *netrc, bool user_given, struct err *e)
{
	if (netrc == NULL || netrc[0] == '\0')
		err_suffix(e, " (no login: no netrc file is used; give -u and --password-command)");
	else if (access(netrc, F_OK) == -1)
		err_suffix(e,
			" (no login: %s does not exist; give -u and --password-command, or create "
			"it)",
			netrc);
	else if (c->creds.user != NULL && !user_given)
		err_suffix(e,
			" (no login: the entry for this host in %s has no password; add it, or use "
			"--password-command)",
			netrc);
	else
		err_suffix(e,
			" (no login: %s has no entry for this host; use -u and --password-command, "
			"or add one)",
			netrc);
}
