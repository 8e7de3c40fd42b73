/* tls, third part: our own certificate and key, from files or from PKCS#11 tokens (RFC 7512). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#include "base/compat.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"
#include "wire/tls_priv.h"

static bool
is_uri(const char *name)
{
	return text_same_n(name, strnlen(name, 7), "pkcs11:");
}

/* How much of a name may be shown: a URI's query, and in old ones its path, can hold a PIN. */
static int
shown(const char *name)
{
	const char *pin = is_uri(name) ? strcasestr(name, "pin-value") : NULL;
	size_t n = is_uri(name) ? strcspn(name, "?") : strlen(name);

	return (int)(pin != NULL && (size_t)(pin - name) < n ? (size_t)(pin - name) : n);
}

/* ---- the PIN ----------------------------------------------------------------------------------- */

/* The PIN of a token. It is kept as long as the key, since some tokens require it again for the signature. */
struct tls_pin {
	int (*ask)(const char *token, char **pin, struct err *e);
	char *given; /* by pin-source */
	struct err e;
};

/* Callback of GnuTLS. Give a PIN only once: a token locks itself after wrong attempts. */
static int
give_pin(void *arg, int attempt, const char *url, const char *label, unsigned flags, char *pin,
	size_t size)
{
	struct tls_pin *p = arg;

	(void)url;
	(void)flags;
	if (attempt == 0 && p->given == NULL && p->ask != NULL &&
		p->ask(label, &p->given, &p->e) == -1)
		return GNUTLS_E_PKCS11_PIN_ERROR;
	if (attempt != 0 || p->given == NULL)
		return GNUTLS_E_PKCS11_PIN_ERROR;
	snprintf(pin, size, "%s", p->given);
	return 0;
}

/* The first line of a file, in *out. */
static int
read_line(const char *name, int64_t until, char **out, struct err *e)
{
	char line[256];
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = -1;

	if (fd != -1 && wait_fd(fd, POLLIN, until, "reading a PIN", e) == -1) {
		close(fd);
		return -1;
	}
	if (fd != -1)
		n = read(fd, line, sizeof line - 1);
	if (n == -1 && (errno != EINTR || wait_check(e) == 0))
		err_sys(e, EX_NOINPUT, "pin-source: %s", name);
	if (fd != -1)
		close(fd);
	if (n == -1)
		return -1;
	line[n] = '\0';
	*out = mem_dup(line, strcspn(line, "\r\n"));
	explicit_bzero(line, sizeof line);
	return 0;
}

/*
 * Cut pin-source out of a URI and read the PIN from its file: a file name, or file:/path or file:///path (RFC 7512,
 * section 2.4). GnuTLS would treat the file's line end as a part of the PIN.
 */
static int
take_pin(char *uri, int64_t until, struct tls_pin *p, struct err *e)
{
	static const char attribute[] = "pin-source=";
	char *at = is_uri(uri) ? strstr(uri, attribute) : NULL;
	char *name, *path;
	size_t n;
	int rc = 0;

	if (at == NULL)
		return 0;
	n = strcspn(at, "&;?");
	name = mem_dup(at + sizeof attribute - 1, n - (sizeof attribute - 1));
	n += at[n] == '&';
	memmove(at, at + n, strlen(at + n) + 1);
	if (at[0] == '\0' && at > uri)
		at[-1] = '\0'; /* the ? or & before it */
	path = name + (strncmp(name, "file:", 5) == 0 ? 5 : 0);
	if (p->given == NULL)
		rc = read_line(path + (strncmp(path, "///", 3) == 0 ? 2 : 0), until, &p->given, e);
	free(name);
	return rc;
}

/* ---- loading ----------------------------------------------------------------------------------- */

static int
cannot_load(const char *cert, const char *key, int rc, struct err *e)
{
	const char *why = gnutls_strerror(rc);
	int status = EX_NOINPUT;

	if (!is_uri(cert) && access(cert, R_OK) == -1)
		return err_sys(e, status, "--tls-cert: %s", cert);
	if (!is_uri(key) && access(key, R_OK) == -1)
		return err_sys(e, status, "--tls-key: %s", key);
	if (rc == GNUTLS_E_PKCS11_PIN_ERROR || rc == GNUTLS_E_PKCS11_PIN_EXPIRED ||
		rc == GNUTLS_E_PKCS11_PIN_LOCKED || rc == GNUTLS_E_PKCS11_USER_ERROR) {
		status = EX_NOPERM;
		why = rc == GNUTLS_E_PKCS11_PIN_ERROR ? "the token does not accept this PIN, or "
							"none was given (pin-source=FILE)"
						      : why;
	} else if ((is_uri(cert) || is_uri(key)) &&
		   (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ||
			   rc == GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE)) {
		why = "no such token or object";
	} else if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE && strcmp(cert, key) == 0) {
		why = "contains no private key (give it with --tls-key)";
	}
	if (strcmp(cert, key) == 0)
		return err_set(e, status, "--tls-cert: %.*s: %s", shown(cert), cert, why);
	return err_set(e, status, "--tls-cert: %.*s, --tls-key: %.*s: %s", shown(cert), cert,
		shown(key), key, why);
}

static int
load(struct tls *t, char *cert, char *key, int64_t until, struct err *e)
{
	int rc;

	if (take_pin(key, until, t->pin, e) == -1 || take_pin(cert, until, t->pin, e) == -1)
		return -1;
	gnutls_certificate_set_pin_function(t->cred, give_pin, t->pin);
	rc = gnutls_certificate_set_x509_key_file2(
		t->cred, cert, key, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (rc >= 0)
		return 0;
	if (t->pin->e.status == 0)
		return wait_check(e) == -1 ? -1 : cannot_load(cert, key, rc, e);
	*e = t->pin->e; /* Ctrl-C at the prompt */
	return -1;
}

int
tls_load_own(struct tls *t, const struct tls_config *cfg, int64_t until, struct err *e)
{
	char *cert, *key;
	int rc;

	if (cfg->cert == NULL)
		return 0;
	cert = mem_strdup(cfg->cert);
	key = mem_strdup(cfg->key != NULL ? cfg->key : cfg->cert);
	t->pin = mem_zalloc(sizeof *t->pin);
	t->pin->ask = cfg->ask_pin;
	rc = load(t, cert, key, until, e);
	mem_wipe(cert);
	mem_wipe(key);
	return rc;
}

void
tls_free_own(struct tls *t)
{
	if (t->pin != NULL)
		mem_wipe(t->pin->given);
	free(t->pin);
}
