/*
 * operands: check the operands and options of a verb before a connection is made. The names in the verb's row
 * give their kinds: "[GROUP] [SPEC...]", {'d', "dest", "DEST", …}.
 */
#ifndef CMD_OPERANDS_H
#define CMD_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cmd/verb.h"

/*
 * Check the operands and options of a parsed line. EX_DATAERR: CR or LF in a word for a command, an operand that
 * makes a command longer than limit octets (0: no limit), a malformed group, range, message-id, number or date;
 * EX_NOINPUT: a FILE that cannot be read; EX_USAGE: a malformed option, an unexpected operand; EX_CANTCREAT: a
 * DEST that is a directory but not a Maildir. Verbs check again what they put into commands.
 */
int operands_check(const struct args *a, size_t limit, struct err *e);

/* Does this call read stdin: because FILE is omitted, or names stdin? */
bool operands_want_stdin(const struct args *a);

#endif
