#include "cmd/complete.h"

#include <stdbool.h>

#include "cmd/verb.h"

/* Words that bash cut at = and : are put together again first. It needs nothing but bash. */
static const char walk[] = "_mailnet_walk()\n"
			   "{\n"
			   "\tlocal line=${COMP_LINE:0:COMP_POINT} word pending='' i=1\n"
			   "\twords=() proto='' verb='' option=''\n"
			   "\tfor word in \"${COMP_WORDS[@]:0:COMP_CWORD+1}\"; do\n"
			   "\t\tif [[ ${#words[@]} -gt 0 && $line != [[:blank:]]* ]]; then\n"
			   "\t\t\twords[${#words[@]}-1]+=$word\n"
			   "\t\telse\n"
			   "\t\t\twords+=(\"$word\")\n"
			   "\t\tfi\n"
			   "\t\tline=${line#\"${line%%[![:blank:]]*}\"}\n"
			   "\t\tline=${line#\"$word\"}\n"
			   "\tdone\n"
			   "\tcur=${words[${#words[@]}-1]}\n"
			   "\tproto=${words[0]##*/}\n"
			   "\tif [[ $proto == mailnet ]]; then\n"
			   "\t\tproto=''\n"
			   "\t\t((${#words[@]} > 2)) || return\n"
			   "\t\tproto=${words[1]} i=2\n"
			   "\tfi\n"
			   "\tfor ((; i < ${#words[@]} - 1; i++)); do\n"
			   "\t\tword=${words[i]}\n"
			   "\t\tif [[ -n $pending ]]; then\n"
			   "\t\t\tpending=''\n"
			   "\t\telif [[ $word == -?* ]]; then\n"
			   "\t\t\t_mailnet_value \"$proto\" \"$verb\" \"$word\" && pending=$word\n"
			   "\t\telif [[ -z $verb ]]; then\n"
			   "\t\t\tverb=$word\n"
			   "\t\tfi\n"
			   "\tdone\n"
			   "\toption=$pending\n"
			   "}\n\n";

static const char entry[] =
	"# Offer words, or files, for what has been typed so far.\n"
	"_mailnet_offer()\n"
	"{\n"
	"\tif [[ $1 == :file ]]; then\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"\telif [[ $1 != :any ]]; then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
	"\tfi\n"
	"}\n\n"
	"_mailnet()\n"
	"{\n"
	"\tlocal words proto verb option cur value IFS=$' \\t\\n'\n"
	"\tCOMPREPLY=()\n"
	"\t_mailnet_walk\n"
	"\tcase $proto in\n"
	"\t'')\n"
	"\t\t_mailnet_offer \"$_mailnet_protocols help completion --help --version --list "
	"--install\"\n"
	"\t\treturn ;;\n"
	"\thelp)\n"
	"\t\tif ((${#words[@]} == 3)); then\n"
	"\t\t\t_mailnet_offer \"$_mailnet_protocols\"\n"
	"\t\telif ((${#words[@]} == 4)); then\n"
	"\t\t\t_mailnet_verbs \"${words[2]}\" && _mailnet_offer \"$value\"\n"
	"\t\tfi\n"
	"\t\treturn ;;\n"
	"\tcompletion)\n"
	"\t\t_mailnet_offer 'bash zsh fish'\n"
	"\t\treturn ;;\n"
	"\t--install)\n"
	"\t\tif [[ $cur == -* ]]; then _mailnet_offer '-H -s'; else _mailnet_offer :file; fi\n"
	"\t\treturn ;;\n"
	"\tesac\n"
	"\tif [[ -z $option && $cur == --*=* ]]; then\n"
	"\t\toption=${cur%%=*} cur=${cur#*=}\n"
	"\t\t_mailnet_value \"$proto\" \"$verb\" \"$option\" || return\n"
	"\t\t_mailnet_offer \"$value\"\n"
	"\t\t[[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=(\"${COMPREPLY[@]/#/$option=}\")\n"
	"\telif [[ -n $option ]]; then\n"
	"\t\t_mailnet_value \"$proto\" \"$verb\" \"$option\" && _mailnet_offer \"$value\"\n"
	"\telif [[ $cur == -* ]]; then\n"
	"\t\t_mailnet_options \"$proto\" \"$verb\" && _mailnet_offer \"$value\"\n"
	"\telif [[ -z $verb ]]; then\n"
	"\t\t_mailnet_verbs \"$proto\" && _mailnet_offer \"$value\"\n"
	"\telse\n"
	"\t\t_mailnet_operand \"$proto\" \"$verb\" && _mailnet_offer \"$value\"\n"
	"\tfi\n"
	"}\n\n";

static void
add_spelling(struct buf *b, char letter, const char *name)
{
	if (letter != 0)
		buf_addf(b, " -%c", letter);
	buf_addf(b, " --%s", name);
}

