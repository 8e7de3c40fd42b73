/*
 * pipe: `|COMMAND` as a store: each message on the stdin of a shell command of its own.
 *
 * The command is started when the message is complete, so that it never takes half a message for
 * a whole one. Its exit status is the commit: 0 stored, 75 EX_TEMPFAIL, anything else
 * EX_UNAVAILABLE. A command that does not read all of its stdin may do so. A command that does not go on
 * in time is ended, with all it started: EX_TEMPFAIL; so it is at the run's deadline and at a signal.
 */
#ifndef STORE_PIPE_H
#define STORE_PIPE_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct store;

/*
 * cmd and tmpdir (where a large message waits; NULL: /var/tmp) are copied. patience, in milliseconds, is how
 * long the command may take to read the next octets, and to end after the last. to_stderr: its stdout goes to our
 * stderr. Never fails.
 */
struct store *pipe_open(const char *cmd, const char *tmpdir, int64_t patience, bool to_stderr);

#endif
