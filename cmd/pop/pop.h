/* pop: the rows of the pop verbs, and what the verbs share. */
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

/* The rows of the verbs, each beside its function. */
extern const struct verb pop_capa_verb, pop_stat_verb, pop_list_verb, pop_uidl_verb, pop_retr_verb,
	pop_top_verb, pop_dele_verb, pop_rset_verb, pop_noop_verb, pop_utf8_verb, pop_fetch_verb,
	pop_drain_verb, pop_mark_verb, pop_info_verb, pop_has_verb, pop_cmd_verb;

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
