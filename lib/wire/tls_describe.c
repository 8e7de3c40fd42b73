#include "wire/tls_describe.h"

#include "base/buf.h"
#include "base/text.h"
#include "mail/date.h"
#include "wire/tls.h"
#include "wire/tls_pin.h"

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
