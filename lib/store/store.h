/*
 * store: the interface to a destination of messages: Maildir, mbox, pipe and LMTP (job/lmtp_store.h).
 * Messages are committed in two steps, prepare and publish, so that the journal can be written between them.
 *
 *	store_begin(st, &msg, e)       begin a message
 *	sink_write(&st->sink, …)       its octets, lines ended by LF
 *	store_end(st, e)               the message is complete (or store_abort(st): drop it)
 *	   … more messages of the same group …
 *	store_prepare(st, e)           all messages ended since the last publish are on stable storage,
 *	                               but not yet visible; store_name() returns their names
 *	store_publish(st, e)           they are visible, and their names are on stable storage
 *	store_close(st)                drop the messages that are not published
 *
 * After an error the whole group is dropped: the caller calls store_close and stops; a failed sync is never repeated.
 * Stores for which each message is final when it ends (pipe, LMTP) deliver it in store_end and have no prepare and
 * publish: messages delivered before an error stay delivered. Names are valid until the first store_begin after a
 * publish.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sink.h"

struct err;

/* Properties of a message, known when it begins; strings are borrowed for the call of store_begin. */
struct store_msg {
	uint64_t number; /* message number in the mailbox, or article number */
	uint64_t octets; /* size announced by the server, a hint only; 0: unknown */
	const char *
		key; /* UID or message-id, used for file names; NULL: none. Untrusted server data */
	size_t key_len;
	bool key_only; /* messages with equal keys are the same message (the key is a message-id) */
	uint64_t id;   /* journal_known.id from journal_listed; 0: journal_listed was not called */
};

struct store;

struct store_ops {
	int (*begin)(struct store *st, const struct store_msg *msg, struct err *e);
	int (*end)(struct store *st, struct err *e);
	void (*abort)(struct store *st);
	int (*prepare)(struct store *st, struct err *e); /* may be NULL */
	int (*publish)(struct store *st, struct err *e); /* may be NULL */
	/* File name, without directory, of the i-th message ended since the last publish; NULL: none. */
	const char *(*name)(const struct store *st, size_t i);
	/*
	 * After a crash, before the first begin: publish each of n prepared names, if its file exists, and set stored[i]
	 * if it is stored now. Remove all other files that a killed run of this mailbox left. NULL: not supported.
	 */
	int (*recover)(
		struct store *st, const char *const *names, size_t n, bool *stored, struct err *e);
	/*
	 * This name (its journal_name_id) belongs to a stored message that will not be fetched: a new message with the same
	 * key and octets must get another name. May be NULL.
	 */
	void (*taken)(struct store *st, uint64_t name);
	void (*close)(struct store *st); /* frees st */
};

struct store {
	struct sink sink; /* must be first: writes to the current message */
	const struct store_ops *ops;
	bool final; /* each message is final when it ends (pipe, LMTP) */
	/*
	 * The last end failed because the destination refused or deferred that message alone: the next message can be
	 * tried. Final stores set it; false after any other failure.
	 */
	bool alone;
};

static inline int
store_begin(struct store *st, const struct store_msg *msg, struct err *e)
{
	return st->ops->begin(st, msg, e);
}

static inline int
store_end(struct store *st, struct err *e)
{
	return st->ops->end(st, e);
}

static inline void
store_abort(struct store *st)
{
	st->ops->abort(st);
}

static inline int
store_prepare(struct store *st, struct err *e)
{
	return st->ops->prepare != NULL ? st->ops->prepare(st, e) : 0;
}

static inline int
store_publish(struct store *st, struct err *e)
{
	return st->ops->publish != NULL ? st->ops->publish(st, e) : 0;
}

static inline const char *
store_name(const struct store *st, size_t i)
{
	return st->ops->name != NULL ? st->ops->name(st, i) : NULL;
}

static inline void
store_close(struct store *st)
{
	if (st != NULL)
		st->ops->close(st);
}

#endif
