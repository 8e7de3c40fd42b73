#include "wire/dot.h"

#include <string.h>

void
dot_begin(struct dot *d, bool lf, size_t max_line)
{
	*d = (struct dot){.state = DOT_BOL, .lf = lf, .max_line = max_line};
}

/* Count n octets of content that do not end a line. */
static int
take(struct dot *d, size_t n, struct err *e)
{
	d->octets += n;
	d->line += n;
	if (d->max_line != 0 && d->line > d->max_line)
		return err_set(e, EX_PROTOCOL, "a line of more than %zu octets", d->max_line);
	return 0;
}

/* Count the CR LF at the end of a line. */
static void
take_eol(struct dot *d)
{
	d->octets += 2;
	d->line = 0;
	d->state = DOT_BOL;
}

/*
 * Decode one octet at the start of a span that begins inside CR LF "." CR LF; *took: the octet was
 * consumed.
 */
static int
step(struct dot *d, char c, bool *took, struct sink *to, struct err *e)
{
	*took = true;
	switch (d->state) {
	case DOT_BOL_DOT:
		if (c == '\r')
			d->state = DOT_BOL_DOT_CR;
		else {
			d->state = DOT_TEXT; /* the dot was stuffing */
			*took = false;
		}
		return 0;
	case DOT_BOL_DOT_CR:
		if (c == '\n')
			return 1;
		d->state = DOT_CR; /* the dot was stuffing, the CR is data unless LF follows */
		*took = false;
		return 0;
	case DOT_CR:
		if (c == '\n') {
			take_eol(d);
			return d->lf ? sink_write(to, "\n", 1, e) : sink_write(to, "\r\n", 2, e);
		}
		d->state = c == '\r' ? DOT_CR : DOT_TEXT;
		*took = c == '\r';
		return take(d, 1, e) == -1 ? -1 : sink_write(to, "\r", 1, e);
	case DOT_BOL:
	case DOT_TEXT: break;
	}
	return 0;
}

/* A span that is decoded in place: content moves forward over removed octets. */
struct run {
	char *in, *end; /* not yet looked at */
	char *out;      /* where decoded content is written next */
};

/* Move on up to and with the next LF, or to the end: was there one? */
static bool
move_line(struct run *r)
{
	const char *lf = memchr(r->in, '\n', (size_t)(r->end - r->in));
	size_t n = (size_t)((lf != NULL ? lf + 1 : r->end) - r->in);

	if (r->out != r->in)
		memmove(r->out, r->in, n);
	r->in += n;
	r->out += n;
	return lf != NULL;
}

/* At a dot that begins a line: 1: the block has ended; 0: it was stuffing, or the span has ended. */
static int
line_dot(struct dot *d, struct run *r)
{
	size_t n = (size_t)(r->end - r->in);

	if (n > 2 && r->in[1] == '\r' && r->in[2] == '\n') {
		r->in += 3;
		return 1;
	}
	if (n == 1)
		d->state = DOT_BOL_DOT;
	else if (n == 2 && r->in[1] == '\r')
		d->state = DOT_BOL_DOT_CR;
	else
		d->state = DOT_TEXT;
	r->in += d->state == DOT_BOL_DOT_CR ? 2 : 1;
	return 0;
}

/* Text up to and with the next LF, which need not end the line: a bare one is data. */
static int
text(struct dot *d, struct run *r, struct err *e)
{
	char *begin = r->out;
	bool lf = move_line(r), cr;
	size_t n = (size_t)(r->out - begin), tail = lf ? 2 : 1;

	cr = n >= tail && r->out[-(ptrdiff_t)tail] == '\r';
	if (take(d, n - (cr ? tail : 0), e) == -1) {
		r->out = begin;
		return -1;
	}
	d->state = DOT_TEXT;
	if (cr && !lf) {
		/* Hold back a CR at the end: the next octet decides whether it ends the line. */
		d->state = DOT_CR;
		r->out--;
	} else if (cr) {
		take_eol(d);
		if (d->lf)
			(--r->out)[-1] = '\n';
	}
	return 0;
}

int
dot_decode(struct dot *d, char *p, size_t n, size_t *used, struct sink *to, struct err *e)
{
	struct run r = {.in = p, .end = p + n};
	char *begin;
	int rc = 0;

	while (rc == 0 && r.in < r.end && d->state != DOT_BOL && d->state != DOT_TEXT) {
		bool took;

		rc = step(d, *r.in, &took, to, e);
		r.in += took ? 1 : 0;
	}
	begin = r.out = r.in;
	while (rc == 0 && r.in < r.end)
		rc = d->state == DOT_BOL && *r.in == '.' ? line_dot(d, &r) : text(d, &r, e);
	*used = (size_t)(r.in - p);
	if (r.out > begin && sink_write(to, begin, (size_t)(r.out - begin), e) == -1)
		return -1;
	return rc;
}
