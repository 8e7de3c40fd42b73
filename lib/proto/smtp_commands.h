/*
 * smtp_commands: the commands and the content that a pipeline sends, and when; private to smtp_pipeline.
 */
#ifndef PROTO_SMTP_COMMANDS_H
#define PROTO_SMTP_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/smtp_pipeline.h"

/* The commands that replies answer. */
enum smtp_tag {
	TAG_MAIL = 1,
	TAG_RCPT,
	TAG_DATA,
	TAG_END, /* the final dot */
	TAG_BDAT,
	TAG_LONE_DOT,
	TAG_RSET,
	TAG_PROBE,
	TAG_MARK,
	TAG_QUIT
};

/* Has unread input arrived from the server? */
static inline bool
smtp_has_input(struct conn *c)
{
	size_t n;

	conn_data(c, &n);
	return n != 0;
}

/* The number of octets sent on the connection once all that is queued has left. */
static inline uint64_t
smtp_octets_queued(const struct conn *c)
{
	return c->octets_out + (c->out.len - c->sent);
}

/* All commands of the current transaction are queued. */
static inline void
smtp_end_current(struct smtp_pipeline *f)
{
	f->current = f->current->next;
}

/* Queue the commands for which there is room. A failure stops sending. */
void smtp_queue_commands(struct smtp_pipeline *f);

/* Queue QUIT in the same pipeline after the last transaction, if the caller permits it and no round may follow. */
void smtp_queue_quit(struct smtp_pipeline *f);

/* Stop sending because of e; replies that have arrived are still read. */
void smtp_stop_sending(struct smtp_pipeline *f, const struct err *e);

/*
 * Write the message. If `listen`, a reply before the end of the content stops it. 0; -1; 1: stopped. A reply that
 * arrived before the connection was lost counts as such a reply.
 */
int smtp_send_content(struct smtp_pipeline *f, struct smtp_transaction *t, bool stuffed,
	bool listen, struct err *e);

#endif
