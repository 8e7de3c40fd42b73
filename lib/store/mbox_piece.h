/* mbox_piece: what a run that died left at the end of an mbox. For mbox.c. */
#ifndef STORE_MBOX_PIECE_H
#define STORE_MBOX_PIECE_H

#include <stdint.h>
#include <time.h>

struct buf;
struct err;

/* The note for a dot-lock: a group begins at that offset, every From_ line has that date. */
void mbox_piece_note(struct buf *note, uint64_t offset, time_t date);

/*
 * Follow a note found in a dead process's dot-lock: cut the file back to the offset, durably, if
 * all that stands behind it was written by that process. Without a note, or with doubt, nothing is
 * done. fd is locked by the caller. EX_IOERR.
 */
int mbox_piece_cut(int fd, const char *note, const char *path, struct err *e);

#endif
