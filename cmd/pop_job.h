/*
 * pop_job: one run of fetch or drain, from its options to its records.
 *
 *	pop_job_open      options, journal, destination
 *	pop_job_plan      the mailbox, and what is to be done with each message
 *	pop_job_fetch     pipelined RETR and TOP; the messages are committed in groups
 *	pop_job_delete    DELE of what is safe, and QUIT
 *	pop_job_report    JSON records
 *	pop_job_close
 */
#ifndef CMD_POP_JOB_H
#define CMD_POP_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cmd/message.h"
#include "cmd/pop_run.h"
#include "cmd/print.h"
#include "proto/pop_box.h"
#include "store/deliver.h"
#include "store/dest.h"
#include "store/hdrsum.h"
#include "store/state.h"

/* What is planned for a message, and its outcome. */
enum pop_fate {
	POP_LEAVE,   /* not fetched, stays on the server */
	POP_FETCH,   /* to be fetched */
	POP_CHECK,   /* stored before, if its header is the one that was stored: TOP, else RETR */
	POP_COMPARE, /* the same, but TOP has another header: RETR decides */
	POP_WAITS,   /* fetched, not yet on stable storage */
	POP_STORED,  /* message and record are on stable storage */
	POP_SAME,    /* stored before, and it is the same */
	POP_DELETED, /* DELE succeeded, and so did QUIT if it was sent */
	POP_MISSING, /* refused by the server, or refused or deferred by the destination */
};

/* A message to be checked: what its journal record has. */
struct pop_check {
	uint32_t i;
	uint32_t entry; /* of struct state_known */
	unsigned char header[HDRSUM];
	bool resized; /* LIST has another size than the record */
	bool deletes; /* if it is the same it may be deleted */
};

struct pop_job {
	struct session *s;
	bool drain;
	/* options */
	struct dest dest;
	enum message_form form; /* to stdout */
	bool fresh;             /* leave what was fetched before */
	uint64_t max_size, limit;
	int64_t keep; /* seconds */
	size_t group; /* messages that become durable together; 0: as many as is good */
	/* the mailbox */
	struct pop_box box;
	unsigned char *fate; /* of each message: enum pop_fate */
	uint64_t *ids;       /* what state_listed has made of each message; NULL: no state */
	struct pop_check *checks;
	size_t nchecks, checks_room;
	size_t to_fetch;
	uint64_t to_fetch_octets;
	/* at work */
	struct state *state; /* NULL: nothing is remembered */
	struct deliver *deliver;
	bool final;                       /* of the store: each message stands alone */
	unsigned block_flags;             /* how block_read shall end lines */
	uint32_t waits[DELIVER_MESSAGES]; /* the messages of the group */
	size_t nwaits;
	bool no_top;     /* TOP does not exist here */
	bool again;      /* a message of this pipeline needs another command */
	size_t tops;     /* replies to TOP that are pending */
	bool void_group; /* the store or the journal failed: the group does not count */
	/* The message that was read to its end, which no later reply has confirmed: not yet stored. */
	bool held;
	size_t held_i;
	uint64_t held_octets;
	size_t last_block; /* the last block was a message that was stored: its index + 1; 0: it was not */
	unsigned deferred; /* messages in a row that the destination deferred, up to the last one */
	struct err why;    /* the first message that was not sent, stored or deleted */
	struct buf files;  /* JSON: names of stored messages, each ended by NUL */
	uint64_t *file_at; /* JSON: where in files; 0: none */
	struct err warning; /* of the mbox */
	uint64_t fetched;   /* messages, so far */
};

/* All return 0, or -1 with e, and then only pop_job_report and pop_job_close follow. */
int pop_job_open(
	struct pop_job *j, struct session *s, const struct args *a, bool drain, struct err *e);
int pop_job_plan(struct pop_job *j, struct err *e);
int pop_job_fetch(struct pop_job *j, struct err *e);
int pop_job_delete(struct pop_job *j, struct err *e);
int pop_job_report(struct pop_job *j, struct err *e);
void pop_job_close(struct pop_job *j);

/* ---- for pop_flight.c and pop_delete.c */

/*
 * A message failed: the first failure becomes the verb's error (in `done` with the last reply if replied), each later
 * one is printed.
 */
void pop_job_reason(struct pop_job *j, const struct err *why, bool replied);

/* QUIT, unless it was sent, and its reply; the errors of pop_quit. */
int pop_job_quit(struct pop_job *j, struct err *e);

/* ---- for pop_state.c */

/* Append a text that identifies the mailbox: "pop://user@host". */
void pop_mailbox_id(const struct session *s, struct buf *out);

/* Append the default path of the mailbox's journal. EX_CONFIG: no $XDG_STATE_HOME and no home directory. */
int pop_state_path(const struct session *s, struct buf *out, struct err *e);

#endif
