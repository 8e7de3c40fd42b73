/*
 * listing: a command with a list as its reply: LIST, NEWGROUPS, NEWNEWS, LISTGROUP, HDR, XPAT. Its lines are handed to
 * the owner as records. Malformed lines are passed over (job/passed.h); a line with a message-id that is too long is
 * skipped with a warning.
 */
#ifndef JOB_LISTING_H
#define JOB_LISTING_H

#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "job/passed.h"
#include "proto/nntp_command.h"
#include "proto/nntp_lists.h"

/* The owner sets the first four, the rest to zero. */
struct listing {
	enum nntp_list_kind kind;
	const struct nntp_spec
		*spec; /* of HDR, XPAT, LISTGROUP: the articles asked for; else NULL */
	/* A good line: 0, or -1 with e, an error of the owner, which ends the run. */
	int (*record)(void *context, const struct nntp_record *r, struct err *e);
	void *context;

	struct passed passed; /* the owner calls passed_end */
};

/*
 * Send the command, which is freed, and read its block. Errors of nntp_run_command, of nntp_list_next and of the owner.
 * After -1 in the middle of the block the connection is dead.
 */
int listing_run(struct listing *l, struct client *c, struct nntp_command command, struct err *e);

#endif
