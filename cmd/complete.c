#include "cmd/complete.h"

#include <string.h>

#include "cmd/verb.h"

static void
add_row(struct buf *b, const char *proto, const char *verb, const struct opt *o)
{
	buf_addf(b, "%s;%s;%.1s;%s;%s;%s\n", proto, verb, &o->letter, o->name,
		o->arg != NULL ? o->arg : "", o->help);
}

static void
add_rows_of(struct buf *b, const char *proto, const char *verb, const struct opt *opts)
{
	for (; opts != NULL && opts->name != NULL; opts++)
		add_row(b, proto, verb, opts);
}

/* A verb's own options stand before the connection options, so that a search finds them first. */
static void
add_applet(struct buf *b, const struct applet *ap)
{
	add_row(b, ap->name, "", &(struct opt){0, "", NULL, ap->summary});
	add_rows_of(b, ap->name, "", ap->words);
	if (ap->verbs == NULL)
		return;
	for (const struct verb *const *rows = ap->verbs; *rows != NULL; rows++) {
		const struct verb *v = *rows;

		add_row(b, ap->name, v->name, &(struct opt){0, "", v->args, v->help});
		add_rows_of(b, ap->name, v->name, v->opts);
	}
	add_row(b, ap->name, "*", &(struct opt){0, "help", NULL, "show usage"});
	for (const struct option_row *r = option_rows; r->opt.name != NULL; r++)
		if ((r->protos & ap->proto) != 0)
			add_row(b, ap->name, (r->protos & OPTION_BEFORE_VERB) != 0 ? "-" : "*",
				&r->opt);
}

/* The rows, for a place between single quotes: each ' in them is replaced by quote. */
static void
add_rows(struct buf *b, const char *quote)
{
	struct buf rows = {0};

	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		add_applet(&rows, ap);
	for (size_t i = 0; i < rows.len; i++)
		if (rows.data[i] == '\'')
			buf_adds(b, quote);
		else
			buf_addc(b, rows.data[i]);
	buf_free(&rows);
}

int
complete_script(struct buf *b, const char *shell, struct err *e)
{
	static const struct {
		const char *shell, *const *lines, *quote;
	} scripts[] = {
		{"bash", completion_bash, "'\\''"},
		{"zsh", completion_zsh, "'\\''"},
		{"fish", completion_fish, "\\'"},
	};

	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
		if (strcmp(shell, scripts[i].shell) != 0)
			continue;
		for (const char *const *line = scripts[i].lines; *line != NULL; line++)
			if (strcmp(*line, "@rows@\n") == 0)
				add_rows(b, scripts[i].quote);
			else
				buf_adds(b, *line);
		return 0;
	}
	return err_set(
		e, EX_USAGE, "completion: no script for '%s' (bash, zsh and fish have one)", shell);
}
