/* smtp verbs mail, rcpt, data: a message in single steps, each recipient with parameters of its own. */
#include <stdlib.h>

#include "cmd/common_verbs.h"
#include "cmd/log.h"
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

/* The line of the log about the message; why: its failure, or NULL. */
static void
log_data(const struct session *s, const char *file, const struct smtp_step_result *r,
	const struct err *why)
{
	const struct smtp *p = smtp_of(s);

	if (!log_is_open() || r->outcome == SMTP_PENDING)
		return;
	log_begin(s);
	log_str("message", file);
	log_str("from", buf_str(&p->from));
	log_str("to", buf_str(&p->to));
	log_number("octets", r->octets);
	if (r->code != 0)
		log_text("reply", buf_str(&r->text), r->text.len);
	if (why != NULL)
		log_str("error", why->text);
	log_end(smtp_outcome_name(r->outcome), why != NULL ? why->status : 0);
}

static int
run_data(struct session *s, const struct args *a, struct err *e)
{
	struct smtp_step_result r = {0};
	struct message_source in;
	int rc = message_source_open(&in, args_at(a, 0), getenv("TMPDIR"), e);

	if (rc == 0) {
		rc = smtp_step_data(smtp_of(s), &in, client_data_wait(s->c.config), &r, e);
		if (r.code != 0)
			client_note(&s->c, r.code, buf_str(&r.text), r.text.len);
	}
	if (rc == 0 || e->status == EX_NO)
		(void)reply_print(s, r.code, buf_str(&r.text), r.text.len, &(struct err){0});
	if (rc == -1)
		outbox_signal_first(&s->c, e);
	log_data(s, args_at(a, 0), &r, rc == -1 ? e : NULL);
	buf_free(&r.text);
	message_source_close(&in);
	return rc;
}

const struct verb smtp_data_verb = {"data", "FILE", "send FILE to the recipients of mail and rcpt",
	0, NULL, run_data, NULL, .group = GROUP_STEPS, .exits = "69 if the message is refused",
	.example = EXAMPLE};
