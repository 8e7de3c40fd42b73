#include "cmd/progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/wait.h"
#include "cmd/options.h"
#include "base/terminal_escape.h"
#include "wire/secrets.h"

/* If messages are not counted, progress is shown from this many octets on. */
#define MANY_OCTETS (64 * 1024)

static bool shown; /* a progress line stands on the terminal */

/* The running job. */
static struct {
	bool on;
	int64_t began, last; /* times of wait_now in ms; last: of the last line shown */
	const char *what;
	uint64_t count, octets;
	uint64_t total_count, total_octets;
} job;

/* One write, so that lines of several processes do not mix. A failure cannot be reported. */
static void
to_stderr(const char *p, size_t n)
{
	struct err e;

	(void)wait_write(STDERR_FILENO, p, n, "stderr", &e);
}

void
progress_begin(
	const struct options *opt, const char *what, uint64_t total_count, uint64_t total_octets)
{
	progress_end();
	job.on = !opt->quiet && isatty(STDERR_FILENO) != 0;
	if (job.on)
		job.began = job.last = wait_now();
	job.what = what;
	job.total_count = total_count;
	job.total_octets = total_octets;
	job.count = job.octets = 0;
}

static void
add_octets(struct buf *b, double n)
{
	static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
	size_t i = 0;

	for (; n >= 1000 && i + 1 < sizeof units / sizeof units[0]; i++)
		n /= 1000;
	buf_addf(b, i == 0 ? "%.0f %s" : "%.1f %s", n, units[i]);
}

/* Append the time left, if it can be estimated: from octets if their total is known, else from the count. */
static void
add_estimate(struct buf *b, double secs)
{
	double done = job.total_octets != 0  ? (double)job.octets / (double)job.total_octets
		      : job.total_count != 0 ? (double)job.count / (double)job.total_count
					     : 0;
	double left = done > 0 ? secs / done - secs : -1;

	if (done > 1) /* octets of the protocol around the messages count too */
		left = 0;
	if (left < 0 || left > 359999)
		return;
	buf_addf(b, ", %d:%02d:%02d left", (int)left / 3600, (int)left / 60 % 60, (int)left % 60);
}

static void
add_count(struct buf *b, double secs)
{
	buf_addf(b, "%" PRIu64, job.count);
	if (job.total_count != 0)
		buf_addf(b, "/%" PRIu64, job.total_count);
	buf_addf(b, " %s, %.0f/s, ", job.what, (double)job.count / secs);
}

static void
show(int64_t now)
{
	double secs = (double)(now - job.began) / 1000;
	struct buf b = {0};

	buf_addc(&b, '\r');
	if (job.what != NULL)
		add_count(&b, secs);
	add_octets(&b, (double)job.octets);
	buf_adds(&b, ", ");
	add_octets(&b, (double)job.octets / secs);
	buf_adds(&b, "/s");
	add_estimate(&b, secs);
	buf_adds(&b, "\033[K");
	shown = true;
	job.last = now;
	to_stderr(b.data, b.len);
	buf_free(&b);
}

static void
show_at_times(void)
{
	int64_t now;

	if (!job.on || (job.what == NULL && job.octets < MANY_OCTETS))
		return;
	now = wait_now();
	if (now - job.began >= 1000 && now - job.last >= 250)
		show(now);
}

void
progress_count(uint64_t count)
{
	job.count = count;
	show_at_times();
}

void
progress_moved(size_t n)
{
	job.octets += n;
	show_at_times();
}

void
progress_hide(void)
{
	if (!shown)
		return;
	shown = false;
	to_stderr("\r\033[K", 4);
}

void
progress_end(void)
{
	job.on = false;
	progress_hide();
}

static void
print_line(const char *who, const char *text)
{
	struct buf b = {0};
	char *safe = mem_strdup(text);

	secrets_hide_text(safe);

	progress_hide();
	terminal_escape(&b, who, strlen(who), "");
	buf_adds(&b, ": ");
	terminal_escape(&b, safe, strlen(safe), "");
	mem_wipe(safe);
	buf_addc(&b, '\n');
	to_stderr(b.data, b.len);
	buf_free(&b);
}

void
print_note(const char *fmt, ...)
{
	struct buf b = {0};
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	if (text == NULL)
		return;
	progress_hide();
	secrets_hide_text(text);
	terminal_escape(&b, text, strlen(text), "");
	buf_addc(&b, '\n');
	to_stderr(b.data, b.len);
	buf_free(&b);
	free(text);
}

void
print_error(const char *who, const struct err *e)
{
	if (e->text[0] != '\0')
		print_line(who, e->text);
}

void
print_warning(const struct options *opt, const char *who, const char *fmt, ...)
{
	struct buf b = {0};
	char text[1024];
	va_list ap;

	if (opt->quiet)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_addf(&b, "warning: %s", text);
	print_line(who, buf_str(&b));
	buf_free(&b);
}
