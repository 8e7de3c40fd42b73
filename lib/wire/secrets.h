/*
 * secrets: what this process has sent in logins, so that nothing that it prints repeats it: a server may echo
 * it ("535 bad password hunter2"), at once or later in the session.
 *
 * There is one list for the whole process, since all connections print to the same places. It finds a secret in any
 * case of letters, in hexadecimal and in base64 at any alignment.
 */
#ifndef WIRE_SECRETS_H
#define WIRE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

/* Shorter ones are not looked for: they would be found everywhere. */
#define SECRET_MIN 4

/* So many octets of a longer one give it away as well: servers repeat lines that they have cut. */
#define SECRET_PIECE 8

/* Keep a copy of the n octets, and of their other forms, until secrets_forget. */
void secrets_add(const char *p, size_t n);

/* Are there any? */
bool secrets_known(void);

/*
 * Replace each of them, and what begins as one of them, by "***" in the n octets of p, in place: the number of
 * octets that remain.
 */
size_t secrets_hide(char *p, size_t n);

/* The same for a string. */
void secrets_hide_text(char *text);

/* Overwrite and free all of them, at the end of the process. */
void secrets_forget(void);

#endif
