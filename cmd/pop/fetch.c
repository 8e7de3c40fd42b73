/* pop fetch and drain: their options, the journal's path, and the records; the work is in job/drain.h. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/destination_open.h"
#include "cmd/log.h"
#include "cmd/pop/pop.h"
#include "cmd/print.h"
#include "job/drain.h"
#include "mail/date.h"
#include "store/group_commit.h"
#include "store/journal.h"
#include "wire/block.h"

/* The state of fetch or drain. */
struct fetch {
	struct session *s;
	const struct args *args;
	struct destination dest;
	enum message_form form; /* to stdout */
	bool new_only;          /* leave messages that were fetched before */
	struct drain_options drain;
};

/* ---- options ----------------------------------------------------------------------------------- */

static int
parse_dest(struct fetch *f, const struct args *a, struct err *e)
{
	const char *dest = args_get(a, "dest");
	const struct out *o = f->s->out;

	if (destination_parse(dest != NULL ? dest : "-", &f->dest, e) == -1)
		return -1;
	if (f->dest.kind != DEST_STDOUT) {
		if (args_has(a, "raw") || args_has(a, "mbox"))
			return err_set(e, EX_USAGE,
				"--raw and --mbox are for output to stdout, not for -d");
		return 0;
	}
	if (f->drain.delete &&o->tty)
		return err_set(e, EX_USAGE,
			"-d - with a terminal as stdout would delete messages that are not stored: "
			"redirect stdout");
	/* The file of -o appears at the end of the session, after messages were deleted or recorded. */
	if (f->new_only && f->s->opt->output != NULL)
		return err_set(e, EX_USAGE, "%s to stdout and -o exclude each other: give -d FILE",
			f->drain.delete ? "drain" : "--new");
	return print_form(o, a, true, &f->form, e);
}

/* $MAILNET_GROUP: smaller groups, for tests. */
static int
parse_group(struct fetch *f, struct err *e)
{
	const char *text = getenv("MAILNET_GROUP");
	uint64_t v = 0;

	if (text != NULL && *text != '\0' &&
		(!text_number_s(text, GROUP_COMMIT_MESSAGES, &v) || v == 0))
		return err_set(e, EX_CONFIG, "$MAILNET_GROUP: '%s' is not a number from 1 to %d",
			text, GROUP_COMMIT_MESSAGES);
	f->drain.group = (size_t)v;
	return 0;
}

static int
parse_options(struct fetch *f, const struct args *a, struct err *e)
{
	const char *keep = args_get(a, "keep");
	uint64_t seconds = 0;

	f->drain.max_size = f->drain.limit = INT64_MAX;
	f->new_only = f->drain.delete || args_has(a, "new");
	if (args_number(a, "max-size", 0, INT64_MAX, &f->drain.max_size, e) == -1 ||
		args_number(a, "limit", 0, INT64_MAX, &f->drain.limit, e) == -1 ||
		parse_group(f, e) == -1 || parse_dest(f, a, e) == -1)
		return -1;
	if (keep != NULL && date_age(keep, &seconds, e) == -1) {
		e->status = EX_USAGE;
		return err_prefix(e, "--keep");
	}
	f->drain.keep = (int64_t)seconds;
	if (args_has(a, "state") && !f->new_only)
		return err_set(e, EX_USAGE, "--state needs --new: without it, nothing is recorded");
	return 0;
}

/* ---- journal and store --------------------------------------------------------------------------- */

int
pop_journal_path(const struct session *s, struct buf *out, struct err *e)
{
	return drain_journal_path(&s->c, getenv("XDG_STATE_HOME"), getenv("HOME"), out, e);
}

/* Open the journal of --state, or the one that the mailbox has by default. */
static struct journal *
open_journal(const struct session *s, const struct args *a, const char *destination, struct err *e)
{
	const char *state = args_get(a, "state");
	struct journal *journal = NULL;
	struct buf path = {0};

	if (state != NULL)
		buf_adds(&path, state);
	if (state != NULL || pop_journal_path(s, &path, e) == 0)
		journal = journal_open(buf_str(&path), destination, e);
	buf_free(&path);
	return journal;
}

