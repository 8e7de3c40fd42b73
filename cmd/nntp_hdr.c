/* nntp verb hdr: one header field of many articles, by HDR or the older XHDR. */
#include <string.h>

#include "base/text.h"
#include "cmd/operands.h"
#include "cmd/nntp_passed.h"
#include "cmd/sandbox.h"
#include "cmd/nntp_run.h"
#include "cmd/nntp_verbs.h"
#include "cmd/print.h"
#include "mail/msgid.h"
#include "wire/block.h"

struct hdr {
	const char *field, *group;
	struct nntp_spec spec;
	uint64_t lines;
	struct nntp_passed passed;
};

/* A line that is only this: XHDR found no article (RFC 2980, section 2.6). */
#define NONE "(none)"

/* "number value": XHDR has a message-id where HDR has 0 (RFC 2980, section 2.6). */
static int
print_line(struct session *s, struct hdr *h, const char *p, size_t n, struct err *e)
{
	const char *space = memchr(p, ' ', n), *end = p + n;
	size_t len = space != NULL ? (size_t)(space - p) : n;
	const char *value = space != NULL ? space + 1 : end;
	uint64_t number;
	struct field f[2];

	if (text_number(p, len, NNTP_NUMBER_MAX, &number))
		f[0] = field_num("number", p, len);
	else if (len > 2 && len <= MSGID_MAX && p[0] == '<')
		f[0] = field_num("number", "0", 1);
	else if (len > MSGID_MAX && p[0] == '<') {
		nntp_warn_long_id(s, "HDR", p, n);
		return 0;
	} else {
		nntp_odd_line(nntp_of(s), "HDR: a line without an article number", p, n, e);
		nntp_pass_over(s, &h->passed, e);
		return 0;
	}
	h->lines++;
	f[1] = field_p("value", value, (size_t)(end - value));
	return out_record(s->out, '\t', f, 2, e);
}

static int
print_lines(struct session *s, struct hdr *h, struct err *e)
{
	uint64_t most = nntp_lines_max(&h->spec), seen = 0;
	size_t n;
	char *p;
	int rc;

	while ((rc = block_line(s->c.conn, &p, &n, e)) == 1) {
		if (seen++ == most)
			return nntp_bad_line(nntp_of(s),
				"HDR: far more lines than articles in the range", p, n, e);
		if (n == strlen(NONE) && memcmp(p, NONE, n) == 0)
			continue;
		if (print_line(s, h, p, n, e) == -1)
			return conn_fail(s->c.conn, e);
	}
	return rc;
}

static int
put_hdr(struct session *s, const struct hdr *h, struct err *e)
{
	struct buf range = {0};
	int rc;

	nntp_spec_text(&h->spec, &range);
	rc = cmdq_put(s->c.q, NNTP_CMD, e, "%s %s%s%s", nntp_of(s)->old_hdr ? "XHDR" : "HDR",
		h->field, range.len != 0 ? " " : "", buf_str(&range));
	buf_free(&range);
	return rc;
}

static int
take_group(struct session *s, const struct hdr *h, struct err *e)
{
	int rc;

	if (h->group == NULL)
		return 0;
	rc = nntp_take_group(nntp_of(s), e);
	nntp_note(s);
	return rc;
}

static int
go_hdr(struct session *s, void *job, struct err *e)
{
	struct hdr *h = job;
	struct nntp *n = nntp_of(s);
	int good = n->old_hdr ? 221 : 225;

	if (h->group != NULL && cmdq_put(s->c.q, NNTP_CMD, e, "GROUP %s", h->group) == -1)
		return -1;
	if (!s->c.q->pipelining && take_group(s, h, e) == -1)
		return -1;
	if (put_hdr(s, h, e) == -1 || (s->c.q->pipelining && nntp_ride_quit(s, e) == -1))
		return -1;
	if (s->c.q->pipelining && take_group(s, h, e) == -1)
		return -1;
	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	nntp_note(s);
	/* Some answer HDR with XHDR's code. */
	if (n->r.code == good || n->r.code == 221) {
		sandbox_last_dial(s);
		return print_lines(s, h, e);
	}
	if (n->old_hdr || (n->r.code != 500 && n->r.code != 400))
		return nntp_fail(n, e);
	n->old_hdr = true;
	return nntp_fail_older(n, e);
}

int
nntp_hdr_run(struct session *s, const struct args *a, struct err *e)
{
	const struct operand *range = operand_find(a, "RANGE|MSGID");
	struct hdr h = {.field = operand_word(a, "FIELD"),
		.group = operand_word(a, "GROUP"),
		.spec = {.first = 1, .last = NNTP_NUMBER_MAX}};
	int rc;

	if (range != NULL)
		h.spec = range->spec;
	h.spec.current = range == NULL && h.group == NULL;
	rc = nntp_run(s, go_hdr, &h, e);
	if (rc == 0 && h.lines == 0)
		rc = err_set(e, EX_NO, "HDR: no such articles");
	return nntp_passed_end(s, &h.passed, rc, e);
}
