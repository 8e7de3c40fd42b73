#include "cmd/smtp/smtp.h"

#include "cmd/common_verbs.h"
#include "cmd/run.h"

const struct verb *const smtp_verbs[] = {
	&smtp_cmd_verb,
	&smtp_data_verb,
	&smtp_ehlo_verb,
	&smtp_expn_verb,
	&smtp_flush_verb,
	&smtp_has_verb,
	&smtp_helo_verb,
	&smtp_help_verb,
	&smtp_info_verb,
	&smtp_mail_verb,
	&smtp_noop_verb,
	&(const struct verb){"quit", "", "end the session and print the reply",
		VERB_ENDS | VERB_BARE, NULL, quit_run, NULL, .group = GROUP_SERVER,
		.example = "mailnet smtp -s submissions://me@mail.example.org quit"},
	&smtp_rcpt_verb,
	&smtp_rset_verb,
	&smtp_send_verb,
	&smtp_vrfy_verb,
	&(const struct verb){"welcome", "", "print the greeting of the server", VERB_BARE, NULL,
		welcome_run, NULL, .group = GROUP_SERVER,
		.example = "mailnet smtp -s submissions://me@mail.example.org welcome"},
	NULL,
};

int
smtp_reply_print(struct session *s, int rc, struct err *e)
{
	if (rc == 0 || e->code != 0)
		client_note_reply(&s->c, &smtp_of(s)->reply);
	return rc == 0 ? result_print(s, e) : -1;
}
