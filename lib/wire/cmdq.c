#include "wire/cmdq.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"
#include "wire/secrets.h"

static void
fill(struct cmdq_entry *en, int tag, size_t octets, const char *shown, int64_t wait)
{
	size_t n = strlen(shown);

	en->tag = tag;
	en->discard = en->quit = false;
	en->octets = octets;
	en->wait = wait;
	en->shown = n < sizeof en->small ? NULL : mem_strdup(shown);
	if (n < sizeof en->small)
		memcpy(en->small, shown, n + 1);
}

static const char *
shown_of(const struct cmdq_entry *en)
{
	return en->shown != NULL ? en->shown : en->small;
}

struct cmdq *
cmdq_new(struct conn *c, const struct reply_rule *rule)
{
	struct cmdq *q = mem_zalloc(sizeof *q);

	q->conn = c;
	q->rule = rule;
	q->filling = true;
	q->window = CMDQ_WINDOW;
	q->quit_wait = CMDQ_QUIT_MS;
	q->size = 64;
	q->ring = mem_resize(NULL, q->size, sizeof *q->ring);
	fill(&q->answered, 0, 0, "greeting", 0);
	return q;
}

void
cmdq_free(struct cmdq *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < q->count; i++)
		free(q->ring[(q->first + i) & (q->size - 1)].shown);
	free(q->ring);
	free(q->answered.shown);
	buf_free(&q->line);
	free(q);
}

bool
cmdq_room(struct cmdq *q)
{
	if (!q->pipelining)
		return q->count == 0;
	if (q->octets >= q->window)
		q->filling = false;
	else if (q->octets <= q->window / 2)
		q->filling = true;
	return q->filling;
}

static void
grow(struct cmdq *q)
{
	struct cmdq_entry *bigger = mem_resize(NULL, q->size * 2, sizeof *bigger);

	for (size_t i = 0; i < q->count; i++)
		bigger[i] = q->ring[(q->first + i) & (q->size - 1)];
	free(q->ring);
	q->ring = bigger;
	q->first = 0;
	q->size *= 2;
}

static void
push(struct cmdq *q, int tag, size_t octets, const char *shown, int64_t wait)
{
	if (q->count == q->size)
		grow(q);
	if (q->count == 0)
		conn_begin_pipeline(q->conn);
	fill(&q->ring[(q->first + q->count++) & (q->size - 1)], tag, octets, shown, wait);
	q->octets += octets;
}

int
cmdq_check_unsolicited(struct cmdq *q, struct err *e)
{
	struct conn *c = q->conn;
	size_t n;
	char *p, *cr;

	if (q->count != 0 || c->dead || !conn_poll_input(c, e))
		return 0;
	p = conn_data(c, &n);
	if (c->dot_may_follow && n >= 3 && memcmp(p, ".\r\n", 3) == 0) {
		conn_skip(c, 3);
		c->dot_may_follow = false;
		p = conn_data(c, &n);
	}
	if (n == 0 || (n >= 3 && (memcmp(p, "421", 3) == 0 || memcmp(p, "400", 3) == 0)))
		return 0;
	c->dead = true;
	n = secrets_hide(p, n);
	cr = memchr(p, '\r', n);
	n = cr != NULL ? (size_t)(cr - p) : n;
	/* POP3 has no code for "closing". Read as the reply to the next command, -ERR would mean something else. */
	if (n >= 4 && memcmp(p, "-ERR", 4) == 0)
		return err_set(e, EX_TEMPFAIL, "the server ended the session: %.*s",
			(int)(n < 512 ? n : 512), p);
	return err_set(e, EX_PROTOCOL, "the server sent an unsolicited reply: %.*s",
		(int)(n < 80 ? n : 80), p);
}

/* The secret is the part of text after the prefix that text and shown share. */
static void
keep_secret(struct cmdq *q, const char *shown, const char *text, size_t n)
{
	size_t same = 0;

	while (same < n && shown[same] == text[same])
		same++;
	secrets_add(text + same, n - same);
	q->conn->hides = true;
}

/* Servers truncate or refuse a command that is longer than the limit of its protocol. */
static int
check_length(size_t limit, const char *shown, size_t n, struct err *e)
{
	if (limit == 0 || n + 2 <= limit)
		return 0;
	return err_set(e, EX_DATAERR, "%.40s...: a command of %zu octets, the limit is %zu", shown,
		n + 2, limit);
}

int
cmdq_fits(const struct reply_rule *rule, const char *shown, size_t n, struct err *e)
{
	return check_length(rule->command, shown, n, e);
}

/* CR, LF or NUL in a command would begin another command. */
static int
check_text(struct cmdq *q, const char *shown, const char *text, size_t n, struct err *e)
{
	size_t limit = q->rule->command != 0 ? q->rule->command + q->room : 0;

	q->room = 0;
	if (text_has_eol(text, n))
		return err_set(e, EX_DATAERR, "%.40s: CR, LF or NUL in a command", shown);
	return check_length(limit, shown, n, e);
}

