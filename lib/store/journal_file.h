/*
 * journal_file: the file under a journal: a first line that identifies the format and its version, then records, only
 * ever appended or replaced as a whole. A file of the first version is read, and must be replaced before anything is
 * appended. For journal.c and journal_rewrite.c.
 *
 * Its lock is a file of its own, PATH.lock, never renamed or removed. A torn end is cut off before
 * anything is appended, and a failed append is cut back; after a failed sync the file is not written
 * again. A rewritten file is built as PATH.new and renamed. All three are opened through place.h;
 * if PATH is a symbolic link, the other two are in the directory of its target.
 */
#ifndef STORE_JOURNAL_FILE_H
#define STORE_JOURNAL_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/place.h"

struct err;
struct journal_record;

struct journal_file {
	struct place at;
	int fd, lock;
	unsigned version; /* of the format: 1 or JOURNAL_VERSION */
	uint64_t end;     /* where the next record goes; before journal_file_cut: the size */
	bool broken;      /* a sync failed: no more writing */
	int draft;        /* PATH.new while it is written, or -1 */
	uint64_t draft_end;
	struct buf draft_out;
};

#define JOURNAL_VERSION 2 /* of the files that are written */

/* Called for each record of the file, in order; r is valid only during the call. false: it does not count. */
typedef bool journal_file_each(void *ctx, const struct journal_record *r, uint64_t offset);

/*
 * Lock (EX_TEMPFAIL when another process has it), and make the file with the directories above it if it is missing, all
 * durably. EX_CONFIG: the file is not a journal, or has a later version. EX_CANTCREAT, EX_IOERR. On -1 call
 * journal_file_close all the same.
 */
int journal_file_open(struct journal_file *f, const char *path, struct err *e);
void journal_file_close(struct journal_file *f);

/* Read all records; *end is after the last one that counts. EX_IOERR. */
int journal_file_read(const struct journal_file *f, journal_file_each *each, void *ctx,
	uint64_t *end, struct err *e);

/* Cut off durably all after this offset. EX_IOERR. */
int journal_file_cut(struct journal_file *f, uint64_t end, struct err *e);

/*
 * Append lines: all or nothing. They are durable after journal_file_sync. EX_IOERR; if the file cannot be cut back, or a
 * sync fails, every later append and sync fails, too.
 */
int journal_file_append(struct journal_file *f, const struct buf *lines, struct err *e);
int journal_file_sync(struct journal_file *f, struct err *e);

/* Read the record at an offset again; out holds the line, to which r points. EX_IOERR. */
int journal_file_get(const struct journal_file *f, uint64_t offset, struct buf *out,
	struct journal_record *r, struct err *e);

/*
 * Replace the file durably by a new one: begin, add n octets of lines at a time, commit. The old file stays until the
 * commit, and if the new one is aborted; a commit that fails ends the draft. EX_CANTCREAT, EX_IOERR.
 */
int journal_file_draft(struct journal_file *f, struct err *e);
int journal_file_draft_add(struct journal_file *f, const char *lines, size_t n, struct err *e);
int journal_file_draft_commit(struct journal_file *f, struct err *e);
void journal_file_draft_abort(struct journal_file *f);

#endif
