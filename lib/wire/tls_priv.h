/* tls_priv: shared by the parts of tls (handshake and records; the peer's certificates; our own; trust anchors). */
#ifndef WIRE_TLS_PRIV_H
#define WIRE_TLS_PRIV_H

#include <gnutls/gnutls.h>

#include "wire/tls.h"

#define TLS_CHAIN 16

struct tls {
	gnutls_session_t s;
	gnutls_certificate_credentials_t cred;
	bool up, verified, writing;
	bool received;    /* application data has been received */
	char *name;       /* what the certificate must name: A-labels, no dot at the end, no zone */
	char first;       /* the first octet that came, 0: none yet */
	int fd;           /* of the connection, not ours */
	unsigned useless; /* records in a row without octets for us */
	char *problem;
	struct tls_pin *pin; /* of the token with our key */
	size_t ncerts;
	struct tls_cert certs[TLS_CHAIN];
	char cipher[128];
};

/* Fill certs from the peer's chain, up to the first certificate that cannot be parsed. */
void tls_read_chain(struct tls *t);
void tls_free_chain(struct tls *t);

/* Is host an IP address literal? */
bool tls_is_address(const char *host);

/* Load --tls-cert and --tls-key. EX_NOINPUT; EX_NOPERM: a PIN. No PIN is in an error. */
int tls_load_own(struct tls *t, const struct tls_config *cfg, int64_t until, struct err *e);
void tls_free_own(struct tls *t);

/* Load the trust anchors of a file. EX_NOINPUT. */
int tls_load_ca(struct tls *t, const char *ca, struct err *e);

/*
 * Load from the file of the system's store only the trust anchors that the verification of the peer's chain looks at:
 * those whose subject is an issuer or a subject in the chain. GnuTLS compares names octet by octet, too. false: no
 * anchor, or no such file (TRUST_STORE of config.h). If the chain does not verify with them, call tls_load_system,
 * which loads all anchors in their place, and verify again.
 */
bool tls_load_issuers(struct tls *t);
void tls_load_system(struct tls *t);

/*
 * Append to `out` the certificates of `store` (n octets of PEM, followed by a NUL) that tls_load_issuers loads for a
 * chain. A certificate whose subject is not found in it is appended, too. Returns their number.
 */
size_t tls_choose_anchors(
	const char *store, size_t n, const gnutls_datum_t *chain, size_t nchain, struct buf *out);

/* Pins, or issuer, dates, revocation and name: 0, or EX_NOPERM with the reasons. */
int tls_check_peer(struct tls *t, const struct tls_config *cfg, struct err *e);

#endif
