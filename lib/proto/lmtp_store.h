/*
 * lmtp_store: an LMTP server (RFC 2033) as a store: `-d lmtp://…`. Every message is final when it
 * ends: store_end returns when the server has taken it.
 */
#ifndef PROTO_LMTP_STORE_H
#define PROTO_LMTP_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"
#include "wire/tls.h"
#include "wire/trace.h"

struct err;

/* All borrowed until the store is closed. */
struct lmtp_store_opts {
	const char *rcpt;   /* who gets the mail, unless the URL names somebody; NULL: it must */
	const char *helo;   /* what LHLO tells; NULL: see smtp_new */
	const char *tmpdir; /* where a large message waits until it is complete */
	int64_t timeout;    /* ms */
	int64_t data_wait;  /* ms for the reply behind the data */
	int family;
	/* STARTTLS is used where it is offered and the server is not this host; host is filled here. */
	bool starttls;
	struct tls_config tls;
	struct trace *trace;
};

/*
 * The URL is lmtp://[RCPT@]host[:port] or lmtp:///path/to/socket; the connection is made with the first
 * message, and again if the server has closed it between two. Errors here: EX_USAGE, EX_DATAERR.
 * Of store_end: what the server's refusal means (EX_NOUSER, EX_UNAVAILABLE, EX_TEMPFAIL), also that
 * the message may have been delivered.
 */
struct store *lmtp_store_open(const char *url, const struct lmtp_store_opts *o, struct err *e);

#endif
