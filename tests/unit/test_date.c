/* Dates, ages and message-ids. */
#include "mail/date.h"

#include <stdlib.h>

#include "base/err.h"
#include "check.h"
#include "mail/msgid.h"

#define T 1795178096 /* 2026-11-20 12:34:56 UTC */

static void
forms(void)
{
	struct buf out = {0};

	setenv("TZ", "XXX-05:30", 1);
	tzset();
	date_rfc5322(T, &out);
	CHECK_TEXT(buf_str(&out), "Fri, 20 Nov 2026 18:04:56 +0530");
	buf_clear(&out);
	setenv("TZ", "XXX+03:30", 1);
	tzset();
	date_rfc5322(T, &out);
	CHECK_TEXT(buf_str(&out), "Fri, 20 Nov 2026 09:04:56 -0330");
	buf_clear(&out);
	date_asctime(T, &out);
	CHECK_TEXT(buf_str(&out), "Fri Nov 20 12:34:56 2026");
	buf_clear(&out);
	date_asctime(0, &out);
	CHECK_TEXT(buf_str(&out), "Thu Jan  1 00:00:00 1970");
	buf_clear(&out);
	date_nntp(T, false, &out);
	CHECK_TEXT(buf_str(&out), "20261120 123456 GMT");
	buf_clear(&out);
	date_nntp(T, true, &out);
	CHECK_TEXT(buf_str(&out), "261120 123456 GMT");
	buf_free(&out);
}

static void
iso(void)
{
	static const char *const wrong[] = {"", "2026112012345", "202611201234567",
		"20261320123456", "20260229123456", "20261120243456", "20261120126056",
		"20261120123461", "2026112012345x", "2026-1120123456", "20260020123456",
		"20260100123456", NULL};
	struct buf out = {0};

	CHECK(date_iso("20261120123456", 14, &out));
	CHECK_TEXT(buf_str(&out), "2026-11-20T12:34:56Z");
	buf_clear(&out);
	CHECK(date_iso(" 20240229235960 \r\n", 18, &out));
	CHECK_TEXT(buf_str(&out), "2024-02-29T23:59:60Z");
	buf_clear(&out);
	for (size_t i = 0; wrong[i] != NULL; i++)
		CHECK(!date_iso(wrong[i], strlen(wrong[i]), &out));
	CHECK(out.len == 0);
	buf_free(&out);
}

static void
age(const char *s, uint64_t want)
{
	uint64_t got = 0;
	struct err e;

	CHECK(date_age(s, &got, &e) == 0 && got == want);
}

static void
since(const char *s, time_t want)
{
	time_t got = -1;
	struct err e;

	CHECK(date_since(s, T, &got, &e) == 0 && got == want);
}

static void
shown_age(int64_t seconds, const char *want)
{
	struct buf out = {0};

	date_add_age(seconds, &out);
	CHECK_TEXT(buf_str(&out), want);
	buf_free(&out);
}

static void
shown_ages(void)
{
	shown_age(-5, "0s");
	shown_age(0, "0s");
	shown_age(59, "59s");
	shown_age(60, "1m");
	shown_age(3599, "59m");
	shown_age(7200, "2h");
	shown_age(86399, "23h");
	shown_age(86400 * 400, "400d");
}

static void
arguments(void)
{
	static const char *const wrong[] = {"", "3", "d", "3x", "3dd", "3d4", "-3d", "+3d", " 3d",
		"3d ", "3.5d", "99999999999999999999d", "400000000000s", "2000000w", "50000w50000w",
		NULL};
	static const char *const never[] = {"2026-02-30", "2026-13-01", "2026-1-1", "20261120",
		"2026-11-20T", "2026-11-20T12:34", "2026-11-20T24:00:00", "2026-11-20 12:34:56",
		"2026-11-20Z", "1969-12-31", "2026-11-20T12:34:56ZZ", "yesterday", "2025-02-29",
		NULL};
	struct err e;
	uint64_t n;
	time_t t;

	age("45s", 45);
	age("30m", 1800);
	age("12h", 43200);
	age("3d", 259200);
	age("2w", 1209600);
	age("1d12h", 129600);
	age("0s", 0);
	since("2026-11-20", T - 45296);
	since("2026-11-20T12:34:56", T);
	since("2026-11-20T12:34:56Z", T);
	since("2024-02-29", 1709164800);
	since("3d", T - 259200);
	since("100w", T - 60480000);
	since("900000h", 0);
	for (size_t i = 0; wrong[i] != NULL; i++) {
		CHECK(date_age(wrong[i], &n, &e) == -1 && e.status == EX_DATAERR);
		CHECK(date_since(wrong[i], T, &t, &e) == -1 && e.status == EX_DATAERR);
	}
	for (size_t i = 0; never[i] != NULL; i++)
		CHECK(date_since(never[i], T, &t, &e) == -1 && e.status == EX_DATAERR);
}

static void
msgids(void)
{
	static const char *const wrong[] = {"", "<>", "a@b", "<a@b", "a@b>", "<a>b>", "<a b@c>",
		"<a\r\n>", "<a\tb>", "<\xc3\xb6@x>", "<a>\n", "<a\x7f>", NULL};
	struct buf a = {0}, b = {0};
	struct err e;

	msgid_make(T, "host.example.org", &a);
	msgid_make(T, "host.example.org", &b);
	CHECK(strcmp(a.data, b.data) != 0);
	CHECK(msgid_check(a.data, &e) == 0);
	CHECK(strstr(a.data, "@host.example.org>") != NULL);
	buf_clear(&a);
	msgid_make(T, "..b\r\nad>.h o..st.", &a);
	CHECK(msgid_check(a.data, &e) == 0 && strstr(a.data, "@bad.ho.st>") != NULL);
	buf_clear(&a);
	msgid_make(T, "\n", &a);
	CHECK(strstr(a.data, "@localhost>") != NULL);
	buf_clear(&a);
	buf_clear(&b);
	for (unsigned i = 0; i < 300; i++)
		buf_addc(&b, 'h');
	msgid_make(T, b.data, &a);
	CHECK(msgid_check(a.data, &e) == 0);
	b.data[0] = '<';
	b.data[249] = '>';
	b.data[250] = '\0';
	CHECK(msgid_check(b.data, &e) == 0);
	b.data[249] = 'h';
	b.data[250] = '>';
	b.data[251] = '\0';
	CHECK(msgid_check(b.data, &e) == -1);
	CHECK(msgid_check("<a>", &e) == 0 && msgid_check("<!#$@[1]>", &e) == 0);
	for (size_t i = 0; wrong[i] != NULL; i++)
		CHECK(msgid_check(wrong[i], &e) == -1 && e.status == EX_DATAERR);
	buf_free(&a);
	buf_free(&b);
}

int
main(void)
{
	forms();
	iso();
	arguments();
	shown_ages();
	msgids();
	return check_done();
}
