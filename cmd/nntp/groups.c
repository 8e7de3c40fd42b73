/* nntp verbs about one group: group, listgroup, next, last. */
#include "cmd/nntp/nntp.h"
#include "cmd/print.h"
#include "proto/nntp_lists.h"
#include "proto/nntp_read.h"
#include "wire/block.h"

static int
run_group(struct session *s, const struct args *a, struct err *e)
{
	struct nntp_command group = nntp_group(args_at(a, 0));
	char count[21], first[21], last[21];
	const struct nntp_marks *m;
	struct field f[5];

	if (nntp_run_command(&s->c, &group, e) == -1)
		return -1;
	m = &nntp_of(&s->c)->marks;
	f[0] = f[4] = field_s("group", args_at(a, 0));
	f[0].only = FIELD_JSON;
	f[4].only = FIELD_TEXT;
	f[1] = field_u("count", m->count, count);
	f[2] = field_u("first", m->first, first);
	f[3] = field_u("last", m->last, last);
	return out_record(s->out, ' ', f, 5, e);
}

const struct verb nntp_group_verb = {"group", "GROUP",
	"select a group, print count, first, last and name", 0, NULL, run_group, NULL,
	.group = GROUP_LIST, .exits = "1 if no such group exists",
	.example = "mailnet nntp -s nntps://news.example.org group misc.test"};

/* Print the numbers of the block that lie in the range, since an old server may ignore or refuse the range. */
static int
print_numbers(
	struct session *s, const struct nntp_spec *range, struct passed *passed, struct err *e)
{
	struct nntp_numbers l;
	uint64_t number;
	char digits[21];
	size_t n;
	char *p;
	int rc;

	nntp_numbers_begin(&l, nntp_of(&s->c));
	while ((rc = block_line(s->c.conn, &p, &n, e)) == 1) {
		struct field f;

		rc = nntp_numbers_line(&l, p, n, &number, e);
		if (rc == -1)
			return -1;
		if (rc == 0) {
			passed_add(passed, &s->c, e);
			continue;
		}
		f = field_u("number", number, digits);
		if (number >= range->first && number <= range->last &&
			out_record(s->out, ' ', &f, 1, e) == -1)
			return conn_fail(s->c.conn, e);
	}
	return rc;
}

static int
run_listgroup(struct session *s, const struct args *a, struct err *e)
{
	const struct operand *range = operand_find(a, "RANGE");
	const char *group = operand_word(a, "GROUP");
	struct nntp_spec all = {.last = NNTP_NUMBER_MAX};
	struct nntp_command listgroup =
		nntp_listgroup(group, range != NULL && group != NULL ? &range->spec : NULL);
	struct passed passed = {0};
	int rc = nntp_run_command(&s->c, &listgroup, e);

	if (rc == 0)
		rc = print_numbers(s, range != NULL ? &range->spec : &all, &passed, e);
	return nntp_passed_end(s, &passed, rc, e);
}

const struct verb nntp_listgroup_verb = {"listgroup", "[GROUP] [RANGE]",
	"print the article numbers of a group", 0, NULL, run_listgroup, NULL, .group = GROUP_LIST,
	.exits = "1 if no such group exists",
	.example = "mailnet nntp -s nntps://news.example.org listgroup misc.test 3000-"};

static int
move(struct session *s, struct nntp_command command, struct err *e)
{
	char number[21];
	struct nntp_got got;
	struct field f[2];

	if (nntp_run_command(&s->c, &command, e) == -1 ||
		nntp_parse_article(&nntp_of(&s->c)->r, true, &got, e) == -1)
		return -1;
	f[0] = field_u("number", got.number, number);
	f[1] = field_p("message-id", got.msgid, got.msgid_len);
	return out_record(s->out, ' ', f, 2, e);
}

static int
run_next(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return move(s, nntp_next(), e);
}

const struct verb nntp_next_verb = {"next", "",
	"select the next article, print number and message-id", 0, NULL, run_next, NULL,
	.group = GROUP_READ, .exits = "1 if the group has no next article",
	.example = "printf 'group misc.test\\nnext\\n' | mailnet nntp -s nntps://news.example.org "
		   "-b -"};

static int
run_last(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return move(s, nntp_last(), e);
}

const struct verb nntp_last_verb = {"last", "",
	"select the previous article, print number and message-id", 0, NULL, run_last, NULL,
	.group = GROUP_READ, .exits = "1 if the group has no previous article",
	.example = "printf 'group misc.test\\nlast\\n' | mailnet nntp -s nntps://news.example.org "
		   "-b -"};
