/* tls.h - the server's side of TLS. */
#ifndef TS_TLS_H
#define TS_TLS_H

#include "io.h"

struct tls_conf {
	const char *cert, *key; /* PEM files */
	const char *client_ca;  /* require a client certificate signed by one of these */
	const char *priority;   /* GnuTLS priority string; NULL: its default */
	const char *ocsp;       /* DER file that is stapled unchecked */
	bool tickets;           /* session tickets; they are valid for this process */
};

/* Reads the files once; exits with a message if that fails. Does nothing without a certificate. */
void tls_load(const struct tls_conf *conf);

/*
 * TLS handshake on io, whose output queue must be empty. On success io->tls is set and the log gets a line
 * "tls VERSION sni=NAME" (with client=SUBJECT if the client sent a certificate, and "resumed" at the end). On failure
 * io->why has the error text.
 */
enum io_result tls_accept(struct io *io, const struct tls_conf *conf);

#endif
