#include "job/article_lines.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wait.h"
#include "client/nntp_steps.h"
#include "proto/nntp_lists.h"
#include "wire/block.h"

/* The longest word of a line that names articles, in octets; no number, range or message-id is as long. */
#define WORD_LONGEST 1000

/* An idle wait of this many milliseconds is reported to the owner. */
#define IDLE_MS 1000

/* ---- lines ------------------------------------------------------------------------------------- */

/* Fields of an overview line or of HDR follow the number, each after a tab. They are ignored. */
static size_t
first_field(const char *p, size_t n)
{
	const char *tab = memchr(p, '\t', n);

	for (n = tab != NULL ? (size_t)(tab - p) : n; n > 0 && p[n - 1] == ' '; n--)
		;
	return n;
}

static int
parse(const struct article_lines *l, const char *p, size_t n, struct nntp_spec *spec, struct err *e)
{
	char word[WORD_LONGEST + 1];

	n = first_field(p, n);
	if (n > WORD_LONGEST)
		return err_set(e, EX_DATAERR, "the line names no article in its first %d octets",
			WORD_LONGEST);
	memcpy(word, p, n);
	word[n] = '\0';
	if (memchr(p, '\0', n) != NULL)
		return err_set(e, EX_DATAERR, "a NUL in the line");
	if (nntp_spec_parse(spec, word, e) == -1)
		return -1;
	if (spec->msgid == NULL && !l->numbers)
		return err_set(e, EX_USAGE, "'%s' is an article number: give its GROUP", word);
	spec->named = nntp_spec_names(spec, word);
	if (spec->msgid != NULL)
		spec->msgid = mem_strdup(word);
	return 0;
}

/* Hold the articles of the next line that names some, as line_reader_word. Malformed lines are passed over. */
static int
next_line(struct article_lines *l, int64_t until, struct err *e)
{
	const char *p;
	size_t n;
	int rc;

	for (;;) {
		rc = line_reader_word(&l->in, until, &p, &n, e);
		if (rc == LINE_READ && parse(l, p, n, &l->held, e) == -1)
			rc = err_prefix(e, "stdin:%ju", (uintmax_t)l->in.line);
		if (rc != -1 || e->status != EX_DATAERR)
			break;
		client_note(l->client, 0, "", 0); /* no reply is about this line */
		passed_add(l->passed, l->client, e);
	}
	l->holds = rc == LINE_READ;
	l->count += l->holds;
	return rc;
}

/* ---- the source -------------------------------------------------------------------------------- */

/* Of many numbers, keep those that exist: one LISTGROUP is cheaper than a command for each gap. */
static int
keep_listed(struct article_lines *l, struct nntp_specs *s, struct err *e)
{
	struct nntp *n = nntp_of(l->client);
	const char *group = buf_str(&n->group);
	int rc;

	if (nntp_specs_count(s) < NNTP_LARGE || *group == '\0')
		return 0;
	do {
		n->need = NNTP_NEED_NOTHING;
		if (nntp_put_listgroup(n, group, s, e) == -1)
			return -1;
		rc = nntp_take_listgroup(n, s, e);
	} while (rc == -1 && n->need == NNTP_NEED_OTHER);
	return rc;
}

/* Add the held articles: those that exist by the marks of the group, and are unread. */
static int
add_held(struct article_lines *l, struct nntp_specs *to, struct err *e)
{
	const struct nntp *n = nntp_of(l->client);
	struct nntp_specs one = {.list = &l->held, .n = 1}, unread = {0};
	int rc;

	if (n->in_group)
		nntp_specs_clip(&one, &n->marks);
	if (one.n != 0)
		unread_add(l->unread, &l->held, &unread);
	rc = keep_listed(l, &unread, e);
	/* If a step must be made first, the articles are added after it. */
	l->holds = rc == -1;
	for (size_t i = 0; rc == 0 && i < unread.n; i++)
		nntp_specs_add(to, unread.list[i]);
	nntp_specs_free(&unread);
	return rc;
}

