#include "auth/url.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/domain.h"

struct scheme {
	const char *name;
	enum url_proto proto;
	bool implicit_tls;
	uint16_t port;
};

/* The first entry of each protocol is used for a host without scheme. */
static const struct scheme schemes[] = {
	{"nntp", URL_NNTP, false, 119},
	{"nntps", URL_NNTP, true, 563},
	{"pop", URL_POP, false, 110},
	{"pops", URL_POP, true, 995},
	{"smtp", URL_SMTP, false, 25},
	{"smtps", URL_SMTP, true, 465},
	{"submission", URL_SMTP, false, 587},
	{"submissions", URL_SMTP, true, 465},
	{"lmtp", URL_LMTP, false, 24},
};

#define N_SCHEMES (sizeof schemes / sizeof schemes[0])

/* A part of the text of the URL. */
struct span {
	const char *p;
	size_t n;
};

/* Percent-decode a part of the URL (RFC 3986, section 2.1) into *out, which the caller frees. */
static int
decode(struct span s, const char *what, char **out, struct err *e)
{
	struct buf b = {0};
	bool bad = false;

	*out = NULL;
	for (size_t i = 0; i < s.n && !bad; i++) {
		int hi, lo;

		if (s.p[i] != '%') {
			buf_addc(&b, s.p[i]);
			continue;
		}
		hi = i + 2 < s.n ? text_hex_digit(s.p[i + 1]) : -1;
		lo = hi != -1 ? text_hex_digit(s.p[i + 2]) : -1;
		bad = lo == -1;
		buf_addc(&b, bad ? '%' : (char)(hi << 4 | lo));
		i += 2;
	}
	if (bad)
		err_set(e, EX_USAGE, "invalid percent-encoding in the %s of the URL", what);
	else if (text_has_eol(b.data, b.len))
		err_set(e, EX_DATAERR, "CR, LF or NUL in the %s of the URL", what);
	else if (b.len == 0)
		err_set(e, EX_USAGE, "empty %s in the URL", what);
	else
		*out = buf_steal(&b);
	buf_free(&b);
	return *out != NULL ? 0 : -1;
}

static const struct scheme *
scheme_for(enum url_proto proto)
{
	for (size_t i = 0; i < N_SCHEMES; i++)
		if (schemes[i].proto == proto)
			return &schemes[i];
	return NULL;
}

static const struct scheme *
scheme_named(struct span name, enum url_proto applet)
{
	for (size_t i = 0; i < N_SCHEMES; i++) {
		const struct scheme *s = &schemes[i];

		if (text_same_n(name.p, name.n, s->name) &&
			(s->proto == applet || (s->proto == URL_LMTP && applet == URL_SMTP)))
			return s;
	}
	return NULL;
}

/*
 * Has the text the form of a scheme (RFC 3986, section 3.1)? Other text may be a password and is not shown in
 * errors.
 */
static bool
scheme_shaped(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = text_lower(s.p[i]);

		if (!(c >= 'a' && c <= 'z') &&
			!(i > 0 && (text_is_digit(c) || c == '+' || c == '-')))
			return false;
	}
	return s.n != 0 && s.n < 32;
}

/* Split off `scheme://`; *rest is what follows. */
static int
take_scheme(
	const char *text, enum url_proto applet, struct span *rest, struct url *u, struct err *e)
{
	const char *sep = strstr(text, "://");
	const struct scheme *s = scheme_for(applet);

	*rest = (struct span){text, strlen(text)};
	if (sep != NULL) {
		struct span name = {text, (size_t)(sep - text)};
		const char *own = s->name;

		s = scheme_named(name, applet);
		if (s == NULL && scheme_shaped(name))
			return err_set(e, EX_USAGE,
				"%.*s:// is not a scheme for this protocol: use %s://%s%s%s",
				(int)name.n, name.p, own, applet == URL_LMTP ? "" : " or ",
				applet == URL_LMTP ? "" : own, applet == URL_LMTP ? "" : "s://");
		if (s == NULL)
			return err_set(e, EX_USAGE, "the URL has no scheme before ://");
		rest->p = sep + 3;
		rest->n = strlen(rest->p);
	}
	u->proto = s->proto;
	u->scheme = s->name;
	u->implicit_tls = s->implicit_tls;
	u->port = s->port;
	return 0;
}

static const char *
last_byte(struct span s, char c)
{
	return s.n != 0 ? memrchr(s.p, c, s.n) : NULL;
}

static bool
has_byte(struct span s, const char *any)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr(any, s.p[i]) != NULL)
			return true;
	return false;
}

/* Where `;auth=` begins in the user part: the last one, or its end. */
static size_t
find_auth(struct span s)
{
	for (size_t i = s.n; i-- > 0;)
		if (s.n - i >= 6 && text_same_n(s.p + i, 6, ";auth="))
			return i;
	return s.n;
}

