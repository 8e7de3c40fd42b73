/* logfile: a file that only its owner can read and that lines are appended to: --transcript and --log. */
#ifndef STORE_LOGFILE_H
#define STORE_LOGFILE_H

#include <stddef.h>

#include "base/err.h"

struct logfile;

/*
 * Open FILE for appending, as place_open does. Not even a symbolic link of ours is followed, since the server chooses
 * part of the octets written. The caller closes *f with logfile_close. EX_CANTCREAT.
 */
int logfile_open(const char *path, struct logfile **f, struct err *e);

/*
 * Append n octets (whole lines) with one write, so that lines of simultaneous runs are not mixed. After a failed write
 * nothing more is written; the session continues.
 */
void logfile_add(struct logfile *f, const char *p, size_t n);

/* Close and free; NULL is allowed. */
void logfile_close(struct logfile *f);

#endif
