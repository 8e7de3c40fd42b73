/* session: a client with what the command line adds: the applet, its options, its output and its confinement. */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include <stdbool.h>

#include "base/err.h"
#include "client/client.h"
#include "client/sandbox.h"
#include "cmd/options.h"
#include "cmd/print.h"
#include "cmd/verb.h"
#include "store/newsrc_files.h"

struct session {
	struct client c; /* must be first: the events of the client cast it to struct session */
	const struct applet *applet;
	char who[32]; /* the program in messages: "mailnet pop" */
	struct options *opt;
	struct out *out;
	bool passed_over; /* the verb (at the end, the run) failed only by malformed records that it skipped */
	bool failed;             /* a verb of this session failed: pop does not commit deletions */
	const struct args *args; /* of the one verb; NULL in a batch */
	bool redials;            /* the verb may need another session after this one */
	bool accounts_follow; /* the verb connects again for another account, whose options are not known yet */
	bool commands; /* a line of the batch may name a |COMMAND */
	struct sandbox sandbox;
	struct newsrc_files newsrcs; /* saved when the file of -o is in its place */
};

/*
 * Set up a session, not yet connected. Everything is borrowed. When the client connects, it finds the server and the
 * credentials by the options, and in a JSON batch each step is reported as a done record.
 */
void session_init(struct session *s, const struct applet *ap, struct options *opt, struct out *out);

/*
 * When the connection is ready (or the verb needs none): give up the rights that the run does not need, unless
 * --no-sandbox is given. last: the run will not connect again. Cheap when repeated.
 */
void session_confine(struct session *s, bool last);

/*
 * Complete the failure e of a verb: if the server requires a login and no credentials were found, append where they
 * were searched.
 */
void session_explain(const struct session *s, struct err *e);

#endif
