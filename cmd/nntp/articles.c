/* nntp verbs that print or store articles: stat, head, body, article, fetch. */
#include <stdlib.h>
#include <string.h>

#include "cmd/destination_open.h"
#include "cmd/log.h"
#include "cmd/nntp/nntp.h"
#include "cmd/print.h"
#include "job/collect.h"

/* The state of a verb that prints or stores articles. */
struct articles {
	struct session *s;
	struct collect job;
	struct message_out out; /* for a run without a store */
	struct err warning;     /* of the store */
	struct collect_limits limits;
	bool uid; /* JSON records of fetch have a uid, as those of the stored articles */
};

/* ---- events ------------------------------------------------------------------------------------ */

int
nntp_print_stat(struct session *s, const struct nntp_got *got, struct err *e)
{
	char number[21];
	struct field f[] = {field_u("number", got->number, number),
		field_p("message-id", got->msgid, got->msgid_len)};

	return out_record(s->out, ' ', f, 2, e);
}

static int
print_article(struct collect *j, const struct nntp_got *got, struct err *e)
{
	struct articles *a = j->context;
	struct client *c = &a->s->c;
	char number[21];
	const struct field f[] = {
		field_s("group", j->groups.several ? j->at->name : ""),
		field_u("number", got->number, number),
		field_p("message-id", got->msgid, got->msgid_len),
		field_p("uid", got->msgid, got->msgid_len),
	};
	size_t first = j->groups.several ? 0 : 1;

	if (j->part == NNTP_STAT)
		return nntp_print_stat(a->s, got, e);
	message_begin(&a->out);
	if (collect_block(j, message_sink(&a->out), print_line_ends(message_crlf(&a->out)), NULL,
		    e) == -1)
		return -1;
	return message_end(&a->out, f + first, (a->uid ? 4 : 3) - first, e) == -1
		       ? conn_fail(c->conn, e)
		       : 0;
}

/* A program may wait for an article before it writes the next line to stdin. */
static int
idle(struct collect *j, struct err *e)
{
	return out_flush(((struct articles *)j->context)->s->out, e);
}

static void
log_outcome(const struct collect *j, const struct collect_outcome *item)
{
	const struct articles *a = j->context;

	if (!log_is_open() || item->refused) /* which the event `passed` logs */
		return;
	log_begin(a->s);
	log_str("group", item->group);
	log_number("number", item->number);
	log_str("message-id", item->msgid);
	log_number("octets", item->octets);
	log_str("file", item->file);
	log_end("stored", 0);
}

static int
print_outcome(struct collect *j, const struct collect_outcome *item, struct err *e)
{
	struct out *o = ((struct articles *)j->context)->s->out;
	char digits[2][21];
	const struct field f[] = {field_s("group", item->group),
		field_u("number", item->number, digits[0]), field_s("uid", item->msgid),
		field_u("octets", item->octets, digits[1]),
		field_s("fate", item->refused ? "skipped" : "stored"), field_s("file", item->file),
		field_bool("deleted", false)};
	size_t first = j->groups.several ? 0 : 1;

	log_outcome(j, item);
	return o->json ? out_record(o, ' ', f + first, 7 - first, e) : 0;
}

/* A store detects only at its first message that it cannot create a dot-lock. */
static void
warn(struct articles *a)
{
	if (a->warning.status != 0)
		client_warn(&a->s->c, "%s", a->warning.text);
	err_clear(&a->warning);
}

static struct store *
open_store(struct collect *j, const char *name, struct err *e)
{
	struct articles *a = j->context;
	struct destination d;

	warn(a);
	/* Message-ids are unique, so a Maildir treats all news as one mailbox. */
	return destination_parse(name, &d, e) == 0
		       ? destination_open_any(a->s, &d, "news", &a->warning, e)
		       : NULL;
}

static const struct collect_events events = {
	.article = print_article, .idle = idle, .outcome = print_outcome, .open = open_store};

