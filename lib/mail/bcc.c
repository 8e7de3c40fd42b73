#include "mail/bcc.h"

#include <string.h>

#include "base/text.h"

/* The longest field name, with the blanks after it, in octets. A From_ line may have half as many. */
#define OPEN_MAX 2048

enum {
	BOL,       /* at the beginning of a header line */
	NAME,      /* in a field name */
	BLANK,     /* after a field name, before the colon */
	FROM_LINE, /* in one of the first lines, which start with "From " or ">From " */
	PASS,      /* in a line that is known to be written, or dropped, to its end */
	EMPTY,     /* after the CR of the empty line */
};

static int
to(struct sink *s, const char *p, size_t n, struct err *e)
{
	return s != NULL && n != 0 ? sink_write(s, p, n, e) : 0;
}

/* Write the octets that are known to belong to the message. */
static int
flush(struct bcc *b, struct err *e)
{
	size_t n = b->held;

	if (n != 0)
		b->last = b->buf[n - 1];
	if (to(b->head, b->buf, n, e) < 0)
		return -1;
	memmove(b->buf, b->buf + n, b->len - n);
	b->len -= n;
	b->held = 0;
	return 0;
}

/* Add one octet to the undecided ones. */
static int
hold(struct bcc *b, char c, struct err *e)
{
	if (b->len == sizeof b->buf && flush(b, e) < 0)
		return -1;
	b->buf[b->len++] = c;
	return 0;
}

/* One octet of a line that is known to be written or dropped. */
static int
pass(struct bcc *b, char c, struct err *e)
{
	if (b->drop)
		return 0;
	if (hold(b, c, e) < 0)
		return -1;
	b->held = b->len;
	return 0;
}

/* The message has no header, or the header has ended: write all undecided octets. */
static int
begin_body(struct bcc *b, struct err *e)
{
	if (b->has_header)
		b->held = b->len;
	b->in_body = true;
	if (flush(b, e) < 0 || to(b->body, b->buf, b->len, e) < 0)
		return -1;
	b->len = 0;
	return 0;
}

static bool
goes(const struct bcc *b, const char *name, size_t n)
{
	if (b->fields == BCC_AND_FROM && text_same_n(name, n, "From"))
		return true;
	return b->fields != BCC_NONE &&
	       (text_same_n(name, n, "Bcc") || text_same_n(name, n, "Resent-Bcc"));
}

static bool
name_is_bcc(const struct bcc *b)
{
	return goes(b, b->buf + b->held + b->name, b->name_end - b->name);
}

/*
 * A field is dropped: if the line before it ends in a bare CR, make that CR LF, or an LF after the dropped field
 * would become part of the same line end and an empty line would be lost.
 */
static int
seal(struct bcc *b, struct err *e)
{
	char last = b->held != 0 ? b->buf[b->held - 1] : b->last;

	b->len = b->held;
	if (last != '\r')
		return 0;
	if (hold(b, '\n', e) < 0)
		return -1;
	b->held = b->len;
	return 0;
}

/* The undecided octets are a field name. Drop the From_ line before it, and the field if it is one that is dropped. */
static int
decide_field(struct bcc *b, struct err *e)
{
	b->drop = name_is_bcc(b);
	if (b->drop) {
		if (seal(b, e) < 0)
			return -1;
	} else {
		size_t keep = b->len - b->held - b->name;

		memmove(b->buf + b->held, b->buf + b->held + b->name, keep);
		b->len = b->held += keep;
	}
	b->has_header = true;
	b->from = false;
	b->state = PASS;
	return 0;
}

/* A line that cannot be a field ends the header: put the empty line that is missing before it. */
static int
end_header(struct bcc *b, struct err *e)
{
	if (flush(b, e) < 0 || to(b->head, "\n\n", b->last == '\r' ? 2 : 1, e) < 0)
		return -1;
	b->unended = true;
	b->has_header = false; /* for begin_body: what is open belongs to the body */
	if (begin_body(b, e) < 0)
		return -1;
	b->has_header = true;
	return 0;
}

/* The undecided octets begin a line that is not a field: the first line of the body. */
static int
decide_other(struct bcc *b, struct err *e)
{
	return b->has_header ? end_header(b, e) : begin_body(b, e);
}

