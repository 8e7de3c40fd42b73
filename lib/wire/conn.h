/*
 * conn: one connection: a socket or a command's stdin and stdout, TLS and DEFLATE on top, buffers
 * both ways. Blocking flow over a non-blocking descriptor; every wait goes through base/wait.
 *
 * A read flushes: queued octets are written before the read may block. While a write blocks, octets from the server
 * are read, so that client and server cannot deadlock and an early refusal is noticed.
 */
#ifndef WIRE_CONN_H
#define WIRE_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sink.h"
#include "base/spawn.h"
#include "wire/deflate.h"
#include "wire/tls.h"
#include "wire/trace.h"

/* Where to connect to; strings are borrowed for the call. */
struct dial {
	const char *host; /* name or address literal (without brackets) */
	uint16_t port;
	const char *path;      /* a Unix socket instead of host and port */
	const char *tunnel;    /* a shell command instead of either */
	const char *bind_host; /* local address literal, or NULL */
	uint16_t bind_port;
	int family;      /* AF_UNSPEC, AF_INET, AF_INET6 */
	int64_t timeout; /* milliseconds: for connecting, all addresses together, and later waits */
	struct trace *trace;
};

struct packed;

struct conn {
	int fd;
	struct child tunnel;   /* pid 0: none */
	struct tls *tls;       /* NULL: in clear */
	struct deflate *z;     /* NULL: not compressed */
	struct packed *packed; /* the next block is compressed (wire/packed.h); NULL: it is not */
	bool dot_may_follow;   /* the last block was compressed: its "." may follow once more */
	char *in;              /* unread octets: in[from..to) */
	size_t from, to, cap;
	struct buf out; /* queued octets, out.data[sent..len) */
	size_t sent;
	int64_t timeout;    /* milliseconds */
	bool eof;           /* the server has closed its side */
	bool stop_on_input; /* octets of the server end a write that blocks (EX_TEMPFAIL, not dead) */
	bool dead; /* no longer usable: lost, timed out, or out of sync; send nothing more */
	bool pipelined; /* a pipeline was begun, and no wait for its replies was counted as a round trip yet */
	unsigned rounds;                /* round trips waited for */
	uint64_t octets_in, octets_out; /* on the wire, below TLS's records, above TCP */
	void (*moved)(
		size_t n); /* called with the number of octets received or sent; NULL: not called */
	char peer[128];    /* "127.0.0.1:119", for messages */
	bool remote;       /* a TCP connection to an address that is not loopback */
	bool hides; /* a login is under way: the text of replies does not keep what we sent */
	struct trace *trace;
};

/*
 * Connect: all addresses side by side as in RFC 8305, within the timeout. *c is the caller's
 * (conn_close). Errors: EX_NOHOST (the name is unknown), EX_TEMPFAIL (refused, unreachable, timed
 * out, resolver did not answer, local port in use), EX_USAGE (--bind has an invalid address, or one of
 * the other family), EX_OSERR (the local address is not of this machine).
 */
int conn_dial(const struct dial *d, struct conn **c, struct err *e);

/* End TLS if the connection is alive, close, wait for a tunnel's end (bounded), and free. NULL is allowed. */
void conn_close(struct conn *c);

/* Queue octets; beyond 64 KiB they are written at once. EX_TEMPFAIL when the connection is lost. */
int conn_write(struct conn *c, const char *p, size_t n, struct err *e);

/*
 * The same for the octets of a message, which the server may refuse before it has read them all: if the server has sent
 * something or closed the connection, fail with EX_TEMPFAIL. Octets that the server has sent can be read; if it has
 * only closed, the connection is dead. Input is checked while a write waits, and after each 64 KiB; *unchecked counts
 * the octets written since the last check, from 0. unchecked NULL: check only while a write waits.
 */
int conn_write_watched(struct conn *c, const char *p, size_t n, size_t *unchecked, struct err *e);

/* Write queued octets as far as possible without waiting; errors are reported by the next read. */
int conn_push(struct conn *c, struct err *e);

/* Write all queued octets, waiting as needed. */
int conn_flush(struct conn *c, struct err *e);

/*
 * Read at least one more octet into the buffer, flushing first. `until`: a wait_now() time in milliseconds.
 * EX_TEMPFAIL: timed out, or the connection was lost (the conn is dead then).
 */
int conn_fill(struct conn *c, int64_t until, struct err *e);

/*
 * Wait until octets of the server or of another descriptor can be read, after flushing. CONN_INPUT: octets of the
 * server are in the buffer, or it has closed. CONN_OTHER: fd can be read. CONN_LATE: the time `until` came first. -1:
 * as conn_fill; the connection is dead.
 */
enum { CONN_LATE, CONN_INPUT, CONN_OTHER };
int conn_wait(struct conn *c, int fd, int64_t until, struct err *e);

/* Read octets that have arrived, without waiting. True: there are unread octets, or the server has closed. */
bool conn_poll_input(struct conn *c, struct err *e);

/*
 * After a write has failed: read the octets that the server sent before it closed, without waiting. Complete lines
 * can still be read from the dead connection.
 */
void conn_drain_input(struct conn *c);

/* The unread octets, valid until the next conn_* call; the reader may change them in place. */
static inline char *
conn_data(const struct conn *c, size_t *n)
{
	*n = c->to - c->from;
	return c->in + c->from;
}

static inline void
conn_skip(struct conn *c, size_t n)
{
	c->from += n;
}

/*
 * The next line that ends in CR LF, without it; valid until the next conn_* call. EX_PROTOCOL: the line is longer than
 * limit octets. The whole line must be there by `until`, or within the timeout that every wait has, if that ends later.
 * (The clock is only looked at where there is something to wait for.)
 */
int conn_line(struct conn *c, size_t limit, int64_t until, char **p, size_t *n, struct err *e);

/* When a wait that starts now must end. */
int64_t conn_until(const struct conn *c);

/* Mark the begin of a pipeline (no reply is pending): conn counts the next wait as a round trip. */
static inline void
conn_begin_pipeline(struct conn *c)
{
	c->pipelined = true;
}

/*
 * Put TLS on the connection. Unread octets at this point were injected in clear: EX_PROTOCOL
 * (RFC 3207, section 6; RFC 4642, section 2.2.2; RFC 2595, section 4). Errors: EX_NOPERM, EX_PROTOCOL,
 * EX_TEMPFAIL. After EX_NOPERM the connection is dead, but c->tls still describes the peer (tls_info).
 */
int conn_tls(struct conn *c, const struct tls_config *cfg, struct err *e);

/* Raw DEFLATE both ways from here on (RFC 8054, section 2.2.2). Unread octets: EX_PROTOCOL. */
int conn_deflate(struct conn *c, struct err *e);

/*
 * The login is over: secrets are no longer removed from the text of replies, and their copies in the buffers are
 * overwritten.
 */
void conn_login_over(struct conn *c);

/* Declare the connection dead with an error: returns -1. For readers that find it out of sync. */
int conn_fail(struct conn *c, struct err *e);

#endif
