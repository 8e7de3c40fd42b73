/*
 * operands: what can be told of a verb's words before a server is asked. What kind of word stands
 * where, the verb's row says: "[GROUP] [SPEC...]", {'d', "dest", "DEST", …}.
 */
#ifndef CMD_OPERANDS_H
#define CMD_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cmd/verb.h"

/*
 * Check the operands and options of a parsed line. EX_DATAERR: CR or LF in what would go into a
 * command, an operand that makes a command longer than limit octets (0: any length), a malformed group, range, message-id, number or date; EX_NOINPUT: a FILE that cannot be
 * read; EX_USAGE: a malformed option, a word too many; EX_CANTCREAT: a DEST that is a directory and no
 * Maildir. Verbs check again what they put into commands.
 */
int operands_check(const struct args *a, size_t limit, struct err *e);

/* Does this call read stdin: for want of a FILE, or because FILE is another name of it? */
bool operands_want_stdin(const struct args *a);

#endif
