/*
 * outfile: `-o FILE`: complete or not there. A temporary beside it is renamed when all is written
 * and synced; on failure the old file stays as it was. A symbolic link is replaced, not followed. A
 * device or a FIFO (and /dev/stdout, /dev/fd/N) is written to as it is, but not a FIFO of another user.
 */
#ifndef STORE_OUTFILE_H
#define STORE_OUTFILE_H

#include "base/buf.h"
#include "base/sink.h"
#include "store/place.h"

struct err;

struct outfile {
	struct sink sink; /* first: what is written goes into the file */
	int fd;
	struct place at;
	char *temp; /* the suffix of the temporary; NULL: written in place */
	struct buf out;
};

/* Begin. The mode is that of the file that is replaced, else 0666 less the umask. EX_CANTCREAT. */
int outfile_open(struct outfile *o, const char *path, struct err *e);

/* Write out what is buffered, so that a reader of a FIFO sees it. EX_IOERR. */
int outfile_flush(struct outfile *o, struct err *e);

/* It is complete: sync, rename. On -1 (EX_IOERR, EX_CANTCREAT) nothing has changed. Ends o. */
int outfile_commit(struct outfile *o, struct err *e);

/* It never was. Ends o; fine on one that has ended. */
void outfile_abort(struct outfile *o);

#endif
