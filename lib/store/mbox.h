/*
 * mbox: an mbox (mboxrd) as a store.
 *
 * The file is locked, by fcntl and dot-lock, from the first message of a group until the group is
 * published. Messages are appended as they come. Before anything is, the dot-lock notes durably
 * where the group begins: if the group fails the file is cut back there; if the process dies, the
 * next run finds the dot-lock of a dead process and cuts back what was appended, but only if all of
 * it is clearly ours: another program may have appended meanwhile, and then nothing is touched.
 * When a group is published the dot-lock is gone, durably, before anybody acts on it.
 */
#ifndef STORE_MBOX_H
#define STORE_MBOX_H

#include <stdint.h>

struct err;
struct store;

/*
 * Open the mbox at path (made with mode 0600, durably, when the first message comes). For a lock it
 * waits that many seconds: EX_TEMPFAIL. Where no dot-lock may be created it goes on with fcntl
 * alone, without a note, and fills *warning (borrowed as long as the store lives; a status of 0
 * means there is none). EX_CANTCREAT if place_check
 * refuses the file.
 */
struct store *mbox_open(const char *path, int64_t wait_seconds, struct err *warning, struct err *e);

#endif
