/* nntp verbs that print a list: list, descriptions, description, newgroups, newnews, listgroup, hdr, xpat. */
#include <string.h>

#include "base/text.h"
#include "cmd/nntp/nntp.h"
#include "cmd/print.h"
#include "job/listing.h"
#include "wire/block.h"

/* ---- records ----------------------------------------------------------------------------------- */

/* The fields of a record, and what is between them in the text. */
static const struct {
	char separator;
	const char *keys[4];
	bool numbers[4];
} formats[] = {
	[NNTP_LIST_LINES] = {' ', {"line"}, {false}},
	[NNTP_LIST_ACTIVE] = {' ', {"group", "last", "first", "flag"}, {false, true, true}},
	[NNTP_LIST_DESCRIPTIONS] = {'\t', {"group", "description"}, {false}},
	[NNTP_LIST_MSGIDS] = {' ', {"message-id"}, {false}},
	[NNTP_LIST_NUMBERS] = {' ', {"number"}, {true}},
	[NNTP_LIST_HEADERS] = {'\t', {"number", "value"}, {true}},
};

/* A verb that prints a list. */
struct lister {
	struct session *s;
	struct listing job;
	const char
		*name; /* of the verb description: print only the first description of this group */
	bool found;    /* a record was printed */
};

/* Is the record a description of this group, or of groups that match the pattern? */
static bool
describes(const struct nntp_record *r, const char *name)
{
	bool pattern = strpbrk(name, "*?[!,") != NULL;

	/* Some servers do not look at the name and list all groups. */
	return r->words[1].n != 0 && (pattern || text_same_n(r->words[0].p, r->words[0].n, name));
}

static int
print_record(void *context, const struct nntp_record *r, struct err *e)
{
	struct lister *l = context;
	const char *const *keys = formats[l->job.kind].keys;
	struct field f[4];
	size_t n;

	if (l->name != NULL && (l->found || !describes(r, l->name)))
		return 0;
	l->found = true;
	for (n = 0; n < 4 && keys[n] != NULL; n++) {
		f[n] = field_p(keys[n], r->words[n].p, r->words[n].n);
		if (formats[l->job.kind].numbers[n])
			f[n].kind = FIELD_NUM;
	}
	if (l->name != NULL)
		f[0].only = FIELD_JSON;
	return out_record(l->s->out, formats[l->job.kind].separator, f, n, e);
}

/* Print the records of the command's list. none: the error if there are none; NULL: success. */
static int
print_list(struct lister *l, struct nntp_command command, const struct err *none, struct err *e)
{
	int rc;

	l->job.record = print_record;
	l->job.context = l;
	rc = listing_run(&l->job, &l->s->c, command, e);
	if (rc == 0 && !l->found && none != NULL) {
		*e = *none;
		rc = -1;
	}
	return nntp_passed_end(l->s, &l->job.passed, rc, e);
}

/* Print a list unchanged; in JSON its records. */
static int
copy_list(struct session *s, struct nntp_command command, enum nntp_list_kind kind, struct err *e)
{
	struct lister l = {.s = s, .job.kind = kind};

	if (s->out->json)
		return print_list(&l, command, NULL, e);
	if (nntp_run_command(&s->c, &command, e) == -1)
		return -1;
	return nntp_list_read(nntp_of(&s->c), &s->out->sink, print_line_ends(s->out->crlf), e);
}

/* ---- groups ------------------------------------------------------------------------------------ */

static int
run_list(struct session *s, const struct args *a, struct err *e)
{
	const char *keyword = args_at(a, 0), *pattern = args_at(a, 1);

	nntp_list_words(&keyword, &pattern);
	return copy_list(s, nntp_list(keyword, pattern), nntp_list_kind(keyword), e);
}

const struct verb nntp_list_verb = {"list", "[KEYWORD] [WILDMAT]",
	"print a list: active (the groups, default), newsgroups, counts, motd, ...", 0, NULL,
	run_list, NULL, .group = GROUP_LIST,
	.example = "mailnet nntp -s nntps://news.example.org list active 'comp.*'"};

static int
run_newgroups(struct session *s, const struct args *a, struct err *e)
{
	if (nntp_know_capabilities(&s->c, e) == -1)
		return -1;
	return copy_list(s, nntp_newgroups(nntp_of(&s->c), operand_find(a, "SINCE")->since),
		NNTP_LIST_ACTIVE, e);
}

const struct verb nntp_newgroups_verb = {"newgroups", "SINCE",
	"print the groups created since a date or age", 0, NULL, run_newgroups, NULL,
	.group = GROUP_LIST, .example = "mailnet nntp -s nntps://news.example.org newgroups 7d"};

