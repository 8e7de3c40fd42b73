/*
 * operands: parse and check the operands and options of a verb before a connection is made. The names in the
 * verb's row give their kinds: "[GROUP] [SPEC...]", {'d', "dest", "DEST", …}.
 */
#ifndef CMD_OPERANDS_H
#define CMD_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "cmd/verb.h"
#include "job/pop_select.h"
#include "proto/nntp_read.h"

/* An operand, under the name that the row gives it. */
struct operand {
	const char *name; /* in the row: not terminated */
	size_t name_len;
	const char *word; /* as given; borrowed */
	/* By kind, one of: */
	struct nntp_spec spec;   /* RANGE, MSGID, RANGE|MSGID, SPEC; "A-" ends at NNTP_NUMBER_MAX */
	uint64_t number;         /* LINES, and N of an option */
	struct pop_word message; /* N */
	bool from_stdin;         /* N, RANGE, SPEC: it is `-`, the messages are named on stdin */
	time_t since;            /* SINCE */
};

/*
 * Parse the operands of a parsed line into a->operands, and check them and its options. limit: the octets of the
 * longest command; 0: no limit. EX_DATAERR: CR or LF in a word for a command, an operand that makes a command too
 * long, a malformed group, range, message-id, number or date; EX_NOINPUT: a FILE that cannot be read; EX_USAGE: a
 * malformed option, an unexpected operand; EX_CANTCREAT: a DEST that is a directory but not a Maildir.
 */
int operands_parse(struct args *a, size_t limit, struct err *e);

/*
 * The first operand of this name and its word; NULL if it is omitted. An optional GROUP counts as omitted if a range
 * stands in its place.
 */
const struct operand *operand_find(const struct args *a, const char *name);
const char *operand_word(const struct args *a, const char *name);

/* For the rows that take N, RANGE or SPEC from stdin: reads_stdin. */
bool operands_from_stdin(const struct args *a);

/* Does the name of a file stand for stdin: "-", /dev/stdin or /dev/fd/0? */
bool operand_is_stdin(const char *word);

/* Does this call read stdin: because FILE is omitted, or names stdin? After operands_parse. */
bool operands_want_stdin(const struct args *a);

/* How many operands a row's args allow. *max -1: any number. */
void operands_arity(const char *args, int *min, int *max);

#endif
