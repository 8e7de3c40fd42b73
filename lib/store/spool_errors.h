/*
 * spool_errors: why the messages in new/ of a spool (store/spool) were not sent by the last run. The text is kept in
 * the file .errors of the spool, which each run replaces by rename; it is not synced, since it may be lost. Only a file
 * of the spool's owner is read: other users can make files in a shared spool.
 */
#ifndef STORE_SPOOL_ERRORS_H
#define STORE_SPOOL_ERRORS_H

#include "base/buf.h"

struct err;
struct spool;

/*
 * Append the errors to out: lines "NAME TEXT", in the order of the names; a name may have several lines. Nothing is
 * appended if there are none, or the file cannot be read or is not the owner's.
 */
void spool_errors_read(const struct spool *s, struct buf *out);

/*
 * In such lines, which end with a NUL: the first line from p on whose name is not less than `name`, and the number of
 * octets of the lines at p that have this name. Callers look up ascending names, each from the line of the one before.
 */
const char *spool_errors_find(const char *p, const char *name);
size_t spool_errors_length(const char *p, const char *name);

/* Call with the lock held: replace the errors by these n octets, in the form above. EX_CANTCREAT, EX_IOERR. */
int spool_errors_write(const struct spool *s, const char *lines, size_t n, struct err *e);

#endif
