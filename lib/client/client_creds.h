/* client_creds: the credentials of a client, by the mechanisms that it may use. */
#ifndef CLIENT_CLIENT_CREDS_H
#define CLIENT_CLIENT_CREDS_H

#include "client/client.h"

/*
 * Gather c->creds for the server in c->url (creds_get), before connecting, so that the server does not wait for a
 * prompt. rq has the sources: user (NULL: the URL's), authzid, command, fd, netrc, and whether the terminal may be
 * asked; the rest is filled in. Success also if there are no credentials, or the mechanism is `none`. EX_USAGE: unknown
 * mechanisms; errors of creds_get.
 */
int client_find_creds(struct client *c, struct creds_request *rq, struct err *e);

/*
 * Append to e, a refusal because there was no login, where credentials were searched. netrc: the path of the netrc
 * file; NULL or "": none is used. user_given: the user name is from an option or the URL.
 */
void client_explain_creds(
	const struct client *c, const char *netrc, bool user_given, struct err *e);

#endif
