/*
 * config: the configuration file: sections of options, some of them accounts.
 *
 *	# a comment
 *	[smtp]                         options of every run of this applet
 *	timeout = 30
 *	[smtp work]                    the account "work" of this applet
 *	server = submissions://me@mail.example.org
 *	password-command = pass show
 *	    mail/work
 *
 * A value goes to the end of its line. A value in double quotes loses the quotes, so that it can begin
 * or end with a blank. A line that begins with a blank continues the value before it, joined by one
 * space; blank lines, and lines whose first other octet is '#', are skipped. Lines end in LF or CR LF.
 * This file knows the grammar only: config_check.h has the names, config_run.h the precedence of sections and files.
 *
 * No library is used: libinih as distributions build it cuts values at " ;", reports no line for a
 * value, and libconfuse has another grammar.
 */
#ifndef AUTH_CONFIG_H
#define AUTH_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct stat;
struct buf;
struct err;

/* One "key = value". All strings belong to the struct config that holds the entry. */
struct config_entry {
	const char *applet;  /* first word of the section: "smtp" */
	const char *account; /* second word of the section; NULL: the section is not an account */
	const char *key;
	const char *value;
	const char *file; /* path as given, for messages */
	unsigned line;    /* of the key, from 1 */
};

/* A section header, also of a section without entries. */
struct config_section {
	const char *applet, *account;
	const char *file;
	unsigned line;
};

/* One or more files, in order of precedence. `struct config c = {0};` is empty. */
struct config {
	struct config_entry *entry;
	size_t nentries;
	struct config_section *section;
	size_t nsections;
	char **text; /* the memory of all strings */
	size_t ntexts;
};

/*
 * Append the n octets of text, read from the file called name. EX_CONFIG with file and line: a line that
 * is neither a section, an entry nor a continuation, an entry before the first section, a NUL.
 */
int config_parse(struct config *c, const char *text, size_t n, const char *name, struct err *e);

/*
 * Append to text a file that others must not be able to change. It must be a regular file (or a pipe or /dev/null, if
 * `given`: a user named it), owned by root or the user, and writable by the owner alone, since it may contain commands.
 * The open descriptor is checked. A missing file is EX_CONFIG if `given`, else success. More than 1 MiB: EX_CONFIG.
 */
int config_read_file(const char *path, bool given, struct buf *text, struct err *e);

/*
 * Is it a file that we cannot read, below a directory that we cannot search or owned by another user? Daemons such as
 * cron(8) call sendmail as a user with the $HOME of root: the default files there count as missing.
 */
bool config_is_hidden(const char *path);

/* Is this /dev/null? It is an empty file, however it is protected. */
bool config_is_dev_null(const struct stat *st);

/*
 * Append the path of the user's own file: below xdg, the value of $XDG_CONFIG_HOME, if that is absolute, else below home,
 * that of $HOME, else below the home directory in the user database. Nothing if none of them is known.
 */
void config_user_path(const char *xdg, const char *home, struct buf *path);

/* config_read_file and config_parse. */
int config_read(struct config *c, const char *path, bool given, struct err *e);

void config_free(struct config *c);

/* The account with this name from the first file that has a section for it; NULL: none. Borrowed from c. */
const char *config_account(const struct config *c, const char *applet, const char *name);

/* Does the entry belong to this account? */
bool config_is_of_account(const struct config_entry *en, const char *applet, const char *account);

/* The first entry of this account with this key; NULL: none. Borrowed from c. */
const struct config_entry *config_account_entry(
	const struct config *c, const char *applet, const char *account, const char *key);

#endif
