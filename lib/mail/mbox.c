#include "mail/mbox.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "mail/date.h"

static const char from_[] = "From ";

enum verdict {
	NO,
	YES,
	OPEN, /* the span ended before the result was known */
};

/* Continue the comparison at p; *next is set to the first octet not looked at. */
static enum verdict
look(struct mbox_prefix *x, const char *p, const char *end, const char **next)
{
	for (*next = p; *next < end; ++*next) {
		if (x->from == 0 && **next == '>')
			x->quotes++;
		else if (**next != from_[x->from])
			return NO;
		else if (++x->from == sizeof from_ - 1)
			return ++*next, YES;
	}
	return OPEN;
}

static int
put(struct sink *out, const char *p, size_t n, struct err *e)
{
	return out != NULL && n != 0 ? sink_write(out, p, n, e) : 0;
}

/* Write what was seen of a prefix. */
static int
put_prefix(const struct mbox_prefix *x, struct sink *out, struct err *e)
{
	static const char many[] = ">>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>";
	uint64_t left = x->quotes;

	while (left != 0) {
		size_t n = left < sizeof many - 1 ? (size_t)left : sizeof many - 1;

		if (put(out, many, n, e) < 0)
			return -1;
		left -= n;
	}
	return put(out, from_, x->from, e);
}

static bool
is_open(const struct mbox_prefix *x)
{
	return x->quotes != 0 || x->from != 0;
}

/* Return the position after the line at p, or end. *whole: the line has its LF. */
static const char *
skip_line(const char *p, const char *end, bool *whole)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	*whole = nl != NULL;
	return nl != NULL ? nl + 1 : end;
}

/* Return the position after the line at p and after the following lines that cannot need quoting. */
static const char *
skip_lines(const char *p, const char *end, bool *whole)
{
	const char *nl = text_find_pair(p, end, '\n', 'F', '>');

	*whole = nl != NULL || end[-1] == '\n';
	return nl != NULL ? nl + 1 : end;
}

static int
quote_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct mbox_quote *q = (struct mbox_quote *)s;
	const char *end = n != 0 ? p + n : p, *run = p, *line;

	while (p < end) {
		struct mbox_prefix before = q->prefix;
		enum verdict v = NO;

		line = p;
		if (q->bol)
			v = look(&q->prefix, line, end, &p);
		if (v == OPEN) {
			end = line;
			break;
		}
		if (v == YES || is_open(&before)) {
			if (put(q->out, run, (size_t)(line - run), e) < 0 ||
				put(q->out, ">", v == YES, e) < 0 ||
				put_prefix(&before, q->out, e) < 0)
				return -1;
			run = line;
		}
		q->prefix = (struct mbox_prefix){0};
		p = skip_lines(p, end, &q->bol);
	}
	return put(q->out, run, (size_t)(end - run), e);
}

void
mbox_quote_init(struct mbox_quote *q, struct sink *out)
{
	*q = (struct mbox_quote){.sink = {quote_write}, .bol = true, .out = out};
}

int
mbox_quote_finish(struct mbox_quote *q, struct err *e)
{
	bool ended = q->bol && !is_open(&q->prefix);

	if (put_prefix(&q->prefix, q->out, e) < 0 || put(q->out, "\n", !ended, e) < 0)
		return -1;
	return put(q->out, "\n", 1, e);
}

void
mbox_from_line(const char *from, time_t date, struct buf *out)
{
	size_t begin;

	if (from == NULL || *from == '\0')
		from = "MAILER-DAEMON";
	buf_adds(out, from_);
	begin = out->len;
	buf_adds(out, from);
	for (char *p = out->data + begin; *p != '\0'; p++)
		if ((unsigned char)*p <= 32 || *p == 127)
			*p = '-';
	buf_addc(out, ' ');
	date_asctime(date, out);
	buf_addc(out, '\n');
}

enum {
	START,     /* before the first From_ line */
	FROM_LINE, /* in a From_ line */
	BOL,       /* at the beginning of a line of a message, or a few octets after it */
	LINE,      /* later in a line of a message */
};

