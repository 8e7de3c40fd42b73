/*
 * progress: one line on stderr while a job runs, and the messages that share the place with it.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct options;

/*
 * Progress of what is under way, of which there is only one: shown if stderr is a terminal, not -q,
 * and it takes over a second; at most four times a second. `what` is what is counted ("messages",
 * borrowed); NULL: nothing is, and only octets are told, where they are many. A total of 0 is unknown
 * (without one there is no estimate); octets are those on the wire.
 */
void progress_begin(
	const struct options *opt, const char *what, uint64_t total_count, uint64_t total_octets);

/* So many are done since the beginning. */
void progress_count(uint64_t count);

/* So many octets more have come or gone: struct conn tells it. */
void progress_moved(size_t n);

/* It is over: take the line away. Fine if nothing is under way. */
void progress_end(void);

/* Take the line away if one is shown: something else is about to go to the terminal. */
void progress_hide(void);

/* "mailnet nntp: …" as one line on stderr, escaped (visible.h). Nothing for an empty text. */
void print_error(const char *who, const struct err *e);

/* A line of another form on stderr, escaped: what became of a recipient, or of a message. */
void print_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same as print_error for what is no failure; silent under -q. */
void print_warning(const struct options *opt, const char *who, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
