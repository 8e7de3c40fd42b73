/* nntp: what the nntp verbs share. */
#ifndef CMD_NNTP_NNTP_H
#define CMD_NNTP_NNTP_H

#include <stdbool.h>

#include "base/err.h"
#include "client/nntp_steps.h"
#include "cmd/session.h"
#include "cmd/verb.h"
#include "job/passed.h"
#include "job/unread.h"

/* The argument of -d, --newsrc and the like, or NULL. An empty one is EX_USAGE. */
int nntp_path_arg(const struct args *a, const char *name, const char **path, struct err *e);

/* passed_end, and note for the exit status of the run that nothing else failed. */
int nntp_passed_end(struct session *s, struct passed *p, int rc, struct err *e);

/*
 * Open and lock the newsrc file, and begin u with the line of the group; NULL is the group that is selected. If articles
 * or their lines go to stdout and -o's file appears only at the end of the run, the newsrc file is saved only then.
 * Errors as newsrc_open and newsrc_group. Call nntp_newsrc_close in any case.
 */
int nntp_newsrc_open(struct unread *u, struct session *s, const char *path, const char *group,
	bool to_stdout, struct err *e);
void nntp_newsrc_close(struct unread *u);

#endif
