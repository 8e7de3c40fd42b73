#include "cmd/common_verbs.h"

#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cmd/print.h"
#include "mail/date.h"
#include "wire/tls_describe.h"
#include "wire/tls_pin.h"

/* ---- capabilities ------------------------------------------------------------------------------ */

void
caps_json(struct json *j, const struct cap *caps, size_t ncaps)
{
	json_open(j, '{');
	for (size_t i = 0; i < ncaps; i++) {
		const char *p = caps[i].args, *end = p + caps[i].args_len, *word;
		size_t n;

		json_key_n(j, caps[i].name, caps[i].name_len);
		json_open(j, '[');
		while ((word = text_word(&p, end, &n)) != NULL)
			json_str(j, word, n);
		json_close(j, ']');
	}
	json_close(j, '}');
}

static void
add_cap(struct buf *b, const struct cap *cap)
{
	buf_add(b, cap->name, cap->name_len);
	if (cap->args_len != 0)
		buf_addc(b, ' ');
	buf_add(b, cap->args, cap->args_len);
	buf_addc(b, '\n');
}

/* Print the lines of a text, each ended by LF, and free it. */
static int
print_lines(struct session *s, struct buf *b, struct err *e)
{
	int rc = b->len != 0 ? reply_print(s, 0, b->data, b->len - 1, e) : 0;

	buf_free(b);
	return rc;
}

int
caps_print(struct session *s, const struct cap *caps, size_t ncaps, struct err *e)
{
	struct buf b = {0};

	if (s->out->json) {
		caps_json(s->out->json, caps, ncaps);
		return out_end_record(s->out, e);
	}
	for (size_t i = 0; i < ncaps; i++)
		add_cap(&b, &caps[i]);
	return print_lines(s, &b, e);
}

/* ---- info as JSON ------------------------------------------------------------------------------ */

static void
string_json(struct json *j, const char *key, const char *value)
{
	json_key(j, key);
	json_s(j, value);
}

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
	string_json(j, key, buf_str(&date));
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
	string_json(j, "subject", cert->subject);
	string_json(j, "issuer", cert->issuer);
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

/* The keys tls, certificate and pins. t NULL: the connection has no TLS. */
static void
tls_json(struct json *j, const struct tls_info *t)
{
	bool certified = t != NULL && t->ncerts != 0;

	json_key(j, "tls");
	if (t == NULL) {
		json_null(j);
	} else {
		json_open(j, '{');
		string_json(j, "version", t->version);
		string_json(j, "cipher", t->cipher);
		bool_json(j, "verified", t->verified);
		bool_json(j, "resumed", t->resumed);
		string_json(j, "problem", t->problem);
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

static int
info_json(struct session *s, const struct info *i, const struct tls_info *t, struct err *e)
{
	struct json *j = s->out->json;
	bool named = i->software != NULL && *i->software != '\0';

	json_open(j, '{');
	json_key(j, "greeting");
	json_str(j, buf_str(&s->c.greeting), s->c.greeting.len);
	string_json(j, "software", named ? i->software : NULL);
	json_key(j, "capabilities");
	caps_json(j, i->caps, i->ncaps);
	open_json(j, "limits", '{');
	for (size_t k = 0; k < i->nlimits; k++) {
		json_key(j, i->limits[k].name);
		json_u(j, i->limits[k].value);
	}
	json_close(j, '}');
	if (i->compression != NULL)
		string_json(j, "compression", i->compression);
	tls_json(j, t);
	json_close(j, '}');
	return out_end_record(s->out, e);
}

/* ---- info as text ------------------------------------------------------------------------------ */

static int
info_text(struct session *s, const struct info *i, const struct tls_info *t, struct err *e)
{
	const char *greeting = buf_str(&s->c.greeting), *line;
	struct buf b = {0};
	size_t n;

	while ((line = text_line(&greeting, &n)) != NULL)
		buf_addf(&b, "greeting: %.*s\n", (int)n, line);
	if (i->software != NULL && *i->software != '\0')
		buf_addf(&b, "software: %s\n", i->software);
	for (size_t k = 0; k < i->ncaps; k++) {
		buf_adds(&b, "capability: ");
		add_cap(&b, &i->caps[k]);
	}
	for (size_t k = 0; k < i->nlimits; k++)
		buf_addf(&b, "limit: %s %ju\n", i->limits[k].name, (uintmax_t)i->limits[k].value);
	if (i->compression != NULL)
		buf_addf(&b, "compression: %s\n", i->compression);
	tls_describe(t, &b);
	return print_lines(s, &b, e);
}

int
info_print(struct session *s, const struct info *i, struct err *e)
{
	struct tls_info t;
	bool secure = s->c.conn != NULL && s->c.conn->tls != NULL;

	if (secure)
		tls_info(s->c.conn->tls, &t);
	return s->out->json ? info_json(s, i, secure ? &t : NULL, e)
			    : info_text(s, i, secure ? &t : NULL, e);
}

void
info_print_distrusted(struct session *s)
{
	static const struct info nothing;
	struct err ignored = {0};
	struct tls_info t;

	if (s->c.conn == NULL || s->c.conn->tls == NULL)
		return;
	tls_info(s->c.conn->tls, &t);
	if (!t.verified && info_print(s, &nothing, &ignored) == 0)
		(void)out_flush(s->out, &ignored);
}
