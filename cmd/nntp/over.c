/* nntp verb over: overview lines as sent, or by field, as JSON, decoded, unread ones only. */
#include <string.h>

#include "cmd/nntp/nntp.h"
#include "cmd/print.h"
#include "job/overview.h"
#include "mail/rfc2047.h"

/* The state of the verb over. */
struct over {
	struct overview job; /* must be first: its event casts it to struct over */
	struct session *s;
	bool decode;
	struct rfc2047 words;
	struct buf text;
	bool keyed;                             /* keys are made */
	struct json_key keys[OVERVIEW_COLUMNS]; /* by column, for JSON */
};

/* ---- printing ---------------------------------------------------------------------------------- */

/* The value of a column, decoded if that is wanted: valid until the next call. */
static struct nntp_span
shown(struct over *o, size_t at, struct nntp_span col)
{
	/* No encoded words in message-ids and numbers (RFC 2047, section 5). */
	if (!o->decode || (at >= OVERVIEW_MSGID && at <= OVERVIEW_STANDARD) ||
		memmem(col.p, col.n, "=?", 2) == NULL)
		return col;
	buf_clear(&o->text);
	rfc2047_decode(&o->words, col.p, col.n, &o->text);
	return (struct nntp_span){buf_str(&o->text), o->text.len};
}

/* Column i of a line of n, or an empty one. */
static struct nntp_span
column(const struct nntp_span *cols, size_t n, size_t i)
{
	return i < n ? cols[i] : (struct nntp_span){"", 0};
}

static int
put_text(const struct over *o, struct nntp_span text, bool first, struct err *e)
{
	if (!first && out_text(o->s->out, "\t", 1, e) == -1)
		return -1;
	return out_text(o->s->out, text.p, text.n, e);
}

/* Of several groups, each line begins with the group's name and a tab. */
static int
put_group(const struct over *o, struct err *e)
{
	const char *name = o->job.at->name;

	if (!o->job.groups.several)
		return 0;
	return out_text(o->s->out, name, strlen(name), e) == 0 ? out_text(o->s->out, "\t", 1, e)
							       : -1;
}

