/*
 * log.h - the test server's log, which tests read: one event a line in a file.
 *
 * The last line is the verdict of script mode: "ok", or "FAIL line N: ...". Without a file, a
 * verdict of FAIL goes to stderr and everything else nowhere.
 */
#ifndef TS_LOG_H
#define TS_LOG_H

#include <stddef.h>

/* Appends to path from now on (NULL: no file). 0, or -1 with errno. */
int log_open(const char *path);

/* The log's descriptor, or -1: what a daemon must keep open. */
int log_fd(void);

/* One line; printf's format without the newline. Written at once, in one write. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* As log_line, but on stderr if no log file is open. */
void log_verdict(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * p[0..n) escaped as vis(3) does (C style, white space too except blanks), shortened to a few
 * hundred octets. Returns one of a few static buffers in turn: good for one log line.
 */
const char *log_vis(const void *p, size_t n);

#endif
