#include "cmd/operand.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "job/lmtp_store.h"
#include "mail/date.h"
#include "store/destination.h"

/* ---- kinds ------------------------------------------------------------------------------------- */

enum form {
	ANY,
	TOKEN, /* one word of a command */
	MSGID,
	NUMBER,
	SINCE,
	/* `-`: stdin names the messages. */
	RANGE,
	SPEC,
	MESSAGE, /* of a mailbox: a number or uid:UID */
	/* Only of options: */
	COUNT,
	POSITIVE,
	GIVEN, /* not empty */
	AGE,
	/* CR and LF are allowed, because the word does not go into a command: */
	PATH,
	GIVEN_PATH,
	READABLE, /* a file; `-`: stdin */
	DEST
};

struct kind {
	const char *name;
	enum form form;
	const char *what; /* for errors of TOKEN and RANGE */
	const char *help; /* of an operand whose name does not explain itself */
};

/* clang-format off */
/* A word with another name is only checked for CR and LF. */
static const struct kind operand_kinds[] = {
	{"ADDR", ANY, NULL, "a mail address"},
	{"DIR", PATH, NULL, "a directory that send --spool has filled"},
	{"FIELD", TOKEN, "field name", "a header field such as Subject, or :bytes or :lines"},
	{"FILE", READABLE, NULL, "a file (if optional: the default is stdin)"},
	{"FROM", ANY, NULL, "the address of the sender; '<>': the null sender"},
	{"GROUP", TOKEN, "group name", "a newsgroup (if optional: the default is the selected group)"},
	{"KEYWORD", TOKEN, "keyword", "active, newsgroups, active.times, overview.fmt, headers, counts, motd, ..."},
	{"LINE", ANY, NULL, "the words of a command, as the protocol defines it"},
	{"LINES", NUMBER, NULL, "a number of lines of the body"},
	{"MSGID", MSGID, NULL, "a <message-id>, in single quotes for the shell"},
	{"N", MESSAGE, NULL, "a message number, or uid:UID"},
	{"NAME", ANY, NULL, "the name of a capability or extension, in any case of letters"},
	{"PATTERN", TOKEN, "pattern", "a wildmat for the value of the field, in quotes for the shell: '*FAQ*'"},
	{"RANGE", RANGE, "a range of article numbers (A-B or A-)", "an article number, or a range A-B or A-"},
	{"RANGE|MSGID", SPEC, NULL, NULL},
	{"RCPT", ANY, NULL, "an address (if none is given: To, Cc and Bcc of the message)"},
	{"SINCE", SINCE, NULL, "a date YYYY-MM-DD[THH:MM:SS] in UTC, or an age such as 3d or 12h"},
	{"SPEC", SPEC, NULL, "an article number, a range A-B or A-, or a <message-id>"},
	{"TEXT", ANY, NULL, "text to decode (default: stdin, line by line)"},
	{"TOPIC", ANY, NULL, "a command of the server"},
	{"WILDMAT", TOKEN, "pattern", "a pattern of names with * and ?: 'comp.*,!comp.os.*'"},
	{NULL, ANY, NULL, NULL},
};
/* clang-format on */

