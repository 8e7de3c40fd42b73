/*
 * line_reader: read a file, pipe or terminal line by line as input arrives (a batch, or a list of articles on stdin).
 * Memory is bounded by the longest line that is allowed.
 *
 *	struct line_reader l = {.fd = fd, .name = "stdin", .max = 4096};
 *	while ((rc = line_reader_next(&l, WAIT_FOREVER, &p, &n, e)) == LINE_READ)
 */
#ifndef BASE_LINE_READER_H
#define BASE_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* The owner sets the first three, and frees with line_reader_free, which leaves fd open. */
struct line_reader {
	int fd;
	const char *name; /* for errors; borrowed */
	size_t max;       /* octets of the longest line */
	uint64_t line;    /* the number of the line returned last, from 1 on */

	/* Private. */
	struct buf in;
	size_t used; /* octets at the start of `in` that were returned */
	size_t seen; /* octets after them without an LF */
	bool skips;  /* the rest of a line that is too long is discarded */
	bool eof;
};

enum line_result { LINE_END, LINE_READ, LINE_LATE };

/*
 * LINE_READ: the next line in *p and *n, without its LF; valid until the next call. The last line may lack its LF.
 * LINE_END: there are no more lines. LINE_LATE: the time `until` (wait_now; 0: do not wait) came first. -1: EX_DATAERR
 * for a line that is too long (the next call returns the line after it), EX_NOINPUT for a failed read, a signal, the
 * deadline of the run.
 */
int line_reader_next(
	struct line_reader *l, int64_t until, const char **p, size_t *n, struct err *e);

/* The same for the next line that is not blank, without blanks and CR around it. */
int line_reader_word(
	struct line_reader *l, int64_t until, const char **p, size_t *n, struct err *e);

/* Free the buffer. */
void line_reader_free(struct line_reader *l);

#endif
