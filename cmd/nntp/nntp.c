/* nntp: the table of its verbs. */
#include "cmd/run.h"
#include "cmd/common_verbs.h"
#include "cmd/nntp/nntp.h"
#include "cmd/nntp/nntp_verbs.h"
#include "cmd/session.h"

static const struct opt over_opts[] = {
	{'n', "last", "K", "only the last K numbers"},
	{'F', "fields", "FIELD,...", "only these fields, in this order"},
	{0, "decode", NULL, "encoded words (RFC 2047) to UTF-8"},
	{0, "newsrc", "FILE", "only what FILE has not marked read, and mark it"},
	{0, NULL, NULL, NULL},
};

static const struct opt article_opts[] = {
	{'d', "dest", "DEST", "store into DEST: PATH/, PATH, |COMMAND, lmtp://..., -"},
	{0, "mbox", NULL, "as mbox, even a single one"},
	{0, "raw", NULL, "one after the other, without From_ lines"},
	{0, NULL, NULL, NULL},
};

static const struct opt fetch_opts[] = {
	{'d', "dest", "DEST", "where to: PATH/, PATH, |COMMAND, lmtp://..., - (the default)"},
	{0, "newsrc", "FILE", "only what FILE has not marked read, and mark it"},
	{0, NULL, NULL, NULL},
};

static const struct opt cmd_opts[] = {
	{0, "multi", NULL, "read a block of lines after a reply of success"},
	{0, NULL, NULL, NULL},
};

#define SPECS "[GROUP] [SPEC...]"

/* clang-format off */
const struct verb nntp_verbs[] = {
	{"article", SPECS, "print articles", 0, article_opts, nntp_article_run, NULL},
	{"body", SPECS, "print bodies of articles", 0, article_opts, nntp_body_run, NULL},
	{"capabilities", "", "print the capabilities that the server offers", 0, NULL, nntp_capabilities_run, NULL},
	{"cmd", "LINE...", "send any command and print its reply", 0, cmd_opts, nntp_cmd_run, NULL},
	{"date", "", "print the date and time of the server", 0, NULL, nntp_date_run, NULL},
	{"decode", "[TEXT...]", "encoded words (RFC 2047) to UTF-8", VERB_LOCAL | VERB_STDIN,
		NULL, decode_run, decode_reads_stdin},
	{"description", "GROUP", "print the description of a group", 0, NULL, nntp_description_run, NULL},
	{"descriptions", "WILDMAT", "print the descriptions of groups", 0, NULL, nntp_descriptions_run, NULL},
	{"fetch", "GROUP [RANGE]", "store articles in a Maildir, mbox, command or LMTP server", 0, fetch_opts, nntp_fetch_run, NULL},
	{"group", "GROUP", "select a group, print count, first, last and name", 0, NULL, nntp_group_run, NULL},
	{"has", "NAME", "exit with 0 if this capability is offered, else 1", 0, NULL, nntp_has_run, NULL},
	{"hdr", "FIELD [GROUP] [RANGE|MSGID]", "print a header field of each article", 0, NULL,
		nntp_hdr_run, NULL},
	{"head", SPECS, "print headers of articles", 0, article_opts, nntp_head_run, NULL},
	{"help", "", "print the help text of the server", 0, NULL, nntp_help_run, NULL},
	{"ihave", "MSGID [FILE]", "offer an article as a news peer and send it if wanted", VERB_STDIN, NULL,
		nntp_ihave_run, NULL},
	{"info", "", "show greeting, capabilities, limits and certificate", VERB_DISTRUSTED, NULL, nntp_info_run, NULL},
	{"last", "", "select the previous article, print number and message-id", 0, NULL, nntp_last_run, NULL},
	{"list", "[KEYWORD] [WILDMAT]", "print a list of the server, such as its groups", 0, NULL,
		nntp_list_run, NULL},
	{"listgroup", "[GROUP] [RANGE]", "print the article numbers of a group", 0, NULL,
		nntp_listgroup_run, NULL},
	{"newgroups", "SINCE", "print the groups created since then", 0, NULL, nntp_newgroups_run, NULL},
	{"newnews", "WILDMAT SINCE", "print the message-ids of articles that arrived since then", 0, NULL, nntp_newnews_run, NULL},
	{"next", "", "select the next article, print number and message-id", 0, NULL, nntp_next_run, NULL},
	{"over", "[GROUP] [RANGE|MSGID]", "print an overview line for each article", 0, over_opts, nntp_over_run, NULL},
	{"post", "[FILE]", "post an article from FILE or stdin", VERB_STDIN, NULL, nntp_post_run, NULL},
	{"quit", "", "end the session and print the reply", VERB_ENDS | VERB_BARE, NULL, quit_run, NULL},
	{"slave", "", "send SLAVE (RFC 977)", 0, NULL, nntp_slave_run, NULL},
	{"stat", SPECS, "number and message-id of articles", 0, NULL, nntp_stat_run, NULL},
	{"welcome", "", "print the greeting of the server", VERB_BARE, NULL, welcome_run, NULL},
	{"xpath", "MSGID", "print the path of an article on the server (RFC 2980)", 0, NULL, nntp_xpath_run, NULL},
	{.name = NULL},
};
/* clang-format on */

int
nntp_path_arg(const struct args *a, const char *name, const char **path, struct err *e)
{
	*path = args_get(a, name);
	if (*path != NULL && **path == '\0')
		return err_set(e, EX_USAGE, "--%s: an empty name", name);
	return 0;
}

int
nntp_passed_end(struct session *s, struct passed *p, int rc, struct err *e)
{
	rc = passed_end(p, &s->c, rc, e);
	s->passed_over = s->passed_over || p->decided;
	return rc;
}
