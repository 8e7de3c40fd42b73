/*
 * mailnet: the main program. The name of the program, or its first argument, selects the applet; the applet parses
 * options and verb and runs the verb.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth/mech.h"
#include "auth/sasl.h"
#include "base/compat.h"
#include "base/mem.h"
#include "base/secure.h"
#include "base/suggest.h"
#include "base/terminal_escape.h"
#include "base/wait.h"
#include "cmd/complete.h"
#include "cmd/help.h"
#include "cmd/run.h"
#include "cmd/settings.h"
#include "cmd/verb.h"
#include "store/program_link.h"
#include "store/temps.h"
#include "wire/deflate.h"
#include "wire/tls.h"

static const char *called_as; /* argv[0] */

static int
usage_error(const char *usage)
{
	struct err e;

	err_set(&e, EX_USAGE, "usage: mailnet %s", usage);
	return run_fail("mailnet", &e);
}

static int
show_completion(struct buf *b, int argc, char **argv, struct err *e)
{
	(void)argc;
	return complete_script(b, argv[0], e);
}

static int
show_list(struct buf *b, int argc, char **argv, struct err *e)
{
	(void)argc, (void)argv, (void)e;
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		buf_addf(b, "%s\n", ap->name);
	return 0;
}

static int
show_accounts(struct buf *b, int argc, char **argv, struct err *e)
{
	(void)argc, (void)argv;
	return settings_accounts(b, e);
}

/*
 * The program's name and version, then a line each: the libraries with the versions that run now, the applets, the
 * protocol features, the SASL mechanisms, the width of the time, and the system interfaces that are replaced.
 */
static int
show_version(struct buf *b, int argc, char **argv, struct err *e)
{
	(void)argc, (void)argv, (void)e;
	buf_adds(b, PACKAGE_STRING "\n");
	buf_addf(b, "libraries: GnuTLS %s, GNU SASL %s, zlib %s", tls_library(), sasl_library(),
		deflate_library());
#ifdef LIBBSD_VERSION
	buf_adds(b, ", libbsd " LIBBSD_VERSION);
#endif
	buf_adds(b, "\napplets:");
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		buf_addf(b, " %s", ap->name);
	buf_adds(b, "\nfeatures: TLS STARTTLS PKCS#11 LMTP COMPRESS=DEFLATE,GZIP,XZVER SMTPUTF8 "
		    "CHUNKING DSN "
		    "IPv6\nlogin:");
	mech_names(b);
	buf_addf(b, "\nseconds: %u bits\nreplaced:%s\n", (unsigned)(sizeof(time_t) * 8),
		compat_used()[0] != '\0' ? compat_used() : " nothing");
	return 0;
}

/* Make a link in DIR for each applet. A link that fails is reported, and the others are still made. */
static int
run_install(int argc, char **argv)
{
	bool hard = argc > 0 && strcmp(argv[0], "-H") == 0;
	int at = hard || (argc > 0 && strcmp(argv[0], "-s") == 0);
	struct buf path = {0};
	struct err e = {0};
	int status = 0;
	char *self;

	if (argc != at + 1 || argv[at][0] == '-')
		return usage_error("--install [-H] DIR");
	self = program_path(called_as, &e);
	if (self == NULL)
		return run_fail("mailnet", &e);
	for (const struct applet *ap = applets; ap->name != NULL; ap++) {
		buf_clear(&path);
		buf_addf(&path, "%s/%s", argv[at], ap->name);
		if (program_link(self, buf_str(&path), hard, &e) == -1)
			status = run_fail("mailnet", &e);
	}
	buf_free(&path);
	free(self);
	return status;
}

/* Commands without an applet: each appends a text to print, or runs by itself. */
static const struct command {
	const char *name;
	int (*show)(struct buf *b, int argc, char **argv, struct err *e);
	int nargs; /* the number of arguments; -1: any */
	const char *usage;
	int (*run)(int argc, char **argv); /* if show is NULL */
} commands[] = {
	{"help", help_topic, -1, NULL, NULL},
	{"--help", help_topic, -1, NULL, NULL},
	{"-h", help_topic, -1, NULL, NULL},
	{"--version", show_version, 0, "--version", NULL},
	{"--list", show_list, 0, "--list", NULL},
	{"--accounts", show_accounts, 0, "--accounts", NULL},
	{"--install", NULL, -1, NULL, run_install},
	{"completion", show_completion, 1, "completion bash|zsh|fish", NULL},
};
#define NCOMMANDS (sizeof commands / sizeof commands[0])

