/*
 * maildir: a Maildir as a store that holds each message exactly once.
 *
 * The file name is made from a digest of the message's key, header (without the fields that servers rewrite, see
 * header_digest.h) and length, so it is the same whenever the message is fetched again. If new/ or cur/ has a file with
 * this name and the same octets, the message is stored already; if the octets differ, the message gets a name with
 * another count. Messages with a key that alone identifies them are not compared. A message is written to tmp/; a large
 * one, whose name is known only at its end, under a random name at first. Prepare syncs the files and tmp/; publish
 * renames into new/ without replacing any file, and syncs new/ and cur/.
 *
 * Names begin with a digest of the mailbox, and only files of this mailbox are changed: several processes can deliver
 * different mailboxes into one Maildir. One mailbox is delivered by one process at a time (the journal's lock).
 */
#ifndef STORE_MAILDIR_H
#define STORE_MAILDIR_H

struct err;
struct store;

/*
 * Open the Maildir at path. mailbox: a text that identifies the mailbox, such as pop://user@host; only its digest is
 * kept. If path does not exist, the Maildir is made durably with mode 0700. NULL: EX_CANTCREAT (also for a directory
 * that is not a Maildir), EX_IOERR.
 */
struct store *maildir_open(const char *path, const char *mailbox, struct err *e);

/* Does path have the subdirectories tmp, new and cur? */
int maildir_is(const char *path);

#endif
