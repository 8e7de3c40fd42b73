/*
 * collect_store: the articles of a collect job that go into a store: an article is held until the next reply shows that
 * it is complete, many are committed together, and then reported and marked. For collect.c.
 */
#ifndef JOB_COLLECT_STORE_H
#define JOB_COLLECT_STORE_H

#include <stdbool.h>

#include "base/err.h"
#include "job/collect.h"

/* Do the articles go into a store? */
bool collect_stores(const struct collect *j);

/* Has each of several groups a store of its own? */
bool collect_by_group(const struct collect *j);

/*
 * Open j->store for the articles of this group (NULL: the one that is selected). Errors of the event `open`, of
 * destination_for_group and of group_commit_open.
 */
int collect_open_store(struct collect *j, const char *group, struct err *e);

/* Store the next article, whose block is next on the connection. On failure the connection is dead. */
int collect_store_article(struct collect *j, const struct nntp_got *got, struct err *e);

/*
 * The article that was read last, with this number of octets, is too large: report it in the order of the articles, and
 * do not store it.
 */
int collect_store_left(
	struct collect *j, const struct nntp_got *got, uint64_t octets, struct err *e);

/* The last article is complete: end it, then commit, report and mark all articles. */
int collect_settle(struct collect *j, struct err *e);

/* As collect_settle, and then close the store, because the articles of the next group go to another store. */
int collect_leave_store(struct collect *j, struct err *e);

/*
 * Mark all articles for which a reply has come. but_last: the last article may be incomplete, so mark only those in the
 * groups before its group; in its own group, the articles before it were marked when they were committed.
 */
void collect_mark_answered(struct collect *j, bool but_last);

/* End a run into a store. rc and e: the result of the run so far. Returns the result. */
int collect_store_finish(struct collect *j, int rc, struct err *e);

/* Drop what is not committed, and close the store. */
void collect_store_free(struct collect *j);

#endif
