/*
 * netrc: the file of ftp(1) with machines, logins and passwords.
 *
 * Tokens are separated by white space. A token may be in double quotes. Inside and outside quotes a backslash escapes a
 * quote, a blank or a backslash; before any other octet the backslash is part of the token. In the place of a keyword,
 * `#` begins a comment to the end of the line; elsewhere `#` is part of the token, since passwords can begin with it.
 * Keywords, in any case of letters: machine NAME, default, login (or user) NAME, password (or passwd) WORD, account
 * WORD, port NUMBER or SERVICE (ours: narrows an entry), macdef NAME with a body that ends at the first empty line. A
 * byte order mark at the beginning is skipped.
 *
 * Other programs write other keywords and values into the same file, so only the entry that is used must be
 * valid.
 */
#ifndef AUTH_NETRC_H
#define AUTH_NETRC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/* A query. host is without brackets; port 0: any port; user NULL: the first entry of the host. */
struct netrc_query {
	const char *host;
	uint16_t port;
	const char *user;
};

/* The matching entry. The struct owns the strings (NULL: not in the entry); free with netrc_wipe. */
struct netrc_entry {
	char *login, *password, *account;
	bool from_default; /* of the `default` entry, which matches any host */
};

/*
 * Look the query up in the n octets of text; the first entry that matches host, port and user wins
 * (an entry without login or port matches any). *found: an entry matched. name is the file name, for errors:
 * EX_CONFIG with name and line: the entry that is used has a fault, a word stands before the first entry,
 * or the text has a NUL or another control character. EX_DATAERR: a line end in a quoted token of the
 * entry that is used.
 */
int netrc_parse(const char *text, size_t n, const char *name, const struct netrc_query *q,
	struct netrc_entry *out, bool *found, struct err *e);

/*
 * The same with a file. It must be a regular file that belongs to us and has no permissions for others, or
 * /dev/null; the open descriptor is checked. If `given` (the user named it), a pipe is accepted, too, and a missing
 * file is EX_CONFIG; otherwise a missing file means that nothing is found. A pipe is read until the time `until`
 * (wait.h). EX_CONFIG also for more than 1 MiB. The octets read are wiped.
 */
int netrc_lookup(const char *file, bool given, int64_t until, const struct netrc_query *q,
	struct netrc_entry *out, bool *found, struct err *e);

/* Overwrite and free the strings; an all-zero struct is allowed. */
void netrc_wipe(struct netrc_entry *n);

#endif
