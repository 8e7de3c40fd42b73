/*
 * mbox: an mbox (mboxrd) as a store.
 *
 * The file is locked by fcntl and dot-lock from the first message of a group until the group is published. Before the
 * first message is appended, the file's length is noted durably in the dot-lock. If the group fails, the file is
 * truncated to that length. If the process dies, the next run finds the dot-lock of a dead process and truncates the
 * file, but only if everything after that length was clearly written by mailnet: another program may have appended
 * meanwhile. Publishing removes the dot-lock durably, before any message is deleted on the server.
 */
#ifndef STORE_MBOX_H
#define STORE_MBOX_H

#include <stdint.h>

struct err;
struct store;

/*
 * Open the mbox at path; the first message creates it durably with mode 0600. wait_seconds: how long to wait for the
 * locks (EX_TEMPFAIL). If no dot-lock can be created, the mbox is locked by fcntl only, and *warning is filled (status
 * 0: no warning; borrowed as long as the store lives). EX_CANTCREAT if place_check refuses the file.
 */
struct store *mbox_open(const char *path, int64_t wait_seconds, struct err *warning, struct err *e);

#endif
