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
	bool choose; /* senders choose the accounts */
};

/* Each account that senders choose is a group, with its own connection; a server that was given is used for all. */
static const void *
account_of(void *context, const char *from)
{
	const struct reports *r = context;

	return r->choose ? settings_account_of(r->s->opt->settings, from) : NULL;
}

static int
begin(void *context, const struct outbox_message *list, bool more, struct err *e)
{
	const struct reports *r = context;
	struct session *s = r->s;
	int rc = 0;

	s->accounts_follow = more;
	if (r->choose)
		rc = smtp_choose_account(s, list->m.env.from, e);
	smtp_begin(s, list);
	return rc;
}

static void
unreadable(void *context, const struct err *why)
{
	const struct session *s = ((struct reports *)context)->s;

	print_error(s->who, why);
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
		outbox_note_outcome(&s->c, &o->m.transaction);
		progress_count(++r->done);
	}
	return rc;
}

int
smtp_flush_run(struct session *s, const struct args *a, struct err *e)
{
	static const struct flush_events events = {
		.group = account_of, .begin = begin, .unreadable = unreadable, .ended = ended};
	struct reports r = {.s = s};

	/* An open connection of a batch is used for all messages. */
	r.choose = s->c.conn == NULL && settings_may_choose(s->opt->settings);
	return flush_spool(&s->c, args_at(a, 0), &events, &r, e);
}

const struct verb smtp_flush_verb = {"flush", "DIR", "send the messages in the spool DIR",
	VERB_OPENS, NULL, smtp_flush_run, NULL, .group = GROUP_SEND,
	.exits = "75 if messages stay in the spool",
	.example = "mailnet smtp -s submissions://me@mail.example.org flush spool"};
