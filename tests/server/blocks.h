/* blocks.h - dot-stuffed blocks in both directions, octet by octet with memchr. */
#ifndef TS_BLOCKS_H
#define TS_BLOCKS_H

#include "io.h"

/*
 * Queues the octets p[0..n) as a block: CRLF line ends, dots stuffed; without the final dot. Where
 * there is much it is flushed on the way.
 */
enum io_result block_send(struct io *io, const char *p, size_t n);

/* The same without stuffing: what a broken server sends. */
enum io_result block_send_unstuffed(struct io *io, const char *p, size_t n);

/* Queues the final dot. */
void block_end(struct io *io);

/* Takes a block up to its final dot; the undone octets, with CRLF, go to fd (-1: nowhere). */
enum io_result block_recv(struct io *io, int fd);

/* Takes n octets as they are. */
enum io_result octets_recv(struct io *io, unsigned long long n, int fd);

#endif
