/* own_name: the names of this host and of the user, for fields, addresses and commands that need them. */
#ifndef WIRE_OWN_NAME_H
#define WIRE_OWN_NAME_H

#include <stdbool.h>

/* The longest name, in octets. */
#define OWN_NAME_MAX 255

/*
 * The fully qualified name of this host, as `hostname -f` prints it: that of gethostname(2) if it has a domain, else
 * the first name in its line of /etc/hosts, else, if it has no line there and `ask` is set, the canonical name from the
 * resolver, which has six seconds to answer. false: none of them has letters, digits, hyphens and a domain; then name
 * is that of gethostname(2), "localhost" if that is empty.
 */
bool own_name(bool ask, char name[OWN_NAME_MAX + 1]);

/* The name that own_name finds with `ask`, looked up once in a run. */
const char *own_host(void);

/*
 * The name of the user who runs the program: that of the user database, else logname (the value of $LOGNAME) unless it
 * is empty or NULL, else `otherwise`. Borrowed until the next call.
 */
const char *own_user(const char *logname, const char *otherwise);

#endif
