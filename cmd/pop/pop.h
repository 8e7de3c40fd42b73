/* pop: the run functions of the pop verb rows, and what they share. */
#ifndef CMD_POP_POP_H
#define CMD_POP_POP_H

#include "base/err.h"
#include "cmd/session.h"
#include "cmd/verb.h"
#include "proto/pop.h"

static inline struct pop *
pop_of(const struct session *s)
{
	return s->c.proto;
}

typedef int pop_verb(struct session *s, const struct args *a, struct err *e);

/* server.c */
pop_verb pop_capa_run, pop_info_run, pop_has_run, pop_noop_run, pop_rset_run, pop_utf8_run,
	pop_cmd_run;

/* mailbox.c */
pop_verb pop_stat_run, pop_list_run, pop_uidl_run;

/* messages.c */
pop_verb pop_retr_run, pop_top_run, pop_dele_run;

/* fetch.c */
pop_verb pop_fetch_run, pop_drain_run;

/*
 * Print on stderr why one of several messages failed. The first failure is the error of the verb, so only the later
 * ones are printed with this, and the first where another error ends the verb.
 */
void pop_print_failed(const struct session *s, const struct err *why);

/* Append the default path of the mailbox's journal. EX_CONFIG: no $XDG_STATE_HOME and no home directory. */
int pop_journal_path(const struct session *s, struct buf *out, struct err *e);

/* Print the last reply. */
int pop_print_reply(struct session *s, struct err *e);

#endif
