#include "cmd/complete.h"

#include "cmd/verb.h"

static const char quote[] = "\\'";

static const char functions[] =
	"# The words before the cursor, from the protocol on.\n"
	"function __mailnet_words\n"
	"\tset -l words (commandline -opc)\n"
	"\tset words[1] (string replace -r '.*/' '' -- $words[1])\n"
	"\ttest \"$words[1]\" = mailnet; and set -e words[1]\n"
	"\tprintf '%s\\n' $words\n"
	"end\n\n"
	"# Is this PROTOCOL, and if there is one more argument: is this its VERB (-: none yet)?\n"
	"function __mailnet_at --argument-names proto verb\n"
	"\tset -l words (__mailnet_words)\n"
	"\ttest \"$words[1]\" = \"$proto\"; or return 1\n"
	"\ttest -n \"$verb\"; or return 0\n"
	"\tset -l skip 0\n"
	"\tfor word in $words[2..-1]\n"
	"\t\tif test $skip = 1\n"
	"\t\t\tset skip 0\n"
	"\t\telse if contains -- $word $__mailnet_takes\n"
	"\t\t\tset skip 1\n"
	"\t\telse if not string match -q -- '-?*' $word\n"
	"\t\t\ttest \"$word\" = \"$verb\"\n"
	"\t\t\treturn\n"
	"\t\tend\n"
	"\tend\n"
	"\ttest \"$verb\" = -\n"
	"end\n\n"
	"# True if N words follow mailnet, the first of them is WORD, the second may be asked, "
	"too.\n"
	"function __mailnet_command --argument-names count word second\n"
	"\tset -l words (commandline -opc)\n"
	"\tstring match -q -r '(^|/)mailnet$' -- $words[1]; or return 1\n"
	"\ttest (count $words) -eq (math $count + 1); or return 1\n"
	"\ttest -z \"$word\" -o \"$words[2]\" = \"$word\"; or return 1\n"
	"\ttest -z \"$second\" -o \"$words[3]\" = \"$second\"\n"
	"end\n\n";

static void
add_help(struct buf *b, const char *help)
{
	buf_adds(b, " -d ");
	complete_quote(b, help, quote);
	buf_adds(b, "\n");
}

/* The program, by both of its names, at that verb ("": at any, "-": before it). */
static void
add_at(struct buf *b, const char *proto, const char *verb)
{
	buf_addf(b, "complete -c mailnet -c %s -n '__mailnet_at %s%s%s'", proto, proto,
		verb[0] != '\0' ? " " : "", verb);
}

static void
add_option(struct buf *b, const char *where, const char *verb, char letter, const char *name,
	const char *arg, const char *help)
{
	add_at(b, where, verb);
	if (letter != 0)
		buf_addf(b, " -s %c", letter);
	buf_addf(b, " -l %s", name);
	switch (complete_kind(arg)) {
	case COMPLETE_FLAG: break;
	case COMPLETE_ANY: buf_adds(b, " -x"); break;
	case COMPLETE_FILE: buf_adds(b, " -r -F"); break;
	case COMPLETE_WORDS:
		buf_adds(b, " -x -a '");
		complete_words(b, arg);
		buf_adds(b, "'");
		break;
	}
	add_help(b, help);
}

static void
add_verb(struct buf *b, const struct applet *ap, const struct verb *v)
{
	add_at(b, ap->name, "-");
	buf_addf(b, " -f -a %s", v->name);
	add_help(b, v->help);
	buf_addf(b, "complete -c mailnet -n '__mailnet_command 2 help %s' -f -a %s", ap->name,
		v->name);
	add_help(b, v->help);
	if (complete_kind(v->args) == COMPLETE_FILE) {
		add_at(b, ap->name, v->name);
		buf_adds(b, " -F\n");
	}
	for (const struct opt *o = v->opts; o != NULL && o->name != NULL; o++)
		add_option(b, ap->name, v->name, o->letter, o->name, o->arg, o->help);
}

static void
add_commands(struct buf *b)
{
	for (const struct applet *ap = applets; ap->name != NULL; ap++) {
		buf_addf(b, "complete -c mailnet -n '__mailnet_command 0' -a %s", ap->name);
		add_help(b, ap->summary);
		buf_addf(b, "complete -c mailnet -n '__mailnet_command 1 help' -a %s", ap->name);
		add_help(b, ap->summary);
	}
	buf_adds(b,
		"complete -c mailnet -n '__mailnet_command 0' -a help -d 'usage of a protocol or a "
		"verb'\n"
		"complete -c mailnet -n '__mailnet_command 0' -a completion -d 'print a completion "
		"script'\n"
		"complete -c mailnet -n '__mailnet_command 1 completion' -a 'bash zsh fish'\n"
		"complete -c mailnet -n '__mailnet_command 0' -l help -d 'show usage'\n"
		"complete -c mailnet -n '__mailnet_command 0' -l version -d 'print the version'\n"
		"complete -c mailnet -n '__mailnet_command 0' -l list -d 'print the applets'\n"
		"complete -c mailnet -n '__mailnet_command 0' -l install -d 'make links to the "
		"applets'\n"
		"complete -c mailnet -n '__mailnet_command 1 --install' -F\n");
}

void
complete_fish(struct buf *b)
{
	buf_adds(b, "# fish completion for mailnet, made by \"mailnet completion fish\"\n\n");
	buf_adds(b, functions);
	buf_adds(b, "# Connection options with an argument.\nset -g __mailnet_takes");
	for (const struct option_row *r = option_rows; r->name != NULL; r++) {
		if (r->arg == NULL)
			continue;
		if (r->letter != 0)
			buf_addf(b, " -%c", r->letter);
		buf_addf(b, " --%s", r->name);
	}
	buf_adds(b, "\n\ncomplete -c mailnet -f\n");
	add_commands(b);
	for (const struct applet *ap = applets; ap->name != NULL; ap++) {
		if (ap->verbs == NULL)
			continue;
		buf_addf(b, "complete -c %s -f\n", ap->name);
		add_option(b, ap->name, "", 0, "help", NULL, "show usage");
		for (const struct option_row *r = option_rows; r->name != NULL; r++)
			if ((r->protos & ap->proto) != 0)
				add_option(b, ap->name,
					(r->protos & OPTION_BEFORE_VERB) != 0 ? "-" : "", r->letter,
					r->name, r->arg, r->help);
		for (const struct verb *v = ap->verbs; v->name != NULL; v++)
			add_verb(b, ap, v);
	}
}
