/*
 * block: dot-terminated blocks between a connection and a sink, whole or line by line. After packed_begin (packed.h)
 * the next block is decompressed.
 */
#ifndef WIRE_BLOCK_H
#define WIRE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sink.h"
#include "wire/conn.h"

/* Longest line in octets where a block is read line by line. */
#define BLOCK_LINE (1024 * 1024)

enum { BLOCK_CRLF = 0, BLOCK_LF = 1, BLOCK_TEXT = 2 }; /* TEXT: lines over BLOCK_LINE are refused */

/*
 * Read a whole block into the sink, in spans; with BLOCK_LF line ends become LF. *octets (may be NULL) counts the
 * content with CR LF. Each wait for data has the connection's timeout. After an error (EX_TEMPFAIL, EX_PROTOCOL, or
 * the sink's) the connection is dead, since it is out of sync.
 */
int block_read(struct conn *c, struct sink *to, unsigned flags, uint64_t *octets, struct err *e);

/* Read a block and discard it. */
int block_skip(struct conn *c, struct err *e);

/*
 * The next line of a block without stuffing and CR LF, valid until the next conn_* or block_* call:
 * 1; 0: that was the end; -1: EX_PROTOCOL (longer than BLOCK_LINE), EX_TEMPFAIL; conn is dead then.
 */
int block_line(struct conn *c, char **p, size_t *n, struct err *e);

#endif
