#include "wire/tls.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/compat.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"
#include "wire/tls_priv.h"

/*
 * TLS 1.0 and 1.1 are off whatever NORMAL of this GnuTLS contains (RFC 8996). The profile wants keys of 2,048 bits
 * (RSA) or more; without the key exchange RSA every session has forward secrecy.
 */
#define DEFAULT_PRIORITY "NORMAL:%PROFILE_MEDIUM:-RSA:-VERS-TLS1.0:-VERS-TLS1.1:-VERS-DTLS-ALL"

/* A session older than a day is not resumed. GnuTLS's own limit is six hours. */
#define SESSION_SECONDS (24 * 60 * 60)

/* The number of empty records in a row that is accepted. */
#define USELESS_MAX 1000

static int
fail(struct err *e, int status, const char *what, int rc)
{
	return err_set(e, status, "%s: %s", what, gnutls_strerror(rc));
}

bool
tls_is_address(const char *host)
{
	unsigned char scrap[16];

	return inet_pton(AF_INET, host, scrap) == 1 || inet_pton(AF_INET6, host, scrap) == 1;
}

/*
 * The host name in the form that certificates contain: an address without its zone, or a domain in A-labels without the
 * final dot (RFC 6066, section 3). Any other text is returned unchanged, and no certificate matches it.
 */
static char *
certified_name(const char *host)
{
	struct buf b = {0};
	size_t n = strlen(host);

	if (strchr(host, ':') != NULL)
		return mem_dup(host, strcspn(host, "%"));
	if (n > 1 && host[n - 1] == '.')
		n--;
	if (!text_is_8bit(host, n) || !tls_idna(host, n, &b))
		return mem_dup(host, n);
	return buf_steal(&b);
}

/* The default of GnuTLS, except that the first octet is kept: it shows whether the peer uses TLS at all. */
static ssize_t
pull(gnutls_transport_ptr_t arg, void *p, size_t n)
{
	struct tls *t = arg;
	ssize_t r = recv(t->fd, p, n, 0);

	if (r > 0 && t->first == 0)
		t->first = *(char *)p;
	if (r == -1)
		gnutls_transport_set_errno(t->s, errno);
	return r;
}

static ssize_t
push(gnutls_transport_ptr_t arg, const void *p, size_t n)
{
	struct tls *t = arg;
	ssize_t w = send(t->fd, p, n, MSG_NOSIGNAL);

	if (w == -1)
		gnutls_transport_set_errno(t->s, errno);
	return w;
}

static int
set_up(struct tls *t, int fd, const struct tls_config *cfg, int64_t until, struct err *e)
{
	const char *priority = cfg->priority != NULL ? cfg->priority : DEFAULT_PRIORITY;
	const char *at;
	int rc;

	if (gnutls_certificate_allocate_credentials(&t->cred) < 0)
		return err_set(e, EX_OSERR, "cannot set up TLS");
	if ((cfg->ca != NULL && tls_load_ca(t, cfg->ca, e) == -1) ||
		tls_load_own(t, cfg, until, e) == -1)
		return -1;
	/* Send the certificate that the user named, even if the server does not list its authority. */
	rc = gnutls_init(&t->s,
		GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_FORCE_CLIENT_CERT);
	if (rc < 0)
		return fail(e, EX_OSERR, "cannot set up TLS", rc);
	rc = gnutls_priority_set_direct(t->s, priority, &at);
	if (rc < 0)
		return err_set(e, EX_USAGE, "--tls-priority: invalid at '%s'",
			rc == GNUTLS_E_INVALID_REQUEST ? at : priority);
	gnutls_credentials_set(t->s, GNUTLS_CRD_CERTIFICATE, t->cred);
	t->name = certified_name(cfg->name != NULL ? cfg->name : cfg->host);
	if (!tls_is_address(t->name) &&
		(rc = gnutls_server_name_set(t->s, GNUTLS_NAME_DNS, t->name, strlen(t->name))) < 0)
		return fail(e, EX_DATAERR, t->name, rc);
	if (cfg->alpn != NULL) {
		gnutls_datum_t alpn = {
			(unsigned char *)(uintptr_t)cfg->alpn, (unsigned)strlen(cfg->alpn)};

		gnutls_alpn_set_protocols(t->s, &alpn, 1, 0);
	}
	/* If the session is unusable, it is simply not offered to the server. */
	gnutls_db_set_cache_expiration(t->s, SESSION_SECONDS);
	if (cfg->session.len > 0)
		gnutls_session_set_data(t->s, cfg->session.data, cfg->session.len);
	t->fd = fd;
	gnutls_transport_set_ptr(t->s, t);
	gnutls_transport_set_pull_function(t->s, pull);
	gnutls_transport_set_push_function(t->s, push);
	gnutls_handshake_set_timeout(
		t->s, GNUTLS_INDEFINITE_TIMEOUT); /* mailnet's own deadline ends the handshake */
	return 0;
}

