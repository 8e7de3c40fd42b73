/* tls.c - see tls.h. */
#include "tls.h"
#include "log.h"

#include <err.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static gnutls_certificate_credentials_t cred;
static gnutls_datum_t ticket_key;
static const char *ocsp_file;

/* A callback, since GnuTLS itself would refuse to send a staple that does not fit the certificate. */
static int
staple(gnutls_session_t s, void *arg, gnutls_datum_t *resp)
{
	(void)s;
	(void)arg;
	return gnutls_load_file(ocsp_file, resp) < 0 ? GNUTLS_E_NO_CERTIFICATE_STATUS : 0;
}

static void
must(int r, const char *what)
{
	if (r < 0)
		errx(78, "%s: %s", what, gnutls_strerror(r));
}

void
tls_load(const struct tls_conf *c)
{
	if (c->cert == NULL || cred != NULL)
		return;
	must(gnutls_certificate_allocate_credentials(&cred), "credentials");
	must(gnutls_certificate_set_x509_key_file(
		     cred, c->cert, c->key ? c->key : c->cert, GNUTLS_X509_FMT_PEM),
		c->cert);
	gnutls_certificate_set_known_dh_params(cred, GNUTLS_SEC_PARAM_MEDIUM);
	if (c->client_ca != NULL)
		must(gnutls_certificate_set_x509_trust_file(
			     cred, c->client_ca, GNUTLS_X509_FMT_PEM),
			c->client_ca);
	if (c->ocsp != NULL) {
		ocsp_file = c->ocsp;
		gnutls_certificate_set_ocsp_status_request_function(cred, staple, NULL);
	}
	must(gnutls_session_ticket_key_generate(&ticket_key), "ticket key");
}

static enum io_result
set_up(struct io *io, const struct tls_conf *c, gnutls_session_t *s)
{
	if (cred == NULL) {
		snprintf(io->why, sizeof(io->why), "TLS without --cert");
		return IO_ERR;
	}
	must(gnutls_init(s, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL), "gnutls_init");
	must(gnutls_credentials_set(*s, GNUTLS_CRD_CERTIFICATE, cred), "credentials");
	if (c->priority != NULL)
		must(gnutls_priority_set_direct(*s, c->priority, NULL), c->priority);
	else
		gnutls_set_default_priority(*s);
	if (c->client_ca != NULL) {
		gnutls_certificate_server_set_request(*s, GNUTLS_CERT_REQUIRE);
		gnutls_session_set_verify_cert(*s, NULL, 0);
	}
	if (c->tickets)
		gnutls_session_ticket_enable_server(*s, &ticket_key);
	gnutls_transport_set_int2(*s, io->in, io->out);
	return IO_OK;
}

static void
log_session(gnutls_session_t s)
{
	char sni[256] = "", subject[256] = "";
	size_t len = sizeof(sni) - 1;
	unsigned type, n = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(s, &n);
	gnutls_x509_crt_t crt;

	if (gnutls_server_name_get(s, sni, &len, &type, 0) < 0)
		sni[0] = '\0';
	if (list != NULL && n > 0 && gnutls_x509_crt_init(&crt) == 0) {
		len = sizeof(subject);
		if (gnutls_x509_crt_import(crt, list, GNUTLS_X509_FMT_DER) < 0 ||
			gnutls_x509_crt_get_dn(crt, subject, &len) < 0)
			snprintf(subject, sizeof(subject), "?");
		gnutls_x509_crt_deinit(crt);
	}
	log_line("tls %s sni=%s%s%s%s", gnutls_protocol_get_name(gnutls_protocol_get_version(s)),
		log_vis(sni, strlen(sni)), subject[0] ? " client=" : "", subject,
		gnutls_session_is_resumed(s) ? " resumed" : "");
}

/* The handshake has failed with r: send an alert to the client and set io->why. */
static enum io_result
refuse(struct io *io, gnutls_session_t s, int r)
{
	char rest[4096];

	gnutls_alert_send_appropriate(s, r);
	/* Read the remaining octets: closing with unread octets sends RST, which may overtake the alert. */
	while (io_wait(io, POLLIN, 2000) == IO_OK && read(io->in, rest, sizeof(rest)) > 0)
		continue;
	if (r == GNUTLS_E_FATAL_ALERT_RECEIVED || r == GNUTLS_E_WARNING_ALERT_RECEIVED)
		snprintf(io->why, sizeof(io->why), "alert from the client: %s",
			gnutls_alert_get_name(gnutls_alert_get(s)));
	else
		snprintf(io->why, sizeof(io->why), "%s", gnutls_strerror(r));
	gnutls_deinit(s);
	return IO_ERR;
}

enum io_result
tls_accept(struct io *io, const struct tls_conf *conf)
{
	gnutls_session_t s;
	enum io_result w = set_up(io, conf, &s);
	int r;

	if (w != IO_OK)
		return w;
	while ((r = gnutls_handshake(s)) < 0) {
		if (gnutls_error_is_fatal(r))
			return refuse(io, s, r);
		if (r != GNUTLS_E_AGAIN && r != GNUTLS_E_INTERRUPTED)
			continue;
		w = io_wait(io, gnutls_record_get_direction(s) ? POLLOUT : POLLIN, -1);
		if (w != IO_OK) {
			gnutls_deinit(s);
			return w;
		}
	}
	io->tls = s;
	log_session(s);
	return IO_OK;
}
