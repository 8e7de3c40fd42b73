/* XOAUTH2 and OAUTHBEARER (RFC 7628): each sends user and token in a single message. */
#include "auth/sasl.h"
#include "auth/sasl_ops.h"

#include <stdlib.h>
#include <string.h>

#include "auth/password.h"
#include "base/err.h"
#include "base/mem.h"

struct by_token {
	struct sasl sasl;
	const struct creds *creds;
	const char *host;
	uint16_t port;
	bool sent, refused;
};

/* A saslname of RFC 5801, section 4. */
static void
add_name(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == ',')
			buf_adds(out, "=2C");
		else if (*s == '=')
			buf_adds(out, "=3D");
		else
			buf_addc(out, *s);
	}
}

/* The message of OAUTHBEARER (RFC 7628, section 3.1). Its GS2 header names the authorisation identity. */
static void
add_bearer(struct buf *out, const struct by_token *t)
{
	const char *who = t->creds->authzid != NULL ? t->creds->authzid : t->creds->user;

	buf_adds(out, "n,");
	if (who != NULL) {
		buf_adds(out, "a=");
		add_name(out, who);
	}
	buf_addf(out, ",\001host=%s\001port=%u\001", t->host, (unsigned)t->port);
}

static void
add_response(struct buf *out, const struct by_token *t)
{
	const struct creds *c = t->creds;
	size_t names = (c->user != NULL ? strlen(c->user) : 0) +
		       (c->authzid != NULL ? strlen(c->authzid) : 0);

	/* Reserve all room at once: a buffer that moves would leave a copy of the token in freed memory. */
	buf_reserve(out, strlen(c->password) + 3 * names + strlen(t->host) + 64);
	if (strcmp(t->sasl.pick.name, "OAUTHBEARER") == 0)
		add_bearer(out, t);
	else
		buf_addf(out, "user=%s\001", c->user);
	buf_adds(out, "auth=Bearer ");
	buf_adds(out, c->password);
	buf_adds(out, "\001\001");
}

static int
token_step(struct sasl *s, const char *in, size_t n, struct buf *out, struct err *e)
{
	struct by_token *t = (struct by_token *)s;

	if (!t->sent) {
		t->sent = s->finished = true;
		add_response(out, t);
		return 0;
	}
	if (t->refused)
		return err_set(e, EX_PROTOCOL,
			"%s: the server sent another challenge after the last response",
			s->pick.name);
	/*
	 * The challenge is a JSON error. It must be answered, so that the server sends its refusal (RFC 7628, section 3.2.3).
	 */
	t->refused = true;
	s->finished = false;
	buf_add(&s->said, in, n);
	buf_adds(out, strcmp(s->pick.name, "OAUTHBEARER") == 0 ? "\001" : "");
	return 0;
}

static void
token_free(struct sasl *s)
{
	free(s);
}

static const struct sasl_ops ops = {token_step, token_free};

/*
 * Is the string free of octets that could end its field in the message? A token is visible ASCII (RFC 6750, section
 * 2.1).
 */
static bool
is_clean(const char *s, bool token)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s; /* a plain char may be signed */

		if (c < (token ? 33 : 32) || c == 127 || (token && c > 127))
			return false;
	}
	return true;
}

struct sasl *
sasl_oauth(const struct sasl_params *params, struct err *e)
{
	const struct creds *c = params->creds;
	struct by_token *t;

	if (c->password == NULL || !is_clean(c->password, true)) {
		err_set(e, EX_DATAERR,
			"%s: the password is not a valid bearer token (RFC 6750: ASCII without "
			"blanks)",
			params->pick->name);
		return NULL;
	}
	if ((c->user != NULL && !is_clean(c->user, false)) ||
		(c->authzid != NULL && !is_clean(c->authzid, false))) {
		err_set(e, EX_DATAERR, "%s: control characters in the user name",
			params->pick->name);
		return NULL;
	}
	t = mem_zalloc(sizeof *t);
	t->sasl.ops = &ops;
	t->sasl.client_first = true;
	t->creds = c;
	t->host = params->host;
	t->port = params->port;
	return &t->sasl;
}
