/*
 * io.h - one connection: octets in both directions, in clear, through TLS, deflated.
 *
 * io_put queues output; io_flush sends it in one write. While a write blocks, the client's octets are
 * read, so that a client that writes much before it reads cannot deadlock with the server. Every wait
 * ends after io->idle seconds, or at SIGTERM.
 */
#ifndef TS_IO_H
#define TS_IO_H

#include "buf.h"
#include "pack.h"

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <zlib.h>

enum io_result {
	IO_OK = 0,
	IO_EOF,  /* the client closed the connection, also during a write */
	IO_TIME, /* timed out */
	IO_ERR   /* any other error; its text is in io->why */
};

struct io {
	int in, out;          /* the same descriptor, if it is a socket */
	int idle;             /* seconds that one wait may last */
	gnutls_session_t tls; /* NULL: in clear */
	z_stream *inf, *def;  /* NULL: not compressed */
	struct buf ib;        /* received, decrypted, inflated, not consumed */
	struct buf ob;        /* queued, neither deflated nor encrypted */
	struct pack *pack;    /* io_put compresses into it; NULL: it queues */
	size_t split;         /* the most octets of one write; 0: no limit */
	int record;           /* received octets are copied there, or -1 */
	int segments;         /* a line "read N" for each read goes there, or -1 */
	bool eof;             /* the client has closed its side */
	bool clean;           /* the client sent close_notify before closing (TLS) */
	char why[256];        /* of the last result that was not IO_OK */
};

/* Set by SIGTERM (see io_catch_term); every wait then ends with IO_ERR. */
extern volatile int io_term;

/* SIGTERM from now on only sets io_term; SIGPIPE is ignored. */
void io_catch_term(void);

/* A connection over in and out; they are made non-blocking, a TCP socket gets TCP_NODELAY. */
void io_init(struct io *io, int in, int out, int idle);

/* Waits for events (poll's) on the connection for ms milliseconds; < 0: idle seconds. */
enum io_result io_wait(struct io *io, int events, int ms);

/* Queues n octets, or compresses them between io_pack and io_pack_end. */
void io_put(struct io *io, const void *p, size_t n);

/* Queues formatted text without adding a line end. */
void io_printf(struct io *io, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes the queued octets. */
enum io_result io_flush(struct io *io);

/* Reads more into ib, waiting at most ms milliseconds (< 0: idle seconds). No flush. */
enum io_result io_fill(struct io *io, int ms);

/*
 * The next line with its LF: *p points into ib and lives until the next call; the octets are
 * consumed. On IO_EOF *p and *n give the torn line (n may be 0). Writes nothing.
 */
enum io_result io_line(struct io *io, char **p, size_t *n);

/* Waits until at least n octets are in ib. */
enum io_result io_need(struct io *io, size_t n);

/* From now on both directions are raw DEFLATE (RFC 8054). */
void io_compress(struct io *io);

/* From now on io_put compresses (see pack.h for form and damage). False if the form is unknown. */
bool io_pack(struct io *io, const char *form);

/* Queues what io_put has compressed since io_pack. False if the damage is unknown, or without io_pack. */
bool io_pack_end(struct io *io, const char *damage);

/* Ends the server's output: FIN, or closes the pipe; bye: under TLS sends close_notify first. */
void io_half_close(struct io *io, bool bye);

/*
 * Closes. bye: under TLS with close_notify; in any case what has come in and was not read is
 * read and dropped first, so that the kernel sends FIN and not RST. reset: RST (SO_LINGER 0).
 */
void io_close(struct io *io, bool bye, bool reset);

#endif
