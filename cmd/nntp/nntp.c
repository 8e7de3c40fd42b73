/* nntp: the table of its verbs. */
#include "cmd/run.h"
#include "cmd/common_verbs.h"
#include "cmd/nntp/nntp.h"
#include "cmd/session.h"

const struct verb *const nntp_verbs[] = {
	&nntp_article_verb,
	&nntp_body_verb,
	&nntp_capabilities_verb,
	&nntp_cmd_verb,
	&nntp_date_verb,
	&(const struct verb){"decode", "[TEXT...]",
		"print text with its encoded words (RFC 2047) as UTF-8", VERB_LOCAL | VERB_STDIN,
		NULL, decode_run, decode_reads_stdin, .group = GROUP_OTHER,
		.example = "mailnet nntp decode '=?utf-8?q?Gr=C3=BC=C3=9Fe?='"},
	&nntp_description_verb,
	&nntp_descriptions_verb,
	&nntp_fetch_verb,
	&nntp_group_verb,
	&nntp_has_verb,
	&nntp_hdr_verb,
	&nntp_head_verb,
	&nntp_help_verb,
	&nntp_ihave_verb,
	&nntp_info_verb,
	&nntp_last_verb,
	&nntp_list_verb,
	&nntp_listgroup_verb,
	&nntp_newgroups_verb,
	&nntp_newnews_verb,
	&nntp_next_verb,
	&nntp_over_verb,
	&nntp_post_verb,
	&(const struct verb){"quit", "", "end the session and print the reply",
		VERB_ENDS | VERB_BARE, NULL, quit_run, NULL, .group = GROUP_SERVER,
		.example = "mailnet nntp -s nntps://news.example.org quit"},
	&nntp_slave_verb,
	&nntp_stat_verb,
	&(const struct verb){"welcome", "", "print the greeting of the server", VERB_BARE, NULL,
		welcome_run, NULL, .group = GROUP_SERVER,
		.example = "mailnet nntp -s nntps://news.example.org welcome"},
	&nntp_xpat_verb,
	&nntp_xpath_verb,
	NULL,
};

int
nntp_passed_end(struct session *s, struct passed *p, int rc, struct err *e)
{
	rc = passed_end(p, &s->c, rc, e);
	s->passed_over = s->passed_over || p->decided;
	return rc;
}

int
nntp_open_newsrc(struct session *s, struct survey *groups, const struct args *a, bool to_stdout,
	struct err *e)
{
	const char *path = args_get(a, "newsrc");
	bool keep = to_stdout && out_waits(s->out);

	return path == NULL ? 0 : survey_open_newsrc(groups, &s->c, &s->newsrcs, path, keep, e);
}

int
nntp_save_marks(struct session *s, struct survey *groups, int rc, struct err *e)
{
	struct err late = {0};

	if (groups->newsrc == NULL || s->out->broken != 0)
		return rc;
	out_drop(s->out);
	if (out_flush(s->out, &late) == 0 && survey_save(groups, &late) == 0)
		return rc;
	if (rc == 0)
		*e = late;
	return -1;
}
