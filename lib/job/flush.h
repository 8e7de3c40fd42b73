/*
 * flush: send the messages of a spool (store/spool) over one client, at most ten without a reply. The caller may sort
 * them into groups, each of which has a connection of its own. A message is moved
 * to sending/ before the octets that complete it can be sent. When its outcome is known, it is removed (delivered) or
 * moved to new/ (deferred), failed/ (refused) or unknown/. If its recipients have different outcomes, each part of the
 * recipients gets a message of its own. A message that a killed run left in sending/ is moved to unknown/ and not
 * sent. A message whose file was removed, or changes while it is sent, is left out: the others are sent, if need be
 * over another connection.
 */
#ifndef JOB_FLUSH_H
#define JOB_FLUSH_H

#include "base/err.h"
#include "client/client.h"
#include "job/outbox.h"

/* Calls to the caller; context is its own. Each may be NULL. */
struct flush_events {
	/* The group of a message with this sender. Messages with equal pointers are one group. NULL: all are one. */
	const void *(*group)(void *context, const char *from);
	/*
	 * The messages of a group are about to be sent. The connection is not open yet, unless the caller opened it: the
	 * options of the client may still change. more: another group follows. -1: they stay in new/; the job goes on with
	 * the next group and fails with the first such error.
	 */
	int (*begin)(void *context, const struct outbox_message *list, bool more, struct err *e);
	/* A file cannot be read as a message; it stays in new/. */
	void (*unreadable)(void *context, const struct err *why);
	/*
	 * A message has its outcome (o->m.transaction), and its file was moved. why: the reason unless it was delivered. left:
	 * a killed run left the message in sending/, and only its name and sender are known. -1: the job ends with e.
	 */
	int (*ended)(void *context, const struct outbox_message *o, const struct err *why,
		bool left, struct err *e);
};

/*
 * Flush the spool at dir over the client, which is opened if there are messages to send. -1: the worst outcome:
 * EX_TEMPFAIL if a message is deferred or unknown (EX_NOPERM, EX_CONFIG or EX_IOERR if that is why), else the error of
 * the first refused one, EX_NO without a text if only some of its recipients were; EX_NOINPUT if dir does not exist;
 * errors of the spool and of the calls.
 */
int flush_spool(struct client *c, const char *dir, const struct flush_events *events, void *context,
	struct err *e);

#endif
