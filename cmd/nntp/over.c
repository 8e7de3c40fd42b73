/* nntp verb over: overview lines as sent, or by field, as JSON, decoded, unread ones only. */
#include <string.h>

#include "base/text.h"
#include "cmd/nntp/nntp.h"
#include "cmd/print.h"
#include "job/overview.h"
#include "mail/rfc2047.h"

/* The state of the verb over. */
struct over {
	struct overview job; /* must be first: its events cast it to struct over */
	struct session *s;
	struct overview_reader lines;
	const char *fields; /* -F, or NULL */
	int cols[OVERVIEW_COLUMNS];
	size_t ncols;
	bool decode;
	struct rfc2047 words;
	struct buf text;
	struct json_key keys[OVERVIEW_COLUMNS]; /* by column, for JSON */
	uint64_t lacking;                       /* lines that lack a field of -F */
};

/* ---- fields ------------------------------------------------------------------------------------ */

/* How much of n octets is the name: it may be spelled as LIST OVERVIEW.FMT shows it, "Xref:full". */
static size_t
field_name(const char *p, size_t n)
{
	if (n > 5 && text_same_n(p + n - 5, 5, ":full"))
		return n - 5;
	return n > 1 && p[n - 1] == ':' ? n - 1 : n;
}

/* Find the columns of -F. EX_DATAERR for a field that the server does not have. */
static int
resolve(struct overview *job, struct err *e)
{
	struct over *o = (struct over *)job;
	const char *p = o->fields;

	o->ncols = 0;
	while (p != NULL) {
		size_t n = strcspn(p, ",");
		int col = overview_column(&nntp_of(&o->s->c)->format, p, field_name(p, n));

		if (col == -1)
			return err_set(e, EX_DATAERR,
				"-F: the overview has no field '%.*s' (list overview.fmt prints "
				"the fields)",
				(int)(n < 200 ? n : 200), p);
		if (o->ncols == OVERVIEW_COLUMNS)
			return err_set(e, EX_USAGE, "-F: more than %d fields", OVERVIEW_COLUMNS);
		o->cols[o->ncols++] = col;
		p = p[n] == ',' ? p + n + 1 : NULL;
	}
	return 0;
}

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
	size_t count = o->ncols != 0 ? o->ncols : n;
	bool lacks = false;

	if (put_group(o, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		size_t at = o->ncols != 0 ? (size_t)o->cols[i] : i;

		lacks = lacks || at >= n;
		if (put_text(o, shown(o, at, column(cols, n, at)), i == 0, e) == -1)
			return -1;
	}
	o->lacking += lacks;
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

static int
print_json(struct over *o, const struct nntp_span *cols, size_t n, struct err *e)
{
	const struct overview_format *f = &nntp_of(&o->s->c)->format;
	size_t count = o->ncols != 0 ? o->ncols : f->n + 1;
	bool lacks = false;

	json_open(o->s->out->json, '{');
	if (o->job.groups.several) {
		json_key(o->s->out->json, "group");
		json_s(o->s->out->json, o->job.at->name);
	}
	for (size_t i = 0; i < count; i++) {
		size_t at = o->ncols != 0 ? (size_t)o->cols[i] : i;

		lacks = lacks || at >= n;
		json_ready_key(o->s->out->json, &o->keys[at]);
		if (at == 0)
			json_num(o->s->out->json, cols[0].p, cols[0].n);
		else
			json_field(o, at, column(cols, n, at));
	}
	json_close(o->s->out->json, '}');
	o->lacking += o->ncols != 0 && lacks;
	return out_end_record(o->s->out, e);
}

static int
print_line(struct over *o, const struct overview_line *line, struct err *e)
{
	if (o->s->out->json)
		return print_json(o, line->cols, line->ncols, e);
	if (o->ncols == 0 && !o->decode)
		return put_group(o, e) == 0 ? out_line(o->s->out, line->p, line->len, e) : -1;
	return print_text(o, line->cols, line->ncols, e);
}

static void
make_keys(struct over *o)
{
	const struct overview_format *f = &nntp_of(&o->s->c)->format;

	json_key_make(&o->keys[0], "number", strlen("number"));
	for (size_t i = 0; i < f->n; i++)
		json_key_make(&o->keys[i + 1], f->fields[i].name, strlen(f->fields[i].name));
}

static int
print_lines(struct overview *job, const struct nntp_spec *spec, uint64_t *lines, struct err *e)
{
	struct over *o = (struct over *)job;
	struct client *c = &o->s->c;
	struct overview_line line;
	int kind = OVERVIEW_END, rc = 0;

	if (o->s->out->json)
		make_keys(o);
	o->lines.n = nntp_of(c);
	o->lines.most = nntp_lines_max(spec);
	o->lines.seen = 0;
	o->lines.highest = job->at->upto;
	while (rc == 0 && (kind = overview_next(&o->lines, &line, e)) > OVERVIEW_END)
		switch (kind) {
		case OVERVIEW_PLAIN: rc = out_line(o->s->out, line.p, line.len, e); break;
		case OVERVIEW_SPLIT: rc = print_line(o, &line, e); break;
		case OVERVIEW_MALFORMED:
			survey_name(&job->groups, job->at, e);
			passed_add(&job->passed, c, e);
			break;
		case OVERVIEW_LONG_ID: nntp_warn_long_id(c, line.p, line.len); break;
		}
	*lines = o->lines.seen;
	job->at->upto = o->lines.highest;
	return rc == -1 ? conn_fail(c->conn, e) : kind;
}

/* ---- the verb ---------------------------------------------------------------------------------- */

static int
parse(struct over *o, const struct args *a, struct err *e)
{
	const struct operand *range = operand_find(a, "RANGE|MSGID");
	const struct nntp *n = nntp_of(&o->s->c);
	const char *group = operand_word(a, "GROUP"), *newsrc;
	struct overview *job = &o->job;
	uint64_t *last = &job->groups.last;

	job->groups.passed = &job->passed;
	if (nntp_path_arg(a, "newsrc", &newsrc, e) == -1 ||
		args_number(a, "last", 1, NNTP_NUMBER_MAX, last, e) == -1)
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
	o->fields = args_get(a, "fields");
	o->decode = args_has(a, "decode");
	job->format = o->fields != NULL || o->s->out->json;
	o->lines.as_sent = !job->format && !o->decode && newsrc == NULL;
	return newsrc == NULL ? 0 : nntp_newsrc_open(&job->groups, o->s, newsrc, true, e);
}

/*
 * Mark the articles only after all lines are written to stdout. After a failure: those of the groups before the group
 * in which the job failed.
 */
static int
mark(struct over *o, int rc, struct err *e)
{
	const struct overview *job = &o->job;
	struct survey_group *end = job->groups.list + job->groups.n;
	struct out *out = o->s->out;
	struct err late = {0};

	if (job->groups.newsrc == NULL || out->broken != 0)
		return rc;
	if (rc == -1)
		end = job->at;
	out_drop(out);
	if (out_flush(out, rc == 0 ? e : &late) == -1)
		return -1;
	for (struct survey_group *g = job->groups.list; g < end; g++)
		unread_mark(&g->unread, g->upto);
	return survey_save(&o->job.groups, rc == 0 ? e : &late) == -1 ? -1 : rc;
}

/* Warn once about lines that do not fit the format. EX_DATAERR if a line lacked a field of -F. */
static int
report(const struct over *o, struct err *e)
{
	if (o->lacking != 0) {
		o->s->passed_over = true;
		return err_set(e, EX_DATAERR, "%ju overview lines lack a field that -F names",
			(uintmax_t)o->lacking);
	}
	if (o->lines.odd != 0)
		client_warn(&o->s->c,
			"%ju overview lines do not have the fields of LIST OVERVIEW.FMT",
			(uintmax_t)o->lines.odd);
	return 0;
}

static void
over_free(struct over *o)
{
	overview_free(&o->job);
	nntp_newsrc_close(&o->job.groups);
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
	struct over o = {.job = {.ready = resolve, .lines = print_lines}, .s = s};
	int rc = parse(&o, a, e);

	/* A line that lacks a field has been printed: it is marked too. */
	if (rc == 0)
		rc = mark(&o, overview_run(&o.job, &s->c, e), e);
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
