/* print: what all verbs print with: the output as the options say, records (base/record.h) and the progress line. */
#ifndef CMD_PRINT_H
#define CMD_PRINT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "base/record.h"
#include "cmd/progress.h"
#include "cmd/verb.h"
#include "store/message_out.h"
#include "store/out.h"
#include "wire/block.h"

struct options;

/* Open the output by the options (-o, --json, --crlf). */
int print_open(struct out *o, const struct options *opt, struct err *e);

/*
 * The form of messages that options ask for: --json, else --raw or --mbox of the verb (both: EX_USAGE), else an
 * mbox for several messages and raw for one.
 */
int print_form(const struct out *o, const struct args *a, bool several, enum message_form *form,
	struct err *e);

/* The line ends to ask of block_read. */
static inline unsigned
print_line_ends(bool crlf)
{
	return crlf ? BLOCK_CRLF : BLOCK_LF;
}

#endif
