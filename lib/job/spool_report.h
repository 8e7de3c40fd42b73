/* spool_report: the messages in all boxes of a spool (store/spool) as lines for a person. */
#ifndef JOB_SPOOL_REPORT_H
#define JOB_SPOOL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/err.h"

struct spool_report_events {
	/*
	 * One message: "ID AGE OCTETS <SENDER> RECIPIENTS [BOX:] ERROR", valid during the call; "-" for a value that is not
	 * known. The error is that of the last flush, else the one with which the message was stored. -1: stop with e.
	 */
	int (*line)(void *context, const char *p, size_t n, struct err *e);
	/* A message cannot be read, or has left since the spool was listed; the others follow. */
	void (*unreadable)(void *context, const struct err *why);
};

/* Is dir not a spool: does it not exist, or have no directory for messages? Then no message was stored yet. */
bool spool_is_missing(const char *dir);

/*
 * Report the spool at dir. If dir is not a spool, it is not made one. Ages are those at the time `now`. *count: the
 * messages found. Errors of spool_open, spool_list and line.
 */
int spool_report(const char *dir, time_t now, const struct spool_report_events *events,
	void *context, size_t *count, struct err *e);

#endif
