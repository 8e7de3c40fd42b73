#include "cmd/operands.h"

#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth/url.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/addrs.h"
#include "mail/date.h"
#include "store/destination.h"

/* Parse word, the operand or the argument of an option, into to. what: the kind, for errors. */
typedef int parse(const char *what, const char *word, struct operand *to, struct err *e);

/* Parse a word that becomes one word of a command. */
static int
parse_token(const char *what, const char *word, struct operand *to, struct err *e)
{
	(void)to;
	if (*word == '\0')
		return err_set(e, EX_DATAERR, "the %s is empty", what);
	for (const char *p = word; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 127)
			return err_set(e, EX_DATAERR,
				"the %s contains a blank or control character", what);
	return 0;
}

static int
parse_msgid(const char *what, const char *word, struct operand *to, struct err *e)
{
	(void)what;
	return nntp_spec_msgid(&to->spec, word, e);
}

static int
parse_range(const char *what, const char *word, struct operand *to, struct err *e)
{
	to->from_stdin = strcmp(word, "-") == 0;
	return to->from_stdin ? 0 : nntp_spec_range(&to->spec, word, what, e);
}

static int
parse_spec(const char *what, const char *word, struct operand *to, struct err *e)
{
	(void)what;
	to->from_stdin = strcmp(word, "-") == 0;
	return to->from_stdin ? 0 : nntp_spec_parse(&to->spec, word, e);
}

static int
parse_since(const char *what, const char *word, struct operand *to, struct err *e)
{
	(void)what;
	return date_since(word, time(NULL), &to->since, e);
}

static int
parse_number(const char *what, const char *word, struct operand *to, struct err *e)
{
	(void)what;
	if (!text_number_s(word, INT64_MAX, &to->number))
		return err_set(e, EX_DATAERR, "'%s' is not a number", word);
	return 0;
}

/* Parse a message of a mailbox: a number or uid:UID. */
static int
parse_message(const char *what, const char *word, struct operand *to, struct err *e)
{
	(void)what;
	to->from_stdin = strcmp(word, "-") == 0;
	return to->from_stdin ? 0 : pop_word_parse(word, strlen(word), &to->message, e);
}

static int
parse_readable(const char *what, const char *word, struct operand *to, struct err *e)
{
	(void)what;
	(void)to;
	if (strcmp(word, "-") != 0 && access(word, R_OK) == -1)
		return err_sys(e, EX_NOINPUT, "%s", word);
	return 0;
}

/* The argument of an option: a wrong one is an error of usage. */
static int
parse_count(const char *what, const char *word, struct operand *to, struct err *e)
{
	return parse_number(what, word, to, e) == -1 ? (e->status = EX_USAGE, -1) : 0;
}

static int
parse_last(const char *what, const char *word, struct operand *to, struct err *e)
{
	if (parse_count(what, word, to, e) == -1)
		return -1;
	return word[strspn(word, "0")] != '\0'
		       ? 0
		       : err_set(e, EX_USAGE, "'%s' is not a number of at least 1", word);
}

static int
parse_given(const char *what, const char *word, struct operand *to, struct err *e)
{
	(void)what;
	(void)to;
	return *word != '\0' ? 0 : err_set(e, EX_USAGE, "the argument is empty");
}

static int
parse_age(const char *what, const char *word, struct operand *to, struct err *e)
{
	(void)what;
	return date_age(word, &to->number, e) == -1 ? (e->status = EX_USAGE, -1) : 0;
}

static int
parse_dest(const char *what, const char *word, struct operand *to, struct err *e)
{
	struct url url = {0};
	struct destination dest;
	int rc;

	(void)what;
	(void)to;
	if (destination_parse(word, &dest, e) == -1)
		return -1;
	if (dest.kind != DEST_LMTP)
		return 0;
	rc = url_parse(dest.what, URL_LMTP, &url, e);
	if (rc == 0 && url.user != NULL)
		rc = addr_check(url.user, e);
	url_free(&url);
	return rc;
}

