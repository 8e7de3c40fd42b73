/*
 * tls: GnuTLS on a non-blocking descriptor; the only file that knows GnuTLS's TLS.
 *
 * Issuer, dates and host name are always checked. The minimum version is TLS 1.2, also with a priority string. The
 * certificate must be for servers and name the host in a subject alternative name (RFC 9525, section 6.3).
 * Without a priority string RSA keys have at least 2,048 bits, and sessions have forward secrecy. A stapled OCSP
 * response is checked, and required if the certificate demands it (RFC 7633). A pin (SHA-256 of the certificate or of
 * its public key) replaces these checks; with ca or name as well, the checks are made too.
 */
#ifndef WIRE_TLS_H
#define WIRE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Strings and pins are borrowed for the handshake. */
struct tls_config {
	const char
		*host; /* the server's name or address: SNI, and what the certificate must name */
	const char *name; /* expected instead of host, or NULL */
	const char *ca;   /* file of trust anchors (PEM) instead of the system's, or NULL */
	const char *cert; /* client certificate, PEM file or PKCS#11 URI, or NULL */
	const char *key;  /* its key; NULL: in the same file */
	/* Ask the user for the PIN of a token; the caller owns *pin (mem_wipe; NULL: no PIN given). NULL: do not ask. */
	int (*ask_pin)(const char *token, char **pin, struct err *e);
	const char *priority; /* GnuTLS priority string, or NULL */
	const char *alpn;     /* the protocol's registered name (RFC 7301), or NULL: none is sent */
	const unsigned char (*pins)[32];
	size_t npins;
	/*
	 * A session that tls_session has returned, to be resumed, or empty. If the server refuses it, or the octets are
	 * not a session, the handshake is a full one. The peer's certificates are part of the session: they are verified
	 * as in a full handshake. Data is never sent early.
	 */
	struct buf session;
};

struct tls;

/*
 * Handshake by `until` and verify. EX_NOPERM: not trusted (*t is kept for tls_info, tls_free it),
 * or no common version; EX_PROTOCOL: the peer does not speak TLS; EX_TEMPFAIL: timed out, closed;
 * EX_CONFIG/EX_NOINPUT: unusable files; EX_USAGE: priority string.
 */
int tls_open(struct tls **t, int fd, const struct tls_config *cfg, int64_t until, struct err *e);

/* As read(2) and write(2): > 0, 0 at the end; TLS_AGAIN: wait for tls_events(); -1: e is set. */
#define TLS_AGAIN (-2)
ssize_t tls_read(struct tls *t, char *p, size_t n, struct err *e);
ssize_t tls_write(struct tls *t, const char *p, size_t n, struct err *e);

/* POLLIN or POLLOUT: what the last TLS_AGAIN waits for. */
short tls_events(const struct tls *t);

/* Free; polite: first send a close_notify alert, without waiting for the server's. NULL is allowed. */
void tls_free(struct tls *t, bool polite);

/*
 * Channel binding octets (RFC 9266 tls-exporter under TLS 1.3; RFC 5929 tls-unique under 1.2 only
 * with the extended master secret). *type is "tls-exporter" or "tls-unique"; false: none.
 */
bool tls_binding(struct tls *t, const char **type, struct buf *out);

/* Did the server request a client certificate, and was one sent? */
bool tls_sent_certificate(const struct tls *t);

/* For `info`: strings live as long as t. Each chain member in order, the server's own first. */
struct tls_cert {
	char *subject, *issuer;
	int64_t not_before, not_after; /* time_t */
	unsigned char fingerprint[32]; /* SHA-256 of the certificate: a pin */
	unsigned char key[32];         /* SHA-256 of its public key: a pin */
	char *names;                   /* subject alternative names, one a line */
};
struct tls_info {
	const char *version, *cipher;
	bool verified;
	bool resumed;        /* the session was resumed: certs are those of the full handshake */
	const char *problem; /* why the certificate is not trusted; NULL: it is */
	size_t ncerts;
	const struct tls_cert *certs;
};
void tls_info(const struct tls *t, struct tls_info *info);

/*
 * Append the session to resume later: a secret. false: the peer was not verified, has sent no ticket, or has stapled an
 * OCSP response, which could be out of date by then. Under TLS 1.3 the ticket comes with the first data. *once: the
 * ticket is to be used once.
 */
bool tls_session(struct tls *t, struct buf *out, bool *once);

/* The A-label form of an internationalised domain (RFC 5891); false: not a valid domain name. */
bool tls_idna(const char *domain, size_t n, struct buf *out);

/* The version of the TLS library that runs. */
const char *tls_library(void);

#endif
