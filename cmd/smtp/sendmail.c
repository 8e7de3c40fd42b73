/*
 * sendmail: translate the command line of sendmail(8), as cron, git, mutt and others write it, into a verb: send,
 * flush, list or dialogue.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/help.h"
#include "cmd/print.h"
#include "cmd/run.h"
#include "cmd/smtp/smtp.h"
#include "mail/addr.h"

#define WHO "mailnet sendmail"

/* ---- the verbs ----------------------------------------------------------------------- */

static const struct opt queue_opts[] = {
	{0, "spool", "DIR", "the directory of the queue"},
	{0, NULL, NULL, NULL},
};

static const struct verb *const sendmail_verbs[] = {
	&(const struct verb){"dialogue", "", "speak SMTP on stdin and stdout", VERB_OPENS,
		sendmail_send_opts, sendmail_dialogue_run, NULL, .group = GROUP_SEND},
	&(const struct verb){"flush", "", "send the messages in the spool", VERB_OPENS, queue_opts,
		sendmail_flush_run, NULL, .group = GROUP_SEND},
	&(const struct verb){"list", "", "list what waits", VERB_LOCAL, queue_opts,
		sendmail_list_run, NULL, .group = GROUP_SEND},
	&(const struct verb){"send", "[RCPT...]", "send a message", VERB_STDIN | VERB_OPENS,
		sendmail_send_opts, smtp_send_run, smtp_send_reads_stdin, .group = GROUP_SEND},
	NULL,
};

static const struct applet sendmail_applet = {"sendmail",
	"send mail with the command line of sendmail(8)", PROTO_SMTP, sendmail_verbs, NULL,
	&smtp_client, NULL, NULL};

/* ---- the command line -------------------------------------------------------------------------- */

const struct opt sendmail_words[] = {
	{0, "-t", NULL, "send to the addresses in To, Cc and Bcc, too"},
	{0, "-f", "FROM", "the envelope sender (default: Sender or From of the message)"},
	{0, "-r", "FROM", "the same as -f"},
	{0, "-F", "NAME", "the display name in a From field that is added"},
	{0, "-i", NULL, "a lone dot does not end the message; always so"},
	{0, "-oi", NULL, "the same as -i"},
	{0, "-v", NULL, "show commands and replies on stderr"},
	{0, "-N", "WHEN,...", "notify: never, or some of success, failure and delay"},
	{0, "-R", "full|hdrs", "the part of the message that a notification returns"},
	{0, "-V", "ID", "an identifier for notifications"},
	{0, "-bm", NULL, "send a message (default)"},
	{0, "-bs", NULL, "speak SMTP on stdin and stdout"},
	{0, "-bp", NULL, "list the spool, as mailq does"},
	{0, "-bi", NULL, "do nothing, as newaliases does"},
	{0, "-I", NULL, "the same as -bi"},
	{0, "-q", "[interval]", "send the messages in the spool; the interval is ignored"},
	{0, NULL, NULL, NULL},
};

const struct opt mailq_words[] = {
	{0, "-v", NULL, "accepted, without effect"},
	{0, NULL, NULL, NULL},
};

/* Letters that take an argument, in the same word or the next one; and those that may have one attached. */
#define WITH_ARGUMENT "ABCDFLMNOVXefhoprR"
#define MAY_ATTACH    "bdqQ"

/* A verb line under construction. */
struct translation {
	char **words; /* of `smtp send`; each is malloced */
	size_t n;
	struct addrs rcpts;
	bool header; /* -t */
	const char *verb;
};

static void
add(struct translation *t, const char *word)
{
	t->words = mem_resize(t->words, t->n + 2, sizeof *t->words);
	t->words[t->n++] = mem_strdup(word);
	t->words[t->n] = NULL;
}

static void
add_option(struct translation *t, const char *option, const char *value)
{
	add(t, option);
	add(t, value);
}

/* Add the sender. "Name <me@example.org>" and "" (the null sender) are accepted, too. */
static int
add_sender(struct translation *t, const char *value, struct err *e)
{
	struct addrs found = {0};
	int rc = 0;

	if (*value == '\0' || strcmp(value, "<>") == 0) {
		add_option(t, "--from", "<>");
		return 0;
	}
	if (addr_parse(value, strlen(value), &found, e) == -1 || found.n != 1)
		rc = err_set(e, EX_DATAERR, "-f: '%.200s' is not one address", value);
	else
		add_option(t, "--from", found.list[0]);
	addrs_free(&found);
	return rc;
}

/* -bMODE. "none" is for -bi: nothing to do. */
static int
take_mode(struct translation *t, const char *value, struct err *e)
{
	static const struct {
		const char *mode, *verb;
	} modes[] = {{"m", "send"}, {"s", "dialogue"}, {"p", "list"}, {"i", "none"}};

	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
		if (strcmp(value, modes[i].mode) == 0) {
			t->verb = modes[i].verb;
			return 0;
		}
	return err_set(e, EX_USAGE,
		"-b%s: not supported (-bm sends a message, -bs speaks SMTP, -bp lists the queue)",
		value);
}

