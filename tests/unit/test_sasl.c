/* The client against libgsasl's server in the same process, and against servers that violate the protocol. */
#include "auth/sasl.h"

#include <stdlib.h>
#include <gsasl.h>

#include "auth/mech.h"
#include "auth/password.h"
#include "auth/sasl_ops.h"
#include "base/buf.h"
#include "base/err.h"
#include "check.h"

static char me[] = "m=e,\303\274", word[] = "ses\303\244m x", boss[] = "bo,ss";
static struct creds creds;
static struct mech_pick pick;
static struct sasl_params params;
static struct err e;

/* The state of the test's server. */
static struct {
	const char *password, *rounds;
	char user[64], authzid[64], plain[64];
	const char *exporter, *unique; /* base64 */
} srv;

static void
note(Gsasl_session *s, Gsasl_property prop, char *to, size_t size)
{
	const char *p = gsasl_property_fast(s, prop);

	snprintf(to, size, "%s", p != NULL ? p : "");
}

static int
server_property(Gsasl *ctx, Gsasl_session *s, Gsasl_property prop)
{
	(void)ctx;
	note(s, GSASL_AUTHID, srv.user, sizeof srv.user);
	note(s, GSASL_AUTHZID, srv.authzid, sizeof srv.authzid);
	switch (prop) {
	case GSASL_PASSWORD: return gsasl_property_set(s, prop, srv.password);
	case GSASL_SCRAM_ITER:
		return srv.rounds != NULL ? gsasl_property_set(s, prop, srv.rounds)
					  : GSASL_NO_CALLBACK;
	case GSASL_CB_TLS_EXPORTER:
		return srv.exporter != NULL ? gsasl_property_set(s, prop, srv.exporter)
					    : GSASL_NO_CALLBACK;
	case GSASL_CB_TLS_UNIQUE:
		return srv.unique != NULL ? gsasl_property_set(s, prop, srv.unique)
					  : GSASL_NO_CALLBACK;
	case GSASL_SERVICE: return gsasl_property_set(s, prop, "pop");
	case GSASL_HOSTNAME: return gsasl_property_set(s, prop, "h.example");
	case GSASL_VALIDATE_EXTERNAL: return GSASL_OK;
	case GSASL_VALIDATE_SIMPLE:
		note(s, GSASL_PASSWORD, srv.plain, sizeof srv.plain);
		return strcmp(srv.plain, srv.password) == 0 ? GSASL_OK : GSASL_AUTHENTICATION_ERROR;
	default: return GSASL_NO_CALLBACK;
	}
}

static void
set(const char *mech)
{
	snprintf(pick.name, sizeof pick.name, "%s", mech);
	pick.kind = MECH_SASL;
	pick.asked = pick.command = false;
	creds = (struct creds){.user = me, .password = word};
	params = (struct sasl_params){.pick = &pick,
		.creds = &creds,
		.host = "h.example",
		.port = 110,
		.service = "pop",
		.timeout = 20};
	memset(&srv, 0, sizeof srv);
	srv.password = word;
	err_clear(&e);
}

/* A function that changes the server's messages; NULL: they stay unchanged. */
static void (*tamper)(struct buf *in, unsigned round);

enum outcome { YES, NO, CLIENT_STOPPED };

/* Append one message of the server to `in`: GSASL_OK, GSASL_NEEDS_MORE, or the error. */
static int
serve(Gsasl_session *server, const struct buf *out, bool first, struct buf *in)
{
	char *answer = NULL;
	size_t n = 0;
	int rc = gsasl_step(server, first ? NULL : buf_str(out), first ? 0 : out->len, &answer, &n);

	buf_clear(in);
	if (answer != NULL)
		buf_add(in, answer, n);
	gsasl_free(answer);
	return rc;
}

