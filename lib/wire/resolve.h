/* resolve: look up host names with a deadline, which getaddrinfo(3) does not have. */
#ifndef WIRE_RESOLVE_H
#define WIRE_RESOLVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

#define RESOLVE_MAX 16

struct address {
	socklen_t len;
	struct sockaddr_storage sa;
};

/*
 * The addresses of host (port filled in), the address families alternating (RFC 8305, section 4); *n of them, at most
 * RESOLVE_MAX. Literals are parsed at once, and `localhost` is ::1 and 127.0.0.1 without a lookup (RFC 6761, section
 * 6.3); any other name is looked up in a forked child that is killed at `until`. A name that is not ASCII is looked up
 * by its A-labels (RFC 5891), whatever the locale. EX_NOHOST: the name does not exist, or has no address of the family;
 * EX_DATAERR: not a domain name; EX_TEMPFAIL: the resolver failed temporarily or did not answer.
 */
int resolve(const char *host, uint16_t port, int family, int64_t until, struct address *out,
	size_t *n, struct err *e);

/* A numeric address only, no look-up at all: 0 or -1 (no error set). */
int resolve_literal(const char *host, uint16_t port, int family, struct address *out, size_t *n);

/*
 * The canonical name of a host, as the resolver has it; "" if there is none. `size` is that of out in bytes. The child
 * and the errors are those of resolve.
 */
int resolve_canonical(const char *host, int64_t until, char *out, size_t size, struct err *e);

#endif
