/* smtp verb send: messages from files, an mbox or stdin to their recipients. */
#include <stdlib.h>
#include <string.h>

#include "cmd/log.h"
#include "cmd/print.h"
#include "cmd/run.h"
#include "cmd/settings.h"
#include "cmd/smtp/send.h"
#include "cmd/smtp/send_messages.h"
#include "cmd/smtp/send_options.h"
#include "cmd/smtp/smtp.h"
#include "job/spooled.h"

enum { SENDMAIL_KEYS = 5 }; /* the rows before those of `send` */

const struct opt sendmail_send_opts[] = {
	{0, "domain", "DOMAIN",
		"added to addresses without a domain (default: this host's full name)"},
	{0, "aliases", "FILE", "who gets the mail of local names: a file as aliases(5) describes"},
	{0, "sender", "ADDRESS", "replaces the envelope sender of every message"},
	{0, "rewrite-from", NULL,
		"sender replaces the address of From, too; the old one goes into Reply-To"},
	{0, "queue", "auto|always",
		"always: store every message, for a later -q, and connect to nothing"},
	[SENDMAIL_KEYS] = {'f', "from", "FROM",
		"envelope sender (default: Sender, else From; '<>': the null sender)"},
	{'t', "header-recipients", NULL, "send to the recipients in the header, too"},
	{'m', "message", "FILE", "send FILE instead of stdin (repeatable)"},
	{0, "mbox", "FILE", "send every message of an mbox (repeatable)"},
	{0, "add-missing", NULL, "add From, Date and Message-ID where absent"},
	{0, "full-name", "NAME",
		"the display name in a From field that --add-missing adds (default: none)"},
	{0, "all-or-none", NULL, "send nothing if one recipient is refused"},
	{'M', "mail-param", "KEY[=VALUE]", "add a parameter to MAIL (repeatable)"},
	{'R', "rcpt-param", "KEY[=VALUE]", "add a parameter to every RCPT (repeatable)"},
	{0, "dsn-notify", "WHEN,...", "request notifications: never, or success, failure, delay"},
	{0, "dsn-ret", "full|hdrs", "part of the message that a notification contains"},
	{0, "dsn-envid", "ID", "an identifier that notifications contain"},
	{0, "smtputf8", "auto|off", "use SMTPUTF8 where needed (auto, default), or never"},
	{0, "eightbit", "fail|send",
		"8-bit message, no 8BITMIME: refuse it (fail, default) or send it"},
	{0, "no-chunking", NULL, "send messages by DATA, never by BDAT"},
	{0, "spool", "DIR", "store messages in DIR that cannot be sent now"},
	{0, NULL, NULL, NULL},
};

const struct opt *const smtp_send_opts = sendmail_send_opts + SENDMAIL_KEYS;

/* One `send`. */
struct send {
	struct outbox outbox; /* its context is this struct */
	struct session *s;
	struct smtp_own_options own;
	const char *spool;                  /* --spool DIR, or NULL */
	const struct smtp_receive *receive; /* the envelope of a dialogue, or NULL */
	struct send_messages messages;
	size_t done, bad; /* messages: with an outcome, not delivered to all */
	struct err first; /* the first failure */
};

/* ---- outcomes -------------------------------------------------------------------------- */

/*
 * May the message be sent later? Besides temporary failures: the host is unknown, or TLS, login, password command or
 * configuration failed, which does not concern the message. The same if the server refused the whole session, or
 * violated the protocol before the end of the data.
 */
static bool
may_wait(const struct smtp_transaction *t, const struct err *why)
{
	switch (why->status) {
	case EX_TEMPFAIL:
	case EX_NOHOST:
	case EX_NOPERM:
	case EX_CONFIG: return true;
	case EX_UNAVAILABLE:
	case EX_PROTOCOL: return t->outcome == SMTP_DEFERRED;
	default: return false;
	}
}

/*
 * With --spool, after the outcome of a message, whose error is *why: store the part that may be sent later, with a note
 * on stderr, and set *why to what remains of the error: none, if all is sent or stored. For a message with an unknown
 * outcome *why stays. Is something stored now?
 */
