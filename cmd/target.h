/* target: where a session goes and as whom, by options, URL, environment and netrc. */
#ifndef CMD_TARGET_H
#define CMD_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cmd/session.h"

/* Fill s->url by -s, else by the environment. EX_USAGE, EX_DATAERR. */
int target_server(struct session *s, struct err *e);

/*
 * Fill s->creds, before anything is connected: a prompt must not keep a server waiting. None is
 * success. EX_CONFIG, EX_DATAERR, EX_USAGE.
 */
int target_creds(struct session *s, struct err *e);

/* Add to e, a refusal for want of a login, where credentials were looked for. */
void target_explain(const struct session *s, struct err *e);

/*
 * Is the server this machine: a Unix socket, or a loopback name or address in the URL? A tunnel changes nothing
 * there; without one, the connection must really go to a loopback address, whatever the name resolves to.
 */
bool target_is_local(const struct session *s);

/* --auth, else the URL's ;auth=; NULL: neither. */
const char *target_mechs(const struct session *s);

/* Take --bind ADDR[:PORT] apart (IPv6 in brackets where a port follows); port 0: any. EX_USAGE. */
int target_bind(const char *text, char host[64], uint16_t *port, struct err *e);

#endif
