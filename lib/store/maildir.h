/*
 * maildir: a Maildir as a store, exactly once.
 *
 * A message comes into tmp/ under a name made from a digest of its key and its octets (without the fields
 * that servers rewrite, hdrsum.h), which is the same whenever it is fetched again; a large one, whose name
 * is known only at its end, under a random name first. If that name is in new/ or cur/ it is stored
 * already. Prepare syncs the files and tmp/, publish renames into new/ without ever replacing and syncs
 * new/ and cur/. Names begin with a digest of the mailbox, and only files of that mailbox are ever touched,
 * so many mailboxes can go into one Maildir side by side (but one mailbox only by one process at a time:
 * the journal's lock).
 */
#ifndef STORE_MAILDIR_H
#define STORE_MAILDIR_H

struct err;
struct store;

/*
 * Open the Maildir at path, for the mailbox called `mailbox` (any text that identifies it, such as
 * pop://user@host; copied). If nothing is there it is made, tmp/, new/, cur/ and all, with mode
 * 0700 and durably. NULL: EX_CANTCREAT (also for a directory that is no Maildir), EX_IOERR.
 */
struct store *maildir_open(const char *path, const char *mailbox, struct err *e);

/* Is path a directory that has tmp, new and cur? */
int maildir_is(const char *path);

#endif