int
cmdq_put_secret(
	struct cmdq *q, int tag, const char *shown, const char *text, size_t n, struct err *e)
{
	if (check_text(q, shown, text, n, e) == -1)
		return -1;
	if (cmdq_check_unsolicited(q, e) == -1)
		return -1;
	if (shown != text)
		keep_secret(q, shown, text, n);
	push(q, tag, n + 2, shown, 0);
	q->ring[(q->first + q->count - 1) & (q->size - 1)].quit = text_same_n(text, n, "QUIT");
	trace_line(q->conn->trace, TRACE_COMMANDS, '>', shown, strlen(shown));
	/* Both are queued and written together. A lost connection is reported when the reply is read. */
	if (conn_write(q->conn, text, n, e) == -1 || conn_write(q->conn, "\r\n", 2, e) == -1)
		return -1;
	return 0;
}

int
cmdq_vput(struct cmdq *q, int tag, struct err *e, const char *fmt, va_list ap)
{
	char small[1024], *text = small;
	va_list again;
	int n, rc;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof small, fmt, ap);
	if (n >= (int)sizeof small) {
		text = mem_alloc((size_t)n + 1);
		vsnprintf(text, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	rc = cmdq_put_secret(q, tag, text, text, (size_t)n, e);
	if (text != small)
		free(text);
	return rc;
}

int
cmdq_put(struct cmdq *q, int tag, struct err *e, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = cmdq_vput(q, tag, e, fmt, ap);
	va_end(ap);
	return rc;
}

int
cmdq_put_number(
	struct cmdq *q, int tag, const char *word, uint64_t number, const char *rest, struct err *e)
{
	struct buf *line = cmdq_line(q);

	buf_adds(line, word);
	buf_addc(line, ' ');
	buf_addu(line, number);
	if (rest != NULL) {
		buf_addc(line, ' ');
		buf_adds(line, rest);
	}
	return cmdq_put_secret(q, tag, line->data, line->data, line->len, e);
}

struct buf *
cmdq_line(struct cmdq *q)
{
	buf_clear(&q->line);
	return &q->line;
}

void
cmdq_put_data(struct cmdq *q, int tag, const char *shown, int64_t wait)
{
	push(q, tag, 0, shown, wait);
}

void
cmdq_discard_reply(struct cmdq *q)
{
	if (q->count > 0)
		q->ring[(q->first + q->count - 1) & (q->size - 1)].discard = true;
}

void
cmdq_set_wait(struct cmdq *q, int64_t wait)
{
	if (q->count > 0)
		q->ring[(q->first + q->count - 1) & (q->size - 1)].wait = wait;
}

/* Remove the oldest entry. Its command stays valid for cmdq_answered. */
static void
pop(struct cmdq *q, int *tag)
{
	struct cmdq_entry *head = &q->ring[q->first];

	free(q->answered.shown);
	q->answered = *head;
	q->octets -= head->octets;
	if (tag != NULL)
		*tag = head->tag;
	q->first = (q->first + 1) & (q->size - 1);
	q->count--;
}

void
cmdq_owe_again(struct cmdq *q, int tag)
{
	if (q->count == q->size)
		grow(q);
	q->first = (q->first - 1) & (q->size - 1);
	fill(&q->ring[q->first], tag, 0, cmdq_answered(q), 0);
	q->count++;
}

/* Read the next reply; *discard: it was put with cmdq_discard_reply and is dropped. */
static int
read_one(struct cmdq *q, struct reply *r, int *tag, bool *discard, struct err *e)
{
	struct conn *c = q->conn;
	int64_t wait;

	if (q->count == 0) {
		c->dead = true;
		return err_set(e, EX_PROTOCOL, "the server sent an unsolicited reply");
	}
	/* Half of the window was free and has been filled again: write it now, in one write. */
	if (c->out.len > c->sent && !c->dead && conn_push(c, e) == -1)
		return -1;
	wait = q->ring[q->first].wait;
	if (q->ring[q->first].quit && c->timeout > q->quit_wait)
		c->timeout = q->quit_wait;
	if (reply_read(c, q->rule, wait != 0 ? wait_now() + wait : 0, r, e) == -1) {
		err_prefix(e, "%.200s", shown_of(&q->ring[q->first]));
		return -1;
	}
	*discard = q->ring[q->first].discard;
	pop(q, tag);
	return 0;
}

int
cmdq_reply(struct cmdq *q, struct reply *r, int *tag, struct err *e)
{
	bool discard = false;

	do
		if (read_one(q, r, tag, &discard, e) == -1)
			return -1;
	while (discard);
	return 0;
}

int
cmdq_ask(struct cmdq *q, struct reply *r, struct err *e, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = cmdq_vput(q, 0, e, fmt, ap);
	va_end(ap);
	return rc == 0 ? cmdq_reply(q, r, NULL, e) : -1;
}

const char *
cmdq_answered(const struct cmdq *q)
{
	return shown_of(&q->answered);
}
