#include "cmd/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int
text_record(struct out *o, char sep, const struct field *f, size_t nf, struct err *e)
{
	bool first = true;

	for (size_t i = 0; i < nf; i++) {
		if (f[i].only == FIELD_JSON)
			continue;
		if (!first && out_raw(o, &sep, 1, e) == -1)
			return -1;
		first = false;
		if (f[i].kind == FIELD_BOOL) {
			if (out_raw(o, f[i].p != NULL ? "yes" : "no", f[i].p != NULL ? 3 : 2, e) ==
				-1)
				return -1;
		} else if (f[i].kind != FIELD_NULL && out_text(o, f[i].p, f[i].n, e) == -1) {
			return -1;
		}
	}
	return out_eol(o, e);
}

static int
json_record(struct out *o, const struct field *f, size_t nf, struct err *e)
{
	json_open(o, '{');
	for (size_t i = 0; i < nf; i++) {
		if (f[i].only == FIELD_TEXT)
			continue;
		json_key(o, f[i].key);
		switch (f[i].kind) {
		case FIELD_STR: json_str(o, f[i].p, f[i].n); break;
		case FIELD_NUM: json_num(o, f[i].p, f[i].n); break;
		case FIELD_NULL: json_null(o); break;
		case FIELD_BOOL: json_bool(o, f[i].p != NULL); break;
		}
	}
	json_close(o, '}');
	return json_end_line(o, e);
}

int
out_record(struct out *o, char sep, const struct field *f, size_t nf, struct err *e)
{
	return o->json ? json_record(o, f, nf, e) : text_record(o, sep, f, nf, e);
}

struct field
field_s(const char *key, const char *s)
{
	return (struct field){.key = key, .kind = FIELD_STR, .p = s, .n = strlen(s)};
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
