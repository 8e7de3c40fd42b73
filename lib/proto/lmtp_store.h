/*
 * lmtp_store: an LMTP server (RFC 2033) as a store: `-d lmtp://…`. Every message is final when it
 * ends: store_end returns when the server has taken it.
 */
#ifndef PROTO_LMTP_STORE_H
#define PROTO_LMTP_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct err;
struct smtp;

/* How the store gets its connection: the caller has one way to open a session, with all its options. */
struct lmtp_link {
	/* Connect; *p has done LHLO. The error names the server. */
	int (*open)(struct lmtp_link *link, struct smtp **p, struct err *e);
	/* End the session: with QUIT, unless its connection is dead. *p is freed. */
	void (*close)(struct lmtp_link *link);
	/* The store is closed. */
	void (*free)(struct lmtp_link *link);
};

/* All borrowed until the store is closed, but for link, which the store frees, also if it cannot be opened. */
struct lmtp_store_opts {
	const char *rcpt;   /* recipient, unless the URL names one; NULL: the URL must */
	const char *tmpdir; /* where a large message waits until it is complete */
	int64_t data_wait;  /* ms for the reply after the data */
	struct lmtp_link *link;
};

/*
 * The URL is lmtp://[RCPT@]host[:port] or lmtp:///path/to/socket; the connection is made with the first
 * message, and again if the server has closed it between two. Errors here: EX_USAGE, EX_DATAERR.
 * Of store_end: what the server's refusal means (EX_NOUSER, EX_UNAVAILABLE, EX_TEMPFAIL), also that
 * the message may have been delivered.
 */
struct store *lmtp_store_open(const char *url, const struct lmtp_store_opts *o, struct err *e);

#endif
