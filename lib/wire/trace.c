#include "wire/trace.h"

#include <string.h>

/* Length in octets of the pieces in which a longer line is traced. */
#define TOLD 4096

static void
tell_line(struct trace_sink *t)
{
	if (t->line.len > 0 && t->line.data[t->line.len - 1] == '\r')
		t->line.len--;
	trace_line(t->trace, TRACE_LINES, t->dir, buf_str(&t->line), t->line.len);
	buf_clear(&t->line);
}

static int
tell(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct trace_sink *t = (struct trace_sink *)s;
	const char *at = p, *end = p + n;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((lf != NULL ? lf : end) - at);

		if (len > TOLD - t->line.len) {
			len = TOLD - t->line.len;
			lf = NULL;
		}
		buf_add(&t->line, at, len);
		at += len + (lf != NULL ? 1 : 0);
		if (lf != NULL || t->line.len == TOLD)
			tell_line(t);
	}
	return sink_write(t->to, p, n, e);
}

struct sink *
trace_sink_init(struct trace_sink *s, struct trace *t, char dir, struct sink *to)
{
	*s = (struct trace_sink){.sink = {tell}, .to = to, .trace = t, .dir = dir};
	return t != NULL && t->level >= TRACE_LINES ? &s->sink : to;
}

void
trace_sink_free(struct trace_sink *s)
{
	if (s->line.len > 0)
		tell_line(s);
	buf_free(&s->line);
}
