/*
 * sandbox: the files that a run may still open when it gives up its rights (session_confine in session.h). A file that
 * a verb opens later must be named by an option or operand of its row (FILE, DIR, DEST), or be listed here.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/pop/pop.h"
#include "cmd/session.h"
#include "store/place.h"

static void
keep_options(struct confine *c, const struct args *a)
{
	for (size_t i = 0; i < a->nopts; i++) {
		const struct opt *o = a->opts[i].opt;
		const char *value = a->opts[i].value;

		if (o->arg == NULL)
			continue;
		if (strcmp(o->arg, "DEST") == 0)
			confine_write_dest(c, value);
		else if (strcmp(o->arg, "DIR") == 0)
			confine_write_dir(c, value);
		else if (strcmp(o->name, "newsrc") == 0 || strcmp(o->name, "state") == 0)
			confine_write_file(c, value);
		else if (strcmp(o->arg, "FILE") == 0)
			confine_read(c, value);
	}
}

static void
keep_operand(struct confine *c, const struct args *a)
{
	const char *dir = operand_word(a, "DIR"), *file = operand_word(a, "FILE");

	if (dir != NULL)
		confine_write_dir(c, dir);
	else if (file != NULL)
		confine_read(c, file);
}

/* Keep the default journal writable, which --state does not name. */
static void
keep_journal(struct confine *c, const struct session *s)
{
	const struct args *a = s->args;
	struct buf path = {0};
	struct place made = {.dir = -1};
	struct err ignored = {0};

	if (opt_find(a->verb->opts, 0, "state") == NULL || args_get(a, "state") != NULL ||
		(opt_find(a->verb->opts, 0, "new") != NULL && strcmp(a->verb->name, "fetch") == 0 &&
			!args_has(a, "new")))
		return;
	/* Make its directory now; otherwise all of the home directory would have to stay writable. */
	if (pop_journal_path(s, &path, &ignored) == 0 &&
		place_find(&made, AT_FDCWD, buf_str(&path), PLACE_MAKE, &ignored) == 0)
		confine_write_file(c, buf_str(&path));
	place_close(&made);
	buf_free(&path);
}

/*
 * Keep write access to the directory for copies of an input that cannot be read twice, or of a message that is held
 * back.
 */
static void
keep_copies(struct confine *c, const struct session *s)
{
	const struct verb *v = s->args->verb;
	const char *tmp = getenv("TMPDIR");
	const char *dest = args_get(s->args, "dest");
	bool to_lmtp = dest != NULL && strncmp(dest, "lmtp:", 5) == 0;
	bool reads = (v->flags & VERB_OPENS) == 0 && v->reads_stdin != operands_from_stdin &&
		     ((v->flags & VERB_STDIN) != 0 || strstr(v->args, "FILE") != NULL);

	if (reads || args_has(s->args, "max-size") || s->redials || to_lmtp || s->opt->json)
		confine_write_dir(c, tmp != NULL && *tmp != '\0' ? tmp : "/var/tmp");
}

static void
keep_files(struct client *client, struct confine *c)
{
	const struct session *s = (const struct session *)client;
	static const char *const modules[] = {"GCONV_PATH", "LOCPATH", "TZDIR"};

	if (s->opt->output != NULL)
		confine_write_file(c, s->opt->output);
	if (s->args == NULL) {
		c->any_file = true;
		return;
	}
	keep_options(c, s->args);
	keep_operand(c, s->args);
	keep_journal(c, s);
	keep_copies(c, s);
	for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++)
		if (getenv(modules[i]) != NULL)
			confine_read(c, getenv(modules[i]));
}

void
session_confine(struct session *s, bool last)
{
	struct sandbox *b = &s->sandbox;

	/* The next account may need other files and commands. */
	if (s->accounts_follow || s->opt->no_sandbox)
		return;
	b->batch = s->args == NULL;
	b->redials = s->redials || (s->args != NULL && args_has(s->args, "commit-every"));
	b->commands = s->commands;
	b->dest = s->args != NULL ? args_get(s->args, "dest") : NULL;
	b->password_command = s->opt->password_command;
	b->keep_files = keep_files;
	sandbox_enter(&s->c, b, last);
}