/* A branch that names the kind of an option's argument; empty for a flag. */
static void
add_value(struct buf *b, const char *proto, const char *verb, char letter, const char *name,
	const char *arg)
{
	enum complete_kind kind = complete_kind(arg);

	if (kind == COMPLETE_FLAG)
		return;
	buf_addf(b, "\t%s/%s/--%s", proto, verb, name);
	if (letter != 0)
		buf_addf(b, "|%s/%s/-%c", proto, verb, letter);
	buf_adds(b, ") value='");
	if (kind == COMPLETE_WORDS)
		complete_words(b, arg);
	else
		buf_adds(b, kind == COMPLETE_FILE ? ":file" : ":any");
	buf_adds(b, "' ;;\n");
}

static void
add_verbs(struct buf *b)
{
	buf_adds(b, "_mailnet_verbs()\n{\n\tcase $1 in\n");
	for (const struct applet *ap = applets; ap->name != NULL; ap++) {
		if (ap->verbs == NULL)
			continue;
		buf_addf(b, "\t%s) value='", ap->name);
		for (const struct verb *v = ap->verbs; v->name != NULL; v++)
			buf_addf(b, "%s%s", v == ap->verbs ? "" : " ", v->name);
		buf_adds(b, "' ;;\n");
	}
	buf_adds(b, "\t*) return 1 ;;\n\tesac\n}\n\n");
}

/* The connection options of the applet that are accepted before the verb only, or all others. */
static void
add_common(struct buf *b, const struct applet *ap, bool before_verb)
{
	for (const struct option_row *r = option_rows; r->name != NULL; r++)
		if ((r->protos & ap->proto) != 0 &&
			((r->protos & OPTION_BEFORE_VERB) != 0) == before_verb)
			add_spelling(b, r->letter, r->name);
	buf_adds(b, "' ;;\n");
}

static void
add_options(struct buf *b)
{
	buf_adds(b, "_mailnet_options()\n{\n\tcase $1 in\n");
	for (const struct applet *ap = applets; ap->name != NULL; ap++) {
		if (ap->verbs == NULL)
			continue;
		buf_addf(b, "\t%s) value='--help", ap->name);
		add_common(b, ap, false);
	}
	/* sendmail(8) has clusters of letters of its own, no table of options. */
	buf_adds(b, "\tsendmail) value='-t -i -oi -f -F -N -R -V -v' ;;\n");
	buf_adds(b, "\t*) return 1 ;;\n\tesac\n\tcase $1/$2 in\n");
	for (const struct applet *ap = applets; ap->name != NULL; ap++) {
		if (ap->verbs == NULL)
			continue;
		buf_addf(b, "\t%s/) value+='", ap->name);
		add_common(b, ap, true);
		for (const struct verb *v = ap->verbs; v->name != NULL; v++) {
			if (v->opts == NULL || v->opts[0].name == NULL)
				continue;
			buf_addf(b, "\t%s/%s) value+='", ap->name, v->name);
			for (const struct opt *o = v->opts; o->name != NULL; o++)
				add_spelling(b, o->letter, o->name);
			buf_adds(b, "' ;;\n");
		}
	}
	buf_adds(b, "\tesac\n}\n\n");
}

/* The verbs' own options first: they win over connection options. */
static void
add_values(struct buf *b)
{
	buf_adds(b, "_mailnet_value()\n{\n\tcase $1/$2/$3 in\n");
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		for (const struct verb *v = ap->verbs; v != NULL && v->name != NULL; v++)
			for (const struct opt *o = v->opts; o != NULL && o->name != NULL; o++)
				add_value(b, ap->name, v->name, o->letter, o->name, o->arg);
	for (const struct option_row *r = option_rows; r->name != NULL; r++)
		add_value(b, "*", "*", r->letter, r->name, r->arg);
	buf_adds(b, "\t*) return 1 ;;\n\tesac\n}\n\n");
}

static void
add_operands(struct buf *b)
{
	buf_adds(b, "_mailnet_operand()\n{\n\tcase $1/$2 in\n");
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		for (const struct verb *v = ap->verbs; v != NULL && v->name != NULL; v++)
			if (complete_kind(v->args) == COMPLETE_FILE)
				buf_addf(b, "\t%s/%s) value=:file ;;\n", ap->name, v->name);
	buf_adds(b, "\t*) return 1 ;;\n\tesac\n}\n\n");
}

void
complete_bash(struct buf *b)
{
	buf_adds(b, "# bash completion for mailnet, made by \"mailnet completion bash\"\n\n"
		    "_mailnet_protocols='");
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		buf_addf(b, "%s%s", ap == applets ? "" : " ", ap->name);
	buf_adds(b, "'\n\n");
	add_verbs(b);
	add_options(b);
	add_values(b);
	add_operands(b);
	buf_adds(b, walk);
	buf_adds(b, entry);
	buf_adds(b, "complete -F _mailnet mailnet");
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		buf_addf(b, " %s", ap->name);
	buf_adds(b, "\n");
}
