/*
 * log: --log FILE|syslog: a line for each message that is sent, stored, deleted or refused, and for each verb that
 * fails:
 *
 *	2026-11-29T01:02:03+0000 mailnet[123]: applet=pop verb=drain host=pop.example.org user=me uid=7 octets=812
 *	outcome=stored exit=0
 *
 * on one line; wire/log_line.h has the form of values. A run has one log. Nothing is done unless it is open.
 */
#ifndef CMD_LOG_H
#define CMD_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct options;
struct session;

/* Open the log that the options name, if any. EX_CANTCREAT. */
int log_open(const struct options *o, struct err *e);
void log_close(void);

bool log_is_open(void);

/* A verb begins, whose name (borrowed; NULL: none) stands in the lines from now on. */
void log_verb(const char *verb);

/* Begin a line with time, applet, verb, host and user; log_end writes it. */
void log_begin(const struct session *s);
void log_text(const char *key, const char *value, size_t n);
void log_str(const char *key, const char *value); /* nothing if value is NULL */
void log_number(const char *key, uint64_t value);
void log_end(const char *outcome, int exit_status);

/*
 * One of several messages of the verb was refused, or another record was passed over: write a line with
 * outcome=refused. The failure that becomes the error of the verb is left to log_failure.
 */
void log_refused(const struct session *s, const struct err *why);

/* A verb has failed with e: a line with outcome=failed, unless a line of log_end has the same exit status. */
void log_failure(const struct session *s, const struct err *e);

#endif
