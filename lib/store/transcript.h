/* transcript: --transcript FILE: a diary that is only ever appended to, readable by its owner. */
#ifndef STORE_TRANSCRIPT_H
#define STORE_TRANSCRIPT_H

#include <stddef.h>

#include "base/err.h"

struct transcript;

/*
 * Open FILE for appending, as place_open does; a symbolic link is not followed, even one of ours, since the
 * octets written are partly the server's. *t is the caller's: transcript_close. EX_CANTCREAT.
 */
int transcript_open(const char *path, struct transcript **t, struct err *e);

/*
 * Append n octets (whole lines) with one write, so that runs side by side do not tear each other's
 * lines. A failure is remembered and ends the writing; it stops nothing else.
 */
void transcript_add(struct transcript *t, const char *p, size_t n);

/* NULL is fine. */
void transcript_close(struct transcript *t);

#endif
