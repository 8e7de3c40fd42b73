/* blocks.h - dot-stuffed blocks in both directions, octet by octet with memchr. */
#ifndef TS_BLOCKS_H
#define TS_BLOCKS_H

#include "io.h"

/*
 * Queues the octets p[0..n) as a block: CRLF line ends, dots stuffed; without the final dot. Where
 * there is much it is flushed on the way.
 */
enum io_result block_send(struct io *io, const char *p, size_t n);

/* The same without dot-stuffing, as a broken server sends a block. */
enum io_result block_send_unstuffed(struct io *io, const char *p, size_t n);

/* Queues the final dot. */
void block_end(struct io *io);

/* Reads a block up to its final dot and writes its octets, without added dots, with CRLF, to fd (-1: discards them). */
enum io_result block_recv(struct io *io, int fd);

/* Reads n octets unchanged. */
enum io_result octets_recv(struct io *io, unsigned long long n, int fd);

#endif
