/* The form of lines in --log, -v and --transcript. */
#include "wire/log_line.h"

#include <stdlib.h>

#include "check.h"
#include "wire/secrets.h"

static struct buf line;

static const char *
field(const char *value, size_t n)
{
	buf_clear(&line);
	log_line_text(&line, "k", value, n);
	return buf_str(&line);
}

#define FIELD(s) field((s), sizeof(s) - 1)

static void
values(void)
{
	CHECK_TEXT(FIELD("plain"), " k=plain");
	CHECK_TEXT(FIELD(""), " k=\"\"");
	CHECK_TEXT(FIELD("a b"), " k=\"a b\"");
	CHECK_TEXT(FIELD("a=b"), " k=\"a=b\"");
	CHECK_TEXT(FIELD("\"\\"), " k=\"\\\"\\\\\"");
	CHECK_TEXT(FIELD("a\\b"), " k=a\\\\b");
	CHECK_TEXT(FIELD("a\nb\033"), " k=a\\nb^[");
	CHECK_TEXT(field("a\0b", 3), " k=a\\0b");
}

static void
times(void)
{
	const struct timespec now = {.tv_sec = 86399, .tv_nsec = 56999999};

	buf_clear(&line);
	log_line_begin(&line, 86399, 12);
	CHECK_TEXT(buf_str(&line), "1970-01-01T23:59:59+0000 mailnet[12]: ");
	buf_clear(&line);
	log_line_trace(&line, &now, '>', "a\tb\r", 4);
	log_line_trace(&line, NULL, '<', "+OK", 3);
	CHECK_TEXT(buf_str(&line), "23:59:59.056 > a\tb\\r\n< +OK\n");
}

/* A secret with octets that are escaped, and one in a quoted value. */
static void
secrets(void)
{
	secrets_add("pass\tword", 9);
	CHECK_TEXT(FIELD("is pass\tword"), " k=\"is ***\"");
	buf_clear(&line);
	log_line_trace(&line, NULL, '<', "no pass\tword!", 13);
	CHECK_TEXT(buf_str(&line), "< no ***!\n");
	secrets_forget();
}

int
main(void)
{
	setenv("TZ", "UTC", 1);
	values();
	times();
	secrets();
	buf_free(&line);
	return check_done();
}
