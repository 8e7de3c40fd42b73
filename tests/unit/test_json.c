/* Records as text and as JSON lines. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "base/text.h"
#include "cmd/options.h"
#include "cmd/print.h"

static struct out out;

/* Returns the text added to the buffer since the last call. */
static const char *
taken(void)
{
	static char text[4096];

	CHECK(out.buf.len < sizeof text);
	memcpy(text, buf_str(&out.buf), out.buf.len);
	text[out.buf.len] = '\0';
	buf_clear(&out.buf);
	return text;
}

static const char *
string(const char *p, size_t n)
{
	json_open(&out, '[');
	json_str(&out, p, n);
	json_close(&out, ']');
	CHECK(json_end_line(&out, &(struct err){0}) == 0);
	return taken();
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
			char text[40], want[64] = "[\"", one[8];
			size_t n = 2;

			memset(text, 'x', length);
			text[at] = (char)c;
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
			CHECK_TEXT(string(text, length), want);
		}
}

static void
numbers(void)
{
	char digits[5000];

	memset(digits, '9', sizeof digits);
	json_open(&out, '[');
	json_num(&out, "7", 1);
	json_num(&out, "007", 3);
	json_num(&out, "000", 3);
	json_num(&out, "9223372036854775807", 19);
	json_num(&out, "9223372036854775808", 19);
	json_num(&out, digits, sizeof digits);
	json_num(&out, "", 0);
	json_num(&out, "1e5", 3);
	json_num(&out, "-1", 2);
	json_u(&out, UINT64_MAX);
	json_bool(&out, true);
	json_bool(&out, false);
	json_s(&out, NULL);
	json_close(&out, ']');
	json_end_line(&out, &(struct err){0});
	CHECK_TEXT(taken(), "[7, 7, 0, 9223372036854775807, null, null, null, null, null, "
			    "18446744073709551615, true, false, null]\n");
}

static void
nesting(void)
{
	json_open(&out, '{');
	json_key(&out, "VERSION");
	json_open(&out, '[');
	json_s(&out, "2");
	json_s(&out, "3");
	json_close(&out, ']');
	json_key_n(&out, "POSTED", 4);
	json_open(&out, '[');
	json_close(&out, ']');
	json_key(&out, "a\"");
	json_open(&out, '{');
	json_key(&out, "b");
	json_null(&out);
	json_close(&out, '}');
	json_close(&out, '}');
	json_end_line(&out, &(struct err){0});
	CHECK_TEXT(
		taken(), "{\"VERSION\": [\"2\", \"3\"], \"POST\": [], \"a\\\"\": {\"b\": null}}\n");
}

static void
records(void)
{
	char digits[21];
	struct field f[] = {field_num("number", "012", 3), field_p("octets", "ab\tcd", 2),
		field_s("json", "j"), field_u("u", 5, digits), field_s("text", "t"),
		{.key = "none", .kind = FIELD_NULL}, {.key = "gone", .kind = FIELD_BOOL}};

	f[2].only = FIELD_JSON;
	f[4].only = FIELD_TEXT;
	out.json = false;
	CHECK(out_record(&out, ' ', f, 7, &(struct err){0}) == 0);
	CHECK_TEXT(taken(), "012 ab 5 t  no\n");
	out.json = true;
	CHECK(out_record(&out, ' ', f, 7, &(struct err){0}) == 0);
	CHECK_TEXT(taken(), "{\"number\": 12, \"octets\": \"ab\", \"json\": \"j\", \"u\": 5, "
			    "\"none\": null, \"gone\": false}\n");
}

/* A record that is not completed writes nothing; the next one is written completely. */
static void
dropped(void)
{
	struct json_raw r;
	struct err e = {0};

	json_open(&out, '[');
	json_s(&out, "before");
	json_close(&out, ']');
	json_end_line(&out, &e);
	json_open(&out, '{');
	json_key(&out, "raw");
	json_raw_open(&r, &out);
	CHECK(sink_write(&r.sink, "abc", 3, &e) == 0);
	json_raw_drop(&r);
	out_drop(&out);
	out_drop(&out);
	CHECK_TEXT(taken(), "[\"before\"]\n");
	CHECK_TEXT(STRING("after"), "[\"after\"]\n");
}

static void
raw(const char *octets, size_t n, size_t step, const char *want)
{
	struct json_raw r;
	struct err e = {0};

	json_open(&out, '[');
	json_s(&out, "a");
	json_raw_open(&r, &out);
	for (size_t at = 0; at < n; at += step)
		CHECK(sink_write(&r.sink, octets + at, n - at < step ? n - at : step, &e) == 0);
	CHECK(json_raw_close(&r, &e) == 0);
	json_u(&out, r.octets);
	json_close(&out, ']');
	json_end_line(&out, &e);
	CHECK_TEXT(taken(), want);
}

/* The examples of RFC 4648, section 10, written in pieces of every length. */
static void
raws(void)
{
	for (size_t step = 1; step < 8; step++) {
		raw("", 0, step, "[\"a\", \"\", 0]\n");
		raw("f", 1, step, "[\"a\", \"Zg==\", 1]\n");
		raw("fo", 2, step, "[\"a\", \"Zm8=\", 2]\n");
		raw("foob", 4, step, "[\"a\", \"Zm9vYg==\", 4]\n");
		raw("foobar", 6, step, "[\"a\", \"Zm9vYmFy\", 6]\n");
		raw("\0\r\n\xff", 4, step, "[\"a\", \"AA0K/w==\", 4]\n");
	}
}

/* Large and small pieces reach the descriptor unchanged. */
static void
through_fd(void)
{
	char name[] = "/tmp/test_json.XXXXXX";
	int fd = mkstemp(name);
	struct err e = {0};
	struct stat st;
	char *big = malloc(200000);
	uint64_t want = 0;

	memset(big, 'b', 200000);
	unlink(name);
	out.fd = fd;
	for (size_t n = 1; n <= 200000; n = n * 3 + 1) {
		CHECK(out_text(&out, big, n, &e) == 0);
		CHECK(out.buf.len < OUT_FULL);
		want += n;
	}
	CHECK(out_flush(&out, &e) == 0 && out.buf.len == 0);
	CHECK(fstat(fd, &st) == 0 && (uint64_t)st.st_size == want);
	close(fd);
	free(big);
}

/* If the reader has closed the pipe, the result is SIGPIPE's; after a failure json.c writes no more. */
static void
broken_pipe(void)
{
	struct err e = {0};
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	CHECK(pipe(fds) == 0);
	close(fds[0]);
	out.fd = fds[1];
	CHECK(out_text(&out, "x", 1, &e) == 0);
	CHECK(out_flush(&out, &e) == -1 && e.status == EX_SIGNAL + SIGPIPE && e.text[0] == '\0');
	CHECK(out.buf.len == 0);
	out.fd = open("/dev/null", O_WRONLY);
	CHECK(out_text(&out, "y", 1, &e) == 0);
	CHECK(out_flush(&out, &e) == -1 && e.status == EX_SIGNAL + SIGPIPE);
	close(out.fd);
	close(fds[1]);
}

int
main(void)
{
	struct options o;
	struct err e = {0};

	options_init(&o);
	o.json = true;
	CHECK(out_open(&out, &o, &e) == 0);
	strings();
	bad_octets();
	for (size_t length = 1; length <= 40; length++)
		every_place(length);
	numbers();
	nesting();
	records();
	dropped();
	raws();
	through_fd();
	broken_pipe();
	buf_free(&out.buf);
	return check_done();
}
