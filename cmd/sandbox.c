#include "cmd/sandbox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/mech.h"
#include "client/confine.h"
#include "cmd/batch.h"
#include "cmd/pop/pop.h"
#include "cmd/session.h"
#include "store/place.h"

static const char *
dest_of(const struct session *s)
{
	const char *dest = s->args != NULL ? args_get(s->args, "dest") : NULL;

	return dest != NULL ? dest : "-";
}

static bool
to_lmtp(const struct session *s)
{
	return strncmp(dest_of(s), "lmtp:", 5) == 0;
}

/* NNTP: credentials that were not used yet may be needed when the server replies 480 in mid-session. */
static bool
may_log_in(const struct session *s)
{
	return s->applet->proto == PROTO_NNTP && !s->c.logged_in &&
	       !mech_is_none(client_mechs(&s->c)) &&
	       (s->c.creds.user != NULL || s->c.creds.password != NULL ||
		       s->opt->client.auth_command != NULL);
}

/* Another session with this server may be needed. A batch never connects again. */
static bool
may_reconnect(const struct session *s, bool last)
{
	if (s->redials || s->args == NULL)
		return s->redials;
	/* QUIT may have been sent with a pipeline that must be repeated on a new connection. */
	return args_has(s->args, "commit-every") ||
	       (!last && s->applet->proto == PROTO_NNTP && s->c.conn != NULL);
}

/* Sockets are needed again: for another session, a login, or a destination. */
static bool
may_dial(const struct session *s, bool last)
{
	if (s->args == NULL && s->applet->proto != PROTO_SMTP)
		return true;
	return may_reconnect(s, last) || to_lmtp(s) || may_log_in(s);
}

/* The option that names a command still to be run, or NULL. Such a command must have all rights of the user. */
static const char *
command_to_come(const struct session *s, bool last)
{
	const struct options *o = s->opt;
	bool again = may_reconnect(s, last);

	if (dest_of(s)[0] == '|')
		return "-d |COMMAND";
	if (s->commands)
		return "the batch may name a |COMMAND";
	if (again && o->client.tunnel != NULL)
		return "--tunnel";
	if (again && o->password_command != NULL)
		return "--password-command";
	if ((again || may_log_in(s)) && o->client.auth_command != NULL)
		return "--auth-command";
	return NULL;
}

/* ---- files --------------------------------------------------------------------------------------- */

static void
keep_dest(struct confine *c, const char *dest)
{
	static const char *const inside[] = {"tmp", "new", "cur"};
	struct stat st;

	if (strcmp(dest, "-") == 0 || dest[0] == '|' || strncmp(dest, "lmtp:", 5) == 0)
		return;
	/* An mbox has a lock file beside it, and a new Maildir is made under a temporary name. */
	if (stat(dest, &st) == -1 || !S_ISDIR(st.st_mode)) {
		confine_write_file(c, dest);
		return;
	}
	confine_write_dir(c, dest);
	/* The directories of a Maildir may be links to another disk. */
	for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
		struct buf path = {0};

		buf_addf(&path, "%s/%s", dest, inside[i]);
		confine_write_dir(c, buf_str(&path));
		buf_free(&path);
	}
}

static void
keep_options(struct confine *c, const struct args *a)
{
	for (size_t i = 0; i < a->nopts; i++) {
		const struct opt *o = a->opts[i].opt;
		const char *value = a->opts[i].value;

		if (o->arg == NULL)
			continue;
		if (strcmp(o->arg, "DEST") == 0)
			keep_dest(c, value);
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

static bool
has_option(const struct verb *v, const char *name)
{
	for (const struct opt *o = v->opts; o != NULL && o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return true;
	return false;
}

/* Keep the default journal writable, which --state does not name. */
static void
keep_journal(struct confine *c, const struct session *s)
{
	const struct args *a = s->args;
	struct buf path = {0};
	struct place made = {.dir = -1};
	struct err ignored = {0};

	if (!has_option(a->verb, "state") || args_get(a, "state") != NULL ||
		(has_option(a->verb, "new") && strcmp(a->verb->name, "fetch") == 0 &&
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
	bool reads = (v->flags & VERB_OPENS) == 0 && v->reads_stdin != operands_from_stdin &&
		     ((v->flags & VERB_STDIN) != 0 || strstr(v->args, "FILE") != NULL);

	if (reads || args_has(s->args, "max-size") || s->redials || to_lmtp(s) || s->opt->json)
		confine_write_dir(c, tmp != NULL && *tmp != '\0' ? tmp : "/var/tmp");
}

static void
keep_files(struct confine *c, const struct session *s)
{
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

/* ---- entering the sandbox ------------------------------------------------------------------------------ */

static void
note(struct session *s, const struct buf *text)
{
	trace_line(s->c.trace, TRACE_COMMANDS, '*', text->data, text->len);
}

static void
close_door(struct session *s, bool last)
{
	bool dial = may_dial(s, last);
	const char *command = command_to_come(s, last);
	enum sandbox_level level = dial ? SANDBOX_DIALS : SANDBOX_CLOSED;
	struct confine c = {.dial = dial};
	struct buf report = {0};

	/* The next account may need other files and commands. */
	if (s->accounts_follow || s->opt->no_sandbox || level <= s->sandbox)
		return;
	buf_adds(&report, "sandbox: ");
	if (command != NULL) {
		buf_addf(&report, "off (%s)", command);
	} else {
		keep_files(&c, s);
		confine_enter(&c, &report);
		confine_free(&c);
	}
	if (s->sandbox == SANDBOX_OPEN && (command == NULL || dial == may_dial(s, true)))
		note(s, &report);
	if (command == NULL)
		s->sandbox = level;
	buf_free(&report);
}

void
sandbox_enter(struct session *s)
{
	close_door(s, false);
}

void
sandbox_last_dial(struct session *s)
{
	close_door(s, true);
}
