/*
 * secrets: the secrets that this process has sent in logins, so that they can be hidden in all output: a server
 * may repeat one ("535 bad password hunter2"), at once or later in the session.
 *
 * There is one list for the whole process, since all connections print to the same places. It finds a secret in any
 * case of letters, in hexadecimal and in base64 at any alignment.
 */
#ifndef WIRE_SECRETS_H
#define WIRE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Octets of the shortest secret that is hidden: a shorter one would match ordinary text. */
#define SECRET_MIN 4

/* The number of first octets of a longer secret that are hidden, too, since servers repeat truncated lines. */
#define SECRET_PIECE 8

/* Keep a copy of the n octets, and of their other forms, until secrets_forget. */
void secrets_add(const char *p, size_t n);

/* Is any secret kept? */
bool secrets_known(void);

/*
 * Replace each secret, and the beginning of each, by "***" in the n octets of p, in place. Returns the number of
 * octets that remain.
 */
size_t secrets_hide(char *p, size_t n);

/* The same for a string. */
void secrets_hide_text(char *text);

/* Append n octets of p as a person may see them: secrets hidden first, then escaped by terminal_escape with keep. */
void secrets_escape(struct buf *out, const char *p, size_t n, const char *keep);

/* Overwrite and free all of them, at the end of the process. */
void secrets_forget(void);

#endif
