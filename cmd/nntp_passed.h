/*
 * nntp_passed: records that are passed over, so that one bad record does not keep the records after it away: an
 * article that the server or the destination refuses, a malformed line. The first one is the error of the verb.
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
	struct err first; /* printed at the end, as the error of the verb */
	int code;         /* of the reply that was noted for `done` then */
	struct buf reply;
};

/*
 * Pass a record over: why becomes the error of the verb if it is the first, else it is printed on stderr at
 * once. The reply noted last (nntp_note) is the one that `done` will show.
 */
void nntp_pass_over(struct session *s, struct nntp_passed *p, struct err *why);

/*
 * The verb's end, with its own result in rc and e. If it succeeded, or failed with EX_NO only, the first
 * record passed over is the error; if it failed otherwise, that record is printed before. Frees what p holds.
 */
int nntp_passed_end(struct session *s, struct nntp_passed *p, int rc, struct err *e);

#endif
