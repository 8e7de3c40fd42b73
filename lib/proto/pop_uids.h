/*
 * pop_uids: the unique-ids of a mailbox, to find the number of a message by its unique-id (RFC 1939, section 7). One
 * UIDL for a session, whose numbers and unique-ids do not change. A message takes about 40 octets and its unique-id.
 */
#ifndef PROTO_POP_UIDS_H
#define PROTO_POP_UIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "proto/pop.h"

struct pop_uid {
	uint64_t number;
	size_t at, len; /* in pop_uids.text */
	bool doubled;   /* another message has the same unique-id */
};

/* `struct pop_uids u = {0};` is empty. */
struct pop_uids {
	struct pop_uid *uid;
	size_t count, room;
	struct buf text;
	struct hash index;
	bool loaded;
};

/* Send UIDL and read its reply, unless that was done. No reply may be pending. The errors of UIDL; EX_PROTOCOL. */
int pop_uids_load(struct pop_uids *u, struct pop *p, struct err *e);

/* The number of the message with this unique-id. EX_NO: no message has it, or more than one. */
int pop_uids_find(
	const struct pop_uids *u, const char *uid, size_t n, uint64_t *number, struct err *e);

/* Free the unique-ids. */
void pop_uids_free(struct pop_uids *u);

#endif
