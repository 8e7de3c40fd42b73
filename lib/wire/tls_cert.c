/* GnuTLS returns the time_t that it was built with, the system's, which OWN_TIME_BITS has changed. */
#ifdef OWN_TIME_BITS
#undef _TIME_BITS
#endif

/* tls, second part: parse and verify the peer's certificates. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include "base/digest.h"
#include "base/mem.h"
#include "wire/tls_priv.h"

static char *
steal(gnutls_datum_t *d)
{
	char *s = mem_dup(d->data, d->size);

	gnutls_free(d->data);
	return s;
}

/* The subject alternative names, one a line. */
static char *
names(gnutls_x509_crt_t crt)
{
	struct buf b = {0};

	for (unsigned i = 0;; i++) {
		char name[512], text[64];
		size_t n = sizeof name - 1;
		int rc = gnutls_x509_crt_get_subject_alt_name(crt, i, name, &n, NULL);

		if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (rc == GNUTLS_SAN_IPADDRESS &&
			inet_ntop(n == 4 ? AF_INET : AF_INET6, name, text, sizeof text) != NULL)
			buf_addf(&b, "%s%s", b.len != 0 ? "\n" : "", text);
		else if (rc == GNUTLS_SAN_DNSNAME)
			buf_addf(&b, "%s%.*s", b.len != 0 ? "\n" : "", (int)n, name);
	}
	return buf_steal(&b);
}

/* SHA-256 of the SubjectPublicKeyInfo in DER: what RFC 7469 and curl call a pin. */
static void
hash_key(gnutls_x509_crt_t crt, unsigned char out[32])
{
	gnutls_pubkey_t key;
	gnutls_datum_t der = {NULL, 0};

	memset(out, 0, 32);
	if (gnutls_pubkey_init(&key) < 0)
		return;
	if (gnutls_pubkey_import_x509(key, crt, 0) == 0 &&
		gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &der) == 0) {
		digest_sha256(der.data, der.size, out);
		gnutls_free(der.data);
	}
	gnutls_pubkey_deinit(key);
}

static bool
read_cert(const gnutls_datum_t *der, struct tls_cert *c)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t dn;

	if (gnutls_x509_crt_init(&crt) < 0)
		return false;
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) < 0) {
		gnutls_x509_crt_deinit(crt);
		return false;
	}
	c->subject = gnutls_x509_crt_get_dn3(crt, &dn, 0) == 0 ? steal(&dn) : mem_strdup("");
	c->issuer = gnutls_x509_crt_get_issuer_dn3(crt, &dn, 0) == 0 ? steal(&dn) : mem_strdup("");
	c->not_before = gnutls_x509_crt_get_activation_time(crt);
	c->not_after = gnutls_x509_crt_get_expiration_time(crt);
	digest_sha256(der->data, der->size, c->fingerprint);
	hash_key(crt, c->key);
	c->names = names(crt);
	gnutls_x509_crt_deinit(crt);
	return true;
}

void
tls_read_chain(struct tls *t)
{
	unsigned n = 0;
	const gnutls_datum_t *der = gnutls_certificate_get_peers(t->s, &n);
	char *desc = gnutls_session_get_desc(t->s);

	for (unsigned i = 0; der != NULL && i < n && i < TLS_CHAIN; i++) {
		if (!read_cert(&der[i], &t->certs[i]))
			break;
		t->ncerts++;
	}
	snprintf(t->cipher, sizeof t->cipher, "%s", desc != NULL ? desc : "");
	gnutls_free(desc);
}

void
tls_free_chain(struct tls *t)
{
	for (size_t i = 0; i < t->ncerts; i++) {
		free(t->certs[i].subject);
		free(t->certs[i].issuer);
		free(t->certs[i].names);
	}
}

static bool
pinned(const struct tls *t, const struct tls_config *cfg)
{
	const struct tls_cert *own = &t->certs[0];

	for (size_t i = 0; t->ncerts > 0 && i < cfg->npins; i++)
		if (memcmp(cfg->pins[i], own->fingerprint, 32) == 0 ||
			memcmp(cfg->pins[i], own->key, 32) == 0)
			return true;
	return false;
}

