/* mbox_piece: remove the octets that a killed run appended to an mbox. For mbox.c. */
#ifndef STORE_MBOX_PIECE_H
#define STORE_MBOX_PIECE_H

#include <stdint.h>
#include <time.h>

struct buf;
struct err;

/* Append the note for a dot-lock: the group starts at that offset (bytes), and all its From_ lines have that date. */
void mbox_piece_note(struct buf *note, uint64_t offset, time_t date);

/*
 * Truncate the mbox durably to the offset in the note of a dead process's dot-lock, if that process wrote everything
 * after the offset. Without a valid note, or in doubt, nothing is changed. The caller has locked fd. EX_IOERR.
 */
int mbox_piece_cut(int fd, const char *note, const char *path, struct err *e);

#endif
