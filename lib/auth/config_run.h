/*
 * config_run: the values of a configuration that count for one run: its account, and the precedence of the places.
 *
 * The first place that sets an option decides: the command line, the environment, then the files in the order read;
 * within a file the section of the account, that of the applet's other name, and that of the applet. The command line
 * and the environment are the caller's.
 */
#ifndef AUTH_CONFIG_RUN_H
#define AUTH_CONFIG_RUN_H

#include <stdbool.h>

#include "auth/config.h"

/* The levels of precedence: a lower level precedes. Each section of each file has a level of its own. */
enum { CONFIG_GIVEN, CONFIG_ENVIRONMENT, CONFIG_FILE };

/* The place where a value was set. */
struct config_place {
	unsigned level;
	const char *file; /* path, or "$VARIABLE"; NULL on the command line; borrowed */
	unsigned line;    /* in that file; 0: none */
};

/* A value and its place; value NULL: not set. */
struct config_value {
	const char *value;
	struct config_place place;
};

/* Whose entries count. All strings are borrowed. */
struct config_run {
	const char *applet;  /* the section of the run: "smtp" */
	const char *other;   /* a section that precedes it: "sendmail"; NULL: none */
	const char *account; /* the account in use; NULL: none */
};

/* Called for an entry that counts. 0, or -1 with e, which ends the walk. */
typedef int config_fn(
	void *arg, const struct config_entry *en, const struct config_place *place, struct err *e);

/* Call fn for each entry that counts for the run, in order of precedence. */
int config_each(const struct config *c, const struct config_run *run, config_fn *fn, void *arg,
	struct err *e);

/* The value of a flag: yes is 1, no is 0, anything else -1 with EX_CONFIG. */
int config_flag(const struct config_entry *en, struct err *e);

/*
 * Complete the server of the run, a URL or the name of an account, as far as command line and environment have set it:
 * else by the key `server`. If it names an account, or run->account is set already, that account is used, and its
 * server replaces the name. EX_CONFIG: the account has no server.
 */
int config_server(
	const struct config *c, struct config_run *run, struct config_value *server, struct err *e);

/*
 * The first account of the applet whose key `sender`, patterns separated by commas in which '*' stands for any text,
 * matches the address; NULL: none. Borrowed from c.
 */
const char *config_sender_account(const struct config *c, const char *applet, const char *from);

/*
 * Append to e, the failed look-up of a host with this name, that the applet has no such account, the files that were
 * searched (without any section: `file`, which may be NULL), and the nearest account.
 */
void config_explain_account(const struct config *c, const char *applet, const char *name,
	const char *file, struct err *e);

/* Append a line for each account: "APPLET NAME URL". */
void config_list_accounts(const struct config *c, struct buf *out);

/*
 * Put the name of an option, and the place that set it, before the text of e: "--NAME" on the command line, "FILE:LINE:
 * NAME", or "$VARIABLE". place NULL: not set. Returns -1.
 */
int config_blame(const struct config_place *place, const char *name, struct err *e);

/* Append "command line", "$VARIABLE" or "FILE:LINE". */
void config_add_place(const struct config_place *place, struct buf *out);

#endif
