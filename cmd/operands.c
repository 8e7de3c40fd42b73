#include "cmd/operands.h"

#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth/url.h"
#include "base/text.h"
#include "cmd/nntp_run.h"
#include "mail/addrs.h"
#include "mail/date.h"
#include "mail/msgid.h"
#include "store/dest.h"

typedef int check(const char *word, struct err *e);

static int
check_group(const char *word, struct err *e)
{
	return nntp_check_word("group name", word, e);
}

static int
check_pattern(const char *word, struct err *e)
{
	return nntp_check_word("pattern", word, e);
}

static int
check_field(const char *word, struct err *e)
{
	return nntp_check_word("field name", word, e);
}

static int
check_spec(const char *word, struct err *e)
{
	struct nntp_spec spec;

	return nntp_spec_arg(word, &spec, e);
}

static int
check_range(const char *word, struct err *e)
{
	if (nntp_is_msgid(word))
		return err_set(
			e, EX_DATAERR, "'%s' is not a range of article numbers (A-B or A-)", word);
	return check_spec(word, e);
}

static int
check_keyword(const char *word, struct err *e)
{
	return nntp_check_word("keyword", word, e);
}

static int
check_since(const char *word, struct err *e)
{
	time_t when;

	return date_since(word, time(NULL), &when, e);
}

static int
check_number(const char *word, struct err *e)
{
	uint64_t v;

	if (!text_number_s(word, INT64_MAX, &v))
		return err_set(e, EX_DATAERR, "'%s' is not a number", word);
	return 0;
}

static int
check_readable(const char *word, struct err *e)
{
	if (strcmp(word, "-") != 0 && access(word, R_OK) == -1)
		return err_sys(e, EX_NOINPUT, "%s", word);
	return 0;
}

static int
check_count(const char *word, struct err *e)
{
	return check_number(word, e) == -1 ? (e->status = EX_USAGE, -1) : 0;
}

static int
check_last(const char *word, struct err *e)
{
	if (check_count(word, e) == -1)
		return -1;
	return word[strspn(word, "0")] != '\0'
		       ? 0
		       : err_set(e, EX_USAGE, "'%s' is not a number from 1 on", word);
}

static int
check_given(const char *word, struct err *e)
{
	return *word != '\0' ? 0 : err_set(e, EX_USAGE, "the argument is empty");
}

static int
check_age(const char *word, struct err *e)
{
	uint64_t seconds;

	return date_age(word, &seconds, e) == -1 ? (e->status = EX_USAGE, -1) : 0;
}

static int
check_dest(const char *word, struct err *e)
{
	struct url url = {0};
	struct dest dest;
	int rc;

	if (dest_parse(word, &dest, e) == -1)
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
	check *check; /* NULL: every word is accepted */
	bool any;     /* CR and LF are allowed: the word does not go into a command */
};

static const struct kind operand_kinds[] = {
	{"DIR", NULL, true},
	{"FIELD", check_field, false},
	{"FILE", check_readable, true},
	{"GROUP", check_group, false},
	{"KEYWORD", check_keyword, false},
	{"LINES", check_number, false},
	{"MSGID", msgid_check, false},
	{"N", check_number, false},
	{"RANGE", check_range, false},
	{"RANGE|MSGID", check_spec, false},
	{"SINCE", check_since, false},
	{"SPEC", check_spec, false},
	{"WILDMAT", check_pattern, false},
	{NULL, NULL, false},
};

static const struct kind option_kinds[] = {
	{"AGE", check_age, false},
	{"BYTES", check_count, false},
	{"DEST", check_dest, true},
	{"DIR", NULL, true},
	{"FIELD,...", check_given, false},
	{"FILE", check_given, true},
	{"K", check_last, false},
	{"N", check_count, false},
	{NULL, NULL, false},
};

/* The kind of this name, or the last row, which has no name and no check. */
static const struct kind *
kind_of(const struct kind *kinds, const char *name, size_t n)
{
	const struct kind *k = kinds;

	while (k->name != NULL && (strncmp(k->name, name, n) != 0 || k->name[n] != '\0'))
		k++;
	return k;
}

