/* Verb lines: options, arity, suggestions. */
#include <stdlib.h>

#include "check.h"
#include "base/buf.h"
#include "cmd/verb.h"

static const struct opt over_opts[] = {
	{'n', "last", "K", "the last K"},
	{'F', "fields", "FIELD,...", "these fields"},
	{0, "decode", NULL, "decode"},
	{'m', "message", "FILE", "a message"},
	{'d', "dry", NULL, "do nothing"},
	{0, NULL, NULL, NULL},
};

static int
nothing(struct session *s, const struct args *a, struct err *e)
{
	(void)s;
	(void)a;
	(void)e;
	return 0;
}

static const struct verb *const verbs[] = {
	&(const struct verb){"over", "[GROUP] [RANGE]", "overview", 0, over_opts, nothing, NULL,
		.group = GROUP_READ},
	&(const struct verb){
		"group", "GROUP", "select", 0, NULL, nothing, NULL, .group = GROUP_READ},
	&(const struct verb){"retr", "N...", "fetch", 0, NULL, nothing, NULL, .group = GROUP_READ},
	NULL,
};

static const struct applet applet = {"nntp", "news", PROTO_NNTP, verbs, NULL, NULL, NULL, NULL};

/*
 * Parse the words of a line, separated by blanks, and return the result as text. batch: as a batch line, without
 * connection options.
 */
