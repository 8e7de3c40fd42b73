#include "cmd/tracer.h"

#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/wait.h"
#include "store/logfile.h"
#include "wire/log_line.h"

static void
emit(struct trace *trace, int level, char dir, const char *p, size_t n)
{
	struct tracer *t = (struct tracer *)trace;
	struct err ignored = {0}; /* a trace that cannot be written must not stop the run */
	struct timespec now;
	struct buf line = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	if (level <= t->verbose) {
		log_line_trace(&line, t->verbose > 1 ? &now : NULL, dir, p, n);
		wait_write(STDERR_FILENO, line.data, line.len, "stderr", &ignored);
	}
	if (t->transcript != NULL) {
		buf_clear(&line);
		log_line_trace(&line, &now, dir, p, n);
		logfile_add(t->transcript, line.data, line.len);
	}
	buf_free(&line);
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
