/* session.c - see session.h. */
#include "session.h"
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* If PIPELINING is not offered, the client must wait for each reply: log further octets as a fault. */
static bool
impatient(struct session *s)
{
	if (!s->o->no_pipelining || buf_left(&s->io.ib) == 0)
		return false;
	log_line("the client pipelined after %s", log_vis(s->line, strlen(s->line)));
	return true;
}

bool
session_line(struct session *s)
{
	char *p;
	size_t n;

	if (buf_left(&s->io.ib) == 0 ||
		memchr(buf_data(&s->io.ib), '\n', buf_left(&s->io.ib)) == NULL)
		if (io_flush(&s->io) != IO_OK)
			return false;
	if (io_line(&s->io, &p, &n) != IO_OK)
		return false;
	if (n > 0 && p[n - 1] == '\n')
		n--;
	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (n >= sizeof(s->line))
		n = 0; /* an unknown command */
	memcpy(s->line, p, n);
	s->line[n] = '\0';
	return !impatient(s);
}

void
say(struct session *s, const char *fmt, ...)
{
	char tmp[4096];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(tmp, sizeof(tmp), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(tmp))
		n = sizeof(tmp) - 1;
	if (n > 0)
		io_put(&s->io, tmp, n);
	io_put(&s->io, "\r\n", 2);
}

char *
word(char **p)
{
	char *at = *p + strspn(*p, " \t");
	size_t n = strcspn(at, " \t");

	*p = at + n + (at[n] != '\0');
	at[n] = '\0';
	return at;
}

bool
session_starttls(struct session *s)
{
	if (io_flush(&s->io) != IO_OK)
		return false;
	if (buf_left(&s->io.ib) > 0)
		log_line("dropped what came before TLS: %s",
			log_vis(buf_data(&s->io.ib), buf_left(&s->io.ib)));
	buf_take(&s->io.ib, buf_left(&s->io.ib));
	s->authed = false;
	if (tls_accept(&s->io, &s->o->tls) == IO_OK)
		return true;
	log_line("TLS handshake: %s", s->io.why);
	return false;
}

bool
session_login(struct session *s, const char *user, const char *password)
{
	const struct options *o = s->o;

	s->authed = o->user == NULL ||
		    (strcmp(user, o->user) == 0 &&
			    (o->password == NULL || strcmp(password, o->password) == 0));
	log_line("login %s %s", log_vis(user, strlen(user)), s->authed ? "ok" : "refused");
	return s->authed;
}

long
unbase64(const char *b64, char *out, size_t size)
{
	gnutls_datum_t in = {.data = (unsigned char *)b64, .size = strlen(b64)}, d;
	long n;

	out[0] = '\0';
	if (in.size == 0)
		return 0;
	if (gnutls_base64_decode2(&in, &d) < 0)
		return -1;
	n = d.size < size ? (long)d.size : -1;
	if (n >= 0) {
		memcpy(out, d.data, n);
		out[n] = '\0';
	}
	gnutls_free(d.data);
	return n;
}

bool
session_plain(struct session *s, const char *b64)
{
	char raw[1024], *user, *pass;
	long n = unbase64(b64, raw, sizeof(raw));

	user = n < 0 ? NULL : memchr(raw, '\0', n);
	pass = user == NULL ? NULL : memchr(user + 1, '\0', raw + n - user - 1);
	return pass != NULL && session_login(s, user + 1, pass + 1);
}