static int
take(struct translation *t, char letter, const char *value, struct err *e)
{
	switch (letter) {
	case 't': t->header = true; break;
	case 'v': add(t, "--verbose"); break;
	case 'f':
	case 'r': return add_sender(t, value, e);
	case 'F': add_option(t, "--full-name", value); break;
	case 'N': add_option(t, "--dsn-notify", value); break;
	case 'R': add_option(t, "--dsn-ret", value); break;
	case 'V': add_option(t, "--dsn-envid", value); break;
	case 'b': return take_mode(t, value, e);
	case 'I': t->verb = "none"; break;  /* the old form of -bi */
	case 'q': t->verb = "flush"; break; /* an interval is for daemons: flush once */
	default: break;
	}
	return 0;
}

/* A word of options: "-ti", "-oem", "-FCronDaemon"; *used: 1 if the next word is its argument, else 0. */
static int
take_word(struct translation *t, const char *word, const char *next, int *used, struct err *e)
{
	for (const char *p = word + 1; *p != '\0'; p++) {
		bool attaches = strchr(MAY_ATTACH, *p) != NULL;

		if (!attaches && strchr(WITH_ARGUMENT, *p) == NULL) {
			if (take(t, *p, NULL, e) == -1)
				return -1;
			continue;
		}
		if (p[1] != '\0' || attaches)
			return take(t, *p, p + 1, e);
		if (next == NULL)
			return err_set(e, EX_USAGE, "-%c needs an argument", *p);
		++*used;
		return take(t, *p, next, e);
	}
	return 0;
}

static int
translate(struct translation *t, int argc, char **argv, struct err *e)
{
	int i = 1;

	for (bool options = true; i < argc; i++) {
		const char *word = argv[i];
		int used = 0;

		if (options && strcmp(word, "--") == 0)
			options = false;
		else if (options && strncmp(word, "--", 2) == 0)
			return err_set(e, EX_USAGE,
				"%.200s is not an option of sendmail (write "
				"-- before an address that begins with a dash)",
				word);
		else if (options && word[0] == '-' && word[1] != '\0') {
			if (take_word(t, word, argv[i + 1], &used, e) == -1)
				return -1;
			i += used;
		} else if (addr_parse(word, strlen(word), &t->rcpts, e) == -1)
			return err_prefix(e, "%.200s", word);
	}
	if (strcmp(t->verb, "send") != 0)
		return 0;
	if (t->rcpts.n == 0 && !t->header)
		return err_set(e, EX_USAGE, "no recipients: give addresses, or -t");
	if (t->header)
		add(t, "--header-recipients");
	add(t, "--");
	for (size_t k = 0; k < t->rcpts.n; k++)
		add(t, t->rcpts.list[k]);
	return 0;
}

/* -h alone is help; among other words -h is an option of sendmail with an argument. */
static bool
wants_help(int argc, char **argv)
{
	return argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

static int
show_help(const char *name)
{
	struct buf b = {0};

	help_add(&b, applet_find(name), NULL);
	return run_show(WHO, &b);
}

/* The configuration may be readable only by the group of the program file: then the caller must not see it. */
static bool
wants_config(int argc, char **argv)
{
	return argc == 2 && strcmp(argv[1], "--print-config") == 0 && getgid() == getegid();
}

static int
show_config(void)
{
	const char *spool = getenv("MAILNET_SPOOL");
	const char *words[] = {"--print-config", "send", "--spool", spool};

	return applet_main(
		&sendmail_applet, spool != NULL && *spool != '\0' ? 4 : 2, (char **)words);
}

/* Run the verb with its own options, those from the environment, and the translated words. */
static int
run(const struct translation *t)
{
	const char *spool = getenv("MAILNET_SPOOL");
	bool sends = strcmp(t->verb, "send") == 0 || strcmp(t->verb, "dialogue") == 0;
	char **words = mem_resize(NULL, t->n + 6, sizeof *words);
	size_t n = 0;
	int status;

	words[n++] = (char *)t->verb;
	if (sends) {
		words[n++] = (char *)"--add-missing";
		words[n++] = (char *)"--eightbit";
		words[n++] = (char *)"send";
	}
	if (spool != NULL && *spool != '\0') {
		words[n++] = (char *)"--spool";
		words[n++] = (char *)spool;
	}
	/* The verbs of the queue accept only -v. */
	for (size_t i = 0; i < t->n; i++)
		if (sends || strcmp(t->words[i], "--verbose") == 0)
			words[n++] = t->words[i];
	status = applet_main(&sendmail_applet, (int)n, words);
	free(words);
	return status;
}

int
sendmail_main(int argc, char **argv)
{
	struct translation t = {.verb = "send"};
	struct err e = {0};
	int status = 0;

	if (wants_help(argc, argv))
		return show_help("sendmail");
	if (wants_config(argc, argv))
		return show_config();
	if (translate(&t, argc, argv, &e) == -1) {
		print_error(WHO, &e);
		status = e.status;
	} else if (strcmp(t.verb, "none") != 0) {
		status = run(&t);
	}
	for (size_t i = 0; i < t.n; i++)
		free(t.words[i]);
	free(t.words);
	addrs_free(&t.rcpts);
	return status;
}

int
mailq_main(int argc, char **argv)
{
	struct translation t = {.verb = "list"};

	if (wants_help(argc, argv))
		return show_help("mailq");
	for (int i = 1; i < argc; i++) {
		struct err e;

		if (strcmp(argv[i], "-v") == 0)
			continue;
		err_set(&e, EX_USAGE, "'%.200s': mailq takes no arguments", argv[i]);
		return run_fail("mailnet mailq", &e);
	}
	return run(&t);
}

int
newaliases_main(int argc, char **argv)
{
	return wants_help(argc, argv) ? show_help("newaliases") : 0;
}