/* The kinds of words that rows name. A word of another kind is only checked for CR and LF. */
struct kind {
	const char *name;
	parse *parse;     /* NULL: every word is accepted */
	const char *what; /* for its errors */
	bool any;         /* CR and LF are allowed: the word does not go into a command */
};

static const struct kind operand_kinds[] = {
	{"DIR", NULL, NULL, true},
	{"FIELD", parse_token, "field name", false},
	{"FILE", parse_readable, NULL, true},
	{"GROUP", parse_token, "group name", false},
	{"KEYWORD", parse_token, "keyword", false},
	{"LINES", parse_number, NULL, false},
	{"MSGID", parse_msgid, NULL, false},
	{"N", parse_message, NULL, false},
	{"PATTERN", parse_token, "pattern", false},
	{"RANGE", parse_range, "a range of article numbers (A-B or A-)", false},
	{"RANGE|MSGID", parse_spec, NULL, false},
	{"SINCE", parse_since, NULL, false},
	{"SPEC", parse_spec, NULL, false},
	{"WILDMAT", parse_token, "pattern", false},
	{NULL, NULL, NULL, false},
};

static const struct kind option_kinds[] = {
	{"AGE", parse_age, NULL, false},
	{"BYTES", parse_count, NULL, false},
	{"DEST", parse_dest, NULL, true},
	{"DIR", NULL, NULL, true},
	{"FIELD,...", parse_given, NULL, false},
	{"FILE", parse_given, NULL, true},
	{"K", parse_last, NULL, false},
	{"N", parse_count, NULL, false},
	{NULL, NULL, NULL, false},
};

/* The kind of this name, or the last row, which has no name. */
static const struct kind *
kind_of(const struct kind *kinds, const char *name, size_t n)
{
	const struct kind *k = kinds;

	while (k->name != NULL && (strncmp(k->name, name, n) != 0 || k->name[n] != '\0'))
		k++;
	return k;
}

static int
parse_word(const struct kind *k, struct operand *to, struct err *e)
{
	if (!k->any && text_has_eol(to->word, strlen(to->word)))
		return err_set(
			e, EX_DATAERR, "%.*s contains CR or LF", (int)to->name_len, to->name);
	return k->parse != NULL ? k->parse(k->what, to->word, to, e) : 0;
}

/* One name of a row's args, parsed. */
struct slot {
	const char *name; /* without brackets and dots; NULL: there are no more */
	size_t len;
	bool optional, many;
};

static struct slot
next_slot(const char **p)
{
	struct slot s = {0};

	*p += strspn(*p, " ");
	s.optional = **p == '[';
	s.name = *p += s.optional;
	s.len = strcspn(*p, " ].");
	*p += s.len;
	s.many = **p == '.';
	*p += strcspn(*p, " ");
	if (s.len == 0)
		s.name = NULL;
	return s;
}

void
operands_arity(const char *args, int *min, int *max)
{
	struct slot s;

	*min = *max = 0;
	while ((s = next_slot(&args)).name != NULL) {
		*min += !s.optional;
		*max = s.many ? -1 : *max + 1;
	}
}

/* Was the optional GROUP omitted, because the word is a range, a message-id or `-`? */
static bool
is_omitted(const struct slot *s, const char *word)
{
	return s->optional && s->len == 5 && memcmp(s->name, "GROUP", 5) == 0 &&
	       (nntp_spec_looks_like(word) || strcmp(word, "-") == 0);
}

/* The operand `-` that stands for the articles or messages named on stdin, or NULL. */
static const struct operand *
stdin_operand(const struct args *a)
{
	for (int i = 0; i < a->noperands; i++)
		if (a->operands[i].from_stdin)
			return &a->operands[i];
	return NULL;
}

bool
operands_from_stdin(const struct args *a)
{
	return stdin_operand(a) != NULL;
}

