/*
 * lock: fcntl locks and dot-locks.
 *
 * A journal has a separate lock file, which is never renamed or removed, so that its lock excludes all other runs. An
 * mbox or a newsrc is locked as other programs lock it: fcntl(2) on the file, then a dot-lock FILE.lock in the same
 * directory. An fcntl lock ends with its process. A dot-lock does not: it therefore names its process, host and boot,
 * so that a later run can remove the lock of a process that has ended. A dot-lock may also hold a note: the repair
 * that the next holder must make if this process dies.
 */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct place;

/*
 * Open the lock file, p's path plus suffix (made durably with mode 0600 if it is missing), and lock it. until: how long
 * to wait, as a time of wait_now in milliseconds; 0: do not wait. Returns the descriptor; closing it unlocks. -1:
 * EX_TEMPFAIL "locked by process N", EX_CANTCREAT, EX_IOERR.
 */
int lock_open(const struct place *p, const char *suffix, int64_t until, struct err *e);

/*
 * Lock an open file for writing, without waiting. 0; 1: another process (*holder; 0: unknown) holds the lock; -1:
 * EX_IOERR. Closing any descriptor of the file unlocks it.
 */
int lock_try(int fd, int *holder, struct err *e);

/* A dot-lock; `struct dotlock d = {0};` holds no lock. */
struct dotlock {
	const struct place *of; /* the locked file (borrowed), or NULL if no lock is held */
	int fd;                 /* of the lock file */
	int64_t touched;        /* when its time was last updated (wait_now, milliseconds) */
};

enum dotlock_result {
	DOTLOCK_ERROR = -1, /* e is set */
	DOTLOCK_HELD,       /* we hold the lock */
	DOTLOCK_BUSY,       /* another process holds it */
	DOTLOCK_STALE,      /* left by a process that has ended; *note holds its note */
	DOTLOCK_BARRED, /* cannot be created here (no permission, read-only, lock of another user); e has the reason */
};

/*
 * Try once to lock `file` by dot-lock; *file must live while the lock is held. If the file has an fcntl lock too, the
 * caller already holds it. The dot-lock of a user other than us and root is ignored: otherwise that user could keep us
 * from delivering, or make us truncate the file by its note. A lock of root is respected, its note is not followed.
 */
enum dotlock_result dotlock_try(
	struct dotlock *d, const struct place *file, struct buf *note, struct err *e);

/* Remove a stale dot-lock, after making the repair in its note. The caller then tries again. */
void dotlock_clear(const struct place *file);

/* Write a note (whole lines) into our dot-lock, durably. EX_IOERR. */
int dotlock_note(struct dotlock *d, const char *note, struct err *e);

/* Update the time of our lock file once a minute, since other programs remove old dot-locks. */
void dotlock_touch(struct dotlock *d);

/* Remove our dot-lock, if we hold one; durable: sync the directory as well. EX_IOERR. */
int dotlock_drop(struct dotlock *d, bool durable, struct err *e);

/* Give up our dot-lock but leave its file and note for the next run. */
void dotlock_leave(struct dotlock *d);

/* Wait 100 milliseconds before the next try, at most until `until`. 0; 1: that time has passed; -1: e. */
int lock_pause(int64_t until, struct err *e);

#endif
