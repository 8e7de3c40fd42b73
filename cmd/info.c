#include "cmd/common_verbs.h"

#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/text.h"
#include "cmd/print.h"

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
cap_line(const struct cap *cap, struct buf *line)
{
	buf_add(line, cap->name, cap->name_len);
	if (cap->args_len != 0)
		buf_addc(line, ' ');
	buf_add(line, cap->args, cap->args_len);
}

int
caps_print(struct session *s, const struct cap *caps, size_t ncaps, struct err *e)
{
	struct buf line = {0};
	int rc = 0;

	if (s->out->json) {
		caps_json(s->out->json, caps, ncaps);
		return out_end_record(s->out, e);
	}
	for (size_t i = 0; rc == 0 && i < ncaps; i++) {
		buf_clear(&line);
		cap_line(&caps[i], &line);
		rc = out_line(s->out, line.data, line.len, e);
	}
	buf_free(&line);
	return rc;
}

/* ---- info -------------------------------------------------------------------------------------- */

static void
iso_time(int64_t at, char out[32])
{
	time_t t = (time_t)at;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
}

static void
pin_text(const unsigned char hash[32], struct buf *out)
{
	buf_clear(out);
	buf_adds(out, "sha256:");
	digest_hex(out, hash, 32);
}

/* Print the names of a certificate, one on each line of the text, as an array. */
static void
names_json(struct json *j, const char *names)
{
	json_open(j, '[');
	while (names != NULL && *names != '\0') {
		size_t n = strcspn(names, "\n");

		json_str(j, names, n);
		names += n + (names[n] == '\n');
	}
	json_close(j, ']');
}

/* The keys that every certificate of the chain has; the object is left open. */
static void
certificate_begin(struct json *j, const struct tls_cert *cert)
{
	char date[32];

	json_open(j, '{');
	json_key(j, "subject");
	json_s(j, cert->subject);
	json_key(j, "issuer");
	json_s(j, cert->issuer);
	iso_time(cert->not_before, date);
	json_key(j, "not-before");
	json_s(j, date);
	iso_time(cert->not_after, date);
	json_key(j, "not-after");
	json_s(j, date);
}

/* The server's own certificate, and the others that came with it. */
static void
certificate_json(struct json *j, const struct tls_info *t)
{
	certificate_begin(j, &t->certs[0]);
	json_key(j, "names");
	names_json(j, t->certs[0].names);
	json_key(j, "chain");
	json_open(j, '[');
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
	struct buf pin = {0};

	json_key(j, "tls");
	if (t == NULL) {
		json_null(j);
	} else {
		json_open(j, '{');
		json_key(j, "version");
		json_s(j, t->version);
		json_key(j, "cipher");
		json_s(j, t->cipher);
		json_key(j, "verified");
		json_bool(j, t->verified);
		json_key(j, "resumed");
		json_bool(j, t->resumed);
		json_key(j, "problem");
		json_s(j, t->problem);
		json_close(j, '}');
	}
	json_key(j, "certificate");
	if (t == NULL || t->ncerts == 0)
		json_null(j);
	else
		certificate_json(j, t);
	json_key(j, "pins");
	json_open(j, '[');
	if (t != NULL && t->ncerts != 0) {
		pin_text(t->certs[0].fingerprint, &pin);
		json_str(j, pin.data, pin.len);
		pin_text(t->certs[0].key, &pin);
		json_str(j, pin.data, pin.len);
	}
	json_close(j, ']');
	buf_free(&pin);
}

static int
info_json(struct session *s, const struct info *i, const struct tls_info *t, struct err *e)
{
	struct json *j = s->out->json;

	json_open(j, '{');
	json_key(j, "greeting");
	json_str(j, buf_str(&s->c.greeting), s->c.greeting.len);
	json_key(j, "software");
	json_s(j, i->software != NULL && *i->software != '\0' ? i->software : NULL);
	json_key(j, "capabilities");
	caps_json(j, i->caps, i->ncaps);
	json_key(j, "limits");
	json_open(j, '{');
	for (size_t k = 0; k < i->nlimits; k++) {
		json_key(j, i->limits[k].name);
		json_u(j, i->limits[k].value);
	}
	json_close(j, '}');
	if (i->compression != NULL) {
		json_key(j, "compression");
		json_s(j, i->compression);
	}
	tls_json(j, t);
	json_close(j, '}');
	return out_end_record(s->out, e);
}

