/* play.c - see play.h. */
#include "play.h"
#include "log.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
play_fail(struct play *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->why, sizeof(p->why), fmt, ap);
	va_end(ap);
	return -1;
}

int
play_io(struct play *p, enum io_result r, const char *doing)
{
	if (r == IO_OK)
		return 0;
	if (r == IO_EOF && p->mayclose) {
		p->gone = true;
		return 1;
	}
	return play_fail(p, "%s: %s", doing, p->io.why);
}

int
play_line(struct play *p, const char *expected, size_t elen, char **line, size_t *n)
{
	enum io_result r = io_line(&p->io, line, n);

	if (r == IO_OK) {
		size_t len = *n >= 2 && (*line)[*n - 2] == '\r' ? *n - 2 : *n;

		log_line("C: %s", log_vis(*line, len));
		return 0;
	}
	if (r == IO_EOF && p->mayclose)
		return play_io(p, r, "");
	return play_fail(p, "expected <%s> got <%s> (%s)", log_vis(expected, elen),
		log_vis(*n > 0 ? *line : "", *n), p->io.why);
}

long long
play_number(const struct step *s, long long min, long long max, const char **rest)
{
	char *end;
	long long n = strtoll(s->text, &end, 10);

	if (end == s->text || n < min || n > max || (*end != '\0' && *end != ' '))
		errx(64, "line %d: %s: needs a number from %lld to %lld", s->line, s->kind->word,
			min, max);
	if (rest != NULL)
		*rest = end + (*end == ' ');
	return n;
}

/* After the last step: send FIN. The client must close without sending more. */
static int
wind_up(struct play *p)
{
	enum io_result r;

	if (p->closed || p->gone)
		return 0;
	io_half_close(&p->io, true);
	r = buf_left(&p->io.ib) > 0 ? IO_OK : io_fill(&p->io, -1);
	if (r == IO_EOF)
		return 0;
	if (r == IO_OK)
		return play_fail(p, "the script is over, but the client sent <%s>",
			log_vis(buf_data(&p->io.ib), buf_left(&p->io.ib)));
	return play_fail(p, "the script is over, but the client did not close: %s", p->io.why);
}

struct loop {
	size_t at;
	long left; /* -1: without end */
};

/* The index of the step that follows `repeat` or `end`. */
static size_t
turn(const struct step *steps, size_t i, struct loop *loops, size_t *depth)
{
	const struct step *s = &steps[i];
	struct loop *l;

	if (strcmp(s->kind->word, "repeat") == 0) {
		l = &loops[(*depth)++];
		l->at = i;
		l->left = strcmp(s->text, "*") == 0 ? -1 : (int)play_number(s, 0, 100000000, NULL);
	} else {
		i = s->match;
		l = &loops[*depth - 1];
		l->left -= l->left > 0;
	}
	if (l->left != 0)
		return i + 1;
	(*depth)--;
	return steps[i].match + 1;
}

static int
run_step(struct play *p, const struct step *s, bool endless)
{
	int r = 0;

	/* In an endless loop the client may close at the beginning of each round. */
	if (endless && buf_left(&p->io.ib) == 0) {
		r = play_io(p, io_flush(&p->io), "writing");
		if (r == 0 && io_fill(&p->io, -1) == IO_EOF) {
			p->gone = true;
			return 1;
		}
	}
	if (r == 0 && !s->kind->keeps)
		r = play_io(p, io_flush(&p->io), "writing");
	return r == 0 ? s->kind->run(p, s) : r;
}

static int
run_steps(struct play *p, const struct section *sec)
{
	const struct step *steps = p->script->steps;
	struct loop loops[16];
	size_t depth = 0, i = sec->first;
	bool fresh = false;
	int r;

	while (i < sec->past) {
		if (steps[i].kind->run == NULL) {
			i = turn(steps, i, loops, &depth);
			fresh = depth > 0 && loops[depth - 1].left < 0 &&
				i == loops[depth - 1].at + 1;
			continue;
		}
		r = run_step(p, &steps[i], fresh);
		fresh = false;
		if (r != 0) {
			if (r < 0)
				log_verdict("FAIL line %d: %s", steps[i].line, p->why);
			return r;
		}
		i++;
	}
	r = play_io(p, io_flush(&p->io), "writing");
	if (r < 0)
		log_verdict("FAIL line %d: %s", i > sec->first ? steps[i - 1].line : 0, p->why);
	return r;
}

static bool
starts_with_tls(const struct play *p, const struct section *sec)
{
	const struct step *first = &p->script->steps[sec->first];

	return p->implicit &&
	       !(sec->first < sec->past && strcmp(first->kind->word, "tlsfail") == 0);
}

int
play_section(struct play *p, const struct section *sec)
{
	int r = 0;

	if (starts_with_tls(p, sec) && tls_accept(&p->io, p->tls) != IO_OK) {
		log_verdict("FAIL line 0: TLS handshake: %s", p->io.why);
		r = -1;
	}
	if (r == 0)
		r = run_steps(p, sec);
	if (r == 0 && (r = wind_up(p)) < 0)
		log_verdict("FAIL line %d: %s",
			sec->past > sec->first ? p->script->steps[sec->past - 1].line : 0, p->why);
	if (!p->closed)
		io_close(&p->io, true, false);
	return r < 0 ? -1 : 0;
}
