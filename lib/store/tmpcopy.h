/*
 * tmpcopy: octets that can be read twice. A regular file is read in place. Other input (a pipe, a terminal, octets
 * written to the sink) is copied: up to 256 KiB in memory, more into a file without a name. A regular file whose
 * st_size is wrong, as in procfs and sysfs, is copied as well.
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
	struct sink sink;   /* must be first: appends to the copy */
	uint64_t len;       /* octets that can be read */
	char *dir;          /* directory of the file */
	char *shown;        /* the name in error messages */
	struct buf memory;  /* the octets, if fd is -1 */
	int fd;             /* the file of the copy, or the caller's file; or -1 */
	bool in_place;      /* fd is the caller's file */
	uint64_t start;     /* offset of the first octet in fd */
	struct stat before; /* status of a file that is read in place, to notice changes */
};

/*
 * Start with an empty copy. dir: directory for a large copy ($TMPDIR; NULL: /var/tmp); shown: the name in error
 * messages; both are copied. Free it with tmpcopy_free. Errors of writing: EX_CANTCREAT, EX_IOERR.
 */
void tmpcopy_init(struct tmpcopy *t, const char *dir, const char *shown);

/*
 * Use the octets of fd from its current position. A regular file is read in place: fd is borrowed until tmpcopy_free,
 * and its position does not change. Any other input, or a file whose st_size is wrong, is copied to its end. Call once,
 * after tmpcopy_init. EX_IOERR, EX_CANTCREAT.
 */
int tmpcopy_take(struct tmpcopy *t, int fd, struct err *e);

/* Does a regular file have octets after offset `at`, and does it end exactly at st->st_size? */
bool tmpcopy_size_fits(int fd, const struct stat *st, uint64_t at);

/*
 * Read n octets at offset `at` (at + n <= len). EX_IOERR, also if a file that is read in place has changed since
 * tmpcopy_take; this is checked by each call that reads the last octet.
 */
int tmpcopy_read(const struct tmpcopy *t, uint64_t at, void *p, size_t n, struct err *e);

/* Write all octets to a sink. Errors of the sink and of tmpcopy_read. */
int tmpcopy_send(const struct tmpcopy *t, struct sink *to, struct err *e);

/* tmpcopy_clear empties the copy for new octets; tmpcopy_free frees it (then use tmpcopy_init again). */
void tmpcopy_clear(struct tmpcopy *t);
void tmpcopy_free(struct tmpcopy *t);

#endif
