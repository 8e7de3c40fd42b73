/* blocks: reading blocks from octets in memory, for fuzz targets. */
#ifndef FUZZ_BLOCKS_H
#define FUZZ_BLOCKS_H

#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "wire/block.h"
#include "wire/packed.h"

enum block_kind { BLOCK_PLAIN, BLOCK_MARKED, BLOCK_UNMARKED }; /* the last two: packed_begin */

/* A connection on which these octets have arrived, followed by end of file. */
static inline struct conn *
heard(const char *p, size_t n)
{
	struct conn *c = mem_zalloc(sizeof *c);

	c->fd = -1;
	c->cap = n + 1;
	c->in = mem_alloc(c->cap);
	memcpy(c->in, p, n);
	c->to = n;
	c->eof = true;
	return c;
}

/* Read the block at the beginning as a whole and line by line: content and remaining octets are the same. */
static inline void
same_blocks(const char *p, size_t n, enum block_kind kind)
{
	struct conn *whole = heard(p, n), *lines = heard(p, n);
	struct buf a = {0}, b = {0};
	struct buf_sink to;
	struct err e = {0};
	uint64_t octets = 0;
	char *line;
	size_t len;
	int rc, each;

	if (kind != BLOCK_PLAIN) {
		packed_begin(whole, kind == BLOCK_MARKED);
		packed_begin(lines, kind == BLOCK_MARKED);
	}
	buf_sink_init(&to, &a, SIZE_MAX);
	rc = block_read(whole, &to.sink, BLOCK_CRLF, &octets, &e);
	while ((each = block_line(lines, &line, &len, &e)) == 1) {
		buf_add(&b, line, len);
		buf_add(&b, "\r\n", 2);
	}
	MUST(rc == each && whole->dead == (rc == -1) && lines->dead == (rc == -1));
	if (rc == 0) {
		MUST(octets == a.len && a.len == b.len && whole->packed == NULL);
		MUST(a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
		MUST(whole->to - whole->from == lines->to - lines->from);
	}
	conn_close(whole);
	conn_close(lines);
	buf_free(&a);
	buf_free(&b);
}

#endif
