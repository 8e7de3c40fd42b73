#include "mail/date.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define AGE_MAX ((uint64_t)1000 * 366 * 86400)

static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char months[][4] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* t in UTC or local time. A time whose year does not fit into struct tm becomes 1970-01-01. */
static struct tm
broken_down(time_t t, bool local)
{
	struct tm tm = {.tm_mday = 1, .tm_year = 70, .tm_wday = 4};

	if ((local ? localtime_r(&t, &tm) : gmtime_r(&t, &tm)) == NULL)
		tm = (struct tm){.tm_mday = 1, .tm_year = 70, .tm_wday = 4};
	return tm;
}

void
date_rfc5322(time_t t, struct buf *out)
{
	struct tm tm = broken_down(t, true);
	long minutes = tm.tm_gmtoff / 60;
	long zone = minutes < 0 ? -minutes : minutes;

	buf_addf(out, "%s, %d %s %04d %02d:%02d:%02d %c%02ld%02ld", days[tm.tm_wday], tm.tm_mday,
		months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
		minutes < 0 ? '-' : '+', zone / 60, zone % 60);
}

void
date_asctime(time_t t, struct buf *out)
{
	/* Keep the last text: thousands of messages in an mbox have the same date. */
	static struct buf known;
	static time_t at;

	if (known.len == 0 || t != at) {
		struct tm tm = broken_down(t, false);

		buf_clear(&known);
		buf_addf(&known, "%s %s %2d %02d:%02d:%02d %ld", days[tm.tm_wday],
			months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			(long)tm.tm_year + 1900);
		at = t;
	}
	buf_add(out, known.data, known.len);
}

void
date_nntp(time_t t, bool two_digit, struct buf *out)
{
	struct tm tm = broken_down(t, false);

	if (two_digit)
		buf_addf(out, "%02d", (tm.tm_year + 1900) % 100);
	else
		buf_addf(out, "%04d", tm.tm_year + 1900);
	buf_addf(out, "%02d%02d %02d%02d%02d GMT", tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		tm.tm_sec);
}

static int
days_in(int year, int month)
{
	static const char in_month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return in_month[month - 1] + (month == 2 && leap);
}

/*
 * Parse n octets by a form such as "YYYY-MM-DD": each letter (Y M D h m s) stands for one digit of its field, any other
 * character for itself. False if the text differs from the form or the date does not exist.
 */
static bool
parse(const char *form, const char *p, size_t n, struct tm *tm)
{
	static const char letters[] = "YMDhms";
	int v[6] = {0, 1, 1, 0, 0, 0};

	if (n != strlen(form))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *at = strchr(letters, form[i]);

		if (at == NULL ? p[i] != form[i] : !text_is_digit(p[i]))
			return false;
		if (at == NULL)
			continue;
		if (i == 0 || form[i - 1] != form[i])
			v[at - letters] = 0;
		v[at - letters] = v[at - letters] * 10 + (p[i] - '0');
	}
	if (v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > days_in(v[0], v[1]))
		return false;
	*tm = (struct tm){.tm_year = v[0] - 1900, .tm_mon = v[1] - 1, .tm_mday = v[2]};
	tm->tm_hour = v[3];
	tm->tm_min = v[4];
	tm->tm_sec = v[5];
	return v[3] < 24 && v[4] < 60 && v[5] <= 60;
}

static void
add_utc(const struct tm *tm, struct buf *out)
{
	buf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm->tm_year + 1900, tm->tm_mon + 1,
		tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec);
}

void
date_utc(time_t t, struct buf *out)
{
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL)
		add_utc(&tm, out);
}

bool
date_iso(const char *p, size_t n, struct buf *out)
{
	struct tm tm;

	for (; n != 0 && text_is_space(*p); p++)
		n--;
	while (n != 0 && text_is_space(p[n - 1]))
		n--;
	if (!parse("YYYYMMDDhhmmss", p, n, &tm))
		return false;
	add_utc(&tm, out);
	return true;
}

static uint64_t
unit_seconds(char c)
{
	switch (c) {
	case 's': return 1;
	case 'm': return 60;
	case 'h': return 3600;
	case 'd': return 86400;
	case 'w': return 7 * 86400;
	default: return 0;
	}
}

int
date_age(const char *s, uint64_t *seconds, struct err *e)
{
	uint64_t sum = 0;
	const char *p = s;

	do {
		size_t n = strspn(p, "0123456789");
		uint64_t unit = unit_seconds(p[n]), count;

		if (unit == 0 || !text_number(p, n, AGE_MAX / unit, &count))
			return err_set(e, EX_DATAERR,
				"\"%s\" is not an age (write 3d, 12h, 30m or 2w)", s);
		sum += count * unit;
		if (sum > AGE_MAX)
			return err_set(
				e, EX_DATAERR, "the age \"%s\" is longer than 1000 years", s);
		p += n + 1;
	} while (*p != '\0');
	*seconds = sum;
	return 0;
}

void
date_add_age(int64_t seconds, struct buf *out)
{
	uint64_t age = seconds > 0 ? (uint64_t)seconds : 0;
	const char *unit = "dhms";

	while (unit_seconds(*unit) > 1 && age < unit_seconds(*unit))
		unit++;
	buf_addu(out, age / unit_seconds(*unit));
	buf_addc(out, *unit);
}

int
date_since(const char *s, time_t now, time_t *out, struct err *e)
{
	size_t n = strlen(s);
	uint64_t age;
	struct tm tm;
	struct err ignored;

	if (date_age(s, &age, &ignored) == 0) {
		*out = now > 0 && (uint64_t)now > age ? now - (time_t)age : 0;
		return 0;
	}
	if (n == 20 && s[19] == 'Z')
		n--;
	if ((!parse("YYYY-MM-DD", s, n, &tm) && !parse("YYYY-MM-DDThh:mm:ss", s, n, &tm)) ||
		tm.tm_year < 70)
		return err_set(e, EX_DATAERR,
			"\"%s\" is not a time (write 2026-11-20, 2026-11-20T12:34:56 or 3d)", s);
	*out = timegm(&tm);
	return 0;
}
