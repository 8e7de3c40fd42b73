#include "cmd/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "base/text.h"

/* The state of parsing one command line or batch line. */
struct parser {
	const struct applet *ap;
	struct options *o; /* NULL: in a batch */
	struct args *a;
	struct err *e;
	int argc, at; /* the words, and the next one to look at */
	char **argv;
};

/* An option, and its row if it is a connection option. */
struct found {
	const struct opt *opt; /* NULL: unknown */
	const struct option_row *row;
};

/* Find an option by letter or, if letter is 0, by long name. The verb's own options precede. */
static struct found
find_option(const struct parser *ps, char letter, const char *name)
{
	const struct verb *v = ps->a->verb;
	struct found f = {.opt = v != NULL ? opt_find(v->opts, letter, name) : NULL};

	if (f.opt == NULL && (f.row = option_find(letter, name)) != NULL)
		f.opt = &f.row->opt;
	return f;
}

/* The first verb that has this option, or NULL. */
static const struct verb *
verb_with(const struct verb *const *rows, const char *option)
{
	for (; rows != NULL && *rows != NULL; rows++)
		if (opt_find((*rows)->opts, 0, option) != NULL)
			return *rows;
	return NULL;
}

static int
unknown_long(const struct parser *ps, const char *name)
{
	const struct verb *v = ps->a->verb;
	struct suggest s = SUGGEST_FOR(name, (size_t)-1);

	if (v == NULL && (v = verb_with(ps->ap->verbs, name)) != NULL)
		return err_set(ps->e, EX_USAGE,
			"--%s is an option of the verb %s: write it after the verb", name, v->name);
	for (const struct opt *o = v != NULL ? v->opts : NULL; o != NULL && o->name != NULL; o++)
		suggest_try(&s, o->name);
	for (const struct option_row *r = option_rows; r->opt.name != NULL && ps->o != NULL; r++)
		if ((r->protos & ps->ap->proto) != 0)
			suggest_try(&s, r->opt.name);
	if (s.best != NULL)
		return err_set(ps->e, EX_USAGE, "unknown option '--%.200s' (did you mean '--%s'?)",
			name, s.best);
	return err_set(ps->e, EX_USAGE, "unknown option '--%.200s'", name);
}

/* Store an option. spelled: the option as written, for errors. */
static int
set_option(struct parser *ps, struct found f, const char *spelled, const char *value)
{
	if (f.row == NULL) {
		args_add(ps->a, (struct arg_opt){.opt = f.opt, .value = value});
		return 0;
	}
	if (ps->o == NULL)
		return err_set(ps->e, EX_USAGE,
			"%s must be given on the command line, not in a batch", spelled);
	if ((f.row->protos & OPTION_BEFORE_VERB) != 0 && ps->a->verb != NULL)
		return err_set(ps->e, EX_USAGE,
			"%s must stand before the verb (so that an operand from others cannot "
			"run a command)",
			spelled);
	if ((f.row->protos & ps->ap->proto) == 0)
		return err_set(ps->e, EX_USAGE, "%s is not an option of %s", spelled, ps->ap->name);
	if (option_set(f.row, ps->o, value, ps->e) == -1)
		return err_prefix(ps->e, "%s", spelled);
	return 0;
}

/* The next word as the argument of an option; NULL with e if there is none. */
static const char *
next_word(struct parser *ps, const char *spelled, const char *arg)
{
	if (ps->at < ps->argc)
		return ps->argv[ps->at++];
	err_set(ps->e, EX_USAGE, "%s needs an argument: %s", spelled, arg);
	return NULL;
}

static int
parse_long(struct parser *ps, char *name)
{
	char *equals = strchr(name, '=');
	const char *value = equals != NULL ? equals + 1 : NULL;
	struct found f;
	char spelled[64];

	if (equals != NULL)
		*equals = '\0';
	f = find_option(ps, 0, name);
	if (f.opt == NULL) {
		if (ps->o == NULL || strcmp(name, "help") != 0 || value != NULL)
			return unknown_long(ps, name);
		ps->a->help = true;
		return 0;
	}
	snprintf(spelled, sizeof spelled, "--%s", name);
	if (f.opt->arg == NULL && value != NULL)
		return err_set(ps->e, EX_USAGE, "%s takes no argument", spelled);
	if (f.opt->arg != NULL && value == NULL &&
		(value = next_word(ps, spelled, f.opt->arg)) == NULL)
		return -1;
	return set_option(ps, f, spelled, value);
}

