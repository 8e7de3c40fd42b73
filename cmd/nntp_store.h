/* nntp_store: articles into a DEST, in groups that are on stable storage before anything is marked. */
#ifndef CMD_NNTP_STORE_H
#define CMD_NNTP_STORE_H

#include <stdbool.h>

#include "base/err.h"
#include "cmd/nntp_get.h"
#include "cmd/session.h"
#include "store/store.h"

/* Marks articles as read or leaves them unread. Embedded in the struct of its implementation. */
struct nntp_marker {
	/* All articles up to this number are on stable storage, except those reported by refused. */
	int (*published)(struct nntp_marker *m, uint64_t upto, struct err *e);
	/* A |COMMAND or LMTP server refused or deferred this article. */
	void (*refused)(struct nntp_marker *m, uint64_t number);
};

/* Messages into a store, published a group at a time. */
struct nntp_store {
	struct store *st;
	struct err warning; /* of an mbox that could not be locked fully */
	uint64_t octets;    /* of the group */
	size_t n;           /* messages in it */
	bool records;       /* a record for each (fetch --json) */
	bool broken;        /* the store has failed: nothing more is published */
	bool held;   /* stored[n] is in the store, but not ended: the next reply must come first */
	bool failed; /* to end that one */
	struct nntp_stored *stored;

	struct nntp_marker *marks; /* NULL: no newsrc file is used */
	uint64_t highest;
	unsigned deferred; /* articles in a row that the destination deferred, up to the last one */
};

/* Open DEST. Errors as dest_parse and dest_open_any. Call nntp_store_close in any case. */
int nntp_store_open(struct nntp_store *ns, struct session *s, const char *dest, struct err *e);

/* A taker for nntp_get, with g->to the nntp_store. */
int nntp_store_take(
	struct session *s, struct nntp_get *g, const struct nntp_got *got, struct err *e);

/* Publish the articles that were stored since the last flush. */
int nntp_store_flush(struct nntp_store *ns, struct session *s, struct err *e);

/* Drop the articles that were not published, and close the store. */
void nntp_store_close(struct nntp_store *ns);

/*
 * All articles of g into DEST: the whole of `article -d DEST`. marks (or NULL) is called for each. An article that
 * a |COMMAND or an LMTP server refuses or defers is passed over (nntp_passed.h): EX_UNAVAILABLE, EX_NOUSER or
 * EX_TEMPFAIL at the end. EX_TEMPFAIL at once after five deferrals in a row.
 */
int nntp_store_articles(struct session *s, struct nntp_get *g, const char *dest,
	struct nntp_marker *marks, struct err *e);

/* Takers that print, for fetch to stdout. */
int nntp_take_mbox(
	struct session *s, struct nntp_get *g, const struct nntp_got *got, struct err *e);
int nntp_print_json(struct session *s, const struct nntp_got *got, bool uid, struct err *e);

#endif
