/*
 * lock: fcntl locks and dot-locks.
 *
 * A state file has a lock file of its own, which is never renamed or removed: whoever holds a lock
 * on it is alone. An mbox or a newsrc is locked as other programs do it: fcntl(2) on the file, then
 * a dot-lock FILE.lock beside it. fcntl locks go when the process goes; a dot-lock stays, so it
 * says whose it is (process, host, boot), and one whose process is gone can be cleared. It may hold
 * a note as well: what the next holder must put right if this one dies.
 */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct place;

/*
 * Open the file with that suffix beside p (made with mode 0600 if it is missing, its name durable) and
 * lock it, waiting until the time given (wait_now milliseconds; 0: not at all). The descriptor; close
 * it to unlock. Busy: EX_TEMPFAIL "locked by process N". EX_CANTCREAT, EX_IOERR.
 */
int lock_open(const struct place *p, const char *suffix, int64_t until, struct err *e);

/*
 * Lock an open file for writing, without waiting: 0; 1: somebody else holds it, *holder is the
 * process (0: unknown); -1: EX_IOERR. Closing any descriptor of the file unlocks it.
 */
int lock_try(int fd, int *holder, struct err *e);
void lock_drop(int fd);

/* A dot-lock; `struct dotlock d = {0};` is none. */
struct dotlock {
	const struct place *of; /* the file, while its lock is ours (borrowed), else NULL */
	int fd;
	int64_t touched;
};

enum dotlock_result {
	DOTLOCK_ERROR = -1, /* e is set */
	DOTLOCK_HELD,       /* it is ours */
	DOTLOCK_BUSY,       /* somebody else's */
	DOTLOCK_STALE,      /* left by a process that is gone; *note is what it had noted */
	DOTLOCK_BARRED, /* it may not be created here (rights, read-only, a lock of another user); e says why */
};

/*
 * Try once to lock `file` by dot-lock; it must stay while the lock is held. The caller holds the fcntl lock, if
 * there is one. A dot-lock of another user than us and root is not believed: that user could stop us with it, or
 * have messages cut off by its note. One of root counts while its process lives, but its note does not.
 */
enum dotlock_result dotlock_try(
	struct dotlock *d, const struct place *file, struct buf *note, struct err *e);

/* Remove a stale one, after what its note asks for was done. Then try again. */
void dotlock_clear(const struct place *file);

/* Put a note (lines) into ours, durably. EX_IOERR. */
int dotlock_note(struct dotlock *d, const char *note, struct err *e);

/* It is old: say that its holder is alive (other programs clear locks by their age). */
void dotlock_touch(struct dotlock *d);

/* Remove ours; with durable it is gone after a power loss too. EX_IOERR. None is fine. */
int dotlock_drop(struct dotlock *d, bool durable, struct err *e);

/* Forget ours but leave it, with its note, for the next run to find. */
void dotlock_leave(struct dotlock *d);

/* Wait a moment, at most until the time given, before trying again. 1: time is over; -1: e. */
int lock_pause(int64_t until, struct err *e);

#endif
