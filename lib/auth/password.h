/*
 * password: find the user name and the password: command, descriptor, netrc or terminal.
 *
 * Passwords are never arguments. From the moment one may be in memory the program leaves no core
 * dump and cannot be traced by other processes of the user; every copy is overwritten before it is freed.
 */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

struct err;

/* The longest password or OAuth token, in octets. */
#define PASSWORD_MAX (1024 * 1024)

enum creds_source {
	CREDS_NONE,          /* no password, or no credentials at all */
	CREDS_COMMAND,       /* --password-command */
	CREDS_FD,            /* --password-fd */
	CREDS_NETRC,         /* an entry for the host */
	CREDS_NETRC_DEFAULT, /* the `default` entry: the login is optional */
	CREDS_PROMPT,        /* typed in */
};

/* The credentials. The strings (NULL: none) are owned by the struct and live until creds_wipe. */
struct creds {
	char *user;     /* authentication identity */
	char *authzid;  /* --authzid: act as this one */
	char *password; /* or the bare OAuth token; allocated by mem_secret */
	enum creds_source source;
	char *from; /* where messages say the password is from: a file, an option; NULL: no password */
};

/* Settings from the command line and the URL; all strings are borrowed for the call. */
struct creds_request {
	const char *host; /* as in the URL, without brackets */
	uint16_t port;
	const char *user;         /* -u, else the URL's user; NULL: the netrc entry's */
	const char *authzid;      /* NULL: none */
	const char *netrc;        /* path; NULL: no netrc */
	bool netrc_given;         /* by --netrc: it must exist, and may be a pipe */
	const char *command;      /* --password-command; NULL: none */
	const char *command_name; /* of the command in messages; NULL: --password-command */
	int fd;                   /* --password-fd; -1: none */
	bool user_optional;       /* a token alone is enough (OAUTHBEARER) */
	bool prompt;              /* the terminal may be asked */
	int64_t timeout; /* seconds for the command, the descriptor, a netrc that is a pipe */
};

/*
 * Gather the credentials, in the order command, descriptor, netrc, terminal; call it again for
 * every connection. Success with c->user and c->password NULL: no credentials were found, do not log in.
 * A user without a password is success too: some mechanisms need no password, and mech_choose fails for the
 * others. netrc is opened only if the user or the password is still missing.
 *
 * --password-fd reads one line and not an octet more, so that others can read what follows; a
 * second call reads the next line.
 *
 * EX_CONFIG: netrc unusable, the command fails, is too slow or prints nothing, the descriptor
 * cannot be read; EX_DATAERR: CR, LF or NUL in a user, authorisation identity or password, or one
 * longer than PASSWORD_MAX; EX_USAGE: a password but no user for it; EX_NOPERM: nothing was typed;
 * EX_SIGNAL: Ctrl-C at the prompt (echo is on again).
 */
int creds_get(const struct creds_request *rq, struct creds *c, struct err *e);

/* Can the same credentials be found again, for another connection? netrc: the file that the user named; NULL: none. */
bool creds_last(const struct creds *c, const char *netrc);

/* Overwrite and free the password, which is not needed after the login. */
void creds_forget_password(struct creds *c);

/* Overwrite and free the strings; an all-zero struct is allowed. */
void creds_wipe(struct creds *c);

#endif
