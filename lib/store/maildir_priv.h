/* maildir_priv: the structure of a Maildir store, for maildir.c (groups) and maildir_message.c (the current message). */
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
	int fd;     /* its file in tmp/; -1: closed, or stored before */
	bool there; /* it is in new/ or cur/ */
	char name[MDIR_NAME];
};

/* Messages with equal digests: where the search for the next one's name starts. */
struct twin {
	unsigned char digest[DIGEST_SHA256];
	unsigned char last[DIGEST_SHA256]; /* the digest from which the last name was made */
};

struct maildir {
	struct store st;
	struct mdir d;
	struct set used;   /* set_hash of the names that messages of this run have */
	struct twin *twin; /* digests that several messages of this run have */
	size_t twins, twin_room;
	struct hash by_digest; /* from a digest to its index in twin */
	bool scanned;          /* mdir_scan was called */

	/* The current message. */
	int fd;              /* its file in tmp/; -1: still in `out`, without a file */
	char tmp[MDIR_NAME]; /* its file name */
	struct digest *digest;
	struct hdrsum sum; /* passes the octets to `digest`, without fields that servers rewrite */
	bool key_only;     /* the digest is of the key alone */
	struct buf out;    /* octets not yet hashed and written */

	struct item *items; /* the group: messages that have ended since the last publish */
	size_t count, room;
	size_t open;    /* items whose file is open */
	bool closed;    /* some files were closed without fsync: syncfs is needed */
	bool published; /* the group is published; the next message begins a new one */
};

/* ---- maildir_message.c ---- */

/* Begin a message. Its name is made from its key and the octets written. */
void maildir_msg_begin(struct maildir *m, const struct store_msg *msg);

/* The write function of the store's sink. EX_CANTCREAT, EX_IOERR. */
int maildir_msg_write(struct sink *s, const char *p, size_t n, struct err *e);

/* The message is complete: hash the collected octets, and write them if there is a file. EX_IOERR. */
int maildir_msg_last(struct maildir *m, struct err *e);

/* Make the message's name; call once, after maildir_msg_last. */
void maildir_msg_name(struct maildir *m, char name[MDIR_NAME]);

/* Store the whole message under that name in tmp/; m->fd is its file then. EX_CANTCREAT, EX_IOERR. */
int maildir_msg_keep(struct maildir *m, const char *name, struct err *e);

/* Close and remove the message's file, if it has one. EX_IOERR. */
int maildir_msg_drop(struct maildir *m, struct err *e);

/* Free the digest of the current message, if it was not used. */
void maildir_msg_end(struct maildir *m);

#endif
