/*
 * group_commit: a store and a journal that commit messages together, in groups.
 *
 *	group_commit_open       finishes the messages that a killed run left
 *	group_commit_known      for each message that is stored already
 *	group_commit_begin      then group_commit_sink, and group_commit_end or group_commit_abort: for each message
 *	group_commit            if group_commit_full, and at the end: all messages that have ended, and their journal
 *	                        entries, are on stable storage; only now may they be deleted on the server
 *	group_commit_close
 *
 * After any error the messages of the group do not count as stored: call group_commit_close, and end the session
 * without QUIT. There are two exceptions: a message that could not be read to its end, and one for which
 * group_commit_alone is true after group_commit_end failed, is not stored, and the other messages of the group are not
 * affected.
 */
#ifndef STORE_GROUP_COMMIT_H
#define STORE_GROUP_COMMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct group_commit;
struct err;
struct sink;
struct journal;
struct journal_known;
struct store;
struct store_msg;

/* Size limits of a group, in messages and in octets; the first limit reached applies. */
#define GROUP_COMMIT_MESSAGES 4096
#define GROUP_COMMIT_OCTETS   (32 * 1024 * 1024)

/*
 * Join st, which is owned by the group commit from now on (also after an error), with a journal, which stays the
 * caller's; NULL: none is kept. Messages that a killed run had prepared are published, or recorded as missing, so that
 * they are fetched again. Returns NULL on the errors of the store's recover and of journal_settle.
 */
struct group_commit *group_commit_open(struct store *st, struct journal *state, struct err *e);

/* Set smaller limits, for tests; 0 keeps a limit. */
void group_commit_limit(struct group_commit *g, size_t messages);

/*
 * A listed message is stored already (journal_listed) and will not be fetched. Call this before the next message is
 * fetched, so that another message with the same UID and octets is stored under another name.
 */
void group_commit_known(struct group_commit *g, const struct journal_known *known);

/* A message begins: msg as for store_begin, its octets being the size that the server announced. */
int group_commit_begin(struct group_commit *g, const struct store_msg *msg, struct err *e);

/* The sink for its octets, with LF line ends; valid as long as g. */
struct sink *group_commit_sink(struct group_commit *g);

/* End the message: store it (end), or drop it (abort). */
int group_commit_end(struct group_commit *g, struct err *e);
void group_commit_abort(struct group_commit *g);

/*
 * Is a message held: begun, and neither ended nor aborted? NULL: no. A job ends a message that was read only when a later
 * reply has confirmed that it is complete.
 */
bool group_commit_holds(const struct group_commit *g);

/*
 * After group_commit_end failed: did the destination refuse (e->status is EX_UNAVAILABLE or EX_NOUSER) or defer
 * (EX_TEMPFAIL) that message alone? Then the group is not void, and the next message can begin.
 */
bool group_commit_alone(const struct group_commit *g);

/*
 * Has the destination deferred so many messages in a row that it would defer all others too? Then the run should end.
 */
#define GROUP_COMMIT_DEFERRED 5
bool group_commit_all_deferred(const struct group_commit *g);

/* Has the group reached a limit, so that it should be committed? */
bool group_commit_full(const struct group_commit *g);

/* Commit the group; an empty group is allowed. */
int group_commit(struct group_commit *g, struct err *e);

/*
 * The last message of the last commit may be incomplete (the server sent more text after it): withdraw its record,
 * so that the message is fetched again. Without such a message or a journal nothing happens. EX_IOERR.
 */
int group_commit_void_last(struct group_commit *g, struct err *e);

/* File name of the i-th message of the group, till the next begin after its commit; NULL: none. */
const char *group_commit_name(const struct group_commit *g, size_t i);

/* Drop messages that are not committed, close the store and free g; NULL is allowed. */
void group_commit_close(struct group_commit *g);

#endif