static const char *
parse(const char *line, bool batch)
{
	static struct buf b;
	static char words[256];
	char *argv[32], *save = NULL;
	struct options o;
	struct args a;
	struct err e = {0};
	int argc = 0;

	options_init(&o);
	snprintf(words, sizeof words, "%s", line);
	for (char *w = strtok_r(words, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	buf_clear(&b);
	if (verb_parse(&applet, argc, argv, batch ? NULL : &o, &a, &e) == -1) {
		buf_addf(&b, "?%d %s", e.status, e.text);
		options_free(&o);
		return buf_str(&b);
	}
	buf_addf(&b, "%s%s", a.verb != NULL ? a.verb->name : "-", a.help ? " help" : "");
	for (size_t i = 0; i < a.nopts; i++)
		buf_addf(&b, " %s%s%s", a.opts[i].opt->name, a.opts[i].value != NULL ? "=" : "",
			a.opts[i].value != NULL ? a.opts[i].value : "");
	for (int i = 0; i < a.argc; i++)
		buf_addf(&b, " [%s]", args_at(&a, i));
	CHECK(args_at(&a, a.argc) == NULL && args_at(&a, -1) == NULL);
	if (o.server != NULL)
		buf_addf(&b, " server=%s", o.server);
	if (o.verbose != 0)
		buf_addf(&b, " v%d", o.verbose);
	args_free(&a);
	options_free(&o);
	return buf_str(&b);
}

static void
forms(void)
{
	CHECK_TEXT(parse("over", false), "over");
	CHECK_TEXT(parse("over -n5 g 1-2", false), "over last=5 [g] [1-2]");
	CHECK_TEXT(parse("over g -n 5 1-2", false), "over last=5 [g] [1-2]");
	CHECK_TEXT(parse("over --last=5 --last 6", false), "over last=5 last=6");
	CHECK_TEXT(parse("over --last=", false), "over last=");
	CHECK_TEXT(parse("over g --decode -dF a,b", false), "over decode dry fields=a,b [g]");
	CHECK_TEXT(parse("over -dn5", false), "over dry last=5");
	CHECK_TEXT(parse("-s h over -v", false), "over server=h v1");
	CHECK_TEXT(parse("-vv -sh over", false), "over server=h v2");
	CHECK_TEXT(parse("over -vvv --server=h -v", false), "over server=h v2");
	CHECK_TEXT(parse("over -- -n -5", false), "over [-n] [-5]");
	CHECK_TEXT(parse("-- over -", false), "over [-]");
	CHECK_TEXT(parse("over - -n 1", false), "over last=1 [-]");
	CHECK_TEXT(parse("over -n -5", false), "over last=-5");
	CHECK_TEXT(parse("-b f", false), "-");
	CHECK_TEXT(parse("over a b c --help", false), "over help [a] [b] [c]");
	CHECK_TEXT(parse("-h", false), "- help");
}

static void
mistakes(void)
{
	CHECK_TEXT(parse("", false), "?64 no verb given (mailnet help nntp lists them)");
	CHECK_TEXT(parse("ovr", false), "?64 unknown verb 'ovr' (did you mean 'over'?)");
	CHECK_TEXT(parse("gruop x", false), "?64 unknown verb 'gruop' (did you mean 'group'?)");
	CHECK_TEXT(
		parse("xyzzy", false), "?64 unknown verb 'xyzzy' (mailnet help nntp lists them)");
	CHECK_TEXT(parse("over a b c", false),
		"?64 over: too many arguments (usage: over [GROUP] [RANGE])");
	CHECK_TEXT(parse("group", false), "?64 group: too few arguments (usage: group GROUP)");
	CHECK_TEXT(parse("retr 1 2 3 4 5", false), "retr [1] [2] [3] [4] [5]");
	CHECK_TEXT(parse("over --decod", false),
		"?64 over: unknown option '--decod' (did you mean '--decode'?)");
	CHECK_TEXT(parse("over --jsno", false),
		"?64 over: unknown option '--jsno' (did you mean '--json'?)");
	CHECK_TEXT(parse("over --qwertyuiop=1", false), "?64 over: unknown option '--qwertyuiop'");
	CHECK_TEXT(parse("over -dx", false), "?64 over: unknown option '-x'");
	CHECK_TEXT(parse("over --decode=1", false), "?64 over: --decode takes no argument");
	CHECK_TEXT(parse("over -n", false), "?64 over: -n needs an argument: K");
	CHECK_TEXT(parse("over --last", false), "?64 over: --last needs an argument: K");
	CHECK_TEXT(parse("--helo x over", false), "?64 --helo is not an option of nntp");
	CHECK_TEXT(parse("-b f over", false),
		"?64 unexpected argument 'over': with --batch the verbs are read from its FILE");
	CHECK_TEXT(parse("over -b f", false), "?64 over: a verb and --batch exclude each other: "
					      "the verbs are read from its FILE");
	CHECK_TEXT(parse("over --timeout=0", false),
		"?64 over: --timeout: '0' is not a number of seconds from 1 to 2147483647");
}

static void
in_batch(void)
{
	CHECK_TEXT(parse("over g -n 5", true), "over last=5 [g]");
	CHECK_TEXT(parse("over --json", true),
		"?64 over: --json must be given on the command line, not in a batch");
	CHECK_TEXT(parse("-s h over", true),
		"?64 -s must be given on the command line, not in a batch");
	CHECK_TEXT(parse("over --help", true), "?64 over: unknown option '--help'");
	CHECK_TEXT(parse("over -h", true), "?64 over: unknown option '-h'");
}

static void
values(void)
{
	char over[] = "over", n1[] = "-n1", m1[] = "-ma", m2[] = "--message=b", n2[] = "-n12";
	char *argv[] = {over, n1, m1, m2, n2};
	struct args a;
	struct err e = {0};
	uint64_t n = 99;

	CHECK(verb_parse(&applet, 5, argv, NULL, &a, &e) == 0);
	CHECK_TEXT(args_get(&a, "last"), "12");
	CHECK_TEXT(args_nth(&a, "message", 0), "a");
	CHECK_TEXT(args_nth(&a, "message", 1), "b");
	CHECK(args_nth(&a, "message", 2) == NULL);
	CHECK(args_has(&a, "last") && !args_has(&a, "decode"));
	CHECK(args_number(&a, "last", 1, 12, &n, &e) == 0 && n == 12);
	n = 99;
	CHECK(args_number(&a, "last", 1, 11, &n, &e) == -1 && e.status == EX_USAGE && n == 99);
	CHECK(args_number(&a, "last", 13, 20, &n, &e) == -1 && n == 99);
	CHECK(args_number(&a, "fields", 1, 11, &n, &e) == 0 && n == 99);
	CHECK(args_number(&a, "message", 0, 11, &n, &e) == -1);
	args_free(&a);
}

static const char *
nearest(const char *word)
{
	const char *s = verb_nearest(verbs, word);

	return s != NULL ? s : "-";
}

static void
suggestions(void)
{
	char longest[200];

	CHECK_TEXT(nearest("over"), "over");
	CHECK_TEXT(nearest("ovre"), "over");
	CHECK_TEXT(nearest("voer"), "over");
	CHECK_TEXT(nearest("overr"), "over");
	CHECK_TEXT(nearest("grup"), "group");
	CHECK_TEXT(nearest("gr"), "group");
	CHECK_TEXT(nearest("g"), "-");
	CHECK_TEXT(nearest("abcd"), "-");
	CHECK_TEXT(nearest(""), "-");
	memset(longest, 'o', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	CHECK_TEXT(nearest(longest), "-");
	CHECK(verb_find(verbs, "grou") == NULL && verb_find(verbs, "group") == verbs[1]);
	CHECK(verb_find(NULL, "group") == NULL && verb_nearest(NULL, "group") == NULL);
}

int
main(void)
{
	forms();
	mistakes();
	in_batch();
	values();
	suggestions();
	return check_done();
}
