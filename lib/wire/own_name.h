/* own_name: the fully qualified name of this host, as `hostname -f` prints it. */
#ifndef WIRE_OWN_NAME_H
#define WIRE_OWN_NAME_H

#include <stdbool.h>

/* The longest name, in octets. */
#define OWN_NAME_MAX 255

/*
 * The name of this host: that of gethostname(2) if it has a domain, else the first name in its line of /etc/hosts,
 * else, if it has no line there and `ask` is set, the canonical name from the resolver, which has six seconds to
 * answer. false: none of them has letters, digits, hyphens and a domain; then name is that of gethostname(2),
 * "localhost" if that is empty.
 */
bool own_name(bool ask, char name[OWN_NAME_MAX + 1]);

#endif
