/* smtp verb flush: send the messages of a spool and report each. */
#include "base/mem.h"
#include "cmd/log.h"
#include "cmd/print.h"
#include "cmd/settings.h"
#include "cmd/smtp/send.h"
#include "cmd/smtp/smtp.h"
#include "job/flush.h"

/* The context of the events. */
struct reports {
	struct session *s;
	size_t done; /* messages reported */
};

/*
 * All messages go over one connection: a sender chooses the account if all senders choose the same one. Otherwise warn
 * and use the default server.
 */
static int
choose_account(struct session *s, const struct outbox_message *list, struct err *e)
{
	const struct settings *st = s->opt->settings;
	const char *account = settings_account_of(st, list->m.env.from);

	for (const struct outbox_message *o = list->next; o != NULL; o = o->next)
		if (settings_account_of(st, o->m.env.from) != account) {
			if (settings_may_choose(st))
				print_warning(s->opt, smtp_who(s),
					"the senders choose different accounts, so all messages "
					"go to the default server (use a spool for each account)");
			return 0;
		}
	if (s->c.conn != NULL)
		return 0;
	return smtp_choose_account(s, list->m.env.from, e);
}

static int
begin(void *context, const struct outbox_message *list, struct err *e)
{
	struct session *s = ((struct reports *)context)->s;
	int rc = choose_account(s, list, e);

	smtp_begin(s, list);
	return rc;
}

static void
unreadable(void *context, const struct err *why)
{
	const struct session *s = ((struct reports *)context)->s;

	print_error(smtp_who(s), why);
	log_failure(s, why);
}

/* One line, or a record, about a message. */
static int
ended(void *context, const struct outbox_message *o, const struct err *why, bool left,
	struct err *e)
{
	struct reports *r = context;
	struct session *s = r->s;
	struct buf line = {0};
	int rc = smtp_report(s, o, SMTP_REFUSALS_ALL, e);

	smtp_log(s, o, NULL, why, why->status);
	if (rc == 0 && !s->out->json) {
		buf_addf(&line, "%s %s", o->name, smtp_outcome_name(o->m.transaction.outcome));
		if (why->text[0] != '\0')
			buf_addf(&line, ": %s%s", why->text,
				left ? " by a run that was broken off" : "");
		rc = out_line(s->out, line.data, line.len, e);
		buf_free(&line);
	}
	if (!left) {
		smtp_note_outcome(s, &o->m.transaction);
		progress_count(++r->done);
	}
	return rc;
}

int
smtp_flush_run(struct session *s, const struct args *a, struct err *e)
{
	static const struct flush_events events = {
		.begin = begin, .unreadable = unreadable, .ended = ended};
	struct reports r = {.s = s};

	return flush_spool(&s->c, args_at(a, 0), &events, &r, e);
}

const struct verb smtp_flush_verb = {"flush", "DIR", "send the messages in the spool DIR",
	VERB_OPENS, NULL, smtp_flush_run, NULL, .group = GROUP_SEND,
	.exits = "75 if messages stay in the spool",
	.example = "mailnet smtp -s submissions://me@mail.example.org flush spool"};
