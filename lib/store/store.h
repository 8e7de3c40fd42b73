/*
 * store: where messages go. One interface for Maildir, mbox, pipe, stdout and (filled by proto/)
 * LMTP, with commit in two steps so that a journal can stand between them.
 *
 *	store_begin(st, &msg, e)       a message starts
 *	sink_write(&st->sink, …)       its octets, lines ended by LF
 *	store_end(st, e)               it is complete         (or store_abort(st): it never was)
 *	   … more messages of the same group …
 *	store_prepare(st, e)           every message ended since the last publish survives a crash,
 *	                               though not yet visible; store_name() tells its name
 *	store_publish(st, e)           they are visible and on stable storage
 *	store_close(st)                drops what was not published
 *
 * Any error voids the group: the caller calls store_close and stops; no failed sync is tried twice.
 * Stores whose every message is final when it ends (pipe, LMTP) do their work in store_end and
 * have nothing to do in prepare and publish: what they took before an error they have. Names stay valid until the first store_begin after a
 * publish.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/sink.h"

struct err;

/* What is known of a message when it begins; strings are borrowed for the call. */
struct store_msg {
	uint64_t number; /* in the mailbox or group */
	uint64_t octets; /* as announced by the server, 0: unknown; a hint only */
	const char *key; /* identifies it for names: UID or message-id; NULL: none. Server data! */
	size_t key_len;
	const char *from; /* envelope sender for LMTP; NULL: unknown */
	time_t date;      /* for the From_ line; 0: now */
	bool key_only;    /* the key alone says that two are the same message (a message-id) */
	uint64_t id;      /* what state_listed has made of key and octets; 0: it was not asked */
};

struct store;

struct store_ops {
	int (*begin)(struct store *st, const struct store_msg *msg, struct err *e);
	int (*end)(struct store *st, struct err *e);
	void (*abort)(struct store *st);
	int (*prepare)(struct store *st, struct err *e); /* may be NULL */
	int (*publish)(struct store *st, struct err *e); /* may be NULL */
	/* File name (last part) of the i-th message ended since the last publish; NULL: none. */
	const char *(*name)(const struct store *st, size_t i);
	/*
	 * After a crash, before the first begin: for each of n names that were prepared, is it
	 * stored now (finished, if that was still to do)? What else a killed run of the same mailbox
	 * left is removed. NULL: the store cannot tell.
	 */
	int (*recover)(
		struct store *st, const char *const *names, size_t n, bool *stored, struct err *e);
	/*
	 * A message that will not be fetched is stored under this name (its set_hash): another one
	 * with the same key and octets needs another name. May be NULL.
	 */
	void (*taken)(struct store *st, uint64_t name);
	void (*close)(struct store *st); /* frees st */
};

struct store {
	struct sink sink; /* first: a store is a sink for the message under way */
	const struct store_ops *ops;
	bool dedups; /* a message that is there already is not stored again (Maildir) */
	bool final;  /* every message is final when it ends (pipe, LMTP) */
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
