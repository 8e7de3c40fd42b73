/*
 * drain: fetch the messages of a POP3 mailbox into a store, record them in the journal of the mailbox, and delete those
 * that are on stable storage. One call of drain_run is a whole run:
 *
 *	plan      STAT, LIST and UIDL; the journal shows which messages are stored already
 *	fetch     pipelined RETR and TOP; messages are committed in groups
 *	delete    DELE of what is stored, and QUIT
 *
 * A message is deleted only if it and its journal entry are on stable storage, and if no reply that came later shows
 * that client and server are out of sync.
 */
#ifndef JOB_DRAIN_H
#define JOB_DRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct buf;
struct client;
struct journal;
struct store;

struct drain_options {
	struct store *store; /* where messages go; drain_run closes it in any case */
	struct journal
		*journal; /* drain_run closes it; NULL: every message is new, nothing is recorded */
	unsigned line_ends; /* that the store expects: BLOCK_LF or BLOCK_CRLF */
	bool delete;        /* delete the messages that are stored; false: they stay */
	bool warn_no_uid; /* the store does not recognize messages by their content: warn if one has no unique-id */
	int64_t keep;      /* seconds: do not delete messages that were stored less than this ago */
	uint64_t max_size; /* octets: leave larger messages on the server */
	uint64_t limit;    /* messages to fetch at most */
	struct drain_counts *counts; /* set at the end, also after a failure; NULL: not wanted */
	size_t group; /* messages that become durable together; 0: as many as is useful */
};

/* A message after the run. */
struct drain_message {
	uint32_t number;
	const char *uid; /* NULL: none; not terminated */
	size_t uid_len;
	uint64_t octets;  /* as LIST announced them */
	bool stored;      /* by this run */
	bool deleted;     /* from the server */
	const char *file; /* its file name in the store; NULL: none */
};

/* Counts of a run. */
struct drain_counts {
	uint64_t listed;  /* messages of the mailbox */
	bool identified;  /* they have unique-ids */
	uint64_t fetched; /* messages that were read to their end */
	uint64_t stored;  /* messages that this run stored, and that stay on the server */
	uint64_t deleted; /* messages that it deleted from the server */
};

/* Calls to the owner, with the context given to drain_run. */
struct drain_events {
	/*
	 * A message was not sent, stored or deleted. The first failure becomes the error of drain_run; it is reported here
	 * only if another error ends the run.
	 */
	void (*failed)(void *context, const struct err *why);
	/* Called before messages are deleted. -1 with e: delete none. NULL: always delete. */
	int (*may_delete)(void *context, struct err *e);
	/* At the end, also after a failure, for each message whose outcome is known: 0, or -1 with e. May be NULL. */
	int (*message)(void *context, const struct drain_message *m, struct err *e);
};

/*
 * Run over a client that is ready for use (client_need). c->result is set to the reply that decided the outcome. With
 * delete and c->one_shot, QUIT is sent and its reply read. Errors of the server, of the store and of the journal;
 * EX_UNAVAILABLE: `keep` needs unique-ids and a message has none. EX_PROTOCOL: out of sync; nothing is deleted, and the
 * last message is fetched again by the next run.
 */
int drain_run(struct client *c, const struct drain_options *o, const struct drain_events *events,
	void *context, struct err *e);

/* A drain in several sessions; the calls get the context given to drain_in_sessions. */
struct drain_sessions {
	uint64_t every; /* messages of one session at most, from 1 on */
	uint64_t limit; /* messages of all sessions at most */
	/* Run one session by drain_run, with this limit and these counts. */
	int (*session)(void *context, uint64_t limit, struct drain_counts *counts, struct err *e);
	/* A session failed after an earlier one had failed. */
	void (*failed)(void *context, const struct err *why);
};

/*
 * Run sessions, each ended by QUIT, until a session neither stores nor deletes a message, or the limit is reached, or
 * the server keeps messages that it should have deleted. A refused message does not end the run. c is ready for use
 * (client_need), and its credentials can be found again. The first failure is the error, unless the connection to the
 * next session fails.
 */
int drain_in_sessions(
	struct client *c, const struct drain_sessions *o, void *context, struct err *e);

/*
 * Record every message of the mailbox in the journal as fetched without fetching it: later runs, for any destination,
 * neither fetch nor delete it. The journal was opened for JOURNAL_MARKS; it is closed in any case. EX_UNAVAILABLE: a
 * message has no unique-id, and the others are recorded. Errors of the server and of the journal.
 */
int drain_mark(struct client *c, struct journal *journal, struct err *e);

/* Append a text that identifies the mailbox: "pop://user@host". */
void drain_mailbox(const struct client *c, struct buf *out);

/*
 * Append the default path of the mailbox's journal, by the values of $XDG_STATE_HOME and $HOME (NULL: not set). Its file
 * name is "pop-user@host", at most 200 bytes. EX_CONFIG: neither is usable.
 */
int drain_journal_path(const struct client *c, const char *state_home, const char *home,
	struct buf *out, struct err *e);

#endif
