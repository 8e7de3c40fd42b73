/*
 * tmpcopy: octets that are read twice. A regular file is read where it is; what cannot be read
 * again (a pipe, a terminal, what comes through a sink) is copied: in memory to 256 KB, beyond that
 * into a file without a name. So is a regular file with another size than reading gives, as those of
 * procfs and sysfs have.
 */
#ifndef STORE_TMPCOPY_H
#define STORE_TMPCOPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/sink.h"

#define TMPCOPY_MEMORY (256 * 1024)

struct tmpcopy {
	struct sink sink; /* first: what is written goes into the copy */
	uint64_t len;     /* octets to be read */
	char *dir;        /* where the file goes */
	char *shown;      /* what errors call it */
	struct buf memory;
	int fd;             /* of the copy, or the caller's file; -1 */
	bool in_place;      /* fd is the caller's */
	uint64_t start;     /* where it begins in fd */
	struct stat before; /* of a file that is read in place */
};

/*
 * An empty copy. dir is where a large one goes ($TMPDIR), NULL: /var/tmp; shown is for errors; both
 * are copied. End it with tmpcopy_free. Writing: EX_CANTCREAT, EX_IOERR.
 */
void tmpcopy_init(struct tmpcopy *t, const char *dir, const char *shown);

/*
 * Take what fd holds from where it stands: a regular file in place (fd is borrowed until
 * tmpcopy_free, and its position is not moved), anything else copied to its end, also a file whose
 * size does not fit. Once, on a fresh copy. EX_IOERR; EX_CANTCREAT.
 */
int tmpcopy_take(struct tmpcopy *t, int fd, struct err *e);

/* Are there octets behind `at`, and do they end where the size says? fd is a regular file's. */
bool tmpcopy_size_fits(int fd, const struct stat *st, uint64_t at);

/*
 * Read n octets from the given place (at + n <= len). A file read in place that has changed since
 * tmpcopy_take is EX_IOERR; it is looked at whenever a reading comes to its end.
 */
int tmpcopy_read(const struct tmpcopy *t, uint64_t at, void *p, size_t n, struct err *e);

/* Hand all of it to a sink, in order; errors are the sink's, or those of tmpcopy_read. */
int tmpcopy_send(const struct tmpcopy *t, struct sink *to, struct err *e);

/* Empty it for new octets, or free what it holds (it must be initialised again then). */
void tmpcopy_clear(struct tmpcopy *t);
void tmpcopy_free(struct tmpcopy *t);

#endif
