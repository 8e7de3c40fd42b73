#include "auth/config_check.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/suggest.h"

static const struct config_kind *
find_kind(const struct config_kind *kinds, const char *applet)
{
	for (; kinds->applet != NULL; kinds++)
		if (strcmp(kinds->applet, applet) == 0)
			return kinds;
	return NULL;
}

static int
unknown_section(const struct config_section *sec, const struct config_kind *kinds, struct err *e)
{
	struct suggest s = SUGGEST_FOR(sec->applet, (size_t)-1);
	struct buf names = {0};

	for (; kinds->applet != NULL; kinds++) {
		suggest_try(&s, kinds->applet);
		buf_addf(&names, "%s, ", kinds->applet);
	}
	if (s.best != NULL)
		err_set(e, EX_CONFIG, "%s:%u: unknown section '[%s]' (did you mean '[%s]'?)",
			sec->file, sec->line, sec->applet, s.best);
	else
		err_set(e, EX_CONFIG,
			"%s:%u: unknown section '[%s]': sections are %sand accounts like '[smtp "
			"work]'",
			sec->file, sec->line, sec->applet, buf_str(&names));
	buf_free(&names);
	return -1;
}

static int
check_section(const struct config_section *sec, const struct config_kind *kinds, struct err *e)
{
	const struct config_kind *kind = find_kind(kinds, sec->applet);

	if (kind == NULL)
		return unknown_section(sec, kinds, e);
	if (sec->account == NULL || strcmp(kind->accounts, kind->applet) == 0)
		return 0;
	return err_set(e, EX_CONFIG,
		"%s:%u: %s has no accounts of its own: write [%s %s], and 'server = %s' in [%s]",
		sec->file, sec->line, kind->applet, kind->accounts, sec->account, sec->account,
		kind->applet);
}

static const struct config_key *
find_key(const struct config_key *keys, const struct config_entry *en)
{
	for (; keys->name != NULL; keys++)
		if (strcmp(keys->name, en->key) == 0 &&
			(en->account != NULL || !keys->account_only))
			return keys;
	return NULL;
}

static int
unknown_key(const struct config_entry *en, const struct config_kind *kind, struct err *e)
{
	struct suggest s = SUGGEST_FOR(en->key, (size_t)-1);

	if (strcmp(en->key, "password") == 0 || strcmp(en->key, "passwd") == 0)
		return err_set(e, EX_CONFIG,
			"%s:%u: a password is not accepted in this file: use password-command, or "
			"an entry in ~/.netrc",
			en->file, en->line);
	for (const struct config_key *k = kind->keys; k->name != NULL; k++)
		if (!k->account_only)
			suggest_try(&s, k->name);
	if (s.best != NULL)
		return err_set(e, EX_CONFIG, "%s:%u: unknown key '%s' (did you mean '%s'?)",
			en->file, en->line, en->key, s.best);
	return err_set(e, EX_CONFIG, "%s:%u: unknown key '%s' (mailnet help %s lists the keys)",
		en->file, en->line, en->key, kind->accounts);
}

static bool
same_section(const struct config_entry *a, const struct config_entry *b)
{
	return a->file == b->file && strcmp(a->applet, b->applet) == 0 &&
	       (b->account != NULL ? config_is_of_account(a, b->applet, b->account)
				   : a->account == NULL);
}

static int
check_entry(const struct config *c, size_t i, const struct config_kind *kinds, struct err *e)
{
	const struct config_entry *en = &c->entry[i];
	const struct config_kind *kind = find_kind(kinds, en->applet);
	const struct config_key *key = find_key(kind->keys, en);

	if (key == NULL)
		return unknown_key(en, kind, e);
	for (size_t k = 0; k < i && !key->repeats; k++)
		if (same_section(&c->entry[k], en) && strcmp(c->entry[k].key, en->key) == 0)
			return err_set(e, EX_CONFIG, "%s:%u: duplicate key '%s' (first in line %u)",
				en->file, en->line, en->key, c->entry[k].line);
	return 0;
}

int
config_check(const struct config *c, const struct config_kind *kinds, struct err *e)
{
	for (size_t i = 0; i < c->nsections; i++)
		if (check_section(&c->section[i], kinds, e) == -1)
			return -1;
	/* Each entry belongs to a section, so its kind exists. */
	for (size_t i = 0; i < c->nentries; i++)
		if (check_entry(c, i, kinds, e) == -1)
			return -1;
	return 0;
}