static int
collect(struct articles *a, struct err *e)
{
	struct client *c = &a->s->c;
	int rc = a->job.from_stdin ? collect_wait(&a->job, c, e) : COLLECT_READY;
	bool ready = rc == COLLECT_READY;

	if (ready)
		rc = collect_run(&a->job, c, e);
	warn(a);
	if (a->job.left != 0)
		client_warn(c, "articles of more than %ju octets left unread: %ju",
			(uintmax_t)a->limits.octets, (uintmax_t)a->job.left);
	rc = nntp_passed_end(a->s, &a->job.passed, rc, e);
	if (ready && a->job.dest == NULL)
		rc = nntp_save_marks(a->s, &a->job.groups, rc, e);
	message_close(&a->out);
	return rc;
}

static void
articles_init(struct articles *a, struct session *s, const struct args *args, enum nntp_part part)
{
	const char *dest = args_get(args, "dest");

	*a = (struct articles){.s = s, .job = {.events = &events, .context = a, .part = part}};
	a->job.groups.passed = &a->job.passed;
	a->job.from_stdin = operands_from_stdin(args);
	if (dest != NULL && strcmp(dest, "-") != 0)
		a->job.dest = dest;
}

/* ---- stat, head, body, article ----------------------------------------------------------------- */

/* `-` stands for the articles that stdin names. */
#define FROM_STDIN (VERB_STDIN | VERB_WAITS)

static const struct opt article_opts[] = {
	{'d', "dest", "DEST",
		"store in PATH/ (Maildir), PATH (mbox), |COMMAND, lmtp://... or - (stdout)"},
	{0, "mbox", NULL, "print as mbox (default: a range or several SPECs)"},
	{0, "raw", NULL, "print articles as they are, one after the other (default: one SPEC)"},
	{0, NULL, NULL, NULL},
};

/* GROUP and SPECs; without SPECs, the current article. */
static void
take_specs(const struct args *args, struct survey_group *g)
{
	int i = g->name != NULL;

	if (i == args->noperands)
		nntp_specs_add(&g->specs, (struct nntp_spec){.current = true});
	for (; i < args->noperands; i++) {
		struct nntp_spec spec = args->operands[i].spec;

		spec.named = nntp_spec_names(&spec, args->operands[i].word);
		nntp_specs_add(&g->specs, spec);
	}
}

/* A range, or several SPECs, are an mbox even if only one is found. */
static bool
is_many(const struct nntp_specs *specs)
{
	const struct nntp_spec *first = specs->list;

	return specs->n > 1 || (!first->named && !first->current);
}

static enum nntp_part
part_of(const struct verb *verb)
{
	return verb == &nntp_stat_verb   ? NNTP_STAT
	       : verb == &nntp_head_verb ? NNTP_HEAD
	       : verb == &nntp_body_verb ? NNTP_BODY
					 : NNTP_ARTICLE;
}

/* stat, head, body and article. */
static int
run_part(struct session *s, const struct args *args, struct err *e)
{
	enum message_form form = MESSAGE_RAW;
	struct survey_group *g;
	struct articles a;
	int rc = 0;

	articles_init(&a, s, args, part_of(args->verb));
	g = survey_add(&a.job.groups, operand_word(args, "GROUP"));
	if (!a.job.from_stdin)
		take_specs(args, g);
	/* With -d, `-` means stdout. */
	if (a.job.dest == NULL)
		rc = print_form(s->out, args,
			a.job.from_stdin || is_many(&g->specs) || args_has(args, "dest"), &form, e);
	message_open(&a.out, s->out, form, getenv("TMPDIR"));
	if (rc == 0)
		rc = collect(&a, e);
	collect_free(&a.job);
	return rc;
}

const struct verb nntp_stat_verb = {"stat", "[GROUP] [SPEC...]",
	"print number and message-id of each article", FROM_STDIN, NULL, run_part,
	operands_from_stdin, .group = GROUP_READ, .exits = "1 if no such article exists",
	.example = "mailnet nntp -s nntps://news.example.org stat misc.test 3000-"};

const struct verb nntp_head_verb = {"head", "[GROUP] [SPEC...]", "print the headers of articles",
	FROM_STDIN, article_opts, run_part, operands_from_stdin, .group = GROUP_READ,
	.exits = "1 if no such article exists",
	.example = "mailnet nntp -s nntps://news.example.org head misc.test 3000"};

