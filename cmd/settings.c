#include "cmd/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/config_check.h"
#include "auth/url.h"
#include "base/mem.h"
#include "cmd/run.h"
#include "cmd/smtp/smtp.h"

/* ---- keys: the options that a section may set --------------------------------------------------- */

/* The connection option of the applet with this key; NULL: none. */
static const struct option_row *
find_row(const struct applet *ap, const char *key)
{
	const struct option_row *r = option_find(0, key);

	return r != NULL && (r->protos & ap->proto) != 0 && (r->protos & OPTION_NO_KEY) == 0 ? r
											     : NULL;
}

/* Append a key. The help line of an option that may be given several times contains "(repeatable)". */
static void
add_key(struct config_key **keys, size_t *n, const char *name, const char *help)
{
	*keys = mem_resize(*keys, *n + 2, sizeof **keys);
	(*keys)[(*n)++] = (struct config_key){
		.name = name, .repeats = help != NULL && strstr(help, "(repeatable)") != NULL};
	(*keys)[*n] = (struct config_key){0};
}

/* The keys of an applet: its connection options, and the options of `send`. The caller frees the list. */
static struct config_key *
list_keys(const struct applet *ap, const struct opt *send)
{
	struct config_key *keys = NULL;
	size_t n = 0;

	for (const struct option_row *r = option_rows; r->opt.name != NULL; r++)
		if (find_row(ap, r->opt.name) != NULL)
			add_key(&keys, &n, r->opt.name, r->opt.help);
	for (; send != NULL && send->name != NULL; send++)
		add_key(&keys, &n, send->name, send->help);
	if (send != NULL) {
		/* The senders that choose an account. */
		add_key(&keys, &n, "sender", NULL);
		keys[n - 1].account_only = true;
	}
	return keys;
}

static int
check_keys(const struct config *c, struct err *e)
{
	const struct applet *smtp = applet_find("smtp");
	struct config_key *nntp_keys, *pop_keys, *smtp_keys, *sendmail_keys;
	int rc;

	if (c->nsections == 0)
		return 0;
	nntp_keys = list_keys(applet_find("nntp"), NULL);
	pop_keys = list_keys(applet_find("pop"), NULL);
	smtp_keys = list_keys(smtp, smtp_send_opts);
	sendmail_keys = list_keys(smtp, sendmail_send_opts);
	rc = config_check(c,
		(struct config_kind[]){{"nntp", "nntp", nntp_keys}, {"pop", "pop", pop_keys},
			{"smtp", "smtp", smtp_keys}, {"sendmail", "smtp", sendmail_keys},
			{NULL, NULL, NULL}},
		e);
	free(nntp_keys);
	free(pop_keys);
	free(smtp_keys);
	free(sendmail_keys);
	return rc;
}

/* ---- files ------------------------------------------------------------------------------------- */

/* The file that is read instead of both: that of --config, else of $MAILNET_CONFIG ("": none); NULL: not given. */
static const char *
only_file(const struct options *o)
{
	return o->config != NULL ? o->config : getenv("MAILNET_CONFIG");
}

static int
read_files(struct config *c, const struct options *o, struct err *e)
{
	const char *one = only_file(o);
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
	config_user_path(getenv("XDG_CONFIG_HOME"), getenv("HOME"), &path);
	if (path.len != 0 && !config_is_hidden(path.data))
		rc = config_read(c, path.data, false, e);
	buf_free(&path);
	return rc == 0 ? config_read(c, SYSCONFDIR "/mailnet/config", false, e) : -1;
}

/* Read the files that `o` or the environment name, else the user's and the system's, into c, also after an error. */
static int
load(struct config *c, const struct options *o, struct err *e)
{
	return read_files(c, o, e) == 0 ? check_keys(c, e) : -1;
}

/* ---- connection options ------------------------------------------------------------------------ */

struct filling {
	const struct settings *st;
	struct options *o;
};

static int
fill_option(
	void *arg, const struct config_entry *en, const struct config_place *place, struct err *e)
{
	struct filling *f = arg;
	const struct option_row *r = find_row(f->st->applet, en->key);
	int flag = 1;

	if (r == NULL || strcmp(en->key, "server") == 0)
		return 0;
	if (r->opt.arg == NULL && (flag = config_flag(en, e)) == -1)
		return -1;
	f->o->place = *place;
	if (option_set(r, f->o, flag == 0 ? "no" : en->value, e) == 0)
		return 0;
	e->status = EX_CONFIG;
	return config_blame(place, en->key, e);
}

/* The server that the command line or the environment names. An empty variable counts as not set. */
static struct config_value
named_server(const struct settings *st)
{
	const struct {
		unsigned proto;
		const char *name, *value;
	} variables[] = {{PROTO_NNTP, "$MAILNET_NNTP", getenv("MAILNET_NNTP")},
		{PROTO_NNTP, "$NNTPSERVER", getenv("NNTPSERVER")},
		{PROTO_POP, "$MAILNET_POP", getenv("MAILNET_POP")},
		{PROTO_SMTP, "$MAILNET_SMTP", getenv("MAILNET_SMTP")}};
	const struct option_given *given = option_given(&st->given, "server");

	if (given != NULL)
		return (struct config_value){given->value, given->place};
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
		if (variables[i].proto == st->applet->proto && variables[i].value != NULL &&
			variables[i].value[0] != '\0')
			return (struct config_value){
				variables[i].value, {CONFIG_ENVIRONMENT, variables[i].name, 0}};
	return (struct config_value){0};
}

