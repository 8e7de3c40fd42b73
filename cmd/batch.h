/* batch: verb lines in one session (-b FILE), and the single verb as the batch of one. */
#ifndef CMD_BATCH_H
#define CMD_BATCH_H

#include "base/err.h"

struct args;
struct client_result;
struct out;
struct session;

/*
 * Run the verb lines of s->opt->batch from beginning to end over one session; the exit status.
 * Opens and closes the session, not s->out. Prints its errors.
 */
int batch_run(struct session *s);

/*
 * Run one verb that was parsed from the command line; the exit status. Opens and closes the session
 * unless the verb needs no server; flushes s->out. Prints its error.
 */
int single_run(struct session *s, struct args *a);

/*
 * Print the record that closes a verb in a JSON batch, {"done": ...}, and flush it, because a program may wait for it.
 * name: the verb, or NULL for a line that could not be split. err: the verb's failure, whose text is used if there is
 * no reply; NULL: success. account: the account in use, which the record names with its host, or NULL. Errors as
 * out_flush.
 */
int batch_result_print(struct out *o, const char *name, const struct client_result *d,
	const struct err *err, const char *account, const char *host, struct err *e);

#endif
