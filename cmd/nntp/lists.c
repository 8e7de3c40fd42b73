/* nntp verbs about lists of groups: list, descriptions, description, newgroups, newnews. */
#include <string.h>

#include "base/text.h"
#include "cmd/nntp/nntp.h"
#include "cmd/print.h"
#include "proto/nntp_lists.h"
#include "wire/block.h"

/* ---- lines as records -------------------------------------------------------------------------- */

/* Print one line of the block. Returns an enum nntp_line, or -1 if writing the output failed. */
typedef int print_line(struct session *s, const char *p, size_t n, struct err *e);

static int
print_active(struct session *s, const char *p, size_t n, struct err *e)
{
	struct nntp_span words[4];
	struct field f[4];
	enum nntp_line kind = nntp_active_line(nntp_of(&s->c), p, n, words, e);

	if (kind != NNTP_LINE_GOOD)
		return (int)kind;
	f[0] = field_p("group", words[0].p, words[0].n);
	f[1] = field_num("last", words[1].p, words[1].n);
	f[2] = field_num("first", words[2].p, words[2].n);
	f[3] = field_p("flag", words[3].p, words[3].n);
	return out_record(s->out, ' ', f, 4, e);
}

static void
split_description(const char *p, size_t n, struct field f[2])
{
	struct nntp_span group, description;

	nntp_description_line(p, n, &group, &description);
	f[0] = field_p("group", group.p, group.n);
	f[1] = field_p("description", description.p, description.n);
}

static int
print_description(struct session *s, const char *p, size_t n, struct err *e)
{
	struct field f[2];

	split_description(p, n, f);
	return out_record(s->out, '\t', f, 2, e);
}

static int
print_plain(struct session *s, const char *p, size_t n, struct err *e)
{
	struct field f = field_p("line", p, n);

	return out_record(s->out, ' ', &f, 1, e);
}

static int
print_msgid(struct session *s, const char *p, size_t n, struct err *e)
{
	struct field f = field_p("message-id", p, n);
	enum nntp_line kind = nntp_newnews_line(nntp_of(&s->c), p, n, e);

	return kind == NNTP_LINE_GOOD ? out_record(s->out, ' ', &f, 1, e) : (int)kind;
}

/* Print the lines of the block, one by one. */
static int
print_each(struct session *s, print_line *print, struct passed *passed, uint64_t *octets,
	struct err *e)
{
	size_t n;
	char *p;
	int rc;

	while ((rc = nntp_list_line(nntp_of(&s->c), octets, &p, &n, e)) == 1) {
		rc = print(s, p, n, e);
		if (rc == -1)
			return conn_fail(s->c.conn, e);
		if (rc == NNTP_LINE_MALFORMED)
			passed_add(passed, &s->c, e);
		else if (rc == NNTP_LINE_LONG_ID)
			nntp_warn_long_id(&s->c, p, n);
	}
	return rc;
}

/* Print the block unchanged or, if print is given, line by line. */
static int
print_lines(struct session *s, print_line *print, uint64_t *octets, struct err *e)
{
	struct passed passed = {0};

	*octets = 0;
	if (print == NULL)
		return nntp_list_read(nntp_of(&s->c), &s->out->sink,
			s->out->crlf ? BLOCK_CRLF : BLOCK_LF, octets, e);
	return nntp_passed_end(s, &passed, print_each(s, print, &passed, octets, e), e);
}

/* Run the command and print its block line by line: by `text`, or as it is if that is NULL; in JSON by `json`. */
static int
run_and_print(struct session *s, struct nntp_command command, print_line *text, print_line *json,
	uint64_t *octets, struct err *e)
{
	if (nntp_run_command(&s->c, &command, e) == -1)
		return -1;
	return print_lines(s, s->out->json ? json : text, octets, e);
}

/* ---- list -------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	print_line *print; /* in JSON; NULL: {"line"} */
} keywords[] = {
	{"active", print_active},
	{"active.times", NULL},
	{"counts", NULL},
	{"distrib.pats", NULL},
	{"distributions", NULL},
	{"headers", NULL},
	{"moderators", NULL},
	{"motd", NULL},
	{"newsgroups", print_description},
	{"overview.fmt", NULL},
	{"subscriptions", NULL},
};

static int
find_keyword(const char *word)
{
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (text_same(word, keywords[i].name))
			return (int)i;
	return -1;
}

