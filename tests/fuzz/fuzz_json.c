/* The JSON writer: keys, strings and numbers of any octets give a line that is JSON in UTF-8. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "fuzz.h"

struct reader {
	const char *p, *end;
};

static char
next(struct reader *r)
{
	MUST(r->p < r->end);
	return *r->p++;
}

/* RFC 8259, section 7. */
static void
string(struct reader *r)
{
	char c;

	while ((c = next(r)) != '"') {
		MUST((unsigned char)c >= 32 && c != 127);
		if (c != '\\')
			continue;
		c = next(r);
		MUST(c != '\0' && strchr("\"\\/bfnrtu", c) != NULL);
		for (int i = 0; c == 'u' && i < 4; i++) {
			char h = text_lower(next(r));

			MUST(text_is_digit(h) || (h >= 'a' && h <= 'f'));
		}
	}
}

static void
value(struct reader *r)
{
	char c = next(r);
	int digits = 0;

	if (c == '"') {
		string(r);
		return;
	}
	if (c == 'n') {
		MUST(r->end - r->p >= 3 && memcmp(r->p, "ull", 3) == 0);
		r->p += 3;
		return;
	}
	MUST(text_is_digit(c) && (c != '0' || !text_is_digit(*r->p)));
	for (; text_is_digit(*r->p); r->p++)
		MUST(++digits < 19);
}

/* An object of keys and values, and LF. */
static void
check(const char *p, size_t n)
{
	struct reader r = {p, p + n};
	char c;

	MUST(text_is_utf8(p, n));
	MUST(next(&r) == '{');
	do {
		MUST(next(&r) == '"');
		string(&r);
		MUST(next(&r) == ':' && next(&r) == ' ');
		value(&r);
		c = next(&r);
		MUST(c == '}' || (c == ',' && next(&r) == ' '));
	} while (c == ',');
	MUST(next(&r) == '\n' && r.p == r.end);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct buf b;
	struct json j = {.to = &b};
	struct json_key key = {0};
	const char *p = (const char *)data;
	size_t half = n / 2;

	buf_clear(&b);
	json_open(&j, '{');
	json_key_n(&j, p, half);
	json_str(&j, p + half, n - half);
	json_key_make(&key, p + half, n - half);
	json_ready_key(&j, &key);
	json_num(&j, p, n);
	json_ready_key(&j, &key);
	json_str(&j, p, n);
	json_key(&j, "n");
	json_num(&j, p, half);
	json_close(&j, '}');
	json_end_line(&j);
	check(b.data, b.len);
	json_key_free(&key);
	return 0;
}
