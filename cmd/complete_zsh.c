#include "cmd/complete.h"

#include <stdbool.h>
#include <string.h>

#include "cmd/verb.h"

static const char quote[] = "'\\''";

/* A description in brackets, or a message between colons: both have characters that end them. */
static void
add_escaped(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (strchr(":[]\\", *s) != NULL)
			buf_addc(b, '\\');
		if (*s == '\'')
			buf_adds(b, quote);
		else
			buf_addc(b, *s);
	}
}

/* One _arguments specification: options with an argument may be repeated, flags not. */
static void
add_spec(struct buf *b, char letter, const char *name, const char *arg, const char *help)
{
	enum complete_kind kind = complete_kind(arg);
	const char *stick = kind != COMPLETE_FLAG ? "=" : "";
	const char *join = kind != COMPLETE_FLAG ? "+" : "";

	buf_adds(b, "\t\t\t");
	if (kind == COMPLETE_FLAG && strcmp(name, "verbose") != 0 && letter != 0)
		buf_addf(b, "'(-%c --%s)'", letter, name);
	else if (kind != COMPLETE_FLAG || letter != 0)
		buf_adds(b, "'*'");
	if (letter != 0)
		buf_addf(b, "{-%c%s,--%s%s}", letter, join, name, stick);
	else
		buf_addf(b, "--%s%s", name, stick);
	buf_adds(b, "'[");
	add_escaped(b, help);
	buf_adds(b, "]");
	if (kind != COMPLETE_FLAG) {
		buf_adds(b, ":");
		add_escaped(b, arg);
		buf_adds(b, ":");
	}
	if (kind == COMPLETE_FILE)
		buf_adds(b, "_files");
	if (kind == COMPLETE_WORDS) {
		buf_adds(b, "(");
		complete_words(b, arg);
		buf_adds(b, ")");
	}
	buf_adds(b, "'\n");
}

/* 'name:description' for _describe. */
static void
add_described(struct buf *b, const char *name, const char *help)
{
	buf_addf(b, "'%s:", name);
	add_escaped(b, help);
	buf_adds(b, "'\n");
}

/* The connection options of the applet that are accepted before the verb only, or all others. */
static void
add_common(struct buf *b, const struct applet *ap, bool before_verb)
{
	for (const struct option_row *r = option_rows; r->name != NULL; r++)
		if ((r->protos & ap->proto) != 0 &&
			((r->protos & OPTION_BEFORE_VERB) != 0) == before_verb)
			add_spec(b, r->letter, r->name, r->arg, r->help);
}

static void
add_applet(struct buf *b, const struct applet *ap)
{
	buf_addf(b, "\t%s)\n\t\tcommon=(\n", ap->name);
	add_spec(b, 0, "help", NULL, "show usage");
	add_common(b, ap, false);
	buf_adds(b, "\t\t)\n\t\tfirst=(\n");
	add_common(b, ap, true);
	buf_adds(b, "\t\t)\n\t\tverbs=(\n");
	for (const struct verb *v = ap->verbs; v->name != NULL; v++) {
		buf_adds(b, "\t\t\t");
		add_described(b, v->name, v->help);
	}
	buf_adds(b, "\t\t)\n\t\t;;\n");
}

static void
add_verb(struct buf *b, const struct applet *ap, const struct verb *v)
{
	buf_addf(b, "\t\t%s/%s)\n", ap->name, v->name);
	if (complete_kind(v->args) == COMPLETE_FILE)
		buf_adds(b, "\t\t\toperand=('*:file:_files')\n");
	buf_adds(b, "\t\t\town=(\n");
	for (const struct opt *o = v->opts; o != NULL && o->name != NULL; o++)
		add_spec(b, o->letter, o->name, o->arg, o->help);
	buf_adds(b, "\t\t\t)\n\t\t\t;;\n");
}

static void
add_rows(struct buf *b)
{
	buf_adds(b, "_mailnet_applet() {\n"
		    "\tlocal curcontext=$curcontext state line proto=$1 ret=1\n"
		    "\tlocal -a common first own verbs operand=('*:argument:()')\n"
		    "\ttypeset -A opt_args\n"
		    "\tcase $proto in\n");
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		if (ap->verbs != NULL)
			add_applet(b, ap);
	buf_adds(b,
		"\tesac\n"
		"\tif [[ $2 == verbs ]]; then\n"
		"\t\t_describe -t verbs verb verbs\n"
		"\t\treturn\n"
		"\tfi\n"
		"\t_arguments -C -s -S $common $first '1:verb:->verb' '*:: :->operands' && ret=0\n"
		"\tcase $state in\n"
		"\tverb) _describe -t verbs verb verbs && ret=0 ;;\n"
		"\toperands)\n"
		"\t\tcase $proto/$words[1] in\n");
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		for (const struct verb *v = ap->verbs; v != NULL && v->name != NULL; v++)
			add_verb(b, ap, v);
	buf_adds(b, "\t\tesac\n"
		    "\t\t_arguments -s -S $own $common $operand && ret=0\n"
		    "\t\t;;\n"
		    "\tesac\n"
		    "\treturn ret\n"
		    "}\n\n");
}

static const char entry[] = "_mailnet() {\n"
			    "\tlocal curcontext=$curcontext state line ret=1\n"
			    "\tlocal -a commands=(\n"
			    "\t\t$_mailnet_protocols\n"
			    "\t\t'help:usage of a protocol or a verb'\n"
			    "\t\t'completion:print a completion script'\n"
			    "\t)\n"
			    "\ttypeset -A opt_args\n"
			    "\tif [[ $service != mailnet ]]; then\n"
			    "\t\t_mailnet_applet $service\n"
			    "\t\treturn\n"
			    "\tfi\n"
			    "\tif ((CURRENT == 2)); then\n"
			    "\t\tif [[ $PREFIX == -* ]]; then\n"
			    "\t\t\tcompadd -- --help --version --list --install\n"
			    "\t\telse\n"
			    "\t\t\t_describe -t commands 'protocol or command' commands\n"
			    "\t\tfi\n"
			    "\t\treturn\n"
			    "\tfi\n"
			    "\tshift words\n"
			    "\t((CURRENT--))\n"
			    "\tcase $words[1] in\n"
			    "\thelp)\n"
			    "\t\tif ((CURRENT == 2)); then\n"
			    "\t\t\t_describe -t commands protocol _mailnet_protocols\n"
			    "\t\telif ((CURRENT == 3)); then\n"
			    "\t\t\t_mailnet_applet $words[2] verbs\n"
			    "\t\tfi ;;\n"
			    "\tcompletion) _arguments '1:shell:(bash zsh fish)' ;;\n"
			    "\t--install) _arguments '-H[make hard links]' '-s[make symbolic links "
			    "(default)]' '1:directory:_files -/' ;;\n"
			    "\t*) _mailnet_applet $words[1] ;;\n"
			    "\tesac\n"
			    "}\n\n"
			    "_mailnet \"$@\"\n";

void
complete_zsh(struct buf *b)
{
	buf_adds(b, "#compdef mailnet");
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		if (ap->verbs != NULL)
			buf_addf(b, " %s", ap->name);
	buf_adds(b, "\n# zsh completion for mailnet, made by \"mailnet completion zsh\"\n\n"
		    "typeset -ga _mailnet_protocols=(\n");
	for (const struct applet *ap = applets; ap->name != NULL; ap++) {
		buf_adds(b, "\t");
		add_described(b, ap->name, ap->summary);
	}
	buf_adds(b, ")\n\n");
	add_rows(b);
	buf_adds(b, entry);
}
