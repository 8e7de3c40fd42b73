#include "auth/sasl.h"
#include "auth/sasl_ops.h"

#include <stdlib.h>
#include <string.h>

#include <gsasl.h>

#include "auth/password.h"
#include "base/compat.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

/* A SASL exchange made by libgsasl. */
struct by_gsasl {
	struct sasl sasl;
	Gsasl *ctx;
	Gsasl_session *session;
	unsigned steps;
	bool scram;
	const char *service, *host;
	size_t password_len;
};

/* Properties that hold secrets. libgsasl frees them without overwriting them, so they are overwritten before. */
static const Gsasl_property secrets[] = {GSASL_PASSWORD, GSASL_SCRAM_SALTED_PASSWORD,
	GSASL_SCRAM_SERVERKEY, GSASL_SCRAM_STOREDKEY, GSASL_DIGEST_MD5_HASHED_PASSWORD,
	GSASL_CB_TLS_UNIQUE, GSASL_CB_TLS_EXPORTER};

static void
gsasl_side_free(struct sasl *s)
{
	struct by_gsasl *g = (struct by_gsasl *)s;

	for (size_t i = 0; g->session != NULL && i < sizeof secrets / sizeof secrets[0]; i++) {
		const char *p = gsasl_property_fast(g->session, secrets[i]);

		if (p != NULL)
			explicit_bzero((char *)(uintptr_t)p, strlen(p));
	}
	if (g->session != NULL)
		gsasl_finish(g->session);
	if (g->ctx != NULL)
		gsasl_done(g->ctx);
	free(g);
}

/* Map a return code of the library to an exit status. */
static int
failed(const struct by_gsasl *g, int rc, struct err *e)
{
	const char *name = g->sasl.pick.name;

	switch (rc) {
	case GSASL_MALLOC_ERROR:
	case GSASL_CRYPTO_ERROR: return err_set(e, EX_OSERR, "%s: %s", name, gsasl_strerror(rc));
	case GSASL_SASLPREP_ERROR:
		return err_set(e, EX_DATAERR,
			"%s: SASLprep forbids characters of the user name or password", name);
	case GSASL_MECHANISM_PARSE_ERROR:
	case GSASL_BASE64_ERROR:
	case GSASL_MECHANISM_CALLED_TOO_MANY_TIMES:
		return err_set(e, EX_PROTOCOL, "%s: the server sent a malformed challenge", name);
	case GSASL_GSSAPI_INIT_SEC_CONTEXT_ERROR:
		if (g->steps == 1)
			return err_set(e, EX_NOPERM,
				"%s: no Kerberos ticket for %s@%s (get one with kinit)", name,
				g->service, g->host);
		return err_set(e, EX_NOPERM,
			"%s: the server did not prove its identity; it may be an impostor", name);
	case GSASL_AUTHENTICATION_ERROR:
	case GSASL_INTEGRITY_ERROR:
		return err_set(e, EX_NOPERM,
			"%s: the server did not prove that it knows the password; it may be an "
			"impostor",
			name);
	default: return err_set(e, EX_NOPERM, "%s: %s", name, gsasl_strerror(rc));
	}
}

/* Check a challenge before the library parses it. */
static int
check_challenge(const struct by_gsasl *g, const char *in, size_t n, struct err *e)
{
	if (g->scram && g->steps == 1)
		return scram_check_first(in, n, g->password_len, e);
	if (g->scram && g->steps == 2)
		return scram_check_final(in, n, e);
	/*
	 * libntlm reads a struct of fixed size without a check of the length. A type 2 message has at least 32
	 * octets.
	 */
	if (strcmp(g->sasl.pick.name, "NTLM") == 0 && g->steps == 1 && n < 32)
		return err_set(e, EX_PROTOCOL, "NTLM: the challenge is too short");
	return 0;
}