/* A word of one-letter options: -q, -vv, -n10, -qn 10. */
static int
parse_short(struct parser *ps, const char *word)
{
	for (const char *p = word + 1; *p != '\0'; p++) {
		char spelled[3] = {'-', *p, '\0'};
		struct found f = find_option(ps, *p, NULL);
		const char *value = NULL;

		if (f.opt == NULL) {
			if (*p != 'h' || ps->o == NULL)
				return err_set(ps->e, EX_USAGE, "unknown option '-%c'", *p);
			ps->a->help = true;
			continue;
		}
		if (f.opt->arg != NULL) {
			value = p[1] != '\0' ? p + 1 : next_word(ps, spelled, f.opt->arg);
			if (value == NULL)
				return -1;
		}
		if (set_option(ps, f, spelled, value) == -1)
			return -1;
		if (value != NULL)
			return 0;
	}
	return 0;
}

static int
set_verb(struct parser *ps, const char *word)
{
	const char *near;

	if (ps->o != NULL && ps->o->batch != NULL)
		return err_set(ps->e, EX_USAGE,
			"unexpected argument '%s': with --batch the verbs are read from its FILE",
			word);
	ps->a->verb = verb_find(ps->ap->verbs, word);
	if (ps->a->verb != NULL)
		return 0;
	if (strstr(word, "://") != NULL)
		return err_set(ps->e, EX_USAGE,
			"a URL stands where the verb is expected: give the server with -s URL");
	near = verb_nearest(ps->ap->verbs, word);
	if (near != NULL)
		return err_set(
			ps->e, EX_USAGE, "unknown verb '%s' (did you mean '%s'?)", word, near);
	return err_set(ps->e, EX_USAGE, "unknown verb '%s' (mailnet help %s lists them)", word,
		ps->ap->name);
}