static bool
store_rest(const struct send *x, const struct outbox_message *o, struct err *why)
{
	const struct smtp_transaction *t = &o->m.transaction;
	const char *text = smtp_transaction_error(t)->text;
	bool deferred = spooled_has(o, SPOOLED_DEFERRED);
	struct err e = {0};

	if (t->outcome == SMTP_PARTIAL ? !deferred : !may_wait(t, why)) {
		smtp_print_refusals(o, SMTP_REFUSALS_TEMPORARY);
		return false;
	}
	if (spooled_store_rest(x->spool, o, &e) == -1) {
		err_prefix(&e, "could not be stored");
		print_error(smtp_who(x->s), &e);
		smtp_print_refusals(o, SMTP_REFUSALS_TEMPORARY);
		if (t->outcome == SMTP_PARTIAL)
			err_set(why, EX_TEMPFAIL, "%s", "");
		return false;
	}
	if (!x->s->opt->quiet && deferred)
		print_note("%s: %s: stored in %s%s%s", smtp_who(x->s), o->name, x->spool,
			*text != '\0' ? ": " : "", text);
	if (t->outcome == SMTP_UNKNOWN)
		return true;
	err_clear(why);
	if (spooled_has(o, SPOOLED_REFUSED))
		err_set(why, EX_NO, "%s", "");
	return true;
}

static int
ended(struct outbox *outbox, struct outbox_message *o, struct err *e)
{
	struct send *x = outbox->context;
	struct smtp_transaction *t = &o->m.transaction;
	bool stored = false;
	struct err why, reason;
	/* Deferred recipients are stored in the spool, which has a line of its own. */
	int rc = smtp_report(
		x->s, o, x->spool != NULL ? SMTP_REFUSALS_PERMANENT : SMTP_REFUSALS_ALL, e);

	smtp_outcome_error(t, &why);
	reason = why;
	if (x->spool != NULL && rc == 0)
		stored = store_rest(x, o, &why);
	smtp_log(x->s, o, stored ? x->spool : NULL, &reason, why.status);
	if (x->first.status == 0) { /* the first failure decides, else the last success */
		smtp_note_outcome(x->s, t);
		x->first = why;
	}
	x->bad += why.status != 0 ? 1 : 0;
	if (why.status != 0 && x->messages.total > 1) {
		err_prefix(&why, "%s", o->name);
		client_name_host(&x->s->c, &why);
		if (t->outcome != SMTP_PARTIAL)
			print_error(smtp_who(x->s), &why);
	}
	smtp_message_done(&o->m);
	progress_count(++x->done);
	return rc;
}

static int
verdict(const struct send *x, struct err *e)
{
	if (x->bad == 0)
		return 0;
	*e = x->first;
	if (x->messages.total > 1)
		err_code(e, x->first.status, x->first.code, "%zu of %zu messages %s", x->bad,
			x->messages.total,
			x->first.status == EX_NO ? "were not sent to all recipients"
						 : "were not sent");
	outbox_signal_first(&x->s->c, e);
	return -1;
}

/* queue = always: store all messages and do not connect. */
static int
queue_all(struct send *x, struct err *e)
{
	struct err none = {0};

	if (x->spool == NULL)
		return err_set(e, EX_CONFIG,
			"queue = always needs 'spool = DIR' in the section [sendmail]");
	for (struct outbox_message *o = x->messages.list; o != NULL; o = o->next) {
		if (spooled_store_rest(x->spool, o, e) == -1)
			return err_prefix(e, "%s: not stored", o->name);
		smtp_log(x->s, o, x->spool, &none, 0);
	}
	return 0;
}

/* The messages are read: send them, or store them. */
static int
send_list(struct send *x, struct err *e)
{
	if (x->own.queue_always)
		return queue_all(x, e);
	smtp_begin(x->s, x->messages.list);
	if (outbox_send(&x->outbox, x->messages.list, e) == -1)
		return -1;
	return verdict(x, e);
}

/*
 * Do all recipients have the same parameters? Only then are they sent in RCPT, since `send` has one list for all
 * recipients.
 */
static bool
same_params(const struct smtp_receive *r)
{
	for (size_t i = 1; i < r->rcpts.n; i++) {
		if (r->rcpt_params[i].n != r->rcpt_params[0].n)
			return false;
		for (size_t k = 0; k < r->rcpt_params[0].n; k++)
			if (strcmp(r->rcpt_params[i].list[k], r->rcpt_params[0].list[k]) != 0)
				return false;
	}
	return true;
}

/* The envelope of a dialogue replaces that of the options. */
static void
use_envelope(struct smtp_send_options *o, const struct smtp_receive *r)
{
	o->from = r->from;
	o->rcpts = &r->rcpts;
	o->mail_params = (const char *const *)r->mail_params.list;
	o->nmail_params = r->mail_params.n;
	if (r->rcpts.n > 0 && same_params(r)) {
		o->rcpt_params = (const char *const *)r->rcpt_params[0].list;
		o->nrcpt_params = r->rcpt_params[0].n;
	}
}

