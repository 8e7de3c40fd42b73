#include "wire/reply.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"
#include "wire/secrets.h"

/* The number of octets of an invalid line that the error shows. */
#define SHOWN 120

static int
garbage(struct conn *c, const char *line, size_t n, struct err *e)
{
	c->dead = true;
	return err_set(e, EX_PROTOCOL, "the server sent an invalid reply: %.*s%s",
		(int)(n < SHOWN ? n : SHOWN), line, n < SHOWN ? "" : "…");
}

/* Is the text of a reply with this code data of the exchange (a SASL challenge, RFC 4643's 283)? */
static bool
carries_data(int code)
{
	return code == 'c' || code == 283 || code / 100 == 3;
}

/* The next line, but not the "." of a compressed block that also ended in its compressed data. */
static int
next_line(struct conn *c, size_t limit, int64_t until, char **line, size_t *n, struct err *e)
{
	int rc = conn_line(c, limit, until, line, n, e);

	if (rc == 0 && c->dot_may_follow && *n == 1 && **line == '.')
		rc = conn_line(c, limit, until, line, n, e);
	c->dot_may_follow = false;
	return rc;
}

int
reply_read(struct conn *c, const struct reply_rule *rule, int64_t until, struct reply *r,
	struct err *e)
{
	enum reply_kind kind;

	buf_clear(&r->text);
	r->code = 0;
	do {
		/* The LF that joins two lines counts, too. */
		size_t left = rule->limit - r->text.len - (r->text.len != 0);
		int code = 0;
		char *line;
		size_t n;

		if (next_line(c, left, until, &line, &n, e) == -1)
			return -1;
		kind = rule->judge(line, n, r->code, &code);
		trace_line(c->trace, TRACE_COMMANDS, '<', line, n);
		if (c->hides && !(kind != REPLY_BAD && carries_data(code)))
			n = secrets_hide(line, n);
		if (kind == REPLY_BAD)
			return garbage(c, line, n, e);
		r->code = code;
		if (r->text.len != 0)
			buf_addc(&r->text, '\n');
		buf_add(&r->text, line, n);
		if (r->text.len >= rule->limit && kind == REPLY_MORE) {
			c->dead = true;
			return err_set(e, EX_PROTOCOL,
				"the server sent a reply of more than %zu octets", rule->limit);
		}
	} while (kind == REPLY_MORE);
	return 0;
}

void
reply_free(struct reply *r)
{
	buf_free(&r->text);
}

const char *
reply_words(const struct reply *r)
{
	const char *s = buf_str(&r->text);

	if (r->code > 99)
		s += 3;
	else if (*s != '\0')
		s += r->code == '+' ? 3 : r->code == '-' ? 4 : 1;
	if (*s == ' ' || *s == '-')
		s++;
	return s;
}

static int
three_digits(const char *line, size_t n)
{
	if (n < 3 || line[0] < '1' || line[0] > '5' || !text_is_digit(line[1]) ||
		!text_is_digit(line[2]))
		return 0;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

enum reply_kind
reply_judge_smtp(const char *line, size_t n, int first, int *code)
{
	/* Lines of one reply may differ in their codes: reply_read keeps the last (postscreen: 220-, then 421). */
	(void)first;
	*code = three_digits(line, n);
	if (*code < 200 || memchr(line, '\0', n) != NULL)
		return REPLY_BAD;
	if (n == 3 || line[3] == ' ')
		return REPLY_LAST;
	return line[3] == '-' ? REPLY_MORE : REPLY_BAD;
}

enum reply_kind
reply_judge_nntp(const char *line, size_t n, int first, int *code)
{
	(void)first;
	*code = three_digits(line, n);
	if (*code == 0 || (n > 3 && line[3] != ' ') || memchr(line, '\0', n) != NULL)
		return REPLY_BAD;
	return REPLY_LAST;
}

static bool
starts_as(const char *line, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && text_same_n(line, len, word) && (n == len || line[len] == ' ');
}

enum reply_kind
reply_judge_pop(const char *line, size_t n, int first, int *code)
{
	(void)first;
	if (memchr(line, '\0', n) != NULL)
		return REPLY_BAD;
	if (starts_as(line, n, "+OK"))
		*code = '+';
	else if (starts_as(line, n, "-ERR"))
		*code = '-';
	else if (n >= 1 && line[0] == '+' && (n == 1 || line[1] == ' '))
		*code = 'c';
	else
		return REPLY_BAD;
	return REPLY_LAST;
}
