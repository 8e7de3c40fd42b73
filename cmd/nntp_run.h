/*
 * nntp_run: what the nntp verbs share: a flight that is repeated when the server first wants a step
 * (MODE READER, a login), QUIT riding in the last flight, and the words GROUP, RANGE, MSGID.
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
	return s->proto;
}

/*
 * Run go; where it fails and n->need says what would help, make that step alone and run it again.
 * go must be fit to be called again: it prints nothing before the reply that can ask for a step. If
 * QUIT had gone out with the flight the session is opened anew.
 */
typedef int nntp_flight(struct session *s, void *job, struct err *e);
int nntp_run(struct session *s, nntp_flight *go, void *job, struct err *e);

/* Where rc is -1 and e tells of the last reply, note that for `done`. Returns rc. */
int nntp_told(struct session *s, int rc, const struct err *e);

/* May QUIT go out with the last flight? */
bool nntp_may_quit(const struct session *s);

/* Put it, if it may. */
int nntp_ride_quit(struct session *s, struct err *e);

/*
 * One command, with QUIT behind it if that may be, and its reply. Any other code than good fails;
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
 * have arrived already. EX_PROTOCOL if the replies are out of sync. What was noted for `done` stays.
 */
int nntp_confirm(struct session *s, struct err *e);

/* ---- words ------------------------------------------------------------------------------------- */

bool nntp_is_range(const char *word);
bool nntp_is_msgid(const char *word);

/* The operand i if it is a group's name (and fit for a command), else *group NULL. EX_DATAERR. */
int nntp_group_arg(const struct args *a, int i, const char **group, struct err *e);

/* A range or message-id as a spec; "A-" ends at NNTP_NUMBER_MAX. EX_DATAERR. */
int nntp_spec_arg(const char *word, struct nntp_spec *spec, struct err *e);

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
