/*
 * header: iterate over the fields of a header in memory (RFC 5322, section 2.2), with LF or CRLF line ends. The fields
 * found point into the header.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct header_field {
	const char *name; /* as written, without white space before the colon (section 4.5) */
	size_t name_len;
	const char *value; /* after the colon and white space, folded, without the last line end */
	size_t value_len;
	const char *raw; /* the whole field with its line ends */
	size_t raw_len;
};

struct header_walk {
	const char *p, *end;
};

/* Start at the n octets at p, which are borrowed and must outlive the fields found. */
void header_walk(struct header_walk *w, const char *p, size_t n);

/*
 * Get the next field; false at the empty line or the end of the octets. A line that is not a field is skipped with its
 * folded lines.
 */
bool header_next(struct header_walk *w, struct header_field *f);

/* Get the first field with this name (any case); false: there is none. */
bool header_find(const char *p, size_t n, const char *name, struct header_field *f);

/* Does the field have this name (any case)? */
bool header_is(const struct header_field *f, const char *name);

#endif
