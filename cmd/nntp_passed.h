/*
 * nntp_passed: records that are passed over, so that one bad record does not keep the records after it away: an
 * article that the server or the destination refuses, a malformed line. Each is printed on stderr, in order; the first
 * decides the exit status and what `done` shows.
 */
#ifndef CMD_NNTP_PASSED_H
#define CMD_NNTP_PASSED_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/session.h"

/* Initialize with zeros. */
struct nntp_passed {
	uint64_t count;
	struct err last;  /* not printed yet: the next one or the end prints it */
	int status;       /* exit status of the first */
	int code;         /* reply code that was noted for `done` with the first */
	struct buf reply; /* the text of that reply */
};

/*
 * Pass a record over because of why, which is cleared. For the first one, the reply noted last (nntp_note) is the one
 * that `done` will show.
 */
void nntp_pass_over(struct session *s, struct nntp_passed *p, struct err *why);

/*
 * The verb's end, with its own result in rc and e. If it succeeded, or failed with EX_NO only, the error
 * is the last record passed over, with the exit status of the first; if it failed otherwise, that record is printed
 * before. Frees what p holds.
 */
int nntp_passed_end(struct session *s, struct nntp_passed *p, int rc, struct err *e);

#endif
