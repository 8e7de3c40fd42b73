/* record: a record of named values, as a line of text or as members of a JSON object. */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

/* A number field has the digits as received (checked by the caller); JSON drops leading zeros. */
enum field_kind { FIELD_STR, FIELD_NUM, FIELD_NULL, FIELD_BOOL };
enum { FIELD_JSON = 1, FIELD_TEXT = 2 };
struct field {
	const char *key;
	enum field_kind kind;
	unsigned only; /* 0, FIELD_JSON or FIELD_TEXT: left out of the other form */
	const char *p; /* borrowed; FIELD_BOOL: NULL is false */
	size_t n;
};

/* Fields from a string (NULL: FIELD_NULL), octets, a number (buffer of 21 octets lent by the caller), or a truth value. */
struct field field_s(const char *key, const char *s);
struct field field_p(const char *key, const char *p, size_t n);
struct field field_num(const char *key, const char *digits, size_t n);
struct field field_u(const char *key, uint64_t v, char buf[21]);
struct field field_bool(const char *key, bool v);

/* Append the values joined by sep, without a line end. keep: NULL, or escape values by terminal_escape with it. */
void record_text(struct buf *b, char sep, const struct field *f, size_t nf, const char *keep);

/* Append the members of an object that is open. */
void record_json(struct json *j, const struct field *f, size_t nf);

#endif
