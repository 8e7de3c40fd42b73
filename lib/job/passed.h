/*
 * passed: records that are passed over, so that the records after them are still processed: an article that the server
 * or the destination refuses, or a malformed line. The client's event `passed` reports these records in order, except
 * the last one, which becomes the error of the job. The first one decides the exit status and c->result. Exception: a
 * malformed line of stdin (EX_DATAERR) has precedence over a missing article (EX_NO).
 */
#ifndef JOB_PASSED_H
#define JOB_PASSED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "client/client.h"

/* Initialize with zeros. */
struct passed {
	uint64_t count;
	struct err last;  /* not reported yet */
	int status;       /* exit status of the one that decides, mostly the first */
	int code;         /* reply code in c->result with it */
	struct buf reply; /* its text */
	bool decided; /* set by passed_end: the job failed only by records that were passed over */
};

/* Pass a record over because of why, which is cleared. For the first one, c->result is the reply that will stay. */
void passed_add(struct passed *p, struct client *c, struct err *why);

/*
 * The end of the job, with its own result in rc and e. If it succeeded, or failed with EX_NO only, the error is the
 * last record passed over, with the exit status of the first; if it failed otherwise, that record is reported before.
 * Frees what p holds. Returns the result.
 */
int passed_end(struct passed *p, struct client *c, int rc, struct err *e);

#endif
