/*
 * login: the parts of a login that the three protocols share: the choice of a mechanism that the connection allows, and
 * the SASL exchange over the command queue. USER/PASS, APOP and AUTHINFO USER are in proto/.
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

/* Longest challenge in octets of base64. */
#define LOGIN_CHALLENGE 16384

/* All borrowed for the login. */
struct login {
	const struct creds *creds;
	const char *wanted; /* --auth (or the URL's ;auth=), checked; NULL: the default order */
	const char *auth_command; /* --auth-command, or NULL */
	const char *host;
	uint16_t port;
	const char *service; /* "nntp", "pop", "smtp" */
	bool no_initial;     /* --no-initial-response */
	bool insist;         /* false: credentials of a netrc default entry */
	bool *want_tls;      /* set after a failure that TLS may cure */
	int64_t timeout;     /* seconds, for --auth-command */
};

/* How a protocol frames SASL (RFC 4954, section 4; RFC 5034, section 4; RFC 4643, section 2.4). */
struct login_framing {
	const char *command; /* "AUTH", "AUTHINFO SASL" */
	size_t max_line; /* octets of a command line with CR LF; a longer initial response goes in a second step */
	int go_on; /* the code that requests a response: 334, 383, 'c' */
	/* Does this code report that the login succeeded (235; 281, 283; '+')? */
	bool (*success)(int code);
	const char *empty; /* how an empty response is written, NULL: as an empty line */
	int with_data;     /* the success code whose text is a last challenge (283), 0: none */
	/* Fill e for any other reply: EX_NOPERM for a refusal, EX_TEMPFAIL for "later". Returns -1. */
	int (*refused)(const struct reply *r, const char *mech, struct err *e);
	/* Does this first reply report only that the server does not implement the mechanism? */
	bool (*unknown)(const struct reply *r);
	/* May this refusal mean that the server accepts a response only after a challenge? NULL: never. */
	bool (*split)(const struct reply *r, const char *mech);
};

/* This mechanism does not work with this server; the credentials may still be right. */
#define LOGIN_NEXT 1

/* Log in by one mechanism: 0; -1: refused or failed; LOGIN_NEXT. With e unless 0. */
typedef int login_by(
	void *proto, const struct login *l, const struct mech_pick *pick, struct err *e);

/*
 * Pick mechanisms by mech_choose, with the terms of this login and this connection, and try them by `by` until
 * one works or is refused. The channel is safe: the caller has checked that. EX_NOPERM, EX_TEMPFAIL,
 * EX_PROTOCOL, EX_DATAERR.
 */
int login_run(struct cmdq *q, const struct login *l, const struct mech_offer *offer, login_by *by,
	void *proto, struct err *e);

/*
 * Run the SASL exchange with a pick of kind MECH_SASL; the last reply is in r. A definite refusal is final.
 * LOGIN_NEXT after an unknown mechanism, and after an invalid challenge for a mechanism that --auth names.
 * Responses are secrets in traces. A reply of success counts only if the mechanism has verified the server (SCRAM's
 * signature). EX_NOPERM, EX_TEMPFAIL, EX_PROTOCOL (base64).
 */
int login_sasl(struct cmdq *q, const struct login_framing *f, const struct login *l,
	const struct mech_pick *pick, struct reply *r, struct err *e);

/*
 * Append a command line to shown in the form that traces and errors may contain: a password, or the response to
 * a challenge, is replaced by ***.
 */
void login_show_command(const char *line, bool response, struct buf *shown);

#endif
