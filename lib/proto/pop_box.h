/*
 * pop_box: the contents of a mailbox: numbers, sizes and unique-ids, from STAT, LIST and UIDL in one
 * pipeline (RFC 1939, sections 5 and 7).
 *
 * A message takes 24 octets and its unique-id, so that a mailbox of a million fits.
 */
#ifndef PROTO_POP_BOX_H
#define PROTO_POP_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/pop.h"

/* Limits for the number of messages and for the octets of all unique-ids; beyond: EX_PROTOCOL. */
#define POP_BOX_MAX  (16 * 1024 * 1024)
#define POP_UIDS_MAX (512 * 1024 * 1024)

struct pop_mail {
	uint64_t octets;  /* as LIST announced them; 0 without LIST */
	uint64_t uid_at;  /* of struct pop_box.uids */
	uint32_t uid_len; /* octets of the unique-id; 0: the message has none */
	uint32_t number;
};

struct pop_box {
	struct pop_mail *mails; /* ascending numbers */
	size_t n, room;
	struct buf uids;
	uint64_t octets; /* of all messages */
	bool sized;      /* LIST has announced sizes */
};

/*
 * Read the contents into b, which must be {0}. Without LIST the messages are 1 to STAT's count; without UIDL they have
 * no unique-ids. A message that only one of LIST and UIDL has is left out: it arrived or was deleted between the two
 * commands. EX_PROTOCOL: invalid or doubled numbers, more messages in LIST than STAT announced, an endless UIDL. -ERR
 * to STAT is EX_UNAVAILABLE, or the status of its response code. Free in any case.
 */
int pop_box_read(struct pop *p, struct pop_box *b, struct err *e);
void pop_box_free(struct pop_box *b);

/* The unique-id of the i-th message, borrowed; NULL: none. */
const char *pop_box_uid(const struct pop_box *b, size_t i, size_t *n);

#endif
