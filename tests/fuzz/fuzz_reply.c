/* Replies, then a block, from one stream of octets: accepted input fits the rules, other input ends the connection. */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "wire/block.h"
#include "wire/reply.h"

/* A connection on which these octets have arrived, followed by end of file. */
static struct conn *
heard(const char *p, size_t n)
{
	struct conn *c = mem_zalloc(sizeof *c);

	c->fd = -1;
	c->cap = n + 1;
	c->in = mem_alloc(c->cap);
	memcpy(c->in, p, n);
	c->to = n;
	c->eof = true;
	return c;
}

/* Read the block at the beginning as a whole and line by line: content and remaining octets are the same. */
static void
blocks(const char *p, size_t n)
{
	struct conn *whole = heard(p, n), *lines = heard(p, n);
	struct buf a = {0}, b = {0};
	struct buf_sink to;
	struct err e = {0};
	uint64_t octets = 0;
	char *line;
	size_t len;
	int rc, each;

	buf_sink_init(&to, &a, SIZE_MAX);
	rc = block_read(whole, &to.sink, BLOCK_CRLF, &octets, &e);
	while ((each = block_line(lines, &line, &len, &e)) == 1) {
		buf_add(&b, line, len);
		buf_add(&b, "\r\n", 2);
	}
	MUST(rc == each && whole->dead == (rc == -1) && lines->dead == (rc == -1));
	if (rc == 0) {
		MUST(octets == a.len && a.len == b.len);
		MUST(a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
		MUST(whole->to - whole->from == lines->to - lines->from);
	}
	conn_close(whole);
	conn_close(lines);
	buf_free(&a);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct reply_rule rules[] = {
		{reply_judge_smtp, 200}, {reply_judge_nntp, 100}, {reply_judge_pop, 100}};
	const char *p = (const char *)data + 1;
	const struct reply_rule *rule;
	struct reply r = {0};
	struct err e = {0};
	struct conn *c;

	if (n == 0)
		return 0;
	rule = &rules[data[0] % 3];
	c = heard(p, n - 1);
	while (reply_read(c, rule, 0, &r, &e) == 0) {
		MUST(r.code != 0 && r.text.len <= rule->limit && !c->dead);
		MUST(strlen(reply_words(&r)) <= r.text.len);
	}
	MUST(c->dead && (e.status == EX_PROTOCOL || e.status == EX_TEMPFAIL));
	reply_free(&r);
	conn_close(c);
	blocks(p, n - 1);
	return 0;
}
