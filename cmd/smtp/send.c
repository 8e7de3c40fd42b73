/* smtp verb send: messages from files, an mbox or stdin to their recipients. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/log.h"
#include "cmd/print.h"
#include "cmd/run.h"
#include "cmd/settings.h"
#include "cmd/smtp/send.h"
#include "cmd/smtp/smtp.h"
#include "job/send_messages.h"
#include "job/spooled.h"
#include "job/submit.h"
#include "proto/smtp_options.h"
#include "wire/own_name.h"

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
	struct submit submit; /* its context is this struct */
	struct session *s;
	struct smtp_options options;
	const struct smtp_receive *receive; /* the envelope of a dialogue, or NULL */
	struct send_messages messages;
	size_t ended; /* messages */
};

/* ---- options ----------------------------------------------------------------------------------- */

/* Options whose values are checked and translated, in this order. */
static const struct {
	const char *name;
	int (*read)(struct smtp_options *o, const char *value, struct err *e);
	bool all; /* every value counts, else the last one */
} values[] = {
	{"domain", smtp_options_domain, false},
	{"sender", smtp_options_sender, false},
	{"from", smtp_options_from, false},
	{"mail-param", smtp_options_mail_param, true},
	{"rcpt-param", smtp_options_rcpt_param, true},
	{"dsn-notify", smtp_options_notify, false},
	{"dsn-ret", smtp_options_ret, false},
	{"dsn-envid", smtp_options_envid, false},
};

static int
read_values(struct smtp_options *o, const struct args *a, struct err *e)
{
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		const char *name = values[i].name;
		const char *value = (values[i].all ? args_nth(a, name, 0) : args_get(a, name));

		for (size_t k = 1; value != NULL; k++) {
			if (values[i].read(o, value, e) == -1)
				return args_blame(a, name, e);
			value = values[i].all ? args_nth(a, name, k) : NULL;
		}
	}
	for (int i = 0; i < a->argc; i++)
		if (smtp_options_rcpt(o, a->argv[i], e) == -1)
			return -1;
	return 0;
}

/* An option with two values, of which the first is the default. *out: does it have the other one? */
static int
read_choice(const struct args *a, const char *name, const char *one, const char *other, bool *out,
	struct err *e)
{
	const char *value = args_get(a, name);

	*out = value != NULL && strcmp(value, other) == 0;
	if (value == NULL || *out || strcmp(value, one) == 0)
		return 0;
	err_set(e, EX_USAGE, "'%s' is neither %s nor %s", value, one, other);
	return args_blame(a, name, e);
}

/* Options that need others. */
static int
check_options(const struct send *x, const struct args *a, struct err *e)
{
	const struct smtp_send_options *o = &x->options.options;

	if (o->rewrite_from && (o->sender == NULL || *o->sender == '\0'))
		return err_set(e, EX_CONFIG,
			"rewrite-from = yes needs 'sender = ADDRESS' in the section [sendmail]");
	if (x->submit.spool == NULL || *x->submit.spool != '\0')
		return 0;
	err_set(e, EX_USAGE, "the name of the directory is empty");
	return args_blame(a, "spool", e);
}

static int
read_options(struct send *x, const struct args *a, struct err *e)
{
	struct smtp_send_options *o = &x->options.options;
	const char *aliases = args_get(a, "aliases");

	*o = (struct smtp_send_options){
		.local = settings_is_sendmail(x->s->opt->settings),
		.relaxed = settings_is_sendmail(x->s->opt->settings),
		.host = own_host,
		.default_user =
			args_has(a, "add-missing") ? own_user(getenv("LOGNAME"), "nobody") : NULL,
		.full_name = args_get(a, "full-name"),
		.add_missing = args_has(a, "add-missing"),
		.all_or_none = args_has(a, "all-or-none"),
		.header_rcpts = args_has(a, "header-recipients"),
		.rewrite_from = args_has(a, "rewrite-from"),
	};
	x->submit.spool = args_get(a, "spool");
	x->submit.no_chunking = args_has(a, "no-chunking");
	if (read_choice(a, "smtputf8", "auto", "off", &o->no_utf8, e) == -1 ||
		read_choice(a, "eightbit", "fail", "send", &o->send_8bit, e) == -1 ||
		read_choice(a, "queue", "auto", "always", &x->submit.queue_always, e) == -1 ||
		read_values(&x->options, a, e) == -1 || check_options(x, a, e) == -1)
		return -1;
	if (aliases != NULL && smtp_options_aliases(&x->options, aliases, e) == -1)
		return err_prefix(e, "aliases");
	smtp_options_complete(&x->options);
	if (x->receive != NULL)
		smtp_options_envelope(&x->options, x->receive);
	return 0;
}

/* ---- messages ---------------------------------------------------------------------------------- */

static bool
names_message(const struct arg_opt *o)
{
	return strcmp(o->opt->name, "message") == 0 || strcmp(o->opt->name, "mbox") == 0;
}

/* The number of inputs that the options name. *stdins: those that are stdin. */
static size_t
count_inputs(const struct args *a, size_t *stdins)
{
	size_t n = 0;

	*stdins = 0;
	for (size_t i = 0; i < a->nopts; i++)
		if (names_message(&a->opts[i])) {
			n++;
			*stdins += operand_is_stdin(a->opts[i].value);
		}
	return n;
}

bool
smtp_send_reads_stdin(const struct args *a)
{
	size_t stdins, n = count_inputs(a, &stdins);

	return n == 0 || stdins > 0;
}

