/*
 * log_line: a line of --log as fields: " key=value". A value with blanks, quotes or "=" is quoted; controls, quotes and
 * backslashes are escaped (base/terminal_escape.h, "\\"), so that a value cannot look like other fields, and
 * credentials are replaced by "***".
 */
#ifndef WIRE_LOG_LINE_H
#define WIRE_LOG_LINE_H

#include <stddef.h>
#include <time.h>

#include "base/buf.h"

/* Append "2026-11-29T01:02:03+0000 mailnet[PID]: ", in local time. */
void log_line_begin(struct buf *line, time_t now, long pid);

/* Append a field. The key is plain text. */
void log_line_text(struct buf *line, const char *key, const char *value, size_t n);

/* Append a trace line with its LF: "12:34:56.789 > RETR 1"; now NULL: without the time. dir: as in wire/trace.h. */
void log_line_trace(
	struct buf *line, const struct timespec *now, char dir, const char *p, size_t n);

#endif
