/* options.h - the command line of the test server, all modes. */
#ifndef TS_OPTIONS_H
#define TS_OPTIONS_H

#include "script.h"
#include "tls.h"

#include <sys/types.h>

enum proto { NNTP, POP, SMTP, LMTP };

/* One listening socket. */
struct door {
	const char *name; /* "nntp", "smtps", ... as it is printed */
	enum proto proto;
	bool tls; /* from the first octet */
	bool v6;
	const char *path; /* Unix socket, or NULL */
	int fd;
};

struct options {
	/* where clients come from; none of them: stdin and stdout */
	struct door doors[16];
	int ndoors;
	bool daemon;
	int idle;     /* seconds */
	pid_t parent; /* end when this process has ended; 0: not checked */
	/* TLS */
	struct tls_conf tls;
	bool implicit; /* script: TLS from the first octet */
	/* recordings */
	const char *log, *record, *segments;
	/* script */
	struct script script;
	/* folder */
	const char *dir;
	const char *user, *password;
	bool starttls;     /* offer it */
	bool require_auth; /* nntp and smtp: refuse other commands before a login */
	bool no_pipelining, no_chunking, discard;
	long long size; /* argument of SIZE in the EHLO reply, in octets */
	const char *
		compress; /* nntp: what is offered, "deflate", "gzip", "terminator", "xzver" or "none" */
	int lock_wait; /* milliseconds a POP login waits for the mailbox */
	const char *
		unstuffed; /* a file with the number of the message that POP's RETR does not dot-stuff */
};

/* Parses argv (of which argv[1] is the mode, "script" or "folder"); exits with 64 on a mistake. */
void options_parse(struct options *o, int argc, char **argv);

#endif