/* Write what was held back: it is part of the message. */
static int
release(struct mbox_split *m, struct sink *out, struct err *e)
{
	int result = put(out, m->blank == 2 ? "\r\n" : "\n", m->blank, e);

	if (result == 0)
		result = put(out, "\r", m->cr, e);
	if (result == 0)
		result = put_prefix(&m->prefix, out, e);
	m->blank = 0;
	m->cr = false;
	m->prefix = (struct mbox_prefix){0};
	return result;
}

/* A From_ line has begun, which ends the message before it; p is after "From ". */
static void
begin(struct mbox_split *m, const char *start, const char *p)
{
	m->begin = m->next;
	m->end = m->next = m->at + (uint64_t)(p - start) - (sizeof from_ - 1);
	m->blank = 0;
	m->prefix = (struct mbox_prefix){0};
	m->state = FROM_LINE;
}

/* At the beginning of a line, if octets are held back, or the next one may begin a From_ line. */
static int
line_start(struct mbox_split *m, const char *start, const char **p, const char *end,
	struct sink *out, struct err *e)
{
	enum verdict v;

	if (**p == '\n' && !is_open(&m->prefix)) {
		bool cr = m->cr;

		m->cr = false;
		if (release(m, out, e) < 0)
			return -1;
		m->blank = cr ? 2 : 1;
		++*p;
		return MBOX_MORE;
	}
	if (**p == '\r' && !m->cr && !is_open(&m->prefix)) {
		m->cr = true;
		++*p;
		return MBOX_MORE;
	}
	v = m->cr ? NO : look(&m->prefix, *p, end, p);
	if (v == OPEN)
		return MBOX_MORE;
	if (v == YES && m->prefix.quotes == 0 && m->blank != 0) {
		begin(m, start, *p);
		return MBOX_END;
	}
	if (v == YES && m->prefix.quotes != 0)
		m->prefix.quotes--;
	m->state = LINE;
	return release(m, out, e);
}

/* Before the first message. */
static int
file_start(struct mbox_split *m, const char *start, const char **p, const char *end, struct err *e)
{
	enum verdict v;

	while (*p < end && !is_open(&m->prefix) && (**p == '\n' || **p == '\r'))
		++*p;
	v = look(&m->prefix, *p, end, p);
	if (v == NO || m->prefix.quotes != 0)
		return err_set(e, EX_DATAERR, "not an mbox file: it does not start with \"From \"");
	if (v == YES)
		begin(m, start, *p);
	return 0;
}

static bool
is_plain(const struct mbox_split *m, char c)
{
	return m->blank == 0 && !m->cr && !is_open(&m->prefix) && c != '>' && c != 'F' &&
	       c != '\r' && c != '\n';
}

/* Skip lines that cannot be From_ lines: only their LFs are looked for. */
static const char *
plain_lines(struct mbox_split *m, const char *p, const char *end)
{
	bool whole;

	do {
		p = skip_line(p, end, &whole);
		m->state = whole ? BOL : LINE;
	} while (p < end && is_plain(m, *p));
	return p;
}

int
mbox_split(struct mbox_split *m, const char *p, size_t n, size_t *used, struct sink *out,
	struct err *e)
{
	const char *start = p, *end = n != 0 ? p + n : p, *run;
	int result = MBOX_MORE;
	bool whole;

	while (p < end && result == MBOX_MORE) {
		if (m->state == START) {
			result = file_start(m, start, &p, end, e);
		} else if (m->state == FROM_LINE) {
			p = skip_line(p, end, &whole);
			m->state = whole ? BOL : FROM_LINE;
		} else if (m->state == BOL && !is_plain(m, *p)) {
			result = line_start(m, start, &p, end, out, e);
		} else {
			run = p;
			p = plain_lines(m, p, end);
			result = put(out, run, (size_t)(p - run), e);
		}
	}
	*used = (size_t)(p - start);
	m->at += *used;
	return result;
}

void
mbox_split_init(struct mbox_split *m)
{
	*m = (struct mbox_split){.state = START};
}

int
mbox_split_finish(struct mbox_split *m, struct sink *out, struct err *e)
{
	if (m->state == START)
		return is_open(&m->prefix)
			       ? err_set(e, EX_DATAERR,
					 "not an mbox file: it ends within its first From_ line")
			       : MBOX_MORE;
	if ((m->cr || is_open(&m->prefix)) && release(m, out, e) < 0)
		return -1;
	m->begin = m->next;
	m->end = m->next = m->at;
	m->state = START;
	return MBOX_END;
}
