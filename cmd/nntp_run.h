/*
 * nntp_run: what the nntp verbs share: a pipeline that is repeated if the server first requires a step
 * (MODE READER, a login), QUIT in the last pipeline, and the arguments GROUP, RANGE and MSGID.
 */
#ifndef CMD_NNTP_RUN_H
#define CMD_NNTP_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cmd/session.h"
#include "cmd/verb.h"
#include "proto/nntp.h"
#include "proto/nntp_read.h"

#define NNTP_WHO "mailnet nntp"

/* From about this many articles on, compressing pays. */
#define NNTP_LARGE 1000

static inline struct nntp *
nntp_of(const struct session *s)
{
	return s->c.proto;
}

/*
 * Run go. If it fails with n->need set, make that step and run go again. go must not print before the
 * reply that can require a step. If QUIT was sent in the pipeline, the session is opened again first.
 */
typedef int nntp_flight(struct session *s, void *job, struct err *e);
int nntp_run(struct session *s, nntp_flight *go, void *job, struct err *e);

/* If rc is -1 and e comes from the last reply, note that reply for `done`. Returns rc. */
int nntp_told(struct session *s, int rc, const struct err *e);

/* May QUIT be sent in the last pipeline? */
bool nntp_may_quit(const struct session *s);

/* Queue QUIT if nntp_may_quit. */
int nntp_ride_quit(struct session *s, struct err *e);

/*
 * Send one command, with QUIT after it if nntp_may_quit, and read its reply. Any code other than good fails;
 * the reply is noted for `done`.
 */
int nntp_one(struct session *s, int good, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Note the last reply for `done`. */
void nntp_note(struct session *s);

/* A warning: this line of the reply to `command` is passed over for its message-id of more than 250 octets. */
void nntp_warn_long_id(struct session *s, const char *command, const char *p, size_t n);

/*
 * Is the last reply the one that it seems to be? The reply to QUIT shows it if QUIT has been sent, else octets that
 * have arrived already. EX_PROTOCOL if the replies are out of sync. The reply noted for `done` stays.
 */
int nntp_confirm(struct session *s, struct err *e);

/* ---- words ------------------------------------------------------------------------------------- */

/* Append the form of a spec in commands: "7", "7-9", "7-", "<id>", "" for the current article. */
void nntp_spec_text(const struct nntp_spec *spec, struct buf *out);

/*
 * So many lines at most may answer for the spec: twice as many as articles, since a line end inside a field makes
 * two lines of one, and some more.
 */
uint64_t nntp_lines_max(const struct nntp_spec *spec);

/* A path of -d, --newsrc and the like may not be empty. EX_USAGE. */
int nntp_path_arg(const struct args *a, const char *name, const char **path, struct err *e);

#endif