/* user[;auth=MECH] */
static int
take_user(struct span s, struct url *u, struct err *e)
{
	size_t at = find_auth(s);
	struct span mech = {s.p + at, s.n - at};

	if (has_byte(s, ":"))
		return err_set(e, EX_USAGE,
			"a password does not belong in a URL (use netrc or --password-command; a "
			"colon in a user name is written %%3A, or give the user with -u)");
	if (has_byte(s, "/?#"))
		return err_set(
			e, EX_USAGE, "the URL has a path or query (in a user: %%2F, %%3F, %%23)");
	s.n = at;
	if (s.n != 0 || mech.n == 0)
		if (decode(s, "user", &u->user, e) == -1)
			return -1;
	if (mech.n == 0)
		return 0;
	mech.p += 6;
	mech.n -= 6;
	if (decode(mech, ";auth=", &u->authmech, e) == -1)
		return -1;
	if (strcmp(u->authmech, "*") == 0) {
		free(u->authmech);
		u->authmech = NULL;
	}
	return 0;
}

/* An IPv6 address, perhaps with a zone (RFC 6874). */
static bool
is_ipv6(const char *host)
{
	const char *zone = strchr(host, '%');
	size_t n = zone != NULL ? (size_t)(zone - host) : strlen(host);
	char addr[INET6_ADDRSTRLEN];
	struct in6_addr in6;

	if (n >= sizeof addr || (zone != NULL && (zone[1] == '\0' || strlen(zone) > 32)))
		return false;
	memcpy(addr, host, n);
	addr[n] = '\0';
	if (zone != NULL && has_byte((struct span){zone + 1, strlen(zone + 1)}, "%/:@[] "))
		return false;
	return inet_pton(AF_INET6, addr, &in6) == 1;
}

/* Does the name consist of letters, digits, `-._` and UTF-8? The resolver applies the rules of IDNA. */
static bool
is_host_name(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		char c = text_lower(s[i]);

		if (!(c >= 'a' && c <= 'z') && !text_is_digit(c) && strchr("-._", c) == NULL &&
			(unsigned char)c < 128)
			return false;
	}
	return n <= 1000 && s[0] != '-' && s[0] != '.' && text_is_utf8(s, n);
}

static int
take_port(struct span s, struct url *u, struct err *e)
{
	uint64_t port;

	if (!text_number(s.p, s.n, 65535, &port) || port == 0)
		return err_set(e, EX_USAGE, "the port in the URL is not a number from 1 to 65535");
	u->port = (uint16_t)port;
	return 0;
}

/* [IPv6][:port] */
static int
take_bracketed(struct span s, struct url *u, struct err *e)
{
	const char *close = memchr(s.p, ']', s.n);
	struct span host, rest;

	if (close == NULL)
		return err_set(e, EX_USAGE, "the IPv6 address in the URL has no closing ]");
	host = (struct span){s.p + 1, (size_t)(close - s.p) - 1};
	rest = (struct span){close + 1, s.n - host.n - 2};
	if (decode(host, "host", &u->host, e) == -1)
		return -1;
	if (!is_ipv6(u->host))
		return err_set(e, EX_USAGE, "no IPv6 address between the brackets of the URL");
	if (rest.n == 0)
		return 0;
	if (rest.p[0] != ':')
		return err_set(e, EX_USAGE, "only :port may follow ] in the URL");
	return take_port((struct span){rest.p + 1, rest.n - 1}, u, e);
}

/* host[:port] */
static int
take_host(struct span s, struct url *u, struct err *e)
{
	const struct span given = s;
	const char *colon;
	uint32_t unsafe;

	if (s.n != 0 && s.p[0] == '[')
		return take_bracketed(s, u, e);
	colon = last_byte(s, ':');
	if (colon != NULL) {
		struct span port = {colon + 1, s.n - (size_t)(colon - s.p) - 1};

		s.n = (size_t)(colon - s.p);
		if (has_byte(s, ":"))
			return err_set(e, EX_USAGE,
				"an IPv6 address in a URL must be in brackets: [%.*s]",
				(int)given.n, given.p);
		if (take_port(port, u, e) == -1)
			return -1;
	}
	if (decode(s, "host", &u->host, e) == -1)
		return -1;
	if (!is_host_name(u->host))
		return err_set(
			e, EX_USAGE, "'%.100s' in the URL is not a valid host name", u->host);
	unsafe = domain_unsafe(u->host, strlen(u->host));
	if (unsafe != 0)
		return err_set(e, EX_DATAERR,
			"the host in the URL contains U+%04X, which stands for another character "
			"or "
			"for none; write the host in plain letters",
			(unsigned)unsafe);
	return 0;
}

