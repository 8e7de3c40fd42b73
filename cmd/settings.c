#include "cmd/settings.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "base/text.h"
#include "cmd/run.h"
#include "cmd/settings_file.h"

/* ---- places, in order of precedence ------------------------------------------------------------ */

enum { LEVEL_GIVEN, LEVEL_ENVIRONMENT, LEVEL_FILE };

/* The sections of a file, in order of precedence. */
enum section { SECTION_ACCOUNT, SECTION_SENDMAIL, SECTION_APPLET, SECTIONS };

/* Is the entry in this section for the run? */
static bool
is_in_section(const struct settings *st, const struct config_entry *en, enum section section)
{
	if (section == SECTION_ACCOUNT)
		return st->account != NULL &&
		       config_is_of_account(en, st->applet->name, st->account);
	if (en->account != NULL)
		return false;
	if (section == SECTION_SENDMAIL)
		return st->sendmail && strcmp(en->applet, "sendmail") == 0;
	return strcmp(en->applet, st->applet->name) == 0;
}

/* Called for each entry of a section; level: the precedence of the section. 0, or -1 with e. */
typedef int place_fn(void *arg, const struct config_entry *en, unsigned level, struct err *e);

/* Call fn for every entry that concerns the run, the first place first: for each file its sections in order. */
static int
each_entry(const struct settings *st, place_fn *fn, void *arg, struct err *e)
{
	const struct config *c = &st->config;
	unsigned level = LEVEL_FILE;
	size_t next;

	for (size_t from = 0; from < c->nentries; from = next) {
		const char *file = c->entry[from].file;

		for (next = from; next < c->nentries && c->entry[next].file == file; next++)
			continue;
		for (enum section section = 0; section < SECTIONS; section++, level++)
			for (size_t i = from; i < next; i++)
				if (is_in_section(st, &c->entry[i], section) &&
					fn(arg, &c->entry[i], level, e) == -1)
					return -1;
	}
	return 0;
}

/* The value of a flag: yes is 1, no is 0, anything else -1 with e. */
static int
read_flag(const struct config_entry *en, struct err *e)
{
	if (strcmp(en->value, "yes") == 0)
		return 1;
	if (strcmp(en->value, "no") == 0)
		return 0;
	return err_set(e, EX_CONFIG, "%s:%u: %s must be yes or no, not '%s'", en->file, en->line,
		en->key, en->value);
}

struct filling {
	const struct settings *st;
	struct options *o;
};

static int
fill_option(void *arg, const struct config_entry *en, unsigned level, struct err *e)
{
	struct filling *f = arg;
	const struct option_row *r = settings_row(f->st->applet, en->key);
	int flag = 1;

	if (r == NULL || strcmp(en->key, "server") == 0)
		return 0;
	if (r->arg == NULL && (flag = read_flag(en, e)) == -1)
		return -1;
	f->o->place = (struct option_place){level, en->file, en->line};
	if (option_set(r, f->o, r->arg == NULL && flag == 0 ? "no" : en->value, e) == 0)
		return 0;
	e->status = EX_CONFIG;
	return err_prefix(e, "%s:%u: %s", en->file, en->line, en->key);
}

/* ---- the server -------------------------------------------------------------------------------- */

struct server {
	const char *value; /* a URL or the name of an account */
	struct option_place place;
};

/* An empty variable counts as not set. */
static bool
from_variable(struct server *s, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return false;
	*s = (struct server){value, {LEVEL_ENVIRONMENT, name, 0}};
	return true;
}

static bool
from_environment(const struct applet *ap, struct server *s)
{
	switch (ap->proto) {
	case PROTO_NNTP:
		return from_variable(s, "$MAILNET_NNTP", getenv("MAILNET_NNTP")) ||
		       from_variable(s, "$NNTPSERVER", getenv("NNTPSERVER"));
	case PROTO_POP: return from_variable(s, "$MAILNET_POP", getenv("MAILNET_POP"));
	default: return from_variable(s, "$MAILNET_SMTP", getenv("MAILNET_SMTP"));
	}
}

static int
take_server(void *arg, const struct config_entry *en, unsigned level, struct err *e)
{
	struct server *s = arg;

	(void)e;
	if (s->value == NULL && strcmp(en->key, "server") == 0)
		*s = (struct server){en->value, {level, en->file, en->line}};
	return 0;
}

