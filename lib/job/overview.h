/*
 * overview: request the overview lines of groups, of ranges or of one article. GROUP, LIST OVERVIEW.FMT and OVER are
 * sent in one pipeline; if the marks of the group are needed, GROUP is sent before. For several groups, a survey comes
 * first (job/survey.h); then GROUP and OVER for all groups with new articles are sent in one pipeline. Malformed lines
 * are passed over (job/passed.h).
 */
#ifndef JOB_OVERVIEW_H
#define JOB_OVERVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "job/passed.h"
#include "job/survey.h"
#include "proto/nntp_overview.h"
#include "proto/nntp_spec.h"

struct overview {
	/* Options. */
	/* One group, or several. With a newsrc file: only unread articles. */
	struct survey groups;
	struct nntp_spec spec; /* of one group: the articles asked for */
	bool format;           /* LIST OVERVIEW.FMT must be known before the lines */
	bool as_sent;          /* lines are wanted as they are: most are not split */
	const char *fields; /* the names of these columns, separated by commas; NULL: all columns */

	/*
	 * A line, of the group `at`; line->ncols is 0 if it was not split, and is to be shown as it is. Returns 0, or -1
	 * with e.
	 */
	int (*line)(struct overview *o, const struct overview_line *line, struct err *e);

	/* Results. */
	int columns[OVERVIEW_COLUMNS]; /* of `fields`; set before the first line */
	size_t ncolumns;
	bool found;       /* there was a line */
	uint64_t odd;     /* lines that do not have the fields of the format */
	uint64_t lacking; /* lines that lack one of the columns */
	struct survey_group *at;
	struct passed
		passed; /* malformed lines, and ranges that the server refused; the owner calls passed_end */

	/* Private. */
	int steps; /* of the pipeline: enum step */
	struct nntp_specs
		asked; /* the ranges of the last pipeline, with their groups if there are several */
	size_t put, got;    /* how many of these were sent, were answered */
	struct err nothing; /* the first reply for a range without articles */
};

/*
 * Run the job. With a newsrc file, mark the articles of all groups that were done to their end; survey_save saves the
 * marks once the output is complete. EX_DATAERR: the overview does not have one of the fields. Free o with
 * overview_free in any case.
 */
int overview_run(struct overview *o, struct client *c, struct err *e);

/* The error for a run that found nothing: the server's reply, or EX_NO. Returns -1. */
int overview_nothing(const struct overview *o, struct err *e);

void overview_free(struct overview *o);

#endif
