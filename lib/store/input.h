/*
 * input: a message file or stdin that is read twice: once to inspect it, once to send it. Between the two a regular
 * file is closed, so that thousands of messages need no descriptors; the second reading fails if the file has changed.
 */
#ifndef STORE_INPUT_H
#define STORE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sink.h"
#include "store/tmpcopy.h"

struct input {
	char *path; /* NULL: stdin; if name is set, only for error messages */
	char *name; /* file name in dir, opened without following links; or NULL */
	int dir;    /* descriptor of the directory, borrowed */
	char *tmpdir;
	struct tmpcopy copy; /* the octets, or how to read them */
	int fd;              /* the open file, else -1 */
	bool kept;           /* the whole file is in copy.memory, and closed */
	bool resting;        /* closed until input_wake */
};

/*
 * Open path (NULL or "-": stdin, from its current position). Input that cannot be read twice is copied at once, to
 * tmpdir if it is large (as in tmpcopy_init). Call input_close also after an error. EX_NOINPUT, EX_IOERR, EX_CANTCREAT.
 */
int input_open(struct input *in, const char *path, const char *tmpdir, struct err *e);

/*
 * The same for a regular file that is already open as fd and has that name in dir (borrowed), so that the file the
 * caller checked is the file that is read. fd belongs to the input, also after an error. shown is the path in error
 * messages. If the file must be opened again, no link is followed.
 */
int input_adopt(
	struct input *in, int fd, int dir, const char *name, const char *shown, struct err *e);

/* An empty input that is written through in->copy.sink; shown stands for it in messages. */
void input_begin(struct input *in, const char *tmpdir, const char *shown);

/* Its length in octets. */
uint64_t input_len(const struct input *in);

/*
 * input_rest closes a regular file and frees its octets, until input_wake opens it again. EX_IOERR if it has changed or
 * is another file.
 */
void input_rest(struct input *in);
int input_wake(struct input *in, struct err *e);

/* The file was renamed: its new name in dir (borrowed) and its path for messages; both strings are copied. */
void input_moved(struct input *in, int dir, const char *name, const char *shown);

/* Write the octets from begin to end to a sink; not between input_rest and input_wake. Errors of the sink, EX_IOERR. */
int input_send(
	const struct input *in, uint64_t begin, uint64_t end, struct sink *to, struct err *e);

void input_close(struct input *in);

#endif