static enum outcome
converse(Gsasl_session *server, struct sasl *s, bool initial)
{
	struct buf in = {0}, out = {0};
	enum outcome result = CLIENT_STOPPED;
	bool has = false;
	int rc = GSASL_NEEDS_MORE;

	if (initial && sasl_initial(s, &out, &has, &e) == -1)
		goto done;
	for (unsigned round = 0; rc == GSASL_NEEDS_MORE; round++) {
		rc = serve(server, &out, round == 0 && !has, &in);
		if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
			break;
		if (rc == GSASL_OK && in.len == 0)
			break;
		if (tamper != NULL)
			tamper(&in, round);
		buf_wipe(&out);
		if (sasl_step(s, in.data, in.len, &out, &e) == -1)
			goto done;
	}
	result = rc == GSASL_OK ? YES : NO;
	if (result == YES && sasl_accept(s, &e) == -1)
		result = CLIENT_STOPPED;
done:
	buf_wipe(&in);
	buf_wipe(&out);
	return result;
}

/* A whole login by params. */
static enum outcome
login(bool initial)
{
	enum outcome result = CLIENT_STOPPED;
	Gsasl_session *server;
	struct sasl *s;
	Gsasl *ctx;

	CHECK(gsasl_init(&ctx) == GSASL_OK);
	gsasl_callback_set(ctx, server_property);
	CHECK(gsasl_server_start(ctx, pick.name, &server) == GSASL_OK);
	if (sasl_start(&params, &s, &e) == 0) {
		result = converse(server, s, initial);
		sasl_free(s);
	}
	gsasl_finish(server);
	gsasl_done(ctx);
	return result;
}

static void
test_passwords(void)
{
	static const char *const names[] = {
		"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		for (int initial = 0; initial < 2; initial++) {
			set(names[i]);
			CHECK(login(initial) == YES);
			CHECK_STR(srv.user, me);
			srv.password = "wrong";
			CHECK(login(initial) == NO);
			if (e.status != 0)
				fprintf(stderr, "%s: %s\n", names[i], e.text);
		}
}

static void
test_authzid(void)
{
	static const char *const names[] = {"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		set(names[i]);
		creds.authzid = boss;
		CHECK(login(true) == YES);
		CHECK_STR(srv.authzid, boss);
	}
	set("EXTERNAL");
	creds = (struct creds){0};
	CHECK(login(true) == YES);
	creds.authzid = boss;
	CHECK(login(false) == YES);
	CHECK_STR(srv.authzid, boss);
}

static void
test_binding(void)
{
	static const char *const names[] = {"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		set(names[i]);
		params.binding = SASL_TLS_EXPORTER;
		params.binding_data = "exported key";
		params.binding_len = 12;
		srv.exporter = "ZXhwb3J0ZWQga2V5";
		CHECK(login(true) == YES);
		srv.exporter = "ZXhwb3J0ZWQga2V6"; /* a man in the middle: another TLS session */
		CHECK(login(true) == NO);
		srv.exporter = NULL;
		params.binding = SASL_TLS_UNIQUE;
		srv.unique = "ZXhwb3J0ZWQga2V5";
		CHECK(login(true) == YES);
		params.binding = SASL_NO_BINDING;
		CHECK(login(true) == CLIENT_STOPPED && e.status == EX_NOPERM);
	}
	/* A mechanism without -PLUS sends no channel binding, although this session has one. */
	set("SCRAM-SHA-256");
	params.binding = SASL_TLS_EXPORTER;
	params.binding_data = "exported key";
	params.binding_len = 12;
	srv.exporter = "ZXhwb3J0ZWQga2V5";
	CHECK(login(true) == YES);
}

static void
test_rounds(void)
{
	static const struct {
		const char *rounds;
		enum outcome outcome;
	} rows[] = {{"4096", YES}, {"20000", YES}, {"4095", CLIENT_STOPPED}, {"1", CLIENT_STOPPED},
		{"1000001", CLIENT_STOPPED}, {"4000000000", CLIENT_STOPPED}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		set("SCRAM-SHA-256");
		srv.rounds = rows[i].rounds;
		CHECK(login(true) == rows[i].outcome);
		CHECK(e.status == (rows[i].outcome == YES ? 0 : EX_NOPERM));
	}
}

static int
first(const char *text)
{
	return scram_check_first(text, strlen(text), 8, &e) == 0 ? 0 : e.status;
}