static struct store *
open_store(struct fetch *f, struct err *warning, struct err *e)
{
	struct buf mailbox = {0};
	struct store *store;
	bool crlf;

	f->drain.warn_no_uid = f->dest.kind != DEST_MAILDIR;
	f->drain.line_ends = BLOCK_LF;
	if (f->dest.kind == DEST_STDOUT) {
		store = message_store(f->s->out, f->form, getenv("TMPDIR"), &crlf);
		f->drain.line_ends = print_line_ends(crlf);
		return store;
	}
	drain_mailbox(&f->s->c, &mailbox);
	store = destination_open_any(f->s, &f->dest, buf_str(&mailbox), warning, e);
	buf_free(&mailbox);
	return store;
}

/* ---- events ------------------------------------------------------------------------------------ */

static void
failed(void *session, const struct err *why)
{
	pop_print_failed(session, why);
	log_refused(session, why);
}

/* If the reader of the JSON output has gone, delete nothing: the records of what was stored would be lost. */
static int
may_delete(void *session, struct err *e)
{
	struct out *o = ((struct session *)session)->out;

	return o->json ? out_heard(o, e) : 0;
}

static int
log_outcome(void *session, const struct drain_message *m, struct err *e)
{
	(void)e;
	if (!log_is_open() || (!m->stored && !m->deleted))
		return 0;
	log_begin(session);
	log_number("number", m->number);
	if (m->uid != NULL)
		log_text("uid", m->uid, m->uid_len);
	log_number("octets", m->octets);
	log_str("file", m->file);
	if (m->stored)
		log_str("deleted", m->deleted ? "yes" : "no");
	log_end(m->stored ? "stored" : "deleted", 0);
	return 0;
}

static int
print_record(void *session, const struct drain_message *m, struct err *e)
{
	char digits[2][21];
	struct field f[] = {field_u("number", m->number, digits[0]),
		field_p("uid", m->uid, m->uid_len), field_u("octets", m->octets, digits[1]),
		field_s("fate", m->stored ? "stored" : "skipped"), field_s("file", m->file),
		field_bool("deleted", m->deleted)};

	if (m->uid == NULL)
		f[1].kind = FIELD_NULL;
	(void)log_outcome(session, m, e);
	return out_record(((struct session *)session)->out, ' ', f, 6, e);
}

/* ---- the verbs --------------------------------------------------------------------------------- */

/* One session: open journal and store, and run. */
static int
copy_once(struct fetch *f, struct err *e)
{
	struct session *s = f->s;
	struct drain_events events = {.failed = failed, .may_delete = may_delete};
	struct err warning = {0};
	struct buf dest = {0};
	int rc = -1;

	destination_identity(&f->dest, &dest);
	f->drain.journal = f->new_only ? open_journal(s, f->args, buf_str(&dest), e) : NULL;
	buf_free(&dest);
	if (f->new_only && f->drain.journal == NULL)
		return -1;
	f->drain.store = open_store(f, &warning, e);
	if (s->out->json && f->dest.kind != DEST_STDOUT)
		events.message = print_record;
	else if (log_is_open())
		events.message = log_outcome;
	if (f->drain.store != NULL)
		rc = drain_run(&s->c, &f->drain, &events, s, e);
	else
		journal_close(f->drain.journal);
	if (warning.status != 0)
		client_warn(&s->c, "%s", warning.text);
	return rc;
}

/* One of several sessions. */
static int
copy_part(void *context, uint64_t limit, struct drain_counts *counts, struct err *e)
{
	struct fetch *f = context;

	f->drain.limit = limit;
	f->drain.counts = counts;
	return copy_once(f, e);
}

static void
failed_part(void *context, const struct err *why)
{
	failed(((struct fetch *)context)->s, why);
}

