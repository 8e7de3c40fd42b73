/*
 * print: the records that verbs print, as text or as JSON lines. Verbs include only this header for output; it
 * includes out, json and progress.
 */
#ifndef CMD_PRINT_H
#define CMD_PRINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cmd/json.h"
#include "cmd/out.h"
#include "cmd/progress.h"

/*
 * Print one record. Text: the values joined by sep, ended by LF, without FIELD_JSON fields. JSON: one object on a
 * line, without FIELD_TEXT fields. A number field has the digits as received (checked by the caller); JSON drops
 * leading zeros.
 */
enum field_kind { FIELD_STR, FIELD_NUM, FIELD_NULL, FIELD_BOOL };
enum { FIELD_JSON = 1, FIELD_TEXT = 2 };
struct field {
	const char *key;
	enum field_kind kind;
	unsigned only; /* 0, FIELD_JSON or FIELD_TEXT */
	const char *p; /* FIELD_BOOL: NULL is false */
	size_t n;
};
int out_record(struct out *o, char sep, const struct field *f, size_t nf, struct err *e);

/* Fields from a string, octets or a number (buffer of 21 octets lent by the caller). */
struct field field_s(const char *key, const char *s);
struct field field_p(const char *key, const char *p, size_t n);
struct field field_num(const char *key, const char *digits, size_t n);
struct field field_u(const char *key, uint64_t v, char buf[21]);

#endif
