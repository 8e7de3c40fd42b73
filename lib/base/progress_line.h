/* progress_line: the text of a progress line, and when it is due. Times are those of wait_now, in milliseconds. */
#ifndef BASE_PROGRESS_LINE_H
#define BASE_PROGRESS_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct progress_line {
	const char
		*what; /* the things that are counted ("messages", borrowed); NULL: octets only */
	uint64_t count, octets; /* done since the beginning */
	uint64_t total_count,
		total_octets; /* 0: unknown; without a total the time left is not shown */
	int64_t began, last;  /* last: when a line was shown; initially began */
};

/* May a line be shown now: after one second, four times a second, and without `what` only if the octets are many? */
bool progress_line_due(const struct progress_line *p, int64_t now);

/* Append "3/9 messages, 2/s, 1.2 MB, 0.4 MB/s, 0:00:03 left". now must be later than p->began. */
void progress_line_text(const struct progress_line *p, int64_t now, struct buf *out);

#endif
