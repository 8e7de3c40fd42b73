/*
 * overview: request the overview lines of groups, of ranges or of one article. GROUP, LIST OVERVIEW.FMT and OVER are
 * sent in one pipeline; if the marks of the group are needed, GROUP is sent before. For several groups, a survey comes
 * first (job/survey.h); then GROUP and OVER for all groups with new articles are sent in one pipeline. The owner reads
 * each block of lines with overview_next.
 */
#ifndef JOB_OVERVIEW_H
#define JOB_OVERVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "job/passed.h"
#include "job/survey.h"
#include "proto/nntp_spec.h"

struct overview {
	/* Options. */
	/* One group, or several. With a newsrc file: only unread articles; the owner marks them at the end. */
	struct survey groups;
	struct nntp_spec spec; /* of one group: the articles asked for */
	bool format;           /* LIST OVERVIEW.FMT must be known before the lines */

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
	struct survey_group
		*at; /* of the block of lines; at the end, the last group that was begun */
	struct passed
		passed; /* malformed lines (the owner adds them), and ranges that the server refused */

	/* Private. */
	int steps; /* of the pipeline: enum step */
	struct nntp_specs
		asked; /* the ranges of the last pipeline, with their groups if there are several */
	size_t put, got;    /* how many of these were sent, were answered */
	struct err nothing; /* the first reply for a range without articles */
};

/* Free o with overview_free in any case. */
int overview_run(struct overview *o, struct client *c, struct err *e);

/* The error for a run that found nothing: the server's reply, or EX_NO. Returns -1. */
int overview_nothing(const struct overview *o, struct err *e);

void overview_free(struct overview *o);

#endif
