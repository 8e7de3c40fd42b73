/*
 * sendmail: the command line of sendmail(8), as cron, git, mutt and others call it, turned into one of
 * `mailnet smtp send`.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/applets.h"
#include "cmd/help.h"
#include "cmd/print.h"
#include "cmd/run.h"
#include "mail/addr.h"

#define WHO "mailnet sendmail"

/* Letters that take an argument, in the same word or the next one; and those that may have one attached. */
#define WITH_ARGUMENT "ABCDFLMNOVXefhoprR"
#define MAY_ATTACH    "bdqQ"

/* The command line on its way from one form to the other. */
struct translation {
	char **words; /* of `smtp send`; each is malloced */
	size_t n;
	struct addrs rcpts;
	bool header; /* -t */
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

/* "Name <me@example.org>" and "" are senders here. */
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

/* -b: what it shall be: only a message from stdin. */
static int
check_mode(const char *value, struct err *e)
{
	if (strcmp(value, "m") == 0)
		return 0;
	return err_set(e, EX_USAGE, "-b%s: this sendmail only sends a message", value);
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
	case 'b': return check_mode(value, e);
	case 'q': return err_set(e, EX_USAGE, "-q: there is no queue (see mailnet smtp flush)");
	default: break;
	}
	return 0;
}

/* A word of options: "-ti", "-oem", "-FCronDaemon"; *used counts the next word if it was taken. */
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
	const char *spool = getenv("MAILNET_SPOOL");
	int i = 1;

	add_option(t, "send", "--add-missing");
	add_option(t, "--eightbit", "send");
	if (spool != NULL && *spool != '\0')
		add_option(t, "--spool", spool);
	for (bool options = true; i < argc; i++) {
		const char *word = argv[i];
		int used = 0;

		if (options && strcmp(word, "--") == 0)
			options = false;
		else if (options && strncmp(word, "--", 2) == 0)
			return err_set(e, EX_USAGE, "%.100s is not an option of sendmail", word);
		else if (options && word[0] == '-' && word[1] != '\0') {
			if (take_word(t, word, argv[i + 1], &used, e) == -1)
				return -1;
			i += used;
		} else if (addr_parse(word, strlen(word), &t->rcpts, e) == -1)
			return err_prefix(e, "%.200s", word);
	}
	if (t->rcpts.n == 0 && !t->header)
		return err_set(e, EX_USAGE, "no recipients: give addresses, or -t");
	if (t->header)
		add(t, "--header-recipients");
	add(t, "--");
	for (size_t k = 0; k < t->rcpts.n; k++)
		add(t, t->rcpts.list[k]);
	return 0;
}

/* Among others -h has an argument. */
static bool
wants_help(int argc, char **argv)
{
	return argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

int
sendmail_main(int argc, char **argv)
{
	struct translation t = {0};
	struct err e = {0};
	int status;

	if (wants_help(argc, argv)) {
		struct buf b = {0};

		help_applet(&b, applet_find("sendmail"));
		return run_show(WHO, &b);
	}
	if (translate(&t, argc, argv, &e) == 0) {
		/* Parsing moves words about: keep the ones to be freed. */
		char **moving = mem_resize(NULL, t.n + 1, sizeof *moving);

		memcpy(moving, t.words, (t.n + 1) * sizeof *moving);
		status = applet_main(applet_find("smtp"), true, (int)t.n, moving);
		free(moving);
	} else {
		print_error(WHO, &e);
		status = e.status;
	}
	for (size_t i = 0; i < t.n; i++)
		free(t.words[i]);
	free(t.words);
	addrs_free(&t.rcpts);
	return status;
}
