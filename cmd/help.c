#include "cmd/help.h"

#include <string.h>

#include "base/suggest.h"

/* The column in which help texts begin. */
#define COLUMN 34

static void
add_column(struct buf *b, size_t from, const char *help)
{
	size_t used = b->len - from;

	if (used + 2 > COLUMN)
		buf_addf(b, "\n%*s", COLUMN, "");
	else
		buf_addf(b, "%*s", (int)(COLUMN - used), "");
	buf_addf(b, "%s\n", help);
}

static void
add_option(struct buf *b, const struct opt *o)
{
	size_t from = b->len;

	if (o->letter != 0)
		buf_addf(b, "  -%c, --%s", o->letter, o->name);
	else
		buf_addf(b, "      --%s", o->name);
	if (o->arg != NULL)
		buf_addf(b, " %s", o->arg);
	add_column(b, from, o->help);
}

static void
add_item(struct buf *b, const char *name, const char *args, const char *help)
{
	size_t from = b->len;

	buf_addf(b, "  %s%s%s", name, args[0] != '\0' ? " " : "", args);
	add_column(b, from, help);
}

static void
add_overview(struct buf *b)
{
	buf_adds(b, "usage: mailnet PROTOCOL [connection options] VERB [options] [arguments]\n"
		    "       mailnet PROTOCOL [connection options] -b FILE\n"
		    "       mailnet help [PROTOCOL [VERB]]\n"
		    "       mailnet help options\n"
		    "       mailnet completion bash|zsh|fish\n"
		    "       mailnet --list | --accounts | --install [-H] DIR | --version\n\n");
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		add_item(b, ap->name, "", ap->summary);
}

/* The headings of the groups of verbs, by enum verb_group. */
static const char *const headings[] = {"read and store", "send", "list and look up",
	"single steps of a message", "delete", "server and session", "other"};

/* The verbs of a group, under its heading; no text if the protocol has none of them. */
static void
add_group(struct buf *b, const struct verb *const *rows, enum verb_group group)
{
	bool any = false;

	for (; *rows != NULL; rows++) {
		if ((*rows)->group != group)
			continue;
		if (!any)
			buf_addf(b, "\n%s:\n", headings[group]);
		any = true;
		add_item(b, (*rows)->name, (*rows)->args, (*rows)->help);
	}
}

/* The help of an applet that has no verbs. */
static void
add_words(struct buf *b, const struct applet *ap)
{
	buf_addf(b, "usage: %s%s\n\n%s\n", ap->name, ap->usage, ap->summary);
	if (ap->words != NULL)
		buf_adds(b, "\noptions:\n");
	for (const struct opt *o = ap->words; o != NULL && o->name != NULL; o++)
		add_item(b, o->name, o->arg != NULL ? o->arg : "", o->help);
}

static void
add_verbs(struct buf *b, const struct applet *ap)
{
	buf_addf(b,
		"usage: mailnet %s [connection options] VERB [options] [arguments]\n"
		"       mailnet %s [connection options] -b FILE\n\n%s\n",
		ap->name, ap->name, ap->summary);
	for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
		add_group(b, ap->verbs, i);
	buf_addf(b,
		"\nmailnet help %s VERB shows the options of a verb and an example.\n"
		"mailnet help options lists the connection options.\n",
		ap->name);
}

/* The connection options that exactly these protocols have. */
static void
add_options_of(struct buf *b, unsigned protos)
{
	for (const struct option_row *r = option_rows; r->opt.name != NULL; r++)
		if ((r->protos & PROTO_ALL) == protos)
			add_option(b, &r->opt);
}

static void
add_connection_options(struct buf *b)
{
	buf_adds(b, "connection options of all protocols, before or after the verb:\n");
	add_options_of(b, PROTO_ALL);
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		if (ap->verbs != NULL) {
			buf_addf(b, "\nconnection options of %s:\n", ap->name);
			add_options_of(b, ap->proto);
		}
}

