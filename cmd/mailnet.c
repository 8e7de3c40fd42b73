/*
 * mailnet: the main program. The name of the program, or its first argument, selects the applet; the applet parses
 * options and verb and runs the verb.
 */
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "base/terminal_escape.h"
#include "base/wait.h"
#include "cmd/complete.h"
#include "cmd/help.h"
#include "cmd/install.h"
#include "cmd/run.h"
#include "cmd/secure.h"
#include "cmd/settings.h"
#include "cmd/verb.h"
#include "cmd/version.h"
#include "store/temps.h"

static const char *called_as; /* argv[0] */

static int
usage_error(const char *usage)
{
	struct err e;

	err_set(&e, EX_USAGE, "usage: mailnet %s", usage);
	return run_fail("mailnet", &e);
}

static int
main_help(int argc, char **argv)
{
	struct buf b = {0};
	struct err e = {0};

	if (help_topic(&b, argc, argv, &e) == 0)
		return run_show("mailnet", &b);
	buf_free(&b);
	return run_fail("mailnet", &e);
}

static int
main_completion(int argc, char **argv)
{
	struct buf b = {0};
	struct err e = {0};

	if (argc != 1)
		return usage_error("completion bash|zsh|fish");
	if (complete_script(&b, argv[0], &e) == 0)
		return run_show("mailnet", &b);
	buf_free(&b);
	return run_fail("mailnet", &e);
}

static int
main_install(int argc, char **argv)
{
	bool hard = argc > 0 && strcmp(argv[0], "-H") == 0;
	int at = hard || (argc > 0 && strcmp(argv[0], "-s") == 0);

	if (argc != at + 1 || argv[at][0] == '-')
		return usage_error("--install [-H] DIR");
	return install_links(called_as, argv[at], hard);
}

static int
main_list(int argc, char **argv)
{
	struct buf b = {0};

	(void)argv;
	if (argc != 0)
		return usage_error("--list");
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		buf_addf(&b, "%s\n", ap->name);
	return run_show("mailnet", &b);
}

static int
main_accounts(int argc, char **argv)
{
	struct buf b = {0};
	struct err e = {0};

	(void)argv;
	if (argc != 0)
		return usage_error("--accounts");
	if (settings_accounts(&b, &e) == 0)
		return run_show("mailnet", &b);
	buf_free(&b);
	return run_fail("mailnet", &e);
}

static int
main_version(int argc, char **argv)
{
	struct buf b = {0};

	(void)argv;
	if (argc != 0)
		return usage_error("--version");
	version_show(&b);
	return run_show("mailnet", &b);
}

/* Commands without an applet. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"help", main_help},
	{"--help", main_help},
	{"-h", main_help},
	{"--version", main_version},
	{"--list", main_list},
	{"--accounts", main_accounts},
	{"--install", main_install},
	{"completion", main_completion},
};
#define NCOMMANDS (sizeof commands / sizeof commands[0])

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
		return main_version(0, NULL);
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

static int
dispatch(int argc, char **argv)
{
	const struct applet *ap = argc > 0 ? applet_find(called_name(argv[0])) : NULL;

	called_as = argc > 0 ? argv[0] : NULL;
	if (ap != NULL)
		return run_applet(ap, argc, argv);
	if (argc < 2)
		return usage_error("PROTOCOL [connection options] VERB [options] [arguments] "
				   "(try 'mailnet help')");
	if ((ap = applet_find(argv[1])) != NULL)
		return run_applet(ap, argc - 1, argv + 1);
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 2, argv + 2);
	return unknown_command(argv[1]);
}

/* Is the selected applet sendmail? */
static bool
is_sendmail(int argc, char **argv)
{
	const struct applet *ap = argc > 0 ? applet_find(called_name(argv[0])) : NULL;

	if (ap == NULL && argc > 1)
		ap = applet_find(argv[1]);
	return ap != NULL && strcmp(ap->name, "sendmail") == 0;
}

/*
 * If a standard descriptor is closed, the next file or socket would get its number. Open /dev/null in its place, in
 * the wrong direction: reading must fail instead of giving an empty message, and writing must fail too.
 */
static void
open_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(EX_OSERR);
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

/* Die by the signal that ended the run, so that the parent sees the reason. */
static void
die_by_signal(int sig)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t set;

	sigaction(sig, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
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
	struct err e;
	int status;

	open_standard_fds();
	if (secure_start(is_sendmail(argc, argv), &e) == -1)
		return run_fail("mailnet", &e);
	mem_on_exhaustion(out_of_memory);
	wait_setup();
	terminal_set_utf8(is_utf8_locale());
	status = dispatch(argc, argv);
	/* A signal that arrived during the end of the run, or that another failure hid. */
	if (wait_signal() != 0)
		status = EX_SIGNAL + wait_signal();
	if (status > EX_SIGNAL)
		die_by_signal(status - EX_SIGNAL);
	return status;
}
