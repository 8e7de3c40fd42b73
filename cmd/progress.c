#include "cmd/progress.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/progress_line.h"
#include "base/terminal_escape.h"
#include "base/wait.h"
#include "cmd/options.h"
#include "wire/secrets.h"

static bool shown;    /* a progress line stands on the terminal */
static bool job_runs; /* and its progress may be shown */
static struct progress_line job;

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
	job = (struct progress_line){
		.what = what, .total_count = total_count, .total_octets = total_octets};
	job_runs = !opt->quiet && isatty(STDERR_FILENO) != 0;
	if (job_runs)
		job.began = job.last = wait_now();
}

static void
show_if_due(void)
{
	struct buf b = {0};
	int64_t now;

	if (!job_runs)
		return;
	now = wait_now();
	if (!progress_line_due(&job, now))
		return;
	buf_addc(&b, '\r');
	progress_line_text(&job, now, &b);
	buf_adds(&b, "\033[K");
	shown = true;
	job.last = now;
	to_stderr(b.data, b.len);
	buf_free(&b);
}

void
progress_count(uint64_t count)
{
	job.count = count;
	show_if_due();
}

void
progress_moved(size_t n)
{
	job.octets += n;
	show_if_due();
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
	job_runs = false;
	progress_hide();
}

/* ---- lines on stderr ----------------------------------------------------------------------------- */

/* Print "WHO: TEXT", or without who the text alone. */
static void
print_line(const char *who, const char *text)
{
	struct buf b = {0};

	progress_hide();
	if (who != NULL) {
		terminal_escape(&b, who, strlen(who), "");
		buf_adds(&b, ": ");
	}
	secrets_escape(&b, text, strlen(text), "");
	buf_addc(&b, '\n');
	to_stderr(b.data, b.len);
	buf_free(&b);
}

void
print_note(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	if (text == NULL)
		return;
	print_line(NULL, text);
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