/* Set the options again from the command line, the environment and the files, for the account in use. */
static int
resolve(struct settings *st, struct options *o, struct err *e)
{
	struct filling f = {st, o};
	struct config_value server = named_server(st);

	options_free(o);
	options_init(o);
	o->settings = st;
	for (size_t i = 0; i < st->given.ngiven; i++)
		if (option_set(st->given.given[i].row, o, st->given.given[i].value, e) == -1)
			return -1;
	if (config_server(&st->config, &st->run, &server, e) == -1)
		return -1;
	if (server.value != NULL)
		option_server(o, server.value, server.place);
	if (config_each(&st->config, &st->run, fill_option, &f, e) == -1)
		return -1;
	return options_check(o, e);
}

int
settings_open(struct settings *st, const struct applet *ap, struct options *o, struct err *e)
{
	bool sendmail = strcmp(ap->name, "sendmail") == 0;

	if (sendmail)
		ap = applet_find("smtp");
	*st = (struct settings){
		.applet = ap, .run = {ap->name, sendmail ? "sendmail" : NULL, NULL}, .given = *o};
	options_init(o);
	if (load(&st->config, &st->given, e) == -1)
		return -1;
	return resolve(st, o, e);
}

void
settings_close(struct settings *st)
{
	options_free(&st->given);
	config_free(&st->config);
}

void
settings_explain(const struct settings *st, const struct options *o, struct err *e)
{
	struct buf file = {0};

	if (o->server == NULL || st->run.account != NULL || strpbrk(o->server, ":/.@[") != NULL)
		return;
	if (only_file(&st->given) != NULL)
		buf_adds(&file, only_file(&st->given));
	else
		config_user_path(getenv("XDG_CONFIG_HOME"), getenv("HOME"), &file);
	config_explain_account(&st->config, st->run.applet, o->server,
		st->given.no_config ? NULL : buf_str(&file), e);
	buf_free(&file);
}

bool
settings_is_sendmail(const struct settings *st)
{
	return st != NULL && st->run.other != NULL;
}

/* ---- the account of a sender ------------------------------------------------------------------- */

const char *
settings_account_of(const struct settings *st, const char *from)
{
	return config_sender_account(&st->config, st->run.applet, from);
}

bool
settings_may_choose(const struct settings *st)
{
	return named_server(st).value == NULL;
}

int
settings_choose(struct settings *st, const char *from, struct options *o, struct err *e)
{
	const char *account = settings_account_of(st, from);
	bool again = st->by_sender;

	if (!settings_may_choose(st) || (account == NULL && !again))
		return 0;
	st->run.account = account;
	st->by_sender = account != NULL;
	return resolve(st, o, e);
}

/* ---- options of a verb ------------------------------------------------------------------------- */

static int
fill_verb(void *arg, const struct config_entry *en, const struct config_place *place, struct err *e)
{
	struct args *a = arg;
	const struct opt *o = opt_find(a->verb->opts, 0, en->key);
	int flag = 1;

	/* In an account `sender` lists the senders that choose the account. */
	if (o == NULL || (en->account != NULL && strcmp(en->key, "sender") == 0))
		return 0;
	for (size_t i = 0; i < a->nopts; i++)
		if (a->opts[i].opt == o && a->opts[i].place.level < place->level)
			return 0;
	if (o->arg == NULL && (flag = config_flag(en, e)) == -1)
		return -1;
	args_add(a, (struct arg_opt){o, o->arg != NULL ? en->value : NULL, *place, flag == 0});
	return 0;
}

int
settings_verb(const struct settings *st, struct args *a, struct err *e)
{
	while (a->nopts > 0 && a->opts[a->nopts - 1].place.level != CONFIG_GIVEN)
		a->nopts--;
	return config_each(&st->config, &st->run, fill_verb, a, e);
}

/* ---- printing ---------------------------------------------------------------------------------- */

static void
print_value(struct buf *out, const char *key, const char *value, const struct config_place *place)
{
	buf_addf(out, "%s = ", key);
	/* A run would refuse a server with a password; this output is made to be shown to others. */
	if (strcmp(key, "server") == 0 && value != NULL)
		url_add_hidden(out, value);
	else
		buf_adds(out, value != NULL ? value : "yes");
	buf_adds(out, "\t# ");
	config_add_place(place, out);
	buf_addc(out, '\n');
}

void
settings_print(
	const struct settings *st, const struct options *o, const struct args *a, struct buf *out)
{
	if (st->run.account != NULL)
		buf_addf(out, "# account %s\n", st->run.account);
	for (size_t i = 0; i < o->ngiven; i++) {
		const struct option_given *g = &o->given[i];

		/* Options that select the configuration are not part of it. */
		if (find_row(st->applet, g->row->opt.name) == NULL)
			continue;
		/* The name of an account comes before the account's URL. */
		if (strcmp(g->row->opt.name, "server") == 0 && g != option_given(o, "server"))
			continue;
		print_value(out, g->row->opt.name, g->value, &g->place);
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
	rc = load(&c, &none, e);
	if (rc == 0)
		config_list_accounts(&c, out);
	config_free(&c);
	return rc;
}
