/*
 * progress: one progress line on stderr while a job runs, and the messages on stderr, which replace that line.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct options;

/*
 * Begin the progress of a job; only one job runs at a time. Progress is shown if stderr is a terminal, without -q,
 * and after one second; at most four times a second. what: the things that are counted ("messages", borrowed);
 * NULL: show octets only, if they are many. A total of 0 is unknown; without a total the time left is not shown.
 * Octets are those on the wire.
 */
void progress_begin(
	const struct options *opt, const char *what, uint64_t total_count, uint64_t total_octets);

/* Set the number of messages done since the beginning. */
void progress_count(uint64_t count);

/* Add n octets sent or received; called by struct conn. */
void progress_moved(size_t n);

/* End the job and remove the line. Does nothing if no job runs. */
void progress_end(void);

/* Remove the line, if it is shown, before other output to the terminal. */
void progress_hide(void);

/* Print "mailnet nntp: TEXT" as one line on stderr, escaped (terminal_escape.h). An empty text prints nothing. */
void print_error(const char *who, const struct err *e);

/* A line without a prefix on stderr, escaped: the outcome of a recipient or of a message. */
void print_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A warning in the form of print_error; not printed with -q. */
void print_warning(const struct options *opt, const char *who, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