/* Replies are pending: wait for a line or for one of them. */
static int
wait_for_reply(struct article_lines *l, struct err *e)
{
	struct conn *c = l->client->conn;
	int rc;

	/* A line of stdin does not extend the time that the server has to reply. */
	if (l->until == 0 || l->octets != c->octets_in)
		l->until = conn_until(c);
	l->octets = c->octets_in;
	rc = conn_wait(c, l->in.fd, l->until, e);
	if (rc != CONN_LATE)
		return rc;
	err_set(e, EX_TEMPFAIL, "timed out waiting for the server");
	return conn_fail(c, e);
}

/*
 * No reply is pending, and the server has closed the connection, perhaps after a line with the reason, or has sent
 * something else.
 */
static int
ended(struct article_lines *l, struct err *e)
{
	struct conn *c = l->client->conn;
	const char *p, *cr;
	size_t n;

	if (cmdq_check_unsolicited(l->client->q, e) == -1)
		return -1;
	p = conn_data(c, &n);
	cr = n != 0 ? memchr(p, '\r', n) : NULL;
	n = cr != NULL ? (size_t)(cr - p) : n;
	err_set(e, EX_TEMPFAIL,
		"the server closed the connection before the next line of stdin came (after line "
		"%ju)%s%.*s",
		(uintmax_t)l->in.line, n != 0 ? ": " : "", (int)(n < 512 ? n : 512), p);
	return conn_fail(c, e);
}

/* No reply is pending: wait for a line. */
static int
wait_for_line(struct article_lines *l, struct err *e)
{
	struct conn *c = l->client->conn;
	int rc;

	l->until = 0;
	if (l->idle(l, false, e) == -1)
		return -1;
	rc = conn_wait(c, l->in.fd, wait_now() + IDLE_MS, e);
	if (rc == CONN_LATE && l->idle(l, true, e) == -1)
		return -1;
	if (rc == CONN_LATE)
		rc = conn_wait(c, l->in.fd, WAIT_FOREVER, e);
	return rc == CONN_INPUT ? ended(l, e) : rc;
}

/* As next_line without waiting. A line that ends the run does so only after the replies that are pending. */
static int
next_line_or_failure(struct article_lines *l, bool pending, struct err *e)
{
	int rc = l->failure.status != 0 ? -1 : next_line(l, 0, &l->failure);

	if (rc != -1)
		return rc;
	if (pending && l->failure.status < EX_SIGNAL)
		return LINE_LATE;
	*e = l->failure;
	return -1;
}

static int
next(struct nntp_source *s, bool pending, struct nntp_specs *to, struct err *e)
{
	struct article_lines *l = (struct article_lines *)s;
	size_t before = to->n;

	while (to->n == before) {
		int rc = l->holds ? LINE_READ : next_line_or_failure(l, pending, e);

		if (rc == LINE_READ) {
			/* LISTGROUP needs a pipeline of its own. */
			if (pending && nntp_spec_count(&l->held) >= NNTP_LARGE)
				return NNTP_SOURCE_LATE;
			if (add_held(l, to, e) == -1)
				return -1;
			continue;
		}
		if (rc == LINE_LATE && l->failure.status != 0)
			return NNTP_SOURCE_LATE;
		if (rc == LINE_LATE)
			rc = pending ? wait_for_reply(l, e) : wait_for_line(l, e);
		else if (rc == LINE_END)
			return NNTP_SOURCE_END;
		if (rc != CONN_OTHER)
			return rc == CONN_INPUT ? NNTP_SOURCE_LATE : -1;
	}
	return NNTP_SOURCE_SPEC;
}

int
article_lines_begin(struct article_lines *l, struct err *e)
{
	l->source.next = next;
	l->in = (struct line_reader){.fd = STDIN_FILENO, .name = "stdin", .max = BLOCK_LINE};
	return next_line(l, WAIT_FOREVER, e);
}

void
article_lines_free(struct article_lines *l)
{
	if (l->holds)
		free((char *)(uintptr_t)l->held.msgid);
	line_reader_free(&l->in);
}