/* Classify a failed handshake: a server without TLS (EX_PROTOCOL) or one that is not trusted (EX_NOPERM). */
static int
handshake_failed(const struct tls *t, int rc, struct err *e)
{
	if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return err_set(e, EX_NOPERM, "TLS: the server refused: %s",
			gnutls_alert_get_name(gnutls_alert_get(t->s)));
	/* A TLS record begins with its content type, 20 to 24; a greeting or reply begins with a printable character. */
	if (t->first >= ' ')
		return err_set(e, EX_PROTOCOL, "TLS: the server does not speak TLS on this port");
	if (rc == GNUTLS_E_UNEXPECTED_PACKET_LENGTH || rc == GNUTLS_E_UNEXPECTED_PACKET ||
		rc == GNUTLS_E_RECORD_OVERFLOW ||
		(t->first != 0 && (t->first < 20 || t->first > 24)))
		return err_set(e, EX_PROTOCOL,
			"TLS: the server does not speak TLS: its reply is not a TLS record");
	if (rc == GNUTLS_E_UNSUPPORTED_VERSION_PACKET)
		return err_set(e, EX_NOPERM,
			"TLS: the server does not support TLS 1.2 or newer, which is required");
	if (rc == GNUTLS_E_PREMATURE_TERMINATION || rc == GNUTLS_E_PULL_ERROR ||
		rc == GNUTLS_E_PUSH_ERROR)
		return err_set(e, EX_TEMPFAIL, "TLS: the connection was lost during the handshake");
	return fail(e, EX_NOPERM, "TLS", rc);
}

static int
handshake(struct tls *t, int fd, int64_t until, struct err *e)
{
	for (;;) {
		int rc = gnutls_handshake(t->s);

		if (rc == GNUTLS_E_SUCCESS)
			return 0;
		if (rc != GNUTLS_E_AGAIN && rc != GNUTLS_E_INTERRUPTED && gnutls_error_is_fatal(rc))
			return handshake_failed(t, rc, e);
		/* Check for signals here, too: warning alerts may arrive without end. */
		if (wait_check(e) == -1)
			return -1;
		if (wait_now() >= until)
			return err_set(e, EX_TEMPFAIL, "timed out in the TLS handshake");
		if ((rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED) &&
			wait_fd(fd, tls_events(t), until, "in the TLS handshake", e) == -1)
			return -1;
	}
}

static int
check_floor(const struct tls *t, struct err *e)
{
	gnutls_protocol_t v = gnutls_protocol_get_version(t->s);

	if (v == GNUTLS_TLS1_2 || v == GNUTLS_TLS1_3)
		return 0;
	return err_set(e, EX_NOPERM, "TLS: the server uses %s, but the minimum version is TLS 1.2",
		gnutls_protocol_get_name(v));
}

int
tls_open(struct tls **out, int fd, const struct tls_config *cfg, int64_t until, struct err *e)
{
	struct tls *t = mem_zalloc(sizeof *t);

	*out = t;
	if (set_up(t, fd, cfg, until, e) == -1 || handshake(t, fd, until, e) == -1) {
		tls_free(t, false);
		*out = NULL;
		return -1;
	}
	t->up = true;
	tls_read_chain(t);
	if (check_floor(t, e) == -1 || tls_check_peer(t, cfg, e) == -1) {
		t->problem = mem_strdup(e->text);
		return -1;
	}
	t->verified = true;
	return 0;
}

/* Does the last alert reject the client's certificate, or its absence? */
static bool
about_certificate(const struct tls *t)
{
	switch (gnutls_alert_get(t->s)) {
	case GNUTLS_A_BAD_CERTIFICATE:
	case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
	case GNUTLS_A_CERTIFICATE_REVOKED:
	case GNUTLS_A_CERTIFICATE_EXPIRED:
	case GNUTLS_A_CERTIFICATE_UNKNOWN:
	case GNUTLS_A_CERTIFICATE_REQUIRED:
	case GNUTLS_A_UNKNOWN_CA:
	case GNUTLS_A_ACCESS_DENIED: return true;
	default: return false;
	}
}

/* Translate the result of a record call. */
static ssize_t
result(const struct tls *t, ssize_t rc, struct err *e)
{
	if (rc >= 0)
		return rc;
	if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED)
		return TLS_AGAIN;
	/* The peer closed without close_notify. Treat it as EOF: messages have end marks of their own. */
	if (rc == GNUTLS_E_PREMATURE_TERMINATION)
		return 0;
	/* Under TLS 1.3 the server verifies the client's certificate after the client's handshake has ended. */
	if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED && !t->received && about_certificate(t))
		return handshake_failed(t, (int)rc, e);
	return err_set(e, EX_TEMPFAIL, "connection lost: TLS: %s", gnutls_strerror((int)rc));
}

