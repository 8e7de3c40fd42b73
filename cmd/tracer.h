/* tracer: the output of -v, -vv and --transcript. */
#ifndef CMD_TRACER_H
#define CMD_TRACER_H

#include "base/err.h"
#include "cmd/options.h"
#include "wire/trace.h"

struct tracer {
	struct trace trace; /* must be first */
	int verbose;
	struct logfile *transcript; /* NULL: none */
};

/*
 * Set up from the options; EX_CANTCREAT if the transcript cannot be opened. Lines to stderr are
 * escaped with vis(3), those of a transcript too: both go into bug reports.
 */
int tracer_open(struct tracer *t, const struct options *o, struct err *e);

/* The trace for the connection; NULL: tracing is off. */
struct trace *tracer_trace(struct tracer *t);

void tracer_close(struct tracer *t);

#endif