/* An argument that names a file was probably meant as the message. */
static void
suggest_file(const struct args *a, struct err *e)
{
	for (int i = 0; i < a->argc; i++)
		if (access(a->argv[i], F_OK) == 0) {
			err_suffix(e, "; did you mean -m %s?", a->argv[i]);
			return;
		}
}

/* Read the messages that the options -m and --mbox name, else stdin. */
static int
read_inputs(struct send_messages *m, const struct args *a, struct err *e)
{
	size_t stdins, n = count_inputs(a, &stdins);
	int rc = stdins <= 1 ? 0 : err_set(e, EX_USAGE, "send: stdin can be sent only once");

	for (size_t i = 0; rc == 0 && i < a->nopts; i++) {
		const struct arg_opt *o = &a->opts[i];

		if (names_message(o))
			rc = send_messages_add(m, o->value, strcmp(o->opt->name, "mbox") == 0, e);
	}
	if (n == 0 && (rc = send_messages_add(m, NULL, false, e)) == -1 && e->status == EX_DATAERR)
		suggest_file(a, e);
	return rc;
}

/* Read the messages: `in`, or if that is NULL those that the arguments name. */
static int
read_messages(struct send *x, const struct args *a, struct message_source *in, struct err *e)
{
	int rc = in != NULL ? send_messages_add_source(&x->messages, in, e)
			    : read_inputs(&x->messages, a, e);

	for (const struct outbox_message *o = x->messages.list; o != NULL; o = o->next)
		if (o->m.unended)
			print_warning(x->s->opt, x->s->who,
				"%s: text follows the header directly: an empty line is sent "
				"between them",
				o->name);
	return rc;
}

/* ---- outcomes ---------------------------------------------------------------------------------- */

static int
outcome(void *context, const struct outbox_message *o, enum smtp_refusals which, struct err *e)
{
	return smtp_report(((struct send *)context)->s, o, which, e);
}

static void
ended(void *context, const struct outbox_message *o, const struct submit_end *end)
{
	struct send *x = context;
	const struct smtp_transaction *t = &o->m.transaction;
	const char *who = x->s->who, *spool = NULL, *text = smtp_transaction_error(t)->text;
	struct err left = end->left;

	if (end->stored == SUBMIT_QUEUED || end->stored == SUBMIT_STORED)
		spool = x->submit.spool;
	if (end->failure.status != 0)
		print_error(who, &end->failure);
	if (end->stored == SUBMIT_NOT_STORED)
		smtp_print_refusals(o, SMTP_REFUSALS_TEMPORARY);
	if (end->stored == SUBMIT_STORED && !x->s->opt->quiet && spooled_has(o, SPOOLED_DEFERRED))
		print_note("%s: %s: stored in %s%s%s", who, o->name, spool,
			*text != '\0' ? ": " : "", text);
	smtp_log(x->s, o, spool, &end->why, left.status);
	if (left.status != 0 && x->messages.total > 1 && t->outcome != SMTP_PARTIAL) {
		err_prefix(&left, "%s", o->name);
		client_name_host(&x->s->c, &left);
		print_error(who, &left);
	}
	progress_count(++x->ended);
}

/* ---- the account ------------------------------------------------------------------------------- */

int
smtp_choose_account(struct session *s, const char *from, struct err *e)
{
	const char *log = s->opt->log;

	if (settings_choose(s->opt->settings, from, s->opt, e) == -1)
		return -1;
	if (s->opt->log == log)
		return 0;
	log_close();
	return run_open_log(s->opt, s->who, e);
}

/* An account was chosen, and its options apply: read the messages again, with these options. */
static int
read_again(struct send *x, const struct args *a, struct err *e)
{
	send_messages_drop(&x->messages);
	smtp_options_free(&x->options);
	return read_options(x, a, e) == 0 ? send_messages_read_again(&x->messages, e) : -1;
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

/* ---- the verb ---------------------------------------------------------------------------------- */

static int
submit(struct send *x, struct err *e)
{
	if (!x->submit.queue_always)
		smtp_begin(x->s, x->messages.list);
	else if (x->submit.spool == NULL)
		return err_set(e, EX_CONFIG,
			"queue = always needs 'spool = DIR' in the section [sendmail]");
	return submit_messages(&x->submit, x->messages.list, e);
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
		rc = submit(x, e);
	x->s->args = given;
	free(chosen.opts);
	return rc;
}

int
smtp_send_received(struct session *s, const struct args *a, struct message_source *in,
	const struct smtp_receive *r, struct err *e)
{
	static const struct submit_events events = {.outcome = outcome, .ended = ended};
	struct send x = {.s = s, .receive = r};
	int rc;

	x.submit = (struct submit){.c = &s->c, .events = &events, .context = &x};
	send_messages_begin(&x.messages, &x.options.options, getenv("TMPDIR"));
	rc = read_options(&x, a, e);
	if (rc == 0)
		rc = read_messages(&x, a, in, e);
	if (rc == 0)
		rc = send_all(&x, a, e);
	send_messages_free(&x.messages);
	smtp_options_free(&x.options);
	return rc;
}

int
smtp_send_run(struct session *s, const struct args *a, struct err *e)
{
	return smtp_send_received(s, a, NULL, NULL, e);
}

const struct verb smtp_send_verb = {"send", "[RCPT...]",
	"send a message from stdin, or messages from files", VERB_STDIN | VERB_OPENS,
	sendmail_send_opts + SENDMAIL_KEYS, smtp_send_run, smtp_send_reads_stdin,
	.group = GROUP_SEND, .exits = "1 if some recipients were refused, 67 if all were",
	.example = "mailnet smtp -s submissions://me@mail.example.org send -m message.eml "
		   "ann@example.org"};