/* `-` stands for all articles or messages of a verb that can take them from stdin. */
static int
check_stdin(const struct args *a, struct err *e)
{
	const struct operand *from = stdin_operand(a);

	if (from == NULL)
		return 0;
	if (a->verb->reads_stdin != operands_from_stdin)
		return err_set(e, EX_USAGE, "%s does not read %.*s from stdin", a->verb->name,
			(int)from->name_len, from->name);
	for (int i = 0; i < a->noperands; i++)
		if (&a->operands[i] != from && a->operands[i].name == from->name)
			return err_set(e, EX_USAGE, "with '-' no other %.*s can be given",
				(int)from->name_len, from->name);
	return 0;
}

static int
parse_operands(struct args *a, size_t limit, struct err *e)
{
	const char *p = a->verb->args;
	struct slot s = {0};

	a->operands = mem_resize(NULL, (size_t)a->argc + 1, sizeof *a->operands);
	for (int i = 0; i < a->argc; i++) {
		const char *word = a->argv[i];
		size_t len = strlen(word);
		const struct kind *k;

		if (!s.many)
			s = next_slot(&p);
		if (s.name != NULL && is_omitted(&s, word))
			s = next_slot(&p);
		if (s.name == NULL)
			return err_set(e, EX_USAGE, "unexpected argument '%s' after '%s'", word,
				a->argv[i - 1]);
		k = kind_of(operand_kinds, s.name, s.len);
		if (!k->any && limit != 0 && len + 2 > limit)
			return err_set(e, EX_DATAERR,
				"%.*s has %zu octets: too long for a command of at most %zu octets",
				(int)s.len, s.name, len, limit);
		a->operands[i] = (struct operand){.name = s.name, .name_len = s.len, .word = word};
		if (parse_word(k, &a->operands[i], e) == -1)
			return -1;
		a->noperands++;
	}
	/* A word can stand for an optional operand, so the number of words does not show that a later operand is missing. */
	if (!s.many && (s = next_slot(&p)).name != NULL && !s.optional)
		return err_set(e, EX_USAGE, "missing %.*s", (int)s.len, s.name);
	return check_stdin(a, e);
}

int
operands_parse(struct args *a, size_t limit, struct err *e)
{
	if ((a->verb->flags & VERB_LOCAL) != 0)
		return 0;
	for (size_t i = 0; i < a->nopts; i++) {
		const struct opt *o = a->opts[i].opt;
		struct operand value = {.name = o->arg, .word = a->opts[i].value};

		if (o->arg == NULL)
			continue;
		value.name_len = strlen(o->arg);
		if (parse_word(kind_of(option_kinds, o->arg, value.name_len), &value, e) == -1)
			return err_prefix(e, "--%s", o->name);
	}
	if (args_has(a, "raw") && args_has(a, "mbox") && args_get(a, "mbox") == NULL)
		return err_set(e, EX_USAGE, "--mbox and --raw exclude each other");
	if ((a->verb->flags & VERB_NEEDS_DEST) != 0 && !args_has(a, "dest"))
		return err_set(
			e, EX_USAGE, "missing -d DEST (a Maildir, mbox, |COMMAND or lmtp:// URL)");
	if (parse_operands(a, limit, e) == -1)
		return -1;
	return a->verb->check != NULL ? a->verb->check(a, e) : 0;
}

const struct operand *
operand_find(const struct args *a, const char *name)
{
	for (int i = 0; i < a->noperands; i++)
		if (strncmp(a->operands[i].name, name, a->operands[i].name_len) == 0 &&
			name[a->operands[i].name_len] == '\0')
			return &a->operands[i];
	return NULL;
}

const char *
operand_word(const struct args *a, const char *name)
{
	const struct operand *o = operand_find(a, name);

	return o != NULL ? o->word : NULL;
}

bool
operand_is_stdin(const char *word)
{
	return strcmp(word, "-") == 0 || strcmp(word, "/dev/stdin") == 0 ||
	       strcmp(word, "/dev/fd/0") == 0;
}

bool
operands_want_stdin(const struct args *a)
{
	const struct verb *v = a->verb;
	const char *file = operand_word(a, "FILE");

	if (file != NULL)
		return operand_is_stdin(file);
	return (v->flags & VERB_STDIN) != 0 && (v->reads_stdin == NULL || v->reads_stdin(a));
}