static int
run_descriptions(struct session *s, const struct args *a, struct err *e)
{
	const char *name = args_at(a, 0);
	struct lister l = {.s = s,
		.job.kind = NNTP_LIST_DESCRIPTIONS,
		.name = a->verb == &nntp_description_verb ? name : NULL};
	struct err none = {0};

	(void)err_set(&none, EX_NO, "%.200s: no description", name);
	return print_list(&l, nntp_descriptions(name), &none, e);
}

const struct verb nntp_descriptions_verb = {"descriptions", "WILDMAT",
	"print the descriptions of groups", 0, NULL, run_descriptions, NULL, .group = GROUP_LIST,
	.example = "mailnet nntp -s nntps://news.example.org descriptions 'comp.*'"};

const struct verb nntp_description_verb = {"description", "GROUP",
	"print the description of a group", 0, NULL, run_descriptions, NULL, .group = GROUP_LIST,
	.exits = "1 if the group has no description",
	.example = "mailnet nntp -s nntps://news.example.org description misc.test"};

/* ---- articles ---------------------------------------------------------------------------------- */

static int
run_newnews(struct session *s, const struct args *a, struct err *e)
{
	struct lister l = {.s = s, .job.kind = NNTP_LIST_MSGIDS};

	if (nntp_know_capabilities(&s->c, e) == -1)
		return -1;
	return print_list(&l,
		nntp_newnews(nntp_of(&s->c), args_at(a, 0), operand_find(a, "SINCE")->since), NULL,
		e);
}

const struct verb nntp_newnews_verb = {"newnews", "WILDMAT SINCE",
	"print the message-ids of articles that arrived since a date or age", 0, NULL, run_newnews,
	NULL, .group = GROUP_LIST,
	.example = "mailnet nntp -s nntps://news.example.org newnews 'comp.*' 12h"};

static int
run_listgroup(struct session *s, const struct args *a, struct err *e)
{
	const struct operand *range = operand_find(a, "RANGE");
	struct lister l = {.s = s,
		.job = {.kind = NNTP_LIST_NUMBERS, .spec = range != NULL ? &range->spec : NULL}};

	return print_list(&l, nntp_listgroup(operand_word(a, "GROUP"), l.job.spec), NULL, e);
}

const struct verb nntp_listgroup_verb = {"listgroup", "[GROUP] [RANGE]",
	"print the article numbers of a group", 0, NULL, run_listgroup, NULL, .group = GROUP_LIST,
	.exits = "1 if no such group exists",
	.example = "mailnet nntp -s nntps://news.example.org listgroup misc.test 3000-"};

/* hdr, and with PATTERNs xpat. */
static int
run_hdr(struct session *s, const struct args *a, struct err *e)
{
	const char *field = operand_word(a, "FIELD"), *group = operand_word(a, "GROUP");
	const struct operand *range = operand_find(a, "RANGE|MSGID");
	bool xpat = a->verb == &nntp_xpat_verb;
	struct nntp_spec spec = {
		.first = 1, .last = NNTP_NUMBER_MAX, .current = range == NULL && group == NULL};
	struct lister l = {.s = s, .job = {.kind = NNTP_LIST_HEADERS, .spec = &spec}};
	struct nntp_command command;
	struct err none = {0};

	if (range != NULL)
		spec = range->spec;
	command = xpat ? nntp_xpat(field, group, &spec) : nntp_hdr(field, group, &spec);
	for (int i = 0; i < a->noperands; i++)
		if (strncmp(a->operands[i].name, "PATTERN", a->operands[i].name_len) == 0)
			buf_addf(&command.line, " %s", a->operands[i].word);
	(void)err_set(&none, EX_NO, xpat ? "XPAT: no article matches" : "HDR: no article found");
	return print_list(&l, command, &none, e);
}

const struct verb nntp_hdr_verb = {"hdr", "FIELD [GROUP] [RANGE|MSGID]",
	"print a header field of each article", 0, NULL, run_hdr, NULL, .group = GROUP_READ,
	.exits = "1 if no article is found, or a line was skipped",
	.example = "mailnet nntp -s nntps://news.example.org hdr Subject misc.test 3000-"};

const struct verb nntp_xpat_verb = {"xpat", "FIELD [GROUP] RANGE|MSGID PATTERN...",
	"print a header field of the articles whose field matches a pattern (RFC 2980)", 0, NULL,
	run_hdr, NULL, .group = GROUP_READ,
	.exits = "1 if no article matches, or a line was skipped",
	.example = "mailnet nntp -s nntps://news.example.org xpat Subject misc.test 3000- '*FAQ*'"};
