/*
 * mech: choose the mechanism of a login from a list of allowed mechanisms, strongest first. A mechanism that the SASL
 * library offers besides (ANONYMOUS, SECURID, ...) is never chosen.
 */
#ifndef AUTH_MECH_H
#define AUTH_MECH_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct creds;
struct err;

#define MECH_NAME_MAX 20 /* RFC 4422, section 3.1 */

/* What the server offers. */
struct mech_offer {
	const char *mechs; /* SASL names separated by spaces, untrusted; NULL or "": none */
	const char
		*failed; /* names that failed on this connection, separated by spaces; NULL: none */
	bool unlisted; /* mechanisms unknown (no capabilities): any that --auth names may be tried */
	bool user;     /* USER/PASS or AUTHINFO USER may be tried */
	bool user_first; /* nntp: AUTHINFO USER before SASL, and also without a password */
	bool apop;       /* pop: APOP and RPOP exist */
};

/* The client's credentials and means. */
struct mech_terms {
	const struct creds *creds; /* never NULL; without password few mechanisms remain */
	bool binding;              /* there is channel binding data */
	bool client_cert;          /* a client certificate was sent */
	bool command;              /* --auth-command answers for the SASL names asked for */
};

enum mech_kind { MECH_SASL, MECH_USER, MECH_APOP, MECH_RPOP };

/* The chosen mechanism. */
struct mech_pick {
	enum mech_kind kind;
	char name[MECH_NAME_MAX + 1]; /* in upper case: the SASL name, or USER, APOP, RPOP */
	bool asked;                   /* by --auth or ;auth= */
	bool command;                 /* --auth-command answers the challenges */
	bool password;                /* the mechanism needs the password or token */
	bool want_tls; /* none was chosen, and TLS may change that: nothing was offered, or no binding */
};

/*
 * Is `wanted`, the value of --auth or ;auth= (names in any case, separated by commas, or `none`
 * alone), well-formed and known? With `command` any SASL name is. EX_USAGE; call before connecting.
 */
int mech_check(const char *wanted, bool command, struct err *e);

/* Is wanted `none`? False for NULL. */
bool mech_is_none(const char *wanted);

/*
 * Which credentials are optional with `wanted` (checked; NULL: the default, which needs both)? All mechanisms work
 * without a user name; all work without a password; one works without both.
 */
bool mech_no_user(const char *wanted);
bool mech_no_password(const char *wanted);
bool mech_no_creds(const char *wanted);

/*
 * Pick the first of `wanted` (checked, not `none`), or with NULL the strongest by default, that the server offers
 * and the terms allow. SASL names first, then USER; other ways only if --auth names them. EX_NOPERM and the reason:
 * the server offers no login or not the requested one, no password, no channel binding, no client certificate.
 * EX_DATAERR: SASLprep (RFC 4013) forbids these credentials for all remaining mechanisms. The caller has checked
 * that the channel is safe.
 */
int mech_choose(const struct mech_offer *offer, const char *wanted, const struct mech_terms *terms,
	struct mech_pick *pick, struct err *e);

/*
 * Append to e, the server's refusal of the login: which user, where the password or token came from, and --auth plain
 * if the server may have failed at a stronger mechanism that mailnet chose by itself.
 */
void mech_explain(const struct mech_pick *pick, const struct creds *c, struct err *e);

/* Append the names of all mechanisms, the strongest first, each after a blank. */
void mech_names(struct buf *out);

#endif