static int
read_options(struct send *x, const struct args *a, struct err *e)
{
	int rc = smtp_own_options_read(&x->own, x->s, a, e);

	x->spool = args_get(a, "spool");
	if (rc == 0 && x->spool != NULL && *x->spool == '\0')
		return err_set(e, EX_USAGE, "send: --spool: the name of the directory is empty");
	x->outbox.no_chunking = args_has(a, "no-chunking");
	if (x->receive != NULL)
		use_envelope(&x->own.options, x->receive);
	return rc;
}

/* An account was chosen, and its options apply: read the messages again, with these options. */
static int
read_again(struct send *x, const struct args *a, struct err *e)
{
	send_messages_drop(&x->messages);
	smtp_own_options_free(&x->own);
	return read_options(x, a, e) == 0 ? send_messages_read_again(&x->messages, e) : -1;
}

int
smtp_choose_account(struct session *s, const char *from, struct err *e)
{
	const char *log = s->opt->log;

	if (settings_choose(s->opt->settings, from, s->opt, e) == -1)
		return -1;
	if (s->opt->log == log)
		return 0;
	log_close();
	return run_open_log(s->opt, smtp_who(s), e);
}

/*
 * All messages go over one connection, so the sender of the first one chooses the account. `chosen`: a copy of the
 * arguments that gets the account's keys for `send`.
 */
static int
choose_account(struct send *x, const struct args *a, struct args *chosen, struct err *e)
{
	struct settings *st = x->s->opt->settings;

	if (x->messages.list == NULL)
		return 0;
	if (x->s->c.conn == NULL &&
		smtp_choose_account(x->s, x->messages.list->m.env.from, e) == -1)
		return -1;
	if (!st->by_sender)
		return 0;
	args_copy(chosen, a);
	if (settings_verb(st, chosen, e) == -1)
		return -1;
	return args_same(chosen, a) ? 0 : read_again(x, chosen, e);
}

static void
begin_send(struct send *x, struct session *s)
{
	static const struct outbox_events events = {.ended = ended};

	*x = (struct send){.s = s};
	send_messages_begin(&x->messages, s, &x->own.options);
	x->outbox = (struct outbox){.c = &s->c, .events = &events, .context = x};
}

static void
end_send(struct send *x)
{
	send_messages_free(&x->messages);
	smtp_own_options_free(&x->own);
}

/* The messages are read: choose the account, and send them. */
static int
send_all(struct send *x, const struct args *a, struct err *e)
{
	struct args chosen = {0};
	const struct args *given = x->s->args;
	int rc = choose_account(x, a, &chosen, e);

	/* The sandbox keeps the directory of the account's spool. */
	if (rc == 0 && chosen.verb != NULL)
		x->s->args = &chosen;
	if (rc == 0)
		rc = send_list(x, e);
	x->s->args = given;
	free(chosen.opts);
	return rc;
}

int
smtp_send_run(struct session *s, const struct args *a, struct err *e)
{
	struct send x;
	int rc;

	begin_send(&x, s);
	rc = read_options(&x, a, e);
	if (rc == 0)
		rc = send_messages_read(&x.messages, a, e);
	if (rc == 0)
		rc = send_all(&x, a, e);
	end_send(&x);
	return rc;
}

int
smtp_send_received(struct session *s, const struct args *a, struct message_source *in,
	const struct smtp_receive *r, struct err *e)
{
	struct send x;
	int rc;

	begin_send(&x, s);
	x.receive = r;
	rc = read_options(&x, a, e);
	if (rc == 0)
		rc = send_messages_read_one(&x.messages, in, e);
	if (rc == 0)
		rc = send_all(&x, a, e);
	end_send(&x);
	return rc;
}

const struct verb smtp_send_verb = {"send", "[RCPT...]",
	"send a message from stdin, or messages from files", VERB_STDIN | VERB_OPENS,
	sendmail_send_opts + SENDMAIL_KEYS, smtp_send_run, smtp_send_reads_stdin,
	.group = GROUP_SEND, .exits = "1 if some recipients were refused, 67 if all were",
	.example = "mailnet smtp -s submissions://me@mail.example.org send -m message.eml "
		   "ann@example.org"};
