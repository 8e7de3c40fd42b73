#include "base/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/terminal_escape.h"

void
record_text(struct buf *b, char sep, const struct field *f, size_t nf, const char *keep)
{
	bool first = true;

	for (size_t i = 0; i < nf; i++) {
		if (f[i].only == FIELD_JSON)
			continue;
		if (!first)
			buf_addc(b, sep);
		first = false;
		if (f[i].kind == FIELD_BOOL)
			buf_adds(b, f[i].p != NULL ? "yes" : "no");
		else if (f[i].kind != FIELD_NULL && keep != NULL)
			terminal_escape(b, f[i].p, f[i].n, keep);
		else if (f[i].kind != FIELD_NULL)
			buf_add(b, f[i].p, f[i].n);
	}
}

void
record_json(struct json *j, const struct field *f, size_t nf)
{
	for (size_t i = 0; i < nf; i++) {
		if (f[i].only == FIELD_TEXT)
			continue;
		json_key(j, f[i].key);
		switch (f[i].kind) {
		case FIELD_STR: json_str(j, f[i].p, f[i].n); break;
		case FIELD_NUM: json_num(j, f[i].p, f[i].n); break;
		case FIELD_NULL: json_null(j); break;
		case FIELD_BOOL: json_bool(j, f[i].p != NULL); break;
		}
	}
}

struct field
field_s(const char *key, const char *s)
{
	if (s == NULL)
		return (struct field){.key = key, .kind = FIELD_NULL};
	return field_p(key, s, strlen(s));
}

struct field
field_p(const char *key, const char *p, size_t n)
{
	return (struct field){.key = key, .kind = FIELD_STR, .p = p, .n = n};
}

struct field
field_num(const char *key, const char *digits, size_t n)
{
	return (struct field){.key = key, .kind = FIELD_NUM, .p = digits, .n = n};
}

struct field
field_u(const char *key, uint64_t v, char buf[21])
{
	int n = snprintf(buf, 21, "%" PRIu64, v);

	return (struct field){.key = key, .kind = FIELD_NUM, .p = buf, .n = (size_t)n};
}

struct field
field_bool(const char *key, bool v)
{
	return (struct field){.key = key, .kind = FIELD_BOOL, .p = v ? "" : NULL};
}
