/* spool_priv: the structure of an open spool, for spool.c and spool_send.c. */
#ifndef STORE_SPOOL_PRIV_H
#define STORE_SPOOL_PRIV_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/sink.h"
#include "store/spool.h"

#define SPOOL_BOXES SPOOL_DONE

/* The first line of a file: this text, the length of the envelope in octets as a decimal number, LF. */
#define SPOOL_FIRST "mailnet-spool 1 "

/* The directory names of the boxes. */
extern const char *const spool_boxes[SPOOL_BOXES];

/* Make a file name: names sort by time, and random digits make them unique, also across hosts. */
void spool_new_name(char name[SPOOL_NAME]);

struct spool {
	struct sink sink;          /* must be first: writes to the current message */
	char *path;                /* without slashes at its end */
	int top, dir[SPOOL_BOXES]; /* descriptors of the spool and its boxes, or -1 */
	uid_t owner;
	bool shared; /* all users may add messages */
	bool guest; /* shared and owned by another user: we can add, but not list or sync its directories */
	int lock;              /* descriptor of the lock file, or -1 */
	int fd;                /* the current message in tmp/, or -1 */
	char name[SPOOL_NAME]; /* its file name */
	struct buf out;        /* octets not yet written to fd */
};

#endif
