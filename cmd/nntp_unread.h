/* nntp_unread: what a newsrc file has not marked read, for over and fetch. */
#ifndef CMD_NNTP_UNREAD_H
#define CMD_NNTP_UNREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cmd/session.h"
#include "proto/nntp_read.h"
#include "store/ranges.h"

struct newsrc;
struct newsrc_group;

struct nntp_unread {
	struct newsrc *file; /* NULL: none is used */
	bool waits;          /* it belongs to the session, and is saved at its end */
	struct newsrc_group *line;
	const char *group;
	struct nntp_specs asked;
	struct ranges left; /* of asked: what is not to be marked */
};

/*
 * Open and lock the file, find the line of the group; NULL is the one that is selected. Where articles
 * or their lines go to stdout and that is -o's file, which appears when all is over, the newsrc file is
 * kept until then. Errors as newsrc_open and newsrc_group.
 */
int nntp_unread_open(struct nntp_unread *u, struct session *s, const char *path, const char *group,
	bool to_stdout, struct err *e);

/*
 * Reduce the ranges in specs, clipped to the marks of the group, to the unread numbers. If the group was
 * renumbered, print a warning and treat all its articles as unread.
 */
void nntp_unread_plan(struct nntp_unread *u, struct session *s, struct nntp_specs *specs);

/* Mark all planned articles up to this number, except those left, and save unless u->waits. Errors as newsrc_save. */
int nntp_unread_mark(struct nntp_unread *u, uint64_t upto, struct err *e);

/* Do not mark the articles first to last (both included), which were asked for. */
void nntp_unread_leave(struct nntp_unread *u, uint64_t first, uint64_t last);

void nntp_unread_close(struct nntp_unread *u);

#endif
