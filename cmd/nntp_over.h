/*
 * nntp_over: how overview lines are shown: as sent, or only some fields, decoded, as JSON.
 */
#ifndef CMD_NNTP_OVER_H
#define CMD_NNTP_OVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/json.h"
#include "cmd/nntp_passed.h"
#include "cmd/session.h"
#include "cmd/verb.h"
#include "mail/rfc2047.h"
#include "proto/nntp_format.h"

struct over_view {
	const char *fields; /* -F, or NULL */
	int cols[OVERVIEW_COLUMNS];
	size_t ncols;
	bool decode;
	struct rfc2047 words;
	struct buf text;
	struct json_key keys[OVERVIEW_COLUMNS]; /* by column, for JSON */
	uint64_t odd;                           /* lines that do not fit the format */
	uint64_t lacking;                       /* lines without a field that was asked for */
	uint64_t highest;                       /* number seen, where lines are looked at */
	bool watch;                             /* look at the lines, for highest */
	struct nntp_passed passed;              /* lines that are malformed */
};

/* -F and --decode. over_view_free it in any case. */
void over_view_parse(const struct args *a, struct over_view *v);
void over_view_free(struct over_view *v);

/* Is LIST OVERVIEW.FMT needed, and not known yet? */
bool over_wants_format(const struct session *s, const struct over_view *v);

/* Find the columns of -F. EX_DATAERR for a field that the server does not have. */
int over_resolve(struct session *s, struct over_view *v, struct err *e);

/*
 * Read the block and print its lines; *lines counts them. A line without an article number is passed over, and so
 * is one with a message-id of more than 250 octets, with a warning. More lines than `most`: EX_PROTOCOL.
 */
int over_print(
	struct session *s, struct over_view *v, uint64_t most, uint64_t *lines, struct err *e);

/* Warn once about lines that do not fit the format. EX_DATAERR if a line lacked a field of -F. */
int over_report(struct session *s, const struct over_view *v, struct err *e);

#endif
