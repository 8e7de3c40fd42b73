/*
 * nntp_format: the columns of an overview line, by LIST OVERVIEW.FMT (RFC 3977, sections 8.3 and 8.4).
 *
 * Column 0 is the article number; column i + 1 is field i of the format.
 */
#ifndef PROTO_NNTP_FORMAT_H
#define PROTO_NNTP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#define OVERVIEW_FIELDS   64 /* further ones are not looked at */
#define OVERVIEW_COLUMNS  (OVERVIEW_FIELDS + 1)
#define OVERVIEW_NAME_MAX 80

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

/* The standard seven: what holds where the server has no LIST OVERVIEW.FMT. */
void overview_standard(struct overview_format *f);

/* Add one line of the reply. false: the line is not a field, or there are too many. */
bool overview_add(struct overview_format *f, const char *line, size_t len);

/* The column with this name (any case; "number"; "bytes" for ":bytes"), or -1. */
int overview_column(const struct overview_format *f, const char *name, size_t len);

struct overview_span {
	const char *p;
	size_t n;
};

/* Cut a line at its TABs: how many columns, at most OVERVIEW_COLUMNS + 1 (there are more then). */
size_t overview_split(
	const char *line, size_t len, struct overview_span cols[OVERVIEW_COLUMNS + 1]);

/* The value of a full field without its name ("Xref: …"); other values as they are. */
struct overview_span overview_value(const struct overview_field *f, struct overview_span col);

#endif
