#include "base/progress_line.h"

#include <inttypes.h>
#include <stddef.h>

/* If messages are not counted, progress is shown from this many octets on. */
#define MANY_OCTETS (64 * 1024)

bool
progress_line_due(const struct progress_line *p, int64_t now)
{
	if (p->what == NULL && p->octets < MANY_OCTETS)
		return false;
	return now - p->began >= 1000 && now - p->last >= 250;
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
add_estimate(struct buf *b, const struct progress_line *p, double secs)
{
	double done = p->total_octets != 0  ? (double)p->octets / (double)p->total_octets
		      : p->total_count != 0 ? (double)p->count / (double)p->total_count
					    : 0;
	double left = done > 0 ? secs / done - secs : -1;

	if (done > 1) /* octets of the protocol around the messages count too */
		left = 0;
	if (left < 0 || left > 359999)
		return;
	buf_addf(b, ", %d:%02d:%02d left", (int)left / 3600, (int)left / 60 % 60, (int)left % 60);
}

static void
add_count(struct buf *b, const struct progress_line *p, double secs)
{
	buf_addf(b, "%" PRIu64, p->count);
	if (p->total_count != 0)
		buf_addf(b, "/%" PRIu64, p->total_count);
	buf_addf(b, " %s, %.0f/s, ", p->what, (double)p->count / secs);
}

void
progress_line_text(const struct progress_line *p, int64_t now, struct buf *out)
{
	double secs = (double)(now - p->began) / 1000;

	if (p->what != NULL)
		add_count(out, p, secs);
	add_octets(out, (double)p->octets);
	buf_adds(out, ", ");
	add_octets(out, (double)p->octets / secs);
	buf_adds(out, "/s");
	add_estimate(out, p, secs);
}
