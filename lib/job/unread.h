/* unread: the articles of a group that a newsrc file has not marked read, for overview and collect. */
#ifndef JOB_UNREAD_H
#define JOB_UNREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "proto/nntp_spec.h"
#include "store/newsrc.h"
#include "store/ranges.h"

/* `struct unread u = {0};`: no newsrc file is used, and all articles are unread. */
struct unread {
	struct newsrc_group *line; /* NULL: no file is used */
	/* The articles come in any order: only those of unread_done are marked, not all up to a number. */
	bool single;
	const char *group; /* the rest is private */
	struct nntp_specs asked;
	struct ranges left; /* of asked: articles that are not to be marked */
	struct ranges done; /* with `single`: articles that are to be marked */
};

/* Find the line of the group; NULL: the group that is selected. Errors as newsrc_group. */
int unread_begin(struct unread *u, struct newsrc *file, const struct client *c, const char *group,
	struct err *e);

/*
 * Reduce the ranges in specs, clipped to the marks of the group, to the unread numbers. If the group was renumbered,
 * warn and treat all its articles as unread. Message-ids stay.
 */
void unread_plan(struct unread *u, struct client *c, struct nntp_specs *specs);

/* Add to a list what unread_plan would leave of one more spec. */
void unread_add(const struct unread *u, const struct nntp_spec *spec, struct nntp_specs *to);

/* With `single`: this article is stored, or gone. unread_mark will mark it. */
void unread_done(struct unread *u, uint64_t number);

/* Mark all planned articles up to this number, except those left. Without a file nothing happens. */
void unread_mark(struct unread *u, uint64_t upto);

/* Do not mark the articles first to last (both included), which were asked for. */
void unread_leave(struct unread *u, uint64_t first, uint64_t last);

/* Free what u holds. */
void unread_end(struct unread *u);

#endif
