/*
 * nntp_steps: pipelines of NNTP commands over a client: a pipeline is repeated if the server first requires a step
 * (MODE READER, a login) or an older form of a command, and QUIT is sent with the last pipeline.
 */
#ifndef CLIENT_NNTP_STEPS_H
#define CLIENT_NNTP_STEPS_H

#include <stdbool.h>

#include "base/err.h"
#include "client/client.h"
#include "proto/nntp.h"
#include "proto/nntp_command.h"
#include "proto/nntp_post.h"

/* From about this number of articles on, compression is useful. */
#define NNTP_LARGE 1000

static inline struct nntp *
nntp_of(const struct client *c)
{
	return c->proto;
}

/*
 * Run go. If it fails with n->need set, make that step and run go again; if QUIT was sent in the pipeline, connect
 * again first. go must not deliver any data before the reply that can require a step.
 */
typedef int nntp_pipeline(struct client *c, void *job, struct err *e);
int nntp_run_pipeline(struct client *c, nntp_pipeline *go, void *job, struct err *e);

/* After a refusal: can the step that n->need names be made, so that the command could be repeated? */
bool nntp_step_helps(const struct client *c);

/* Run one command and free it: 0, and n->r has the reply of success, which is noted; -1 with e. */
int nntp_run_command(struct client *c, struct nntp_command *command, struct err *e);

/*
 * Ask for the capabilities, also if they are known. A server too old for the command has none, which is not an error;
 * lenient: any other refusal is not an error either.
 */
int nntp_run_capabilities(struct client *c, bool lenient, struct err *e);

/* Make the capabilities known, and MODE READER done if it is required: what nntp_newgroups and nntp_newnews need. */
int nntp_know_capabilities(struct client *c, struct err *e);

/*
 * nntp_post in a pipeline, as IHAVE if `offered` is set; then, if this is the only verb, QUIT, whose reply confirms
 * that the article was posted. If the connection is lost after the article was sent, STAT in another session looks for
 * msgid (NULL: it is not known): 0 if the server has it.
 */
int nntp_run_post(struct client *c, const char *offered, const char *msgid,
	const struct tmpcopy *article, struct err *e);

/* May QUIT be sent in the last pipeline? */
bool nntp_may_quit(const struct client *c);

/* Queue QUIT if nntp_may_quit and the server allows pipelining. */
int nntp_append_quit(struct client *c, struct err *e);

/*
 * Is the last reply the one that it seems to be? The reply to QUIT shows it if QUIT has been sent, else octets that
 * have arrived already. EX_PROTOCOL if the replies are out of sync. c->result stays.
 */
int nntp_confirm(struct client *c, struct err *e);

/* Set c->result to the last reply. */
void nntp_note(struct client *c);

/* The same if rc is -1 and e comes from the last reply. Returns rc. */
int nntp_note_refusal(struct client *c, int rc, const struct err *e);

/* Warn that this line of the block after the last reply is passed over for its message-id of more than 250 octets. */
void nntp_warn_long_id(struct client *c, const char *p, size_t n);

#endif
