/* spool_priv: the inside of a spool. For spool.c and spool_send.c. */
#ifndef STORE_SPOOL_PRIV_H
#define STORE_SPOOL_PRIV_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/sink.h"
#include "store/spool.h"

#define SPOOL_BOXES SPOOL_DONE

/* The first line of a file: this, the length of the envelope, LF. */
#define SPOOL_FIRST "mailnet-spool 1 "

/* What the boxes are called in the directory. */
extern const char *const spool_boxes[SPOOL_BOXES];

/* A new name: names sort by time, and random digits keep them apart, also across hosts. */
void spool_new_name(char name[SPOOL_NAME]);

struct spool {
	struct sink sink; /* first: for the message under way */
	char *path;
	int top, dir[SPOOL_BOXES];
	uid_t owner;
	bool shared; /* many users add messages: their files are not ours */
	bool guest; /* it is shared and of another user: we can add, but not list or sync its directories */
	int lock;
	int fd; /* the message under way, or -1 */
	char name[SPOOL_NAME];
	struct buf out;
};

#endif