static int
line_of(struct session *s, const char *key, const char *p, size_t n, struct err *e)
{
	if (out_text(s->out, key, strlen(key), e) == -1 || out_text(s->out, ": ", 2, e) == -1)
		return -1;
	return out_line(s->out, p, n, e);
}

static int
string_of(struct session *s, const char *key, const char *text, struct err *e)
{
	return text != NULL && *text != '\0' ? line_of(s, key, text, strlen(text), e) : 0;
}

/* Print each line of a text as a record with the same key. */
static int
lines_of(struct session *s, const char *key, const char *text, struct err *e)
{
	while (text != NULL && *text != '\0') {
		size_t n = strcspn(text, "\n");

		if (line_of(s, key, text, n, e) == -1)
			return -1;
		text += n + (text[n] == '\n');
	}
	return 0;
}

static int
certificate_text(struct session *s, const struct tls_cert *cert, struct err *e)
{
	struct buf pin = {0};
	char date[32];
	int rc = -1;

	if (string_of(s, "certificate", cert->subject, e) == -1 ||
		string_of(s, "issuer", cert->issuer, e) == -1 ||
		lines_of(s, "name", cert->names, e) == -1)
		return -1;
	iso_time(cert->not_before, date);
	if (string_of(s, "not-before", date, e) == -1)
		return -1;
	iso_time(cert->not_after, date);
	if (string_of(s, "not-after", date, e) == -1)
		return -1;
	pin_text(cert->fingerprint, &pin);
	if (line_of(s, "pin", pin.data, pin.len, e) == 0) {
		pin_text(cert->key, &pin);
		rc = line_of(s, "key-pin", pin.data, pin.len, e);
	}
	buf_free(&pin);
	return rc;
}

/* Print the other certificates of the chain, one on each line. */
static int
chain_text(struct session *s, const struct tls_info *t, struct err *e)
{
	struct buf line = {0};
	char date[32];
	int rc = 0;

	for (size_t i = 1; rc == 0 && i < t->ncerts; i++) {
		iso_time(t->certs[i].not_after, date);
		buf_clear(&line);
		buf_addf(&line, "%s (until %s)", t->certs[i].subject, date);
		rc = line_of(s, "chain", line.data, line.len, e);
	}
	buf_free(&line);
	return rc;
}

static int
tls_text(struct session *s, const struct tls_info *t, struct err *e)
{
	struct buf line = {0};
	int rc;

	if (t == NULL)
		return string_of(s, "tls", "none", e);
	buf_addf(&line, "%s %s%s", t->version, t->cipher, t->resumed ? " (resumed)" : "");
	rc = line_of(s, "tls", line.data, line.len, e);
	buf_free(&line);
	if (rc == 0)
		rc = string_of(s, "verified", t->verified ? "yes" : "no", e);
	if (rc == 0)
		rc = string_of(s, "problem", t->problem, e);
	if (rc == 0 && t->ncerts != 0)
		rc = certificate_text(s, &t->certs[0], e);
	return rc == 0 ? chain_text(s, t, e) : rc;
}

static int
info_text(struct session *s, const struct info *i, const struct tls_info *t, struct err *e)
{
	struct buf line = {0};
	int rc = lines_of(s, "greeting", buf_str(&s->c.greeting), e);

	if (rc == 0)
		rc = string_of(s, "software", i->software, e);
	for (size_t k = 0; rc == 0 && k < i->ncaps; k++) {
		buf_clear(&line);
		cap_line(&i->caps[k], &line);
		rc = line_of(s, "capability", line.data, line.len, e);
	}
	for (size_t k = 0; rc == 0 && k < i->nlimits; k++) {
		buf_clear(&line);
		buf_addf(&line, "%s %ju", i->limits[k].name, (uintmax_t)i->limits[k].value);
		rc = line_of(s, "limit", line.data, line.len, e);
	}
	buf_free(&line);
	if (rc == 0)
		rc = string_of(s, "compression", i->compression, e);
	return rc == 0 ? tls_text(s, t, e) : -1;
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
