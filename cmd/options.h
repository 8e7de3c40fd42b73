/* options: the connection options, one table for all applets. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/config_run.h"
#include "base/err.h"
#include "client/client.h"

enum { PROTO_NNTP = 1, PROTO_POP = 2, PROTO_SMTP = 4, PROTO_ALL = 7 };

struct option_row;
struct settings;

/* An option that was set, and its value (NULL for a flag; "no" for a flag that a file turns off). */
struct option_given {
	const struct option_row *row;
	const char *value;
	struct config_place place;
};

/* Strings are borrowed from argv, the environment or the configuration for the whole run. */
struct options {
	struct option_given *given; /* in the order given; options_free */
	size_t ngiven;
	struct config_place place; /* the place of the values that option_set gets now */
	struct settings *settings; /* the configuration the values come from; borrowed */
	const char *config;
	bool no_config, print_config;
	struct client_config client; /* how to connect */
	const char *server;          /* -s or what replaces it; NULL: not set */
	const char *user;
	const char *netrc;
	bool no_netrc;
	const char *password_command;
	int password_fd; /* -1: none */
	const char *authzid;
	int64_t deadline; /* seconds; 0: none */
	const char *output;
	bool crlf;
	bool json;
	int verbose; /* 0, 1 (-v), 2 (-vv) */
	const char *transcript;
	const char *log; /* FILE or "syslog" */
	bool quiet;
	bool no_sandbox, no_resume;
	char *tickets; /* the directory of TLS session tickets, made by session.c */
	const char *batch;
};

/*
 * In option_row.protos. OPTION_BEFORE_VERB: the option runs a command or names the configuration, so it is accepted
 * before the verb only. Operands come after the verb, and a script may pass on operands from others. OPTION_NO_KEY: the
 * option selects the configuration, and so is not a key of it.
 */
enum { OPTION_BEFORE_VERB = 8, OPTION_NO_KEY = 16 };

/* An option, of a verb or of the connection. Tables end with a NULL name. */
struct opt {
	char letter;      /* 0: none */
	const char *name; /* without dashes */
	const char *arg;  /* name of its argument, NULL: a flag */
	const char *help; /* one line */
};

/* Find an option by its letter or, if letter is 0, by its name. NULL: none, as in a table that is NULL. */
const struct opt *opt_find(const struct opt *opts, char letter, const char *name);

/* One row of the table of connection options. */
struct option_row {
	struct opt opt;
	unsigned protos; /* PROTO_… where the option is valid, else EX_USAGE; OPTION_BEFORE_VERB */
	size_t at;       /* the offset of the member of struct options that the value goes to */
	/* Check the value and store it in the member; NULL: store the string, for a flag `true`. */
	int (*set)(void *member, const struct option_row *r, const char *value, struct err *e);
};

extern const struct option_row option_rows[]; /* ended by a NULL name */

/* The same for connection options. */
const struct option_row *option_find(char letter, const char *name);

/*
 * Store the value of an option, which o borrows; value is NULL for a flag, "no" for a flag that is turned off.
 * Ignored if a place of lower level than o->place has set the option, or one that excludes it. EX_USAGE: an
 * invalid value; EX_DATAERR: CR or LF in a value that goes into a command.
 */
int option_set(const struct option_row *r, struct options *o, const char *value, struct err *e);

/* The last value of the option with this long name; NULL: not set. */
const struct option_given *option_given(const struct options *o, const char *name);

/* Put the name of an option, and the place that set it, before the text of e (config_blame). Returns -1. */
int option_blame(const struct options *o, const char *name, struct err *e);

/* Set the server to the URL of an account. */
void option_server(struct options *o, const char *value, struct config_place place);

/* Set all defaults. options_free: free the memory that o owns; its strings are borrowed. */
void options_init(struct options *o);
void options_free(struct options *o);

/*
 * Check combinations of options, such as --netrc with --no-netrc, when all places have set theirs. EX_USAGE; EX_CONFIG
 * with file and line if a file sets them.
 */
int options_check(const struct options *o, struct err *e);

#endif
