/*
 * maildir_dir: the three directories of a Maildir and what they hold of one mailbox: names,
 * moving into sight, syncs. For maildir.c.
 */
#ifndef STORE_MAILDIR_DIR_H
#define STORE_MAILDIR_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/set.h"

struct err;

#define MDIR_TAG  16                             /* hexadecimal digits of the mailbox's digest */
#define MDIR_BODY 40                             /* and of the message's */
#define MDIR_NAME (MDIR_TAG + 1 + MDIR_BODY + 1) /* "TAG.BODY" and a NUL */

enum { MDIR_TMP, MDIR_NEW, MDIR_CUR };

struct mdir {
	char *path; /* without a slash at its end */
	int fd[3];  /* the directories, in the order of the enum */
	char tag[MDIR_TAG + 1];
	struct set stored; /* after mdir_scan: what new/ and cur/ hold of this mailbox */
};

/* Open (or make) the Maildir; on -1 (EX_CANTCREAT, EX_IOERR) call mdir_close all the same. */
int mdir_open(struct mdir *d, const char *path, const char *mailbox, struct err *e);
void mdir_close(struct mdir *d);

/* Is it TAG.BODY or TAG.BODY:flags of this mailbox? The value of such a name in d->stored. */
bool mdir_is_ours(const struct mdir *d, const char *name);
uint64_t mdir_value(const char *name);

/* Fill d->stored from new/ and cur/. EX_IOERR. */
int mdir_scan(struct mdir *d, struct err *e);

/* Move tmp/name to new/name, never replacing, and note it in d->stored. EX_CANTCREAT. */
int mdir_show(struct mdir *d, const char *name, struct err *e);

/* Make what was moved durable. EX_IOERR. */
int mdir_sync_shown(struct mdir *d, struct err *e);

/* Remove every file of this mailbox from tmp/. EX_IOERR when tmp/ cannot be read. */
int mdir_clean(struct mdir *d, struct err *e);

#endif
