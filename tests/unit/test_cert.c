/* A NUL in the name of a certificate, which ends a C string, does not let the name match a host. */
/* GnuTLS expects the time_t that it was built with, the system's, which OWN_TIME_BITS has changed. */
#ifdef OWN_TIME_BITS
#undef _TIME_BITS
#endif

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/wait.h"
#include "wire/tls.h"

#include "check.h"
#include "scratch.h"

/* A certificate that signs itself, for these octets as a DNS name; its text is written to ca.pem. */
static void
make(const char *name, size_t n, gnutls_x509_crt_t *crt, gnutls_x509_privkey_t *key)
{
	unsigned char san[128];
	gnutls_datum_t pem;

	gnutls_x509_privkey_init(key);
	gnutls_x509_privkey_generate(
		*key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	gnutls_x509_crt_init(crt);
	gnutls_x509_crt_set_version(*crt, 3);
	gnutls_x509_crt_set_serial(*crt, "\1", 1);
	gnutls_x509_crt_set_activation_time(*crt, time(NULL) - 3600);
	gnutls_x509_crt_set_expiration_time(*crt, time(NULL) + 3600);
	gnutls_x509_crt_set_key(*crt, *key);
	gnutls_x509_crt_set_basic_constraints(*crt, 1, -1);
	gnutls_x509_crt_set_key_usage(
		*crt, GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_CERT_SIGN);
	/* Encoded here, since GnuTLS would write the name only up to the NUL. SEQUENCE { [2] name } */
	san[0] = 0x30;
	san[1] = (unsigned char)(n + 2);
	san[2] = 0x82;
	san[3] = (unsigned char)n;
	memcpy(san + 4, name, n);
	CHECK(gnutls_x509_crt_set_extension_by_oid(*crt, "2.5.29.17", san, n + 4, 0) == 0);
	CHECK(gnutls_x509_crt_sign2(*crt, *crt, *key, GNUTLS_DIG_SHA256, 0) == 0);
	CHECK(gnutls_x509_crt_export2(*crt, GNUTLS_X509_FMT_PEM, &pem) == 0);
	scratch_write("ca.pem", (const char *)pem.data, pem.size);
	gnutls_free(pem.data);
}

/* Run the server's side of one handshake in a child process. */
static pid_t
serve(int fd, int other, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	gnutls_certificate_credentials_t cred;
	gnutls_session_t s;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	close(other);
	gnutls_certificate_allocate_credentials(&cred);
	gnutls_certificate_set_x509_key(cred, &crt, 1, key);
	gnutls_init(&s, GNUTLS_SERVER);
	gnutls_set_default_priority(s);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_transport_set_int(s, fd);
	while (gnutls_handshake(s) == GNUTLS_E_AGAIN)
		;
	_exit(0);
}

/* The outcome of a handshake with a server whose certificate has this name: 0 or the error's status. */
static int
handshake(const char *name, size_t n, const char *host)
{
	struct tls_config cfg = {.host = host, .ca = "ca.pem"};
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	struct err e = {0};
	struct tls *t = NULL;
	int sv[2], rc, status;
	pid_t pid;

	make(name, n, &crt, &key);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		abort();
	pid = serve(sv[1], sv[0], crt, key);
	close(sv[1]);
	fcntl(sv[0], F_SETFL, O_NONBLOCK);
	rc = tls_open(&t, sv[0], &cfg, wait_after(60), &e);
	tls_free(t, false);
	close(sv[0]);
	waitpid(pid, &status, 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	return rc == 0 ? 0 : e.status;
}

int
main(void)
{
	static const char nul[] = "good.example\0.evil.example";

	wait_setup();
	scratch_begin();
	CHECK(handshake("good.example", 12, "good.example") == 0);
	CHECK(handshake("good.example", 12, "other.example") == EX_NOPERM);
	CHECK(handshake(nul, sizeof nul - 1, "good.example") == EX_NOPERM);
	return check_done();
}