static int
check_word(const struct kind *k, const char *name, size_t n, const char *word, struct err *e)
{
	if (!k->any && text_has_eol(word, strlen(word)))
		return err_set(e, EX_DATAERR, "%.*s contains CR or LF", (int)n, name);
	return k->check != NULL ? k->check(word, e) : 0;
}

/* The next name in a row's args, without brackets and dots; NULL at the end. *many: the name is repeated. */
static const char *
next_name(const char **p, size_t *n, bool *many)
{
	const char *name;

	*p += strspn(*p, " [");
	name = *p;
	*n = strcspn(name, " ].");
	*p += *n;
	*many = **p == '.';
	*p += strcspn(*p, " ");
	return *n != 0 ? name : NULL;
}

/* Was the optional GROUP omitted, because the word is a range or a message-id? */
static bool
left_out(const char *args, const char *name, const char *word)
{
	return name > args && name[-1] == '[' && text_starts(name, "GROUP]") &&
	       (nntp_is_range(word) || nntp_is_msgid(word));
}

static int
check_length(const struct kind *k, const char *name, size_t n, const char *word, size_t limit,
	struct err *e)
{
	size_t len = strlen(word) + 2;

	if (k->any || limit == 0 || len <= limit)
		return 0;
	return err_set(e, EX_DATAERR,
		"%.*s has %zu octets: too long for a command of at most %zu octets", (int)n, name,
		len - 2, limit);
}

static int
check_operands(const struct args *a, size_t limit, struct err *e)
{
	const char *p = a->verb->args, *name = NULL, *before = NULL;
	const struct kind *k = NULL;
	bool many = false;
	size_t n = 0;

	for (int i = 0; i < a->argc; i++) {
		const char *word = a->argv[i];

		if (!many)
			name = next_name(&p, &n, &many);
		if (name != NULL && left_out(a->verb->args, name, word))
			name = next_name(&p, &n, &many);
		if (name == NULL)
			return err_set(e, EX_USAGE, "unexpected argument '%s' after '%s'", word,
				a->argv[i - 1]);
		if (name != before)
			k = kind_of(operand_kinds, name, n);
		before = name;
		if (check_length(k, name, n, word, limit, e) == -1 ||
			check_word(k, name, n, word, e) == -1)
			return -1;
	}
	return 0;
}

int
operands_check(const struct args *a, size_t limit, struct err *e)
{
	if ((a->verb->flags & VERB_LOCAL) != 0)
		return 0;
	for (size_t i = 0; i < a->nopts; i++) {
		const struct opt *o = a->opts[i].opt;
		size_t n = o->arg != NULL ? strlen(o->arg) : 0;

		if (n != 0 && check_word(kind_of(option_kinds, o->arg, n), o->arg, n,
				      a->opts[i].value, e) == -1)
			return err_prefix(e, "--%s", o->name);
	}
	if (args_has(a, "raw") && args_has(a, "mbox") && args_get(a, "mbox") == NULL)
		return err_set(e, EX_USAGE, "--mbox and --raw exclude each other");
	if (strcmp(a->verb->name, "drain") == 0 && !args_has(a, "dest"))
		return err_set(
			e, EX_USAGE, "missing -d DEST (a Maildir, mbox, |COMMAND or lmtp:// URL)");
	return check_operands(a, limit, e);
}

static bool
is_stdin(const char *word)
{
	return strcmp(word, "-") == 0 || strcmp(word, "/dev/stdin") == 0 ||
	       strcmp(word, "/dev/fd/0") == 0;
}

/* In every row a FILE is the last operand. */
bool
operands_want_stdin(const struct args *a)
{
	const struct verb *v = a->verb;

	if (strstr(v->args, "FILE") != NULL && a->argc == v->max)
		return is_stdin(a->argv[a->argc - 1]);
	if ((v->flags & VERB_STDIN) == 0)
		return false;
	return v->reads_stdin != NULL ? v->reads_stdin(a) : a->argc < v->max;
}