static const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int
run_command(const struct command *c, int argc, char **argv)
{
	struct buf b = {0};
	struct err e = {0};

	if (c->nargs != -1 && argc != c->nargs)
		return usage_error(c->usage);
	if (c->show == NULL)
		return c->run(argc, argv);
	if (c->show(&b, argc, argv, &e) == 0)
		return run_show("mailnet", &b);
	buf_free(&b);
	return run_fail("mailnet", &e);
}

static int
unknown_command(const char *word)
{
	struct suggest s = SUGGEST_FOR(word, (size_t)-1);
	struct err e;

	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		suggest_try(&s, ap->name);
	for (size_t i = 0; i < NCOMMANDS; i++)
		suggest_try(&s, commands[i].name);
	if (s.best != NULL)
		err_set(&e, EX_USAGE, "unknown protocol or command '%s' (did you mean '%s'?)", word,
			s.best);
	else
		err_set(&e, EX_USAGE, "unknown protocol or command '%s' (try 'mailnet help')",
			word);
	return run_fail("mailnet", &e);
}

/* argv[0] is the name of the applet. */
static int
run_applet(const struct applet *ap, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return run_command(command_find("--version"), 0, NULL);
	if (ap->main != NULL)
		return ap->main(argc, argv);
	return applet_main(ap, argc - 1, argv + 1);
}

/* The last part of argv[0], without the prefix of libtool's wrappers. */
static const char *
called_name(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');
	const char *name = slash != NULL ? slash + 1 : argv0;

	return strncmp(name, "lt-", 3) == 0 ? name + 3 : name;
}

/* The applet that the program's name or the first argument selects, which is argv[0] then. NULL: none. */
static const struct applet *
find_applet(int *argc, char ***argv)
{
	const struct applet *ap = *argc > 0 ? applet_find(called_name(**argv)) : NULL;

	if (ap != NULL || *argc < 2 || (ap = applet_find((*argv)[1])) == NULL)
		return ap;
	--*argc;
	++*argv;
	return ap;
}

/* ap NULL: the first argument is a command. */
static int
dispatch(const struct applet *ap, int argc, char **argv)
{
	const struct command *command;

	if (ap != NULL)
		return run_applet(ap, argc, argv);
	if (argc < 2)
		return usage_error("PROTOCOL [connection options] VERB [options] [arguments] "
				   "(try 'mailnet help')");
	if ((command = command_find(argv[1])) != NULL)
		return run_command(command, argc - 2, argv + 2);
	return unknown_command(argv[1]);
}

static void
out_of_memory(void)
{
	static const char text[] = "mailnet: out of memory\n";

	temps_remove_all();
	if (write(STDERR_FILENO, text, sizeof text - 1) == -1)
		_exit(EX_OSERR);
	_exit(EX_OSERR);
}

/* Read the locale of the environment without setting that of the program, which parsers depend on. */
static bool
is_utf8_locale(void)
{
	locale_t loc = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = loc != (locale_t)0 && strcmp(nl_langinfo_l(CODESET, loc), "UTF-8") == 0;

	if (loc != (locale_t)0)
		freelocale(loc);
	return utf8;
}

int
main(int argc, char **argv)
{
	const struct applet *ap;
	bool sendmail;
	struct err e;
	int status;

	if (secure_descriptors() == -1)
		_exit(EX_OSERR);
	called_as = argc > 0 ? argv[0] : NULL;
	ap = find_applet(&argc, &argv);
	sendmail = ap != NULL && strcmp(ap->name, "sendmail") == 0;
	if (secure_start(sendmail ? SYSCONFDIR "/mailnet/config" : NULL, &e) == -1)
		return run_fail("mailnet", &e);
	mem_on_exhaustion(out_of_memory);
	wait_setup();
	terminal_set_utf8(is_utf8_locale());
	status = dispatch(ap, argc, argv);
	/* A signal that arrived during the end of the run, or that another failure hid. */
	if (wait_signal() != 0)
		status = EX_SIGNAL + wait_signal();
	if (status > EX_SIGNAL)
		wait_die(status - EX_SIGNAL);
	return status;
}