/* The options that cure an unknown issuer or another name; "" for other reasons. */
static const char *
cure(unsigned status)
{
	if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0)
		return " (if you trust this server: --tls-ca FILE, or --tls-pin, which info "
		       "prints)";
	if ((status & GNUTLS_CERT_UNEXPECTED_OWNER) != 0)
		return " (info prints its names: use one in the URL, or give it with --tls-name)";
	return "";
}

/* The reasons of GnuTLS as one line, and the cure. */
static int
distrust(struct tls *t, unsigned status, const char *name, struct err *e)
{
	gnutls_datum_t text;

	if (gnutls_certificate_verification_status_print(
		    status, gnutls_certificate_type_get(t->s), &text, 0) < 0)
		return err_set(e, EX_NOPERM, "TLS: the certificate of %s is not trusted", name);
	while (text.size > 0 && text.data[text.size - 1] == ' ')
		text.data[--text.size] = '\0';
	err_set(e, EX_NOPERM, "TLS: %s: %s%s", name, (char *)text.data, cure(status));
	gnutls_free(text.data);
	return -1;
}

/* Verify issuer, dates, revocation and name, and that the certificate is for servers. */
static int
verify(struct tls *t, unsigned *status)
{
	unsigned char addr[16];
	bool v4 = inet_pton(AF_INET, t->name, addr) == 1;
	bool v6 = !v4 && inet_pton(AF_INET6, t->name, addr) == 1;
	gnutls_typed_vdata_st what[] = {
		{GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)t->name, 0},
		{GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER,
			0},
	};

	if (v4 || v6)
		what[0] = (gnutls_typed_vdata_st){GNUTLS_DT_IP_ADDRESS, addr, v4 ? 4 : 16};
	return gnutls_certificate_verify_peers(t->s, what, 2, status);
}

/*
 * The same with the system's trust anchors: first the few that concern the chain; if they do not verify it, all of
 * them.
 */
static int
verify_by_system(struct tls *t, unsigned *status)
{
	if (tls_load_issuers(t) && verify(t, status) == 0 && *status == 0)
		return 0;
	tls_load_system(t);
	return verify(t, status);
}

/*
 * Has the certificate a subject alternative name of the host's kind? Without this check, GnuTLS would compare the
 * common name of the subject, which is not meant to name hosts.
 */
static bool
has_alternative_name(const struct tls *t)
{
	const char *line = t->ncerts > 0 ? t->certs[0].names : "";
	bool address = tls_is_address(t->name);

	while (*line != '\0') {
		size_t n = strcspn(line, "\n");
		char *name = mem_dup(line, n);
		bool same = tls_is_address(name) == address;

		free(name);
		if (same)
			return true;
		line += n + (line[n] == '\n');
	}
	return false;
}

int
tls_check_peer(struct tls *t, const struct tls_config *cfg, struct err *e)
{
	const char *name = cfg->name != NULL ? cfg->name : cfg->host;
	unsigned status = 0;
	int rc;

	if (cfg->npins > 0) {
		if (!pinned(t, cfg))
			return err_set(e, EX_NOPERM,
				"TLS: the certificate of %s matches no --tls-pin (info prints its "
				"pins)",
				name);
		if (cfg->ca == NULL && cfg->name == NULL)
			return 0;
	}
	rc = cfg->ca != NULL ? verify(t, &status) : verify_by_system(t, &status);
	if (rc < 0)
		return err_set(e, EX_NOPERM, "TLS: %s: %s", name, gnutls_strerror(rc));
	if (status != 0)
		return distrust(t, status, name, e);
	if (!has_alternative_name(t))
		return err_set(e, EX_NOPERM,
			"TLS: %s: the certificate has no subject alternative name for it "
			"(--tls-pin can "
			"trust this certificate)",
			name);
	return 0;
}

void
tls_info(const struct tls *t, struct tls_info *info)
{
	*info = (struct tls_info){
		.version = gnutls_protocol_get_name(gnutls_protocol_get_version(t->s)),
		.cipher = t->cipher,
		.verified = t->verified,
		.resumed = gnutls_session_is_resumed(t->s) != 0,
		.problem = t->problem,
		.ncerts = t->ncerts,
		.certs = t->certs,
	};
}
