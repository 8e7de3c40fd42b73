/*
 * session: one connection to one server, from dialling to QUIT; the one place that orders dial,
 * greeting, TLS, capabilities, login and the end. Verbs get a session that is ready.
 */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include <stdbool.h>

#include "auth/password.h"
#include "auth/url.h"
#include "base/buf.h"
#include "base/err.h"
#include "cmd/done.h"
#include "cmd/options.h"
#include "cmd/print.h"
#include "cmd/verb.h"
#include "wire/cmdq.h"
#include "wire/conn.h"
#include "wire/reply.h"

struct login;
struct session;

/* How far the run has given up its rights (cmd/sandbox.h). */
enum sandbox_level {
	SANDBOX_OPEN,  /* not at all */
	SANDBOX_DIALS, /* it may still connect */
	SANDBOX_CLOSED
};

/*
 * What a protocol brings to the session; one table each in cmd/nntp.c, pop.c, smtp.c, filled with
 * thin calls into proto/. All return 0 or -1 with e. s->q is there from `greet` on.
 */
struct proto_ops {
	const struct reply_rule *rule;
	/* Judge the greeting (in s->greeting) and make s->proto. */
	int (*greet)(struct session *s, const struct reply *greeting, struct err *e);
	/* Does the server offer STARTTLS or STLS? Asks for the capabilities first if need be. */
	int (*offers_tls)(struct session *s, bool *offered, struct err *e);
	/*
	 * Send STARTTLS or STLS alone and read the reply: *go tells if TLS may begin now. If not, e says why
	 * though the result is 0: EX_TEMPFAIL or EX_NOPERM.
	 */
	int (*starttls)(struct session *s, bool *go, struct err *e);
	/* All that was learned in clear is forgotten (called when TLS stands). */
	void (*forget)(struct session *s);
	/* Log in; *did stays false where credentials do not insist and the server does not ask. */
	int (*login)(struct session *s, const struct login *l, bool *did, struct err *e);
	/* What a verb without VERB_BARE needs: EHLO, CAPA, MODE READER. Called before each, idempotent. */
	int (*ready)(struct session *s, struct err *e);
	/*
	 * QUIT and its reply, or only its reply if s->quit_sent. commit false: pop must not let
	 * deletions come to pass.
	 */
	int (*quit)(struct session *s, bool commit, struct err *e);
	void (*free)(struct session *s);
};

struct session {
	const struct applet *applet;
	struct options *opt;
	struct out *out;
	struct trace *trace; /* -v, -vv, --transcript; NULL: nobody listens */
	struct url url;
	struct conn *conn; /* NULL: not connected */
	struct cmdq *q;
	void *proto;        /* struct nntp, pop or smtp of proto/ */
	struct creds creds; /* user stays for messages; the password is wiped after the login */
	bool safe;          /* credentials may be sent: TLS, loopback, or allowed */
	bool logged_in;
	bool one_shot;  /* no batch: QUIT may ride in the verb's last flight */
	bool messages;  /* a verb with VERB_MESSAGES may come */
	bool quit_sent; /* it did; its reply is still owed (or was read) */
	bool quit_matters; /* the reply to QUIT is printed, or shows whether an outcome can be believed */
	bool passed_over; /* the verb (at the end, the run) failed only by records that were passed over */
	bool failed; /* a verb of this session failed: pop commits nothing */
	bool ended;  /* quit was said, or the server closed the session */
	struct done done;
	struct buf greeting;
	const struct args *args; /* of the one verb; NULL in a batch */
	bool redials;            /* the verb may need another session after this one */
	bool commands;           /* a line of the batch may name a |COMMAND */
	enum sandbox_level sandbox;
	/* What waits until -o's file is in its place: called at the very end, commit if it is. */
	int (*settle)(struct session *s, bool commit, struct err *e);
	void *unsettled; /* settle's */
};

/*
 * Find the server (-s, environment), dial, read the greeting, secure and log in as the contract
 * says. In a JSON batch `connect`, `starttls` and `login` are reported as done records here. s comes
 * with applet, opt, out, trace and one_shot set, the rest zero. After a failure call session_close too.
 */
int session_open(struct session *s, struct err *e);

/* Make ready for a verb with these flags; called before each verb runs. */
int session_ready(struct session *s, unsigned verb_flags, struct err *e);

/*
 * For verbs with VERB_OPENS, which prepare before they need the server: session_open unless that was
 * done, and make ready.
 */
int session_need(struct session *s, struct err *e);

/* End: QUIT unless it was sent, the session is broken, or commit is false for pop. Frees all. */
int session_close(struct session *s, bool commit, struct err *e);

/* The longest wait for a reply to QUIT on which nothing depends, in milliseconds. */
#define SESSION_QUIT_MS 1000

/* Note the reply that the verb's `done` shall show; reply lines joined by LF. */
void session_done(struct session *s, int code, const char *text, size_t n);

/* session_done with a reply. */
void session_reply(struct session *s, const struct reply *r);

/*
 * Log in in mid-session, after 480, with the credentials of a netrc default entry, which were not used at the start.
 * If the login needs TLS and the options allow it, STARTTLS comes first, as at the start.
 */
int session_login(struct session *s, struct err *e);

/*
 * After the failure e of a verb: if the server wants a login and no credentials were found, add where they
 * were looked for.
 */
void session_explain(const struct session *s, struct err *e);

/* "HOST" for messages: what err_prefix puts in front. */
const char *session_host(const struct session *s);

/*
 * Put the server's name in front of an error if its class says that it came from there or from the
 * way to it.
 */
void session_name_host(const struct session *s, struct err *e);

#endif
