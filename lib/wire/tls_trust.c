/* tls, fourth part: trust anchors, from a file or from the system's store. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/compat.h"
#include "base/digest.h"
#include "base/wait.h"
#include "wire/tls_priv.h"

/* The tags of DER (X.690) that lead to the names of a certificate (RFC 5280, section 4.1). */
#define DER_SEQUENCE 0x30
#define DER_VERSION  0xa0

/* Base64 digits of an anchor that are decoded to find its subject: 480 octets, more than names usually need. */
#define DIGITS 640

static const char pem_begin[] = "-----BEGIN CERTIFICATE-----";
static const char pem_end[] = "-----END CERTIFICATE-----";

/* ---- names in certificates --------------------------------------------------------------------- */

struct der {
	const unsigned char *p, *end;
};

/* Read the tag and the length of an element; d->p is at its content then. The content may be cut off. */
static bool
der_header(struct der *d, unsigned char *tag, size_t *n)
{
	size_t left = (size_t)(d->end - d->p);
	unsigned octets;

	if (left < 2)
		return false;
	*tag = d->p[0];
	*n = d->p[1];
	octets = d->p[1] & 0x7f;
	d->p += 2;
	if (*n < 0x80)
		return true;
	if (octets == 0 || octets > 4 || octets > left - 2)
		return false;
	for (*n = 0; octets > 0; octets--)
		*n = *n << 8 | *d->p++;
	return true;
}

/* Read one whole element, header and content. */
static bool
der_element(struct der *d, gnutls_datum_t *out)
{
	unsigned char tag;
	size_t n;

	out->data = (unsigned char *)(uintptr_t)d->p;
	if (!der_header(d, &tag, &n) || n > (size_t)(d->end - d->p))
		return false;
	d->p += n;
	out->size = (unsigned)(d->p - out->data);
	return true;
}

/* The names of issuer and subject in a certificate, or in its beginning; false: not found. */
static bool
names_of(const void *cert, size_t n, gnutls_datum_t *issuer, gnutls_datum_t *subject)
{
	struct der d = {cert, (const unsigned char *)cert + n};
	gnutls_datum_t scrap;
	unsigned char tag;
	size_t len;

	if (!der_header(&d, &tag, &len) || tag != DER_SEQUENCE || !der_header(&d, &tag, &len) ||
		tag != DER_SEQUENCE)
		return false;
	if (d.p < d.end && *d.p == DER_VERSION && !der_element(&d, &scrap))
		return false;
	/* Serial number and signature algorithm; after the issuer, the dates. */
	return der_element(&d, &scrap) && der_element(&d, &scrap) && der_element(&d, issuer) &&
	       der_element(&d, &scrap) && der_element(&d, subject);
}

static bool
same_name(const gnutls_datum_t *a, const gnutls_datum_t *b)
{
	return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* ---- choosing anchors -------------------------------------------------------------------------- */

/* The beginning of a certificate in base64, decoded into `out`. */
static bool
decode_beginning(const char *p, const char *end, struct buf *digits, struct buf *out)
{
	buf_clear(digits);
	buf_clear(out);
	while (p < end && digits->len < DIGITS) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((eol != NULL ? eol : end) - p);

		buf_add(digits, p, n > 0 && p[n - 1] == '\r' ? n - 1 : n);
		p += n + (eol != NULL);
	}
	return digest_unbase64(out, digits->data, digits->len < DIGITS ? digits->len : DIGITS);
}

/* Is the subject of this anchor an issuer or a subject in the chain? True also if the subject was not found. */
static bool
concerns(const struct buf *anchor, const gnutls_datum_t *names, size_t n)
{
	gnutls_datum_t issuer, subject;

	if (!names_of(anchor->data, anchor->len, &issuer, &subject))
		return true;
	for (size_t i = 0; i < n; i++)
		if (same_name(&names[i], &subject))
			return true;
	return false;
}

size_t
tls_choose_anchors(
	const char *store, size_t n, const gnutls_datum_t *chain, size_t nchain, struct buf *out)
{
	gnutls_datum_t names[2 * TLS_CHAIN];
	struct buf digits = {0}, beginning = {0};
	const char *end = store + n, *p = store;
	size_t nnames = 0, found = 0;

	for (size_t i = 0; i < nchain && i < TLS_CHAIN; i++)
		if (names_of(chain[i].data, chain[i].size, &names[nnames], &names[nnames + 1]))
			nnames += 2;
	while ((p = memmem(p, (size_t)(end - p), pem_begin, strlen(pem_begin))) != NULL) {
		const char *body = p + strlen(pem_begin), *stop;

		body += strspn(body, "\r\n");
		stop = memmem(body, (size_t)(end - body), pem_end, strlen(pem_end));
		if (stop == NULL) {
			found = 0; /* the store is damaged: GnuTLS decides */
			break;
		}
		if (!decode_beginning(body, stop, &digits, &beginning) ||
			concerns(&beginning, names, nnames)) {
			buf_add(out, p, (size_t)(stop - p) + strlen(pem_end));
			buf_addc(out, '\n');
			found++;
		}
		p = stop + strlen(pem_end);
	}
	buf_free(&digits);
	buf_free(&beginning);
	return found;
}

/* ---- loading ----------------------------------------------------------------------------------- */

int
tls_load_ca(struct tls *t, const char *ca, struct err *e)
{
	int rc = gnutls_certificate_set_x509_trust_file(t->cred, ca, GNUTLS_X509_FMT_PEM);

	/* A signal or the deadline ends the wait for a FIFO without a writer. */
	if (rc < 0 && wait_check(e) == -1)
		return -1;
	if (rc < 0 && access(ca, R_OK) == -1)
		return err_sys(e, EX_NOINPUT, "--tls-ca: %s", ca);
	if (rc < 0)
		return err_set(e, EX_NOINPUT, "--tls-ca: %s: %s", ca, gnutls_strerror(rc));
	if (rc == 0)
		return err_set(
			e, EX_NOINPUT, "--tls-ca: %s: contains no certificate in PEM format", ca);
	return 0;
}

bool
tls_load_issuers(struct tls *t)
{
	struct buf pem = {0};
	gnutls_datum_t store, chosen;
	unsigned n = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(t->s, &n);
	bool ok = false;

	if (TRUST_STORE[0] == '\0' || chain == NULL || n > TLS_CHAIN ||
		gnutls_load_file(TRUST_STORE, &store) < 0)
		return false;
	if (tls_choose_anchors((char *)store.data, store.size, chain, n, &pem) > 0) {
		chosen = (gnutls_datum_t){(unsigned char *)pem.data, (unsigned)pem.len};
		ok = gnutls_certificate_set_x509_trust_mem(t->cred, &chosen, GNUTLS_X509_FMT_PEM) >
		     0;
	}
	gnutls_free(store.data);
	buf_free(&pem);
	return ok;
}

void
tls_load_system(struct tls *t)
{
	gnutls_x509_trust_list_t all;

	/* In place of those that tls_load_issuers may have loaded. */
	if (gnutls_x509_trust_list_init(&all, 0) < 0)
		return;
	gnutls_certificate_set_trust_list(t->cred, all, 0);
	/* Without a system store no certificate verifies, which the verification error reports. */
	gnutls_certificate_set_x509_system_trust(t->cred);
}