/* lmtp:///path */
static int
take_path(struct span s, struct url *u, struct err *e)
{
	if (has_byte(s, "?#"))
		return err_set(e, EX_USAGE, "the URL has a query (in a path: %%3F, %%23)");
	if (decode(s, "path", &u->path, e) == -1)
		return -1;
	if (u->path[strlen(u->path) - 1] == '/')
		return err_set(e, EX_USAGE, "the URL does not name a socket");
	if (strlen(u->path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
		return err_set(e, EX_USAGE, "the path in the URL is too long for a socket");
	u->host = mem_strdup("localhost");
	u->port = 0;
	return 0;
}

static int
take_rest(struct span s, struct url *u, struct err *e)
{
	const char *at = last_byte(s, '@');

	if (u->proto == URL_LMTP && s.n != 0 && s.p[0] == '/')
		return take_path(s, u, e);
	if (at != NULL) {
		struct span user = {s.p, (size_t)(at - s.p)};

		if (take_user(user, u, e) == -1)
			return -1;
		s = (struct span){at + 1, s.n - user.n - 1};
		if (u->proto == URL_LMTP && s.n != 0 && s.p[0] == '/')
			return take_path(s, u, e);
	}
	if (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	if (s.n != 0 && s.p[0] == '/')
		return err_set(e, EX_USAGE,
			"the URL has a path, but no host before it (a socket is lmtp:///PATH)");
	if (has_byte(s, "/?#"))
		return err_set(e, EX_USAGE, "the URL has a path or query: end it after '%.*s'",
			(int)strcspn(s.p, "/?#"), s.p);
	return take_host(s, u, e);
}

int
url_parse(const char *text, enum url_proto applet, struct url *u, struct err *e)
{
	struct span rest;

	*u = (struct url){0};
	if (text_has_eol(text, strlen(text)))
		return err_set(e, EX_DATAERR, "CR or LF in the URL");
	if (take_scheme(text, applet, &rest, u, e) == -1)
		return -1;
	if (take_rest(rest, u, e) == -1) {
		url_free(u);
		return -1;
	}
	return 0;
}

int
url_parse_bind(const char *text, char addr[URL_BIND], uint16_t *port, struct err *e)
{
	const char *end = text[0] == '[' ? strchr(text, ']') : strrchr(text, ':');
	const char *from = text[0] == '[' ? text + 1 : text;
	uint64_t n = 0;
	size_t len;

	if (text[0] != '[' && end != NULL && strchr(text, ':') != end)
		end = NULL; /* a bare IPv6 address */
	len = end != NULL ? (size_t)(end - from) : strlen(from);
	if (end != NULL && *end == ']')
		end++;
	if (len >= URL_BIND || (text[0] == '[' && end == NULL) ||
		(end != NULL && *end != '\0' &&
			(*end != ':' || !text_number_s(end + 1, 65535, &n))))
		return err_set(e, EX_USAGE,
			"--bind: '%s' is not ADDR[:PORT] (an IPv6 address with a port needs "
			"brackets)",
			text);
	memcpy(addr, from, len);
	addr[len] = '\0';
	*port = (uint16_t)n;
	return 0;
}

void
url_free(struct url *u)
{
	free(u->user);
	free(u->authmech);
	free(u->host);
	free(u->path);
	*u = (struct url){0};
}

void
url_add_hidden(struct buf *out, const char *text)
{
	const char *at = strrchr(text, '@'), *user = text + strcspn(text, ":"), *colon;

	user = strncmp(user, "://", 3) == 0 ? user + 3 : text;
	if (at != NULL && at < user)
		at = NULL;
	colon = at != NULL ? memchr(user, ':', (size_t)(at - user)) : NULL;
	if (colon == NULL) {
		buf_adds(out, text);
		return;
	}
	buf_add(out, text, (size_t)(colon + 1 - text));
	buf_addf(out, "***%s", at);
}

/* Is it `localhost`, `localhost.`, or a name below it? */
static bool
is_localhost(const char *host)
{
	static const char name[] = "localhost";
	size_t n = strlen(host), want = sizeof name - 1;

	if (n != 0 && host[n - 1] == '.')
		n--;
	if (n < want || !text_same_n(host + n - want, want, name))
		return false;
	return n == want || host[n - want - 1] == '.';
}

bool
url_is_loopback(const char *host)
{
	static const unsigned char one[16] = {[15] = 1}, mapped[12] = {[10] = 0xff, [11] = 0xff};
	unsigned char a[16];

	if (inet_pton(AF_INET, host, a) == 1)
		return a[0] == 127;
	if (inet_pton(AF_INET6, host, a) == 1)
		return memcmp(a, one, 16) == 0 || (memcmp(a, mapped, 12) == 0 && a[12] == 127);
	return is_localhost(host);
}
