/* nntp verbs about one group: group, listgroup. */
#include <string.h>

#include "base/text.h"
#include "cmd/operands.h"
#include "cmd/nntp_passed.h"
#include "cmd/nntp_run.h"
#include "cmd/nntp_verbs.h"
#include "cmd/print.h"
#include "wire/block.h"

static int
go_group(struct session *s, void *job, struct err *e)
{
	const char *group = job;

	if (cmdq_put(s->c.q, NNTP_CMD, e, "GROUP %s", group) == -1 || nntp_ride_quit(s, e) == -1)
		return -1;
	if (nntp_take_group(nntp_of(s), e) == -1) {
		nntp_note(s);
		return -1;
	}
	nntp_note(s);
	return 0;
}

int
nntp_group_run(struct session *s, const struct args *a, struct err *e)
{
	char *group = a->argv[0], count[21], first[21], last[21];
	const struct nntp_marks *m;
	struct field f[5];

	if (nntp_run(s, go_group, group, e) == -1)
		return -1;
	m = &nntp_of(s)->marks;
	f[0] = f[4] = field_s("group", group);
	f[0].only = FIELD_JSON;
	f[4].only = FIELD_TEXT;
	f[1] = field_u("count", m->count, count);
	f[2] = field_u("first", m->first, first);
	f[3] = field_u("last", m->last, last);
	return out_record(s->out, ' ', f, 5, e);
}

/* Print the numbers of the block that lie in the range: an old server ignores or refuses it. */
static int
print_numbers(
	struct session *s, const struct nntp_spec *range, struct nntp_passed *passed, struct err *e)
{
	struct nntp_numbers l;
	uint64_t number;
	char digits[21];
	size_t n;
	char *p;
	int rc;

	nntp_numbers_begin(&l, nntp_of(s));
	while ((rc = block_line(s->c.conn, &p, &n, e)) == 1) {
		struct field f;

		rc = nntp_numbers_line(&l, p, n, &number, e);
		if (rc == -1)
			return -1;
		if (rc == 0) {
			nntp_pass_over(s, passed, e);
			continue;
		}
		f = field_u("number", number, digits);
		if (number >= range->first && number <= range->last &&
			out_record(s->out, ' ', &f, 1, e) == -1)
			return conn_fail(s->c.conn, e);
	}
	return rc;
}

/* The group and the range; after a refusal of the range it is asked without. */
struct listgroup {
	const char *group;
	struct nntp_spec range;
	bool send_range;
};

static int
go_listgroup(struct session *s, void *job, struct err *e)
{
	struct listgroup *l = job;
	struct nntp *n = nntp_of(s);
	struct buf line = {0};
	int rc;

	buf_adds(&line, "LISTGROUP");
	if (l->group != NULL)
		buf_addf(&line, " %s", l->group);
	if (l->send_range) {
		buf_addc(&line, ' ');
		nntp_spec_text(&l->range, &line);
	}
	rc = cmdq_put(s->c.q, NNTP_LISTGROUP, e, "%s", line.data);
	buf_free(&line);
	if (rc == -1 || (!l->send_range && nntp_ride_quit(s, e) == -1))
		return -1;
	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	nntp_note(s);
	if (n->r.code == 211)
		return 0;
	nntp_fail(n, e);
	if (n->r.code == 501 && l->send_range) {
		l->send_range = false;
		n->need = NNTP_NEED_OTHER;
	}
	return -1;
}

int
nntp_listgroup_run(struct session *s, const struct args *a, struct err *e)
{
	const struct operand *range = operand_find(a, "RANGE");
	struct listgroup l = {
		.group = operand_word(a, "GROUP"), .range = {.last = NNTP_NUMBER_MAX}};
	struct nntp_passed passed = {0};
	int rc;

	if (range != NULL)
		l.range = range->spec;
	l.send_range = range != NULL && l.group != NULL;
	rc = nntp_run(s, go_listgroup, &l, e);
	if (rc == 0)
		rc = print_numbers(s, &l.range, &passed, e);
	return nntp_passed_end(s, &passed, rc, e);
}
