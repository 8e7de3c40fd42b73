/*
 * nntp_get: articles by group, range and message-id through the window, each handed to a taker: what
 * stat, head, body, article and fetch share.
 *
 * GROUP goes first, since its marks bound the ranges; of a range of over a thousand numbers LISTGROUP,
 * in the same flight, tells the gaps. Then all is one flight, with QUIT behind it.
 */
#ifndef CMD_NNTP_GET_H
#define CMD_NNTP_GET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cmd/nntp_run.h"
#include "cmd/print.h"
#include "cmd/session.h"
#include "proto/nntp_read.h"

struct nntp_get {
	const char *group; /* NULL: the current one */
	enum nntp_part part;
	struct nntp_specs specs;
	void *to; /* the taker's and planner's own */

	/* Take one article: its block is next on the connection, unless part is NNTP_STAT. */
	int (*take)(
		struct session *s, struct nntp_get *g, const struct nntp_got *got, struct err *e);

	/* Behind GROUP, or NULL: narrow the specs further. */
	int (*plan)(struct session *s, struct nntp_get *g, struct err *e);

	bool none_is_fine; /* nothing found at all is no failure */
	uint64_t highest;  /* number of those taken */

	/* private */
	bool planned;
	struct nntp_reader rd;
};

/*
 * Do it. Nothing found at all, or not all that was named: EX_NO, after the work, with what the server
 * said of the first that is missing. found and missing stand in g->rd.
 */
int nntp_get(struct session *s, struct nntp_get *g, struct err *e);

void nntp_get_free(struct nntp_get *g);

#endif
