/* pop: the table of its verbs, and what they share. */
#include "cmd/run.h"
#include "cmd/common_verbs.h"
#include "cmd/pop/pop.h"

const struct verb *const pop_verbs[] = {
	&(const struct verb){"welcome", "", "print the greeting", VERB_BARE, NULL, welcome_run,
		NULL, .group = GROUP_SERVER,
		.example = "mailnet pop -s pops://me@pop.example.org welcome"},
	&pop_capa_verb,
	&pop_stat_verb,
	&pop_list_verb,
	&pop_uidl_verb,
	&pop_retr_verb,
	&pop_top_verb,
	&pop_dele_verb,
	&pop_rset_verb,
	&pop_noop_verb,
	&pop_utf8_verb,
	&pop_fetch_verb,
	&pop_drain_verb,
	&pop_mark_verb,
	&pop_info_verb,
	&pop_has_verb,
	&pop_cmd_verb,
	&(const struct verb){"quit", "", "delete the marked messages and end the session",
		VERB_BARE | VERB_ENDS, NULL, quit_run, NULL, .group = GROUP_SERVER,
		.exits = "75 if the server did not delete the messages",
		.example = "printf 'dele 1\\nquit\\n' | mailnet pop -s pops://me@pop.example.org "
			   "-b -"},
	NULL,
};

void
pop_print_failed(const struct session *s, const struct err *why)
{
	struct err shown = *why;

	client_name_host(&s->c, &shown);
	print_error("mailnet pop", &shown);
}

int
pop_print_reply(struct session *s, struct err *e)
{
	const struct reply *r = &pop_of(s)->reply;

	return reply_print(s, 0, r->text.data, r->text.len, e);
}
