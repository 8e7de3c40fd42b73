/* nntp_verbs: the run functions of the nntp verb rows, one file a family. */
#ifndef CMD_NNTP_VERBS_H
#define CMD_NNTP_VERBS_H

#include "base/err.h"
#include "cmd/session.h"
#include "cmd/verb.h"

typedef int nntp_verb(struct session *s, const struct args *a, struct err *e);

/* nntp_server.c: the server itself, and what has no family */
nntp_verb nntp_capabilities_run, nntp_info_run, nntp_has_run, nntp_date_run, nntp_help_run,
	nntp_xpath_run, nntp_slave_run, nntp_cmd_run;

/* nntp_lists.c: groups and lists of them */
nntp_verb nntp_list_run, nntp_description_run, nntp_descriptions_run, nntp_newgroups_run,
	nntp_newnews_run, nntp_group_run, nntp_listgroup_run;

/* nntp_over.c, nntp_hdr.c */
nntp_verb nntp_over_run, nntp_hdr_run;

/* nntp_articles.c, nntp_fetch.c */
nntp_verb nntp_stat_run, nntp_head_run, nntp_body_run, nntp_article_run, nntp_next_run,
	nntp_last_run, nntp_fetch_run;

/* nntp_post.c */
nntp_verb nntp_post_run, nntp_ihave_run;

#endif
