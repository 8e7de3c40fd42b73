/* nntp verbs that select a group or an article: group, next, last. */
#include "cmd/nntp/nntp.h"
#include "cmd/print.h"
#include "proto/nntp_read.h"

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

static int
run_move(struct session *s, const struct args *a, struct err *e)
{
	struct nntp_command command = a->verb == &nntp_next_verb ? nntp_next() : nntp_last();
	struct nntp_got got;

	if (nntp_run_command(&s->c, &command, e) == -1 ||
		nntp_parse_article(&nntp_of(&s->c)->r, true, &got, e) == -1)
		return -1;
	return nntp_print_stat(s, &got, e);
}

const struct verb nntp_next_verb = {"next", "",
	"select the next article, print number and message-id", 0, NULL, run_move, NULL,
	.group = GROUP_READ, .exits = "1 if the group has no next article",
	.example = "printf 'group misc.test\\nnext\\n' | mailnet nntp -s nntps://news.example.org "
		   "-b -"};

const struct verb nntp_last_verb = {"last", "",
	"select the previous article, print number and message-id", 0, NULL, run_move, NULL,
	.group = GROUP_READ, .exits = "1 if the group has no previous article",
	.example = "printf 'group misc.test\\nlast\\n' | mailnet nntp -s nntps://news.example.org "
		   "-b -"};
