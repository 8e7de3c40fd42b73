/*
 * login: what the three protocols share in logging in: the terms of the channel, and the SASL
 * exchange over the command queue. USER/PASS, APOP and AUTHINFO USER are the protocols' own (proto/).
 */
#ifndef AUTH_LOGIN_H
#define AUTH_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/mech.h"
#include "auth/password.h"
#include "base/err.h"
#include "wire/cmdq.h"
#include "wire/reply.h"

/* A challenge may be as long as this, in octets of base64. */
#define LOGIN_CHALLENGE 16384

/* All borrowed for the login. */
struct login {
	const struct creds *creds;
	const char *wanted; /* --auth (or the URL's ;auth=), checked; NULL: the default order */
	const char *auth_command; /* --auth-command, or NULL */
	const char *host;
	uint16_t port;
	const char *service; /* "nntp", "pop", "smtp" */
	bool safe;           /* TLS, loopback, or --allow-cleartext-auth */
	bool no_initial;     /* --no-initial-response */
	bool insist;         /* false: credentials of a netrc default entry */
	int64_t timeout;     /* seconds, for --auth-command */
};

/* How a protocol frames SASL (RFC 4954, section 4; RFC 5034, section 4; RFC 4643, section 2.4). */
struct login_framing {
	const char *command; /* "AUTH", "AUTHINFO SASL" */
	size_t max_line; /* a command line with CR LF: a longer initial response waits for its turn */
	int go_on;       /* the code that asks for a response: 334, 383, 'c' */
	/* Does this code end the exchange well (235; 281, 283; '+')? */
	bool (*success)(int code);
	const char *empty; /* how an empty response is written, NULL: as an empty line */
	int with_data;     /* the success code whose text is a last challenge (283), 0: none */
	/* Fill e for any other reply: EX_NOPERM for a refusal, EX_TEMPFAIL for "later". Returns -1. */
	int (*refused)(const struct reply *r, const char *mech, struct err *e);
	/* May this refusal of an initial response mean that it should go in a step of its own? NULL: no. */
	bool (*split)(const struct reply *r);
};

/* mech_choose with the terms of this login and this connection. */
int login_pick(const struct cmdq *q, const struct login *l, const struct mech_offer *offer,
	struct mech_pick *pick, struct err *e);

/*
 * Run the SASL exchange with a pick of kind MECH_SASL; the last reply is in r. A definite refusal is
 * final. Responses are secrets in traces. Success counts only if the mechanism is content with
 * the server (SCRAM's signature). EX_NOPERM, EX_TEMPFAIL, EX_PROTOCOL (base64).
 */
int login_sasl(struct cmdq *q, const struct login_framing *f, const struct login *l,
	const struct mech_pick *pick, struct reply *r, struct err *e);

#endif
