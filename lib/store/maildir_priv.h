/* maildir_priv: a Maildir store in memory. For maildir.c, its groups, and maildir_message.c, the one under way. */
#ifndef STORE_MAILDIR_PRIV_H
#define STORE_MAILDIR_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/hash.h"
#include "store/hdrsum.h"
#include "store/maildir_dir.h"
#include "store/set.h"
#include "store/store.h"

/* A message that ended and is not yet published. */
struct item {
	int fd; /* -1: closed, or was there already */
	bool there;
	char name[MDIR_NAME];
};

/* Several messages with one digest: where the search for a name of the next one goes on. */
struct twin {
	unsigned char digest[DIGEST_SHA256];
	unsigned char last[DIGEST_SHA256]; /* the digest that the last name was made from */
};

struct maildir {
	struct store st;
	struct mdir d;
	struct set used;   /* the names that messages of this run have, by set_hash */
	struct twin *twin; /* digests that several messages have */
	size_t twins, twin_room;
	struct hash by_digest; /* of twin */
	bool scanned;

	/* The message under way. */
	int fd;              /* -1: it is in `out` so far, and has no file */
	char tmp[MDIR_NAME]; /* the file's name in tmp/ */
	struct digest *digest;
	struct hdrsum sum; /* in front of it */
	bool key_only;
	struct buf out;

	struct item *items;
	size_t count, room;
	size_t open; /* items whose file is open */
	bool closed; /* some were closed before they were synced */
	bool published;
};

/* ---- maildir_message.c ---- */

/* It begins; its name will be made from its key and what is written. */
void maildir_msg_begin(struct maildir *m, const struct store_msg *msg);

/* The write of the store's sink. The errors of creating and writing a file. */
int maildir_msg_write(struct sink *s, const char *p, size_t n, struct err *e);

/* All has come: what is gathered is hashed, and written if there is a file. Errors of writing. */
int maildir_msg_last(struct maildir *m, struct err *e);

/* Make its name, once, behind maildir_msg_last. */
void maildir_msg_name(struct maildir *m, char name[MDIR_NAME]);

/* All of it into a file with that name in tmp/, which m->fd is then. EX_CANTCREAT, or an error of writing. */
int maildir_msg_keep(struct maildir *m, const char *name, struct err *e);

/* Away with its file, if it has one. EX_IOERR. */
int maildir_msg_drop(struct maildir *m, struct err *e);

/* It is over, whatever became of it. */
void maildir_msg_end(struct maildir *m);

#endif
