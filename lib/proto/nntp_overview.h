/*
 * nntp_overview: OVER and XOVER, their lines, and the columns of a line by LIST OVERVIEW.FMT (RFC 3977, sections 8.3
 * and 8.4; RFC 2980, section 2.8). job/overview.h joins the commands to pipelines.
 *
 * Column 0 is the article number; column i + 1 is field i of the format.
 */
#ifndef PROTO_NNTP_OVERVIEW_H
#define PROTO_NNTP_OVERVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct nntp;
struct nntp_spec;

#define OVERVIEW_FIELDS   64 /* further ones are not looked at */
#define OVERVIEW_COLUMNS  (OVERVIEW_FIELDS + 1)
#define OVERVIEW_NAME_MAX 80

/* The standard fields have their places (RFC 3977, section 8.3.2): how many, and which are message-id and size. */
#define OVERVIEW_STANDARD 7
#define OVERVIEW_MSGID    4
#define OVERVIEW_BYTES    6

/* A part of a line; borrowed octets. */
struct nntp_span {
	const char *p;
	size_t n;
};

struct overview_field {
	char name
		[OVERVIEW_NAME_MAX]; /* lower case; metadata with ':' in front, also the old "Bytes:" */
	bool number;                 /* the value is one: ":bytes" and ":lines" */
	bool full;                   /* the value is sent with its field name in front */
};

struct overview_format {
	struct overview_field fields[OVERVIEW_FIELDS];
	size_t n;
};

/* Set f to the seven standard fields, which a server without LIST OVERVIEW.FMT sends. */
void overview_standard(struct overview_format *f);

/* Add one line of the reply. false: the line is not a field, or there are too many. */
bool overview_add(struct overview_format *f, const char *line, size_t len);

/* The column with this name (any case; "number"; "bytes" for ":bytes"), or -1. */
int overview_column(const struct overview_format *f, const char *name, size_t len);

/*
 * The columns of field names that are separated by commas, with or without the ":" or ":full" of LIST OVERVIEW.FMT:
 * *n of them. EX_DATAERR: a field that the format does not have; EX_USAGE: more than OVERVIEW_COLUMNS names.
 */
int overview_columns(const struct overview_format *f, const char *names,
	int columns[OVERVIEW_COLUMNS], size_t *n, struct err *e);

/* Cut a line at its TABs: how many columns, at most OVERVIEW_COLUMNS + 1 (there are more then). */
size_t overview_split(const char *line, size_t len, struct nntp_span cols[OVERVIEW_COLUMNS + 1]);

/* The value of a full field without its name ("Xref: …"); other values as they are. */
struct nntp_span overview_value(const struct overview_field *f, struct nntp_span col);

/* ---- the commands -------------------------------------------------------------------------------- */

/*
 * In a pipeline: queue LIST OVERVIEW.FMT; read its reply into n->format. A server without it has the standard fields.
 */
int nntp_put_format(struct nntp *n, struct err *e);
int nntp_take_format(struct nntp *n, struct err *e);

/* In a pipeline: queue OVER; or XZVER where that is in use, or XOVER if n->old_over. */
int nntp_put_over(struct nntp *n, const struct nntp_spec *spec, struct err *e);

/*
 * Read the reply. -1: the connection failed, or the server does not know the command (n->need is NNTP_NEED_OTHER: try
 * another). After NNTP_OVER_REFUSED the caller decides what the refusal in n->r means for the pipeline.
 */
enum { NNTP_OVER_BLOCK, NNTP_OVER_EMPTY, NNTP_OVER_REFUSED };
int nntp_take_over(struct nntp *n, const struct nntp_spec *spec, struct err *e);

/*
 * Lines of any number of blocks. The owner sets n and as_sent, and most and seen before each block; the rest is zero.
 */
struct overview_reader {
	struct nntp *n;
	bool as_sent;     /* a line is wanted as it is: do not split a line that is surely good */
	uint64_t most;    /* lines that a block may have (nntp_lines_max) */
	uint64_t seen;    /* lines of this block */
	uint64_t odd;     /* lines that do not have the fields of the format */
	uint64_t highest; /* the highest article number among the lines that were split */
};

struct overview_line {
	const char *p; /* the whole line; borrowed until the next one */
	size_t len;
	size_t ncols; /* for OVERVIEW_SPLIT */
	struct nntp_span cols[OVERVIEW_COLUMNS + 1];
};

/*
 * The next line of a block, as block_line: OVERVIEW_END, -1 with e, or the line. OVERVIEW_PLAIN: to be shown as it is.
 * OVERVIEW_SPLIT: cols are filled. OVERVIEW_MALFORMED: without an article number, e is filled and the block goes on.
 * OVERVIEW_LONG_ID: its message-id has more than 250 octets. More lines than r->most: EX_PROTOCOL.
 */
enum { OVERVIEW_END, OVERVIEW_PLAIN, OVERVIEW_SPLIT, OVERVIEW_MALFORMED, OVERVIEW_LONG_ID };
int overview_next(struct overview_reader *r, struct overview_line *line, struct err *e);

#endif
