/*
 * outfile: the file of `-o FILE`, replaced as a whole. The output is written to a temporary file in the same directory,
 * synced and renamed; on a failure the old file stays. A symbolic link is replaced, not followed. Devices, FIFOs,
 * /dev/stdout and /dev/fd/N are written directly; a FIFO of another user is refused.
 */
#ifndef STORE_OUTFILE_H
#define STORE_OUTFILE_H

#include "base/buf.h"
#include "base/sink.h"
#include "store/place.h"

struct err;

struct outfile {
	struct sink sink; /* must be first: writes to the file */
	int fd;           /* or -1 */
	struct place at;  /* FILE */
	char *temp;       /* the suffix of the temporary file; NULL: written directly */
	struct buf out;   /* octets not yet written to fd */
};

/*
 * Begin the output. Its mode is that of the file it replaces, if that is ours, else 0666 less the umask. EX_CANTCREAT.
 */
int outfile_open(struct outfile *o, const char *path, struct err *e);

/* Write the buffered octets, so that the reader of a FIFO gets them. EX_IOERR. */
int outfile_flush(struct outfile *o, struct err *e);

/* The output is complete: sync and rename. -1: the old file is unchanged; EX_IOERR, EX_CANTCREAT. Frees o. */
int outfile_commit(struct outfile *o, struct err *e);

/* Drop the output; the old file stays. Frees o; allowed after outfile_commit. */
void outfile_abort(struct outfile *o);

#endif