/* Every server supports LIST without a keyword. If the first word is a pattern and not a keyword, it is a WILDMAT. */
static int
run_list(struct session *s, const struct args *a, struct err *e)
{
	const char *word = args_at(a, 0), *pattern = args_at(a, 1);
	int key = word != NULL ? find_keyword(word) : 0;
	print_line *json;
	uint64_t octets;

	if (key == -1 && pattern == NULL && strpbrk(word, "*?.,![") != NULL) {
		pattern = word;
		key = 0;
	}
	json = key != -1 && keywords[key].print != NULL ? keywords[key].print : print_plain;
	return run_and_print(s, nntp_list(key != 0 ? word : NULL, pattern), NULL, json, &octets, e);
}

const struct verb nntp_list_verb = {"list", "[KEYWORD] [WILDMAT]",
	"print a list: active (the groups, default), newsgroups, counts, motd, ...", 0, NULL,
	run_list, NULL, .group = GROUP_LIST,
	.example = "mailnet nntp -s nntps://news.example.org list active 'comp.*'"};

/* ---- descriptions ------------------------------------------------------------------------------ */

static int
run_descriptions(struct session *s, const struct args *a, struct err *e)
{
	uint64_t octets;

	if (run_and_print(s, nntp_descriptions(args_at(a, 0)), print_description, print_description,
		    &octets, e) == -1)
		return -1;
	return octets != 0 ? 0 : err_set(e, EX_NO, "%.200s: no description", args_at(a, 0));
}

const struct verb nntp_descriptions_verb = {"descriptions", "WILDMAT",
	"print the descriptions of groups", 0, NULL, run_descriptions, NULL, .group = GROUP_LIST,
	.example = "mailnet nntp -s nntps://news.example.org descriptions 'comp.*'"};

static int
run_description(struct session *s, const struct args *a, struct err *e)
{
	const char *name = args_at(a, 0);
	bool pattern = strpbrk(name, "*?[!,") != NULL, found = false;
	struct nntp_command command = nntp_descriptions(name);
	uint64_t octets = 0;
	struct field f[2];
	size_t n;
	char *p;
	int rc;

	if (nntp_run_command(&s->c, &command, e) == -1)
		return -1;
	while ((rc = nntp_list_line(nntp_of(&s->c), &octets, &p, &n, e)) == 1) {
		if (found)
			continue;
		split_description(p, n, f);
		/* Some servers do not look at the name and list all. */
		if (f[1].n == 0 || (!pattern && !text_same_n(f[0].p, f[0].n, name)))
			continue;
		found = true;
		f[0].only = FIELD_JSON;
		if (out_record(s->out, ' ', f, 2, e) == -1)
			return conn_fail(s->c.conn, e);
	}
	if (rc == -1 || found)
		return rc;
	return err_set(e, EX_NO, "%.200s: no description", name);
}

const struct verb nntp_description_verb = {"description", "GROUP",
	"print the description of a group", 0, NULL, run_description, NULL, .group = GROUP_LIST,
	.exits = "1 if the group has no description",
	.example = "mailnet nntp -s nntps://news.example.org description misc.test"};

/* ---- new groups and articles ------------------------------------------------------------------- */

static int
run_newgroups(struct session *s, const struct args *a, struct err *e)
{
	uint64_t octets;

	if (nntp_know_capabilities(&s->c, e) == -1)
		return -1;
	return run_and_print(s, nntp_newgroups(nntp_of(&s->c), operand_find(a, "SINCE")->since),
		NULL, print_active, &octets, e);
}

const struct verb nntp_newgroups_verb = {"newgroups", "SINCE",
	"print the groups created since a date or age", 0, NULL, run_newgroups, NULL,
	.group = GROUP_LIST, .example = "mailnet nntp -s nntps://news.example.org newgroups 7d"};

static int
run_newnews(struct session *s, const struct args *a, struct err *e)
{
	uint64_t octets;

	if (nntp_know_capabilities(&s->c, e) == -1)
		return -1;
	return run_and_print(s,
		nntp_newnews(nntp_of(&s->c), args_at(a, 0), operand_find(a, "SINCE")->since),
		print_msgid, print_msgid, &octets, e);
}

const struct verb nntp_newnews_verb = {"newnews", "WILDMAT SINCE",
	"print the message-ids of articles that arrived since a date or age", 0, NULL, run_newnews,
	NULL, .group = GROUP_LIST,
	.example = "mailnet nntp -s nntps://news.example.org newnews 'comp.*' 12h"};
