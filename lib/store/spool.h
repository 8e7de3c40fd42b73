/*
 * spool: messages that wait to be sent, each with its envelope in one file, in a directory shaped
 * like a Maildir: tmp/ new/ sending/ failed/ unknown/.
 *
 * A message is in new/ until the octets that complete it are about to leave; just before, it is
 * marked durably by being moved to sending/. What a later run finds in sending/ has an unknown fate
 * and goes to unknown/: it is never sent again by itself. Adding needs no lock, sending does.
 *
 * A spool belongs to the user who sends from it. Only a shared one, whose directories have the mode 3733
 * (set-group-id, sticky, others may write), takes messages of other users; their files (0640) are not trusted: they
 * are regular files with one link, opened without following links, and no path comes from their content.
 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct sink;
struct spool;

enum spool_box {
	SPOOL_TMP,
	SPOOL_NEW,
	SPOOL_SENDING,
	SPOOL_FAILED,
	SPOOL_UNKNOWN,
	SPOOL_DONE, /* nowhere: it has been delivered */
};

#define SPOOL_NAME     64                 /* octets of a name, its NUL included */
#define SPOOL_ENVELOPE (64 * 1024 * 1024) /* octets of an envelope at most */

/*
 * Open the spool at dir; what is missing of it is made, with mode 0700, durably. EX_CANTCREAT, also for a spool of
 * another user that is not shared.
 */
struct spool *spool_open(const char *dir, struct err *e);

/* Drops a message under way, unlocks; NULL is fine. */
void spool_close(struct spool *s);

/* ---- adding */

/*
 * Begin a message with its envelope, n octets that mean nothing here. The sink is for the message;
 * valid until spool_end or spool_abort. NULL: EX_CANTCREAT, EX_IOERR.
 */
struct sink *spool_begin(struct spool *s, const char *envelope, size_t n, struct err *e);

/* It is complete: it and its name are durable in that box on return; name is filled in. */
int spool_end(struct spool *s, enum spool_box box, char name[SPOOL_NAME], struct err *e);

/* It never was. Fine when nothing is under way. */
void spool_abort(struct spool *s);

/* ---- sending */

/* Only one process sends: EX_TEMPFAIL "locked by process N". Until spool_close. */
int spool_lock(struct spool *s, struct err *e);

/* The names in a box, oldest first; free with spool_free_list. EX_IOERR. */
int spool_list(struct spool *s, enum spool_box box, char ***names, size_t *count, struct err *e);
void spool_free_list(char **names, size_t count);

/*
 * Under the lock, before sending: move what a dead run left in sending/ to unknown/, durably. Their
 * names are given as by spool_list, to be reported. Old litter in tmp/ goes.
 */
int spool_recover(struct spool *s, char ***names, size_t *count, struct err *e);

/*
 * Open a message: its envelope is appended to *envelope; the descriptor stands at the message's
 * first octet (close it, or read the message through it). -1: EX_DATAERR, it is not a message of a spool, or was put
 * there by a user who may not; EX_IOERR.
 */
int spool_read(
	struct spool *s, enum spool_box box, const char *name, struct buf *envelope, struct err *e);

/* The descriptor of a box, borrowed, and its name. */
int spool_dir(const struct spool *s, enum spool_box box);
const char *spool_box_name(enum spool_box box);

/* Mark n messages of new/, durably and together: they may have been sent from now on. EX_IOERR. */
int spool_mark(struct spool *s, const char *const *names, size_t n, struct err *e);

/* The fate of a message, from new/ or (marked) sending/. Durable after spool_sync. EX_IOERR. */
int spool_finish(
	struct spool *s, const char *name, enum spool_box from, enum spool_box to, struct err *e);
int spool_sync(struct spool *s, struct err *e);

#endif