const struct verb nntp_body_verb = {"body", "[GROUP] [SPEC...]", "print the bodies of articles",
	FROM_STDIN, article_opts, run_part, operands_from_stdin, .group = GROUP_READ,
	.exits = "1 if no such article exists",
	.example = "mailnet nntp -s nntps://news.example.org body misc.test 3000-3010"};

const struct verb nntp_article_verb = {"article", "[GROUP] [SPEC...]", "print whole articles",
	FROM_STDIN, article_opts, run_part, operands_from_stdin, .group = GROUP_READ,
	.exits = "1 if no such article exists",
	.example = "mailnet nntp -s nntps://news.example.org article '<1@example.org>'"};

/* ---- fetch ------------------------------------------------------------------------------------- */

static const struct opt fetch_opts[] = {
	{'d', "dest", "DEST",
		"store in PATH/ (Maildir), PATH (mbox), |COMMAND, lmtp://... (default: -, stdout); "
		"%g in PATH is the group"},
	{0, "newsrc", "FILE",
		"only articles that FILE does not mark as read; mark them; without GROUP, of all "
		"its subscribed groups"},
	{0, "max-size", "BYTES", "leave larger articles on the server, unread"},
	{0, "limit", "N", "fetch at most N articles"},
	{0, NULL, NULL, NULL},
};

/* Message-ids need no group. Without GROUP and RANGE, --newsrc stands for all groups of its file. */
static int
check_fetch(const struct args *args, struct err *e)
{
	bool newsrc = args_has(args, "newsrc");

	if (operand_find(args, "GROUP") != NULL)
		return 0;
	if (operands_from_stdin(args))
		return newsrc ? err_set(e, EX_USAGE, "--newsrc needs a GROUP") : 0;
	if (args->noperands != 0)
		return err_set(e, EX_USAGE, "missing GROUP before '%s'", args->operands[0].word);
	return newsrc ? 0
		      : err_set(e, EX_USAGE,
				"missing GROUP (or --newsrc FILE, for all groups that it "
				"subscribes to)");
}

static int
limit_args(struct articles *a, const struct args *args, struct err *e)
{
	a->limits = (struct collect_limits){
		.articles = UINT64_MAX, .octets = UINT64_MAX, .tmpdir = getenv("TMPDIR")};
	a->job.limits = &a->limits;
	return args_number(args, "limit", 0, INT64_MAX, &a->limits.articles, e) == -1
		       ? -1
		       : args_number(args, "max-size", 0, INT64_MAX, &a->limits.octets, e);
}

static int
run_fetch(struct session *s, const struct args *args, struct err *e)
{
	const struct operand *range = operand_find(args, "RANGE");
	struct nntp_spec all = {.first = 1, .last = NNTP_NUMBER_MAX};
	const char *group = operand_word(args, "GROUP");
	struct survey_group *g = NULL;
	struct articles a;
	int rc;

	articles_init(&a, s, args, NNTP_ARTICLE);
	if (limit_args(&a, args, e) == -1)
		return -1;
	a.uid = true;
	if (group != NULL || a.job.from_stdin)
		g = survey_add(&a.job.groups, group);
	if (g != NULL && !a.job.from_stdin)
		nntp_specs_add(&g->specs, range != NULL ? range->spec : all);
	else if (g != NULL)
		g->unread.single = true;
	message_open(&a.out, s->out, s->out->json ? MESSAGE_JSON : MESSAGE_MBOX, getenv("TMPDIR"));
	a.limits.line_ends = print_line_ends(message_crlf(&a.out));
	rc = nntp_open_newsrc(s, &a.job.groups, args, a.job.dest == NULL, e);
	if (rc == 0)
		rc = collect(&a, e);
	collect_free(&a.job);
	return rc;
}

const struct verb nntp_fetch_verb = {"fetch", "[GROUP] [RANGE]",
	"store articles in a Maildir, mbox, command or LMTP server", FROM_STDIN, fetch_opts,
	run_fetch, operands_from_stdin, .check = check_fetch, .group = GROUP_READ,
	.exits = "1 if an article was skipped",
	.example = "mailnet nntp -s nntps://news.example.org fetch -d news/ --newsrc newsrc "
		   "misc.test"};
