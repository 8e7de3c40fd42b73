/* done: the record that closes a verb in a JSON batch. */
#ifndef CMD_DONE_H
#define CMD_DONE_H

#include "base/buf.h"
#include "base/err.h"

struct out;

/* The outcome of the verb that runs. */
struct done {
	int code;            /* the reply code; 0: none, printed as null */
	struct buf text;     /* the reply as received, lines joined by LF; empty: no reply */
	const char *command; /* send: the SMTP command that the reply belongs to; else NULL */
};

/* Reset, before another verb begins. */
void done_clear(struct done *d);

/*
 * Print the record and flush it, because a program may wait for it. name: the verb, or NULL for a line that could
 * not be split. err: the verb's failure, whose text is used if there is no reply; NULL: success. Errors as
 * out_flush.
 */
int done_print(struct out *o, const char *name, const struct done *d, const struct err *err,
	struct err *e);

#endif
