/*
 * nntp_get: articles by group, range and message-id through the window, each handed to a taker: what
 * stat, head, body, article and fetch share.
 *
 * GROUP goes first, since its marks bound the ranges. If they hold a thousand numbers or more, LISTGROUP shows
 * the gaps: in the same pipeline as GROUP if the ranges are known by then, else after the plan. Then all articles
 * are one pipeline, with QUIT after it.
 */
#ifndef CMD_NNTP_GET_H
#define CMD_NNTP_GET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cmd/nntp_passed.h"
#include "cmd/nntp_run.h"
#include "cmd/print.h"
#include "cmd/session.h"
#include "proto/nntp_read.h"

struct nntp_get {
	const char *group; /* NULL: the current one */
	enum nntp_part part;
	struct nntp_specs specs;
	void *to; /* data for take, plan and finish */

	/* Take one article: its block is next on the connection, unless part is NNTP_STAT. */
	int (*take)(
		struct session *s, struct nntp_get *g, const struct nntp_got *got, struct err *e);

	/* Or NULL: narrow the specs after the reply to GROUP. */
	int (*plan)(struct session *s, struct nntp_get *g, struct err *e);

	/*
	 * All articles have been taken, or the pipeline failed with rc and e: complete the work of take. Returns rc, or -1
	 * with e filled. NULL: there is nothing to complete.
	 */
	int (*finish)(struct session *s, struct nntp_get *g, int rc, struct err *e);

	/* Or NULL: this article was passed over, and a later run can still get it. */
	void (*leave)(struct nntp_get *g, uint64_t number);

	bool none_is_fine; /* not a failure if no article is found */
	uint64_t
		highest; /* all articles up to this number were passed to take, are gone, or were passed over */

	bool suspect;  /* the replies are out of sync: the last article may be incomplete */
	uint64_t last; /* number of the last article passed to take */

	struct nntp_passed passed; /* articles that the server or the destination refused */

	/* private */
	bool planned;
	struct nntp_reader rd;
};

/*
 * Do it. An article that the server refuses, or whose status line is malformed, is passed over
 * (nntp_passed.h); so is one that was named and is missing. Nothing found at all: EX_NO, with the first reply
 * of the server. found and missing stand in g->rd.
 */
int nntp_get(struct session *s, struct nntp_get *g, struct err *e);

void nntp_get_free(struct nntp_get *g);

#endif