/* Print only the columns of -F, or all of them. */
static int
print_text(struct over *o, const struct nntp_span *cols, size_t n, struct err *e)
{
	const struct overview *job = &o->job;
	size_t count = job->ncolumns != 0 ? job->ncolumns : n;

	if (put_group(o, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		size_t at = job->ncolumns != 0 ? (size_t)job->columns[i] : i;

		if (put_text(o, shown(o, at, column(cols, n, at)), i == 0, e) == -1)
			return -1;
	}
	return out_eol(o->s->out, e);
}

static void
json_field(struct over *o, size_t at, struct nntp_span col)
{
	const struct overview_field *f = &nntp_of(&o->s->c)->format.fields[at - 1];
	struct nntp_span value = overview_value(f, col);

	/* A full field that is there and empty still has its name in the column. */
	if (f->number)
		json_num(o->s->out->json, value.p, value.n);
	else if (col.n == 0 && at > OVERVIEW_STANDARD)
		json_null(o->s->out->json);
	else {
		value = shown(o, at, value);
		json_str(o->s->out->json, value.p, value.n);
	}
}

static void
make_keys(struct over *o)
{
	const struct overview_format *f = &nntp_of(&o->s->c)->format;

	json_key_make(&o->keys[0], "number", strlen("number"));
	for (size_t i = 0; i < f->n; i++)
		json_key_make(&o->keys[i + 1], f->fields[i].name, strlen(f->fields[i].name));
	o->keyed = true;
}

static int
print_json(struct over *o, const struct nntp_span *cols, size_t n, struct err *e)
{
	const struct overview *job = &o->job;
	struct json *json = o->s->out->json;
	size_t count = job->ncolumns != 0 ? job->ncolumns : nntp_of(&o->s->c)->format.n + 1;

	if (!o->keyed)
		make_keys(o);
	json_open(json, '{');
	if (o->job.groups.several) {
		json_key_s(json, "group", o->job.at->name);
	}
	for (size_t i = 0; i < count; i++) {
		size_t at = job->ncolumns != 0 ? (size_t)job->columns[i] : i;

		json_ready_key(json, &o->keys[at]);
		if (at == 0)
			json_num(json, cols[0].p, cols[0].n);
		else
			json_field(o, at, column(cols, n, at));
	}
	json_close(json, '}');
	return out_end_record(o->s->out, e);
}

static int
print_line(struct overview *job, const struct overview_line *line, struct err *e)
{
	struct over *o = (struct over *)job;
	struct out *out = o->s->out;

	if (line->ncols == 0)
		return out_line(out, line->p, line->len, e);
	if (out->json != NULL)
		return print_json(o, line->cols, line->ncols, e);
	if (job->ncolumns == 0 && !o->decode)
		return put_group(o, e) == 0 ? out_line(out, line->p, line->len, e) : -1;
	return print_text(o, line->cols, line->ncols, e);
}

/* ---- the verb ---------------------------------------------------------------------------------- */

static int
parse(struct over *o, const struct args *a, struct err *e)
{
	const struct operand *range = operand_find(a, "RANGE|MSGID");
	const struct nntp *n = nntp_of(&o->s->c);
	const char *group = operand_word(a, "GROUP"), *newsrc = args_get(a, "newsrc");
	struct overview *job = &o->job;
	uint64_t *last = &job->groups.last;

	job->groups.passed = &job->passed;
	if (args_number(a, "last", 1, NNTP_NUMBER_MAX, last, e) == -1)
		return -1;
	job->spec = range != NULL ? range->spec
				  : (struct nntp_spec){.first = 1, .last = NNTP_NUMBER_MAX};
	if (range == NULL && group == NULL && *last == 0 && newsrc == NULL)
		job->spec.current = true;
	if ((*last != 0 || newsrc != NULL) && job->spec.msgid != NULL)
		return err_set(e, EX_USAGE, "%s and a message-id exclude each other",
			newsrc != NULL ? "--newsrc" : "-n");
	/* With a newsrc file and neither a group nor a range: all groups that the file subscribes to. */
	if (group != NULL || n->in_group || newsrc == NULL || range != NULL)
		survey_add(&job->groups, group);
	if ((*last != 0 || newsrc != NULL) && job->groups.n != 0 && group == NULL && !n->in_group)
		return err_set(e, EX_NO, "no group is selected: give GROUP");
	job->fields = args_get(a, "fields");
	o->decode = args_has(a, "decode");
	job->format = job->fields != NULL || o->s->out->json;
	job->as_sent = !job->format && !o->decode && newsrc == NULL;
	return nntp_open_newsrc(o->s, &job->groups, a, true, e);
}

/* Warn once about lines that do not fit the format. EX_DATAERR if a line lacked a field of -F. */
static int
report(const struct over *o, struct err *e)
{
	const struct overview *job = &o->job;

	if (job->lacking != 0) {
		o->s->passed_over = true;
		return err_set(e, EX_DATAERR, "%ju overview lines lack a field that -F names",
			(uintmax_t)job->lacking);
	}
	if (job->odd != 0)
		client_warn(&o->s->c,
			"%ju overview lines do not have the fields of LIST OVERVIEW.FMT",
			(uintmax_t)job->odd);
	return 0;
}

static void
over_free(struct over *o)
{
	overview_free(&o->job);
	rfc2047_free(&o->words);
	buf_free(&o->text);
	for (size_t i = 0; i < OVERVIEW_COLUMNS; i++)
		json_key_free(&o->keys[i]);
}

static const struct opt over_opts[] = {
	{'n', "last", "K", "only the last K article numbers of the group (default: all)"},
	{'F', "fields", "FIELD,...", "print only these fields, in this order (default: all)"},
	{0, "decode", NULL, "print encoded words (RFC 2047) as UTF-8"},
	{0, "newsrc", "FILE",
		"only articles that FILE does not mark as read; mark them; without GROUP, of all "
		"its subscribed groups"},
	{0, NULL, NULL, NULL},
};

static int
run_over(struct session *s, const struct args *a, struct err *e)
{
	struct over o = {.job.line = print_line, .s = s};
	int rc = parse(&o, a, e);

	/* A line that lacks a field has been printed: it is marked too. */
	if (rc == 0)
		rc = nntp_save_marks(s, &o.job.groups, overview_run(&o.job, &s->c, e), e);
	/* With a newsrc file, it is a success if no article is unread. */
	if (rc == 0 && !o.job.found && o.job.groups.newsrc == NULL)
		rc = overview_nothing(&o.job, e);
	if (rc == 0)
		rc = report(&o, e);
	rc = nntp_passed_end(s, &o.job.passed, rc, e);
	over_free(&o);
	return rc;
}

const struct verb nntp_over_verb = {"over", "[GROUP] [RANGE|MSGID]",
	"print an overview line for each article", 0, over_opts, run_over, NULL,
	.group = GROUP_READ, .exits = "1 if no article is found, or an overview line was skipped",
	.example = "mailnet nntp -s nntps://news.example.org over -n 20 misc.test"};
