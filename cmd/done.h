/* done: the record that closes a verb in a JSON batch. */
#ifndef CMD_DONE_H
#define CMD_DONE_H

#include "base/buf.h"
#include "base/err.h"

struct out;

/* What it tells of the verb under way. */
struct done {
	int code;        /* 0: null */
	struct buf text; /* the reply as received, lines joined by LF; empty: mailnet's own words */
	const char *command; /* for send: MAIL, RCPT, DATA, BDAT, EHLO; else NULL */
};

/* Nothing is known: another verb begins. */
void done_clear(struct done *d);

/*
 * Print the record. err is what the verb failed with, whose text stands in where the server said
 * nothing; NULL: all is well. name may be NULL (a line that could not be split). Errors as
 * out_flush: it is flushed, for a program may wait for it.
 */
int done_print(struct out *o, const char *name, const struct done *d, const struct err *err,
	struct err *e);

#endif