static void
test_first_message(void)
{
	CHECK(first("r=x,s=YQ==,i=4096") == 0);
	CHECK(first("r=x,s=YQ==,i=1000000,ext=y") == 0);
	CHECK(first("r=x,s=YQ==,i=1000001") == EX_NOPERM);
	CHECK(first("r=x,s=YQ==,i=18446744073709551616") == EX_NOPERM);
	CHECK(first("r=x,s=YQ==,i=18446744073709551615") == EX_NOPERM);
	CHECK(first("r=x,s=YQ==,i=-5000") == EX_PROTOCOL);
	CHECK(first("r=x,s=YQ==,i=5000x") == EX_PROTOCOL);
	CHECK(first("r=x,s=YQ==,i=") == EX_PROTOCOL);
	CHECK(first("r=x,s=YQ==") == EX_PROTOCOL);
	CHECK(first("m=x,r=x,s=YQ==,i=4096") == EX_PROTOCOL);
	CHECK(first("i=4096,r=x,s=YQ==,i=99999999") == EX_PROTOCOL);
	CHECK(first("") == EX_PROTOCOL);
	CHECK(first("e=unknown-user\n\033[31m") == EX_NOPERM);
	CHECK_STR(e.text, "SCRAM: the server refused the login: unknown-user");
	CHECK(scram_check_first("r=a,s=YQ==,i=1000000", 20, 64, &e) == 0);
	CHECK(scram_check_first("r=a,s=YQ==,i=1000000", 20, 65, &e) == -1 && e.status == EX_NOPERM);
	CHECK(scram_check_first("r=\0,s=YQ==,i=4096", 17, 8, &e) == -1 && e.status == EX_PROTOCOL);
}

static void
forge_final(struct buf *in, unsigned round)
{
	if (round == 1 && in->len > 4)
		in->data[2] = in->data[2] == 'A' ? 'B' : 'A';
}

static void
cut_final(struct buf *in, unsigned round)
{
	if (round == 1)
		in->len = in->len > 10 ? 10 : in->len;
}

static void
empty_final(struct buf *in, unsigned round)
{
	if (round == 1)
		buf_clear(in);
}

static void
other_nonce(struct buf *in, unsigned round)
{
	if (round == 0 && in->len > 4)
		in->data[2] = in->data[2] == 'A' ? 'B' : 'A';
}

static void
test_cheats(void)
{
	static void (*const cheats[])(struct buf *, unsigned) = {
		forge_final, cut_final, empty_final, other_nonce};

	for (size_t i = 0; i < sizeof cheats / sizeof cheats[0]; i++) {
		set("SCRAM-SHA-1");
		tamper = cheats[i];
		CHECK(login(true) == CLIENT_STOPPED);
		CHECK(e.status == EX_NOPERM ||
			(e.status == EX_PROTOCOL && cheats[i] != forge_final));
	}
	tamper = NULL;
}

/* A reply of success before the server's signature (RFC 5802, section 3) is an error. */
static void
test_early_yes(void)
{
	static const char *const names[] = {"SCRAM-SHA-256", "LOGIN", "CRAM-MD5", "DIGEST-MD5"};
	struct buf out = {0};
	struct sasl *s;
	bool has;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		set(names[i]);
		CHECK(sasl_start(&params, &s, &e) == 0);
		CHECK(sasl_initial(s, &out, &has, &e) == 0);
		CHECK(has == (i == 0));
		CHECK(sasl_accept(s, &e) == -1 && e.status == EX_NOPERM);
		sasl_free(s);
	}
	set("PLAIN");
	CHECK(sasl_start(&params, &s, &e) == 0);
	buf_clear(&out);
	CHECK(sasl_initial(s, &out, &has, &e) == 0 && has && out.len == sizeof me + sizeof word);
	CHECK(sasl_accept(s, &e) == 0);
	CHECK(sasl_step(s, "", 0, &out, &e) == -1 && e.status == EX_PROTOCOL);
	sasl_free(s);
	buf_wipe(&out);
}

int
main(void)
{
	test_passwords();
	test_authzid();
	test_binding();
	test_rounds();
	test_first_message();
	test_cheats();
	test_early_yes();
	return check_done();
}
