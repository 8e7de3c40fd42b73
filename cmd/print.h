/*
 * print: what verbs say, as text or as JSON lines. The one header that they need for output: it
 * brings the octets' way out, the JSON writer and progress too.
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
 * One record, described once. Text: the values joined by sep, ended by LF, FIELD_JSON ones left
 * out. JSON: one object on a line, FIELD_TEXT ones left out. A number field holds the digits as
 * sent (the caller has checked them); leading zeros are dropped in JSON.
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
