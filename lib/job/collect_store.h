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

/* Begin to use j->store, which was opened. Errors as group_commit_open. */
int collect_open_commit(struct collect *j, struct err *e);

/* Store the next article, whose block is next on the connection. On failure the connection is dead. */
int collect_store_article(struct collect *j, const struct nntp_got *got, struct err *e);

/* The article that was read last, of so many octets, is too large: it is reported in its place, and not stored. */
int collect_store_left(
	struct collect *j, const struct nntp_got *got, uint64_t octets, struct err *e);

/* The last article is complete: end it, then commit, report and mark all articles. */
int collect_settle(struct collect *j, struct err *e);

/* The same, and close the store: the articles of the next group have another one. */
int collect_leave_store(struct collect *j, struct err *e);

/*
 * Mark all that was answered. If the last article does not count, then only of the groups before its group: in that
 * one, the articles before it have been marked as they were committed.
 */
void collect_mark_answered(struct collect *j, bool but_last);

/* End a run into a store. rc and e: the result of the run so far. Returns the result. */
int collect_store_finish(struct collect *j, int rc, struct err *e);

/* Drop what is not committed, and close the store. */
void collect_store_free(struct collect *j);

#endif
