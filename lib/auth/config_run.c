#include "auth/config_run.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "auth/url.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/suggest.h"

/* ---- precedence -------------------------------------------------------------------------------- */

/* The sections of a file, in order of precedence. */
enum section { SECTION_ACCOUNT, SECTION_OTHER, SECTION_APPLET, SECTIONS };

static bool
is_in_section(const struct config_run *run, const struct config_entry *en, enum section section)
{
	const char *applet = section == SECTION_OTHER ? run->other : run->applet;

	if (section == SECTION_ACCOUNT)
		return run->account != NULL && config_is_of_account(en, run->applet, run->account);
	return en->account == NULL && applet != NULL && strcmp(en->applet, applet) == 0;
}

int
config_each(const struct config *c, const struct config_run *run, config_fn *fn, void *arg,
	struct err *e)
{
	struct config_place place = {.level = CONFIG_FILE};
	size_t next;

	for (size_t from = 0; from < c->nentries; from = next) {
		place.file = c->entry[from].file;
		for (next = from; next < c->nentries && c->entry[next].file == place.file; next++)
			continue;
		for (enum section section = 0; section < SECTIONS; section++, place.level++)
			for (size_t i = from; i < next; i++) {
				place.line = c->entry[i].line;
				if (is_in_section(run, &c->entry[i], section) &&
					fn(arg, &c->entry[i], &place, e) == -1)
					return -1;
			}
	}
	return 0;
}

int
config_flag(const struct config_entry *en, struct err *e)
{
	if (strcmp(en->value, "yes") == 0)
		return 1;
	if (strcmp(en->value, "no") == 0)
		return 0;
	return err_set(e, EX_CONFIG, "%s:%u: %s must be yes or no, not '%s'", en->file, en->line,
		en->key, en->value);
}

/* ---- the account ------------------------------------------------------------------------------- */

static int
take_server(
	void *arg, const struct config_entry *en, const struct config_place *place, struct err *e)
{
	struct config_value *server = arg;

	(void)e;
	if (server->value == NULL && strcmp(en->key, "server") == 0)
		*server = (struct config_value){en->value, *place};
	return 0;
}

int
config_server(
	const struct config *c, struct config_run *run, struct config_value *server, struct err *e)
{
	const struct config_entry *en;

	if (run->account == NULL) {
		if (server->value == NULL)
			config_each(c, run, take_server, server, e);
		if (server->value != NULL)
			run->account = config_account(c, run->applet, server->value);
	}
	if (run->account == NULL)
		return 0;
	en = config_account_entry(c, run->applet, run->account, "server");
	if (en == NULL)
		return err_set(e, EX_CONFIG,
			"the account '%s' has no server: add 'server = URL' to [%s %s]",
			run->account, run->applet, run->account);
	*server = (struct config_value){en->value, {CONFIG_FILE, en->file, en->line}};
	return 0;
}

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
config_sender_account(const struct config *c, const char *applet, const char *from)
{
	for (size_t i = 0; i < c->nentries; i++) {
		const struct config_entry *en = &c->entry[i];

		if (en->account != NULL && strcmp(en->applet, applet) == 0 &&
			strcmp(en->key, "sender") == 0 && matches(en->value, from))
			return en->account;
	}
	return NULL;
}

/* ---- messages ---------------------------------------------------------------------------------- */

/* Append the files that have sections; without any, `file`. */
static void
add_files(const struct config *c, const char *file, struct buf *out)
{
	const char *last = NULL;

	for (size_t i = 0; i < c->nsections; i++) {
		if (c->section[i].file != last)
			buf_addf(out, "%s%s", last != NULL ? " and " : "", c->section[i].file);
		last = c->section[i].file;
	}
	if (last == NULL && file != NULL)
		buf_adds(out, file);
}

void
config_explain_account(const struct config *c, const char *applet, const char *name,
	const char *file, struct err *e)
{
	const struct config_section *other = NULL;
	struct suggest s = SUGGEST_FOR(name, (size_t)-1);
	struct buf files = {0};

	for (size_t i = 0; i < c->nsections; i++) {
		const struct config_section *sec = &c->section[i];

		if (sec->account == NULL)
			continue;
		if (strcmp(sec->applet, applet) == 0)
			suggest_try(&s, sec->account);
		else if (strcmp(sec->account, name) == 0)
			other = sec;
	}
	add_files(c, file, &files);
	err_suffix(e, " (no account [%s %s]%s%s", applet, name, files.len != 0 ? " in " : "",
		buf_str(&files));
	if (s.best != NULL)
		err_suffix(e, "; did you mean '%s'?", s.best);
	else if (other != NULL)
		err_suffix(e, "; there is one for %s", other->applet);
	err_suffix(e, ")");
	buf_free(&files);
}

void
config_list_accounts(const struct config *c, struct buf *out)
{
	for (size_t i = 0; i < c->nsections; i++) {
		const struct config_section *sec = &c->section[i];
		const struct config_entry *en;

		if (sec->account == NULL ||
			config_account(c, sec->applet, sec->account) != sec->account)
			continue;
		en = config_account_entry(c, sec->applet, sec->account, "server");
		buf_addf(out, "%s %s ", sec->applet, sec->account);
		url_add_hidden(out, en != NULL ? en->value : "");
		buf_addc(out, '\n');
	}
}

int
config_blame(const struct config_place *place, const char *name, struct err *e)
{
	if (place == NULL || place->file == NULL)
		return err_prefix(e, "--%s", name);
	if (place->line == 0)
		return err_prefix(e, "%s", place->file);
	return err_prefix(e, "%s:%u: %s", place->file, place->line, name);
}

void
config_add_place(const struct config_place *place, struct buf *out)
{
	buf_adds(out, place->file != NULL ? place->file : "command line");
	if (place->line != 0)
		buf_addf(out, ":%u", place->line);
}
