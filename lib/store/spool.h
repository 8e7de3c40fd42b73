/*
 * spool: messages waiting to be sent. Each file holds one message with its envelope; the directories are like those
 * of a Maildir: tmp/ new/ sending/ failed/ unknown/.
 *
 * A message stays in new/ until the octets that complete it are about to be sent; then it is moved durably to sending/.
 * If a later run finds a message in sending/, its outcome is unknown: the run moves it to unknown/, and mailnet never
 * sends it again unasked. Adding a message needs no lock, sending needs it.
 *
 * A spool belongs to the user who sends from it. Other users can add messages only to a shared spool, whose
 * directories have mode 3733 (set-group-id, sticky, writable by others). Their files (mode 0640) are not trusted: only
 * regular files with one link are read, without following links, and no path comes from their content.
 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include <stdbool.h>
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
	SPOOL_DONE, /* delivered: the file is removed */
};

#define SPOOL_NAME     64                 /* bytes of a file name, including its NUL */
#define SPOOL_ENVELOPE (64 * 1024 * 1024) /* the longest envelope, in octets */

/*
 * Open the spool at dir; missing directories are made durably with mode 0700. The caller closes it with spool_close.
 * NULL: EX_CANTCREAT, also for a spool of another user that is not shared.
 */
struct spool *spool_open(const char *dir, struct err *e);

/* Drop a message that was begun but not ended, unlock and free; NULL is allowed. */
void spool_close(struct spool *s);

/* ---- adding */

/*
 * Begin a message with its envelope, n octets that the spool does not interpret. Write the message to the returned
 * sink, which is valid until spool_end or spool_abort. NULL: EX_CANTCREAT, EX_IOERR, EX_DATAERR (envelope too long).
 */
struct sink *spool_begin(struct spool *s, const char *envelope, size_t n, struct err *e);

/* Complete the message: on return its file is durable in that box, and name holds the file name. EX_IOERR. */
int spool_end(struct spool *s, enum spool_box box, char name[SPOOL_NAME], struct err *e);

/* Drop the message that was begun, if there is one. */
void spool_abort(struct spool *s);

/* ---- sending */

/* Lock the spool for sending until spool_close. EX_TEMPFAIL "locked by process N" if another process sends. */
int spool_lock(struct spool *s, struct err *e);

/*
 * The file names in a box, oldest first; the caller frees them with spool_free_list. EX_CANTCREAT: a shared spool,
 * which only its owner and root can list; EX_IOERR.
 */
int spool_list(struct spool *s, enum spool_box box, char ***names, size_t *count, struct err *e);
void spool_free_list(char **names, size_t count);

/*
 * Call with the lock held, before sending: move the messages that a killed run left in sending/ to unknown/, durably,
 * and return their names as spool_list does, for a report. Old files in tmp/ are removed. EX_IOERR.
 */
int spool_recover(struct spool *s, char ***names, size_t *count, struct err *e);

/*
 * Open a message and append its envelope to *envelope. Returns a descriptor positioned at the message's first octet,
 * which the caller closes. -1: EX_DATAERR (the file does not have the spool's format, or belongs to a user who may not
 * add messages), EX_IOERR.
 */
int spool_read(
	struct spool *s, enum spool_box box, const char *name, struct buf *envelope, struct err *e);

/* The directories of the spool and of a box as borrowed descriptors, and the name of a box. */
int spool_top(const struct spool *s);
int spool_dir(const struct spool *s, enum spool_box box);
const char *spool_box_name(enum spool_box box);

/*
 * The name of the user who stored the message that spool_read has opened, to be freed; NULL: the spool is not shared.
 */
char *spool_file_owner(const struct spool *s, int fd);

/*
 * Move n messages from new/ to sending/ with one sync: from now on they count as possibly sent. gone[i]: the message is
 * not moved, because the user who stored it in a shared spool has removed it, or made a file with its name in sending/.
 * EX_IOERR.
 */
int spool_mark(struct spool *s, const char *const *names, size_t n, bool *gone, struct err *e);

/*
 * Record the outcome of a message by moving it out of new/ or sending/. Durable after spool_sync. EX_IOERR, but not if
 * the file was removed from a shared spool.
 */
int spool_finish(
	struct spool *s, const char *name, enum spool_box from, enum spool_box to, struct err *e);
int spool_sync(struct spool *s, struct err *e);

#endif
