/*
 * maildir_dir: tmp, new and cur of a Maildir, and the files of one mailbox in them: list, publish, sync, clean up. For
 * maildir.c.
 */
#ifndef STORE_MAILDIR_DIR_H
#define STORE_MAILDIR_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "store/u64set.h"

struct err;

#define MDIR_TAG 16 /* hexadecimal digits of the digest of the mailbox */
#define MDIR_BODY \
	40 /* hexadecimal digits: 32 of the digest of the message, 8 that count equal digests */
#define MDIR_NAME (MDIR_TAG + 1 + MDIR_BODY + 1) /* bytes of "TAG.BODY", with its NUL */

enum { MDIR_TMP, MDIR_NEW, MDIR_CUR };

struct mdir {
	char *path;             /* without a slash at its end */
	int fd[3];              /* descriptors of the directories, indexed by MDIR_TMP ...; or -1 */
	char tag[MDIR_TAG + 1]; /* digest of the mailbox: the beginning of its file names */
	struct u64set
		stored; /* after mdir_scan: mdir_value of the mailbox's files in new/ and cur/ */
	/* The names in cur/ with flags, once mdir_open_stored has needed them. */
	char **flagged;
	uint32_t nflagged;
	size_t flagged_room;
	struct hash by_name; /* from "TAG.BODY" to an index in flagged */
	bool indexed;
};

/* Open or make the Maildir. Call mdir_close also after an error. EX_CANTCREAT, EX_IOERR. */
int mdir_open(struct mdir *d, const char *path, const char *mailbox, struct err *e);
void mdir_close(struct mdir *d);

/* Is the name TAG.BODY or TAG.BODY:flags of this mailbox? mdir_value: the value of such a name in d->stored. */
bool mdir_is_ours(const struct mdir *d, const char *name);
uint64_t mdir_value(const char *name);

/* Fill d->stored from new/ and cur/. EX_IOERR. */
int mdir_scan(struct mdir *d, struct err *e);

/* Open the file "TAG.BODY" in new/ or cur/, there with any flags. *fd -1: it is gone. -1: cur/ cannot be read. */
int mdir_open_stored(struct mdir *d, const char *name, int *fd, struct err *e);

/* Move tmp/name to new/name without replacing a file, and add it to d->stored. EX_CANTCREAT. */
int mdir_show(struct mdir *d, const char *name, struct err *e);

/* Sync new/ and cur/: the moves are durable on return. EX_IOERR. */
int mdir_sync_shown(struct mdir *d, struct err *e);

/* Remove every file of this mailbox from tmp/. EX_IOERR when tmp/ cannot be read. */
int mdir_clean(struct mdir *d, struct err *e);

#endif