ssize_t
tls_read(struct tls *t, char *p, size_t n, struct err *e)
{
	for (;;) {
		ssize_t rc = gnutls_record_recv(t->s, p, n);

		if (rc >= 0 || rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED ||
			gnutls_error_is_fatal((int)rc)) {
			t->useless = rc > 0 ? 0 : t->useless;
			t->received = t->received || rc > 0;
			return result(t, rc, e);
		}
		/* A warning or a request to renegotiate: ignored, and only a limited number of them. */
		if (++t->useless > USELESS_MAX)
			return err_set(e, EX_PROTOCOL, "TLS: the server sent too many alerts");
	}
}

ssize_t
tls_write(struct tls *t, const char *p, size_t n, struct err *e)
{
	ssize_t rc;

	/* After AGAIN the record exists already: GnuTLS accepts only the same octets, or none. */
	rc = t->writing ? gnutls_record_send(t->s, NULL, 0) : gnutls_record_send(t->s, p, n);
	t->writing = rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED;
	return result(t, rc, e);
}

short
tls_events(const struct tls *t)
{
	return gnutls_record_get_direction(t->s) == 1 ? POLLOUT : POLLIN;
}

void
tls_free(struct tls *t, bool polite)
{
	if (t == NULL)
		return;
	if (polite && t->up && t->verified)
		gnutls_bye(t->s, GNUTLS_SHUT_WR);
	if (t->s != NULL)
		gnutls_deinit(t->s);
	if (t->cred != NULL)
		gnutls_certificate_free_credentials(t->cred);
	tls_free_own(t);
	tls_free_chain(t);
	free(t->name);
	free(t->problem);
	free(t);
}

bool
tls_session(struct tls *t, struct buf *out, bool *once)
{
	gnutls_datum_t d;

	if (!t->verified || gnutls_ocsp_status_request_get2(t->s, 0, &d) == 0 ||
		(gnutls_session_get_flags(t->s) & GNUTLS_SFLAGS_SESSION_TICKET) == 0 ||
		gnutls_session_get_data2(t->s, &d) != 0)
		return false;
	buf_add(out, d.data, d.size);
	gnutls_memset(d.data, 0, d.size);
	gnutls_free(d.data);
	*once = gnutls_protocol_get_version(t->s) == GNUTLS_TLS1_3;
	return true;
}

bool
tls_binding(struct tls *t, const char **type, struct buf *out)
{
	bool v13 = gnutls_protocol_get_version(t->s) == GNUTLS_TLS1_3;
	gnutls_datum_t d;

	/* tls-unique can be spliced without the extended master secret (RFC 7627, RFC 9266). */
	if (!v13 && gnutls_session_ext_master_secret_status(t->s) == 0)
		return false;
	*type = v13 ? "tls-exporter" : "tls-unique";
	if (gnutls_session_channel_binding(
		    t->s, v13 ? GNUTLS_CB_TLS_EXPORTER : GNUTLS_CB_TLS_UNIQUE, &d) != 0)
		return false;
	buf_add(out, d.data, d.size);
	gnutls_free(d.data);
	return true;
}

bool
tls_sent_certificate(const struct tls *t)
{
	return gnutls_certificate_client_get_request_status(t->s) != 0 &&
	       gnutls_certificate_get_ours(t->s) != NULL;
}

/* Does the result consist of letters, digits, hyphens and underscores, in as many labels as the domain? */
static bool
is_ascii_form(const char *domain, size_t n, const char *made, size_t len)
{
	size_t dots = 0;

	for (size_t i = 0; i < n; i++)
		dots += domain[i] == '.';
	for (size_t i = 0; i < len; i++) {
		char c = text_lower(made[i]);

		if (c == '.')
			dots--;
		else if (!(c >= 'a' && c <= 'z') && !text_is_digit(c) && c != '-' && c != '_')
			return false;
	}
	return dots == 0;
}

bool
tls_idna(const char *domain, size_t n, struct buf *out)
{
	gnutls_datum_t d;
	char *copy = mem_dup(domain, n);
	int rc = gnutls_idna_map(copy, (unsigned)n, &d, 0);
	bool ok;

	free(copy);
	if (rc < 0)
		return false;
	ok = is_ascii_form(domain, n, (const char *)d.data, d.size);
	if (ok)
		buf_add(out, d.data, d.size);
	gnutls_free(d.data);
	return ok;
}

const char *
tls_library(void)
{
	return gnutls_check_version(NULL);
}