static bool
is_eol(char c)
{
	return c == '\r' || c == '\n';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_name(char c)
{
	return c > 32 && c < 127 && c != ':';
}

/* The first octet of a line. 1: it starts a field name and was not consumed. */
static int
step_bol(struct bcc *b, char c, struct err *e)
{
	/* Too many From_ lines for a header: treat them as body. */
	if (b->len - b->held > sizeof b->buf - 2 * OPEN_MAX)
		return hold(b, c, e) < 0 ? -1 : begin_body(b, e);
	if (is_blank(c) && b->has_header) {
		b->state = PASS;
		return pass(b, c, e);
	}
	if (is_eol(c) || is_blank(c)) {
		b->state = EMPTY;
		if (hold(b, c, e) < 0)
			return -1;
		return c == '\r' ? 0 : begin_body(b, e);
	}
	b->name = b->name_end = b->len - b->held;
	b->state = NAME;
	return 1;
}

/* Do the undecided octets end in the beginning of an mbox From_ line, perhaps quoted? */
static bool
is_from(const struct bcc *b)
{
	const char *line = b->buf + b->held + b->name;
	size_t n = b->name_end - b->name;

	return (n == 4 && memcmp(line, "From ", 5) == 0) ||
	       (n == 5 && memcmp(line, ">From ", 6) == 0);
}

/* Handle an octet of a field name or of the blanks after it. */
static int
step_name(struct bcc *b, char c, struct err *e)
{
	if (hold(b, c, e) < 0)
		return -1;
	if (b->state == NAME && is_name(c)) {
		b->name_end = b->len - b->held;
	} else if (c == ':' && b->name_end > b->name) {
		return decide_field(b, e);
	} else if (is_blank(c) && b->name_end > b->name) {
		b->state = BLANK;
	} else if (!b->has_header && b->state == BLANK && is_from(b)) {
		b->from = true;
		b->state = is_eol(c) ? BOL : FROM_LINE;
	} else {
		return decide_other(b, e);
	}
	if (b->len - b->held - b->name <= OPEN_MAX)
		return 0;
	/* "Bcc" followed by too many blanks is not a valid field, but dropping it is safer than sending it. */
	if (b->has_header && b->state == BLANK && name_is_bcc(b))
		return decide_field(b, e);
	return decide_other(b, e);
}

/* After the CR of the empty line: an LF belongs to the empty line, any other octet is the body's first. */
static int
step_empty(struct bcc *b, char c, struct err *e)
{
	if (c == '\n' && hold(b, c, e) < 0)
		return -1;
	if (begin_body(b, e) < 0)
		return -1;
	return c != '\n' ? to(b->body, &c, 1, e) : 0;
}

static int
step_from(struct bcc *b, char c, struct err *e)
{
	if (hold(b, c, e) < 0)
		return -1;
	if (is_eol(c))
		b->state = BOL;
	else if (b->len - b->name > OPEN_MAX / 2)
		return begin_body(b, e);
	return 0;
}

/* One octet of the header. */
static int
step(struct bcc *b, char c, struct err *e)
{
	int open = 1;

	if (b->state == EMPTY)
		return step_empty(b, c, e);
	if (c == '\n' && b->cr) { /* the rest of the line end before it */
		b->cr = false;
		return b->from ? hold(b, c, e) : pass(b, c, e);
	}
	b->cr = c == '\r';
	if (b->state == BOL)
		open = step_bol(b, c, e);
	if (open <= 0)
		return open;
	if (b->state == NAME || b->state == BLANK)
		return step_name(b, c, e);
	if (b->state == FROM_LINE)
		return step_from(b, c, e);
	if (is_eol(c))
		b->state = BOL;
	return pass(b, c, e);
}

/* At the beginning of a line, decide at once if the span contains the whole field name. */
static int
whole_name(struct bcc *b, const char *p, const char *end, struct err *e)
{
	const char *colon = p;

	if (b->len != b->held)
		return 0;
	while (colon < end && is_name(*colon))
		colon++;
	if (colon == p || colon == end || *colon != ':' || colon - p >= OPEN_MAX)
		return 0;
	b->drop = goes(b, p, (size_t)(colon - p));
	b->has_header = true;
	b->cr = false;
	b->state = PASS;
	return b->drop ? seal(b, e) : 0;
}

/* Write or skip the rest of a line that is decided, within the span. Returns its end; NULL on an error. */
static const char *
pass_line(struct bcc *b, const char *p, const char *end, struct err *e)
{
	const char *eol;
	size_t n;

	if (b->len == sizeof b->buf && flush(b, e) < 0)
		return NULL;
	n = sizeof b->buf - b->len;
	if ((size_t)(end - p) < n)
		n = (size_t)(end - p);
	if ((eol = memchr(p, '\n', n)) != NULL)
		n = (size_t)(eol - p);
	if ((eol = memchr(p, '\r', n)) != NULL)
		n = (size_t)(eol - p);
	if (!b->drop) {
		memcpy(b->buf + b->len, p, n);
		b->held = b->len += n;
	}
	return p + n;
}

static int
bcc_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct bcc *b = (struct bcc *)s;
	const char *end = n != 0 ? p + n : p;

	while (p < end && !b->in_body) {
		if (b->state == BOL && whole_name(b, p, end, e) < 0)
			return -1;
		if (b->state == PASS && !is_eol(*p))
			p = pass_line(b, p, end, e);
		else if (step(b, *p++, e) < 0)
			return -1;
		if (p == NULL)
			return -1;
	}
	if (b->in_body)
		return to(b->body, p, (size_t)(end - p), e);
	return flush(b, e);
}

void
bcc_init(struct bcc *b, struct sink *head, struct sink *body, enum bcc_fields fields)
{
	b->sink.write = bcc_write;
	b->has_header = b->in_body = b->unended = false;
	b->head = head;
	b->body = body;
	b->fields = fields;
	b->drop = b->cr = b->from = false;
	b->state = BOL;
	b->last = '\n';
	b->held = b->len = b->name = b->name_end = 0;
}

int
bcc_finish(struct bcc *b, struct err *e)
{
	if (!b->in_body && (!b->has_header || b->state == EMPTY))
		return begin_body(b, e);
	if (!b->in_body && (b->state == NAME || b->state == BLANK))
		return end_header(b, e);
	b->held = b->len;
	return flush(b, e);
}
