/*
 * overview: overview lines of a group, of ranges or of one article: GROUP, LIST OVERVIEW.FMT and OVER in one pipeline, or
 * GROUP first if its marks are needed. Each block of lines is handed to the owner, who reads it with overview_next.
 */
#ifndef JOB_OVERVIEW_H
#define JOB_OVERVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "job/passed.h"
#include "job/unread.h"
#include "proto/nntp_spec.h"

struct overview {
	/* Options. */
	const char *group;     /* NULL: the group that is selected */
	struct nntp_spec spec; /* the articles asked for */
	uint64_t last;         /* only the last articles, at most this many; 0: all */
	bool format;           /* LIST OVERVIEW.FMT must be known before the lines */
	struct unread
		unread; /* with a file: only unread articles. The owner marks them at the end */

	/* Events. Both return 0, or -1 with e. */
	/* The format, if it was asked for, is known; no line has been read. May be called again. */
	int (*ready)(struct overview *o, struct err *e);
	/*
	 * A block of lines for these articles comes next on the connection: read it to its end, and count its
	 * lines in *lines, also those that are passed over.
	 */
	int (*lines)(
		struct overview *o, const struct nntp_spec *spec, uint64_t *lines, struct err *e);

	/* Results. */
	bool found; /* there was a line */
	struct passed
		passed; /* malformed lines (the owner adds them), and ranges that the server refused */

	/* Private. */
	bool bounded;            /* the marks of GROUP are needed before OVER can be sent */
	int steps;               /* of the pipeline: enum step */
	struct nntp_specs asked; /* the ranges of the last pipeline */
	struct err nothing;      /* the first reply for a range without articles */
};

/* Free o with overview_free in any case. */
int overview_run(struct overview *o, struct client *c, struct err *e);

/* The error for a run that found nothing: the server's reply, or EX_NO. Returns -1. */
int overview_nothing(const struct overview *o, struct err *e);

void overview_free(struct overview *o);

#endif
