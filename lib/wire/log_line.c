#include "wire/log_line.h"

#include <stdbool.h>
#include <string.h>

#include "base/terminal_escape.h"
#include "wire/secrets.h"

void
log_line_begin(struct buf *line, time_t now, long pid)
{
	char stamp[32];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S%z", &tm);
	buf_addf(line, "%s mailnet[%ld]: ", stamp, pid);
}

static bool
must_quote(const char *value, size_t n)
{
	return n == 0 || memchr(value, ' ', n) != NULL || memchr(value, '"', n) != NULL ||
	       memchr(value, '=', n) != NULL;
}

/* Secrets are hidden before octets are escaped: an escaped secret would not be found. */
void
log_line_text(struct buf *line, const char *key, const char *value, size_t n)
{
	bool quote = must_quote(value, n);
	struct buf shown = {0};
	const char *p, *end;

	buf_reserve(&shown, n);
	buf_add(&shown, value, n);
	shown.len = secrets_hide(shown.data, n);
	buf_addf(line, quote ? " %s=\"" : " %s=", key);
	end = shown.data + shown.len;
	for (p = shown.data; p < end;) {
		size_t len = 0;

		while (p + len < end && p[len] != '"' && p[len] != '\\')
			len++;
		terminal_escape(line, p, len, "");
		p += len;
		if (p < end) {
			buf_addc(line, '\\');
			buf_addc(line, *p++);
		}
	}
	if (quote)
		buf_addc(line, '"');
	buf_wipe(&shown);
}

void
log_line_trace(struct buf *line, const struct timespec *now, char dir, const char *p, size_t n)
{
	struct tm tm;

	if (now != NULL) {
		localtime_r(&now->tv_sec, &tm);
		buf_addf(line, "%02d:%02d:%02d.%03ld ", tm.tm_hour, tm.tm_min, tm.tm_sec,
			now->tv_nsec / 1000000);
	}
	buf_addf(line, "%c ", dir);
	secrets_escape(line, p, n, "\t");
	buf_addc(line, '\n');
}
