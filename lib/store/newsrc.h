/*
 * newsrc: the .newsrc that newsreaders share: a line for each group, `GROUP: 1-100,105`, `!` instead
 * of the colon for one that is not subscribed.
 *
 * All text of other newsreaders is kept octet for octet, except the ranges that change. The file is locked (fcntl and
 * dot-lock) while it is open here, and replaced as a whole; of a symbolic link the target is replaced. If a
 * newsreader that does not use these locks has changed the file meanwhile, the new marks are added to its version.
 */
#ifndef STORE_NEWSRC_H
#define STORE_NEWSRC_H

#include <stdbool.h>
#include <stdint.h>

#include "store/ranges.h"

struct err;
struct newsrc;
struct newsrc_group;

/* Largest .newsrc in octets; a larger one is EX_DATAERR. */
#define NEWSRC_MAX (64 * 1024 * 1024)

/*
 * Open, lock (waiting so many seconds: EX_TEMPFAIL) and read. A file that is missing counts as
 * empty and is made when there is something to save. *warning is filled where no dot-lock may be
 * created. NULL: EX_TEMPFAIL, EX_CANTCREAT, EX_DATAERR, EX_IOERR.
 */
struct newsrc *newsrc_open(
	const char *path, int64_t wait_seconds, struct err *warning, struct err *e);

/*
 * The line of a group. A group without a line gets one, as a subscribed group, if anything is marked in it. The result
 * is valid until newsrc_close. NULL: EX_DATAERR, its ranges cannot be understood.
 */
struct newsrc_group *newsrc_group(struct newsrc *n, const char *name, struct err *e);

/* The name of the line; valid until newsrc_close. */
const char *newsrc_name(const struct newsrc_group *g);

/*
 * The groups that the file subscribes to, in its order, a name once. *at begins with 0. The name is not terminated, may
 * contain any octets but LF, ':' and '!', and is valid until newsrc_save. NULL: there are no more.
 */
const char *newsrc_subscribed(const struct newsrc *n, size_t *at, size_t *len);

/* The path of the file, for messages; does the file exist? */
const char *newsrc_path(const struct newsrc *n);
bool newsrc_exists(const struct newsrc *n);

/* The ranges marked as read; valid until the next mark. */
const struct ranges *newsrc_read(const struct newsrc_group *g);

/* Mark lo to hi as read. */
void newsrc_mark(struct newsrc_group *g, uint64_t lo, uint64_t hi);

/* Mark all these ranges as read, in time that grows with the number of ranges. */
void newsrc_mark_all(struct newsrc_group *g, const struct ranges *marks);

/*
 * Was the group renumbered? True if its highest number is now below one that was read. The marks are then
 * invalid, and newsrc_reset drops them.
 */
bool newsrc_renumbered(const struct newsrc_group *g, uint64_t high);
void newsrc_reset(struct newsrc_group *g);

/* Write the changes durably; without changes the file is not written. EX_CANTCREAT, EX_IOERR. */
int newsrc_save(struct newsrc *n, struct err *e);

/* Unlock and free, without saving; NULL is allowed. */
void newsrc_close(struct newsrc *n);

#endif
