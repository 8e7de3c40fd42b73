/* target: the server and the credentials of a session, from options, URL, environment and netrc. */
#ifndef CMD_TARGET_H
#define CMD_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cmd/session.h"

/* Fill s->url from -s, else from the environment or the configuration. EX_USAGE, EX_DATAERR, EX_CONFIG. */
int target_server(struct session *s, struct err *e);

/*
 * Fill s->creds before connecting, so that the server does not wait for a prompt. Success also if there are no
 * credentials. EX_CONFIG, EX_DATAERR, EX_USAGE.
 */
int target_creds(struct session *s, struct err *e);

/* Append to e, a refusal because there was no login, where credentials were searched. */
void target_explain(const struct session *s, struct err *e);

#endif
