/* sasl_ops: the implementations of auth/sasl.h; for lib/auth alone. */
#ifndef AUTH_SASL_OPS_H
#define AUTH_SASL_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/mech.h"
#include "base/buf.h"

struct err;
struct sasl_params;

/* A kind of exchange embeds it as its first member. */
struct sasl {
	const struct sasl_ops *ops;
	struct mech_pick pick;
	bool client_first; /* there is an initial response */
	bool finished;     /* the mechanism has completed successfully */
	struct buf said;   /* error details that the server sent in a challenge */
};

struct sasl_ops {
	/* As sasl_step; in is followed by a NUL. NULL: there was no challenge (initial response). */
	int (*step)(struct sasl *s, const char *in, size_t n, struct buf *out, struct err *e);
	void (*free)(struct sasl *s);
};

/* Create an exchange of each kind. NULL: error in e. */
struct sasl *sasl_gsasl(const struct sasl_params *params, struct err *e);
struct sasl *sasl_oauth(const struct sasl_params *params, struct err *e);
struct sasl *sasl_command(const struct sasl_params *params, struct err *e);

/*
 * Run the steps of `inner`, which may block in a library, in a forked copy of this process. The wait for each step
 * takes at most `timeout` seconds ("timed out WHAT": EX_TEMPFAIL). Owns inner from now on, also after an error.
 */
struct sasl *sasl_apart(struct sasl *inner, const char *what, int64_t timeout, struct err *e);

/*
 * Check SCRAM's server-first message, n octets (RFC 5802, section 7), before the library uses it, since the library
 * would do any number of rounds, each over the whole password of `password` octets. EX_NOPERM: too few or too many
 * rounds, or the server sent an error (e=); else EX_PROTOCOL.
 */
int scram_check_first(const char *p, size_t n, size_t password, struct err *e);

/* The same for the server-final message: only e= is checked. */
int scram_check_final(const char *p, size_t n, struct err *e);

#endif
