/*
 * settings: the options of a run by precedence: command line, environment, account, the applet's section, the system's
 * file (auth/config_run.h).
 *
 * Keys are the long names of the connection options and of the options of `smtp send`, from the same rows
 * as the command line. The first place that sets an option decides; of a repeatable option all values of
 * this place are used.
 */
#ifndef CMD_SETTINGS_H
#define CMD_SETTINGS_H

#include <stdbool.h>

#include "auth/config_run.h"
#include "base/buf.h"
#include "base/err.h"
#include "cmd/options.h"
#include "cmd/verb.h"

struct settings {
	struct config config;
	const struct applet *applet; /* nntp, pop or smtp */
	struct config_run run; /* for the sendmail applet: [sendmail] counts too, before [smtp] */
	bool by_sender;        /* settings_choose has chosen the account */
	struct options given;  /* as the command line gave them */
};

/*
 * Read the files that `o` (the parsed command line) and the environment name, check every section and key, and
 * complete `o` by precedence; o->settings is `st` then. ap: nntp, pop, smtp or sendmail. The strings in `o` belong to
 * `st`. EX_CONFIG with file and line: a file that cannot be read or that other users can write, a section or key that
 * is unknown or stands twice, a bad value; EX_USAGE: errors of options_check.
 */
int settings_open(struct settings *st, const struct applet *ap, struct options *o, struct err *e);
void settings_close(struct settings *st);

/*
 * Complete the parsed options of a verb: keys of the configuration that are options of the verb and were not
 * given. Options added by an earlier call are replaced. EX_CONFIG.
 */
int settings_verb(const struct settings *st, struct args *a, struct err *e);

/*
 * Append to e, the failed look-up of the server's host name, that no account has this name, the files that were
 * searched, and the nearest account. Nothing if the server was given as a URL or with a domain or port.
 */
void settings_explain(const struct settings *st, const struct options *o, struct err *e);

/* Is this run one of the sendmail applet? NULL: it is not. */
bool settings_is_sendmail(const struct settings *st);

/* smtp: the first account whose `sender` patterns match the envelope sender, or NULL. Borrowed from st. */
const char *settings_account_of(const struct settings *st, const char *from);

/* May the sender choose the account: do neither the command line nor the environment name a server? */
bool settings_may_choose(const struct settings *st);

/*
 * smtp: choose the account whose `sender` patterns match the envelope sender, unless the command line or the
 * environment named a server; complete `o` anew. No match is success: the server of the sections. Another sender may
 * choose again, for another connection. The options of the verb are not changed.
 */
int settings_choose(struct settings *st, const char *from, struct options *o, struct err *e);

/*
 * For --print-config, append a line to out for each option of the run and its verb that was set: "KEY = VALUE", a tab,
 * "# " and the place that set it.
 */
void settings_print(
	const struct settings *st, const struct options *o, const struct args *a, struct buf *out);

/* mailnet --accounts: one line for each account, "APPLET NAME URL". Appended. EX_CONFIG. */
int settings_accounts(struct buf *out, struct err *e);

#endif
