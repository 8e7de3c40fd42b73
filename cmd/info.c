#include "cmd/common_verbs.h"

#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/text.h"
#include "cmd/print.h"

/* ---- capabilities ------------------------------------------------------------------------------ */

void
caps_json(struct out *o, const struct cap *caps, size_t ncaps)
{
	json_open(o, '{');
	for (size_t i = 0; i < ncaps; i++) {
		const char *p = caps[i].args, *end = p + caps[i].args_len, *word;
		size_t n;

		json_key_n(o, caps[i].name, caps[i].name_len);
		json_open(o, '[');
		while ((word = text_word(&p, end, &n)) != NULL)
			json_str(o, word, n);
		json_close(o, ']');
	}
	json_close(o, '}');
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
		caps_json(s->out, caps, ncaps);
		return json_end_line(s->out, e);
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
names_json(struct out *o, const char *names)
{
	json_open(o, '[');
	while (names != NULL && *names != '\0') {
		size_t n = strcspn(names, "\n");

		json_str(o, names, n);
		names += n + (names[n] == '\n');
	}
	json_close(o, ']');
}

/* The keys that every certificate of the chain has; the object is left open. */
static void
certificate_begin(struct out *o, const struct tls_cert *cert)
{
	char date[32];

	json_open(o, '{');
	json_key(o, "subject");
	json_s(o, cert->subject);
	json_key(o, "issuer");
	json_s(o, cert->issuer);
	iso_time(cert->not_before, date);
	json_key(o, "not-before");
	json_s(o, date);
	iso_time(cert->not_after, date);
	json_key(o, "not-after");
	json_s(o, date);
}

/* The server's own certificate, and the others that came with it. */
static void
certificate_json(struct out *o, const struct tls_info *t)
{
	certificate_begin(o, &t->certs[0]);
	json_key(o, "names");
	names_json(o, t->certs[0].names);
	json_key(o, "chain");
	json_open(o, '[');
	for (size_t i = 1; i < t->ncerts; i++) {
		certificate_begin(o, &t->certs[i]);
		json_close(o, '}');
	}
	json_close(o, ']');
	json_close(o, '}');
}

/* The keys tls, certificate and pins. t NULL: the connection has no TLS. */
static void
tls_json(struct out *o, const struct tls_info *t)
{
	struct buf pin = {0};

	json_key(o, "tls");
	if (t == NULL) {
		json_null(o);
	} else {
		json_open(o, '{');
		json_key(o, "version");
		json_s(o, t->version);
		json_key(o, "cipher");
		json_s(o, t->cipher);
		json_key(o, "verified");
		json_bool(o, t->verified);
		json_key(o, "resumed");
		json_bool(o, t->resumed);
		json_key(o, "problem");
		json_s(o, t->problem);
		json_close(o, '}');
	}
	json_key(o, "certificate");
	if (t == NULL || t->ncerts == 0)
		json_null(o);
	else
		certificate_json(o, t);
	json_key(o, "pins");
	json_open(o, '[');
	if (t != NULL && t->ncerts != 0) {
		pin_text(t->certs[0].fingerprint, &pin);
		json_str(o, pin.data, pin.len);
		pin_text(t->certs[0].key, &pin);
		json_str(o, pin.data, pin.len);
	}
	json_close(o, ']');
	buf_free(&pin);
}

static int
info_json(struct session *s, const struct info *i, const struct tls_info *t, struct err *e)
{
	struct out *o = s->out;

	json_open(o, '{');
	json_key(o, "greeting");
	json_str(o, buf_str(&s->c.greeting), s->c.greeting.len);
	json_key(o, "software");
	json_s(o, i->software != NULL && *i->software != '\0' ? i->software : NULL);
	json_key(o, "capabilities");
	caps_json(o, i->caps, i->ncaps);
	json_key(o, "limits");
	json_open(o, '{');
	for (size_t k = 0; k < i->nlimits; k++) {
		json_key(o, i->limits[k].name);
		json_u(o, i->limits[k].value);
	}
	json_close(o, '}');
	if (i->compression != NULL) {
		json_key(o, "compression");
		json_s(o, i->compression);
	}
	tls_json(o, t);
	json_close(o, '}');
	return json_end_line(o, e);
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
