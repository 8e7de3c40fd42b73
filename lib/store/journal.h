/*
 * journal: the journal of a mailbox: the messages that are stored, and their destinations.
 *
 * A message is known by its UID and the digest of its header; the size is a hint, since some servers change it. One
 * record stands for one message: a UID that is listed twice needs two records. Memory: about 90 bytes a record. Only
 * records for the destination it was opened for count; those for others are kept.
 *
 *	journal_open                     locks the mailbox, reads the journal
 *	group_commit_open              (group_commit.h) finishes what a killed run left
 *	journal_listed                   once for each message of the server's UIDL and LIST
 *	journal_resized                  then, once for each that has no record with the same size
 *	   … group_commit_begin …      stores messages and writes their records
 *	journal_expire                   when the session's UIDL was complete
 *	journal_close
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "store/header_digest.h"
#include "store/journal_record.h"

struct err;
struct journal;

/* Seconds for which the record of a message is kept after the server has stopped listing the message. */
#define JOURNAL_KEEP (30 * 24 * 3600)

/*
 * Open the journal at path, with a lock of its own (PATH.lock, never removed); directories that are missing are made
 * with mode 0700. dest identifies the destination (destination_identity). A file of the first version of the format is
 * replaced by one of this version, with the same records. NULL: EX_TEMPFAIL if another run has locked it, EX_CONFIG if
 * the file is not a journal or has a later version, EX_CANTCREAT, EX_IOERR.
 */
struct journal *journal_open(const char *path, const char *dest, struct err *e);

/* Unlock and free; NULL is allowed. */
void journal_close(struct journal *s);

struct journal_known {
	uint64_t id;    /* of the UID, known or not (journal_record_key); 0: it has no UID */
	uint32_t entry; /* for journal_resize */
	bool marked;    /* recorded without being fetched (journal_mark): leave it alone */
	/* From the record, unless it is a mark: */
	int64_t time;  /* when it was stored, seconds since 1970 */
	uint64_t name; /* journal_name_id of its file name; 0: none */
	unsigned char header
		[HEADER_DIGEST]; /* the digest of its header: compare with TOP n 0 (header_digest.h) */
};

/*
 * The server lists this message. True: a record with this UID and size, which no message listed before has used,
 * shows that it is stored; *known is filled, otherwise only its id. To delete it without fetching it, the header
 * digest must be the same, too. A message without UID (n = 0) is never known.
 */
bool journal_listed(
	struct journal *s, const char *uid, size_t n, uint64_t size, struct journal_known *known);

/*
 * The same for a message that is listed with a size that no record has; ask only after all messages have
 * been given to journal_listed. true: there is an unused record with its UID. If the header digest is the same, it
 * is that message, and journal_resize records the size.
 */
bool journal_resized(struct journal *s, const char *uid, size_t n, struct journal_known *known);

/* The destination for journal_mark: no path, command or URL has this identity. */
#define JOURNAL_MARKS "marked"

/*
 * Record a message as fetched, without fetching it, for every destination. The journal was opened for JOURNAL_MARKS: a
 * mark is a stored record with this destination. It is durable after journal_sync. A message that has a mark already
 * gets no second one. EX_IOERR.
 */
int journal_mark(struct journal *s, const char *uid, size_t n, uint64_t size, struct err *e);

/*
 * The message of this record has another size (octets, as listed) by now: replace the record, and keep its time. The
 * new record is durable after journal_sync; if it is lost, the message is compared again. EX_IOERR.
 */
int journal_resize(
	struct journal *s, const struct journal_known *known, uint64_t size, struct err *e);

/*
 * Call once, as the last function before journal_close, if every message on the server was listed. now: seconds since
 * 1970. Records of messages that the server no longer lists are marked, and dropped JOURNAL_KEEP later; a file with
 * mostly obsolete records is rewritten. After EX_IOERR and EX_CANTCREAT every record is still in the file.
 */
int journal_expire(struct journal *s, time_t now, struct err *e);

/* ---- for group_commit.c */

/*
 * Append n records (kind: PREPARED or STORED) to the file; kind, dest, sum, and time if it is 0, are filled in here.
 * sync: they are durable on return. EX_IOERR: add no more records, since the outcome of these is unknown.
 */
int journal_add(struct journal *s, enum journal_record_kind kind, struct journal_record *r,
	size_t n, bool sync, struct err *e);
int journal_sync(struct journal *s, struct err *e);

/*
 * The messages whose prepared records were added since the last call are stored now: write one durable record that
 * states this. EX_IOERR: the messages do not count as stored; add no more records. The next run settles them.
 */
int journal_commit(struct journal *s, struct err *e);

/*
 * Revoke durably a record that was added in this session, since the stored message may be incomplete. r: the record as
 * it was added; its kind, dest and time are changed. Without such a record nothing happens. EX_IOERR.
 */
int journal_void(struct journal *s, struct journal_record *r, struct err *e);

/* Messages that were prepared for this destination but are not known to be stored. */
size_t journal_pending(const struct journal *s);

/*
 * Fill names[0 .. journal_pending) with the file names of these messages, in the journal's order; the caller frees each
 * name. EX_IOERR: the names that could not be read keep their old value.
 */
int journal_pending_names(const struct journal *s, char **names, struct err *e);

/*
 * Write durably for each of these messages, in the same order, whether it is stored or has to be fetched again. A
 * message of the second kind needs a record too: otherwise its old prepared record would confirm the new file while
 * that is still being written.
 */
int journal_settle(struct journal *s, const bool *stored, struct err *e);

#endif
