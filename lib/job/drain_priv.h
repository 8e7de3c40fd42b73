/* drain_priv: the data of one run, for drain.c, drain_plan.c, drain_fetch.c and drain_delete.c. */
#ifndef JOB_DRAIN_PRIV_H
#define JOB_DRAIN_PRIV_H

#include "base/buf.h"
#include "client/client.h"
#include "job/drain.h"
#include "proto/pop_box.h"
#include "store/group_commit.h"
#include "store/header_digest.h"
#include "store/journal.h"

/* What is planned for a message, and its outcome. */
enum drain_state {
	DRAIN_SKIP,    /* not fetched, stays on the server */
	DRAIN_FETCH,   /* to be fetched */
	DRAIN_CHECK,   /* stored before, if its header is the one that was stored: TOP, else RETR */
	DRAIN_COMPARE, /* the same, but TOP has another header: RETR decides */
	DRAIN_PENDING, /* fetched, not yet on stable storage */
	DRAIN_STORED,  /* message and journal entry are on stable storage */
	DRAIN_KNOWN,   /* stored before, and it is the same */
	DRAIN_DELETED, /* DELE succeeded, and so did QUIT if it was sent */
	DRAIN_FAILED,  /* refused by the server, or refused or deferred by the destination */
};

/* A message to be checked, with the contents of its journal entry. */
struct drain_check {
	uint32_t i;     /* of the message */
	uint32_t entry; /* of struct journal_known */
	unsigned char header[HEADER_DIGEST];
	bool resized; /* LIST has another size than the entry */
	bool deletes; /* if it is the same it may be deleted */
};

struct drain {
	struct client *c;
	struct pop *pop; /* of c */
	const struct drain_options *o;
	const struct drain_events *events;
	void *context;
	/* the mailbox */
	struct pop_box box;
	unsigned char *states; /* of each message: enum drain_state */
	uint64_t *ids;         /* of each message: journal_known.id; NULL: no journal */
	struct drain_check *checks;
	size_t nchecks, checks_room;
	size_t to_fetch;
	uint64_t to_fetch_octets;
	/* at work */
	struct group_commit *commit;
	uint32_t group[GROUP_COMMIT_MESSAGES]; /* the messages of the group, by index */
	size_t ngroup;
	bool no_top;          /* the server does not have TOP */
	bool again;           /* a message of this pipeline needs another command */
	size_t tops;          /* replies to TOP that are pending */
	bool void_group;      /* the store or the journal failed: the group does not count */
	size_t held;          /* the message that group_commit_holds: its index, */
	uint64_t held_octets; /* and what was read of it */
	size_t last_block; /* the last block was a message that was stored: its index + 1; 0: it was not */
	uint64_t fetched;  /* messages, so far */
	struct err why;    /* the first message that was not sent, stored or deleted */
	struct buf files;  /* for events->message: names of stored messages, each ended by NUL */
	uint64_t *file_at; /* where in files; 0: none; NULL: names are not kept */
};

/* The steps of a run, in this order; 0, or -1 with e. */
int drain_plan(struct drain *d, struct err *e);
int drain_fetch(struct drain *d, struct err *e);
int drain_delete(struct drain *d, struct err *e);

/* The check of message i; NULL: none was planned. */
const struct drain_check *drain_check_of(const struct drain *d, size_t i);

/* A message failed; replied: c->result becomes the last reply, if this is the first failure. */
void drain_note_failure(struct drain *d, const struct err *why, bool replied);

/* QUIT, unless it was sent, and its reply; the errors of pop_quit. */
int drain_quit(struct drain *d, struct err *e);

#endif
