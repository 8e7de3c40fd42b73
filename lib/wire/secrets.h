/*
 * secrets: what a login has sent, so that a server that repeats it ("535 bad password hunter2") does
 * not bring it into a trace, an error or a record. They are kept for the time of the login only.
 */
#ifndef WIRE_SECRETS_H
#define WIRE_SECRETS_H

#include <stddef.h>

/* Shorter ones are not looked for: they would be found everywhere. */
#define SECRET_MIN 4

/* So many octets of a longer one give it away as well: servers repeat lines they have cut. */
#define SECRET_PIECE 8

struct secrets;

/* Keep a copy of the n octets in *s, which is made when it is NULL. */
void secrets_add(struct secrets **s, const char *p, size_t n);

/*
 * Replace each of them, and what begins as one of them, by "***" in the n octets of p, in place: the number of octets that remain. s may
 * be NULL.
 */
size_t secrets_hide(const struct secrets *s, char *p, size_t n);

/* Overwrite and free; NULL is fine. */
void secrets_free(struct secrets *s);

#endif
