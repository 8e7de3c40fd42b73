/* The JSON writer and records of fields. */
#include "base/json.h"

#include "check.h"
#include "base/record.h"

static struct buf text;
static struct json json = {.to = &text};

/* Returns the text added to the buffer since the last call. */
static const char *
text_taken(void)
{
	static char copy[4096];

	CHECK(text.len < sizeof copy);
	memcpy(copy, buf_str(&text), text.len + 1);
	buf_clear(&text);
	return copy;
}

static const char *
string(const char *p, size_t n)
{
	json_open(&json, '[');
	json_str(&json, p, n);
	json_close(&json, ']');
	json_end_line(&json);
	return text_taken();
}

#define STRING(s) string((s), sizeof(s) - 1)

static void
strings(void)
{
	CHECK_TEXT(STRING(""), "[\"\"]\n");
	CHECK_TEXT(STRING("plain"), "[\"plain\"]\n");
	CHECK_TEXT(STRING("a\"b\\c/"), "[\"a\\\"b\\\\c/\"]\n");
	CHECK_TEXT(STRING("\b\f\n\r\t"), "[\"\\b\\f\\n\\r\\t\"]\n");
	CHECK_TEXT(STRING("\0\x01\x1f\x7f"), "[\"\\u0000\\u0001\\u001f\\u007f\"]\n");
	CHECK_TEXT(STRING("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
		"[\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"]\n");
	/* C1 controls and direction marks are escaped, since a terminal would obey them. */
	CHECK_TEXT(STRING("\xc2\x9b\xe2\x80\xae"), "[\"\\u009b\\u202e\"]\n");
}

#define BAD "\xef\xbf\xbd"

static void
bad_octets(void)
{
	CHECK_TEXT(STRING("\xff"), "[\"" BAD "\"]\n");
	CHECK_TEXT(STRING("a\xe9z"), "[\"a" BAD "z\"]\n");
	CHECK_TEXT(STRING("\xc0\x80"), "[\"" BAD BAD "\"]\n");
	CHECK_TEXT(STRING("\xed\xa0\x80"), "[\"" BAD BAD BAD "\"]\n");
	CHECK_TEXT(STRING("\xf4\x90\x80\x80"), "[\"" BAD BAD BAD BAD "\"]\n");
	CHECK_TEXT(STRING("\xe2\x82"), "[\"" BAD BAD "\"]\n");
	/* The length ends a string: the octet after it in memory, which would complete the character, is not read. */
	CHECK_TEXT(string("\xe2\x82\xac", 2), "[\"" BAD BAD "\"]\n");
}

/* Every octet at every place of a text of length octets. */
static void
every_place(size_t length)
{
	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at < length; at++) {
			char octets[40], want[64] = "[\"", one[8];
			size_t n = 2;

			memset(octets, 'x', length);
			octets[at] = (char)c;
			if (c == '"' || c == '\\')
				snprintf(one, sizeof one, "\\%c", c);
			else if (c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t')
				snprintf(one, sizeof one, "\\%c", "btn.fr"[c - 8]);
			else if (c < 32 || c == 127)
				snprintf(one, sizeof one, "\\u%04x", c);
			else if (c > 127)
				snprintf(one, sizeof one, "%s", BAD);
			else
				snprintf(one, sizeof one, "%c", c);
			for (size_t i = 0; i < length; i++)
				n += (size_t)snprintf(
					want + n, sizeof want - n, "%s", i == at ? one : "x");
			snprintf(want + n, sizeof want - n, "\"]\n");
			CHECK_TEXT(string(octets, length), want);
		}
}

static void
numbers(void)
{
	char digits[5000];

	memset(digits, '9', sizeof digits);
	json_open(&json, '[');
	json_num(&json, "7", 1);
	json_num(&json, "007", 3);
	json_num(&json, "000", 3);
	json_num(&json, "9223372036854775807", 19);
	json_num(&json, "9223372036854775808", 19);
	json_num(&json, digits, sizeof digits);
	json_num(&json, "", 0);
	json_num(&json, "1e5", 3);
	json_num(&json, "-1", 2);
	json_u(&json, UINT64_MAX);
	json_bool(&json, true);
	json_bool(&json, false);
	json_s(&json, NULL);
	json_close(&json, ']');
	json_end_line(&json);
	CHECK_TEXT(text_taken(), "[7, 7, 0, 9223372036854775807, null, null, null, null, null, "
				 "18446744073709551615, true, false, null]\n");
}

static void
nesting(void)
{
	json_open(&json, '{');
	json_key(&json, "VERSION");
	json_open(&json, '[');
	json_s(&json, "2");
	json_s(&json, "3");
	json_close(&json, ']');
	json_key_n(&json, "POSTED", 4);
	json_open(&json, '[');
	json_close(&json, ']');
	json_key(&json, "a\"");
	json_open(&json, '{');
	json_key(&json, "b");
	json_null(&json);
	json_close(&json, '}');
	json_close(&json, '}');
	json_end_line(&json);
	CHECK_TEXT(text_taken(),
		"{\"VERSION\": [\"2\", \"3\"], \"POST\": [], \"a\\\"\": {\"b\": null}}\n");
}

/* A record that is not completed is removed; the next one is complete. */
static void
dropped(void)
{
	json_open(&json, '[');
	json_s(&json, "before");
	json_close(&json, ']');
	json_end_line(&json);
	json_open(&json, '{');
	json_key(&json, "raw");
	json_string_begin(&json);
	json_drop(&json);
	json_drop(&json);
	CHECK_TEXT(text_taken(), "[\"before\"]\n");
	CHECK_TEXT(STRING("after"), "[\"after\"]\n");
}

static void
ready_keys(void)
{
	struct json_key key = {0};

	json_key_make(&key, "first", 5);
	json_key_make(&key, "k\"", 2);
	json_open(&json, '{');
	json_ready_key(&json, &key);
	json_string_begin(&json);
	buf_adds(json.to, "YQ==");
	json_string_end(&json);
	json_ready_key(&json, &key);
	json_u(&json, 1);
	json_close(&json, '}');
	CHECK_TEXT(text_taken(), "{\"k\\\"\": \"YQ==\", \"k\\\"\": 1}");
	json_end_line(&json);
	CHECK_TEXT(text_taken(), "\n");
	json_key_free(&key);
}

static void
records(void)
{
	char digits[21];
	struct field f[] = {field_num("number", "012", 3), field_p("octets", "ab\tcd", 2),
		field_s("json", "j"), field_u("u", 5, digits), field_s("text", "t"),
		field_s("none", NULL), field_bool("gone", false), field_bool("there", true)};

	f[2].only = FIELD_JSON;
	f[4].only = FIELD_TEXT;
	record_text(&text, ' ', f, 8, NULL);
	CHECK_TEXT(text_taken(), "012 ab 5 t  no yes");
	json_open(&json, '{');
	record_json(&json, f, 8);
	json_close(&json, '}');
	CHECK_TEXT(text_taken(), "{\"number\": 12, \"octets\": \"ab\", \"json\": \"j\", \"u\": 5, "
				 "\"none\": null, \"gone\": false, \"there\": true}");
	/* The separator is not escaped, and values are. */
	f[0] = field_s("a", "\033\n");
	f[1] = field_s("b", "\t");
	record_text(&text, '\r', f, 2, "\n");
	CHECK_TEXT(text_taken(), "^[\n\r\\t");
}

int
main(void)
{
	strings();
	bad_octets();
	for (size_t length = 1; length <= 40; length++)
		every_place(length);
	numbers();
	nesting();
	dropped();
	ready_keys();
	records();
	buf_free(&text);
	return check_done();
}
