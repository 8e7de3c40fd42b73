/*
 * sasl: one authentication exchange (RFC 4422), client side, protocol-neutral.
 *
 * Input and output are decoded octets; the protocol does base64 and framing. An exchange without errors:
 *
 *	sasl_start(&params, &s, e)
 *	sasl_initial(s, &out, &has, e)     has: out is the initial response. Too long for a command
 *	                                   line: keep it, send the command without, and answer the
 *	                                   first (empty) challenge with it
 *	sasl_step(s, in, n, &out, e)       for every challenge, and for data sent with success
 *	sasl_accept(s, e)                  the server accepted the login: has it proven its identity?
 *	sasl_explain(s, e)                 the server refused, e has the reply: add details to e
 *	sasl_free(s)
 *
 * If sasl_initial is not called (--no-initial-response), sasl_step returns the initial response to the first
 * challenge, which is empty.
 */
#ifndef AUTH_SASL_H
#define AUTH_SASL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct creds;
struct err;
struct mech_pick;
struct sasl;

/* SCRAM rounds that are accepted (RFC 5802, section 5.1, has the lower bound). */
#define SASL_ROUNDS_MIN 4096
#define SASL_ROUNDS_MAX 1000000

enum sasl_binding { SASL_NO_BINDING, SASL_TLS_UNIQUE, SASL_TLS_EXPORTER };

/* Pointers are borrowed till sasl_free; pick and binding_data till sasl_start ends. */
struct sasl_params {
	const struct mech_pick *pick; /* of kind MECH_SASL */
	const struct creds *creds;
	const char *host;          /* the server's name as asked for */
	uint16_t port;             /* sent by OAUTHBEARER */
	const char *service;       /* "nntp", "pop" or "smtp" */
	enum sasl_binding binding; /* used by -PLUS mechanisms alone */
	const void *binding_data;
	size_t binding_len;
	const char *command; /* --auth-command, if pick->command */
	int64_t timeout;     /* seconds for each response of the command */
};

/* Begin. EX_DATAERR, EX_NOPERM (the library lacks the mechanism), EX_OSERR. */
int sasl_start(const struct sasl_params *params, struct sasl **s, struct err *e);

/*
 * Append the initial response to out if the mechanism lets the client begin (an --auth-command that prints no line
 * within two seconds does not); *has: there is a response, perhaps of no octets. Call at most once, before any
 * step. Errors as sasl_step; the caller wipes out.
 */
int sasl_initial(struct sasl *s, struct buf *out, bool *has, struct err *e);

/*
 * Answer the n octets of a challenge: the response is appended to out. EX_NOPERM: the mechanism
 * cannot go on (too few or too many SCRAM rounds, a forged signature, --auth-command failed);
 * EX_PROTOCOL: no such challenge was due, or it is malformed. Then cancel the exchange. The
 * caller wipes out.
 */
int sasl_step(struct sasl *s, const void *in, size_t n, struct buf *out, struct err *e);

/*
 * The server accepted the login: EX_NOPERM if the mechanism was not complete, so that the server has not
 * proven that it knows the password (SCRAM, DIGEST-MD5).
 */
int sasl_accept(const struct sasl *s, struct err *e);

/* Append to e the error details from the server's challenges (the JSON of RFC 7628, section 3.2.2). */
void sasl_explain(const struct sasl *s, struct err *e);

/* Free, overwriting every copy of a secret; NULL is allowed. */
void sasl_free(struct sasl *s);

/* The version of the SASL library that runs. */
const char *sasl_library(void);

#endif