static const struct kind option_kinds[] = {
	{"AGE", AGE, NULL, NULL},
	{"BYTES", COUNT, NULL, NULL},
	{"DEST", DEST, NULL, NULL},
	{"DIR", PATH, NULL, NULL},
	{"FIELD,...", GIVEN, NULL, NULL},
	{"FILE", GIVEN_PATH, NULL, NULL},
	{"K", POSITIVE, NULL, NULL},
	{"N", COUNT, NULL, NULL},
	{NULL, ANY, NULL, NULL},
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

const char *
operand_help(const char *name, size_t n)
{
	return kind_of(operand_kinds, name, n)->help;
}

/* ---- one word ---------------------------------------------------------------------------------- */

static int
check_token(const char *what, const char *word, struct err *e)
{
	if (*word == '\0')
		return err_set(e, EX_DATAERR, "the %s is empty", what);
	for (const char *p = word; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 127)
			return err_set(e, EX_DATAERR,
				"the %s contains a blank or control character", what);
	return 0;
}

static int
check_dest(const char *word, struct err *e)
{
	struct destination d;

	if (destination_parse(word, &d, e) == -1)
		return -1;
	return d.kind == DEST_LMTP ? lmtp_store_check(d.what, e) : 0;
}

/* status: the exit status if the word is not a number. */
static int
parse_number(const char *word, int status, uint64_t *out, struct err *e)
{
	return text_number_s(word, INT64_MAX, out)
		       ? 0
		       : err_set(e, status, "'%s' is not a number", word);
}

static int
parse_form(const struct kind *k, const char *word, struct operand *to, struct err *e)
{
	switch (k->form) {
	case ANY:
	case PATH: break;
	case TOKEN: return check_token(k->what, word, e);
	case MSGID: return nntp_spec_msgid(&to->spec, word, e);
	case RANGE: return nntp_spec_range(&to->spec, word, k->what, e);
	case SPEC: return nntp_spec_parse(&to->spec, word, e);
	case SINCE: return date_since(word, time(NULL), &to->since, e);
	case NUMBER: return parse_number(word, EX_DATAERR, &to->number, e);
	case MESSAGE: return pop_word_parse(word, strlen(word), &to->message, e);
	case READABLE:
		if (strcmp(word, "-") != 0 && access(word, R_OK) == -1)
			return err_sys(e, EX_NOINPUT, "%s", word);
		break;
	case COUNT: return parse_number(word, EX_USAGE, &to->number, e);
	case POSITIVE:
		if (parse_number(word, EX_USAGE, &to->number, e) == -1)
			return -1;
		if (to->number == 0)
			return err_set(e, EX_USAGE, "'%s' is not a number of at least 1", word);
		break;
	case GIVEN:
	case GIVEN_PATH:
		if (*word == '\0')
			return err_set(e, EX_USAGE, "the argument is empty");
		break;
	case AGE: return date_age(word, &to->number, e) == -1 ? (e->status = EX_USAGE, -1) : 0;
	case DEST: return check_dest(word, e);
	}
	return 0;
}

static int
parse_word(const struct kind *k, struct operand *to, struct err *e)
{
	if (k->form < PATH && text_has_eol(to->word, strlen(to->word)))
		return err_set(
			e, EX_DATAERR, "%.*s contains CR or LF", (int)to->name_len, to->name);
	to->from_stdin = k->form >= RANGE && k->form <= MESSAGE && strcmp(to->word, "-") == 0;
	return to->from_stdin ? 0 : parse_form(k, to->word, to, e);
}

int
operand_check_option(const char *kind, const char *value, struct err *e)
{
	struct operand unused = {.name = kind, .name_len = strlen(kind), .word = value};

	return parse_word(kind_of(option_kinds, kind, unused.name_len), &unused, e);
}

bool
operand_is_stdin(const char *word)
{
	return strcmp(word, "-") == 0 || strcmp(word, "/dev/stdin") == 0 ||
	       strcmp(word, "/dev/fd/0") == 0;
}

/* ---- the pattern ------------------------------------------------------------------------------- */

/* One name of a pattern. */
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
operand_arity(const char *pattern, int *min, int *max)
{
	struct slot s;

	*min = *max = 0;
	while ((s = next_slot(&pattern)).name != NULL) {
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

int
operand_parse(const char *pattern, char *const *words, int n, size_t limit, struct operand *out,
	struct err *e)
{
	const char *p = pattern;
	struct slot s = {0};

	for (int i = 0; i < n; i++) {
		size_t len = strlen(words[i]);
		const struct kind *k;

		if (!s.many)
			s = next_slot(&p);
		if (s.name != NULL && is_omitted(&s, words[i]))
			s = next_slot(&p);
		if (s.name == NULL)
			return err_set(e, EX_USAGE, "unexpected argument '%s' after '%s'", words[i],
				words[i - 1]);
		k = kind_of(operand_kinds, s.name, s.len);
		if (k->form < PATH && limit != 0 && len + 2 > limit)
			return err_set(e, EX_DATAERR,
				"%.*s has %zu octets: too long for a command of at most %zu octets",
				(int)s.len, s.name, len, limit);
		out[i] = (struct operand){.name = s.name, .name_len = s.len, .word = words[i]};
		if (parse_word(k, &out[i], e) == -1)
			return -1;
	}
	/* A word can stand for an optional operand, so the number of words does not show that a later operand is missing. */
	if (!s.many && (s = next_slot(&p)).name != NULL && !s.optional)
		return err_set(e, EX_USAGE, "missing %.*s", (int)s.len, s.name);
	return 0;
}
