/*
 * sandbox: decide which rights a run keeps after its connection is ready; confine.h gives up the others.
 *
 * A command that is still to be run must have all rights of the user, so a run that may start one is not confined. A
 * run that may connect again keeps the rights for connecting, and gives them up later.
 */
#ifndef CLIENT_SANDBOX_H
#define CLIENT_SANDBOX_H

#include <stdbool.h>

#include "client/client.h"
#include "client/confine.h"

/* The rights that the run has given up. */
enum sandbox_level {
	SANDBOX_OPEN,  /* none */
	SANDBOX_DIALS, /* all but connecting */
	SANDBOX_CLOSED
};

/* What is known about the run; the owner sets all but level. Strings are borrowed. */
struct sandbox {
	bool batch;                   /* many verbs, whose arguments are not known */
	bool redials;                 /* another session with this server may be needed */
	bool commands;                /* a line of the batch may name a |COMMAND */
	const char *dest;             /* the DEST of the verb; NULL: none */
	const char *password_command; /* NULL: none */
	/* Add the files that the run may still open; called when rights are given up. */
	void (*keep_files)(struct client *c, struct confine *to);
	enum sandbox_level level;
};

/*
 * Are sockets needed again: for another session, a login in mid-session, or an LMTP destination? last: the run will not
 * connect again, whatever the server replies.
 */
bool sandbox_may_dial(const struct client *c, const struct sandbox *b, bool last);

/* The option that names a command still to be run; NULL: none. */
const char *sandbox_command(const struct client *c, const struct sandbox *b, bool last);

/*
 * When the connection is ready (or the verb needs none): give up the rights that the run does not need, and trace which
 * mechanisms are in force. Cheap when repeated.
 */
void sandbox_enter(struct client *c, struct sandbox *b, bool last);

#endif
