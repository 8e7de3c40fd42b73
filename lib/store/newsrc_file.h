/* newsrc_file: a .newsrc as a text: locked, read, replaced as a whole. For newsrc.c. */
#ifndef STORE_NEWSRC_FILE_H
#define STORE_NEWSRC_FILE_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "store/lock.h"
#include "store/place.h"

struct err;

struct newsrc_file {
	struct place at; /* links resolved: the file itself is replaced */
	int fd;          /* of the file, locked; -1: it is not there */
	struct dotlock dot;
	struct stat seen; /* when it was read */
	struct buf text;
};

/* See newsrc_open. On -1 call newsrc_file_close all the same. */
int newsrc_file_open(struct newsrc_file *f, const char *path, int64_t wait_seconds,
	struct err *warning, struct err *e);

/* Read the file again if another program has changed it. EX_IOERR, EX_DATAERR. */
int newsrc_file_refresh(struct newsrc_file *f, struct err *e);

/* Put text in its place, durably, with the old mode (a new one: 0600); text is moved from. EX_CANTCREAT, EX_IOERR. */
int newsrc_file_write(struct newsrc_file *f, struct buf *text, struct err *e);

void newsrc_file_close(struct newsrc_file *f);

#endif
