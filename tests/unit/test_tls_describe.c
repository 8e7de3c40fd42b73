/* The facts about a TLS connection as text. */
#include "wire/tls_describe.h"

#include "base/buf.h"
#include "base/json.h"
#include "check.h"
#include "wire/tls.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static const char *
describe(const struct tls_info *t)
{
	static struct buf b;

	buf_clear(&b);
	tls_describe(t, &b);
	return buf_str(&b);
}

static const char *
describe_json(const struct tls_info *t)
{
	static struct buf b;
	struct json j = {.to = &b};

	buf_clear(&b);
	json_open(&j, '{');
	tls_describe_json(t, &j);
	json_close(&j, '}');
	return buf_str(&b);
}

int
main(void)
{
	struct tls_cert certs[] = {
		{.subject = (char *)"CN=a", .issuer = (char *)"", .not_after = 1795134896},
		{.subject = (char *)"CN=root", .not_after = INT64_C(4102444800)}};
	struct tls_info t = {.version = "TLS1.3", .cipher = "AES"};

	CHECK_TEXT(describe(NULL), "tls: none\n");
	CHECK_TEXT(describe(&t), "tls: TLS1.3 AES\nverified: no\n");
	certs[0].names = (char *)"a.example\nb.example\n";
	certs[0].key[31] = 0xf;
	t.verified = t.resumed = true;
	t.problem = "";
	t.ncerts = 2;
	t.certs = certs;
	CHECK_TEXT(describe(&t),
		"tls: TLS1.3 AES (resumed)\nverified: yes\ncertificate: CN=a\nname: a.example\n"
		"name: b.example\nnot-before: 1970-01-01T00:00:00Z\n"
		"not-after: 2026-11-20T00:34:56Z\npin: sha256:" ZEROS "\nkey-pin: sha256:"
		"000000000000000000000000000000000000000000000000000000000000000f\n"
		"chain: CN=root (until 2100-01-01T00:00:00Z)\n");
	CHECK_TEXT(describe_json(&t),
		"{\"tls\": {\"version\": \"TLS1.3\", \"cipher\": \"AES\", \"verified\": true, "
		"\"resumed\": true, \"problem\": \"\"}, \"certificate\": {\"subject\": \"CN=a\", "
		"\"issuer\": \"\", \"not-before\": \"1970-01-01T00:00:00Z\", \"not-after\": "
		"\"2026-11-20T00:34:56Z\", \"names\": [\"a.example\", \"b.example\"], \"chain\": "
		"[{\"subject\": \"CN=root\", \"issuer\": null, \"not-before\": "
		"\"1970-01-01T00:00:00Z\", \"not-after\": \"2100-01-01T00:00:00Z\"}]}, \"pins\": "
		"[\"sha256:" ZEROS "\", \"sha256:"
		"000000000000000000000000000000000000000000000000000000000000000f\"]}");
	CHECK_TEXT(describe_json(NULL), "{\"tls\": null, \"certificate\": null, \"pins\": []}");
	t.verified = false;
	t.problem = "expired";
	t.ncerts = 0;
	CHECK_TEXT(describe(&t), "tls: TLS1.3 AES (resumed)\nverified: no\nproblem: expired\n");
	return check_done();
}
