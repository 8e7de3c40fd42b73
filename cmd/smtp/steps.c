/* smtp verbs mail, rcpt, data: a message in single steps, each recipient with parameters of its own. */
#include <stdlib.h>

#include "cmd/common_verbs.h"
#include "cmd/smtp/send.h"
#include "cmd/smtp/smtp.h"
#include "proto/smtp_prepare.h"
#include "proto/smtp_step.h"

/* The three verbs make one message. */
#define EXAMPLE                                                                        \
	"printf 'mail me@example.org\\nrcpt ann@example.org\\ndata message.eml\\n' | " \
	"mailnet smtp -s submissions://me@mail.example.org -b -"

static const struct opt mail_opts[] = {
	{'M', "mail-param", "KEY[=VALUE]", "add a parameter (repeatable)"},
	{0, NULL, NULL, NULL},
};

static const struct opt rcpt_opts[] = {
	{'R', "rcpt-param", "KEY[=VALUE]", "add a parameter (repeatable)"},
	{0, NULL, NULL, NULL},
};

/* Send MAIL or RCPT; address and parameters are checked before connecting. */
static int
run_address(struct session *s, const struct args *a, struct err *e)
{
	bool mail = a->verb == &smtp_mail_verb;
	struct addrs addr = {0}, params = {0};
	const char *param;
	int rc = addrs_add_word(&addr, args_at(a, 0), mail, e);

	while (rc == 0 && (param = args_nth(a, a->verb->opts->name, params.n)) != NULL)
		rc = smtp_param_add(&params, param, e);
	if (rc == 0)
		rc = client_need(&s->c, e);
	if (rc == 0)
		rc = smtp_reply_print(s,
			(mail ? smtp_step_mail : smtp_step_rcpt)(smtp_of(s), addr.list[0],
				(const char *const *)params.list, params.n, e),
			e);
	addrs_free(&addr);
	addrs_free(&params);
	return rc;
}

const struct verb smtp_mail_verb = {"mail", "FROM", "begin a message with this sender", VERB_OPENS,
	mail_opts, run_address, NULL, .group = GROUP_STEPS, .example = EXAMPLE};

const struct verb smtp_rcpt_verb = {"rcpt", "ADDR", "add a recipient to the message", VERB_OPENS,
	rcpt_opts, run_address, NULL, .group = GROUP_STEPS,
	.exits = "69 if the recipient is refused", .example = EXAMPLE};

static int
run_data(struct session *s, const struct args *a, struct err *e)
{
	struct message_source in;
	struct buf text = {0};
	int code = 0;
	int rc = message_source_open(&in, args_at(a, 0), getenv("TMPDIR"), e);

	if (rc == 0) {
		rc = smtp_step_data(
			smtp_of(s), &in, client_data_wait(s->c.config), &code, &text, e);
		if (code != 0)
			client_note(&s->c, code, buf_str(&text), text.len);
	}
	if (rc == 0 || e->status == EX_NO)
		(void)reply_print(s, code, buf_str(&text), text.len, &(struct err){0});
	if (rc == -1)
		outbox_signal_first(&s->c, e);
	buf_free(&text);
	message_source_close(&in);
	return rc;
}

const struct verb smtp_data_verb = {"data", "FILE", "send FILE to the recipients of mail and rcpt",
	0, NULL, run_data, NULL, .group = GROUP_STEPS, .exits = "69 if the message is refused",
	.example = EXAMPLE};
