/*
 * trace: the lines of -v, -vv and --transcript. The wire passes lines to it; cmd/ decides where they go.
 * Commands come without their secrets (cmdq_put_secret); what a server repeats of them is hidden where traces
 * are printed.
 */
#ifndef WIRE_TRACE_H
#define WIRE_TRACE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/sink.h"

enum {
	TRACE_COMMANDS = 1, /* commands and replies */
	TRACE_LINES = 2     /* every line, data too */
};

struct trace {
	int level; /* the most detailed level in use; 0: no traces */
	/* Print one line without its line end. dir: '>' sent, '<' received, '*' a note. p is valid only during the call. */
	void (*emit)(struct trace *t, int level, char dir, const char *p, size_t n);
};

/* Trace a line if that level is traced; t may be NULL. */
static inline void
trace_line(struct trace *t, int level, char dir, const char *p, size_t n)
{
	if (t != NULL && level <= t->level)
		t->emit(t, level, dir, p, n);
}

/* A sink that traces the lines of data on their way to another sink. */
struct trace_sink {
	struct sink sink;
	struct sink *to;
	struct trace *trace;
	char dir;
	struct buf line;
};

/*
 * Set up s in front of `to`; returns the sink to write to: `to` itself if data lines are
 * not traced. Free in any case.
 */
struct sink *trace_sink_init(struct trace_sink *s, struct trace *t, char dir, struct sink *to);

/* Trace an unfinished last line, and free. */
void trace_sink_free(struct trace_sink *s);

#endif