/* The help of the operands whose names do not explain themselves. */
static void
add_operands(struct buf *b, const char *args)
{
	static const char separators[] = "[]|. ";
	const char *heading = "\narguments:\n", *help;

	for (size_t n, from; args += strspn(args, separators), (n = strcspn(args, separators)) != 0;
		args += n)
		if ((help = operand_help(args, n)) != NULL) {
			buf_adds(b, heading);
			heading = "";
			from = b->len;
			buf_addf(b, "  %.*s", (int)n, args);
			add_column(b, from, help);
		}
}

static void
add_verb(struct buf *b, const struct applet *ap, const struct verb *v)
{
	bool options = v->opts != NULL && v->opts[0].name != NULL;

	buf_addf(b, "usage: mailnet %s [connection options] %s%s%s%s\n\n%s\n", ap->name, v->name,
		options ? " [options]" : "", v->args[0] != '\0' ? " " : "", v->args, v->help);
	add_operands(b, v->args);
	if (v->reads_stdin == operands_from_stdin)
		add_item(b, "-", "",
			"in place of the argument above: read them from stdin, one a line");
	if (options)
		buf_adds(b, "\noptions:\n");
	for (const struct opt *o = v->opts; o != NULL && o->name != NULL; o++)
		add_option(b, o);
	if (v->exits != NULL)
		buf_addf(b, "\nexit status: 0 on success, %s\n", v->exits);
	if (v->example != NULL)
		buf_addf(b, "\nexample:\n  %s\n", v->example);
	buf_addf(b, "\nmailnet help options lists the connection options.\n");
}

void
help_add(struct buf *b, const struct applet *ap, const struct verb *v)
{
	if (ap == NULL)
		add_overview(b);
	else if (v != NULL)
		add_verb(b, ap, v);
	else if (ap->verbs != NULL)
		add_verbs(b, ap);
	else
		add_words(b, ap);
}

/* A verb without its protocol: its help in each protocol that has it. Is there one? */
static bool
add_verb_of_each(struct buf *b, const char *name)
{
	bool found = false;

	for (const struct applet *ap = applets; ap->name != NULL; ap++) {
		const struct verb *v = verb_find(ap->verbs, name);

		if (v == NULL)
			continue;
		if (found)
			buf_addc(b, '\n');
		add_verb(b, ap, v);
		found = true;
	}
	return found;
}

static int
no_applet(const char *name, struct err *e)
{
	struct suggest s = SUGGEST_FOR(name, (size_t)-1);

	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		suggest_try(&s, ap->name);
	if (s.best != NULL)
		return err_set(e, EX_USAGE, "help: unknown protocol '%s' (did you mean '%s'?)",
			name, s.best);
	return err_set(e, EX_USAGE, "help: unknown protocol '%s'", name);
}

int
help_topic(struct buf *b, int argc, char **argv, struct err *e)
{
	const struct applet *ap = argc > 0 ? applet_find(argv[0]) : NULL;
	const struct verb *v = ap != NULL && argc > 1 ? verb_find(ap->verbs, argv[1]) : NULL;
	const char *near;

	if (argc == 1 && strcmp(argv[0], "options") == 0) {
		add_connection_options(b);
		return 0;
	}
	if (argc > 2)
		return err_set(e, EX_USAGE,
			"help: too many arguments (usage: help [PROTOCOL [VERB]], or help "
			"options)");
	if (argc == 1 && ap == NULL && add_verb_of_each(b, argv[0]))
		return 0;
	if (argc > 0 && ap == NULL)
		return no_applet(argv[0], e);
	if (argc > 1 && v == NULL) {
		near = verb_nearest(ap->verbs, argv[1]);
		return err_set(e, EX_USAGE,
			near != NULL ? "help: %s has no verb '%s' (did you mean '%s'?)"
				     : "help: %s has no verb '%s'",
			ap->name, argv[1], near);
	}
	help_add(b, ap, v);
	return 0;
}
