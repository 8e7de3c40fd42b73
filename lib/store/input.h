/*
 * input: a message file, or stdin, that is read twice: once to know it, once to send it. In between
 * a regular file is closed, so that thousands can be at hand; it must be the same one later.
 */
#ifndef STORE_INPUT_H
#define STORE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sink.h"
#include "store/tmpcopy.h"

struct input {
	char *path; /* NULL: stdin; for messages alone if there is a name */
	char *name; /* of a file in dir, which no link may be followed to; or NULL */
	int dir;    /* borrowed */
	char *tmpdir;
	struct tmpcopy copy;
	int fd;       /* of a file that is open just now, else -1 */
	bool kept;    /* it is small, closed, and just now in copy.memory */
	bool resting; /* closed until input_wake */
};

/*
 * Open path (NULL or "-": stdin, from where it stands), and copy at once what cannot be read twice.
 * tmpdir as tmpcopy_init. End with input_close in any case. EX_NOINPUT, EX_IOERR, EX_CANTCREAT.
 */
int input_open(struct input *in, const char *path, const char *tmpdir, struct err *e);

/*
 * The same for a regular file that is open as fd (given over in any case) and has the name in dir (borrowed): what
 * was checked there is what is read here. shown is for messages. If it must be opened again, no link is followed.
 */
int input_adopt(
	struct input *in, int fd, int dir, const char *name, const char *shown, struct err *e);

/* An empty input that is written through in->copy.sink; shown stands for it in messages. */
void input_begin(struct input *in, const char *tmpdir, const char *shown);

/* Its length in octets. */
uint64_t input_len(const struct input *in);

/*
 * Give back the descriptor of a regular file, or its octets; get them again. EX_IOERR: it is not the
 * same any more.
 */
void input_rest(struct input *in);
int input_wake(struct input *in, struct err *e);

/* The file has another name now, in dir (borrowed); the strings are copied. */
void input_moved(struct input *in, int dir, const char *name, const char *shown);

/* Hand the octets from begin to end to a sink; awake. Errors of the sink, or EX_IOERR. */
int input_send(
	const struct input *in, uint64_t begin, uint64_t end, struct sink *to, struct err *e);

void input_close(struct input *in);

#endif
