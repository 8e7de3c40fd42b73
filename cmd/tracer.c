#include "cmd/tracer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/wait.h"
#include "base/terminal_escape.h"
#include "store/logfile.h"
#include "wire/secrets.h"

/* "12:34:56.789 > RETR 1\n" with octets that could harm a terminal escaped. */
static void
format(struct buf *out, bool stamped, char dir, const char *p, size_t n)
{
	struct timespec now;
	struct tm tm;

	if (stamped) {
		clock_gettime(CLOCK_REALTIME, &now);
		localtime_r(&now.tv_sec, &tm);
		buf_addf(out, "%02d:%02d:%02d.%03ld ", tm.tm_hour, tm.tm_min, tm.tm_sec,
			now.tv_nsec / 1000000);
	}
	buf_addf(out, "%c ", dir);
	terminal_escape(out, p, n, "\t");
	buf_addc(out, '\n');
}

static void
print(struct tracer *t, int level, char dir, const char *p, size_t n)
{
	struct err ignored = {0}; /* a trace that cannot be written must not stop the run */
	struct buf line = {0};

	if (level <= t->verbose) {
		format(&line, t->verbose > 1, dir, p, n);
		wait_write(STDERR_FILENO, line.data, line.len, "stderr", &ignored);
	}
	if (t->transcript != NULL) {
		buf_clear(&line);
		format(&line, true, dir, p, n);
		logfile_add(t->transcript, line.data, line.len);
	}
	buf_free(&line);
}

/* Hide secrets, which a server may repeat at any time, also in data. */
static void
emit(struct trace *trace, int level, char dir, const char *p, size_t n)
{
	struct buf shown = {0};

	if (!secrets_known()) {
		print((struct tracer *)trace, level, dir, p, n);
		return;
	}
	buf_reserve(&shown, n);
	buf_add(&shown, p, n);
	shown.len = secrets_hide(shown.data, n);
	print((struct tracer *)trace, level, dir, shown.data, shown.len);
	buf_wipe(&shown);
}

int
tracer_open(struct tracer *t, const struct options *o, struct err *e)
{
	*t = (struct tracer){.verbose = o->verbose};
	t->trace.emit = emit;
	t->trace.level = o->transcript != NULL ? TRACE_LINES : o->verbose;
	if (o->transcript == NULL)
		return 0;
	return logfile_open(o->transcript, &t->transcript, e) == -1 ? err_prefix(e, "--transcript")
								    : 0;
}

struct trace *
tracer_trace(struct tracer *t)
{
	return t->trace.level > 0 ? &t->trace : NULL;
}

void
tracer_close(struct tracer *t)
{
	logfile_close(t->transcript);
	t->transcript = NULL;
}
