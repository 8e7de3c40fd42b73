/* transcript: --transcript FILE: a log of the session, appended to a file that only its owner can read. */
#ifndef STORE_TRANSCRIPT_H
#define STORE_TRANSCRIPT_H

#include <stddef.h>

#include "base/err.h"

struct transcript;

/*
 * Open FILE for appending, as place_open does. Not even a symbolic link of ours is followed, since the server chooses
 * part of the octets written. The caller closes *t with transcript_close. EX_CANTCREAT.
 */
int transcript_open(const char *path, struct transcript **t, struct err *e);

/*
 * Append n octets (whole lines) with one write, so that lines of simultaneous runs are not mixed. After a failed write
 * nothing more is written; the session continues.
 */
void transcript_add(struct transcript *t, const char *p, size_t n);

/* Close and free; NULL is allowed. */
void transcript_close(struct transcript *t);

#endif
