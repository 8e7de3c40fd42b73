/* nntp: what the nntp verbs share. */
#ifndef CMD_NNTP_NNTP_H
#define CMD_NNTP_NNTP_H

#include <stdbool.h>

#include "base/err.h"
#include "client/nntp_steps.h"
#include "cmd/session.h"
#include "cmd/verb.h"
#include "job/passed.h"
#include "job/survey.h"
#include "proto/nntp_read.h"

/* The rows of the verbs, each beside its function. */
extern const struct verb nntp_article_verb, nntp_body_verb, nntp_capabilities_verb, nntp_cmd_verb,
	nntp_date_verb, nntp_description_verb, nntp_descriptions_verb, nntp_fetch_verb,
	nntp_group_verb, nntp_has_verb, nntp_hdr_verb, nntp_head_verb, nntp_help_verb,
	nntp_ihave_verb, nntp_info_verb, nntp_last_verb, nntp_list_verb, nntp_listgroup_verb,
	nntp_newgroups_verb, nntp_newnews_verb, nntp_next_verb, nntp_over_verb, nntp_post_verb,
	nntp_slave_verb, nntp_stat_verb, nntp_xpat_verb, nntp_xpath_verb;

/* Print number and message-id of an article. */
int nntp_print_stat(struct session *s, const struct nntp_got *got, struct err *e);

/* passed_end, and note for the exit status of the run that nothing else failed. */
int nntp_passed_end(struct session *s, struct passed *p, int rc, struct err *e);

/*
 * survey_open_newsrc for the file of --newsrc, if it is given. If articles or their lines go to stdout and -o's file appears
 * only at the end of the run, the newsrc file is saved only then.
 */
int nntp_open_newsrc(struct session *s, struct survey *groups, const struct args *a, bool to_stdout,
	struct err *e);

/*
 * The end of a job whose output goes to stdout, with its result in rc and e: save its marks once stdout has accepted the
 * output, also after a failure. Returns the result.
 */
int nntp_save_marks(struct session *s, struct survey *groups, int rc, struct err *e);

#endif
