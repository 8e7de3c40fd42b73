/*
 * err: the one error value of mailnet.
 *
 * A function that can fail has a `struct err *` as last argument and returns 0, or -1 with the error filled in. The
 * function that fails sets the class (the exit status), since only it knows the kind of failure. Callers may add a
 * prefix (err_prefix) or advice (err_suffix); they do not change the class. Only cmd/ prints errors and exits.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>
#include <sysexits.h>

/* The answer is "no" (no such group, message, user), or the work was done only in part. */
#define EX_NO 1

/* Classes above this are "die by signal (status - EX_SIGNAL)"; main() unwinds and raises it. */
#define EX_SIGNAL 128

struct err {
	int status;      /* sysexits(3) class: the exit status of the program; 0: no error */
	int code;        /* the server's reply code; 0: the error is not a reply */
	char text[1024]; /* one line, without newline; empty: do not print a message */
};

/* Fill e with a class and a formatted line; code becomes 0. Returns -1, so it can be returned. */
int err_set(struct err *e, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * As err_set, with ": " and the text of errno appended. errno is read on entry and kept. If a signal or the deadline of
 * the run interrupted the call (EINTR), the error is that of wait_check.
 */
int err_sys(struct err *e, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, and the server's reply code (an SMTP or NNTP three-digit code). */
int err_code(struct err *e, int status, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Put a formatted text and ": " before the text of e; the exit status stays. Returns -1. */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Append a formatted text, such as advice in brackets, to the text of e. Returns -1. */
int err_suffix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Reset e to "no error". */
void err_clear(struct err *e);

#endif
