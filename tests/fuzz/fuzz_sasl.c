/* A SASL exchange with a server that sends any octets: it is bounded, and never succeeds without proof. */
#include <string.h>

#include "auth/mech.h"
#include "auth/password.h"
#include "auth/sasl.h"
#include "base/buf.h"
#include "fuzz.h"

static const char *const mechs[] = {"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256",
	"SCRAM-SHA-256-PLUS", "XOAUTH2", "OAUTHBEARER", "DIGEST-MD5"};

/* The challenges are the lines of the input. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char user[] = "me", password[] = "sesame";
	struct creds creds = {.user = user, .password = password};
	struct mech_pick pick = {.kind = MECH_SASL};
	struct sasl_params params = {.pick = &pick,
		.creds = &creds,
		.host = "h.example",
		.port = 110,
		.service = "pop",
		.binding = SASL_TLS_EXPORTER,
		.binding_data = "0123456789abcdef0123456789abcdef",
		.binding_len = 32,
		.timeout = 1};
	const char *p = (const char *)data + 1, *end = (const char *)data + n;
	struct sasl *s;
	struct buf out = {0};
	struct err e = {0};
	bool has;
	int rc;

	if (n == 0)
		return 0;
	strcpy(pick.name, mechs[data[0] % (sizeof mechs / sizeof mechs[0])]);
	if (sasl_start(&params, &s, &e) == -1) {
		MUST(e.status != 0);
		return 0;
	}
	rc = data[0] & 128 ? 0 : sasl_initial(s, &out, &has, &e);
	for (int i = 0; rc == 0 && p < end && i < 10; i++) {
		const char *lf = memchr(p, '\n', (size_t)(end - p)), *stop = lf != NULL ? lf : end;

		rc = sasl_step(s, p, (size_t)(stop - p), &out, &e);
		MUST(rc == 0 || e.status == EX_NOPERM || e.status == EX_PROTOCOL);
		MUST(out.len < 100000);
		p = stop + 1;
	}
	/* The fuzzed server does not know the password, so SCRAM and DIGEST-MD5 must never succeed. */
	if (strncmp(pick.name, "SCRAM", 5) == 0 || strcmp(pick.name, "DIGEST-MD5") == 0)
		MUST(sasl_accept(s, &e) == -1);
	sasl_explain(s, &e);
	sasl_free(s);
	buf_free(&out);
	return 0;
}