static int
parse_words(struct parser *ps)
{
	bool operands_only = false;

	while (ps->at < ps->argc) {
		char *word = ps->argv[ps->at++];
		int rc = 0;

		if (operands_only || word[0] != '-' || word[1] == '\0') {
			if (ps->a->verb == NULL)
				rc = set_verb(ps, word);
			else
				ps->a->argv[ps->a->argc++] =
					word; /* argc < at: the slot was parsed */
		} else if (word[1] != '-') {
			rc = parse_short(ps, word);
		} else if (word[2] != '\0') {
			rc = parse_long(ps, word + 2);
		} else {
			operands_only = true;
		}
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* Checks that need the whole line. */
static int
check_whole(const struct parser *ps)
{
	const struct verb *v = ps->a->verb;
	int n = ps->a->argc, min, max;

	if (ps->a->help)
		return 0;
	if (ps->o != NULL && ps->o->batch != NULL && v != NULL)
		return err_set(ps->e, EX_USAGE,
			"a verb and --batch exclude each other: the verbs are read from its FILE");
	if (v == NULL && (ps->o == NULL || (ps->o->batch == NULL && !ps->o->print_config)))
		return err_set(ps->e, EX_USAGE, "no verb given (mailnet help %s lists them)",
			ps->ap->name);
	if (v == NULL)
		return 0;
	operand_arity(v->args, &min, &max);
	if (n >= min && (max == -1 || n <= max))
		return 0;
	return err_set(ps->e, EX_USAGE, "%s arguments (usage: %s%s%s)",
		n < min ? "too few" : "too many", v->name, v->args[0] != '\0' ? " " : "", v->args);
}

int
verb_parse(const struct applet *ap, int argc, char **argv, struct options *o, struct args *a,
	struct err *e)
{
	struct parser ps = {.ap = ap, .o = o, .a = a, .e = e, .argc = argc, .argv = argv};

	*a = (struct args){.argv = argv};
	if (parse_words(&ps) == 0 && check_whole(&ps) == 0)
		return 0;
	if (a->verb != NULL)
		err_prefix(e, "%s", a->verb->name);
	args_free(a);
	return -1;
}

const struct verb *
verb_find(const struct verb *const *rows, const char *name)
{
	for (; rows != NULL && *rows != NULL; rows++)
		if (strcmp((*rows)->name, name) == 0)
			return *rows;
	return NULL;
}

const char *
verb_nearest(const struct verb *const *rows, const char *name)
{
	struct suggest s = SUGGEST_FOR(name, (size_t)-1);

	for (; rows != NULL && *rows != NULL; rows++)
		suggest_try(&s, (*rows)->name);
	return s.best;
}

/* ---- a parsed line ------------------------------------------------------------------------------- */

void
args_free(struct args *a)
{
	free(a->opts);
	free(a->operands);
	*a = (struct args){0};
}

void
args_add(struct args *a, struct arg_opt o)
{
	a->opts = mem_resize(a->opts, a->nopts + 1, sizeof *a->opts);
	a->opts[a->nopts++] = o;
}

void
args_copy(struct args *to, const struct args *from)
{
	*to = *from;
	to->opts = mem_resize(NULL, from->nopts, sizeof *to->opts);
	for (size_t i = 0; i < from->nopts; i++)
		to->opts[i] = from->opts[i];
}

bool
args_same(const struct args *a, const struct args *b)
{
	if (a->nopts != b->nopts)
		return false;
	for (size_t i = 0; i < a->nopts; i++)
		if (a->opts[i].opt != b->opts[i].opt || a->opts[i].value != b->opts[i].value ||
			a->opts[i].off != b->opts[i].off)
			return false;
	return true;
}

static const struct arg_opt *
last_of(const struct args *a, const char *name)
{
	for (size_t i = a->nopts; i > 0; i--)
		if (strcmp(a->opts[i - 1].opt->name, name) == 0 && !a->opts[i - 1].off)
			return &a->opts[i - 1];
	return NULL;
}

const char *
args_get(const struct args *a, const char *name)
{
	const struct arg_opt *o = last_of(a, name);

	return o != NULL ? o->value : NULL;
}

bool
args_has(const struct args *a, const char *name)
{
	return last_of(a, name) != NULL;
}

const char *
args_nth(const struct args *a, const char *name, size_t i)
{
	for (size_t k = 0; k < a->nopts; k++)
		if (strcmp(a->opts[k].opt->name, name) == 0 && i-- == 0)
			return a->opts[k].value;
	return NULL;
}

int
args_blame(const struct args *a, const char *name, struct err *e)
{
	const struct arg_opt *o = last_of(a, name);

	if (o != NULL && o->place.file != NULL)
		e->status = EX_CONFIG;
	return config_blame(o != NULL ? &o->place : NULL, name, e);
}

int
args_number(const struct args *a, const char *name, uint64_t min, uint64_t max, uint64_t *out,
	struct err *e)
{
	const struct arg_opt *o = last_of(a, name);
	uint64_t v;

	if (o == NULL)
		return 0;
	if (!text_number_s(o->value, max, &v) || v < min)
		return err_set(e, EX_USAGE,
			"--%s: '%s' is not a number from %" PRIu64 " to %" PRIu64, name, o->value,
			min, max);
	*out = v;
	return 0;
}

const char *
args_at(const struct args *a, int i)
{
	return i >= 0 && i < a->argc ? a->argv[i] : NULL;
}

void
args_join(const struct args *a, struct buf *out)
{
	for (int i = 0; i < a->argc; i++)
		buf_addf(out, "%s%s", i > 0 ? " " : "", a->argv[i]);
}

/* ---- operands ---------------------------------------------------------------------------------- */

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

int
args_parse_operands(struct args *a, size_t limit, struct err *e)
{
	const struct verb *v = a->verb;

	if ((v->flags & VERB_LOCAL) != 0)
		return 0;
	for (size_t i = 0; i < a->nopts; i++) {
		const struct opt *o = a->opts[i].opt;

		if (o->arg != NULL && operand_check_option(o->arg, a->opts[i].value, e) == -1)
			return err_prefix(e, "--%s", o->name);
	}
	if (args_has(a, "raw") && args_has(a, "mbox") && args_get(a, "mbox") == NULL)
		return err_set(e, EX_USAGE, "--mbox and --raw exclude each other");
	if ((v->flags & VERB_NEEDS_DEST) != 0 && !args_has(a, "dest"))
		return err_set(
			e, EX_USAGE, "missing -d DEST (a Maildir, mbox, |COMMAND or lmtp:// URL)");
	a->operands = mem_resize(NULL, (size_t)a->argc + 1, sizeof *a->operands);
	if (operand_parse(v->args, a->argv, a->argc, limit, a->operands, e) == -1)
		return -1;
	a->noperands = a->argc;
	if (check_stdin(a, e) == -1)
		return -1;
	return v->check != NULL ? v->check(a, e) : 0;
}

const struct operand *
operand_find(const struct args *a, const char *name)
{
	for (int i = 0; i < a->noperands; i++)
		if (strncmp(name, a->operands[i].name, a->operands[i].name_len) == 0 &&
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
operands_want_stdin(const struct args *a)
{
	const struct verb *v = a->verb;
	const char *file = operand_word(a, "FILE");

	if (file != NULL)
		return operand_is_stdin(file);
	return (v->flags & VERB_STDIN) != 0 && (v->reads_stdin == NULL || v->reads_stdin(a));
}
