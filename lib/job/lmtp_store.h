/*
 * lmtp_store: an LMTP server (RFC 2033) as a store: `-d lmtp://...`. MAIL has the sender that the
 * header names (store/sender.h). A message is final when it ends: store_end returns when the server has accepted it.
 */
#ifndef JOB_LMTP_STORE_H
#define JOB_LMTP_STORE_H

#include "client/client.h"
#include "store/store.h"

/* All borrowed until the store is closed. */
struct lmtp_store_opts {
	const struct client_config
		*config; /* except the login and the tunnel, which are for another server */
	struct trace *trace;
	void (*moved)(size_t octets); /* as in client_events */
	const char *rcpt;   /* the recipient, unless the URL names one; NULL: the URL must */
	const char *tmpdir; /* the directory for a large message until it is complete */
};

/*
 * The URL is lmtp://[RCPT@]host[:port] or lmtp:///path/to/socket, borrowed. The connection is made with the first
 * message, and again if the server has closed it between two messages. Errors here: EX_USAGE, EX_DATAERR. Errors of
 * store_end: the server's refusal (EX_NOUSER, EX_UNAVAILABLE, EX_TEMPFAIL), or a lost connection, after which the
 * message may have been delivered.
 */
struct store *lmtp_store_open(const char *url, const struct lmtp_store_opts *o, struct err *e);

/*
 * Check a URL as lmtp_store_open does, before another connection is made: EX_USAGE, EX_DATAERR. The recipient may be
 * missing.
 */
int lmtp_store_check(const char *url, struct err *e);

#endif
