/* done: the record that closes a verb in a JSON batch. */
#ifndef CMD_DONE_H
#define CMD_DONE_H

#include "base/err.h"
#include "client/client.h"

struct out;

/* Reset, before another verb begins. */
void done_clear(struct client_result *d);

/*
 * Print the record and flush it, because a program may wait for it. name: the verb, or NULL for a line that could
 * not be split. err: the verb's failure, whose text is used if there is no reply; NULL: success. Errors as
 * out_flush.
 */
int done_print(struct out *o, const char *name, const struct client_result *d,
	const struct err *err, struct err *e);

#endif