static int
copy_in_parts(struct fetch *f, uint64_t every, struct err *e)
{
	const struct drain_sessions parts = {.every = every,
		.limit = f->drain.limit,
		.session = copy_part,
		.failed = failed_part};
	struct client *c = &f->s->c;

	if (!c->one_shot)
		return err_set(e, EX_USAGE,
			"--commit-every needs sessions of its own and cannot be used in a batch");
	if (c->creds_once && c->creds.source != CREDS_PROMPT)
		return err_set(e, EX_USAGE,
			"--commit-every logs in for each session, but the password can be read "
			"only once: use "
			"--password-command or a netrc file");
	return drain_in_sessions(c, &parts, f, e);
}

/* fetch and drain. */
static int
run_copy(struct session *s, const struct args *a, struct err *e)
{
	struct fetch f = {.s = s, .args = a, .drain.delete = a->verb == &pop_drain_verb};
	uint64_t every = 0;

	if (parse_options(&f, a, e) == -1 ||
		args_number(a, "commit-every", 1, INT64_MAX, &every, e) == -1)
		return -1;
	return every != 0 ? copy_in_parts(&f, every, e) : copy_once(&f, e);
}

static const struct opt fetch_opts[] = {
	{'d', "dest", "DEST",
		"store in PATH/ (Maildir), PATH (mbox), |COMMAND, lmtp://... (default: -, stdout)"},
	{0, "new", NULL, "only messages that were not fetched before"},
	{0, "max-size", "BYTES", "leave larger messages on the server (default: no limit)"},
	{0, "limit", "N", "fetch at most N messages (default: all)"},
	{0, "state", "FILE", "the journal of stored messages (default: in ~/.local/state/mailnet)"},
	{0, "mbox", NULL, "to stdout: messages as mbox (default)"},
	{0, "raw", NULL, "to stdout: messages as they are, one after the other"}, {.name = NULL}};

const struct verb pop_fetch_verb = {"fetch", "",
	"store or print all messages; they stay on the server", VERB_MESSAGES, fetch_opts, run_copy,
	NULL, .group = GROUP_READ, .exits = "73 if DEST cannot be written",
	.example = "mailnet pop -s pops://me@pop.example.org fetch --new -d Mail/"};

static const struct opt drain_opts[] = {
	{'d', "dest", "DEST",
		"store in PATH/ (Maildir), PATH (mbox), |COMMAND, lmtp://... or - (stdout)"},
	{0, "keep", "AGE",
		"delete messages AGE after they were stored: 14d, 12h (default: at once)"},
	{0, "new", NULL, "accepted; drain never fetches a message twice anyway"},
	{0, "commit-every", "N",
		"end the session after N messages and begin another, until no message is left"},
	{0, "max-size", "BYTES", "leave larger messages on the server (default: no limit)"},
	{0, "limit", "N", "fetch at most N messages (default: all)"},
	{0, "state", "FILE", "the journal of stored messages (default: in ~/.local/state/mailnet)"},
	{0, "mbox", NULL, "to stdout: messages as mbox (default)"},
	{0, "raw", NULL, "to stdout: messages as they are, one after the other"}, {.name = NULL}};

const struct verb pop_drain_verb = {"drain", "",
	"store all messages, then delete them on the server", VERB_MESSAGES | VERB_NEEDS_DEST,
	drain_opts, run_copy, NULL, .group = GROUP_READ,
	.exits = "73 if DEST cannot be written, 75 if another run uses the mailbox",
	.example = "mailnet pop -s pops://me@pop.example.org drain -d Mail/"};

static int
run_mark(struct session *s, const struct args *a, struct err *e)
{
	struct journal *journal = open_journal(s, a, JOURNAL_MARKS, e);

	return journal != NULL ? drain_mark(&s->c, journal, e) : -1;
}

static const struct opt mark_opts[] = {
	{0, "state", "FILE", "the journal of stored messages (default: in ~/.local/state/mailnet)"},
	{.name = NULL}};

const struct verb pop_mark_verb = {"mark", "",
	"record all messages as fetched without fetching them", 0, mark_opts, run_mark, NULL,
	.group = GROUP_READ, .exits = "75 if another run uses the mailbox",
	.example = "mailnet pop -s pops://me@pop.example.org mark"};