static const char *
given_server(const struct options *o)
{
	const struct option_given *g = option_given(o, "server");

	return g != NULL ? g->value : NULL;
}

/* Find the server's URL. The name of an account is replaced by the account's server. */
static int
find_server(struct settings *st, struct server *s, struct err *e)
{
	const struct config *c = &st->config;
	const char *name = given_server(&st->given);
	const struct config_entry *en;

	*s = (struct server){.value = name};
	if (st->account == NULL) {
		if (name == NULL && !from_environment(st->applet, s))
			each_entry(st, take_server, s, e);
		if (s->value != NULL)
			st->account = config_account(c, st->applet->name, s->value);
	}
	if (st->account == NULL)
		return 0;
	en = config_account_entry(c, st->applet->name, st->account, "server");
	if (en != NULL) {
		*s = (struct server){en->value, {LEVEL_FILE, en->file, en->line}};
		return 0;
	}
	return err_set(e, EX_CONFIG,
		"the account '%s' has no server: add 'server = URL' to [%s %s]", st->account,
		st->applet->name, st->account);
}

/* Set the options again from the command line, the environment and the files, for the account st->account. */
static int
resolve(struct settings *st, struct options *o, struct err *e)
{
	struct filling f = {st, o};
	struct server s;

	options_free(o);
	options_init(o);
	o->settings = st;
	for (size_t i = 0; i < st->given.ngiven; i++)
		if (option_set(st->given.given[i].row, o, st->given.given[i].value, e) == -1)
			return -1;
	if (find_server(st, &s, e) == -1)
		return -1;
	if (s.value != NULL)
		option_server(o, s.value, s.place);
	return each_entry(st, fill_option, &f, e) == 0 ? options_check(o, e) : -1;
}

int
settings_open(struct settings *st, const struct applet *ap, struct options *o, struct err *e)
{
	bool sendmail = strcmp(ap->name, "sendmail") == 0;

	*st = (struct settings){
		.applet = sendmail ? applet_find("smtp") : ap, .sendmail = sendmail, .given = *o};
	options_init(o);
	if (settings_load(&st->config, &st->given, e) == -1)
		return -1;
	return resolve(st, o, e);
}

/* Append the files that may define accounts to `out`. */
static void
add_files(const struct config *c, const struct options *given, struct buf *out)
{
	const char *only = settings_only_file(given), *last = NULL;

	for (size_t i = 0; i < c->nsections; i++) {
		if (c->section[i].file != last)
			buf_addf(out, "%s%s", out->len != 0 ? " and " : "", c->section[i].file);
		last = c->section[i].file;
	}
	if (out->len != 0 || given->no_config)
		return;
	if (only != NULL)
		buf_adds(out, only);
	else
		settings_user_path(out);
}

void
settings_explain(const struct settings *st, const struct options *o, struct err *e)
{
	const struct config *c = &st->config;
	const struct config_section *other = NULL;
	struct suggest s = SUGGEST_FOR(o->server, (size_t)-1);
	struct buf files = {0};

	if (o->server == NULL || st->account != NULL || strpbrk(o->server, ":/.@[") != NULL)
		return;
	for (size_t i = 0; i < c->nsections; i++) {
		const struct config_section *sec = &c->section[i];

		if (sec->account == NULL)
			continue;
		if (strcmp(sec->applet, st->applet->name) == 0)
			suggest_try(&s, sec->account);
		else if (strcmp(sec->account, o->server) == 0)
			other = sec;
	}
	add_files(c, &st->given, &files);
	err_suffix(e, " (no account [%s %s]%s%s", st->applet->name, o->server,
		files.len != 0 ? " in " : "", buf_str(&files));
	if (s.best != NULL)
		err_suffix(e, "; did you mean '%s'?", s.best);
	else if (other != NULL)
		err_suffix(e, "; there is one for %s", other->applet);
	err_suffix(e, ")");
	buf_free(&files);
}

bool
settings_is_sendmail(const struct settings *st)
{
	return st != NULL && st->sendmail;
}

void
settings_close(struct settings *st)
{
	options_free(&st->given);
	config_free(&st->config);
}

/* ---- options of a verb ------------------------------------------------------------------------- */