static int
gsasl_side_step(struct sasl *s, const char *in, size_t n, struct buf *out, struct err *e)
{
	struct by_gsasl *g = (struct by_gsasl *)s;
	char *answer = NULL;
	size_t len = 0;
	int rc;

	if (s->finished)
		return err_set(e, EX_PROTOCOL,
			"%s: the server sent another challenge after the last response",
			s->pick.name);
	if (check_challenge(g, in, n, e) == -1)
		return -1;
	rc = gsasl_step(g->session, in, n, &answer, &len);
	g->steps++;
	if (answer != NULL) {
		buf_reserve(out, len);
		if (rc == GSASL_OK || rc == GSASL_NEEDS_MORE)
			buf_add(out, answer, len);
		explicit_bzero(answer, len);
		gsasl_free(answer);
	}
	s->finished = rc == GSASL_OK;
	return rc == GSASL_OK || rc == GSASL_NEEDS_MORE ? 0 : failed(g, rc, e);
}

static const struct sasl_ops ops = {gsasl_side_step, gsasl_side_free};

static bool
begins_here(const char *name)
{
	return strcmp(name, "LOGIN") != 0 && strcmp(name, "CRAM-MD5") != 0 &&
	       strcmp(name, "DIGEST-MD5") != 0;
}

static int
set_property(struct by_gsasl *g, Gsasl_property prop, const char *value)
{
	return value != NULL ? gsasl_property_set(g->session, prop, value) : GSASL_OK;
}

/*
 * Set channel binding only for -PLUS mechanisms. RFC 5802, section 6, demands the flag `y` in a SCRAM without -PLUS
 * if the server offers no -PLUS; libgsasl 2.2 rejects a message that it began with `y`, so the flag is `n`.
 */
static int
set_binding(struct by_gsasl *g, const struct sasl_params *p)
{
	size_t n = strlen(p->pick->name);
	struct buf b64 = {0};
	int rc;

	if (n < 5 || strcmp(p->pick->name + n - 5, "-PLUS") != 0 || p->binding == SASL_NO_BINDING)
		return GSASL_OK;
	digest_base64(&b64, p->binding_data, p->binding_len);
	rc = gsasl_property_set(g->session,
		p->binding == SASL_TLS_UNIQUE ? GSASL_CB_TLS_UNIQUE : GSASL_CB_TLS_EXPORTER,
		buf_str(&b64));
	buf_wipe(&b64);
	return rc;
}

/* Kerberos mechanisms: the ticket names the client, and --user names the account to log in to. */
static bool
is_kerberos(const char *name)
{
	return strcmp(name, "GSSAPI") == 0 || strcmp(name, "GS2-KRB5") == 0;
}

static int
set_properties(struct by_gsasl *g, const struct sasl_params *p)
{
	const struct creds *c = p->creds;
	int rc = set_property(g, GSASL_AUTHID, c->user);

	if (rc == GSASL_OK)
		rc = set_property(g, GSASL_AUTHZID,
			c->authzid == NULL && is_kerberos(p->pick->name) ? c->user : c->authzid);
	if (rc == GSASL_OK)
		rc = set_property(g, GSASL_PASSWORD, c->password);
	if (rc == GSASL_OK)
		rc = set_property(g, GSASL_SERVICE, p->service);
	if (rc == GSASL_OK)
		rc = set_property(g, GSASL_HOSTNAME, p->host);
	return rc == GSASL_OK ? set_binding(g, p) : rc;
}

struct sasl *
sasl_gsasl(const struct sasl_params *params, struct err *e)
{
	struct by_gsasl *g = mem_zalloc(sizeof *g);
	int rc = gsasl_init(&g->ctx);

	g->service = params->service;
	g->password_len = params->creds->password != NULL ? strlen(params->creds->password) : 0;
	g->host = params->host;
	g->sasl.ops = &ops;
	g->sasl.pick = *params->pick;
	g->sasl.client_first = begins_here(params->pick->name);
	g->scram = text_starts(params->pick->name, "SCRAM-");
	if (rc == GSASL_OK)
		rc = gsasl_client_start(g->ctx, params->pick->name, &g->session);
	if (rc == GSASL_OK)
		rc = set_properties(g, params);
	/* The Kerberos library contacts the KDC with timeouts of its own, so the exchange runs in a child process. */
	if (rc == GSASL_OK && is_kerberos(params->pick->name))
		return sasl_apart(&g->sasl, "waiting for Kerberos", params->timeout, e);
	if (rc == GSASL_OK)
		return &g->sasl;
	failed(g, rc, e);
	gsasl_side_free(&g->sasl);
	return NULL;
}

const char *
sasl_library(void)
{
	return gsasl_check_version(NULL);
}
