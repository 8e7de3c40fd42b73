/*
 * pipe: `|COMMAND` as a store: the shell command is run once for each message, which it reads from stdin.
 *
 * The command is started when the message is complete, so that it never reads only a part of it. Exit status 0 means
 * stored, 75 EX_TEMPFAIL, any other EX_UNAVAILABLE. The command need not read all of its stdin. If it takes longer than
 * patience, it is killed with its process group: EX_TEMPFAIL. The run's deadline and signals kill it as well.
 */
#ifndef STORE_PIPE_H
#define STORE_PIPE_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct store;

/*
 * The command finds in its environment:
 *
 *	MAILNET_UID     the message's key: its unique-id, or its message-id
 *	MAILNET_SENDER  its envelope sender (sender.h)
 *	MAILNET_SIZE    its octets as the server announced them, else as counted with CR LF
 *	MAILNET_URL     url
 *
 * A variable without a value is empty; control characters are replaced by `?`.
 *
 * cmd, url (of the server, without secrets; NULL: unknown) and tmpdir (for the copy of a large message; NULL: /var/tmp)
 * are copied. patience: milliseconds that the command may take to read the next octets, and to end after the last.
 * to_stderr: its stdout is our stderr. Never fails.
 */
struct store *pipe_open(
	const char *cmd, const char *url, const char *tmpdir, int64_t patience, bool to_stderr);

#endif
