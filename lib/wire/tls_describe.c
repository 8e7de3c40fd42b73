#include "wire/tls_describe.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "mail/date.h"
#include "wire/tls.h"
#include "wire/tls_pin.h"

/* ---- as text ----------------------------------------------------------------------------------- */

/* Append a line, unless the text is empty or NULL. */
static void
add_text(struct buf *out, const char *key, const char *text)
{
	if (text != NULL && *text != '\0')
		buf_addf(out, "%s: %s\n", key, text);
}

static void
add_date(struct buf *out, const char *key, int64_t at)
{
	struct buf date = {0};

	date_utc((time_t)at, &date);
	add_text(out, key, buf_str(&date));
	buf_free(&date);
}

static void
add_pin(struct buf *out, const char *key, const unsigned char pin[TLS_PIN])
{
	buf_addf(out, "%s: ", key);
	tls_pin_add(out, pin);
	buf_addc(out, '\n');
}

static void
add_own_certificate(struct buf *out, const struct tls_cert *cert)
{
	const char *names = cert->names, *name;
	size_t n;

	add_text(out, "certificate", cert->subject);
	add_text(out, "issuer", cert->issuer);
	while ((name = text_line(&names, &n)) != NULL)
		buf_addf(out, "name: %.*s\n", (int)n, name);
	add_date(out, "not-before", cert->not_before);
	add_date(out, "not-after", cert->not_after);
	add_pin(out, "pin", cert->fingerprint);
	add_pin(out, "key-pin", cert->key);
}

void
tls_describe(const struct tls_info *t, struct buf *out)
{
	if (t == NULL) {
		add_text(out, "tls", "none");
		return;
	}
	buf_addf(out, "tls: %s %s%s\n", t->version, t->cipher, t->resumed ? " (resumed)" : "");
	add_text(out, "verified", t->verified ? "yes" : "no");
	add_text(out, "problem", t->problem);
	for (size_t i = 0; i < t->ncerts; i++) {
		if (i == 0) {
			add_own_certificate(out, &t->certs[0]);
			continue;
		}
		buf_addf(out, "chain: %s (until ", t->certs[i].subject);
		date_utc((time_t)t->certs[i].not_after, out);
		buf_adds(out, ")\n");
	}
}

/* ---- as JSON ----------------------------------------------------------------------------------- */

static void
bool_json(struct json *j, const char *key, bool value)
{
	json_key(j, key);
	json_bool(j, value);
}

static void
open_json(struct json *j, const char *key, char bracket)
{
	json_key(j, key);
	json_open(j, bracket);
}

static void
date_json(struct json *j, const char *key, int64_t at)
{
	struct buf date = {0};

	date_utc((time_t)at, &date);
	json_key_s(j, key, buf_str(&date));
	buf_free(&date);
}

static void
pin_json(struct json *j, const unsigned char pin[TLS_PIN])
{
	struct buf text = {0};

	tls_pin_add(&text, pin);
	json_str(j, text.data, text.len);
	buf_free(&text);
}

/* The keys that every certificate of the chain has; the object is left open. */
static void
certificate_begin(struct json *j, const struct tls_cert *cert)
{
	json_open(j, '{');
	json_key_s(j, "subject", cert->subject);
	json_key_s(j, "issuer", cert->issuer);
	date_json(j, "not-before", cert->not_before);
	date_json(j, "not-after", cert->not_after);
}

/* The server's own certificate, and the others that came with it. */
static void
certificate_json(struct json *j, const struct tls_info *t)
{
	const char *names = t->certs[0].names, *name;
	size_t n;

	certificate_begin(j, &t->certs[0]);
	open_json(j, "names", '[');
	while ((name = text_line(&names, &n)) != NULL)
		json_str(j, name, n);
	json_close(j, ']');
	open_json(j, "chain", '[');
	for (size_t i = 1; i < t->ncerts; i++) {
		certificate_begin(j, &t->certs[i]);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

void
tls_describe_json(const struct tls_info *t, struct json *j)
{
	bool certified = t != NULL && t->ncerts != 0;

	json_key(j, "tls");
	if (t == NULL) {
		json_null(j);
	} else {
		json_open(j, '{');
		json_key_s(j, "version", t->version);
		json_key_s(j, "cipher", t->cipher);
		bool_json(j, "verified", t->verified);
		bool_json(j, "resumed", t->resumed);
		json_key_s(j, "problem", t->problem);
		json_close(j, '}');
	}
	json_key(j, "certificate");
	if (certified)
		certificate_json(j, t);
	else
		json_null(j);
	open_json(j, "pins", '[');
	if (certified) {
		pin_json(j, t->certs[0].fingerprint);
		pin_json(j, t->certs[0].key);
	}
	json_close(j, ']');
}
