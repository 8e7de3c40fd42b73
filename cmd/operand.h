/*
 * operand: the words that a user gives to a job: articles, messages, numbers, dates, destinations. A pattern such as
 * "[GROUP] [SPEC...]" names the kind of each word: in brackets it is optional, with dots it is the last one and may be
 * repeated.
 */
#ifndef CMD_OPERAND_H
#define CMD_OPERAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "job/pop_select.h"
#include "proto/nntp_spec.h"

/* A word under the name that the pattern gives it. All is borrowed. */
struct operand {
	const char *name; /* in the pattern: not terminated */
	size_t name_len;
	const char *word; /* as given */
	/* By kind, one of: */
	struct nntp_spec spec;   /* RANGE, MSGID, RANGE|MSGID, SPEC; "A-" ends at NNTP_NUMBER_MAX */
	uint64_t number;         /* LINES */
	struct pop_word message; /* N */
	bool from_stdin;         /* N, RANGE, SPEC: it is `-`, the messages are named on stdin */
	time_t since;            /* SINCE */
};

/* How many words a pattern allows. *max -1: any number. */
void operand_arity(const char *pattern, int *min, int *max);

/*
 * Parse n words by a pattern into out, an array of n. An optional GROUP is omitted if a range, a message-id or `-` stands
 * in its place. A word of an unknown kind is only checked for CR and LF. limit: the octets of the longest command; 0: no
 * limit. EX_DATAERR: CR or LF in a word for a command, a word that makes a command too long, a malformed group, range,
 * message-id, number or date; EX_NOINPUT: a FILE that cannot be read; EX_USAGE: an unexpected or missing word.
 */
int operand_parse(const char *pattern, char *const *words, int n, size_t limit, struct operand *out,
	struct err *e);

/*
 * Check the argument of an option: kind is its name in the option's row. EX_USAGE; EX_DATAERR: CR or LF in it, or a
 * malformed recipient of LMTP; EX_CANTCREAT: a DEST that is a directory but not a Maildir.
 */
int operand_check_option(const char *kind, const char *value, struct err *e);

/* The help of the operands of this name (n octets), or NULL. */
const char *operand_help(const char *name, size_t n);

/* Does the name of a file stand for stdin: "-", /dev/stdin or /dev/fd/0? */
bool operand_is_stdin(const char *word);

#endif
