/* spool_priv: the inside of a spool. For spool.c and spool_send.c. */
#ifndef STORE_SPOOL_PRIV_H
#define STORE_SPOOL_PRIV_H

#include "base/buf.h"
#include "base/sink.h"
#include "store/spool.h"

#define SPOOL_BOXES SPOOL_DONE

/* The first line of a file: this, the length of the envelope, LF. */
#define SPOOL_FIRST "mailnet-spool 1 "

/* What the boxes are called in the directory. */
extern const char *const spool_boxes[SPOOL_BOXES];

struct spool {
	struct sink sink; /* first: for the message under way */
	char *path;
	int dir[SPOOL_BOXES];
	int lock;
	int fd; /* the message under way, or -1 */
	char name[SPOOL_NAME];
	struct buf out;
};

#endif
