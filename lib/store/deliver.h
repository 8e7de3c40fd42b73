/*
 * deliver: a store and a journal joined into the group commit.
 *
 *	deliver_open                    finishes what a killed run left
 *	deliver_known                   for each message that is stored already
 *	deliver_begin, deliver_sink, deliver_end (or deliver_abort)      for each message
 *	deliver_full?  deliver_commit   everything ended is on stable storage, and so is its record:
 *	                                only now may it be deleted on the server
 *	deliver_close
 *
 * Any error voids the group: close, and end the session without QUIT. There are two exceptions: a
 * message that could not be read to its end, and one for which deliver_alone is true after deliver_end
 * failed, is not stored, and the others are as good as they were.
 */
#ifndef STORE_DELIVER_H
#define STORE_DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deliver;
struct err;
struct sink;
struct state;
struct state_known;
struct store;
struct store_msg;

/* A group is as large as this at most: so many messages, or octets, whichever comes first. */
#define DELIVER_MESSAGES 4096
#define DELIVER_OCTETS   (32 * 1024 * 1024)

/*
 * Join st, which is deliver's from now on (also after an error), with a journal, which stays the
 * caller's; NULL: none is kept. Messages that a killed run had prepared are finished or given up. Returns NULL on the
 * errors of the store's recover and of state_settle.
 */
struct deliver *deliver_open(struct store *st, struct state *state, struct err *e);

/* Smaller groups (tests); 0 keeps what is. */
void deliver_limit(struct deliver *d, size_t messages);

/*
 * A listed message is stored already (state_listed) and will not be fetched: call it before the
 * next is. So another message with the same UID and octets is stored under a name of its own.
 */
void deliver_known(struct deliver *d, const struct state_known *known);

/* A message begins: msg as for store_begin, its octets being the size that the server announced. */
int deliver_begin(struct deliver *d, const struct store_msg *msg, struct err *e);

/* Where its octets go, lines ended by LF; valid as long as d is. */
struct sink *deliver_sink(struct deliver *d);

/* The message is complete; or it is dropped. */
int deliver_end(struct deliver *d, struct err *e);
void deliver_abort(struct deliver *d);

/*
 * After deliver_end failed: did the destination refuse (e->status is EX_UNAVAILABLE or EX_NOUSER) or defer
 * (EX_TEMPFAIL) that message alone? Then the group is not void, and the next message can begin.
 */
bool deliver_alone(const struct deliver *d);

/* Is it time for a commit? */
bool deliver_full(const struct deliver *d);

/* Commit the group. Fine on an empty one. */
int deliver_commit(struct deliver *d, struct err *e);

/*
 * The last message of the last commit may be incomplete (the server sent more text after it): its record does not
 * count any more, so that it is fetched again. Without such a message or a journal nothing happens. EX_IOERR.
 */
int deliver_void_last(struct deliver *d, struct err *e);

/* File name of the i-th message of the group, till the next begin after its commit; NULL: none. */
const char *deliver_name(const struct deliver *d, size_t i);

/* Drop what was not committed, close the store; NULL is fine. */
void deliver_close(struct deliver *d);

#endif
