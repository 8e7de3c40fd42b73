#include "cmd/run.h"

#include <stdio.h>
#include <string.h>

#include "base/wait.h"
#include "cmd/batch.h"
#include "cmd/help.h"
#include "cmd/log.h"
#include "cmd/options.h"
#include "cmd/print.h"
#include "cmd/session.h"
#include "cmd/settings.h"
#include "cmd/tracer.h"
#include "wire/secrets.h"

/* ---- the applets --------------------------------------------------------------------------------- */

const struct applet applets[] = {
	{"nntp", "read and post news (NNTP)", PROTO_NNTP, nntp_verbs, NULL, &nntp_client, NULL,
		NULL},
	{"pop", "fetch mail from a mailbox (POP3)", PROTO_POP, pop_verbs, NULL, &pop_client, NULL,
		NULL},
	{"smtp", "send mail (SMTP and LMTP)", PROTO_SMTP, smtp_verbs, NULL, &smtp_client, NULL,
		NULL},
	{"sendmail", "send mail with the command line of sendmail(8)", 0, NULL, sendmail_main,
		&smtp_client, " [options] [address ...]", sendmail_words},
	{"mailq", "list the mail that waits in the spool of sendmail", 0, NULL, mailq_main, NULL,
		" [-v]", mailq_words},
	{"newaliases", "do nothing: the aliases file is read at each use", 0, NULL, newaliases_main,
		NULL, "", NULL},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL},
};

const struct applet *
applet_find(const char *name)
{
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		if (strcmp(ap->name, name) == 0)
			return ap;
	return NULL;
}

/* ---- running one --------------------------------------------------------------------------------- */

int
run_fail(const char *who, const struct err *e)
{
	print_error(who, e);
	return e->status;
}

int
run_show(const char *who, struct buf *b)
{
	struct options o;
	struct err e = {0};
	struct out out;
	int rc;

	options_init(&o);
	rc = print_open(&out, &o, &e);
	if (rc == 0) {
		buf_add(&out.buf, buf_str(b), b->len);
		rc = out_close(&out, true, &e);
	}
	buf_free(b);
	return rc == 0 ? 0 : run_fail(who, &e);
}

int
run_open_log(const struct options *o, const char *who, struct err *e)
{
	if (log_open(o, e) == 0 || !settings_is_sendmail(o->settings))
		return e->status == 0 ? 0 : -1;
	print_warning(o, who, "%s", e->text);
	err_clear(e);
	return 0;
}

/* Run the parsed command line. */
static int
run(const struct applet *ap, struct options *o, struct args *a, const char *who)
{
	struct session s;
	struct tracer tracer;
	struct err e = {0};
	struct out out;
	bool complete;
	int status;

	if (o->deadline != 0)
		wait_set_deadline(wait_after(o->deadline));
	if (print_open(&out, o, &e) == -1)
		return run_fail(who, &e);
	session_init(&s, ap, o, &out);
	if (run_open_log(o, who, &e) == -1 || tracer_open(&tracer, o, &e) == -1) {
		status = run_fail(who, &e);
	} else {
		s.c.trace = tracer_trace(&tracer);
		status = o->batch != NULL ? batch_run(&s) : single_run(&s, a);
		tracer_close(&tracer);
	}
	log_close();
	buf_free(&s.c.result.text);
	/* With -o, publish the file also if only malformed records were skipped, because these would fail in every run. */
	complete = status == 0 || s.passed_over;
	if (out_close(&out, complete, &e) == -1 && complete) {
		status = run_fail(who, &e);
		complete = false;
	}
	if (newsrc_files_end(&s.newsrcs, complete, &e) == -1 && complete)
		status = run_fail(who, &e);
	return status;
}

/* --print-config. A sender that is given chooses the account, as it would for `send`. */
static int
show_settings(struct settings *st, struct options *o, struct args *a, const char *who)
{
	const char *from = a->verb != NULL ? args_get(a, "from") : NULL;
	struct buf b = {0};
	struct err e = {0};

	if (from != NULL &&
		(settings_choose(st, from, o, &e) == -1 || settings_verb(st, a, &e) == -1))
		return run_fail(who, &e);
	settings_print(st, o, a, &b);
	return run_show(who, &b);
}

/* Complete the parsed command line from the configuration and run it. */
static int
run_configured(const struct applet *ap, struct options *o, struct args *a, const char *who)
{
	struct settings st = {0};
	struct err e = {0};
	int status;

	/* Without a verb, show the keys for sending as `send` would use them. */
	if (o->print_config && a->verb == NULL)
		a->verb = verb_find(ap->verbs, "send");
	if (settings_open(&st, ap, o, &e) == -1 ||
		(a->verb != NULL && settings_verb(&st, a, &e) == -1)) {
		status = run_fail(who, &e);
	} else if (o->print_config) {
		status = show_settings(&st, o, a, who);
	} else {
		status = run(ap, o, a, who);
	}
	settings_close(&st);
	return status;
}

int
applet_main(const struct applet *ap, int argc, char **argv)
{
	struct options o;
	struct args a;
	struct err e = {0};
	struct buf help = {0};
	char who[32];
	int status;

	snprintf(who, sizeof who, "mailnet %s", ap->name);
	options_init(&o);
	if (verb_parse(ap, argc, argv, &o, &a, &e) == -1) {
		status = run_fail(who, &e);
	} else if (a.help) {
		help_add(&help, ap, a.verb);
		status = run_show(who, &help);
	} else {
		status = run_configured(ap, &o, &a, who);
	}
	args_free(&a);
	options_free(&o);
	secrets_forget();
	return status;
}
