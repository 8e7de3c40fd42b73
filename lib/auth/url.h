/*
 * url: the server URL of -s, $MAILNET_* and lmtp: destinations.
 *
 *	[scheme://][user[;auth=MECH]@]host[:port][/]        or        lmtp://[user@]/path/to/socket
 *
 * A profile of RFC 3986 (percent-encoding, brackets round IPv6) with the `;auth=` of RFC 2384 and RFC 5092. The last
 * `@` ends the user. A password is refused, because ps(1) shows arguments.
 */
#ifndef AUTH_URL_H
#define AUTH_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct err;

enum url_proto { URL_NNTP, URL_POP, URL_SMTP, URL_LMTP };

/* All strings are owned by the struct and live until url_free. */
struct url {
	enum url_proto proto;
	const char *scheme; /* as in the table of schemes, lower case, static */
	bool implicit_tls;  /* a scheme that begins with TLS */
	char *user;         /* NULL: none given */
	char *authmech;     /* as given after ;auth=, any case; NULL: none given, or `*` */
	char *host;    /* without brackets, UTF-8 as given; "localhost" beside a path. Never NULL */
	uint16_t port; /* the scheme's own unless given; 0 beside a path */
	char *path;    /* a Unix socket, NULL: none */
};

/*
 * Parse text as the URL of an applet. nntp, pop and smtp accept their own schemes (smtp also those of submission and
 * lmtp), URL_LMTP accepts lmtp only. Without a scheme, that of the applet is used. EX_USAGE: not such a URL, another
 * applet's scheme, a password, a path or query; EX_DATAERR: CR, LF or NUL, percent-encoded or not. Errors never show
 * the text before the `@`, which may be a password. u is to be freed only after success.
 */
int url_parse(const char *text, enum url_proto applet, struct url *u, struct err *e);

/* Free the strings; an all-zero struct is allowed. */
void url_free(struct url *u);

/* Append text, which may be a URL and need not be a valid one, with "***" in place of a password. */
void url_add_hidden(struct buf *out, const char *text);

/*
 * Parse a local address, "ADDR" or "ADDR:PORT", with an IPv6 address in brackets if a port follows; *port 0: any. The
 * address is not checked. EX_USAGE.
 */
#define URL_BIND 64
int url_parse_bind(const char *text, char addr[URL_BIND], uint16_t *port, struct err *e);

/*
 * Does this host mean this machine: 127.0.0.0/8, ::1 (also ::ffff:127.x), localhost and names below it (RFC 6761,
 * section 6.3)? Numbers in other notations (127.1, 0x7f000001) count as another machine.
 */
bool url_is_loopback(const char *host);

#endif
