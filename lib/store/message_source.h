/*
 * message_source: a message file or stdin that is read twice: once to inspect it, once to send it. Between the two a
 * regular file is closed, so that thousands of messages need no descriptors; the second reading fails if the file has
 * changed.
 */
#ifndef STORE_MESSAGE_SOURCE_H
#define STORE_MESSAGE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sink.h"
#include "store/tmpcopy.h"

struct message_source {
	char *path; /* NULL: stdin; if name is set, only for error messages */
	char *name; /* file name in dir, opened without following links; or NULL */
	int dir;    /* descriptor of the directory, borrowed */
	char *tmpdir;
	struct tmpcopy copy; /* the octets, or how to read them */
	int fd;              /* the open file, else -1 */
	bool kept;           /* the whole file is in copy.memory, and closed */
	bool resting;        /* closed until message_source_wake */
};

/*
 * Open path (NULL or "-": stdin, from its current position). Input that cannot be read twice is copied at once, to
 * tmpdir if it is large (as in tmpcopy_init). Call message_source_close also after an error. EX_NOINPUT, EX_IOERR,
 * EX_CANTCREAT.
 */
int message_source_open(
	struct message_source *in, const char *path, const char *tmpdir, struct err *e);

/*
 * The same for a regular file that is already open as fd and has that name in dir (borrowed), so that the file the
 * caller checked is the file that is read. fd belongs to the source, also after an error. shown is the path in error
 * messages. If the file must be opened again, no link is followed.
 */
int message_source_adopt(struct message_source *in, int fd, int dir, const char *name,
	const char *shown, struct err *e);

/* An empty source that is written through in->copy.sink; shown is its name in messages. */
void message_source_begin(struct message_source *in, const char *tmpdir, const char *shown);

/* Its length in octets. */
uint64_t message_source_len(const struct message_source *in);

/*
 * message_source_rest closes a regular file and frees its octets, until message_source_wake opens it again. EX_IOERR if
 * it has changed or is another file.
 */
void message_source_rest(struct message_source *in);
int message_source_wake(struct message_source *in, struct err *e);

/* The file was renamed: its new name in dir (borrowed) and its path for messages; both strings are copied. */
void message_source_moved(struct message_source *in, int dir, const char *name, const char *shown);

/*
 * Write the octets from begin to end to a sink; not between message_source_rest and message_source_wake. Errors of the
 * sink, EX_IOERR.
 */
int message_source_send(const struct message_source *in, uint64_t begin, uint64_t end,
	struct sink *to, struct err *e);

void message_source_close(struct message_source *in);

#endif
