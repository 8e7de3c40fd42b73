#include "cmd/settings_file.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/suggest.h"
#include "cmd/run.h"
#include "cmd/smtp/smtp.h"

/* ---- files ------------------------------------------------------------------------------------- */

void
settings_user_path(struct buf *path)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	const struct passwd *pw;

	if (xdg != NULL && xdg[0] == '/') {
		buf_addf(path, "%s/mailnet/config", xdg);
		return;
	}
	if (home == NULL || home[0] == '\0') {
		pw = getpwuid(geteuid());
		home = pw != NULL ? pw->pw_dir : NULL;
	}
	if (home != NULL)
		buf_addf(path, "%s/.config/mailnet/config", home);
}

const char *
settings_only_file(const struct options *o)
{
	return o->config != NULL ? o->config : getenv("MAILNET_CONFIG");
}

static int
read_files(struct config *c, const struct options *o, struct err *e)
{
	const char *one = settings_only_file(o);
	struct buf path = {0};
	int rc = 0;

	if (o->no_config || (one != NULL && one[0] == '\0'))
		return 0;
	if (one != NULL) {
		rc = config_read(c, one, true, e);
		if (rc == -1 && access(one, R_OK) == -1)
			err_prefix(e, "%s", o->config != NULL ? "--config" : "$MAILNET_CONFIG");
		return rc;
	}
	settings_user_path(&path);
	if (path.len != 0 && !config_is_hidden(path.data))
		rc = config_read(c, path.data, false, e);
	buf_free(&path);
	return rc == 0 ? config_read(c, SYSCONFDIR "/mailnet/config", false, e) : -1;
}

/* ---- sections and keys ------------------------------------------------------------------------- */

/* Options that select the configuration are not keys of it. */
static const char *const never[] = {"config", "no-config", "print-config", NULL};

static bool
is_in(const char *const *words, const char *word)
{
	while (*words != NULL && strcmp(*words, word) != 0)
		words++;
	return *words != NULL;
}

const struct option_row *
settings_row(const struct applet *ap, const char *key)
{
	for (const struct option_row *r = option_rows; r->name != NULL; r++)
		if ((r->protos & ap->proto) != 0 && strcmp(r->name, key) == 0 && !is_in(never, key))
			return r;
	return NULL;
}

const struct opt *
settings_opt(const struct opt *opts, const char *key)
{
	for (; opts != NULL && opts->name != NULL; opts++)
		if (strcmp(opts->name, key) == 0)
			return opts;
	return NULL;
}

/* May the option be given several times? Its help line contains "(repeatable)" then. */
static bool
repeats(const char *help)
{
	return strstr(help, "(repeatable)") != NULL;
}

/* The help line of a key; NULL: the section does not accept this key. */
static const char *
find_key(const struct config_entry *en, bool sendmail)
{
	const struct applet *ap = applet_find(sendmail ? "smtp" : en->applet);
	const struct option_row *r = settings_row(ap, en->key);
	const struct opt *o = NULL;

	if (r != NULL)
		return r->help;
	if (ap->proto == PROTO_SMTP)
		o = settings_opt(sendmail ? sendmail_send_opts : smtp_send_opts, en->key);
	if (o != NULL)
		return o->help;
	return en->account != NULL && ap->proto == PROTO_SMTP && strcmp(en->key, "sender") == 0
		       ? "the senders that choose this account"
		       : NULL;
}

static int
unknown_key(const struct config_entry *en, bool sendmail, struct err *e)
{
	const struct applet *ap = applet_find(sendmail ? "smtp" : en->applet);
	struct suggest s = SUGGEST_FOR(en->key, (size_t)-1);

	if (strcmp(en->key, "password") == 0 || strcmp(en->key, "passwd") == 0)
		return err_set(e, EX_CONFIG,
			"%s:%u: a password is not accepted in this file: use password-command, or "
			"an entry in ~/.netrc",
			en->file, en->line);
	for (const struct option_row *r = option_rows; r->name != NULL; r++)
		if (settings_row(ap, r->name) != NULL)
			suggest_try(&s, r->name);
	for (const struct opt *o = sendmail ? sendmail_send_opts : smtp_send_opts;
		ap->proto == PROTO_SMTP && o->name != NULL; o++)
		suggest_try(&s, o->name);
	if (s.best != NULL)
		return err_set(e, EX_CONFIG, "%s:%u: unknown key '%s' (did you mean '%s'?)",
			en->file, en->line, en->key, s.best);
	return err_set(e, EX_CONFIG, "%s:%u: unknown key '%s' (mailnet help %s lists the keys)",
		en->file, en->line, en->key, ap->name);
}

static int
check_section(const struct config_section *sec, struct err *e)
{
	struct suggest s = SUGGEST_FOR(sec->applet, (size_t)-1);
	const struct applet *ap = applet_find(sec->applet);

	if (ap != NULL && ap->verbs != NULL)
		return 0;
	if (ap != NULL && strcmp(ap->name, "sendmail") == 0) {
		if (sec->account == NULL)
			return 0;
		return err_set(e, EX_CONFIG,
			"%s:%u: sendmail has no accounts of its own: write [smtp %s], and "
			"'server = %s' in [sendmail]",
			sec->file, sec->line, sec->account, sec->account);
	}
	for (ap = applets; ap->name != NULL; ap++)
		if (ap->verbs != NULL || strcmp(ap->name, "sendmail") == 0)
			suggest_try(&s, ap->name);
	if (s.best != NULL)
		return err_set(e, EX_CONFIG, "%s:%u: unknown section '[%s]' (did you mean '[%s]'?)",
			sec->file, sec->line, sec->applet, s.best);
	return err_set(e, EX_CONFIG,
		"%s:%u: unknown section '[%s]': sections are nntp, pop, smtp, sendmail, and "
		"accounts like '[smtp work]'",
		sec->file, sec->line, sec->applet);
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_section(const struct config_entry *a, const struct config_entry *b)
{
	return a->file == b->file && strcmp(a->applet, b->applet) == 0 &&
	       same_text(a->account, b->account);
}

static int
check_entry(const struct config *c, size_t i, struct err *e)
{
	const struct config_entry *en = &c->entry[i];
	bool sendmail = strcmp(en->applet, "sendmail") == 0;
	const char *help = find_key(en, sendmail);

	if (help == NULL)
		return unknown_key(en, sendmail, e);
	for (size_t k = 0; k < i && !repeats(help); k++)
		if (same_section(&c->entry[k], en) && strcmp(c->entry[k].key, en->key) == 0)
			return err_set(e, EX_CONFIG, "%s:%u: duplicate key '%s' (first in line %u)",
				en->file, en->line, en->key, c->entry[k].line);
	return 0;
}

int
settings_load(struct config *c, const struct options *o, struct err *e)
{
	if (read_files(c, o, e) == -1)
		return -1;
	for (size_t i = 0; i < c->nsections; i++)
		if (check_section(&c->section[i], e) == -1)
			return -1;
	for (size_t i = 0; i < c->nentries; i++)
		if (check_entry(c, i, e) == -1)
			return -1;
	return 0;
}