static int
fill_verb(void *arg, const struct config_entry *en, unsigned level, struct err *e)
{
	struct args *a = arg;
	const struct opt *o = settings_opt(a->verb->opts, en->key);
	int flag = 1;

	/* In an account `sender` lists the senders that choose the account. */
	if (o == NULL || (en->account != NULL && strcmp(en->key, "sender") == 0))
		return 0;
	for (size_t i = 0; i < a->nopts; i++)
		if (a->opts[i].opt == o && a->opts[i].place.level < level)
			return 0;
	if (o->arg == NULL && (flag = read_flag(en, e)) == -1)
		return -1;
	args_add(a, (struct arg_opt){o, o->arg != NULL ? en->value : NULL,
			    {level, en->file, en->line}, flag == 0});
	return 0;
}

int
settings_verb(const struct settings *st, struct args *a, struct err *e)
{
	while (a->nopts > 0 && a->opts[a->nopts - 1].place.level != LEVEL_GIVEN)
		a->nopts--;
	return each_entry(st, fill_verb, a, e);
}

/* ---- the account of a sender ------------------------------------------------------------------- */

/* Does the address match one of the patterns, separated by commas, in which '*' stands for any text? */
static bool
matches(const char *patterns, const char *from)
{
	char *copy = mem_strdup(patterns), *rest = copy, *p;
	bool found = false;

	while (!found && (p = strsep(&rest, ",")) != NULL) {
		p += strspn(p, " \t");
		p[strcspn(p, " \t")] = '\0';
		found = *p != '\0' && fnmatch(p, from, FNM_NOESCAPE | FNM_CASEFOLD) == 0;
	}
	free(copy);
	return found;
}

const char *
settings_account_of(const struct settings *st, const char *from)
{
	for (size_t i = 0; i < st->config.nentries; i++) {
		const struct config_entry *en = &st->config.entry[i];

		if (en->account != NULL && strcmp(en->applet, st->applet->name) == 0 &&
			strcmp(en->key, "sender") == 0 && matches(en->value, from))
			return en->account;
	}
	return NULL;
}

bool
settings_may_choose(const struct settings *st)
{
	struct server unused;

	return (st->account == NULL || st->by_sender) && given_server(&st->given) == NULL &&
	       !from_environment(st->applet, &unused);
}

int
settings_choose(struct settings *st, const char *from, struct options *o, struct err *e)
{
	bool again = st->by_sender;

	if (!settings_may_choose(st))
		return 0;
	st->account = settings_account_of(st, from);
	st->by_sender = st->account != NULL;
	return again || st->by_sender ? resolve(st, o, e) : 0;
}

/* ---- printing ---------------------------------------------------------------------------------- */

static void
print_value(struct buf *out, const char *key, const char *value, const struct option_place *place)
{
	buf_addf(out, "%s = %s\t# ", key, value != NULL ? value : "yes");
	if (place->file == NULL)
		buf_adds(out, "command line\n");
	else if (place->line == 0)
		buf_addf(out, "%s\n", place->file);
	else
		buf_addf(out, "%s:%u\n", place->file, place->line);
}

void
settings_print(
	const struct settings *st, const struct options *o, const struct args *a, struct buf *out)
{
	if (st->account != NULL)
		buf_addf(out, "# account %s\n", st->account);
	for (size_t i = 0; i < o->ngiven; i++) {
		const struct option_given *g = &o->given[i];

		/* Options that select the configuration are not part of it. */
		if (settings_row(st->applet, g->row->name) == NULL)
			continue;
		/* The name of an account comes before the account's URL. */
		if (strcmp(g->row->name, "server") == 0 && g != option_given(o, "server"))
			continue;
		print_value(out, g->row->name, g->value, &g->place);
	}
	for (size_t i = 0; i < a->nopts; i++)
		print_value(out, a->opts[i].opt->name, a->opts[i].off ? "no" : a->opts[i].value,
			&a->opts[i].place);
}

int
settings_accounts(struct buf *out, struct err *e)
{
	struct options none;
	struct config c = {0};
	int rc;

	options_init(&none);
	rc = settings_load(&c, &none, e);
	for (size_t i = 0; rc == 0 && i < c.nsections; i++) {
		const struct config_section *sec = &c.section[i];
		const struct config_entry *en;

		if (sec->account == NULL ||
			config_account(&c, sec->applet, sec->account) != sec->account)
			continue;
		en = config_account_entry(&c, sec->applet, sec->account, "server");
		buf_addf(out, "%s %s %s\n", sec->applet, sec->account, en != NULL ? en->value : "");
	}
	config_free(&c);
	return rc;
}
